import type { BarEvent, Candle, CandleInterval, SymbolId, TradeEvent } from '#domain';
import { DAY_US } from '#domain';

/** A trade or bar further ahead of engine time than this is refused: that is no fast clock, it is a wrong one. */
export const CANDLE_AHEAD_MAX_US = DAY_US;
/** Buckets a series keeps open at once; a trade that needs one more is refused. */
export const CANDLE_OPEN_BUCKETS_MAX = 65_536;
/** Empty intervals filled between two candles; a longer hole is left empty, and the candle after it carries the flag `gap`. */
export const CANDLE_FILL_MAX = 10_000;
/** Spans of `halt` or `gap` remembered for candles not closed yet; beyond, the two oldest are joined, so that no candle loses its flag. */
export const CANDLE_MARKS_MAX = 1_024;

/**
 * `counted` it is in a candle · `late` its candle had closed: counted as late, never merged · `ignored` it does not belong into
 * candles (off-book, no positive size, bars where there are trades, bars that do not fit the interval) ·
 * `refused` its time is past `CANDLE_AHEAD_MAX_US` or it needs more than `CANDLE_OPEN_BUCKETS_MAX`.
 */
export type CandleOutcome = 'counted' | 'late' | 'ignored' | 'refused';

export interface CandleSeriesOptions {
  readonly symbol: SymbolId;
  readonly interval: CandleInterval;
  /** How long a time bucket waits for late trades after its end, in engine time. Other kinds follow arrival and do not wait. */
  readonly latenessUs: number;
  /** Engine time of the session's first record: the first bucket is `incomplete` when it began before. Default: never. */
  readonly sessionStartUs?: number;
}

/**
 * Candles of one symbol and interval. `nowUs` is engine time and never falls.
 *
 * Time candles are bucketed by the trade's venue time (engine time where it has none), stay open until engine time reaches their
 * end plus the lateness, and close in order of their start, each once. A trade that comes at that moment or after is late, and so
 * is one older than the last closed bucket. Tick, volume and value candles take trades as they arrive; the trade that reaches
 * the threshold closes the candle and belongs wholly to it.
 */
export interface CandleSeries {
  readonly symbol: SymbolId;
  /** As `formatCandleInterval` writes it. */
  readonly interval: string;
  /**
   * Engine time from which `advance` closes something: Infinity when nothing can close, -Infinity when a candle is closed and
   * waits to be given out. Look at it before a step (time moved) and after `add` and `addBar`.
   */
  readonly nextCloseUs: number;
  readonly lateCount: number;
  readonly refusedCount: number;
  add(trade: Readonly<TradeEvent>, nowUs: number): CandleOutcome;
  /**
   * Adds a venue's final bar, each once (see `BarTracker`). Time candles only, for a symbol without trades: from the first trade on,
   * bars are ignored. The first bar interval that fits feeds the series, others are ignored. A candle made of bars closes when
   * its last bar came, a bar of a later candle came, or nothing came for the lateness and one bar interval.
   */
  addBar(bar: Readonly<BarEvent>, nowUs: number): CandleOutcome;
  /** Gives out every candle that has closed at `nowUs`, oldest first, and before it the empty ones since the last. */
  advance(nowUs: number, emit: (candle: Candle) => void): void;
  /** Ends the tape: what is still open is given out as `incomplete`. */
  finish(nowUs: number, emit: (candle: Candle) => void): void;
  /** The newest candle that has not closed: what was received so far. A new object. */
  forming(): Candle | undefined;
  /**
   * Flags every candle that overlaps the time from `fromUs` until `unmark`. Time candles compare with the bucket as it is, without
   * correcting the venue's clock; the others with the time since the arrival that closed the candle before.
   */
  mark(flag: CandleMark, fromUs: number): void;
  unmark(flag: CandleMark, toUs: number): void;
}

/** Flags that last for a time: trading was restricted, data was lost. */
export type CandleMark = 'halt' | 'gap';
