import type { RunCurrency, RunSummary, RunTrade } from '#domain';
import type { BacktestResult } from '#replay';

const HASH = 'f00d'.repeat(16);

/** A run without trades; a test gives what it is about. */
export function aSummary(fields: Partial<RunSummary> = {}): RunSummary {
  return {
    version: 1,
    run: 'run-1',
    runHash: HASH,
    identity: {
      strategy: { name: 'quiet', sourceHash: 'beef'.repeat(16), parameters: {} },
      settings: {},
      tapeDigests: ['cafe'.repeat(16)],
    },
    sessions: ['spot'],
    firstUs: 0,
    lastUs: 60_000_000,
    counts: {
      records: 0,
      frames: 0,
      events: 0,
      candles: 0,
      intents: 0,
      refused: 0,
      orders: 0,
      fills: 0,
      partiallyFilledOrders: 0,
      filledOrders: 0,
      cancelledOrders: 0,
      rejectedOrders: 0,
      openOrders: 0,
      makerFills: 0,
      trades: 0,
    },
    lost: { decodeFailures: 0, undecodedFrames: 0, lateTrades: 0, oldTrades: 0, drift: 0, feedLosses: 0, bookGaps: 0, notes: 0 },
    currencies: [],
    symbols: [],
    trades: [],
    refusals: {},
    assumptions: [],
    chart: [],
    environment: { version: '0.1.0', node: 'v20.20.0', elapsedMs: 1000, peakRssMb: 100 },
    ...fields,
  };
}

export function aCurrency(fields: Partial<RunCurrency> = {}): RunCurrency {
  return {
    currency: 'USDT',
    minorDecimals: 6,
    startMinor: 0,
    grossMinor: 0,
    feesMinor: 0,
    netMinor: 0,
    unrealisedMinor: 0,
    slippageMinor: 0,
    turnoverMinor: 0,
    equity: [],
    ...fields,
  };
}

export function aTrade(fields: Partial<RunTrade> = {}): RunTrade {
  return {
    symbol: 'test:X',
    currency: 'USDT',
    side: 'long',
    entryUs: 0,
    exitUs: 1_000_000,
    entryPrice: 100,
    exitPrice: 101,
    size: 1,
    grossMinor: 1_000_000,
    feesMinor: 0,
    netMinor: 1_000_000,
    entryTag: '',
    exitReason: '',
    adverseMinor: 0,
    favourableMinor: 0,
    ...fields,
  };
}

/** Equity samples one second apart, in minor units. */
export function curve(...values: readonly number[]): RunCurrency['equity'] {
  return values.map((equityMinor, i) => ({ timeUs: i * 1_000_000, equityMinor }));
}

/** What a back-test found, as a run keeps it. */
export function asRun(result: BacktestResult): RunSummary {
  return { ...result, run: 'run-1', environment: { version: '0.1.0', node: 'v20.20.0', elapsedMs: 1000, peakRssMb: 100 } };
}
