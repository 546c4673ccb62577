import type { CandleValues } from '#domain';

/** Volumes that differ by less than this share are the same: a sum of minutes rounds in another order than the venue's own. */
const VOLUME_TOLERANCE = 1e-9;

/** The candle of a longer time, made of those of its parts in order of time; `undefined` of none. */
export function joinCandles(parts: readonly CandleValues[]): CandleValues | undefined {
  const [first] = parts;
  const last = parts.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return {
    open: first.open,
    high: parts.reduce((high, part) => Math.max(high, part.high), first.high),
    low: parts.reduce((low, part) => Math.min(low, part.low), first.low),
    close: last.close,
    volume: parts.reduce((sum, part) => sum + part.volume, 0),
  };
}

/** True when both say the same; what one of them does not tell (NaN) is not compared. */
export function isSameCandle(a: CandleValues, b: CandleValues): boolean {
  const prices = ['open', 'high', 'low', 'close'] as const;
  return prices.every((name) => isSame(a[name], b[name], 0)) && isSame(a.volume, b.volume, VOLUME_TOLERANCE);
}

function isSame(a: number, b: number, tolerance: number): boolean {
  return Number.isNaN(a) || Number.isNaN(b) || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}
