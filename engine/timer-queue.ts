import { assert } from '#domain';

interface Timer {
  readonly name: string;
  readonly atUs: number;
}

/** Timers of a strategy, fired in order of their time, equal times in the order they were set. */
export class TimerQueue {
  readonly #timers: Timer[] = [];

  /** Engine time of the next timer; Infinity when there is none. */
  get nextUs(): number {
    return this.#timers[0]?.atUs ?? Number.POSITIVE_INFINITY;
  }

  set(name: string, atUs: number): void {
    let index = this.#timers.length;
    while (index > 0 && this.#timers[index - 1]!.atUs > atUs) index -= 1;
    this.#timers.splice(index, 0, { name, atUs });
  }

  /** Takes the next timer, due or not; look at `nextUs` first. */
  take(): string {
    const timer = this.#timers.shift();
    assert(timer !== undefined, 'there is a timer to take');
    return timer.name;
  }
}
