import { appendFileSync } from 'node:fs';
import { afterAll } from 'vitest';

/** How many frames a differential test compares: `TAPEDECK_MUTATIONS` for more (or fewer) than the usual. */
export function mutationCount(usual: number): number {
  const count = Number(process.env.TAPEDECK_MUTATIONS ?? usual);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error('TAPEDECK_MUTATIONS must be a whole number above 0');
  return count;
}

/** What the differential test of one venue compared; one line of JSON in the file that `TAPEDECK_MUTATION_LOG` names. */
export interface MutationCounts {
  readonly venue: string;
  readonly compared: number;
  /** Frames that were not as they had been recorded or made. */
  readonly changed: number;
  /** Frames of which both forms said at least one event. */
  readonly said: number;
  /** Frames of which both forms refused at least a part. */
  readonly refused: number;
}

const EVENT_WORDS = new Set([
  ...['trade', 'quote', 'bookBegin', 'bar', 'optionQuote', 'auction', 'status', 'readingBegin', 'noticeBegin', 'instrument'],
]);
const REFUSAL_WORDS = new Set(['decodeFailure', 'failed']);

export class MutationTally {
  #compared = 0;
  #changed = 0;
  #said = 0;
  #refused = 0;
  readonly #venue: string;

  constructor(venue: string) {
    this.#venue = venue;
  }

  /** Counts a frame on which both forms agreed; `lines` is what they said, the sink's method first. */
  add(original: Uint8Array, frame: Uint8Array, lines: readonly string[]): void {
    const words = lines.map((line) => line.split(' ', 1)[0]!.replaceAll('"', ''));
    this.#compared++;
    if (Buffer.compare(original, frame) !== 0) this.#changed++;
    if (words.some((word) => EVENT_WORDS.has(word))) this.#said++;
    if (words.some((word) => REFUSAL_WORDS.has(word))) this.#refused++;
  }

  counts(): MutationCounts {
    return { venue: this.#venue, compared: this.#compared, changed: this.#changed, said: this.#said, refused: this.#refused };
  }
}

/** A tally that is written down when the tests of its file have run, where a run asked for it. */
export function mutationTally(venue: string): MutationTally {
  const tally = new MutationTally(venue);
  afterAll(() => {
    const path = process.env.TAPEDECK_MUTATION_LOG;
    if (path !== undefined) appendFileSync(path, `${JSON.stringify(tally.counts())}\n`);
  });
  return tally;
}
