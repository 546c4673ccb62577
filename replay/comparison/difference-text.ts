import type { RecordPlace } from './record-place.ts';

/** Longest audit that is shown whole. */
const AUDIT_CHARACTERS_MAX = 600;

/** A record as a person finds it: `record 17 of monday (frame-in kis H0STCNT0, 2026-11-20T00:00:01Z)`. */
export function placeText({ session, sequence, kind, venue, channel, receivedAt }: RecordPlace): string {
  const source = [kind, venue, channel].filter((word) => word !== '').join(' ');
  return `record ${sequence} of ${session} (${source}, ${receivedAt})`;
}

/** The same with the event of the record that decided; -1 where time alone did. */
export function decisionPlaceText(record: RecordPlace | undefined, event: number): string {
  if (record === undefined) return 'a record that the tape does not have';
  return `${placeText(record)}${event < 0 ? '' : `, event ${event}`}`;
}

/** An audit line, cut where it is very long. */
export function auditText(line: string | undefined): string {
  if (line === undefined) return 'nothing';
  return line.length <= AUDIT_CHARACTERS_MAX ? line : `${line.slice(0, AUDIT_CHARACTERS_MAX)}… (${line.length} characters)`;
}
