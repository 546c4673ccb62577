import type { TapeHealth } from '#domain';

const HOUR_US = 3_600_000_000;
/** What is kept of the past: one in half a minute of the last quarter of an hour, one in five minutes of the last hour. */
const FINE_EVERY_US = 30_000_000;
const FINE_FOR_US = 15 * 60_000_000;
const COARSE_EVERY_US = 5 * 60_000_000;

interface Kept<T> {
  readonly atUs: number;
  readonly value: T;
}

/** The past of something that is told again and again, thinned: at most some forty of them are kept. */
class Past<T> {
  #kept: Kept<T>[] = [];

  add(value: T, atUs: number): void {
    const last = this.#kept[this.#kept.length - 1];
    if (last !== undefined && atUs - last.atUs < FINE_EVERY_US) return;
    this.#kept.push({ atUs, value });
    this.#kept = this.#kept.filter(({ atUs: keptUs }, index) => {
      if (atUs - keptUs <= FINE_FOR_US) return true;
      const next = this.#kept[index + 1];
      // The newest that is an hour old stays: it is what "an hour ago" means.
      if (atUs - keptUs > HOUR_US) return next !== undefined && atUs - next.atUs < HOUR_US;
      return next === undefined || Math.floor(keptUs / COARSE_EVERY_US) !== Math.floor(next.atUs / COARSE_EVERY_US);
    });
  }

  /** The newest that is not newer than `atUs`, or the oldest there is. */
  before(atUs: number): Kept<T> | undefined {
    return this.#kept.findLast((kept) => kept.atUs <= atUs) ?? this.#kept[0];
  }

  get size(): number {
    return this.#kept.length;
  }
}

/** What the tape said before, to tell what came since: counts only rise, and an alert is about lately. */
export class TapePast {
  readonly #past = new Past<TapeHealth>();

  add(tape: TapeHealth, atUs: number): void {
    this.#past.add(tape, atUs);
  }

  before(atUs: number): TapeHealth | undefined {
    return this.#past.before(atUs)?.value;
  }

  get size(): number {
    return this.#past.size;
  }
}
