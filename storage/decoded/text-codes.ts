import { TapedeckError } from '#domain';
import type { TableCell } from '../table-columns.ts';

/** Different texts that a column of codes may have. All are in memory while it is written. */
const TEXTS_MAX = 1 << 20;
/** The code of a row without a text, as in pandas. */
export const MISSING_CODE = -1;

/** Numbers the different texts of a column in the order in which they come. */
export class TextCodes {
  readonly #column: string;
  readonly #textsMax: number;
  readonly #codes = new Map<string, number>();

  constructor(column: string, textsMax = TEXTS_MAX) {
    this.#column = column;
    this.#textsMax = textsMax;
  }

  /** The codes of some rows. `DECODED_TEXTS_MAX` when there are too many different texts. */
  codesOf(cells: readonly TableCell[]): Int32Array {
    return Int32Array.from(cells, (cell) => (cell === null ? MISSING_CODE : this.#codeOf(cell as string)));
  }

  /** Text by code. */
  get texts(): readonly string[] {
    return [...this.#codes.keys()];
  }

  #codeOf(text: string): number {
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    const code = this.#codes.size;
    if (code >= this.#textsMax) {
      const rule = `column "${this.#column}" has more than ${this.#textsMax} different texts`;
      throw new TapedeckError('DECODED_TEXTS_MAX', `${rule}, which decoded tables do not hold; export the table: --format arrow`);
    }
    this.#codes.set(text, code);
    return code;
  }
}
