import { crc32 } from 'node:zlib';
import { type Disk, type DiskFile, nodeDisk, readFully } from './journal-disk.ts';
import { type ColumnLimits, type ColumnPlace, type GroupPlace, type ParquetFooter, readParquetFooter } from './parquet-footer.ts';
import { type ColumnChunk, KeptBytes } from './parquet-pages.ts';
import { loadZstd, type Zstd } from './zstd.ts';

/** Magic and footer length at the end of every Parquet file. */
const TAIL_BYTES = 8;
const FOOTER_BYTES_MAX = 64 * 1024 * 1024;
/** The compressed bytes of a row group: a limit, so that a damaged footer cannot ask for all memory there is. */
const GROUP_BYTES_MAX = 256 * 1024 * 1024;

/** Where a row group was written, and what its bytes were. */
export interface GroupBytes {
  readonly offset: number;
  readonly bytes: number;
  readonly crc32: number;
}

/**
 * Reads one Parquet file of ours a row group at a time; nothing else is in memory.
 * Anything that is not as it was written throws; the caller says which file.
 */
export class ParquetFile {
  readonly #file: DiskFile;
  readonly #footer: ParquetFooter;
  readonly #zstd: Zstd;
  readonly #kept: KeptBytes;
  /** Of the file, footer and all. */
  bytesRead: number;

  private constructor(file: DiskFile, footerBytes: number, footer: ParquetFooter, zstd: Zstd, kept: KeptBytes) {
    this.#file = file;
    this.bytesRead = footerBytes + TAIL_BYTES;
    this.#footer = footer;
    this.#zstd = zstd;
    this.#kept = kept;
  }

  /** `limitsOf` are the columns whose smallest and largest values are wanted. */
  static async open(path: string, kept = new KeptBytes(), disk: Disk = nodeDisk, limitsOf?: ReadonlySet<string>): Promise<ParquetFile> {
    const zstd = await loadZstd();
    const file = await disk.open(path, 'read');
    try {
      const footer = await readFooter(file);
      return new ParquetFile(file, footer.length, readParquetFooter(footer, limitsOf), zstd, kept);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get groupCount(): number {
    return this.#footer.groups.length;
  }

  /** What the file says of itself under a key; `undefined` where it says nothing. */
  text(key: string): string | undefined {
    return this.#footer.texts.get(key);
  }

  groupRows(group: number): number {
    return this.#group(group).rows;
  }

  /** The limits of a column in a row group; `undefined` where the file does not say. */
  groupLimits(group: number, name: string): ColumnLimits | undefined {
    return placeOf(this.#group(group).columns, name).limits;
  }

  /** Reads columns of a row group with one read of the file; decode them before the next group is read. */
  async readGroup(group: number, names: readonly string[]): Promise<ColumnChunk[]> {
    const places = names.map((name) => placeOf(this.#group(group).columns, name));
    const start = Math.min(...places.map((place) => place.start));
    const end = Math.max(...places.map((place) => place.start + place.bytes));
    const bytes = await this.#read(start, end, group);
    return this.#chunks(group, places, bytes, start);
  }

  /** Reads all bytes of a row group and compares them with their CRC-32 before it hands out columns; decode these before the next is read. */
  async readWholeGroup(group: number, names: readonly string[], written: GroupBytes): Promise<ColumnChunk[]> {
    const places = names.map((name) => placeOf(this.#group(group).columns, name));
    const { offset, bytes: length } = written;
    const bytes = await this.#read(offset, offset + length, group);
    if (crc32(bytes) !== written.crc32) throw new Error('its row group is damaged');
    if (places.some(({ start, bytes: size }) => start < offset || start + size > offset + length))
      throw new Error(`row group ${group} is not where it was written`);
    return this.#chunks(group, places, bytes, offset);
  }

  async #read(start: number, end: number, group: number): Promise<Uint8Array<ArrayBuffer>> {
    if (!(end - start <= GROUP_BYTES_MAX)) throw new Error(`row group ${group} has ${end - start} bytes, more than ${GROUP_BYTES_MAX}`);
    const bytes = this.#kept.take(end - start);
    await readInto(this.#file, bytes, start);
    this.bytesRead += bytes.length;
    return bytes;
  }

  /** Views of columns in `bytes`, which begin at `start` of the file. */
  #chunks(group: number, places: readonly ColumnPlace[], bytes: Uint8Array<ArrayBuffer>, start: number): ColumnChunk[] {
    const { rows } = this.#group(group);
    return places.map((place) => ({
      name: place.name,
      rows,
      view: new DataView(bytes.buffer, bytes.byteOffset + place.start - start, place.bytes),
      pagesBytes: place.pagesBytes,
      zstd: this.#zstd,
    }));
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #group(group: number): GroupPlace {
    const place = this.#footer.groups[group];
    if (place === undefined) throw new Error(`there is no row group ${group}`);
    return place;
  }
}

function placeOf(columns: readonly ColumnPlace[], name: string): ColumnPlace {
  const place = columns.find((column) => column.name === name);
  if (place === undefined) throw new Error(`there is no column ${name}`);
  return place;
}

async function readFooter(file: DiskFile): Promise<Uint8Array> {
  const size = await file.size();
  if (size < TAIL_BYTES) throw new Error(`it has ${size} bytes and no Parquet footer`);
  const tail = await readInto(file, new Uint8Array(TAIL_BYTES), size - TAIL_BYTES);
  const view = new DataView(tail.buffer);
  if (view.getUint32(4, false) !== MAGIC) throw new Error('it has no Parquet footer');
  const footerBytes = view.getUint32(0, true);
  if (footerBytes + TAIL_BYTES > size || footerBytes > FOOTER_BYTES_MAX) throw new Error(`its footer says it is ${footerBytes} bytes long`);
  return readInto(file, new Uint8Array(footerBytes), size - TAIL_BYTES - footerBytes);
}

/** `PAR1` */
const MAGIC = 0x50_41_52_31;

async function readInto(file: DiskFile, target: Uint8Array<ArrayBuffer>, position: number): Promise<Uint8Array<ArrayBuffer>> {
  const done = await readFully(file, target, 0, target.length, position);
  if (done < target.length) throw new Error(`it ends after ${position + done} bytes, ${target.length - done} too few`);
  return target;
}
