/** From the receipt of a record to the end of its step, microseconds of the clock that stamped it. */
export interface LagReport {
  /** Records measured: those that came while the engine ran. */
  readonly records: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
  /** Since the report before: a moment of lag is told even when it is over by then. */
  readonly recentMaxUs: number;
}

/** Buckets of one octave: a percentile is at most an eighth too high. */
const STEPS = 8;
const OCTAVES = 44;

/** Counts lags in buckets of equal ratio, so that a night of them takes no more memory than a second. */
export class LagMeter {
  readonly #counts = new Float64Array(OCTAVES * STEPS);
  #records = 0;
  #maxUs = 0;
  #recentMaxUs = 0;

  /** `records` of a batch whose oldest waited for `lagUs`: each of them counts as late as that one. */
  add(lagUs: number, records: number): void {
    const us = Math.max(0, lagUs);
    this.#counts[bucketOf(us)]! += records;
    this.#records += records;
    this.#maxUs = Math.max(this.#maxUs, us);
    this.#recentMaxUs = Math.max(this.#recentMaxUs, us);
  }

  report(): LagReport {
    const recentMaxUs = this.#recentMaxUs;
    this.#recentMaxUs = 0;
    return {
      records: this.#records,
      p50Us: this.#percentile(0.5),
      p99Us: this.#percentile(0.99),
      maxUs: this.#maxUs,
      recentMaxUs,
    };
  }

  #percentile(share: number): number {
    let left = share * this.#records;
    if (this.#records === 0) return 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      left -= this.#counts[bucket]!;
      if (left <= 0) return Math.min(this.#maxUs, upperBound(bucket));
    }
    return this.#maxUs;
  }
}

function bucketOf(us: number): number {
  if (us < 1) return 0;
  const octave = Math.min(OCTAVES - 1, Math.floor(Math.log2(us)));
  const step = Math.min(STEPS - 1, Math.floor((us / 2 ** octave - 1) * STEPS));
  return octave * STEPS + step;
}

function upperBound(bucket: number): number {
  const octave = Math.floor(bucket / STEPS);
  return Math.round(2 ** octave * (1 + ((bucket % STEPS) + 1) / STEPS));
}
