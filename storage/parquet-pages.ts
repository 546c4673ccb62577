import type { PageHeader } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import type { Zstd } from './zstd.ts';

/** Memory that a reader keeps from row group to row group and from file to file, so that it does not grow with the tape. */
export class KeptBytes {
  #bytes = new Uint8Array(0);

  /** The first `length` bytes, not cleared; valid until the next call. A sixteenth more is kept, for groups that grow a little. */
  take(length: number): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(Math.ceil((length + (length >> 4)) / 8) * 8);
    return this.#bytes.subarray(0, length);
  }
}

/** The compressed pages of one column of one row group. */
export interface ColumnChunk {
  readonly name: string;
  readonly rows: number;
  readonly view: DataView<ArrayBuffer>;
  /** Room for all its pages when they are decompressed. */
  readonly pagesBytes: number;
  readonly zstd: Zstd;
}

/** A decompressed page: `values` values in `[start, end)` of the bytes of the column's pages. */
export interface Page {
  readonly kind: 'dictionary' | 'plain' | 'indexes';
  readonly values: number;
  readonly start: number;
  readonly end: number;
}

/** Above it the file is damaged: a payload has 64 MiB at most, a row group 16 MiB or one payload. */
const PAGES_BYTES_MAX = 128 * 1024 * 1024;

/**
 * Decompresses the pages of a column one behind the other into `kept`. The pages are as our writer makes them: required values, zstd, a
 * dictionary or none. Throws for anything else, and when they do not hold exactly the rows of the group.
 */
export function decompressPages(
  chunk: ColumnChunk,
  kept: KeptBytes,
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly pages: readonly Page[] } {
  const { name, rows, view, pagesBytes, zstd } = chunk;
  if (pagesBytes > PAGES_BYTES_MAX) throw new Error(`column ${name} says it has ${pagesBytes} bytes, more than ${PAGES_BYTES_MAX}`);
  const bytes = kept.take(pagesBytes);
  const pages: Page[] = [];
  const reader = { view, offset: 0 };
  let start = 0;
  let seen = 0;
  while (reader.offset < view.byteLength) {
    const header = parquetHeader(reader);
    const { kind, values } = describe(header, name);
    const end = start + header.uncompressed_page_size;
    const next = reader.offset + header.compressed_page_size;
    if (!(end >= start && end <= bytes.length && next >= reader.offset && next <= view.byteLength))
      throw new Error(`a page of column ${name} is too long`);
    zstd.decompress(new Uint8Array(view.buffer, view.byteOffset + reader.offset, header.compressed_page_size), bytes.subarray(start, end));
    pages.push({ kind, values, start, end });
    if (kind !== 'dictionary') seen += values;
    reader.offset = next;
    start = end;
  }
  if (seen !== rows) throw new Error(`column ${name} has ${seen} of ${rows} values`);
  return { bytes, pages };
}

function describe(header: PageHeader, name: string): { readonly kind: Page['kind']; readonly values: number } {
  const { dictionary_page_header: dictionary, data_page_header_v2: data } = header;
  if (dictionary !== undefined && dictionary.encoding === 'PLAIN') return { kind: 'dictionary', values: dictionary.num_values };
  const isOurs = data !== undefined && data.num_nulls === 0 && data.is_compressed !== false && data.definition_levels_byte_length === 0;
  if (isOurs && data.encoding === 'PLAIN') return { kind: 'plain', values: data.num_values };
  if (isOurs && data.encoding === 'RLE_DICTIONARY') return { kind: 'indexes', values: data.num_values };
  throw new Error(`column ${name} has a page of kind ${header.type} with encoding ${data?.encoding}, which our writer does not make`);
}
