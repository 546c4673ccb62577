/**
 * What the records of a tape say about its health, up to the last one read. Everything is counted from rows that were written, never from a
 * flag somebody set: the same tape gives the same health, while it grows (a running recorder) and after the fact (`status`, `inspect`).
 * Times are nanoseconds since the epoch; `undefined` before the first.
 */
export interface TapeHealth {
  readonly session: string;
  readonly records: number;
  /** Receive time of the last record of any kind, ticks too: how far the tape has come. */
  readonly lastRecordNs: bigint | undefined;
  readonly backwardTimes: number;
  readonly venues: readonly VenueHealth[];
  readonly isClosed: boolean;
  /** Starts of a recorder on this tape beyond the first. */
  readonly restarts: number;
  readonly isDiskLow: boolean;
  /** Why the tape cannot be read any further at the moment, for a person; absent while it can. What is counted ends there. */
  readonly damage?: string;
}

export interface VenueHealth {
  readonly venue: string;
  readonly firstFrameNs: bigint | undefined;
  readonly lastFrameNs: bigint | undefined;
  /** Records of any kind. */
  readonly rows: number;
  /** Frames and REST replies that came, and their payload bytes. */
  readonly frames: number;
  readonly bytes: number;
  readonly channels: readonly ChannelHealth[];
  readonly connections: readonly ConnectionHealth[];
  /** The last `HEALTH_GAPS_MAX` holes in the order of their end; one still open has no `toNs`. `gapTotal` counts all. */
  readonly gaps: readonly HealthGap[];
  readonly gapTotal: number;
  /** Frames that were not kept, by reason; 0 on a healthy night. */
  readonly dropped: readonly { readonly reason: string; readonly frames: number }[];
  readonly decodeFailures: number;
  readonly lateTrades: number;
  readonly drift: number;
  readonly clock: ClockOffset;
  readonly rest: readonly RestHealth[];
  /** The venue's own day counters beside what is on the tape. */
  readonly volumeAudit: readonly VolumeHealth[];
}

export interface ChannelHealth {
  readonly channel: string;
  readonly frames: number;
  readonly bytes: number;
  readonly lastFrameNs: bigint;
  readonly decodeFailures: number;
  /** From the venue's time of an event to its receipt, of this channel. */
  readonly delay: DelayHistogram;
}

export interface ConnectionHealth {
  readonly connection: string;
  readonly isUp: boolean;
  readonly connects: number;
  /** Reconnects by the reason of the disconnect before. */
  readonly reconnects: readonly { readonly reason: string; readonly count: number }[];
  readonly lastFrameNs: bigint | undefined;
  /** Stopped for good: the reason that the tape gives. */
  readonly stopped: string | undefined;
}

export interface HealthGap {
  readonly connection: string;
  readonly channel: string;
  readonly symbol: string;
  readonly fromNs: bigint;
  readonly toNs: bigint | undefined;
  readonly reason: string;
}

/** Receive clock minus venue clock, microseconds, over the trades and quotes that carry a venue time. Negative means that our clock is behind. */
export interface ClockOffset {
  /** Without one, both numbers are NaN. */
  readonly samples: number;
  readonly minUs: number;
  /** Over the last `CLOCK_OFFSET_SAMPLES` samples. */
  readonly medianUs: number;
}

/** Counts by upper bound (`DELAY_BOUNDS_SECONDS`, and one more for above). Negative delays are in the first. */
export interface DelayHistogram {
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

export const DELAY_BOUNDS_SECONDS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
export const HEALTH_GAPS_MAX = 1_000;
export const CLOCK_OFFSET_SAMPLES = 256;

/** REST calls of one data type: the name of the endpoint or poll rule that is on its records. */
export interface RestHealth {
  readonly type: string;
  readonly results: readonly { readonly result: string; readonly count: number }[];
  readonly lastSuccessNs: bigint | undefined;
  /** From request to reply. */
  readonly duration: DelayHistogram;
}

export interface VolumeHealth {
  readonly symbol: string;
  readonly day: number;
  readonly venueTotal: number;
  readonly seen: number;
  readonly missing: number;
}
