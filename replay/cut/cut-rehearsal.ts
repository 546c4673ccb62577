import { EventRegister, type Instrument, integrityError, type MarketEvent, type SymbolId, SymbolTable, type TapeRecord } from '#domain';
import { createTapeDecoder, type Decoder, type Venue } from '#venues';
import { areSameScalars, type EventScalar, pushScalars } from '../event-scalars.ts';
import type { CutRedaction } from './cut-redaction.ts';
import { type CutSurvey, historyKey } from './cut-survey.ts';
import type { WantedSymbols } from './wanted-symbols.ts';

/** Everything one decoder says of the wanted symbols, record by record. */
class Speaker {
  readonly said: EventScalar[] = [];
  /** Symbols of this record. */
  readonly symbols = new Set<string>();
  readonly definitions = new Map<string, string>();
  readonly decoder: Decoder;
  readonly #wanted: WantedSymbols;

  constructor(venues: ReadonlyMap<string, Venue>, symbols: SymbolTable, wanted: WantedSymbols) {
    this.#wanted = wanted;
    const listener = {
      onEvent: (event: MarketEvent) => this.#onEvent(event),
      onInstrument: (symbol: SymbolId, instrument: Instrument) => {
        if (wanted.has(symbol)) this.definitions.set(wanted.text(symbol), JSON.stringify(instrument));
      },
      onDecodeFailure: () => undefined,
      onUndecoded: () => undefined,
      onDrift: () => undefined,
    };
    this.decoder = createTapeDecoder(venues, new EventRegister(listener), symbols);
  }

  hear(record: TapeRecord): void {
    this.said.length = 0;
    this.symbols.clear();
    this.decoder.decode(record);
  }

  #onEvent(event: MarketEvent): void {
    // What is about a connection or a whole market counts for every symbol.
    if ('symbol' in event && event.symbol >= 0) {
      if (!this.#wanted.has(event.symbol)) return;
      this.symbols.add(this.#wanted.text(event.symbol));
    }
    pushScalars(event, (id) => this.#wanted.text(id), this.said);
  }
}

/**
 * Decodes the tape and, beside it, only the records chosen so far, and compares what both say of the wanted symbols: in every record of the range, and in
 * those before it that books are made of. What differs gets earlier records of its kind (see `SaidHistory`) and must be tried again.
 */
export class CutRehearsal {
  readonly #survey: CutSurvey;
  readonly #venues: ReadonlyMap<string, Venue>;
  readonly #redaction: CutRedaction | undefined;
  readonly #tape: Speaker;
  readonly #cut: Speaker;
  /** Histories that this rehearsal has extended. */
  readonly #extended = new Set<string>();
  #hasMore = false;
  /** The first record that the cut says differently, for the message; empty when there is none. */
  #firstDifference = '';

  constructor(survey: CutSurvey, venues: ReadonlyMap<string, Venue>, redaction: CutRedaction | undefined) {
    this.#survey = survey;
    this.#venues = venues;
    this.#redaction = redaction;
    const symbols = new SymbolTable();
    const wanted = survey.wanted.on(symbols);
    this.#tape = new Speaker(venues, symbols, wanted);
    this.#cut = new Speaker(venues, symbols, wanted);
  }

  /** The `visit` of `drive`. */
  readonly visit = (record: TapeRecord): void => {
    const { kept, range, bookRecords } = this.#survey;
    if (record.sequence >= range.end) return;
    this.#tape.hear(record);
    if (!kept.has(record.sequence)) return;
    this.#cut.hear(this.#redaction?.of(record) ?? record);
    const isCompared = record.sequence >= range.first || bookRecords.has(record.sequence);
    if (isCompared && !areSameScalars(this.#tape.said, this.#cut.said)) this.#extend(record);
  };

  /** True when the cut says what the tape says. Throws CUT_UNFAITHFUL when it does not, and no earlier record could help. */
  finish(): boolean {
    if (this.#firstDifference === '') this.#compareDefinitions();
    if (this.#firstDifference === '') return true;
    if (this.#hasMore) return false;
    throw integrityError(
      'CUT_UNFAITHFUL',
      `${this.#firstDifference}: what it means depends on records that the cut leaves out; begin the cut earlier, or cut without --symbols`,
    );
  }

  #extend(record: TapeRecord): void {
    if (this.#firstDifference === '') this.#firstDifference = `record ${record.sequence} would not decode the same in the cut`;
    for (const symbol of new Set([...this.#tape.symbols, ...this.#cut.symbols])) {
      const key = historyKey(record, this.#venues, symbol);
      if (this.#extended.has(key)) continue;
      this.#extended.add(key);
      for (const sequence of this.#survey.history.more(key)) if (this.#survey.warmUp(sequence)) this.#hasMore = true;
    }
  }

  #compareDefinitions(): void {
    for (const [symbol, definition] of this.#tape.definitions) {
      if (this.#cut.definitions.get(symbol) !== definition) {
        this.#firstDifference = `the instrument ${symbol} would not be the same in the cut`;
        return;
      }
    }
  }
}
