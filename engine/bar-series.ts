import type { BarEvent } from '#domain';

/** Final bars remembered, to tell a repeat from one never seen; an older one that comes again counts as late. */
export const BAR_REMEMBERED_MAX = 4_096;

/** Bars of one symbol and interval on their way to becoming final; the rules are in `BarTracker`. */
export class BarSeries {
  readonly #settleUs: number;
  /** Not given out yet, by open time, rising: all but the last are final. */
  readonly #waiting: BarEvent[] = [];
  /** Given out, by open time. */
  readonly #final = new Map<number, Readonly<BarEvent>>();
  #lastFinalOpenUs = Number.NEGATIVE_INFINITY;
  #newestOpenUs = Number.NEGATIVE_INFINITY;
  #dueUs = Number.POSITIVE_INFINITY;

  constructor(settleUs: number) {
    this.#settleUs = settleUs;
  }

  /** Engine time from which `emitFinal` may give something out; Infinity when nothing waits. */
  get dueUs(): number {
    return this.#dueUs;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** What a bar is that cannot be given out any more; `undefined` when it still can. */
  judgeOld(bar: Readonly<BarEvent>): 'repeat' | 'revised' | 'late' | undefined {
    if (bar.openTimeUs > this.#lastFinalOpenUs) return undefined;
    const known = this.#final.get(bar.openTimeUs);
    if (known === undefined) return 'late';
    return hasSameValues(bar, known) ? 'repeat' : 'revised';
  }

  /** Keeps a copy, in place of an earlier one of the same time. Returns whether no newer bar was seen. */
  place(bar: Readonly<BarEvent>, isHistory: boolean): boolean {
    const waiting = this.#waiting;
    let index = waiting.length;
    while (index > 0 && waiting[index - 1]!.openTimeUs >= bar.openTimeUs) index--;
    const isThere = waiting[index]?.openTimeUs === bar.openTimeUs;
    waiting.splice(index, isThere ? 1 : 0, { ...bar, isHistory });
    const isNewest = bar.openTimeUs >= this.#newestOpenUs;
    if (isNewest) this.#newestOpenUs = bar.openTimeUs;
    return isNewest;
  }

  schedule(nowUs: number): void {
    const newest = this.#waiting.at(-1);
    if (newest === undefined) {
      this.#dueUs = Number.POSITIVE_INFINITY;
      return;
    }
    const hasFinal = this.#waiting.length > 1 || this.#isFinal(newest, nowUs);
    this.#dueUs = hasFinal ? nowUs + 1 : this.#settledAtUs(newest);
  }

  /** Gives out the bars that are final at `nowUs`. */
  emitFinal(nowUs: number, emit: (bar: Readonly<BarEvent>) => void): void {
    const newest = this.#waiting.at(-1);
    if (newest !== undefined) {
      this.emitUntil(this.#isFinal(newest, nowUs) ? newest.openTimeUs : newest.openTimeUs - 1, emit);
    }
    this.schedule(nowUs);
  }

  /** Gives out the waiting bars that open at `openUs` or before. */
  emitUntil(openUs: number, emit: (bar: Readonly<BarEvent>) => void): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.openTimeUs <= openUs) this.emitOldest(emit);
  }

  emitOldest(emit: (bar: Readonly<BarEvent>) => void): void {
    const bar = this.#waiting.shift()!;
    bar.isFinal = true;
    this.#lastFinalOpenUs = bar.openTimeUs;
    this.#final.set(bar.openTimeUs, bar);
    if (this.#final.size > BAR_REMEMBERED_MAX) this.#final.delete(this.#final.keys().next().value!);
    emit(bar);
  }

  /** A waiting bar that is older than one seen, or called final, or settled. */
  #isFinal(bar: Readonly<BarEvent>, nowUs: number): boolean {
    return bar.isFinal || bar.openTimeUs < this.#newestOpenUs || nowUs >= this.#settledAtUs(bar);
  }

  #settledAtUs(bar: Readonly<BarEvent>): number {
    return bar.openTimeUs + bar.intervalUs + this.#settleUs;
  }
}

function hasSameValues(bar: Readonly<BarEvent>, known: Readonly<BarEvent>): boolean {
  return (
    Object.is(bar.open, known.open) &&
    Object.is(bar.high, known.high) &&
    Object.is(bar.low, known.low) &&
    Object.is(bar.close, known.close) &&
    Object.is(bar.volume, known.volume) &&
    Object.is(bar.value, known.value) &&
    Object.is(bar.trades, known.trades)
  );
}
