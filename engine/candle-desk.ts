import {
  type BarEvent,
  type Candle,
  type CandleInterval,
  formatCandleInterval,
  parseCandleInterval,
  type SymbolId,
  type TradeEvent,
  usageError,
} from '#domain';
import { createCandleSeries } from './candle-factory.ts';
import type { CandleMark, CandleOutcome } from './candle-series.ts';
import type { SymbolState } from './symbol-state.ts';

/** Who asked for a series decides who is given its candles. */
export interface CandleRequest {
  readonly interval: CandleInterval;
  readonly text: string;
  /** Every symbol when absent. */
  readonly symbol: { readonly venue: string; readonly symbol: string } | undefined;
  /** Closed candles that stay readable. */
  readonly history: number;
  readonly isForStrategy: boolean;
}

const NO_CANDLES: readonly Candle[] = [];

/** All candle series of a run: which are made, when they close, and the closed ones a strategy can still read. */
export class CandleDesk {
  readonly #latenessOf: (venue: string) => number;
  readonly #requests: CandleRequest[] = [];
  readonly #states: SymbolState[] = [];
  /** Closed candles by symbol and interval, oldest first. */
  readonly #closed = new Map<SymbolId, Map<string, Candle[]>>();
  readonly #late: string[] = [];
  readonly #texts = new Map<string, string>();
  #sessionStartUs = Number.NEGATIVE_INFINITY;
  #nextCloseUs = Number.POSITIVE_INFINITY;

  constructor(latenessOf: (venue: string) => number) {
    this.#latenessOf = latenessOf;
  }

  /** Engine time from which `advance` closes something. */
  get nextCloseUs(): number {
    return this.#nextCloseUs;
  }

  /** Asks for a series; an interval asked for twice is made once, and keeps the longer history. */
  use(
    interval: string,
    options: { readonly symbol?: CandleRequest['symbol']; readonly history: number; readonly isForStrategy: boolean },
  ): void {
    const parsed = parseCandleInterval(interval);
    const text = formatCandleInterval(parsed);
    if (!(Number.isSafeInteger(options.history) && options.history >= 0)) {
      throw usageError('CANDLE_HISTORY', `candles ${interval}: history must be a whole number, not ${options.history}`);
    }
    this.#requests.push({ interval: parsed, text, symbol: options.symbol, history: options.history, isForStrategy: options.isForStrategy });
  }

  /** The session's first record: candles that began before it are incomplete. */
  begin(nowUs: number): void {
    this.#sessionStartUs = nowUs;
  }

  /** Makes the series of a symbol that was just seen. */
  addSymbol(state: SymbolState): void {
    this.#states.push(state);
    const { venue } = state.instrument;
    for (const request of this.#requests) {
      if (!asksFor(request, state) || state.series.some((series) => series.interval === request.text)) continue;
      const latenessUs = this.#latenessOf(venue);
      state.series.push(
        createCandleSeries({ symbol: state.id, interval: request.interval, latenessUs, sessionStartUs: this.#sessionStartUs }),
      );
    }
  }

  /** Counts a trade into every series of its symbol and returns the worst outcome; `lateIntervals` then names the late ones. */
  onTrade(state: SymbolState, trade: Readonly<TradeEvent>, nowUs: number, emit: (candle: Candle) => void): CandleOutcome {
    const { series } = state;
    let worst: CandleOutcome = 'counted';
    this.#late.length = 0;
    for (let index = 0; index < series.length; index++) {
      const one = series[index]!;
      const outcome = one.add(trade, nowUs);
      if (outcome !== 'counted') worst = this.#worse(worst, outcome, one.interval);
      if (one.nextCloseUs < this.#nextCloseUs) this.#nextCloseUs = one.nextCloseUs;
    }
    if (this.#nextCloseUs <= nowUs) this.advance(nowUs, emit);
    return worst;
  }

  /** The intervals for which the last trade of `onTrade` was late, joined by a space. */
  lateIntervals(): string {
    return this.#late.join(' ');
  }

  #worse(worst: CandleOutcome, outcome: CandleOutcome, interval: string): CandleOutcome {
    if (outcome === 'late') this.#late.push(interval);
    return worst === 'late' || outcome === 'counted' ? worst : outcome === 'ignored' && worst !== 'counted' ? worst : outcome;
  }

  /** Feeds a venue's final bar to the time candles of a symbol without trades. */
  onBar(state: SymbolState, bar: Readonly<BarEvent>, nowUs: number, emit: (candle: Candle) => void): void {
    for (const series of state.series) {
      series.addBar(bar, nowUs);
      if (series.nextCloseUs < this.#nextCloseUs) this.#nextCloseUs = series.nextCloseUs;
    }
    if (this.#nextCloseUs <= nowUs) this.advance(nowUs, emit);
  }

  /** Closes what is due, symbols in order of first appearance, series in the order they were asked for. */
  advance(nowUs: number, emit: (candle: Candle) => void): void {
    let nextCloseUs = Number.POSITIVE_INFINITY;
    for (const state of this.#states) {
      for (const series of state.series) {
        if (series.nextCloseUs <= nowUs) series.advance(nowUs, (candle) => this.#close(state, candle, emit));
        if (series.nextCloseUs < nextCloseUs) nextCloseUs = series.nextCloseUs;
      }
    }
    this.#nextCloseUs = nextCloseUs;
  }

  finish(nowUs: number, emit: (candle: Candle) => void): void {
    for (const state of this.#states) {
      for (const series of state.series) series.finish(nowUs, (candle) => this.#close(state, candle, emit));
    }
  }

  mark(state: SymbolState, flag: CandleMark, isOn: boolean, nowUs: number): void {
    for (const series of state.series) {
      if (isOn) series.mark(flag, nowUs);
      else series.unmark(flag, nowUs);
    }
  }

  closed(symbol: SymbolId, interval: string): readonly Candle[] {
    return this.#closed.get(symbol)?.get(this.#textOf(interval)) ?? NO_CANDLES;
  }

  forming(state: SymbolState, interval: string): Candle | undefined {
    const text = this.#textOf(interval);
    return state.series.find((series) => series.interval === text)?.forming();
  }

  /** `60s` is the series `1m`. */
  #textOf(interval: string): string {
    let text = this.#texts.get(interval);
    if (text === undefined) {
      text = formatCandleInterval(parseCandleInterval(interval));
      this.#texts.set(interval, text);
    }
    return text;
  }

  isForStrategy(state: SymbolState, interval: string): boolean {
    return this.#requests.some((request) => request.isForStrategy && request.text === interval && asksFor(request, state));
  }

  #close(state: SymbolState, candle: Candle, emit: (candle: Candle) => void): void {
    const history = this.#historyOf(state, candle.interval);
    if (history > 0) {
      let intervals = this.#closed.get(state.id);
      if (intervals === undefined) {
        intervals = new Map();
        this.#closed.set(state.id, intervals);
      }
      const candles = intervals.get(candle.interval) ?? [];
      intervals.set(candle.interval, candles);
      candles.push(candle);
      if (candles.length > history) candles.shift();
    }
    emit(candle);
  }

  #historyOf(state: SymbolState, interval: string): number {
    let history = 0;
    for (const request of this.#requests) {
      if (request.text === interval && asksFor(request, state) && request.history > history) history = request.history;
    }
    return history;
  }
}

function asksFor(request: CandleRequest, state: SymbolState): boolean {
  if (request.symbol === undefined) return true;
  return request.symbol.venue === state.instrument.venue && request.symbol.symbol === state.instrument.symbol;
}
