import { ArrivalCandleSeries } from './candle-arrival-series.ts';
import type { CandleSeries, CandleSeriesOptions } from './candle-series.ts';
import { TimeCandleSeries } from './candle-time-series.ts';

/** A series of the kind its interval names. Throws `LATENESS_INVALID` (usage) when the lateness keeps too many candles open. */
export function createCandleSeries(options: CandleSeriesOptions): CandleSeries {
  const { symbol, interval, latenessUs, sessionStartUs = Number.NEGATIVE_INFINITY } = options;
  if (interval.kind === 'time') return new TimeCandleSeries(symbol, interval.intervalUs, latenessUs, sessionStartUs);
  return new ArrivalCandleSeries(symbol, interval);
}
