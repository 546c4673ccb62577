import { type SymbolId, SymbolReader, type SymbolTable } from '#domain';
import { asciiBytes } from '../json-scan.ts';

export const KIS_VENUE = 'kis';
const SYMBOL_BYTES_MAX = 32;

/** Symbols by their bytes in a frame, or by their text, with what the channel puts behind them. */
export class VenueSymbols {
  readonly #table: SymbolTable;
  readonly #reader: SymbolReader;
  readonly #suffixes = new Map<string, Uint8Array>();
  readonly #joined = new Uint8Array(SYMBOL_BYTES_MAX);

  constructor(table: SymbolTable) {
    this.#table = table;
    this.#reader = new SymbolReader(KIS_VENUE, table);
  }

  /** At most 20 bytes. */
  read(bytes: Uint8Array, start: number, stop: number, suffix: string): SymbolId {
    if (suffix === '') return this.#reader.read(bytes, start, stop);
    const joined = this.#joined;
    const length = stop - start;
    for (let index = 0; index < length; index++) joined[index] = bytes[start + index]!;
    const tail = this.#suffixBytes(suffix);
    for (let index = 0; index < tail.length; index++) joined[length + index] = tail[index]!;
    return this.#reader.read(joined, 0, length + tail.length);
  }

  named(symbol: string): SymbolId {
    return this.#table.intern(KIS_VENUE, symbol);
  }

  #suffixBytes(suffix: string): Uint8Array {
    let bytes = this.#suffixes.get(suffix);
    if (bytes === undefined) {
      bytes = asciiBytes(suffix);
      this.#suffixes.set(suffix, bytes);
    }
    return bytes;
  }
}
