import { DataType, Message } from 'apache-arrow';
import { type FileBlock, Footer } from 'apache-arrow/ipc/metadata/file';
import type { RecordBatch } from 'apache-arrow/ipc/metadata/message';
import { type Disk, type DiskFile, readFully } from '../journal-disk.ts';

/** What one `ArrayBuffer` can have. A longer table is for programs that map files into memory. */
export const IMAGE_BYTES_MAX = 0xffff_ffc0;
/** Record batches of which columns are read at a time: most of it is waiting for small reads. */
const BLOCKS_AT_ONCE = 8;
/** Bytes of one read. */
const READ_BYTES_MAX = 64 * 1024 * 1024;
/** Length of the footer and the magic, at the end. */
const TAIL_BYTES = 10;
const MESSAGE_PREFIX_BYTES = 8;

/**
 * Reads an Arrow file into memory of its length, every byte to its place. With `columns` only those are read: the rest of the memory is never
 * touched, and so never taken from the machine. Throws what the library throws, and `Error`, for bytes that are no such file.
 */
export async function readArrowImage(
  disk: Disk,
  path: string,
  image: Uint8Array<ArrayBuffer>,
  columns: readonly string[] | undefined,
): Promise<void> {
  const file = await disk.open(path, 'read');
  try {
    const reader = new ImageReader(file, image);
    if (columns === undefined) await reader.read(0, image.length);
    else await readColumns(reader, image, columns);
  } finally {
    await file.close();
  }
}

async function readColumns(reader: ImageReader, image: Uint8Array, columns: readonly string[]): Promise<void> {
  await reader.read(0, MESSAGE_PREFIX_BYTES);
  const footer = await readFooter(reader, image);
  for (const { offset, metaDataLength, bodyLength } of footer.dictionaryBatches()) await reader.read(offset, metaDataLength + bodyLength);
  const wanted = footer.schema.fields.map((field) => columns.includes(field.name));
  const buffers = footer.schema.fields.flatMap(({ type }, i) => new Array<boolean>(bufferCount(type)).fill(wanted[i]!));
  const blocks = [...footer.recordBatches()];
  for (let i = 0; i < blocks.length; i += BLOCKS_AT_ONCE)
    await Promise.all(blocks.slice(i, i + BLOCKS_AT_ONCE).map((block) => readBuffers(reader, image, block, buffers)));
}

/** The metadata of a record batch, and those of its buffers that are wanted. */
async function readBuffers(
  reader: ImageReader,
  image: Uint8Array,
  { offset, metaDataLength }: FileBlock,
  wanted: readonly boolean[],
): Promise<void> {
  await reader.read(offset, metaDataLength);
  const message = Message.decode(image.subarray(offset + MESSAGE_PREFIX_BYTES, offset + metaDataLength));
  const { buffers: regions } = message.header() as RecordBatch;
  for (const [i, region] of regions.entries()) {
    if (wanted[i] === true && region.length > 0) await reader.read(offset + metaDataLength + region.offset, region.length);
  }
}

async function readFooter(reader: ImageReader, image: Uint8Array): Promise<Footer> {
  await reader.read(image.length - TAIL_BYTES, TAIL_BYTES);
  const length = new DataView(image.buffer).getUint32(image.length - TAIL_BYTES, true);
  const start = image.length - TAIL_BYTES - length;
  await reader.read(start, length);
  return Footer.decode(image.subarray(start, start + length));
}

/** Buffers of a column in a record batch, as `ArrowFileEncoder` writes them. */
function bufferCount(type: DataType): number {
  if (DataType.isDictionary(type)) return 2;
  if (DataType.isUtf8(type)) return 3;
  return DataType.isList(type) ? 2 + bufferCount(type.children[0]!.type) : 2;
}

/** Reads parts of a file to their place in its image. */
class ImageReader {
  readonly #file: DiskFile;
  readonly #image: Uint8Array;

  constructor(file: DiskFile, image: Uint8Array) {
    this.#file = file;
    this.#image = image;
  }

  async read(start: number, length: number): Promise<void> {
    const end = start + length;
    if (start < 0 || end > this.#image.length) throw new Error(`it names bytes ${start} to ${end} of ${this.#image.length}`);
    for (let at = start; at < end; ) {
      const count = await readFully(this.#file, this.#image, at, Math.min(READ_BYTES_MAX, end - at), at);
      if (count === 0) throw new Error(`it ends at byte ${at} of ${this.#image.length}`);
      at += count;
    }
  }
}
