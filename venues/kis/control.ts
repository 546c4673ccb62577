import type { EventSink } from '#domain';
import type { DriftNotes } from '../drift-notes.ts';
import { objectMember, parseObjectBytes, textMember } from './json-object.ts';
import { meaningOf } from './message-codes.ts';

const PING_PONG = 'PINGPONG';

/**
 * Says what a frame that carries no data means. PINGPONG and the venue's answers, acknowledged or refused, say nothing: what they did
 * to a subscription is the recorder's to tell. An answer with a code that no table holds is drift.
 */
export function sayControl(sink: EventSink, drifts: DriftNotes, bytes: Uint8Array): void {
  const frame = parseObjectBytes(bytes);
  if (frame === undefined) {
    sink.decodeFailure('', 'the frame is neither data nor a JSON object');
    return;
  }
  if (textMember(objectMember(frame, 'header'), 'tr_id') === PING_PONG) return;
  const body = objectMember(frame, 'body');
  const code = textMember(body, 'msg_cd').trim();
  if (code === '') sink.undecoded('');
  else if (meaningOf(code) === undefined) drifts.note('', `msg_cd ${code}: ${textMember(body, 'msg1').trim()}`);
}
