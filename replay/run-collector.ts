import {
  type AuditEntry,
  type Fill,
  minorDecimals,
  type Order,
  powerOfTen,
  type RunCounts,
  type RunCurrency,
  type RunLosses,
  type RunSymbol,
  type RunTrade,
  type StepAudit,
  type SymbolId,
  type SymbolTable,
  TRADES_KEPT_MAX,
} from '#domain';
import type { ClosedTrade, Engine } from '#engine';
import { symbolText } from './audit-line.ts';
import { CurveSampler } from './curve-sampler.ts';

interface SymbolTally {
  trades: number;
  netMinor: number;
  fills: number;
  largestPosition: number;
  exposureUs: number;
  exposedSinceUs: number;
  readonly prices: CurveSampler;
}

interface CurrencyTally {
  slippageMinor: number;
  turnoverMinor: number;
  readonly equity: CurveSampler;
}

/** Adds a run up from its audits and the ledger while it is played. Its memory does not grow with the tape. */
export class RunCollector {
  readonly #engine: Engine;
  readonly #symbols: SymbolTable;
  readonly #entryCounts = new Map<AuditEntry['kind'], number>();
  readonly #refusals = new Map<string, number>();
  readonly #symbolTallies = new Map<SymbolId, SymbolTally>();
  readonly #currencyTallies = new Map<string, CurrencyTally>();
  readonly #trades: RunTrade[] = [];
  /** Orders that are not done and have a part filled. */
  readonly #partlyFilled = new Set<number>();
  #orderCount = 0;
  #filledCount = 0;
  #cancelledCount = 0;
  #rejectedCount = 0;
  #partialCount = 0;
  #makerFills = 0;
  #tradeCount = 0;
  #bookGaps = 0;
  #feedLosses = 0;
  #firstUs = Number.NaN;
  /** Engine time from which a curve wants its next sample: one comparison a record, not a walk over the curves. */
  #sampleDueUs = Number.NEGATIVE_INFINITY;

  constructor(engine: Engine, symbols: SymbolTable) {
    this.#engine = engine;
    this.#symbols = symbols;
  }

  get firstUs(): number {
    return this.#firstUs;
  }

  /** After each record: samples equity and prices when a sample is due. */
  afterRecord(): void {
    const { nowUs } = this.#engine;
    if (nowUs >= this.#sampleDueUs) this.#sample(nowUs);
  }

  #sample(nowUs: number): void {
    if (Number.isNaN(this.#firstUs)) this.#firstUs = nowUs;
    let dueUs = Number.POSITIVE_INFINITY;
    for (const [currency, { equity }] of this.#currencyTallies) {
      if (nowUs >= equity.dueUs) equity.add(nowUs, this.#profitMinor(currency));
      dueUs = Math.min(dueUs, equity.dueUs);
    }
    for (const [symbol, { prices }] of this.#symbolTallies) {
      if (nowUs >= prices.dueUs) prices.add(nowUs, this.#engine.mark(symbol));
      dueUs = Math.min(dueUs, prices.dueUs);
    }
    this.#sampleDueUs = dueUs;
  }

  onAudit(audit: StepAudit): void {
    for (const entry of audit.entries) {
      this.#entryCounts.set(entry.kind, (this.#entryCounts.get(entry.kind) ?? 0) + 1);
      if (entry.kind === 'fill') this.#onFill(entry.fill);
      else if (entry.kind === 'order') this.#onOrder(entry.order);
      else if (entry.kind === 'refusal') this.#refusals.set(entry.rule, (this.#refusals.get(entry.rule) ?? 0) + 1);
      else if (entry.kind === 'book' && entry.state === 'unknown') this.#bookGaps += 1;
      else if (entry.kind === 'feed' && entry.state === 'lost') this.#feedLosses += 1;
    }
  }

  onClosedTrade(trade: ClosedTrade): void {
    this.#tradeCount += 1;
    const tally = this.#symbolTally(trade.symbol);
    tally.trades += 1;
    tally.netMinor += trade.netMinor;
    this.#trades.push(runTrade(trade, this.#symbols));
    if (this.#trades.length > TRADES_KEPT_MAX) this.#trades.shift();
  }

  counts(records: number, frames: number, events: number): RunCounts {
    const count = (kind: AuditEntry['kind']): number => this.#entryCounts.get(kind) ?? 0;
    return {
      records,
      frames,
      events,
      candles: count('candle'),
      intents: count('intent'),
      refused: count('refusal'),
      orders: this.#orderCount,
      fills: count('fill'),
      partiallyFilledOrders: this.#partialCount + this.#partlyFilled.size,
      filledOrders: this.#filledCount,
      cancelledOrders: this.#cancelledCount,
      rejectedOrders: this.#rejectedCount,
      openOrders: this.#engine.openOrders().length,
      makerFills: this.#makerFills,
      trades: this.#tradeCount,
    };
  }

  /** What was lost on the way; decoding is counted by the caller. */
  losses(decoding: Pick<RunLosses, 'decodeFailures' | 'undecodedFrames' | 'drift' | 'notes'>): RunLosses {
    return {
      ...decoding,
      lateTrades: this.#entryCounts.get('late-trade') ?? 0,
      oldTrades: this.#engine.oldTradeCount,
      feedLosses: this.#feedLosses,
      bookGaps: this.#bookGaps,
    };
  }

  refusals(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#refusals].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  trades(): readonly RunTrade[] {
    return this.#trades;
  }

  currencies(): readonly RunCurrency[] {
    return [...this.#currencyTallies].map(([currency, tally]) => {
      const { startMinor, realisedMinor, unrealisedMinor, feesMinor } = this.#engine.ledger.account(currency);
      tally.equity.finish(this.#engine.nowUs, this.#profitMinor(currency));
      return {
        currency,
        minorDecimals: minorDecimals(currency),
        startMinor,
        grossMinor: realisedMinor + unrealisedMinor,
        feesMinor,
        netMinor: realisedMinor + unrealisedMinor - feesMinor,
        unrealisedMinor,
        slippageMinor: tally.slippageMinor,
        turnoverMinor: tally.turnoverMinor,
        equity: tally.equity.points().map(({ timeUs, value }) => ({ timeUs, equityMinor: value })),
      };
    });
  }

  symbols(): readonly RunSymbol[] {
    return [...this.#symbolTallies].map(([id, tally]) => {
      const { venue, symbol, currency } = this.#engine.instrument(id);
      const position = this.#engine.position(id);
      const { firstMark, mark } = this.#engine.states.of(id);
      const openUs = position.size === 0 ? 0 : this.#engine.nowUs - tally.exposedSinceUs;
      return {
        venue,
        symbol,
        currency,
        trades: tally.trades,
        fills: tally.fills,
        netMinor: position.realisedMinor + this.#engine.ledger.unrealisedMinor(id) - position.feesMinor,
        feesMinor: position.feesMinor,
        position: position.size,
        largestPosition: tally.largestPosition,
        firstPrice: Number.isNaN(firstMark) ? null : firstMark,
        lastPrice: Number.isNaN(mark) ? null : mark,
        exposureUs: tally.exposureUs + openUs,
      };
    });
  }

  /** Prices of the first symbol that was traded. */
  chart(): readonly { readonly timeUs: number; readonly price: number }[] {
    const first = this.#symbolTallies.values().next().value;
    return first === undefined ? [] : first.prices.points().map(({ timeUs, value }) => ({ timeUs, price: value }));
  }

  #onFill(fill: Fill): void {
    const tally = this.#symbolTally(fill.symbol);
    const { multiplier } = this.#engine.instrument(fill.symbol);
    const currency = this.#currencyTally(fill.currency);
    tally.fills += 1;
    if (fill.liquidity === 'maker') this.#makerFills += 1;
    currency.turnoverMinor += toMinor(fill.price * fill.size * multiplier, fill.currency);
    if (!Number.isNaN(fill.midPrice)) {
      const worse = (fill.side === 'buy' ? 1 : -1) * (fill.price - fill.midPrice);
      currency.slippageMinor += toMinor(worse * fill.size * multiplier, fill.currency);
    }
    const size = this.#engine.position(fill.symbol).size;
    if (Math.abs(size) > tally.largestPosition) tally.largestPosition = Math.abs(size);
    if (size !== 0 && Number.isNaN(tally.exposedSinceUs)) tally.exposedSinceUs = fill.timeUs;
    if (size === 0 && !Number.isNaN(tally.exposedSinceUs)) {
      tally.exposureUs += fill.timeUs - tally.exposedSinceUs;
      tally.exposedSinceUs = Number.NaN;
    }
  }

  #onOrder(order: Order): void {
    switch (order.state) {
      case 'submitted':
        this.#orderCount += 1;
        this.#symbolTally(order.symbol);
        return;
      case 'resting':
        if (order.filledSize > 0) this.#partlyFilled.add(order.id);
        return;
      case 'filled':
        this.#filledCount += 1;
        break;
      case 'cancelled':
        this.#cancelledCount += 1;
        if (order.filledSize > 0) this.#partialCount += 1;
        break;
      case 'rejected':
        this.#rejectedCount += 1;
        break;
    }
    this.#partlyFilled.delete(order.id);
  }

  #symbolTally(symbol: SymbolId): SymbolTally {
    let tally = this.#symbolTallies.get(symbol);
    if (tally === undefined) {
      const prices = new CurveSampler();
      tally = { trades: 0, netMinor: 0, fills: 0, largestPosition: 0, exposureUs: 0, exposedSinceUs: Number.NaN, prices };
      this.#symbolTallies.set(symbol, tally);
      this.#sampleDueUs = Number.NEGATIVE_INFINITY;
      this.#currencyTally(this.#engine.instrument(symbol).currency);
    }
    return tally;
  }

  #currencyTally(currency: string): CurrencyTally {
    let tally = this.#currencyTallies.get(currency);
    if (tally === undefined) {
      tally = { slippageMinor: 0, turnoverMinor: 0, equity: new CurveSampler() };
      // An order can come from the very first record, before its sample.
      tally.equity.add(Number.isNaN(this.#firstUs) ? this.#engine.nowUs : this.#firstUs, 0);
      this.#currencyTallies.set(currency, tally);
      this.#sampleDueUs = Number.NEGATIVE_INFINITY;
    }
    return tally;
  }

  #profitMinor(currency: string): number {
    const { realisedMinor, unrealisedMinor, feesMinor } = this.#engine.ledger.account(currency);
    return realisedMinor + unrealisedMinor - feesMinor;
  }
}

function runTrade(trade: ClosedTrade, symbols: SymbolTable): RunTrade {
  return {
    symbol: symbolText(trade.symbol, symbols),
    currency: trade.currency,
    side: trade.side,
    entryUs: trade.entryTimeUs,
    exitUs: trade.exitTimeUs,
    entryPrice: trade.entryPrice,
    exitPrice: trade.exitPrice,
    size: trade.size,
    grossMinor: trade.grossMinor,
    feesMinor: trade.feesMinor,
    netMinor: trade.netMinor,
    entryTag: trade.entryTag,
    exitReason: trade.exitTag === '' ? 'strategy' : trade.exitTag,
    adverseMinor: trade.adverseMinor,
    favourableMinor: trade.favourableMinor,
  };
}

/** A statistic in minor units: the nearest one of a float product. Nothing is booked with it. */
function toMinor(major: number, currency: string): number {
  return Math.round(major * powerOfTen(minorDecimals(currency)));
}
