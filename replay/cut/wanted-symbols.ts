import { type SymbolId, type SymbolTable, usageError } from '#domain';

const NAMES_SHOWN = 12;

/** Which symbols of a tape a cut is about: all of them, or those that were named as `venue:symbol` or as `symbol` of any venue. */
export class WantedSymbols {
  readonly #symbols: SymbolTable;
  readonly #names: ReadonlySet<string> | undefined;
  /** By symbol id. */
  readonly #isWanted: (boolean | undefined)[] = [];
  /** Symbols of the tape that are wanted and said something worth keeping. */
  readonly #seen = new Set<SymbolId>();

  constructor(symbols: SymbolTable, names: Iterable<string> | undefined) {
    this.#symbols = symbols;
    this.#names = names === undefined ? undefined : new Set(names);
  }

  /** The same choice over the ids of another table. */
  on(symbols: SymbolTable): WantedSymbols {
    return new WantedSymbols(symbols, this.#names);
  }

  has(id: SymbolId): boolean {
    if (id < 0) return false;
    this.#isWanted[id] ??= this.#names === undefined || this.#names.has(this.text(id)) || this.#names.has(this.#symbols.name(id).symbol);
    return this.#isWanted[id];
  }

  text(id: SymbolId): string {
    if (id < 0) return '*';
    const { venue, symbol } = this.#symbols.name(id);
    return `${venue}:${symbol}`;
  }

  see(id: SymbolId): void {
    this.#seen.add(id);
  }

  /** The symbols that are in the cut, as `venue:symbol`, in code unit order. */
  seen(): string[] {
    return [...this.#seen].map((id) => this.text(id)).sort();
  }

  /** Throws SYMBOL_NOT_ON_TAPE for a name that nothing in the range is about. */
  checkAllSeen(where: string): void {
    const seen = [...this.#seen];
    for (const name of this.#names ?? []) {
      if (seen.some((id) => this.text(id) === name || this.#symbols.name(id).symbol === name)) continue;
      throw usageError('SYMBOL_NOT_ON_TAPE', `nothing is said of "${name}" in ${where}; there are ${this.#known()}`);
    }
  }

  #known(): string {
    const names = Array.from({ length: this.#symbols.size }, (_, id) => this.text(id)).sort();
    const more = names.length - NAMES_SHOWN;
    return names.length === 0 ? 'no symbols' : `${names.slice(0, NAMES_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  }
}
