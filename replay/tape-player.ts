import {
  type EventListener,
  EventRegister,
  type Instrument,
  type MarketEvent,
  type StepAudit,
  type SymbolId,
  type SymbolTable,
  type TapeRecord,
} from '#domain';
import type { Engine } from '#engine';
import { createTapeDecoder, type Decoder, type Venue } from '#venues';

/** Who looks on while a tape is played. Everything handed over is valid until the call returns. */
export interface PlayObserver {
  /** Before the record is decoded. */
  onRecord?(record: TapeRecord, tape: number): void;
  /** After the engine's step, so that books and candles already show the event. */
  onEvent?(event: MarketEvent, record: TapeRecord): void;
  onAudit?(audit: StepAudit): void;
  onDecodeFailure?(channel: string, reason: string, record: TapeRecord): void;
  onUndecoded?(channel: string, record: TapeRecord): void;
  onDrift?(channel: string, detail: string, record: TapeRecord): void;
}

/** Plays records: decodes each, steps the engine once for each event, and once for a record without events. */
export class TapePlayer implements EventListener {
  readonly #engine: Engine;
  readonly #observer: PlayObserver;
  readonly #venues: ReadonlyMap<string, Venue>;
  readonly #symbols: SymbolTable;
  /** One decoder a tape: what a decoder remembers must come from its own tape. */
  readonly #decoders: Decoder[] = [];
  #record!: TapeRecord;
  #hasStepped = false;
  eventCount = 0;

  constructor(engine: Engine, venues: ReadonlyMap<string, Venue>, symbols: SymbolTable, observer: PlayObserver) {
    this.#engine = engine;
    this.#venues = venues;
    this.#symbols = symbols;
    this.#observer = observer;
  }

  /** The `visit` of `drive`. */
  readonly visit = (record: TapeRecord, tape: number): void => {
    this.#record = record;
    this.#hasStepped = false;
    this.#observer.onRecord?.(record, tape);
    this.#engine.beginRecord(record, tape);
    this.#decoder(tape).decode(record);
    if (!this.#hasStepped) this.#step(undefined);
  };

  /** Ends the play: closes what is still forming. */
  finish(): void {
    this.#tell(this.#engine.finish());
  }

  onEvent(event: MarketEvent): void {
    this.eventCount += 1;
    this.#step(event);
    this.#observer.onEvent?.(event, this.#record);
  }

  onDecodeFailure(channel: string, reason: string): void {
    this.#observer.onDecodeFailure?.(channel, reason, this.#record);
  }

  onUndecoded(channel: string): void {
    this.#observer.onUndecoded?.(channel, this.#record);
  }

  onDrift(channel: string, detail: string): void {
    this.#observer.onDrift?.(channel, detail, this.#record);
  }

  onInstrument(symbol: SymbolId, instrument: Instrument): void {
    this.#engine.define(symbol, instrument);
  }

  #step(event: MarketEvent | undefined): void {
    this.#hasStepped = true;
    this.#tell(this.#engine.step(event));
  }

  #tell(audit: StepAudit | undefined): void {
    if (audit !== undefined) this.#observer.onAudit?.(audit);
  }

  #decoder(tape: number): Decoder {
    let decoder = this.#decoders[tape];
    if (decoder === undefined) {
      decoder = createTapeDecoder(this.#venues, new EventRegister(this), this.#symbols);
      this.#decoders[tape] = decoder;
    }
    return decoder;
  }
}
