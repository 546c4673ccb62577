/** What is left on the disk, and until when at the pace of the journal. */
export interface DiskForecast {
  readonly freeBytes: number;
  /** Growth of the journal over its own time; `undefined` while that is too short to say. */
  readonly bytesPerHour: number | undefined;
  /** Nanoseconds since the epoch; `undefined` where it does not grow, or not within `FORECAST_DAYS_MAX`. */
  readonly fullAtNs: bigint | undefined;
}

/** A journal younger than this says nothing of a day: it begins with snapshots and lists of instruments. */
const FORECAST_AFTER_NS = 60_000_000_000n;
const FORECAST_DAYS_MAX = 365;
const HOUR_NS = 3_600_000_000_000;

export interface DiskGrowth {
  readonly freeBytes: number;
  readonly journalBytes: number;
  readonly firstNs: bigint | undefined;
  readonly lastNs: bigint | undefined;
  readonly nowNs: bigint;
  /** Somebody writes the journal: one that nobody writes does not grow. */
  readonly isWritten: boolean;
}

export function diskForecast({ freeBytes, journalBytes, firstNs, lastNs, nowNs, isWritten }: DiskGrowth): DiskForecast {
  if (!isWritten || firstNs === undefined || lastNs === undefined || lastNs - firstNs < FORECAST_AFTER_NS)
    return { freeBytes, bytesPerHour: undefined, fullAtNs: undefined };
  const bytesPerHour = journalBytes / (Number(lastNs - firstNs) / HOUR_NS);
  const hours = freeBytes / bytesPerHour;
  const isSoon = hours <= FORECAST_DAYS_MAX * 24;
  return { freeBytes, bytesPerHour, fullAtNs: isSoon ? nowNs + BigInt(Math.round(hours * HOUR_NS)) : undefined };
}
