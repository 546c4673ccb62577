export interface CurveSample {
  readonly timeUs: number;
  readonly value: number;
}

/** Samples kept; at this many every second one is dropped and the spacing doubles, so memory does not grow with the run. */
export const CURVE_SAMPLES_MAX = 4096;
const SPACING_START_US = 1_000_000;

/** A curve sampled at a spacing that doubles as the run grows: the first value at or after each multiple of the spacing. */
export class CurveSampler {
  #spacingUs = SPACING_START_US;
  #dueUs = Number.NEGATIVE_INFINITY;
  #samples: CurveSample[] = [];

  /** Engine time from which the next sample is wanted: look at it before computing one. */
  get dueUs(): number {
    return this.#dueUs;
  }

  add(timeUs: number, value: number): void {
    if (Number.isNaN(value)) return;
    this.#samples.push({ timeUs, value });
    if (this.#samples.length >= CURVE_SAMPLES_MAX) {
      this.#spacingUs *= 2;
      this.#samples = this.#samples.filter((_, index) => index % 2 === 0);
    }
    this.#dueUs = (Math.floor(timeUs / this.#spacingUs) + 1) * this.#spacingUs;
  }

  /** Adds the last value of the run, whatever the spacing. */
  finish(timeUs: number, value: number): void {
    if (this.#samples.at(-1)?.timeUs === timeUs) this.#samples.pop();
    this.add(timeUs, value);
  }

  points(): readonly CurveSample[] {
    return this.#samples;
  }
}
