/** One side of a synthetic book: levels from the best outward, and what changed since the last `clearChanges`. */
export class BookSide {
  /** 1 bid, -1 ask. */
  readonly side: 1 | -1;
  readonly #ticks: number[] = [];
  readonly #lots: number[] = [];
  readonly #changes = new Map<number, number>();

  constructor(side: 1 | -1) {
    this.side = side;
  }

  get count(): number {
    return this.#ticks.length;
  }

  /** Ticks and lots of the levels, best first; not to be changed. */
  get ticks(): readonly number[] {
    return this.#ticks;
  }

  get lots(): readonly number[] {
    return this.#lots;
  }

  /** New lots by tick, in order of first change; 0 is a removed level. */
  get changes(): ReadonlyMap<number, number> {
    return this.#changes;
  }

  clearChanges(): void {
    this.#changes.clear();
  }

  /** True when `tick` is nearer to the other side than `other`. */
  isBetter(tick: number, other: number): boolean {
    return this.side === 1 ? tick > other : tick < other;
  }

  /** Adds a level or gives it other lots; 0 removes it. */
  set(tick: number, lots: number): void {
    let index = 0;
    while (index < this.#ticks.length && this.isBetter(this.#ticks[index]!, tick)) index++;
    const isThere = this.#ticks[index] === tick;
    if (lots > 0 && isThere) this.#lots[index] = lots;
    else if (lots > 0) {
      this.#ticks.splice(index, 0, tick);
      this.#lots.splice(index, 0, lots);
    } else if (isThere) {
      this.#ticks.splice(index, 1);
      this.#lots.splice(index, 1);
    } else return;
    this.#changes.set(tick, lots);
  }
}
