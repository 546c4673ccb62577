import {
  asciiBytes,
  CLOSE_BRACE,
  COLON,
  COMMA,
  hasBytes,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
  skipString,
  skipValue,
  stringText,
} from '../json-scan.ts';
import { isKey } from './frame-scan.ts';

/** How a REAL frame ends on the wire: where it does, nothing behind the first row has to be looked at. */
const REAL_END = asciiBytes('],"trnm":"REAL"}');
const BARE_PING = asciiBytes('PING');
const TYPE_LENGTH = 2;
const KNOWN_LABELS = new Map<number, string>();

/**
 * The label of a frame: for REAL frames the `type` of the first row, else `trnm` (`LOGIN`, `PING`, …), else nothing.
 * `data` comes before `trnm` on the wire and `values` before `type`, so neither can be told from the first bytes.
 */
export function kiwoomChannelOf(bytes: Uint8Array, start: number, end: number): string {
  const open = skipSpace(bytes, start, end);
  if (open >= end || bytes[open] !== OPEN_BRACE) return isBarePing(bytes, start, end) ? 'PING' : '';
  let type = '';
  let at = skipSpace(bytes, open + 1, end);
  while (at < end && bytes[at] === QUOTE) {
    const keyStop = skipString(bytes, at, end);
    const valueStart = valueAfter(bytes, keyStop, end);
    if (valueStart < 0) return type;
    if (isKey(bytes, at, keyStop, 'data') && bytes[valueStart] === OPEN_BRACKET) {
      type = firstRowType(bytes, valueStart, end);
      if (type !== '' && hasBytes(bytes, end - REAL_END.length, end, REAL_END)) return type;
    }
    const valueStop = skipValue(bytes, valueStart, end);
    if (valueStop < 0) return type;
    if (isKey(bytes, at, keyStop, 'trnm') && bytes[valueStart] === QUOTE) {
      const trnm = labelOf(bytes, valueStart + 1, valueStop - 1);
      if (trnm !== 'REAL') return trnm;
      if (type !== '') return type;
    }
    at = skipSpace(bytes, valueStop, end);
    if (at < end && bytes[at] === COMMA) at = skipSpace(bytes, at + 1, end);
  }
  return type;
}

/** True for the bare text frame `PING`, which the venue's own sample client answers too. */
export function isBarePing(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === BARE_PING.length && hasBytes(bytes, start, end, BARE_PING);
}

function firstRowType(bytes: Uint8Array, open: number, end: number): string {
  const row = skipSpace(bytes, open + 1, end);
  if (row >= end || bytes[row] !== OPEN_BRACE) return '';
  let at = skipSpace(bytes, row + 1, end);
  while (at < end && bytes[at] === QUOTE) {
    const keyStop = skipString(bytes, at, end);
    const valueStart = valueAfter(bytes, keyStop, end);
    const valueStop = valueStart < 0 ? -1 : skipValue(bytes, valueStart, end);
    if (valueStop < 0) return '';
    if (isKey(bytes, at, keyStop, 'type') && bytes[valueStart] === QUOTE) return labelOf(bytes, valueStart + 1, valueStop - 1);
    at = skipSpace(bytes, valueStop, end);
    if (at >= end || bytes[at] === CLOSE_BRACE) return '';
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1, end);
  }
  return '';
}

function valueAfter(bytes: Uint8Array, keyStop: number, end: number): number {
  if (keyStop < 0) return -1;
  const at = skipSpace(bytes, keyStop, end);
  return at < end && bytes[at] === COLON ? skipSpace(bytes, at + 1, end) : -1;
}

/** The text of `[start, stop)`; for types, which have two letters, always the same string object. */
export function labelOf(bytes: Uint8Array, start: number, stop: number): string {
  if (stop - start !== TYPE_LENGTH || bytes[start]! >= 0x80 || bytes[start + 1]! >= 0x80) return stringText(bytes, start, stop);
  const key = (bytes[start]! << 8) | bytes[start + 1]!;
  let label = KNOWN_LABELS.get(key);
  if (label === undefined) {
    label = stringText(bytes, start, stop);
    KNOWN_LABELS.set(key, label);
  }
  return label;
}
