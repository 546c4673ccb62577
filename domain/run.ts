import type { JsonValue } from './canonical-json.ts';

/** What decides a run besides its code: all of it, and nothing else, is in the run hash beside the audits. */
export interface RunIdentity {
  readonly strategy: RunStrategy;
  /** Models, risk limits, candles, lateness: plain JSON with every default written out. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  /** In merge order. */
  readonly tapeDigests: readonly string[];
}

export interface RunStrategy {
  readonly name: string;
  /** SHA-256 of the strategy's source. */
  readonly sourceHash: string;
  readonly parameters: Readonly<Record<string, JsonValue>>;
}

/** One engine over one or more tapes, as `runs/<id>/summary.json` keeps it. Money is in minor units of its currency. */
export interface RunSummary {
  readonly version: 1;
  readonly run: string;
  readonly runHash: string;
  readonly identity: RunIdentity;
  readonly sessions: readonly string[];
  /** Engine time of the first and last record, microseconds since the epoch. */
  readonly firstUs: number;
  readonly lastUs: number;
  readonly counts: RunCounts;
  /** What did not reach a decision: each is zero on a healthy tape. */
  readonly lost: RunLosses;
  readonly currencies: readonly RunCurrency[];
  readonly symbols: readonly RunSymbol[];
  /** Round trips in order of their exit, at most `TRADES_KEPT_MAX`; `counts.trades` counts all. */
  readonly trades: readonly RunTrade[];
  /** Refused intents by rule. */
  readonly refusals: Readonly<Record<string, number>>;
  /** The assumptions the models make, by model, in words. */
  readonly assumptions: readonly { readonly model: string; readonly assumptions: readonly string[] }[];
  /** A chart's worth of closes of the first traded symbol; empty where nothing was traded. */
  readonly chart: readonly { readonly timeUs: number; readonly price: number }[];
  /** Not in the run hash. */
  readonly environment: { readonly version: string; readonly node: string; readonly elapsedMs: number; readonly peakRssMb: number };
}

export const TRADES_KEPT_MAX = 10_000;

export interface RunCounts {
  readonly records: number;
  /** Frames and REST replies. */
  readonly frames: number;
  readonly events: number;
  readonly candles: number;
  readonly intents: number;
  readonly refused: number;
  readonly orders: number;
  readonly fills: number;
  readonly partiallyFilledOrders: number;
  readonly filledOrders: number;
  readonly cancelledOrders: number;
  readonly rejectedOrders: number;
  readonly openOrders: number;
  readonly makerFills: number;
  /** Round trips. */
  readonly trades: number;
}

export interface RunLosses {
  readonly decodeFailures: number;
  readonly undecodedFrames: number;
  readonly lateTrades: number;
  /** Trades told so long after they happened that they were history: they filled nothing and moved no mark. */
  readonly oldTrades: number;
  readonly drift: number;
  readonly feedLosses: number;
  /** Times a book became unknown. */
  readonly bookGaps: number;
  readonly notes: number;
}

export interface RunCurrency {
  readonly currency: string;
  /** Digits after the point of a minor unit. */
  readonly minorDecimals: number;
  readonly startMinor: number;
  /** Realised and unrealised profit before fees. */
  readonly grossMinor: number;
  readonly feesMinor: number;
  /** gross − fees. */
  readonly netMinor: number;
  readonly unrealisedMinor: number;
  /** Σ |fill price − mid at submission| × size, positive when it cost us. */
  readonly slippageMinor: number;
  /** Σ price × size of fills. */
  readonly turnoverMinor: number;
  /** Profit or loss over the run, sampled; the last point is the end. */
  readonly equity: readonly { readonly timeUs: number; readonly equityMinor: number }[];
}

export interface RunSymbol {
  readonly venue: string;
  readonly symbol: string;
  readonly currency: string;
  readonly trades: number;
  readonly fills: number;
  readonly netMinor: number;
  readonly feesMinor: number;
  /** Position at the end; above 0 long. */
  readonly position: number;
  readonly largestPosition: number;
  /** First and last mark, for buy and hold; null where the tape has no price. */
  readonly firstPrice: number | null;
  readonly lastPrice: number | null;
  /** Engine time with an open position, microseconds. */
  readonly exposureUs: number;
}

export interface RunTrade {
  /** `venue:symbol`. */
  readonly symbol: string;
  readonly currency: string;
  readonly side: 'long' | 'short';
  readonly entryUs: number;
  readonly exitUs: number;
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly size: number;
  readonly grossMinor: number;
  readonly feesMinor: number;
  readonly netMinor: number;
  readonly entryTag: string;
  /** The strategy's tag, or the rule that closed it. */
  readonly exitReason: string;
  /** How far the mark went against and for us while open, for the whole size (MAE, MFE), both ≥ 0. */
  readonly adverseMinor: number;
  readonly favourableMinor: number;
}
