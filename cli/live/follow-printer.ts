import { type FileHandle, open } from 'node:fs/promises';
import { isoNanoseconds, usageError } from '#domain';
import { standardOutput } from '../output.ts';
import { FOLLOW_KINDS } from './live-audits.ts';
import type { FollowedEntry } from './live-order.ts';

/** Reads `candles,orders`; throws `FOLLOW_UNKNOWN`. */
export function parseFollow(text: string | undefined): readonly string[] {
  const words = (text ?? '').split(',').filter((word) => word !== '');
  for (const word of words) {
    if (!(word in FOLLOW_KINDS)) {
      throw usageError('FOLLOW_UNKNOWN', `--follow ${word}: known are ${Object.keys(FOLLOW_KINDS).join(', ')}`);
    }
  }
  return words;
}

/** Prints candles, orders and the like as they happen: a line each for people, or JSON lines into a file. */
export class FollowPrinter {
  readonly #file: FileHandle | undefined;
  readonly #isPrinting: boolean;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(isPrinting: boolean, file: FileHandle | undefined) {
    this.#isPrinting = isPrinting;
    this.#file = file;
  }

  /** `path`: JSON lines are added to this file. */
  static async open(isPrinting: boolean, path: string | undefined): Promise<FollowPrinter> {
    return new FollowPrinter(isPrinting, path === undefined ? undefined : await open(path, 'a'));
  }

  readonly print = (entries: readonly FollowedEntry[]): void => {
    if (this.#isPrinting) standardOutput.text(entries.map(lineOf).join('\n'));
    const file = this.#file;
    if (file === undefined) return;
    const lines = entries.map(({ sequence, timeUs, entry }) => `${JSON.stringify({ sequence, timeUs, ...entry })}\n`).join('');
    this.#writing = this.#writing.then(() => file.appendFile(lines));
  };

  async close(): Promise<void> {
    await this.#writing;
    await this.#file?.close();
  }
}

function lineOf({ kind, sequence, timeUs, entry }: FollowedEntry): string {
  const at = isoNanoseconds(BigInt(timeUs) * 1_000n);
  const what = (entry[kind] ?? entry) as { readonly [name: string]: unknown };
  const { kind: _, ...fields } = what;
  return `${at} #${sequence} ${kind} ${Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' ')}`;
}
