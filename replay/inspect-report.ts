import type { MarketEventKind } from '#domain';
import type { ConnectionRow } from './connection-log.ts';
import type { GapRow } from './gap-log.ts';
import type { NoteRow } from './note-log.ts';
import type { VenueRow } from './venue-row.ts';

export interface ChannelRow {
  readonly venue: string;
  readonly channel: string;
  readonly symbol?: string;
  readonly frames: number;
  readonly events: number;
}

export interface DriftRow {
  readonly venue: string;
  readonly channel: string;
  readonly detail: string;
  readonly count: number;
  readonly firstSequence: number;
}

export interface FailureRow {
  readonly sequence: number;
  readonly venue: string;
  readonly channel: string;
  readonly reason: string;
}

/** What `tapedeck inspect --json` prints: plain JSON, times as decimal text. */
export interface InspectReport {
  readonly session: string;
  readonly records: number;
  readonly tapeDigest: string;
  /** `in` counts frames and REST replies, `out` frames and REST requests. */
  readonly frames: { readonly in: number; readonly out: number };
  readonly channels: readonly ChannelRow[];
  /** What the decoders said, before lateness and joining. */
  readonly events: Readonly<Record<MarketEventKind, number>>;
  readonly decodeFailures: number;
  /** The first of them, at most `FAILURES_LISTED_MAX`. */
  readonly failures: readonly FailureRow[];
  /** Frames of channels without a decoder, by channel. */
  readonly undecoded: readonly { readonly venue: string; readonly channel: string; readonly frames: number }[];
  /** Trades that came after their candle of `interval` closed. */
  readonly lateTrades: number;
  readonly notes: number;
  /** The notes by kind, at most `NOTE_KINDS_MAX`. */
  readonly noteKinds: readonly NoteRow[];
  readonly backwardTimes: number;
  readonly connections: readonly ConnectionRow[];
  /** At most `GAPS_LISTED_MAX`; `gapTotal` counts all. */
  readonly gaps: readonly GapRow[];
  readonly gapTotal: number;
  /** What the decoders' tables do not know, by kind, at most `DRIFT_KINDS_MAX`; `driftTotal` counts all. */
  readonly drift: readonly DriftRow[];
  readonly driftTotal: number;
  readonly volumeAudit: readonly {
    readonly venue: string;
    readonly symbol: string;
    readonly day: number;
    readonly venueTotal: number;
    readonly seen: number;
    readonly missing: number;
  }[];
  /** What was caught of each venue, in order of first appearance. */
  readonly venues: readonly VenueRow[];
  /** Starts of a recorder on this tape beyond the first. */
  readonly restarts: number;
  /** The tape has its `session-close`. */
  readonly isClosed: boolean;
  readonly firstReceivedAtNs: string | null;
  readonly lastReceivedAtNs: string | null;
}
