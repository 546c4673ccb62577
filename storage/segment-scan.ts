import { crc32 } from 'node:zlib';
import { RECORD_FIELDS, RECORD_HEADER_BYTES, readSequence, recordHeaderFault } from './record-codec.ts';
import { isFooterMark } from './segment-format.ts';

/**
 * Why a scan stopped: `end` at the end of the bytes · `incomplete` the next record (or its header) is not all there ·
 * `footer` a footer begins · `bad` the next record does not verify.
 */
export type ScanStop =
  | { readonly kind: 'end' }
  | { readonly kind: 'incomplete'; readonly neededBytes: number }
  | { readonly kind: 'footer' }
  | { readonly kind: 'bad'; readonly reason: string };

export interface RecordScan {
  /** Whole, verified records: `bytes[start, end)`. */
  readonly start: number;
  readonly end: number;
  readonly records: number;
  /** Where the last of them begins; `start` when there is none. */
  readonly lastStart: number;
  readonly stop: ScanStop;
}

/** Walks records from `start`, checking crc, fields and sequence of each, until one is not whole or not right. */
export function scanRecords(bytes: Uint8Array, view: DataView, start: number, limit: number, firstSequence: number): RecordScan {
  let at = start;
  let lastStart = start;
  let records = 0;
  let stop: ScanStop = { kind: 'end' };
  while (at < limit) {
    const fault = nextFault(bytes, view, at, limit, firstSequence + records);
    if (fault !== undefined) {
      stop = fault;
      break;
    }
    lastStart = at;
    at += view.getUint32(at + RECORD_FIELDS.length, true);
    records += 1;
  }
  return { start, end: at, records, lastStart, stop };
}

/** Where the next record that verifies begins, at or after `from`, with a sequence of at least `sequenceMin`; or `undefined`. */
export function findRecord(bytes: Uint8Array, view: DataView, from: number, limit: number, sequenceMin: number): number | undefined {
  for (let at = from; at + RECORD_HEADER_BYTES <= limit; at++) {
    // The reserved byte, the kind and the length rule out nearly all places before a checksum is made.
    if (bytes[at + RECORD_FIELDS.reserved] !== 0 || recordHeaderFault(view, at) !== undefined) continue;
    if (at + view.getUint32(at + RECORD_FIELDS.length, true) > limit || readSequence(view, at) < sequenceMin) continue;
    if (isCrcRight(bytes, view, at)) return at;
  }
  return undefined;
}

function nextFault(bytes: Uint8Array, view: DataView, at: number, limit: number, sequence: number): ScanStop | undefined {
  if (at + 8 > limit) return { kind: 'incomplete', neededBytes: 8 };
  if (isFooterMark(view, at)) return { kind: 'footer' };
  if (at + RECORD_HEADER_BYTES > limit) return { kind: 'incomplete', neededBytes: RECORD_HEADER_BYTES };
  const fault = recordHeaderFault(view, at);
  if (fault !== undefined) return { kind: 'bad', reason: fault };
  const length = view.getUint32(at + RECORD_FIELDS.length, true);
  if (at + length > limit) return { kind: 'incomplete', neededBytes: length };
  if (!isCrcRight(bytes, view, at)) return { kind: 'bad', reason: 'its crc is wrong' };
  const found = readSequence(view, at);
  return found === sequence ? undefined : { kind: 'bad', reason: `its sequence is ${found}, expected ${sequence}` };
}

function isCrcRight(bytes: Uint8Array, view: DataView, at: number): boolean {
  const end = at + view.getUint32(at + RECORD_FIELDS.length, true);
  return crc32(bytes.subarray(at + 4, end)) === view.getUint32(at, true);
}
