/** Reasons that are told apart; those beyond count as `OTHER_REASON`. Venues write them, so they may be anything. */
export const REASONS_MAX = 50;
export const OTHER_REASON = 'other';
/** Characters of a reason that are kept. */
const REASON_LENGTH_MAX = 120;

/** Counts by reason. Durations in a reason are left out, so that two silences of different length are one reason. */
export class ReasonCounts {
  readonly #counts = new Map<string, number>();

  add(reason: string, count: number): void {
    const name = reason.replace(/\d+(?:\.\d+)? (m?s)\b/g, '… $1').slice(0, REASON_LENGTH_MAX);
    const kept = this.#counts.has(name) || this.#counts.size < REASONS_MAX ? name : OTHER_REASON;
    this.#counts.set(kept, (this.#counts.get(kept) ?? 0) + count);
  }

  get total(): number {
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  /** In order of first appearance. */
  entries(): readonly (readonly [reason: string, count: number])[] {
    return [...this.#counts];
  }
}
