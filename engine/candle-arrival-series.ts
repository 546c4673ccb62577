import {
  assertNever,
  type Candle,
  type CandleFlag,
  type CandleInterval,
  formatCandleInterval,
  type SymbolId,
  type TradeEvent,
} from '#domain';
import { FormingCandle } from './candle-forming.ts';
import { CandleMarks } from './candle-marks.ts';
import type { CandleMark, CandleOutcome, CandleSeries } from './candle-series.ts';

/** Tick, volume and value candles: closed by what was traded, in the order it arrived; see `CandleSeries`. */
export class ArrivalCandleSeries implements CandleSeries {
  readonly symbol: SymbolId;
  readonly interval: string;
  readonly lateCount = 0;
  readonly refusedCount = 0;
  readonly #kind: CandleInterval['kind'];
  readonly #threshold: number;
  readonly #marks = new CandleMarks();
  readonly #forming = new FormingCandle();
  /** Closed and not given out yet. */
  readonly #closed: Candle[] = [];
  /** Arrival from which data lost belongs to the forming candle: its first trade's, or that of the trade that closed the one before. */
  #sinceUs = Number.NEGATIVE_INFINITY;
  #lastArrivalUs = Number.NEGATIVE_INFINITY;

  constructor(symbol: SymbolId, interval: Exclude<CandleInterval, { kind: 'time' }>) {
    this.symbol = symbol;
    this.interval = formatCandleInterval(interval);
    this.#kind = interval.kind;
    this.#threshold = thresholdOf(interval);
  }

  get nextCloseUs(): number {
    return this.#closed.length > 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  add(trade: Readonly<TradeEvent>, nowUs: number): CandleOutcome {
    if (trade.condition === 'off-book' || !(trade.size > 0) || !Number.isFinite(trade.price)) return 'ignored';
    const forming = this.#forming;
    const timeUs = Number.isNaN(trade.venueTimeUs) ? nowUs : trade.venueTimeUs;
    if (forming.tradeCount === 0) {
      forming.restart(timeUs, timeUs, Number.POSITIVE_INFINITY);
      if (this.#sinceUs === Number.NEGATIVE_INFINITY) this.#sinceUs = nowUs;
    }
    forming.endUs = timeUs;
    forming.addTrade(trade);
    this.#lastArrivalUs = nowUs;
    if (this.#reached() >= this.#threshold) this.#close(false);
    return 'counted';
  }

  /** Bars do not tell their trades apart. */
  addBar(): CandleOutcome {
    return 'ignored';
  }

  advance(_nowUs: number, emit: (candle: Candle) => void): void {
    while (this.#closed.length > 0) emit(this.#closed.shift()!);
  }

  finish(nowUs: number, emit: (candle: Candle) => void): void {
    if (this.#forming.tradeCount > 0) this.#close(true);
    this.advance(nowUs, emit);
  }

  forming(): Candle | undefined {
    if (this.#forming.tradeCount === 0) return undefined;
    return this.#forming.toCandle(this.symbol, this.interval, this.#flags(false));
  }

  mark(flag: CandleMark, fromUs: number): void {
    this.#marks.begin(flag, fromUs);
  }

  unmark(flag: CandleMark, toUs: number): void {
    this.#marks.end(flag, toUs);
  }

  #reached(): number {
    if (this.#kind === 'tick') return this.#forming.tradeCount;
    return this.#kind === 'volume' ? this.#forming.volume : this.#forming.value;
  }

  #close(isCutOff: boolean): void {
    this.#closed.push(this.#forming.toCandle(this.symbol, this.interval, this.#flags(isCutOff)));
    this.#forming.restart(0, 0, Number.POSITIVE_INFINITY);
    this.#sinceUs = this.#lastArrivalUs;
    this.#marks.forget(this.#sinceUs);
  }

  #flags(isCutOff: boolean): CandleFlag[] {
    const flags: CandleFlag[] = [];
    const untilUs = this.#lastArrivalUs + 1;
    if (this.#marks.overlaps('halt', this.#sinceUs, untilUs)) flags.push('halt');
    if (this.#marks.overlaps('gap', this.#sinceUs, untilUs)) flags.push('gap');
    if (isCutOff) flags.push('incomplete');
    return flags;
  }
}

function thresholdOf(interval: Exclude<CandleInterval, { kind: 'time' }>): number {
  switch (interval.kind) {
    case 'tick':
      return interval.trades;
    case 'volume':
      return interval.volume;
    case 'value':
      return interval.value;
    default:
      return assertNever(interval);
  }
}
