import { canonicalJson, type MarketEvent, type StepAudit, SymbolTable, type Tape, type TapeRecord } from '#domain';
import { Engine } from '#engine';
import type { TableValue } from '#storage';
import type { Venue } from '#venues';
import { auditEntryText } from './audit-line.ts';
import { candleValues, eventRows, gapValues, nanoseconds, tableOfEvent } from './derived-rows.ts';
import { DERIVED_SCHEMA_VERSION, DERIVED_TABLES, type DerivedTable } from './derived-tables.ts';
import { drive } from './drive.ts';
import { GapLog } from './gap-log.ts';
import { createEngine, type PlaySettings } from './play.ts';
import { TapePlayer } from './tape-player.ts';
import { instrumentOf, latenessOf } from './venue-lookup.ts';

/** The record that a row was made from. One object for all rows: copy what is kept. */
export interface RowPlace {
  readonly sequence: number;
  readonly receivedAtNs: bigint;
  /** max(`receivedAtNs`, that of the record before + 1 ns): rises with every record, so that sorting by it is tape order. */
  readonly tapeTimeNs: bigint;
}

/** Who takes the rows of derived tables: a file writer, a database. */
export interface DerivedRowSink {
  /** One row, a value for each of `DERIVED_COLUMNS[table]`; the array is the sink's to keep. In tape order within a table. */
  row(table: DerivedTable, values: readonly TableValue[], place: RowPlace): void;
}

export interface DeriveOptions {
  /** All tables unless told. */
  readonly tables?: readonly DerivedTable[];
  readonly venues: ReadonlyMap<string, Venue>;
  /** Intervals of the table `candles`, and those by which the table `audits` counts late trades; `1m` unless told. */
  readonly intervals?: readonly string[];
  /** Lateness of candles for every venue, microseconds; each venue's own unless told. */
  readonly latenessUs?: number;
  /** Plays the tape as this run did: the table `audits` then holds its intents, orders, fills and refusals, `candles` those that it asked for. */
  readonly run?: PlaySettings;
}

const INTERVALS_DEFAULT: readonly string[] = ['1m'];

/**
 * Turns the records of one tape, handed to `visit` in sequence, into rows of tables. It depends on nothing but the records, the options and
 * the decoders: the same tape gives the same rows, however it was read. One pass makes all tables; memory does not grow with the tape.
 */
export class TableDeriver {
  readonly #sink: DerivedRowSink;
  readonly #wanted: ReadonlySet<DerivedTable>;
  readonly #symbols = new SymbolTable();
  readonly #player: TapePlayer;
  readonly #gaps: GapLog;
  readonly #place = { sequence: -1, receivedAtNs: 0n, tapeTimeNs: -(1n << 63n) };
  readonly #rowsOfRecord = new Map<DerivedTable, number>();
  /** Of all tables. */
  rowCount = 0;

  constructor(sink: DerivedRowSink, options: DeriveOptions) {
    const { venues } = options;
    this.#sink = sink;
    this.#wanted = new Set(options.tables ?? DERIVED_TABLES);
    this.#gaps = new GapLog(this.#symbols, (gap) => this.#row('gaps', [...gapValues(gap), ...this.#next('gaps')]));
    const engine = options.run === undefined ? this.#plainEngine(options) : createEngine(options.run, this.#symbols);
    this.#player = new TapePlayer(engine, venues, this.#symbols, {
      onRecord: (record) => this.#onRecord(record),
      onEvent: (event, record) => this.#onEvent(event, record),
      onAudit: (audit) => this.#onAudit(audit),
    });
  }

  #plainEngine({ venues, latenessUs, intervals }: DeriveOptions): Engine {
    return new Engine({
      symbols: this.#symbols,
      instrumentOf: (venue, symbol) => instrumentOf(venues, venue, symbol),
      latenessOf: (venue) => latenessUs ?? latenessOf(venues, venue),
      candles: this.#wanted.has('candles') || this.#wanted.has('audits') ? (intervals ?? INTERVALS_DEFAULT) : [],
    });
  }

  /** The next record of the tape; its rows are with the sink when this returns. */
  readonly visit = (record: TapeRecord): void => this.#player.visit(record, 0);

  /** The tape is over: hands out what was still open, candles that were forming (`incomplete`) and gaps without an end. */
  finish(): void {
    this.#player.finish();
    this.#gaps.finish();
  }

  #onRecord(record: TapeRecord): void {
    const place = this.#place;
    place.sequence = record.sequence;
    place.receivedAtNs = record.receivedAtNs;
    place.tapeTimeNs = place.receivedAtNs > place.tapeTimeNs ? place.receivedAtNs : place.tapeTimeNs + 1n;
    if (this.#rowsOfRecord.size > 0) this.#rowsOfRecord.clear();
    if (this.#wanted.has('gaps')) this.#gaps.onRecord(record);
  }

  #onEvent(event: MarketEvent, record: TapeRecord): void {
    if (event.kind === 'book' && this.#wanted.has('gaps')) this.#gaps.onBookMessage(event.symbol);
    const table = tableOfEvent(event.kind);
    if (table === undefined || !this.#wanted.has(table)) return;
    for (const values of eventRows(event)) this.#row(table, [...this.#head(event, record), ...this.#next(table), ...values]);
  }

  /** Venue, symbol and times: those columns of an event's table that come before its place. */
  #head(event: MarketEvent, record: TapeRecord): TableValue[] {
    // A whole market has no name of its own; its venue is that of the record.
    const { venue, symbol } =
      'symbol' in event && event.symbol >= 0 ? this.#symbols.name(event.symbol) : { venue: record.venue, symbol: '*' };
    const head: TableValue[] = [venue, symbol, this.#place.receivedAtNs];
    if ('venueTimeUs' in event) head.push(nanoseconds(event.venueTimeUs));
    return head;
  }

  #onAudit(audit: StepAudit): void {
    for (const entry of audit.entries) {
      if (entry.kind === 'book' && this.#wanted.has('gaps')) this.#gaps.onBook(entry.symbol, entry.state, entry.reason);
      if (entry.kind === 'candle' && this.#wanted.has('candles')) {
        const name = this.#symbols.name(entry.candle.symbol);
        this.#row('candles', [...candleValues(entry.candle, name), ...this.#next('candles')]);
      }
      if (this.#wanted.has('audits')) {
        const values = [audit.event, nanoseconds(audit.timeUs), entry.kind, auditEntryText(entry, this.#symbols)];
        this.#row('audits', [...this.#next('audits'), ...values]);
      }
    }
  }

  /** The place of the next row of a table: the record, and how many rows of the table it made before. */
  #next(table: DerivedTable): [number, number] {
    const row = this.#rowsOfRecord.get(table) ?? 0;
    this.#rowsOfRecord.set(table, row + 1);
    return [this.#place.sequence, row];
  }

  #row(table: DerivedTable, values: readonly TableValue[]): void {
    this.#sink.row(table, values, this.#place);
    this.rowCount += 1;
  }
}

/** Derives tables of a whole tape and returns the number of rows. The sink's `drain` is awaited between batches of records. */
export async function deriveTables(
  tape: Tape,
  sink: DerivedRowSink & { drain(): Promise<void> },
  options: DeriveOptions & { readonly onProgress?: (records: number) => void },
): Promise<number> {
  const deriver = new TableDeriver(sink, options);
  const { onProgress } = options;
  await drive([tape], deriver.visit, { ...(onProgress === undefined ? {} : { onProgress }), betweenBatches: () => sink.drain() });
  deriver.finish();
  return deriver.rowCount;
}

/**
 * What marks a table as made from one tape by one state of the code: key-value metadata of Parquet and Arrow. A table whose marks are not these
 * any more is stale and is made again.
 */
export async function tableMarks(tape: Tape, table: DerivedTable, options: DeriveOptions): Promise<Readonly<Record<string, string>>> {
  return { 'tapedeck.table': table, ...tapeMarks(tape.session, await tape.digest(), options), ...settingMarks(table, options) };
}

/** Those marks that all tables of a tape have. */
export function tapeMarks(
  session: string,
  tapeDigest: string,
  { venues }: Pick<DeriveOptions, 'venues'>,
): Readonly<Record<string, string>> {
  const decoders = Object.fromEntries([...venues.values()].map((venue) => [venue.id, venue.decoderVersion]));
  return {
    'tapedeck.schema_version': String(DERIVED_SCHEMA_VERSION),
    'tapedeck.session': session,
    'tapedeck.tape_digest': tapeDigest,
    'tapedeck.decoder_versions': canonicalJson(decoders),
  };
}

/** Those that a table has because of the settings it depends on. */
export function settingMarks(table: DerivedTable, options: Omit<DeriveOptions, 'run' | 'tables'>): Readonly<Record<string, string>> {
  const { venues, intervals = INTERVALS_DEFAULT, latenessUs } = options;
  if (!HAS_CANDLES.has(table)) return {};
  return { 'tapedeck.intervals': intervals.join(','), 'tapedeck.lateness_us': latenessText(venues, latenessUs) };
}

const HAS_CANDLES: ReadonlySet<DerivedTable> = new Set<DerivedTable>(['candles', 'audits']);

function latenessText(venues: ReadonlyMap<string, Venue>, latenessUs: number | undefined): string {
  return canonicalJson(Object.fromEntries([...venues.values()].map((venue) => [venue.id, latenessUs ?? venue.latenessUs])));
}
