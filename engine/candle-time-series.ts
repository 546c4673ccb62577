import {
  assert,
  type BarEvent,
  type Candle,
  type CandleFlag,
  formatCandleInterval,
  type SymbolId,
  type TradeEvent,
  usageError,
} from '#domain';
import { emptyCandle, FormingCandle } from './candle-forming.ts';
import { CandleMarks } from './candle-marks.ts';
import {
  CANDLE_AHEAD_MAX_US,
  CANDLE_FILL_MAX,
  CANDLE_OPEN_BUCKETS_MAX,
  type CandleMark,
  type CandleOutcome,
  type CandleSeries,
} from './candle-series.ts';

/** Closed buckets kept for reuse, so that a steady series allocates only the candles it gives out. */
const SPARES_MAX = 4;

/** Candles of fixed time; see `CandleSeries` for the rules. */
export class TimeCandleSeries implements CandleSeries {
  readonly symbol: SymbolId;
  readonly interval: string;
  readonly #intervalUs: number;
  readonly #latenessUs: number;
  readonly #sessionStartUs: number;
  /** By start, rising, and so are the times they close at. */
  readonly #open: FormingCandle[] = [];
  readonly #spares: FormingCandle[] = [];
  readonly #marks = new CandleMarks();
  /** The bucket of the last trade: the next one is most often in it. */
  #current: FormingCandle | undefined;
  #nextCloseUs = Number.POSITIVE_INFINITY;
  /** End of the last closed bucket. */
  #closedUntilUs = Number.NEGATIVE_INFINITY;
  #lastClose = Number.NaN;
  #hasTrades = false;
  #hasClosedTrades = false;
  /** Interval of the bars that feed the series; 0 before the first. */
  #barIntervalUs = 0;
  #lateCount = 0;
  #refusedCount = 0;

  constructor(symbol: SymbolId, intervalUs: number, latenessUs: number, sessionStartUs: number) {
    assert(Number.isSafeInteger(intervalUs) && intervalUs > 0, `a candle interval is whole microseconds above 0, not ${intervalUs}`);
    assert(Number.isSafeInteger(latenessUs) && latenessUs >= 0, `lateness is whole microseconds, not ${latenessUs}`);
    this.symbol = symbol;
    this.interval = formatCandleInterval({ kind: 'time', intervalUs });
    this.#intervalUs = intervalUs;
    this.#latenessUs = latenessUs;
    this.#sessionStartUs = sessionStartUs;
    if (latenessUs / intervalUs > CANDLE_OPEN_BUCKETS_MAX / 2) {
      const most = `${Math.floor(CANDLE_OPEN_BUCKETS_MAX / 2)} intervals`;
      throw usageError('LATENESS_INVALID', `candles of ${this.interval} can wait ${most} for late trades: choose a shorter lateness`);
    }
  }

  get nextCloseUs(): number {
    return this.#nextCloseUs;
  }

  get lateCount(): number {
    return this.#lateCount;
  }

  get refusedCount(): number {
    return this.#refusedCount;
  }

  add(trade: Readonly<TradeEvent>, nowUs: number): CandleOutcome {
    if (trade.condition === 'off-book' || !(trade.size > 0) || !Number.isFinite(trade.price)) return 'ignored';
    if (!this.#hasTrades) this.#stopBars();
    const timeUs = Number.isNaN(trade.venueTimeUs) ? nowUs : trade.venueTimeUs;
    const current = this.#current;
    if (current !== undefined && timeUs >= current.startUs && timeUs < current.endUs && nowUs < current.closesAtUs) {
      return this.#count(current, trade, timeUs);
    }
    return this.#addElsewhere(trade, timeUs, nowUs);
  }

  addBar(bar: Readonly<BarEvent>, nowUs: number): CandleOutcome {
    const startUs = this.#startOf(bar.openTimeUs);
    const endUs = startUs + this.#intervalUs;
    const barEndUs = bar.openTimeUs + bar.intervalUs;
    const feeds = this.#barIntervalUs === 0 || this.#barIntervalUs === bar.intervalUs;
    if (this.#hasTrades || !feeds || this.#intervalUs % bar.intervalUs !== 0 || barEndUs > endUs) return 'ignored';
    if (startUs < this.#closedUntilUs) return this.#late();
    if (bar.openTimeUs > nowUs + CANDLE_AHEAD_MAX_US) return this.#refuse();
    const candle = this.#find(startUs) ?? this.#start(startUs);
    this.#barIntervalUs = bar.intervalUs;
    candle.addBar(bar);
    // A bar comes after its end, at the latest one bar later: the lateness counts from when bars stopped coming.
    candle.closesAtUs = barEndUs === endUs ? Number.NEGATIVE_INFINITY : Math.max(endUs, nowUs) + this.#latenessUs + bar.intervalUs;
    this.#closeBefore(candle);
    this.#schedule();
    return 'counted';
  }

  advance(nowUs: number, emit: (candle: Candle) => void): void {
    while (this.#open.length > 0 && this.#open[0]!.closesAtUs <= nowUs) this.#close(false, emit);
  }

  finish(nowUs: number, emit: (candle: Candle) => void): void {
    this.advance(nowUs, emit);
    while (this.#open.length > 0) this.#close(true, emit);
  }

  forming(): Candle | undefined {
    const candle = this.#open.at(-1);
    return candle?.toCandle(this.symbol, this.interval, this.#flagsOf(candle, false, false));
  }

  mark(flag: CandleMark, fromUs: number): void {
    this.#marks.begin(flag, fromUs);
  }

  unmark(flag: CandleMark, toUs: number): void {
    this.#marks.end(flag, toUs);
  }

  #addElsewhere(trade: Readonly<TradeEvent>, timeUs: number, nowUs: number): CandleOutcome {
    const startUs = this.#startOf(timeUs);
    if (startUs < this.#closedUntilUs || nowUs >= startUs + this.#intervalUs + this.#latenessUs) return this.#late();
    const known = this.#find(startUs);
    if (known === undefined) {
      if (timeUs > nowUs + CANDLE_AHEAD_MAX_US || this.#open.length >= CANDLE_OPEN_BUCKETS_MAX) return this.#refuse();
    }
    const candle = known ?? this.#start(startUs);
    this.#current = candle;
    return this.#count(candle, trade, timeUs);
  }

  #count(candle: FormingCandle, trade: Readonly<TradeEvent>, timeUs: number): CandleOutcome {
    // A bar that was added holds this trade already.
    if (timeUs < candle.barsEndUs) return 'ignored';
    candle.addTrade(trade);
    return 'counted';
  }

  #startOf(timeUs: number): number {
    return Math.floor(timeUs / this.#intervalUs) * this.#intervalUs;
  }

  #find(startUs: number): FormingCandle | undefined {
    for (let index = this.#open.length - 1; index >= 0; index--) {
      const candle = this.#open[index]!;
      if (candle.startUs === startUs) return candle;
      if (candle.startUs < startUs) return undefined;
    }
    return undefined;
  }

  #start(startUs: number): FormingCandle {
    const endUs = startUs + this.#intervalUs;
    const candle = (this.#spares.pop() ?? new FormingCandle()).restart(startUs, endUs, endUs + this.#latenessUs);
    let index = this.#open.length;
    while (index > 0 && this.#open[index - 1]!.startUs > startUs) index--;
    this.#open.splice(index, 0, candle);
    this.#schedule();
    return candle;
  }

  /** Bars come in order: one of a later candle says that those before it are whole. */
  #closeBefore(candle: FormingCandle): void {
    for (const older of this.#open) {
      if (older.startUs < candle.startUs) older.closesAtUs = Number.NEGATIVE_INFINITY;
      else if (older.startUs > candle.startUs) candle.closesAtUs = Number.NEGATIVE_INFINITY;
    }
  }

  /** The first trade of the symbol: what bars began goes on by the rule of trades. */
  #stopBars(): void {
    this.#hasTrades = true;
    for (const candle of this.#open) candle.closesAtUs = Math.min(candle.closesAtUs, candle.endUs + this.#latenessUs);
    this.#schedule();
  }

  #schedule(): void {
    this.#nextCloseUs = this.#open[0]?.closesAtUs ?? Number.POSITIVE_INFINITY;
  }

  #close(isCutOff: boolean, emit: (candle: Candle) => void): void {
    const forming = this.#open.shift()!;
    if (forming === this.#current) this.#current = undefined;
    this.#schedule();
    const isAfterHole = !this.#fillUntil(forming.startUs, emit);
    const candle = forming.toCandle(this.symbol, this.interval, this.#flagsOf(forming, isCutOff, isAfterHole));
    this.#closedUntilUs = forming.endUs;
    this.#lastClose = forming.close;
    this.#hasClosedTrades ||= forming.tradeCount > 0;
    this.#marks.forget(forming.endUs);
    if (this.#spares.length < SPARES_MAX) this.#spares.push(forming);
    emit(candle);
  }

  /** Gives out the empty candles from the last closed one to `startUs`; false when there are too many. */
  #fillUntil(startUs: number, emit: (candle: Candle) => void): boolean {
    if (this.#closedUntilUs === Number.NEGATIVE_INFINITY) return true;
    if ((startUs - this.#closedUntilUs) / this.#intervalUs > CANDLE_FILL_MAX) return false;
    while (this.#closedUntilUs < startUs) {
      const emptyUs = this.#closedUntilUs;
      this.#closedUntilUs = emptyUs + this.#intervalUs;
      const flags: CandleFlag[] = ['no-trade'];
      this.#pushMarks(flags, emptyUs, this.#closedUntilUs, false);
      emit(emptyCandle(this.symbol, this.interval, emptyUs, this.#closedUntilUs, this.#lastClose, flags));
    }
    return true;
  }

  #flagsOf(candle: FormingCandle, isCutOff: boolean, isAfterHole: boolean): CandleFlag[] {
    const flags: CandleFlag[] = [];
    this.#pushMarks(flags, candle.startUs, candle.endUs, isAfterHole);
    if (isCutOff || this.#beganLate(candle)) flags.push('incomplete');
    if (candle.hasBars) flags.push('bar');
    return flags;
  }

  #pushMarks(flags: CandleFlag[], startUs: number, endUs: number, isAfterHole: boolean): void {
    if (this.#marks.overlaps('halt', startUs, endUs)) flags.push('halt');
    if (isAfterHole || this.#marks.overlaps('gap', startUs, endUs)) flags.push('gap');
  }

  /** Whether the tape began within the candle: for trades the session, for bars the first of them. */
  #beganLate(candle: FormingCandle): boolean {
    if (candle.tradeCount > 0) return !this.#hasClosedTrades && this.#sessionStartUs > Math.min(candle.startUs, candle.barsStartUs);
    return this.#closedUntilUs === Number.NEGATIVE_INFINITY && candle.barsStartUs > candle.startUs;
  }

  #late(): CandleOutcome {
    this.#lateCount++;
    return 'late';
  }

  #refuse(): CandleOutcome {
    this.#refusedCount++;
    return 'refused';
  }
}
