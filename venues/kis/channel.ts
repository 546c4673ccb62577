import { asciiText } from '../byte-number.ts';
import { BACKSLASH, COLON, OPEN_BRACE, QUOTE, skipSpace } from '../json-scan.ts';
import { isDataFrame, PIPE } from './data-frame.ts';
import { meaningOf } from './message-codes.ts';

/** Labels of frames that carry no data. */
const PING_PONG = 'PINGPONG';
const ACKNOWLEDGED = 'ack';
const REFUSED = 'reject';
const REQUESTS: Readonly<Record<string, string>> = { '1': 'subscribe', '2': 'unsubscribe' };

const TR_START = 2;
const TR_ID_MAX = 16;
/** So much of a JSON text is searched: control frames are shorter, and a REST body tells what it is in its first objects. */
const SEARCHED_BYTES = 4096;
const KEY_MAX = 24;
const VALUE_MAX = 40;

/**
 * Keys that only the answers to one request have, the most telling first. Minute bars of stocks come from two requests whose
 * answers look alike; the record's `meta` says which.
 */
const TELLING_KEYS: readonly (readonly [key: string, label: string])[] = [
  ['access_token', 'token'],
  ['approval_key', 'approval'],
  ['secretkey', 'approval'],
  ['appsecret', 'token'],
  ['optn_shrn_iscd', 'FHPIF05030100'],
  ['mtrt_yymm_code', 'FHPIO056104C0'],
  ['futs_askp1', 'FHMIF10010000'],
  ['futs_last_tr_date', 'FHMIF10000000'],
  ['kospi200_nmix', 'FHKIF03020200'],
  ['stck_cntg_hour', 'FHKST03010200'],
  ['futs_shrn_iscd', 'FHPIF05030200'],
];
const RANKS: ReadonlyMap<string, number> = new Map(TELLING_KEYS.map(([key], rank) => [key, rank]));

/**
 * The label of a frame or body: the TR id of a data frame, `PINGPONG`, `ack`, `reject`, `subscribe`, `unsubscribe`, for REST bodies
 * `token`, `approval` or the TR id of the request where the body tells it, else empty.
 */
export function kisChannelOf(bytes: Uint8Array, start: number, end: number): string {
  if (isDataFrame(bytes, start, end)) return trLabelOf(bytes, start, end);
  const open = skipSpace(bytes, start, end);
  if (open >= end || bytes[open] !== OPEN_BRACE) return '';
  return jsonLabel(bytes, open, Math.min(end, open + SEARCHED_BYTES));
}

/** The TR id of a data frame; empty where its place holds something else. */
export function trLabelOf(bytes: Uint8Array, start: number, end: number): string {
  const first = start + TR_START;
  let at = first;
  while (at < end && bytes[at] !== PIPE) {
    if (at - first >= TR_ID_MAX || !isUpperOrDigit(bytes[at]!)) return '';
    at++;
  }
  return at < end ? asciiText(bytes, first, at) : '';
}

/** Looks at every key once, however deep, without reading grammar: a cut frame keeps the label that its beginning tells. */
function jsonLabel(bytes: Uint8Array, open: number, end: number): string {
  let rank = TELLING_KEYS.length;
  let at = open;
  while (at < end) {
    if (bytes[at] !== QUOTE) {
      at++;
      continue;
    }
    const stop = textStop(bytes, at + 1, end);
    const colon = skipSpace(bytes, stop + 1, end);
    if (colon >= end || bytes[colon] !== COLON || stop - at > KEY_MAX) {
      at = stop + 1;
      continue;
    }
    const key = asciiText(bytes, at + 1, stop);
    const label = controlLabel(key, textAt(bytes, skipSpace(bytes, colon + 1, end), end));
    if (label !== '') return label;
    rank = Math.min(rank, RANKS.get(key) ?? rank);
    at = colon + 1;
  }
  return TELLING_KEYS[rank]?.[1] ?? '';
}

function controlLabel(key: string, value: string): string {
  if (key === 'tr_id') return value === PING_PONG ? PING_PONG : '';
  if (key === 'tr_type') return Object.hasOwn(REQUESTS, value) ? REQUESTS[value]! : '';
  if (key !== 'msg_cd' || !value.startsWith('OPSP')) return '';
  const kind = meaningOf(value)?.kind;
  return kind === 'acknowledged' || kind === 'released' ? ACKNOWLEDGED : REFUSED;
}

/** The text that starts at `position`; empty where none does or it is longer than any that is looked for. */
function textAt(bytes: Uint8Array, position: number, end: number): string {
  if (position >= end || bytes[position] !== QUOTE) return '';
  const stop = textStop(bytes, position + 1, end);
  return stop - position > VALUE_MAX ? '' : asciiText(bytes, position + 1, stop);
}

function textStop(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return Math.min(at, end);
}

function isUpperOrDigit(byte: number): boolean {
  return (byte ^ 0x30) <= 9 || (byte >= 0x41 && byte <= 0x5a);
}
