import { assertNever } from './assert.ts';
import { usageError } from './failure.ts';
import type { SymbolId } from './symbols.ts';
import { DAY_US, formatDuration, parseDuration } from './time.ts';

/** What closes a candle: time, a count of trades, a sum of sizes, or a sum of price × size. */
export type CandleInterval =
  | { readonly kind: 'time'; readonly intervalUs: number }
  | { readonly kind: 'tick'; readonly trades: number }
  | { readonly kind: 'volume'; readonly volume: number }
  | { readonly kind: 'value'; readonly value: number };

/**
 * `no-trade` an empty interval at the previous close · `halt` trading was restricted in it · `gap` data was lost in it ·
 * `incomplete` the tape does not cover all of it · `bar` made of the venue's own bars.
 */
export type CandleFlag = 'no-trade' | 'halt' | 'gap' | 'incomplete' | 'bar';

/** A candle of ours. Sums are exact: `exact` holds their decimals, the numbers are the nearest doubles. */
export interface Candle {
  readonly symbol: SymbolId;
  /** As `parseCandleInterval` reads it: `1m`, `100t`. */
  readonly interval: string;
  /** Start of the bucket by the venue's clock; for tick, volume and value candles the time of the first trade. */
  readonly openTimeUs: number;
  /** End of the bucket (exclusive); for tick, volume and value candles the time of the last trade. */
  readonly closeTimeUs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Σ price × size. */
  readonly value: number;
  /** Size bought by takers. */
  readonly buyVolume: number;
  readonly trades: number;
  readonly exact: { readonly volume: string; readonly value: string; readonly buyVolume: string };
  readonly flags: readonly CandleFlag[];
}

/** Reads `1s`, `5m`, `1h` (time), `100t` (trades), `50v` (volume), `1000000q` (quote value). */
export function parseCandleInterval(text: string): CandleInterval {
  const match = /^(\d+(?:\.\d+)?)([tvq])$/.exec(text);
  if (match === null) {
    const intervalUs = parseDuration(text, 'candle interval');
    if (intervalUs <= 0 || (DAY_US % intervalUs !== 0 && intervalUs % DAY_US !== 0)) {
      throw usageError('INTERVAL_INVALID', `candle interval "${text}" must divide a day, so that buckets start at the same times each day`);
    }
    return { kind: 'time', intervalUs };
  }
  const amount = Number(match[1]);
  if (!(amount > 0)) throw usageError('INTERVAL_INVALID', `candle interval "${text}" must be above 0`);
  if (match[2] === 'v') return { kind: 'volume', volume: amount };
  if (match[2] === 'q') return { kind: 'value', value: amount };
  if (!Number.isSafeInteger(amount)) throw usageError('INTERVAL_INVALID', `candle interval "${text}" counts whole trades`);
  return { kind: 'tick', trades: amount };
}

/** One text for one interval: `60s` and `1m` are both `1m`. */
export function formatCandleInterval(interval: CandleInterval): string {
  switch (interval.kind) {
    case 'time':
      return formatDuration(interval.intervalUs);
    case 'tick':
      return `${interval.trades}t`;
    case 'volume':
      return `${interval.volume}v`;
    case 'value':
      return `${interval.value}q`;
    default:
      return assertNever(interval);
  }
}
