import type { EventSink, Instrument, RecordKind, SymbolTable, TapeRecord } from '#domain';

/** Bytes `[start, end)` of a payload that held a secret; the record's `meta.redacted` lists them as `[[start, end], …]`. */
export interface SecretRange {
  readonly start: number;
  readonly end: number;
}

/** Reads the frames of one venue. It may keep state that depends only on earlier records of the same tape. */
export interface Decoder {
  /** Says what the record means to the sink it was made with. Total: any bytes give events, a failure or nothing; never a throw. */
  decode(record: TapeRecord): void;
}

/** One venue, as a self-contained folder fills it: pure, no sockets, clocks or files. */
export interface Venue {
  /** `binance-spot`, `kiwoom`, …: what records carry. */
  readonly id: string;
  /** The label of the frame `bytes[start, end)` for columns and counts; empty when it cannot be told. */
  channelOf(bytes: Uint8Array, start: number, end: number): string;
  createDecoder(sink: EventSink, symbols: SymbolTable): Decoder;
  /**
   * Raised by one whenever the decoder says something else about the same bytes than before: tables that were derived by an earlier one are
   * told by it. `test/venues/decoder-versions.test.ts` fails when the events changed and this did not.
   */
  readonly decoderVersion: number;
  /** What trading a symbol means where the tape holds no masters: kind, currency, multiplier. */
  instrument(symbol: string): Instrument;
  /**
   * Overwrites the secrets of one frame or body at equal length, in place, and returns their ranges in rising order (empty when it
   * holds none). It runs before every append of this venue, so it must tell a frame of market data by its first bytes.
   * Absent for a venue whose frames cannot hold a secret.
   */
  redact?(bytes: Uint8Array, kind: RecordKind): readonly SecretRange[];
  /** How long candles wait for late trades of this venue when nobody says otherwise, microseconds. */
  readonly latenessUs: number;
  /** What to add to UTC so that midnight parts the venue's trading days, microseconds; 0 (UTC days) when absent. */
  readonly dayOffsetUs?: number;
}
