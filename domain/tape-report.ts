import type { MarketEventKind } from './event.ts';
import type { ChannelHealth, ClockOffset, RestHealth, VenueHealth } from './health.ts';

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

/** The life of one connection on a tape: a socket, or a poller (`rest-…`). */
export interface ConnectionRow {
  readonly venue: string;
  readonly connection: string;
  /** A tape that begins in the middle of a connection has none. */
  readonly connects: number;
  /** Ends of any kind, those that were wanted too. */
  readonly disconnects: number;
  /** Connects after a loss, by what the disconnect before gave as its reason. */
  readonly reconnects: readonly { readonly reason: string; readonly count: number }[];
  /** Stopped for good: the reason that the tape gives. */
  readonly stopped?: string;
  /** Receive times of its first and last record, nanoseconds since the epoch as decimal text. */
  readonly firstNs: string;
  readonly lastNs: string;
}

export interface GapRow {
  readonly venue: string;
  /** Of a connection that was down, or that the gap record names; absent where it is a book's. */
  readonly connection?: string;
  readonly symbol?: string;
  /** Only this channel of the connection was lost. */
  readonly channel?: string;
  readonly fromSequence: number;
  readonly toSequence: number;
  /** Nanoseconds since the epoch as decimal text. */
  readonly fromNs: string;
  readonly toNs: string;
  readonly reason: string;
}

/** Notes of one kind: what a recorder or an import had to say besides the frames. */
export interface NoteRow {
  readonly venue: string;
  readonly connection: string;
  /** The note's `event`; of a line that an import could not read, the reason. */
  readonly what: string;
  readonly count: number;
  readonly firstSequence: number;
  /** The members of the first one's meta besides the event, as `name=value`. */
  readonly first: string;
}

/** What was caught of one venue, and what was not. Times are nanoseconds since the epoch as decimal text, `null` where there is none. */
export interface VenueRow {
  readonly venue: string;
  readonly firstFrameNs: string | null;
  readonly lastFrameNs: string | null;
  /** Records of any kind. */
  readonly rows: number;
  /** Frames and REST replies that came, and their payload bytes. */
  readonly frames: number;
  readonly bytes: number;
  readonly channels: readonly (Omit<ChannelHealth, 'lastFrameNs'> & { readonly lastFrameNs: string })[];
  readonly gapTotal: number;
  readonly reconnects: number;
  /** Frames that were not kept, by reason. */
  readonly dropped: VenueHealth['dropped'];
  readonly decodeFailures: number;
  readonly lateTrades: number;
  readonly drift: number;
  /** `null` where no trade and no quote told a time. */
  readonly clock: ClockOffset | null;
  readonly rest: readonly (Omit<RestHealth, 'lastSuccessNs'> & { readonly lastSuccessNs: string | null })[];
}

/** Traded volume of a symbol on one of the venue's own days (days since 1970-01-01 of its calendar). */
export interface VolumeAuditReportRow {
  readonly venue: string;
  readonly symbol: string;
  readonly day: number;
  readonly venueTotal: number;
  readonly seen: number;
  readonly missing: number;
}

/** What a check of every byte of a session's files found. */
export interface TapeVerification {
  readonly ok: boolean;
  readonly segments: number;
  /** What was looked at: `journal`, `parquet`. */
  readonly stores: readonly string[];
  /** In words, the first ones. */
  readonly problems: readonly string[];
  readonly problemTotal: number;
}

/** Open, high, low, close and volume of one interval. */
export interface CandleValues {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** How many of a venue's own final bars of one symbol our candles of the same time agree with. */
export interface CandleAuditRow {
  readonly venue: string;
  readonly symbol: string;
  /** Of the bars, as `1m`. */
  readonly interval: string;
  /** The sum of the four that follow. */
  readonly bars: number;
  readonly equal: number;
  /** Not equal, and the tape holds trades of only a part of that time: its beginning, its end. No loss. */
  readonly partial: number;
  readonly different: number;
  /** The bar tells of trades, and the tape has none of that time. */
  readonly missing: number;
  /** How many of the different and missing lie in a gap that the tape tells of. */
  readonly inGaps: number;
  /** How many of the others among them had trades that came after their candle had closed: those are on the tape. */
  readonly late: number;
}

export interface CandleDifference {
  readonly venue: string;
  readonly symbol: string;
  readonly interval: string;
  /** Microseconds since the epoch by the venue's clock. */
  readonly openTimeUs: number;
  /** The record of the bar. */
  readonly sequence: number;
  readonly ours: CandleValues | null;
  readonly venueBar: CandleValues;
  readonly isInGap: boolean;
  /** Trades of that time came after their candle had closed. */
  readonly hasLateTrades: boolean;
}

export interface CandleAuditReport {
  /** By symbol and interval, in order of first appearance. */
  readonly rows: readonly CandleAuditRow[];
  /** The first of them. */
  readonly differences: readonly CandleDifference[];
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
  /** The largest step back, microseconds; below a millisecond it is the order in which sockets are read. */
  readonly backwardMaxUs: number;
  readonly connections: readonly ConnectionRow[];
  /** At most `GAPS_LISTED_MAX`; `gapTotal` counts all. */
  readonly gaps: readonly GapRow[];
  readonly gapTotal: number;
  /** What the decoders' tables do not know, by kind, at most `DRIFT_KINDS_MAX`; `driftTotal` counts all. */
  readonly drift: readonly DriftRow[];
  readonly driftTotal: number;
  /** The venues' own day counters of traded volume beside what is on the tape, a row a symbol and day. */
  readonly volumeAudit: readonly VolumeAuditReportRow[];
  /** Our candles beside the venues' own final bars, where the tape has both. */
  readonly candleAudit: CandleAuditReport;
  /** What was caught of each venue, in order of first appearance. */
  readonly venues: readonly VenueRow[];
  /** Starts of a recorder on this tape beyond the first. */
  readonly restarts: number;
  /** The tape has its `session-close`. */
  readonly isClosed: boolean;
  /** What a check of every byte found; absent where none was asked for. */
  readonly verification?: TapeVerification;
  readonly firstReceivedAtNs: string | null;
  readonly lastReceivedAtNs: string | null;
}
