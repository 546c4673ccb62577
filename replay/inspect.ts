import {
  type DriftRow,
  type FailureRow,
  formatCandleInterval,
  type InspectReport,
  isInbound,
  isOutbound,
  MARKET_EVENT_KINDS,
  type MarketEvent,
  type MarketEventKind,
  parseCandleInterval,
  type StepAudit,
  SymbolTable,
  type Tape,
  TapedeckError,
  type TapeHealth,
  type TapeRecord,
  type VenueHealth,
} from '#domain';
import { Engine } from '#engine';
import type { Venue } from '#venues';
import { AUDIT_INTERVAL, CandleAudit } from './candle-audit.ts';
import { ConnectionLog } from './connection-log.ts';
import { drive } from './drive.ts';
import { GapHistory } from './gap-history.ts';
import { NoteLog } from './note-log.ts';
import { NO_META, parseMeta, type RecordMeta } from './record-meta.ts';
import { SessionLog } from './session-log.ts';
import { TapePlayer } from './tape-player.ts';
import { type VenueCounts, VenueLog } from './venue-log.ts';
import { instrumentOf, latenessOf } from './venue-lookup.ts';
import { venueRow } from './venue-row.ts';
import { VolumeAudit } from './volume-audit.ts';

export interface InspectOptions {
  readonly venues: ReadonlyMap<string, Venue>;
  /** Candle interval by which trades are counted as late; `1m` unless told. */
  readonly interval?: string;
  /** Lateness for every venue, microseconds; each venue's own unless told. */
  readonly latenessUs?: number;
  readonly onProgress?: (records: number) => void;
}

const FAILURES_LISTED_MAX = 100;
/** A frame can make up a new kind each time: beyond this they are only counted. */
const DRIFT_KINDS_MAX = 1_000;

/** Plays a tape without a strategy and counts everything on it. */
export async function inspectTape(tape: Tape, options: InspectOptions): Promise<InspectReport> {
  const inspection = new Inspection(tape.session, options);
  await drive([tape], inspection.visit, options.onProgress === undefined ? {} : { onProgress: options.onProgress });
  inspection.finish();
  return inspection.report(await tape.digest());
}

/**
 * The health of a tape as far as it can be read: damage does not throw, it is told by `damage`, and what was counted before it stands. Everything else that
 * goes wrong rejects.
 */
export async function tapeHealth(tape: Tape, options: InspectOptions): Promise<TapeHealth> {
  const inspection = new Inspection(tape.session, options);
  try {
    await drive([tape], inspection.visit, options.onProgress === undefined ? {} : { onProgress: options.onProgress });
  } catch (error) {
    if (!(error instanceof TapedeckError)) throw error;
    return { ...inspection.health(), damage: error.message };
  }
  inspection.finish();
  return inspection.health();
}

/**
 * Counts what is on a tape, record by record, and can say it at any moment: `inspect` asks at the end of a tape, a running recorder while it grows. There
 * is one counter for both, so that what an alert says and what the morning report says are the same numbers.
 */
export class Inspection {
  readonly #session: string;
  readonly #options: InspectOptions;
  /** By which trades are counted as late. */
  readonly #interval: string;
  readonly #player: TapePlayer;
  readonly #symbols = new SymbolTable();
  readonly #venues = new VenueLog();
  readonly #tape = new SessionLog();
  readonly #gaps = new GapHistory(this.#symbols);
  readonly #connections = new ConnectionLog();
  readonly #notes = new NoteLog();
  readonly #volumes = new VolumeAudit();
  readonly #candles = new CandleAudit(this.#symbols);
  readonly #events = Object.fromEntries(MARKET_EVENT_KINDS.map((kind) => [kind, 0])) as Record<MarketEventKind, number>;
  readonly #undecoded = new Map<string, { venue: string; channel: string; frames: number }>();
  readonly #drift = new Map<string, { -readonly [Key in keyof DriftRow]: DriftRow[Key] }>();
  readonly #failures: FailureRow[] = [];
  readonly #channelOf = (record: TapeRecord): string =>
    this.#options.venues.get(record.venue)?.channelOf(record.bytes, record.start, record.end) ?? '';
  #meta: RecordMeta = NO_META;
  #in = 0;
  #out = 0;
  #driftTotal = 0;
  #decodeFailures = 0;
  #lateTrades = 0;

  constructor(session: string, options: InspectOptions) {
    this.#session = session;
    this.#options = options;
    this.#interval = formatCandleInterval(parseCandleInterval(options.interval ?? AUDIT_INTERVAL));
    const engine = new Engine({
      symbols: this.#symbols,
      instrumentOf: (venue, symbol) => instrumentOf(options.venues, venue, symbol),
      latenessOf: (venue) => options.latenessUs ?? latenessOf(options.venues, venue),
      candles: [this.#interval, AUDIT_INTERVAL],
    });
    this.#player = new TapePlayer(engine, options.venues, this.#symbols, {
      onRecord: (record) => this.#onRecord(record),
      onEvent: (event, record) => this.#onEvent(event, record),
      onAudit: (audit) => this.#onAudit(audit),
      onDecodeFailure: (channel, reason, record) => this.#onDecodeFailure(channel, reason, record),
      onUndecoded: (channel, record) => this.#onUndecoded(channel, record),
      onDrift: (channel, detail, record) => this.#onDrift(channel, detail, record),
    });
  }

  /** Records seen so far. */
  get records(): number {
    return this.#tape.records;
  }

  /** Takes the next record of the tape: in sequence, each once. */
  readonly visit = (record: TapeRecord): void => {
    this.#player.visit(record, 0);
    this.#venues.end(record, this.#meta);
  };

  /** The tape has ended: closes what still forms. */
  finish(): void {
    this.#player.finish();
    this.#candles.finish();
    this.#venues.bookRest();
  }

  report(tapeDigest: string): InspectReport {
    const { records, backwardTimes, backwardMaxUs, restarts, isClosed, firstNs, lastNs } = this.#tape;
    return {
      session: this.#session,
      records,
      tapeDigest,
      frames: { in: this.#in, out: this.#out },
      channels: this.#venues
        .symbols()
        .map(({ symbol, ...row }) => (symbol < 0 ? row : { ...row, symbol: this.#symbols.name(symbol).symbol })),
      events: { ...this.#events },
      decodeFailures: this.#decodeFailures,
      failures: [...this.#failures],
      undecoded: [...this.#undecoded.values()],
      lateTrades: this.#lateTrades,
      notes: this.#notes.count,
      noteKinds: this.#notes.rows(),
      backwardTimes,
      backwardMaxUs,
      connections: this.#connections.rows(),
      gaps: this.#gaps.rows(),
      gapTotal: this.#gaps.total,
      drift: [...this.#drift.values()],
      driftTotal: this.#driftTotal,
      volumeAudit: this.#volumes.rows().map(({ symbol, ...row }) => ({ ...this.#symbols.name(symbol), ...row })),
      candleAudit: this.#candles.report((...place) => this.#gaps.isIn(...place)),
      venues: this.health().venues.map(venueRow),
      restarts,
      isClosed,
      firstReceivedAtNs: firstNs === undefined ? null : String(firstNs),
      lastReceivedAtNs: lastNs === undefined ? null : String(lastNs),
    };
  }

  health(): TapeHealth {
    const { records, lastNs, backwardTimes, restarts, isClosed, isDiskLow } = this.#tape;
    const venues = [...this.#venues.all()].map((venue) => this.#venueHealth(venue));
    return { session: this.#session, records, lastRecordNs: lastNs, backwardTimes, venues, isClosed, restarts, isDiskLow };
  }

  #venueHealth(counts: VenueCounts): VenueHealth {
    const { venue, firstFrameNs, lastFrameNs, rows, frames, bytes, decodeFailures, lateTrades, drift } = counts;
    const volumes = this.#volumes.rows().map(({ symbol, ...row }) => ({ ...this.#symbols.name(symbol), ...row }));
    return {
      venue,
      firstFrameNs,
      lastFrameNs,
      rows,
      frames,
      bytes,
      channels: counts.channelHealth(),
      connections: this.#connections.health(venue),
      ...this.#gaps.health(venue),
      dropped: counts.dropped.entries().map(([reason, dropped]) => ({ reason, frames: dropped })),
      decodeFailures,
      lateTrades,
      drift,
      clock: counts.clock.offset(),
      rest: counts.rest.rows(),
      volumeAudit: volumes.filter((row) => row.venue === venue).map(({ venue: _, ...row }) => row),
    };
  }

  #onRecord(record: TapeRecord): void {
    const { kind, receivedAtNs } = record;
    // Frames over a socket and clock ticks are nearly all records, and have nothing there that is read here.
    const meta = kind === 'frame-in' || kind === 'frame-out' || kind === 'tick' ? NO_META : parseMeta(record.meta);
    this.#meta = meta;
    this.#tape.onRecord(record, receivedAtNs);
    if (record.receivedAtUs >= this.#candles.nextDueUs) this.#candles.advance(record.receivedAtUs);
    this.#gaps.log.onRecord(record, meta);
    this.#connections.onRecord(record, receivedAtNs, meta);
    this.#venues.begin(record, receivedAtNs, meta, this.#channelOf);
    if (isInbound(kind)) this.#in += 1;
    else if (isOutbound(kind)) this.#out += 1;
    else this.#onTold(record, meta);
  }

  /** A record that is no frame and no call. */
  #onTold(record: TapeRecord, meta: RecordMeta): void {
    if (record.kind === 'tick') this.#venues.bookRest();
    if (record.kind === 'note') this.#notes.onNote(record, meta);
    const turn = record.venue === '' ? this.#tape.onSession(record, meta) : undefined;
    if (turn === undefined) return;
    this.#connections.allDown(turn === 'restarted');
    if (turn === 'restarted') this.#venues.restart();
  }

  #onEvent(event: MarketEvent, record: TapeRecord): void {
    this.#events[event.kind] += 1;
    this.#venues.onEvent(event, record);
    if (event.kind === 'book') this.#gaps.log.onBookMessage(event.symbol);
    if (event.kind === 'bar') this.#candles.onBar(event, record.sequence, record.receivedAtUs);
    if (event.kind !== 'trade') return;
    this.#volumes.add(event, record.receivedAtUs, this.#options.venues.get(record.venue)?.dayOffsetUs ?? 0);
    this.#candles.onTrade(event, record.receivedAtUs);
  }

  #onAudit(audit: StepAudit): void {
    for (const entry of audit.entries) {
      if (entry.kind === 'candle' && entry.candle.interval === AUDIT_INTERVAL) this.#candles.onCandle(entry.candle);
      if (entry.kind === 'late-trade') this.#candles.onLateTrade(entry.symbol, entry.venueTimeUs);
      if (entry.kind === 'late-trade' && entry.interval.split(' ').includes(this.#interval)) {
        this.#lateTrades += 1;
        this.#venues.of(this.#symbols.name(entry.symbol).venue).lateTrades += 1;
      }
      if (entry.kind === 'book') this.#gaps.log.onBook(entry.symbol, entry.state, entry.reason);
    }
  }

  #onDecodeFailure(channel: string, reason: string, record: TapeRecord): void {
    this.#decodeFailures += 1;
    this.#venues.onDecodeFailure(record);
    if (this.#failures.length < FAILURES_LISTED_MAX)
      this.#failures.push({ sequence: record.sequence, venue: record.venue, channel, reason });
  }

  #onUndecoded(channel: string, record: TapeRecord): void {
    const key = `${record.venue}\u0000${channel}`;
    const known = this.#undecoded.get(key);
    if (known === undefined) this.#undecoded.set(key, { venue: record.venue, channel, frames: 1 });
    else known.frames += 1;
  }

  #onDrift(channel: string, detail: string, record: TapeRecord): void {
    this.#driftTotal += 1;
    this.#venues.of(record.venue).drift += 1;
    const key = `${record.venue}\u0000${channel}\u0000${detail}`;
    const known = this.#drift.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.#drift.size < DRIFT_KINDS_MAX)
      this.#drift.set(key, { venue: record.venue, channel, detail, count: 1, firstSequence: record.sequence });
  }
}
