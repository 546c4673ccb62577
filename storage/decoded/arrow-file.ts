import { Bool, type Data, Dictionary, Field, Int32, List, MetadataVersion, makeData, Schema, Utf8 } from 'apache-arrow';
import { FileBlock, Footer } from 'apache-arrow/ipc/metadata/file';
import { BufferRegion, DictionaryBatch, FieldNode, Message, RecordBatch } from 'apache-arrow/ipc/metadata/message';
import { arrowType, columnData } from '../arrow-data.ts';
import type { TableCell } from '../table-columns.ts';
import type { TableColumn } from '../table-types.ts';
import { MISSING_CODE, TextCodes } from './text-codes.ts';

/** Every buffer begins at a multiple of this in the file: what processors and the Arrow format like best, and more than any typed array needs. */
export const BUFFER_ALIGNMENT = 64;
const MAGIC = new TextEncoder().encode('ARROW1');
const CONTINUATION = 0xffff_ffff;
const PREFIX_BYTES = 8;
const ZEROS = new Uint8Array(BUFFER_ALIGNMENT);
const NO_BYTES = new Uint8Array(0);

/**
 * The bytes of an Arrow IPC file, uncompressed, piece by piece. The library's own writer aligns to 8 bytes and writes each dictionary again when
 * it grew. Here columns of few texts have one dictionary for the whole file, behind the batches: the format lets the footer say where things are.
 */
export class ArrowFileEncoder {
  readonly #schema: Schema;
  readonly #codes: readonly (TextCodes | undefined)[];
  readonly #batches: FileBlock[] = [];
  readonly #dictionaries: FileBlock[] = [];
  #position = 0;

  constructor(columns: readonly TableColumn[], marks: Readonly<Record<string, string>>) {
    const fields = columns.map((column, id) => new Field(column.name, fieldType(column, id), true));
    this.#schema = new Schema(fields, new Map(Object.entries(marks)));
    this.#codes = columns.map(({ name, repeats }) => (repeats === true ? new TextCodes(name) : undefined));
  }

  /** Bytes so far. */
  get position(): number {
    return this.#position;
  }

  begin(): Uint8Array[] {
    this.#position = PREFIX_BYTES;
    return [MAGIC, ZEROS.subarray(0, PREFIX_BYTES - MAGIC.length), ...this.#message(Message.from(this.#schema))];
  }

  /** One record batch, the cells of each column in turn. */
  batch(rows: number, cells: readonly (readonly TableCell[])[]): Uint8Array[] {
    const body = new MessageBody();
    for (const [i, field] of this.#schema.fields.entries()) {
      const codes = this.#codes[i];
      body.add(codes === undefined ? columnData(cells[i]!, field.type) : codeData(codes.codesOf(cells[i]!)));
    }
    const header = new RecordBatch(rows, body.nodes, body.regions, null);
    return this.#block(this.#batches, Message.from(header, body.length), body);
  }

  /** Dictionaries, and the directory of it all. */
  end(): Uint8Array[] {
    const parts = this.#codes.flatMap((codes, id) => (codes === undefined ? [] : this.#dictionary(id, codes.texts)));
    const footer = Footer.encode(new Footer(this.#schema, MetadataVersion.V5, this.#batches, this.#dictionaries));
    const end = [uint32(CONTINUATION), uint32(0), footer, uint32(footer.length), MAGIC];
    this.#position += byteLength(end);
    return [...parts, ...end];
  }

  #dictionary(id: number, texts: readonly string[]): Uint8Array[] {
    const body = new MessageBody();
    body.add(columnData(texts, new Utf8()));
    const header = new DictionaryBatch(new RecordBatch(texts.length, body.nodes, body.regions, null), id);
    return this.#block(this.#dictionaries, Message.from(header, body.length), body);
  }

  #block(blocks: FileBlock[], message: Message, body: MessageBody): Uint8Array[] {
    const offset = this.#position;
    const head = this.#message(message);
    blocks.push(new FileBlock(this.#position - offset, body.length, offset));
    this.#position += body.length;
    return [...head, ...body.parts];
  }

  /** A message without its body, filled up so that what follows is aligned. */
  #message(message: Message): Uint8Array[] {
    const encoded = Message.encode(message);
    const start = this.#position;
    const end = aligned(start + PREFIX_BYTES + encoded.length);
    this.#position = end;
    const padding = end - start - PREFIX_BYTES - encoded.length;
    return [uint32(CONTINUATION), uint32(end - start - PREFIX_BYTES), encoded, ZEROS.subarray(0, padding)];
  }
}

/** The buffers of some columns one behind the other, each filled up to the alignment. */
class MessageBody {
  readonly nodes: FieldNode[] = [];
  readonly regions: BufferRegion[] = [];
  readonly parts: Uint8Array[] = [];
  length = 0;

  add(data: Data): void {
    const { type, length, nullCount } = data;
    this.nodes.push(new FieldNode(length, nullCount));
    this.#buffer(nullCount === 0 ? NO_BYTES : data.nullBitmap.subarray(0, bitmapBytes(length)));
    if (type instanceof Utf8) {
      this.#offsets(data);
      this.#buffer((data.values as Uint8Array).subarray(0, data.valueOffsets[length]));
    } else if (type instanceof List) {
      this.#offsets(data);
      this.add(data.children[0]!);
    } else if (type instanceof Bool) this.#buffer((data.values as Uint8Array).subarray(0, bitmapBytes(length)));
    else this.#buffer((data.values as Float64Array | BigInt64Array | Int32Array).subarray(0, length));
  }

  #offsets({ valueOffsets, length }: Data): void {
    this.#buffer(valueOffsets.subarray(0, length + 1));
  }

  #buffer({ buffer, byteOffset, byteLength: bytes }: ArrayBufferView): void {
    this.regions.push(new BufferRegion(this.length, bytes));
    const end = aligned(this.length + bytes);
    if (bytes > 0) this.parts.push(new Uint8Array(buffer, byteOffset, bytes), ZEROS.subarray(0, end - this.length - bytes));
    this.length = end;
  }
}

function fieldType({ type, repeats }: TableColumn, id: number) {
  return repeats === true ? new Dictionary(new Utf8(), new Int32(), id) : arrowType(type);
}

function codeData(codes: Int32Array): Data {
  const nullBitmap = new Uint8Array(bitmapBytes(codes.length));
  let nullCount = 0;
  for (const [i, code] of codes.entries()) {
    if (code === MISSING_CODE) nullCount += 1;
    else nullBitmap[i >> 3]! |= 1 << (i & 7);
  }
  return makeData({ type: new Int32(), length: codes.length, nullCount, nullBitmap, data: codes });
}

function bitmapBytes(rows: number): number {
  return (rows + 7) >> 3;
}

/** Not by bits: a file may be longer than 2^31. */
function aligned(length: number): number {
  return Math.ceil(length / BUFFER_ALIGNMENT) * BUFFER_ALIGNMENT;
}

function byteLength(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
