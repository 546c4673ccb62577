import type { EventSink } from '#domain';
import { CONDITION_SEARCH, sayConditionResult } from './condition-search.ts';
import { isAccepted, parseReply, type Reply, textOf } from './reply.ts';
import type { RowSymbols } from './row-reader.ts';

/** Replies that say nothing but whether the venue did what it was asked. */
const ACKNOWLEDGED: ReadonlySet<string> = new Set(['LOGIN', 'REG', 'REMOVE', 'CNSRLST', 'CNSRCLR']);

/**
 * Says what a control frame (bytes that are the valid JSON text of an object) means. Acknowledgements and PING say nothing; a
 * refusal and every SYSTEM notice is drift, so that it is counted and named in the report.
 */
export function sayControl(sink: EventSink, symbols: RowSymbols, bytes: Uint8Array): void {
  const frame = parseReply(bytes) ?? {};
  const { trnm } = frame;
  if (trnm === undefined) {
    // A REST body in an imported file: known to be Kiwoom's, but not what was asked.
    sink.undecoded('');
  } else if (typeof trnm !== 'string') {
    sink.decodeFailure('', 'trnm: expected a text');
  } else {
    sayFrame(sink, symbols, trnm, frame);
  }
}

function sayFrame(sink: EventSink, symbols: RowSymbols, trnm: string, frame: Reply): void {
  if (trnm === 'PING') return;
  if (trnm === 'SYSTEM') {
    saySystem(sink, frame);
    return;
  }
  const isResult = trnm === CONDITION_SEARCH;
  if (isAccepted(sink, trnm, frame, isResult || ACKNOWLEDGED.has(trnm)) && isResult) sayConditionResult(sink, symbols, frame);
}

function saySystem(sink: EventSink, frame: Reply): void {
  if (typeof frame.code === 'string') sink.drift('SYSTEM', `code ${frame.code}: ${textOf(frame.message)}`);
  else sink.decodeFailure('SYSTEM', 'code: expected a text');
}
