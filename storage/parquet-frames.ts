import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { integrityError, type RecordBatch, type RecordBody, type TapedeckError, TapeRecord } from '#domain';
import { RECORD_COLUMNS } from './frame-columns.ts';
import { nodeDisk } from './journal-disk.ts';
import { Int64Column, TextColumn } from './parquet-columns.ts';
import type { ColumnLimits } from './parquet-footer.ts';
import type { ParquetManifest, ParquetPart } from './parquet-manifest.ts';
import { ParquetFile } from './parquet-reader.ts';
import { GroupMemory, openParquetTape, type ParquetTape } from './parquet-tape.ts';

/** Which records of a sealed session are wanted; a condition that is absent is met by all. */
export interface FrameFilter {
  /** Receive time, nanoseconds since the epoch: from this on, and before `toNs`. */
  readonly fromNs?: bigint;
  readonly toNs?: bigint;
  readonly venues?: readonly string[];
  /** Labels of `Venue.channelOf`, as the column `channel` has them. */
  readonly channels?: readonly string[];
}

/**
 * The records of a sealed session that a filter wants, in sequence, each a copy to keep: comfortable for notebooks and programs that look.
 * `FrameSelection` is the same without the copies. `SESSION_NOT_SEALED`, `PARQUET_CORRUPT`.
 */
export async function* readFrames(
  dataDir: string,
  session: string,
  filter: FrameFilter = {},
): AsyncGenerator<RecordBody & { readonly sequence: number }> {
  const record = new TapeRecord();
  for await (const batch of new FrameSelection(await openParquetTape(dataDir, session), filter).batches()) {
    while (batch.next(record)) yield record.copy();
  }
}

/** What a selection cost: to see that it skipped what it could. */
export interface FrameCounts {
  readonly bytesRead: number;
  readonly groupsRead: number;
  readonly groupsSkipped: number;
}

/**
 * The records of a sealed session that a filter wants, in sequence, one row group in memory at a time. A row group is skipped when its
 * statistics say that nothing in it is wanted, or else when its columns `venue` and `channel`, read alone, say so; of a part only the footer is read
 * then. The bytes of a group that is read are compared with the manifest; what is skipped is not checked. `PARQUET_CORRUPT`.
 */
export class FrameSelection {
  readonly #folder: string;
  readonly #manifest: ParquetManifest;
  readonly #filter: FrameFilter;
  readonly #memory = new GroupMemory();
  readonly #labels = { venue: new TextColumn(), channel: new TextColumn(), receivedAtNs: new Int64Column() };
  #bytesRead = 0;
  #groupsRead = 0;
  #groupsSkipped = 0;

  constructor(tape: ParquetTape, filter: FrameFilter) {
    this.#folder = tape.folder;
    this.#manifest = tape.manifest;
    this.#filter = filter;
  }

  get counts(): FrameCounts {
    return { bytesRead: this.#bytesRead, groupsRead: this.#groupsRead, groupsSkipped: this.#groupsSkipped };
  }

  /** Each batch is valid until the next is asked for. */
  async *batches(): AsyncGenerator<RecordBatch> {
    for (const part of this.#manifest.parts) yield* this.#readPart(part);
  }

  async *#readPart(part: ParquetPart): AsyncGenerator<RecordBatch> {
    let sequence = part.firstSequence;
    let file: ParquetFile | undefined;
    try {
      file = await ParquetFile.open(join(this.#folder, part.path), this.#memory.read, nodeDisk, LIMITED);
      if (file.groupCount !== part.groups.length) throw new Error(`it has ${file.groupCount} row groups instead of ${part.groups.length}`);
      for (const [group, written] of part.groups.entries()) {
        sequence = written.firstSequence;
        const wanted = this.#mayHold(file, group) ? await this.#wantedRows(file, group) : undefined;
        if (wanted === undefined) {
          this.#groupsSkipped += 1;
          continue;
        }
        this.#memory.decode(await file.readWholeGroup(group, RECORD_COLUMNS, written), sequence);
        this.#groupsRead += 1;
        yield new SelectedBatch(this.#memory, placesOf(this.#memory, wanted), sequence);
        // What a reader of records writes must not wait for a whole part.
        await nextTurn();
      }
    } catch (error) {
      throw corrupt(part.path, sequence, error);
    } finally {
      this.#bytesRead += file?.bytesRead ?? 0;
      await file?.close();
    }
  }

  /** By the statistics of the group. */
  #mayHold(file: ParquetFile, group: number): boolean {
    const { fromNs, toNs, venues, channels } = this.#filter;
    const times = file.groupLimits(group, 'received_at_ns');
    if (times !== undefined && fromNs !== undefined && int64Of(times.max) < fromNs) return false;
    if (times !== undefined && toNs !== undefined && int64Of(times.min) >= toNs) return false;
    return mayHoldText(file.groupLimits(group, 'venue'), venues) && mayHoldText(file.groupLimits(group, 'channel'), channels);
  }

  /** A truth value for each row of the group, read from the few bytes of the columns asked by; `undefined` when no row is wanted. */
  async #wantedRows(file: ParquetFile, group: number): Promise<Uint8Array | undefined> {
    const { fromNs, toNs } = this.#filter;
    const rows = file.groupRows(group);
    const wanted = new Uint8Array(rows).fill(1);
    if (fromNs !== undefined || toNs !== undefined) {
      const [times] = await file.readGroup(group, ['received_at_ns']);
      this.#labels.receivedAtNs.decode(times!);
      const words = this.#labels.receivedAtNs.words;
      const values = new BigInt64Array(words.buffer, words.byteOffset, rows);
      for (let row = 0; row < rows; row++) {
        if ((fromNs !== undefined && values[row]! < fromNs) || (toNs !== undefined && values[row]! >= toNs)) wanted[row] = 0;
      }
    }
    for (const [name, texts] of [
      ['venue', this.#filter.venues],
      ['channel', this.#filter.channels],
    ] as const) {
      if (texts === undefined) continue;
      const column = this.#labels[name];
      column.decode((await file.readGroup(group, [name]))[0]!);
      for (let row = 0; row < rows; row++) if (!texts.includes(column.text(row))) wanted[row] = 0;
    }
    return wanted.includes(1) ? wanted : undefined;
  }
}

/** Columns whose limits say that a group can be skipped. */
const LIMITED: ReadonlySet<string> = new Set(['received_at_ns', 'venue', 'channel']);

/** The places in sequence of the rows that are wanted. */
function placesOf(memory: GroupMemory, wanted: Uint8Array): Int32Array {
  const places = new Int32Array(wanted.length);
  let count = 0;
  for (let place = 0; place < wanted.length; place++) if (wanted[memory.rowOf[place]!] === 1) places[count++] = place;
  return places.subarray(0, count);
}

class SelectedBatch implements RecordBatch {
  readonly #memory: GroupMemory;
  readonly #places: Int32Array;
  readonly #firstSequence: number;
  #next = 0;

  constructor(memory: GroupMemory, places: Int32Array, firstSequence: number) {
    this.#memory = memory;
    this.#places = places;
    this.#firstSequence = firstSequence;
  }

  next(record: TapeRecord): boolean {
    const place = this.#places[this.#next];
    if (place === undefined) return false;
    this.#next += 1;
    this.#memory.show(place, this.#firstSequence + place, record);
    return true;
  }
}

const UTF8 = new TextEncoder();

function mayHoldText(limits: ColumnLimits | undefined, texts: readonly string[] | undefined): boolean {
  if (limits === undefined || texts === undefined) return true;
  return texts.some((text) => {
    const bytes = UTF8.encode(text);
    return Buffer.compare(bytes, limits.min) >= 0 && Buffer.compare(bytes, limits.max) <= 0;
  });
}

function int64Of(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigInt64(0, true);
}

function corrupt(file: string, sequence: number, cause: unknown): TapedeckError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const what = `${file}: damaged at record ${sequence}: ${reason}; run "tapedeck verify", then seal again from the journal`;
  return integrityError('PARQUET_CORRUPT', what, cause);
}
