import { join } from 'node:path';
import { type Disk, journalError, readSmallFile, writeAtomically } from '../journal-disk.ts';
import { COUNT, exactly, NANOSECONDS, objectOf, TEXT } from '../manifest-shape.ts';

/** How far a session is copied, as far as the server acknowledged it. What it says is compared with the server before it is believed. */
export interface SyncCursor {
  readonly table: string;
  readonly session: string;
  /** The server's number of the table: another one under the same name is another table. */
  readonly tableId: number;
  /** The table's transactions when they were last looked at, and the batches acknowledged since. */
  readonly sequencerTxn: number;
  readonly batchesSince: number;
  /** The first record that is not acknowledged. */
  readonly nextSequence: number;
  /** Tape time of the record before it; -1 when there is none. */
  readonly lastTapeTimeNs: bigint;
}

const CURSOR_FORMAT_VERSION = 1;

const cursorText = objectOf({
  formatVersion: exactly(CURSOR_FORMAT_VERSION),
  table: TEXT,
  session: TEXT,
  tableId: COUNT,
  sequencerTxn: COUNT,
  batchesSince: COUNT,
  nextSequence: COUNT,
  lastTapeTimeNs: NANOSECONDS,
} satisfies Record<keyof SyncCursor | 'formatVersion', unknown>);

/** The folder of a session's cursors: `DATA/questdb/<session>`. */
export function cursorFolder(dataDir: string, session: string): string {
  return join(dataDir, 'questdb', session);
}

/** The cursor file of one table and session, there whole or not at all. */
export class CursorFile {
  readonly path: string;
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #table: string;
  readonly #session: string;

  constructor(disk: Disk, dataDir: string, session: string, table: string) {
    this.#disk = disk;
    this.#folder = cursorFolder(dataDir, session);
    this.path = join(this.#folder, `${table}.json`);
    this.#table = table;
    this.#session = session;
  }

  /** `undefined` where there is none that can be used: everything it says can be found out again, from the server and the journal. */
  async read(): Promise<SyncCursor | undefined> {
    const bytes = await readSmallFile(this.#disk, this.path);
    const cursor = bytes === undefined ? undefined : decodeCursor(bytes);
    return cursor?.table === this.#table && cursor.session === this.#session ? cursor : undefined;
  }

  /** Resolves when the cursor would survive a power cut. */
  async write(cursor: SyncCursor): Promise<void> {
    const text = { formatVersion: CURSOR_FORMAT_VERSION, ...cursor, lastTapeTimeNs: String(cursor.lastTapeTimeNs) };
    const bytes = new TextEncoder().encode(`${JSON.stringify(text, null, 2)}\n`);
    await writeAtomically(this.#disk, this.#folder, this.path, bytes).catch((error: unknown) => {
      throw journalError(error, `cannot write ${this.path}`);
    });
  }
}

function decodeCursor(bytes: Uint8Array): SyncCursor | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
  if (cursorText(value, '') !== undefined) return undefined;
  const {
    formatVersion: _,
    lastTapeTimeNs,
    ...rest
  } = value as Omit<SyncCursor, 'lastTapeTimeNs'> & {
    readonly formatVersion: number;
    readonly lastTapeTimeNs: string;
  };
  return { ...rest, lastTapeTimeNs: BigInt(lastTapeTimeNs) };
}
