import { DELAY_BOUNDS_SECONDS, type DelayHistogram } from '#domain';

/** How long commits took, by the bounds of every delay in the health of a recording. */
export class CommitTimes {
  readonly #counts = new Array<number>(DELAY_BOUNDS_SECONDS.length + 1).fill(0);
  #sumSeconds = 0;

  add(seconds: number): void {
    const bound = DELAY_BOUNDS_SECONDS.findIndex((candidate) => seconds <= candidate);
    const bucket = bound < 0 ? DELAY_BOUNDS_SECONDS.length : bound;
    this.#counts[bucket] = this.#counts[bucket]! + 1;
    this.#sumSeconds += seconds;
  }

  get histogram(): DelayHistogram {
    return { counts: [...this.#counts], sumSeconds: this.#sumSeconds };
  }
}
