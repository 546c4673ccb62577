import { appendFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface RotatedLogOptions {
  readonly folder: string;
  /** The file is `<name>.jsonl`, older ones are `<name>.1.jsonl` (the newest of them) to `<name>.9.jsonl`. */
  readonly name: string;
  readonly fileBytesMax: number;
  readonly warn: (text: string) => void;
}

/** Files that are kept beside the one that is written; the oldest is removed. */
const OLD_FILES_MAX = 9;
/** Text that waits for the disk; beyond, lines are dropped, counted, and told in the next that is written. */
const WAITING_CHARACTERS_MAX = 4 * 1024 * 1024;

/** Appends lines to a file of limited size, off the caller's way: it never throws and never waits. */
export class RotatedLog {
  readonly #options: RotatedLogOptions;
  #waiting: string[] = [];
  #waitingCharacters = 0;
  #droppedLines = 0;
  #writing: Promise<void> | undefined;
  #hasFailed = false;

  constructor(options: RotatedLogOptions) {
    this.#options = options;
  }

  write(line: string): void {
    if (this.#waitingCharacters + line.length > WAITING_CHARACTERS_MAX) {
      this.#droppedLines += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingCharacters += line.length;
    this.#start();
  }

  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  #start(): void {
    this.#writing ??= this.#run().finally(() => {
      this.#writing = undefined;
      if (this.#waiting.length > 0) this.#start();
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const text = this.#take();
      try {
        await this.#append(text);
        this.#hasFailed = false;
      } catch (error) {
        // Told once, until it works again: a full disk fails every line.
        if (!this.#hasFailed) this.#options.warn(`the log cannot be written: ${String(error)}; recording goes on`);
        this.#hasFailed = true;
      }
    }
  }

  #take(): string {
    const told = this.#droppedLines === 0 ? '' : `${JSON.stringify({ level: 'warn', msg: `${this.#droppedLines} lines were dropped` })}\n`;
    const text = this.#waiting.join('') + told;
    this.#waiting = [];
    this.#waitingCharacters = 0;
    this.#droppedLines = 0;
    return text;
  }

  async #append(text: string): Promise<void> {
    await mkdir(this.#options.folder, { recursive: true });
    const path = this.#path(0);
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    // By name each time: another recorder of the same folder may have put the file aside.
    if (size > 0 && size + Buffer.byteLength(text) > this.#options.fileBytesMax) await this.#rotate();
    await appendFile(path, text, { mode: 0o600 });
  }

  async #rotate(): Promise<void> {
    await rm(this.#path(OLD_FILES_MAX), { force: true });
    for (let number = OLD_FILES_MAX - 1; number >= 0; number--) {
      await rename(this.#path(number), this.#path(number + 1)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
  }

  #path(number: number): string {
    const { folder, name } = this.#options;
    return join(folder, number === 0 ? `${name}.jsonl` : `${name}.${number}.jsonl`);
  }
}
