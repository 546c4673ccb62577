import { assert } from './assert.ts';

/** A small whole number that stands for one instrument of one venue within one tape. */
export type SymbolId = number;

export interface SymbolName {
  readonly venue: string;
  readonly symbol: string;
}

/** Gives each (venue, symbol) of a tape an id in order of first appearance, so that hot paths carry integers. */
export class SymbolTable {
  readonly #names: SymbolName[] = [];
  readonly #ids = new Map<string, SymbolId>();

  get size(): number {
    return this.#names.length;
  }

  intern(venue: string, symbol: string): SymbolId {
    const key = `${venue}\u0000${symbol}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#names.length;
    this.#names.push({ venue, symbol });
    this.#ids.set(key, id);
    return id;
  }

  find(venue: string, symbol: string): SymbolId | undefined {
    return this.#ids.get(`${venue}\u0000${symbol}`);
  }

  name(id: SymbolId): SymbolName {
    const name = this.#names[id];
    assert(name !== undefined, `symbol id ${id} was never given out`);
    return name;
  }
}

interface CachedSymbol {
  readonly bytes: Uint8Array;
  readonly id: SymbolId;
}

/** Looks symbols of one venue up by their bytes in a frame: no string is made for a symbol seen before. */
export class SymbolReader {
  readonly #venue: string;
  readonly #table: SymbolTable;
  readonly #buckets = new Map<number, CachedSymbol[]>();
  #last: CachedSymbol = { bytes: new Uint8Array(0), id: -1 };

  constructor(venue: string, table: SymbolTable) {
    this.#venue = venue;
    this.#table = table;
  }

  read(bytes: Uint8Array, start: number, end: number): SymbolId {
    const last = this.#last;
    if (last.id >= 0 && sameBytes(last.bytes, bytes, start, end)) return last.id;
    let hash = end - start;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
    const bucket = this.#buckets.get(hash);
    const known = bucket?.find((entry) => sameBytes(entry.bytes, bytes, start, end));
    const entry = known ?? this.#add(hash, bytes.slice(start, end));
    this.#last = entry;
    return entry.id;
  }

  #add(hash: number, bytes: Uint8Array): CachedSymbol {
    const id = this.#table.intern(this.#venue, new TextDecoder().decode(bytes));
    const entry = { bytes, id };
    const bucket = this.#buckets.get(hash);
    if (bucket === undefined) this.#buckets.set(hash, [entry]);
    else bucket.push(entry);
    return entry;
  }
}

function sameBytes(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) {
    if (known[i] !== bytes[start + i]) return false;
  }
  return true;
}
