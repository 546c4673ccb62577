import type { Instrument } from '#domain';
import { KIS_VENUE } from './venue-symbols.ts';

const CURRENCY = 'KRW';
/**
 * Won per index point, by the two characters behind the kind of a derivative's code: 01 KOSPI 200, 05 mini KOSPI 200, 06 KOSDAQ 150, 09 and
 * AF weekly options on KOSPI 200. Contract specifications of the exchange (KRX, since 2017-03-27).
 */
const MULTIPLIERS: Readonly<Record<string, number>> = { '01': 250_000, '05': 50_000, '06': 10_000, '09': 250_000, AF: 250_000 };
/**
 * `A01612`, `101W09`, `B01612A40`, `201T11317`: kind, product, year and month, and for options the strike in characters that say nothing by
 * themselves. The old form has a letter for the year where no stock has one.
 */
const DERIVATIVE = /^([ABCD](?=.{5})|[1-4](?=..[A-Z]))([0-9A-Z]{2})[0-9A-Z]{3}([0-9A-Z]{3})?$/;
const STOCK = /^Q?[0-9A-Z]{6}$/;
const INDEX = /^\d{4}$/;
const SUFFIX = /_(?:NX|UN)$/;

/**
 * What trading a symbol means, from its code alone: the tape's masters know more. A code that is neither an index's, a stock's nor that of
 * a derivative with a known multiplier is of kind `unknown`: its money would be guessed.
 */
export function kisInstrument(symbol: string): Instrument {
  const code = symbol.replace(SUFFIX, '');
  const derivative = DERIVATIVE.exec(code);
  if (derivative !== null) return derivativeInstrument(symbol, derivative[1]!, derivative[2]!, derivative[3] !== undefined);
  const kind = INDEX.test(code) ? 'index' : STOCK.test(code) ? 'stock' : 'unknown';
  return { venue: KIS_VENUE, symbol, kind, currency: CURRENCY, multiplier: 1 };
}

/** `put` or `call` by the first character of an option's code; undefined for everything else. */
export function optionTypeOf(symbol: string): 'call' | 'put' | undefined {
  const derivative = DERIVATIVE.exec(symbol);
  if (derivative?.[3] === undefined) return undefined;
  switch (derivative[1]) {
    case 'B':
    case '2':
      return 'call';
    case 'C':
    case '3':
      return 'put';
    default:
      return undefined;
  }
}

function derivativeInstrument(symbol: string, kindCode: string, product: string, hasStrike: boolean): Instrument {
  const multiplier = Object.hasOwn(MULTIPLIERS, product) ? MULTIPLIERS[product] : undefined;
  const base = { venue: KIS_VENUE, symbol, currency: CURRENCY, multiplier: multiplier ?? 1 };
  const optionType = optionTypeOf(symbol);
  if (multiplier === undefined) return { ...base, kind: 'unknown' };
  if (optionType !== undefined) return { ...base, kind: 'option', optionType };
  const isFuture = (kindCode === 'A' || kindCode === '1') && !hasStrike;
  return { ...base, kind: isFuture ? 'future' : 'unknown' };
}
