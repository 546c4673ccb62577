import { dirname, join } from 'node:path';
import { type Disk, decodedError, nodeDisk, writeFully } from '../journal-disk.ts';
import { type SessionPaths, sessionPaths } from '../session-paths.ts';
import { isSystemError } from '../system-error.ts';
import type { TableColumn, TableValue } from '../table-types.ts';
import {
  areSameMarks,
  type DecodedEntry,
  type DecodedManifest,
  isDecodedManifestAsWritten,
  readDecodedManifest,
  tableFileName,
  writeDecodedManifest,
} from './decoded-manifest.ts';
import type { Marks } from './decoded-types.ts';
import { lockMaking } from './making-lock.ts';
import { newTablesDir, oldTablesDir, removeLeavings } from './remove-decoded.ts';
import { DecodedTableFile, digestOf, readBack } from './table-file.ts';

/** Who takes the rows of tables that are made. */
export interface DecodedSink {
  /** One row, a value for each column of the table, in tape order. */
  row(table: string, values: readonly TableValue[]): void;
  /** Resolves when what is full was written: await it between batches of records. */
  drain(): Promise<void>;
}

export interface MakeDecodedOptions {
  readonly dataDir: string;
  readonly session: string;
  /** Where the records are read from. */
  readonly store: string;
  /** Of all tables of the session. */
  readonly marks: Marks;
  /** The tables that are wanted, each with what it depends on beyond those marks. */
  readonly tables: Readonly<Record<string, { readonly columns: readonly TableColumn[]; readonly marks: Marks }>>;
  /** Hands every row of these tables to the sink. */
  readonly derive: (tables: readonly string[], sink: DecodedSink) => Promise<unknown>;
  readonly disk?: Disk;
}

const COPY_BYTES = 1024 * 1024;
/** Makers of this process by folder: they take turns, while those of other processes are refused. */
const turns = new Map<string, Promise<unknown>>();

/**
 * Makes the decoded tables that are wanted and not there, or not with these marks, or damaged: each byte of those that are there is read. Other tables
 * of the session are kept where they have the same marks and are whole. All are written aside, read back, and put in their place with one rename.
 * Returns the tables that were wanted. `DECODED_LOCKED` while another process makes them, `DECODED_READ_BACK`, `DECODED_TEXTS_MAX`,
 * `DECODED_DISK_FULL`, `DECODED_PERMISSION`, `DECODED_FILES_MAX` and `DECODED_IO` when the disk fails; whatever was there stays then.
 */
export async function makeDecodedTables(options: MakeDecodedOptions): Promise<readonly DecodedEntry[]> {
  const { decodedDir } = sessionPaths(options.dataDir, options.session);
  const earlier = turns.get(decodedDir) ?? Promise.resolve();
  const turn = earlier.catch(() => undefined).then(() => inPlace(options));
  turns.set(decodedDir, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(decodedDir) === turn) turns.delete(decodedDir);
  }
}

async function inPlace(options: MakeDecodedOptions): Promise<readonly DecodedEntry[]> {
  const { disk = nodeDisk, dataDir, session } = options;
  const paths = sessionPaths(dataDir, session);
  try {
    const release = await lockMaking(disk, paths);
    try {
      const { tables } = await new DecodedMaker(disk, paths, options).make();
      return tables.filter(({ table }) => table in options.tables);
    } finally {
      await release();
    }
  } catch (error) {
    // Anything but a failure of the system is a bug, or of whoever gave the tape: it is not the disk's.
    if (!isSystemError(error)) throw error;
    throw decodedError(error, `cannot keep decoded tables of session "${session}" in ${paths.decodedDir}`);
  }
}

class DecodedMaker {
  readonly #disk: Disk;
  readonly #paths: SessionPaths;
  readonly #options: MakeDecodedOptions;
  readonly #newDir: string;
  readonly #oldDir: string;

  constructor(disk: Disk, paths: SessionPaths, options: MakeDecodedOptions) {
    this.#disk = disk;
    this.#paths = paths;
    this.#options = options;
    this.#newDir = newTablesDir(paths);
    this.#oldDir = oldTablesDir(paths);
  }

  async make(): Promise<DecodedManifest> {
    const { session, store, marks, tables } = this.#options;
    // What somebody who was killed left.
    await removeLeavings(this.#disk, this.#paths);
    const whole = await this.#wholeTables();
    const missing = Object.keys(tables).filter((table) => !whole.some((entry) => entry.table === table));
    if (missing.length === 0) {
      // Whoever put them in their place may have been killed before the name was durable.
      await this.#syncPlace();
      return { session, store, marks, tables: whole };
    }
    try {
      await this.#disk.makeDirectory(this.#newDir, { recursive: true });
      const carried: DecodedEntry[] = [];
      for (const entry of whole) carried.push(await this.#carry(entry));
      const manifest = { session, store, marks, tables: [...carried, ...(await this.#write(missing))] };
      // This syncs the names of all files there.
      await writeDecodedManifest(this.#disk, this.#newDir, manifest);
      if (!(await isDecodedManifestAsWritten(this.#disk, this.#newDir, manifest))) throw readBack('the manifest of decoded tables');
      await this.#install();
      return manifest;
    } finally {
      await removeLeavings(this.#disk, this.#paths).catch(() => undefined);
    }
  }

  /** The tables that are there, of these marks, whole by their SHA-256. Of a wanted one also the settings are the same. */
  async #wholeTables(): Promise<DecodedEntry[]> {
    const { decodedDir } = this.#paths;
    const { session, marks, tables } = this.#options;
    const manifest = await readDecodedManifest(this.#disk, decodedDir);
    if (manifest === undefined || manifest.session !== session || !areSameMarks(manifest.marks, marks)) return [];
    const whole: DecodedEntry[] = [];
    for (const entry of manifest.tables) {
      const wanted = tables[entry.table];
      if (wanted !== undefined && !areSameMarks(wanted.marks, entry.marks)) continue;
      const path = join(decodedDir, tableFileName(entry.table));
      const isThere = (await this.#disk.sizeOf(path)) === entry.bytes;
      if (isThere && (await digestOf(this.#disk, path)) === entry.sha256) whole.push(entry);
    }
    return whole;
  }

  /** Copies a table to the new folder and reads it back. */
  async #carry(entry: DecodedEntry): Promise<DecodedEntry> {
    const name = tableFileName(entry.table);
    const target = join(this.#newDir, name);
    const from = await this.#disk.open(join(this.#paths.decodedDir, name), 'read');
    try {
      const to = await this.#disk.open(target, 'create');
      try {
        const buffer = new Uint8Array(COPY_BYTES);
        for (let at = 0, count = 1; count > 0; at += count) {
          count = await from.read(buffer, 0, buffer.length, at);
          await writeFully(to, [buffer.subarray(0, count)], at);
        }
        await to.datasync();
      } finally {
        await to.close();
      }
    } finally {
      await from.close();
    }
    if ((await digestOf(this.#disk, target)) === entry.sha256) return entry;
    throw readBack(target);
  }

  async #write(names: readonly string[]): Promise<DecodedEntry[]> {
    const { marks, tables, derive } = this.#options;
    const files = new Map<string, DecodedTableFile>();
    try {
      for (const name of names) {
        const { columns, marks: own } = tables[name]!;
        const all = { 'tapedeck.table': name, ...marks, ...own };
        files.set(name, await DecodedTableFile.create(this.#disk, join(this.#newDir, tableFileName(name)), columns, all));
      }
      await derive(names, {
        row: (table, values) => files.get(table)!.writeRow(values),
        drain: async () => {
          for (const file of files.values()) await file.drain();
        },
      });
      const entries: DecodedEntry[] = [];
      for (const [table, file] of files) entries.push({ table, ...(await file.close()), marks: tables[table]!.marks });
      return entries;
    } catch (error) {
      for (const file of files.values()) await file.abandon();
      throw error;
    }
  }

  /** Between the two renames there are no tables, which is no loss. */
  async #install(): Promise<void> {
    const disk = this.#disk;
    const { decodedDir } = this.#paths;
    const hasOld = (await disk.sizeOf(decodedDir)) !== undefined;
    if (hasOld) await disk.rename(decodedDir, this.#oldDir);
    try {
      await disk.rename(this.#newDir, decodedDir);
    } catch (error) {
      if (hasOld) await disk.rename(this.#oldDir, decodedDir).catch(() => undefined);
      throw error;
    }
    await this.#syncPlace();
  }

  /** Makes the names of the tables durable. The folder of all decoded tables may be new itself. */
  async #syncPlace(): Promise<void> {
    await this.#disk.syncDirectory(dirname(this.#paths.decodedDir));
    await this.#disk.syncDirectory(this.#options.dataDir);
  }
}
