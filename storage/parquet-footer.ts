/** Where the pages of one column of a row group are in the file. */
export interface ColumnPlace {
  readonly name: string;
  readonly start: number;
  readonly bytes: number;
  /** Room for all its pages when they are decompressed; counts the headers of the pages too. */
  readonly pagesBytes: number;
  /** Where it was asked for: plain bytes that no value is below and none above. */
  readonly limits?: ColumnLimits;
}

export interface ColumnLimits {
  readonly min: Uint8Array;
  readonly max: Uint8Array;
}

export interface GroupPlace {
  readonly rows: number;
  readonly columns: readonly ColumnPlace[];
}

/** What is read of a footer. */
export interface ParquetFooter {
  readonly groups: readonly GroupPlace[];
  /** The key-value metadata: what the file says of itself. */
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * Reads the places of all row groups and the key-value metadata from a Parquet footer (Thrift compact protocol, `FileMetaData` of the Parquet format),
 * and nothing else: the statistics of every column of every group, read as objects, were most of what a replay from Parquet left behind in the heap.
 * Only the statistics of the columns `limitsOf` are kept. Throws when the bytes are no such footer, or when a column is not compressed with zstd.
 */
export function readParquetFooter(footer: Uint8Array, limitsOf: ReadonlySet<string> = NO_COLUMNS): ParquetFooter {
  const reader = new ThriftReader(footer);
  let groups: GroupPlace[] | undefined;
  let texts: (readonly [string, string])[] = [];
  reader.fields((id, type) => {
    if (id === 4 && type === LIST) groups = reader.list(STRUCT, () => readGroup(reader, limitsOf));
    else if (id === 5 && type === LIST) texts = reader.list(STRUCT, () => readKeyValue(reader));
    else reader.skip(type);
  });
  if (groups === undefined) throw new Error('its footer names no row groups');
  return { groups, texts: new Map(texts) };
}

/** `KeyValue`; a value may be missing. */
function readKeyValue(reader: ThriftReader): readonly [string, string] {
  let [key, value] = ['', ''];
  reader.fields((id, type) => {
    if (id === 1 && type === BINARY) key = reader.text();
    else if (id === 2 && type === BINARY) value = reader.text();
    else reader.skip(type);
  });
  return [key, value];
}

const NO_COLUMNS: ReadonlySet<string> = new Set();

/** `RowGroup` */
function readGroup(reader: ThriftReader, limitsOf: ReadonlySet<string>): GroupPlace {
  let rows = -1;
  let columns: ColumnPlace[] = [];
  reader.fields((id, type) => {
    if (id === 1 && type === LIST) columns = reader.list(STRUCT, () => readColumn(reader, limitsOf));
    else if (id === 3 && type === I64) rows = reader.count();
    else reader.skip(type);
  });
  if (rows < 0) throw new Error('its footer does not say how many rows a group has');
  return { rows, columns };
}

/** `ColumnChunk`, of which only the `ColumnMetaData` matters. */
function readColumn(reader: ThriftReader, limitsOf: ReadonlySet<string>): ColumnPlace {
  let place: ColumnPlace | undefined;
  reader.fields((id, type) => {
    if (id === 3 && type === STRUCT) place = readColumnMetadata(reader, limitsOf);
    else reader.skip(type);
  });
  if (place === undefined) throw new Error('its footer has a column without metadata');
  return place;
}

const ZSTD_CODEC = 6;

/** `ColumnMetaData`; the pages begin with the dictionary, where there is one. */
function readColumnMetadata(reader: ThriftReader, limitsOf: ReadonlySet<string>): ColumnPlace {
  let name = '';
  let limits: ColumnLimits | undefined;
  let codec = -1;
  let [pagesBytes, bytes, dataAt, dictionaryAt] = [-1, -1, -1, -1];
  reader.fields((id, type) => {
    if (id === 3 && type === LIST) name = reader.list(BINARY, () => reader.text()).join('.');
    else if (id === 4 && type === I32) codec = reader.count();
    else if (id === 6 && type === I64) pagesBytes = reader.count();
    else if (id === 7 && type === I64) bytes = reader.count();
    else if (id === 9 && type === I64) dataAt = reader.count();
    else if (id === 11 && type === I64) dictionaryAt = reader.count();
    else if (id === 12 && type === STRUCT && limitsOf.has(name)) limits = readLimits(reader);
    else reader.skip(type);
  });
  if (codec !== ZSTD_CODEC) throw new Error(`column ${name} is compressed with codec ${codec}, not zstd`);
  if (pagesBytes < 0 || bytes < 0 || dataAt < 0) throw new Error(`its footer does not say where column ${name} is`);
  const place = { name, start: dictionaryAt < 0 ? dataAt : dictionaryAt, bytes, pagesBytes };
  return limits === undefined ? place : { ...place, limits };
}

/** `Statistics`: long texts are cut there, so that the limits hold but need not be values. */
function readLimits(reader: ThriftReader): ColumnLimits | undefined {
  let [min, max]: (Uint8Array | undefined)[] = [];
  reader.fields((id, type) => {
    if (id === 5 && type === BINARY) max = reader.bytes();
    else if (id === 6 && type === BINARY) min = reader.bytes();
    else reader.skip(type);
  });
  return min === undefined || max === undefined ? undefined : { min, max };
}

// Types of the Thrift compact protocol.
const TRUE = 1;
const FALSE = 2;
const BYTE = 3;
const I16 = 4;
const I32 = 5;
const I64 = 6;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const SET = 10;
const STRUCT = 12;

/** Deeper than any footer goes: what is deeper is damaged. */
const DEPTH_MAX = 16;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Walks over Thrift compact bytes and makes objects of nothing that is not asked for. */
class ThriftReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Hands every field of a struct to `visit`, which must read or skip its value. */
  fields(visit: (id: number, type: number) => void): void {
    if (++this.#depth > DEPTH_MAX) throw new Error('its footer is too deep');
    let id = 0;
    for (let head = this.#byte(); head !== 0; head = this.#byte()) {
      const delta = head >> 4;
      id = delta === 0 ? unzigzag(this.#varint()) : id + delta;
      visit(id, head & 15);
    }
    this.#depth -= 1;
  }

  /** The elements of a list, each read by `read`. */
  list<T>(type: number, read: () => T): T[] {
    const { length, type: found } = this.#listHead();
    if (found !== type && length > 0) throw new Error(`its footer has a list of type ${found} instead of ${type}`);
    const elements: T[] = [];
    for (let i = 0; i < length; i++) elements.push(read());
    return elements;
  }

  /** An integer that is never negative. */
  count(): number {
    const value = unzigzag(this.#varint());
    if (!(value >= 0 && Number.isSafeInteger(value))) throw new Error(`its footer has the impossible number ${value}`);
    return value;
  }

  text(): string {
    return UTF8.decode(this.bytes());
  }

  /** A view of the footer. */
  bytes(): Uint8Array {
    const length = this.#varint();
    const start = this.#at;
    this.#advance(length);
    return this.#bytes.subarray(start, this.#at);
  }

  skip(type: number): void {
    switch (type) {
      case TRUE:
      case FALSE:
        return; // the type is the value
      case BYTE:
        return this.#advance(1);
      case I16:
      case I32:
      case I64:
        this.#varint();
        return;
      case DOUBLE:
        return this.#advance(8);
      case BINARY:
        return this.#advance(this.#varint());
      case LIST:
      case SET:
        return this.#skipList();
      case STRUCT:
        return this.fields((_, fieldType) => this.skip(fieldType));
      default:
        throw new Error(`its footer has a value of the unknown type ${type}`);
    }
  }

  #skipList(): void {
    if (++this.#depth > DEPTH_MAX) throw new Error('its footer is too deep');
    const { length, type } = this.#listHead();
    // In a list a truth value is a byte of its own.
    for (let i = 0; i < length; i++) this.skip(type === TRUE || type === FALSE ? BYTE : type);
    this.#depth -= 1;
  }

  #listHead(): { readonly length: number; readonly type: number } {
    const head = this.#byte();
    const length = head >> 4 === 15 ? this.#varint() : head >> 4;
    // Every element has at least one byte: a length beyond the footer is damage, and would be a long loop.
    if (length > this.#bytes.length - this.#at) throw new Error(`its footer has a list of ${length} elements`);
    return { length, type: head & 15 };
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new Error('its footer ends too early');
    this.#at += 1;
    return byte;
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      if (scale > Number.MAX_SAFE_INTEGER) throw new Error('its footer has a number that is too long');
    }
  }

  #advance(bytes: number): void {
    if (!(bytes <= this.#bytes.length - this.#at)) throw new Error('its footer ends too early');
    this.#at += bytes;
  }
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
