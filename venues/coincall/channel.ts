import { asciiBytes, hasBytes } from '../json-scan.ts';

/** What a frame carries, by its `dt`: the venue's own `dataType` names. Options use codes below 30 and from 129, futures 30 to 46. */
const LABEL_OF_CODE: Readonly<Record<number, string>> = {
  2: 'kline',
  3: 'bsInfo',
  4: 'tOption',
  5: 'orderBook',
  6: 'lastTrade',
  7: 'accountBalance',
  8: 'fillSignal',
  11: 'order',
  12: 'position',
  15: 'trade',
  19: 'allPositions',
  20: 'blockTrade',
  22: 'blockTradeDetail',
  23: 'blockTradePublic',
  24: 'lastTradeV2',
  27: 'positionEvent',
  28: 'rfqMaker',
  30: 'spotPrice',
  31: 'kline',
  32: 'orderBook',
  33: 'lastTrade',
  34: 'fillSignal',
  35: 'order',
  36: 'position',
  38: 'trade',
  43: 'lastTradeV2',
  44: 'premiumIndex',
  46: 'positionEvent',
  129: 'rfqTaker',
  130: 'rfqQuote',
  131: 'quoteReceived',
};
const MARKET_LABELS = new Set([
  'kline',
  'bsInfo',
  'tOption',
  'orderBook',
  'lastTrade',
  'lastTradeV2',
  'fillSignal',
  'spotPrice',
  'premiumIndex',
]);
/** Above every `dt` that a document names. */
export const CODES_END = 132;
const LABELS: readonly string[] = Array.from({ length: CODES_END }, (_, code) => LABEL_OF_CODE[code] ?? '');

/** How every push begins on the wire. */
const PUSH_START = asciiBytes('{"dt":');
const COMMA = 0x2c;
const ZERO = 0x30;
const CODE_DIGITS_MAX = 3;

/** The label of a `dt`; empty for one that no document names. */
export function labelOfCode(code: number): string {
  return LABELS[code] ?? '';
}

/** True for channels that carry only market data, so that no secret can be in them. */
export function isMarketCode(code: number): boolean {
  return MARKET_LABELS.has(labelOfCode(code));
}

/** The `dt` of a push whose first key it is, told from the first bytes; -1 for all other frames. */
export function leadingCode(bytes: Uint8Array, start: number, end: number): number {
  if (!hasBytes(bytes, start, end, PUSH_START)) return -1;
  let code = 0;
  let at = start + PUSH_START.length;
  const digitsEnd = Math.min(end, at + CODE_DIGITS_MAX);
  for (; at < digitsEnd; at++) {
    const digit = bytes[at]! ^ ZERO;
    if (digit > 9) break;
    code = code * 10 + digit;
  }
  return at > start + PUSH_START.length && at < end && bytes[at] === COMMA ? code : -1;
}
