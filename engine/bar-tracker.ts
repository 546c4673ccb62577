import { type BarEvent, SECOND_US, type SymbolId } from '#domain';
import { BarSeries } from './bar-series.ts';

/** A bar that the venue does not call final is, when engine time is this far past its end. */
export const BAR_SETTLE_US = 5 * SECOND_US;
/** Bars of one symbol and interval that wait for engine time to move; beyond, the oldest is final at once. */
export const BAR_WAITING_MAX = 65_536;

/**
 * `waiting` it may still be revised · `final` it was given out, after those before it · `repeat` it was given out before, with the
 * same values · `revised` it was given out before, with other values: a bar is final once, so this one is counted and left out ·
 * `late` it was never given out, and a newer one was.
 */
export type BarOutcome = 'waiting' | 'final' | 'repeat' | 'revised' | 'late';

/** Gets a copy of a final bar, with `isFinal` and `isHistory` set; it may be kept. */
export type BarListener = (bar: Readonly<BarEvent>) => void;

/**
 * Tells when a venue's own bars, which repeat and are revised, are final, and gives each out once, in order of open time:
 * when the venue says so, when a later bar of the same symbol and interval was seen, or when engine time is `BAR_SETTLE_US` past
 * its end. Only the newest bar that the venue calls final is given out at once; the others wait until engine time moves, because
 * a polled answer may list the newest first, and the final values of the bar before it come behind.
 * Bars that ended before the session opened are history: they warm up and never cause an order.
 */
export class BarTracker {
  readonly #sessionStartUs: number;
  readonly #symbols = new Map<SymbolId, Map<number, BarSeries>>();
  #nextDueUs = Number.POSITIVE_INFINITY;
  #revisedCount = 0;
  #lateCount = 0;

  /** `sessionStartUs` is the engine time of the session's first record. */
  constructor(sessionStartUs: number) {
    this.#sessionStartUs = sessionStartUs;
  }

  /** Engine time from which `advance` may give something out; Infinity when nothing waits. */
  get nextDueUs(): number {
    return this.#nextDueUs;
  }

  /** Bars that came again with other values after they were final. */
  get revisedCount(): number {
    return this.#revisedCount;
  }

  /** Bars that came first when a newer one was final already. */
  get lateCount(): number {
    return this.#lateCount;
  }

  /** Takes a bar and gives out what it makes final at once. */
  add(bar: Readonly<BarEvent>, nowUs: number, emit: BarListener): BarOutcome {
    const series = this.#seriesOf(bar);
    const old = series.judgeOld(bar);
    if (old !== undefined) {
      if (old === 'revised') this.#revisedCount++;
      if (old === 'late') this.#lateCount++;
      return old;
    }
    const isHistory = bar.isHistory || bar.openTimeUs + bar.intervalUs < this.#sessionStartUs;
    const isNewest = series.place(bar, isHistory);
    const isFinal = isNewest && bar.isFinal && !isHistory;
    if (isFinal) series.emitUntil(bar.openTimeUs, emit);
    else if (series.waitingCount > BAR_WAITING_MAX) series.emitOldest(emit);
    series.schedule(nowUs);
    this.#nextDueUs = Math.min(this.#nextDueUs, series.dueUs);
    return isFinal ? 'final' : 'waiting';
  }

  /** Gives out what is final because engine time moved. */
  advance(nowUs: number, emit: BarListener): void {
    if (nowUs < this.#nextDueUs) return;
    this.#visitAll((series) => {
      if (nowUs >= series.dueUs) series.emitFinal(nowUs, emit);
    });
  }

  /** Ends the tape: gives out what is final by now; the newest bar of a series is not, unless it is called so or has settled. */
  finish(nowUs: number, emit: BarListener): void {
    this.#visitAll((series) => series.emitFinal(nowUs, emit));
  }

  #visitAll(visit: (series: BarSeries) => void): void {
    this.#nextDueUs = Number.POSITIVE_INFINITY;
    for (const intervals of this.#symbols.values()) {
      for (const series of intervals.values()) {
        visit(series);
        this.#nextDueUs = Math.min(this.#nextDueUs, series.dueUs);
      }
    }
  }

  #seriesOf(bar: Readonly<BarEvent>): BarSeries {
    let intervals = this.#symbols.get(bar.symbol);
    if (intervals === undefined) {
      intervals = new Map();
      this.#symbols.set(bar.symbol, intervals);
    }
    let series = intervals.get(bar.intervalUs);
    if (series === undefined) {
      series = new BarSeries(BAR_SETTLE_US);
      intervals.set(bar.intervalUs, series);
    }
    return series;
  }
}
