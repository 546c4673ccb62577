import type { SystemClockOptions } from '#recorder';
import type { LagReport } from '#replay';
import type { StrategyCommandOptions } from '../backtest-options.ts';

/** What the engine's thread is given: plain data, the strategy as it was written on the command line. */
export interface LiveOrder {
  readonly dataDir: string;
  readonly session: string;
  readonly run: string;
  readonly pastRecords: number;
  readonly strategy: StrategyCommandOptions;
  /** The recorder's clock, so that lag is measured on the clock that stamps: see `systemClock`. */
  readonly clock: SystemClockOptions;
  /** One int64: the records of the session that are durable, kept up to date by the recorder's thread. */
  readonly durable: SharedArrayBuffer;
  /** Kinds of audit entries to post back as they happen (`FOLLOW_KINDS`). */
  readonly follow: readonly string[];
}

/** A thing of an audit that somebody wants to see as it happens. */
export interface FollowedEntry {
  readonly kind: string;
  readonly sequence: number;
  readonly timeUs: number;
  /** The entry as it stands in the audit's line: plain JSON. */
  readonly entry: { readonly [name: string]: unknown };
}

export interface TradingAlert {
  readonly key: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly title: string;
  readonly message: string;
}

export interface LiveEnd {
  readonly run: string;
  readonly isFinished: boolean;
  readonly records: number;
  readonly audits: number;
  readonly lag: LagReport;
  /** Of a finished run. */
  readonly runHash?: string;
}

/** What the engine's thread tells the recorder's. */
export type LiveNews =
  | { readonly kind: 'resumed'; readonly keptAudits: number; readonly cutAudits: number }
  | { readonly kind: 'caught-up'; readonly records: number }
  | { readonly kind: 'lag'; readonly lag: LagReport & { readonly doneRecords: number } }
  | { readonly kind: 'followed'; readonly entries: readonly FollowedEntry[] }
  | { readonly kind: 'subscription'; readonly action: 'watch' | 'release'; readonly venue: string; readonly symbol: string }
  | { readonly kind: 'alert'; readonly alert: TradingAlert }
  | { readonly kind: 'ended'; readonly end: LiveEnd }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly exitCode: number };

/** Sent to the engine's thread: the session will not be closed, end where the tape ends. */
export const STOP_ENGINE = 'stop';
