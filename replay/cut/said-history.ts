import { assert } from '#domain';

/** Earlier records of one kind, channel and symbol that can come along; of more the oldest are forgotten. */
export const HISTORY_MAX = 4096;

/**
 * Which records before the range said something of a wanted symbol, by kind of record, venue, channel and symbol. Some decoders say only what is new (a polled bar, a
 * list of recent trades): to say the same in a cut, they need answers from before it. How many is found by trying: 1, 2, 4, …
 */
export class SaidHistory {
  readonly #sequences = new Map<string, number[]>();
  readonly #taken = new Map<string, number>();

  add(key: string, sequence: number): void {
    const known = this.#sequences.get(key);
    if (known === undefined) this.#sequences.set(key, [sequence]);
    else if (known.push(sequence) > 2 * HISTORY_MAX) known.splice(0, HISTORY_MAX);
  }

  /** The next earlier records of this key, twice as many as so far; none when all were taken. */
  more(key: string): readonly number[] {
    const all = this.#sequences.get(key) ?? [];
    const taken = this.#taken.get(key) ?? 0;
    const wanted = Math.min(Math.max(1, 2 * taken), all.length, HISTORY_MAX);
    assert(taken <= wanted, `history only grows: ${taken} of ${wanted}`);
    this.#taken.set(key, wanted);
    return all.slice(all.length - wanted, all.length - taken);
  }
}
