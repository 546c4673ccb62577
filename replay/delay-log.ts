import { CLOCK_OFFSET_SAMPLES, type ClockOffset, DELAY_BOUNDS_SECONDS, type DelayHistogram, SECOND_US } from '#domain';

const BOUNDS_US: readonly number[] = DELAY_BOUNDS_SECONDS.map((seconds) => Math.round(seconds * SECOND_US));

/** A histogram of delays that is filled while a tape is read. A negative delay counts as 0. */
export class DelayCounts {
  readonly #counts: number[] = new Array<number>(BOUNDS_US.length + 1).fill(0);
  #sumUs = 0;

  add(delayUs: number): void {
    let bound = 0;
    while (bound < BOUNDS_US.length && delayUs > BOUNDS_US[bound]!) bound += 1;
    this.#counts[bound]! += 1;
    if (delayUs > 0) this.#sumUs += delayUs;
  }

  histogram(): DelayHistogram {
    return { counts: [...this.#counts], sumSeconds: this.#sumUs / SECOND_US };
  }
}

/** How far our clock is ahead of a venue's (and how long frames travel): the least of all samples, and the middle of the last ones. */
export class ClockSamples {
  readonly #last = new Float64Array(CLOCK_OFFSET_SAMPLES);
  #samples = 0;
  #minUs = Number.NaN;

  /** `offsetUs` is the receive time minus the venue's time. */
  add(offsetUs: number): void {
    this.#last[this.#samples % CLOCK_OFFSET_SAMPLES] = offsetUs;
    this.#samples += 1;
    // Written so that the NaN of the start is replaced too.
    if (!(offsetUs >= this.#minUs)) this.#minUs = offsetUs;
  }

  offset(): ClockOffset {
    return { samples: this.#samples, minUs: this.#minUs, medianUs: this.#medianUs() };
  }

  #medianUs(): number {
    const count = Math.min(this.#samples, CLOCK_OFFSET_SAMPLES);
    if (count === 0) return Number.NaN;
    const sorted = this.#last.slice(0, count).sort();
    return (sorted[(count - 1) >> 1]! + sorted[count >> 1]!) / 2;
  }
}
