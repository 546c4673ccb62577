import { civilTime, MILLISECOND_US } from '#domain';
import { asciiText } from '../byte-number.ts';
import {
  asciiBytes,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  hasBytes,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
  skipString,
  skipValue,
} from '../json-scan.ts';
import { labelOfCode } from './channel.ts';

/**
 * What a push is about, as one text that a subscription gives too: `orderBook|BTCUSD`, `kline|BTCUSD|h1`, `tOption|BTCUSD-4JUL23` (a chain is told by
 * the day that all its contracts have in their names), and `order|` for a channel without symbols.
 */
export function streamOf(channel: string, symbol: string, options: Readonly<Record<string, string>> = {}): string {
  if (options.end !== undefined) return `${channel}|${symbol}-${chainDay(Number(options.end))}`;
  return options.period === undefined ? `${channel}|${symbol}` : `${channel}|${symbol}|${options.period}`;
}

export const MONTHS: readonly string[] = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
/** Names of contracts have two digits for the year. */
const END_MAX_MS = 4_102_444_800_000;

/** The day of an expiry (ms since the epoch) as the names of its contracts print it: `4JUL23`; empty for what is no such time. */
export function chainDay(endMs: number): string {
  if (!(Number.isSafeInteger(endMs) && endMs > 0 && endMs < END_MAX_MS)) return '';
  const { year, month, day } = civilTime(endMs * MILLISECOND_US);
  return `${day}${MONTHS[month - 1]}${String(year % 100).padStart(2, '0')}`;
}

const NONE: readonly string[] = [];
const SYMBOL_BYTES_MAX = 64;
const CODE_KEY = asciiBytes('"dt"');
const DATA_KEY = asciiBytes('"d"');
const SYMBOL_KEYS = [asciiBytes('"s"'), asciiBytes('"symbol"')] as const;
const PERIOD_KEY = asciiBytes('"pe"');

/**
 * The streams that a push `bytes[start, end)` belongs to, each once, in the order of its records, and last the one of its channel without a symbol; empty
 * for what is no push. Of a chain only the first record is looked at: a push holds contracts of one expiry.
 */
export function streamsOfPush(bytes: Uint8Array, start: number, end: number): readonly string[] {
  const open = skipSpace(bytes, start, end);
  const code = findMember(bytes, open, end, CODE_KEY);
  const label = code < 0 ? '' : labelOfCode(readCode(bytes, code, end));
  if (label === '') return NONE;
  const data = findMember(bytes, open, end, DATA_KEY);
  const streams: string[] = [];
  if (data >= 0 && bytes[data] === OPEN_BRACKET) addRows(streams, label, bytes, data, end);
  else if (data >= 0) addRecord(streams, label, bytes, data, end);
  streams.push(`${label}|`);
  return streams;
}

function addRows(streams: string[], label: string, bytes: Uint8Array, open: number, end: number): void {
  let at = skipSpace(bytes, open + 1, end);
  while (at >= 0 && at < end && bytes[at] !== CLOSE_BRACKET) {
    addRecord(streams, label, bytes, at, end);
    if (label === 'tOption' && streams.length > 0) return;
    at = skipValue(bytes, at, end);
    if (at < 0) return;
    at = skipSpace(bytes, at, end);
    if (at < end && bytes[at] === COMMA) at = skipSpace(bytes, at + 1, end);
    else return;
  }
}

function addRecord(streams: string[], label: string, bytes: Uint8Array, open: number, end: number): void {
  const symbol = symbolOf(bytes, open, end);
  if (symbol === '') return;
  const stream = streamOfRecord(label, symbol, bytes, open, end);
  if (streams.at(-1) !== stream && !streams.includes(stream)) streams.push(stream);
}

function streamOfRecord(label: string, symbol: string, bytes: Uint8Array, open: number, end: number): string {
  if (label === 'kline') return `${label}|${symbol}|${readText(bytes, findMember(bytes, open, end, PERIOD_KEY), end)}`;
  if (label !== 'tOption') return `${label}|${symbol}`;
  const afterDay = symbol.indexOf('-', symbol.indexOf('-') + 1);
  return `${label}|${afterDay < 0 ? symbol : symbol.slice(0, afterDay)}`;
}

function symbolOf(bytes: Uint8Array, open: number, end: number): string {
  for (const key of SYMBOL_KEYS) {
    const symbol = readText(bytes, findMember(bytes, open, end, key), end);
    if (symbol !== '') return symbol;
  }
  return '';
}

/** Where the value of this key of the object at `open` starts; -1 where there is none up to the key or up to where the JSON breaks. */
function findMember(bytes: Uint8Array, open: number, end: number, key: Uint8Array): number {
  if (open >= end || bytes[open] !== OPEN_BRACE) return -1;
  let at = skipSpace(bytes, open + 1, end);
  while (at < end && bytes[at] !== CLOSE_BRACE) {
    const keyStop = skipString(bytes, at, end);
    const colon = keyStop < 0 ? end : skipSpace(bytes, keyStop, end);
    if (colon >= end || bytes[colon] !== COLON) return -1;
    const value = skipSpace(bytes, colon + 1, end);
    if (keyStop - at === key.length && hasBytes(bytes, at, end, key)) return value;
    const stop = skipValue(bytes, value, end);
    if (stop < 0) return -1;
    at = skipSpace(bytes, stop, end);
    if (at >= end || bytes[at] !== COMMA) return -1;
    at = skipSpace(bytes, at + 1, end);
  }
  return -1;
}

/** The text at `at`, as its ASCII bytes; empty for anything else and for one that is too long to be a name. */
function readText(bytes: Uint8Array, at: number, end: number): string {
  if (at < 0 || at >= end || bytes[at] !== QUOTE) return '';
  const stop = skipString(bytes, at, end);
  return stop < 0 || stop - at - 2 > SYMBOL_BYTES_MAX ? '' : asciiText(bytes, at + 1, stop - 1);
}

const CODE_DIGITS_MAX = 3;

function readCode(bytes: Uint8Array, at: number, end: number): number {
  let code = 0;
  const stop = Math.min(end, at + CODE_DIGITS_MAX + 1);
  for (let digit = at; digit < stop; digit++) {
    const value = bytes[digit]! - 0x30;
    if (value < 0 || value > 9) return digit === at ? -1 : code;
    code = code * 10 + value;
  }
  return -1;
}
