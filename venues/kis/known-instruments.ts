import type { EventSink, Instrument } from '#domain';
import { kisInstrument } from './instrument.ts';
import type { VenueSymbols } from './venue-symbols.ts';

/** What the tape said about an instrument besides its code. */
export interface InstrumentFacts {
  readonly name?: string;
  readonly strike?: number;
  readonly expiryUs?: number;
  readonly optionType?: 'call' | 'put';
}

/** The instruments that masters, boards and quotes of the tape define; each is said when something new is known of it. */
export class KnownInstruments {
  readonly #sink: EventSink;
  readonly #symbols: VenueSymbols;
  readonly #known = new Map<string, Instrument>();
  readonly #underlyings = new Map<string, string>();

  constructor(sink: EventSink, symbols: VenueSymbols) {
    this.#sink = sink;
    this.#symbols = symbols;
  }

  of(symbol: string): Instrument {
    return this.#known.get(symbol) ?? kisInstrument(symbol);
  }

  /** The code of the index that the instrument is about, as masters name it; empty when none did. */
  underlyingOf(symbol: string): string {
    return this.#underlyings.get(symbol) ?? '';
  }

  setUnderlying(symbol: string, index: string): void {
    if (index !== '') this.#underlyings.set(symbol, index);
  }

  /** Adds to what is known; what a fact leaves out stays. */
  define(symbol: string, facts: InstrumentFacts): void {
    const before = this.#known.get(symbol);
    const after = { ...(before ?? kisInstrument(symbol)), ...facts };
    if (before !== undefined && isSame(before, after)) return;
    this.#known.set(symbol, after);
    this.#sink.instrument(this.#symbols.named(symbol), after);
  }
}

function isSame(a: Instrument, b: Instrument): boolean {
  return a.name === b.name && a.strike === b.strike && a.expiryUs === b.expiryUs && a.optionType === b.optionType;
}
