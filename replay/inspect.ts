import {
  isInbound,
  isOutbound,
  MARKET_EVENT_KINDS,
  type MarketEventKind,
  type StepAudit,
  SymbolTable,
  type Tape,
  type TapeRecord,
} from '#domain';
import { Engine } from '#engine';
import type { Venue } from '#venues';
import { ConnectionLog, type ConnectionRow } from './connection-log.ts';
import { drive } from './drive.ts';
import { GapLog, type GapRow } from './gap-log.ts';
import { NoteLog, type NoteRow } from './note-log.ts';
import { TapePlayer } from './tape-player.ts';
import { instrumentOf, latenessOf } from './venue-lookup.ts';
import { VolumeAudit } from './volume-audit.ts';

export interface ChannelRow {
  readonly venue: string;
  readonly channel: string;
  readonly symbol?: string;
  readonly frames: number;
  readonly events: number;
}

export interface DriftRow {
  readonly venue: string;
  readonly channel: string;
  readonly detail: string;
  readonly count: number;
  readonly firstSequence: number;
}

export interface FailureRow {
  readonly sequence: number;
  readonly venue: string;
  readonly channel: string;
  readonly reason: string;
}

export interface InspectReport {
  readonly session: string;
  readonly records: number;
  readonly tapeDigest: string;
  /** `in` counts frames and REST replies, `out` frames and REST requests. */
  readonly frames: { readonly in: number; readonly out: number };
  readonly channels: readonly ChannelRow[];
  /** What the decoders said, before lateness and joining. */
  readonly events: Readonly<Record<MarketEventKind, number>>;
  readonly decodeFailures: number;
  /** The first of them, at most `FAILURES_LISTED_MAX`. */
  readonly failures: readonly FailureRow[];
  /** Frames of channels without a decoder, by channel. */
  readonly undecoded: readonly { readonly venue: string; readonly channel: string; readonly frames: number }[];
  /** Trades that came after their candle of `interval` closed. */
  readonly lateTrades: number;
  readonly notes: number;
  /** The notes by kind, at most `NOTE_KINDS_MAX`. */
  readonly noteKinds: readonly NoteRow[];
  readonly backwardTimes: number;
  readonly connections: readonly ConnectionRow[];
  readonly gaps: readonly GapRow[];
  /** What the decoders' tables do not know, by kind, at most `DRIFT_KINDS_MAX`; `driftTotal` counts all. */
  readonly drift: readonly DriftRow[];
  readonly driftTotal: number;
  readonly volumeAudit: readonly {
    readonly venue: string;
    readonly symbol: string;
    readonly day: number;
    readonly venueTotal: number;
    readonly seen: number;
    readonly missing: number;
  }[];
  readonly firstReceivedAtNs: string | null;
  readonly lastReceivedAtNs: string | null;
}

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

interface ChannelCount {
  readonly venue: string;
  readonly channel: string;
  readonly symbol: string | undefined;
  frames: number;
  events: number;
}

/** Plays a tape without a strategy and counts everything on it. */
export async function inspectTape(tape: Tape, options: InspectOptions): Promise<InspectReport> {
  const inspection = new Inspection(options);
  const records = await drive([tape], inspection.player.visit, options.onProgress === undefined ? {} : { onProgress: options.onProgress });
  inspection.player.finish();
  return inspection.report(tape.session, records, await tape.digest());
}

class Inspection {
  readonly player: TapePlayer;
  readonly #venues: ReadonlyMap<string, Venue>;
  readonly #symbols = new SymbolTable();
  readonly #channels = new Map<string, ChannelCount>();
  readonly #events = Object.fromEntries(MARKET_EVENT_KINDS.map((kind) => [kind, 0])) as Record<MarketEventKind, number>;
  readonly #undecoded = new Map<string, { venue: string; channel: string; frames: number }>();
  readonly #drift = new Map<string, { venue: string; channel: string; detail: string; count: number; firstSequence: number }>();
  readonly #failures: FailureRow[] = [];
  readonly #gaps: GapLog;
  readonly #gapRows: GapRow[] = [];
  readonly #connections = new ConnectionLog();
  readonly #notes = new NoteLog();
  readonly #volumes = new VolumeAudit();
  #in = 0;
  #out = 0;
  #driftTotal = 0;
  #decodeFailures = 0;
  #lateTrades = 0;
  #backwardTimes = 0;
  #firstNs: bigint | undefined;
  #lastNs: bigint | undefined;
  #previousUs = Number.NEGATIVE_INFINITY;
  #frame: { readonly venue: string; readonly channel: string; symbol: string | undefined; events: number } | undefined;

  constructor(options: InspectOptions) {
    this.#venues = options.venues;
    this.#gaps = new GapLog(this.#symbols, (gap) => this.#gapRows.push(gap));
    const engine = new Engine({
      symbols: this.#symbols,
      instrumentOf: (venue, symbol) => instrumentOf(options.venues, venue, symbol),
      latenessOf: (venue) => options.latenessUs ?? latenessOf(options.venues, venue),
      candles: [options.interval ?? '1m'],
    });
    this.player = new TapePlayer(engine, options.venues, this.#symbols, {
      onRecord: (record) => this.#onRecord(record),
      onEvent: (event, record) => {
        this.#events[event.kind] += 1;
        if (event.kind === 'trade') this.#volumes.add(event, record.receivedAtUs, this.#venues.get(record.venue)?.dayOffsetUs ?? 0);
        if (this.#frame === undefined) return;
        this.#frame.events += 1;
        if ('symbol' in event && event.symbol >= 0) this.#frame.symbol ??= this.#symbols.name(event.symbol).symbol;
      },
      onAudit: (audit) => this.#onAudit(audit),
      onDecodeFailure: (channel, reason, record) => {
        this.#decodeFailures += 1;
        if (this.#failures.length < FAILURES_LISTED_MAX)
          this.#failures.push({ sequence: record.sequence, venue: record.venue, channel, reason });
      },
      onUndecoded: (channel, record) => {
        const known = this.#undecoded.get(`${record.venue}\u0000${channel}`);
        if (known === undefined) this.#undecoded.set(`${record.venue}\u0000${channel}`, { venue: record.venue, channel, frames: 1 });
        else known.frames += 1;
      },
      onDrift: (channel, detail, record) => this.#onDrift(channel, detail, record),
    });
  }

  report(session: string, records: number, tapeDigest: string): InspectReport {
    this.#closeFrame();
    this.#gaps.finish();
    return {
      session,
      records,
      tapeDigest,
      frames: { in: this.#in, out: this.#out },
      channels: [...this.#channels.values()].map(({ symbol, ...row }) => (symbol === undefined ? row : { ...row, symbol })),
      events: this.#events,
      decodeFailures: this.#decodeFailures,
      failures: this.#failures,
      undecoded: [...this.#undecoded.values()],
      lateTrades: this.#lateTrades,
      notes: this.#notes.count,
      noteKinds: this.#notes.rows(),
      backwardTimes: this.#backwardTimes,
      connections: this.#connections.rows(),
      gaps: this.#gapRows,
      drift: [...this.#drift.values()],
      driftTotal: this.#driftTotal,
      volumeAudit: this.#volumes.rows().map(({ symbol, ...row }) => ({ ...this.#symbols.name(symbol), ...row })),
      firstReceivedAtNs: this.#firstNs === undefined ? null : String(this.#firstNs),
      lastReceivedAtNs: this.#lastNs === undefined ? null : String(this.#lastNs),
    };
  }

  #onRecord(record: TapeRecord): void {
    this.#closeFrame();
    const { receivedAtNs } = record;
    this.#gaps.onRecord(record);
    this.#connections.onRecord(record, receivedAtNs);
    this.#notes.onRecord(record);
    if (this.#firstNs === undefined) this.#firstNs = receivedAtNs;
    this.#lastNs = receivedAtNs;
    if (record.receivedAtUs < this.#previousUs) this.#backwardTimes += 1;
    this.#previousUs = record.receivedAtUs;
    if (isOutbound(record.kind)) this.#out += 1;
    if (!isInbound(record.kind)) return;
    this.#in += 1;
    const channel = this.#venues.get(record.venue)?.channelOf(record.bytes, record.start, record.end) ?? '';
    this.#frame = { venue: record.venue, channel, symbol: undefined, events: 0 };
  }

  /** Books the frame that is done under its channel and the first symbol it spoke of. */
  #closeFrame(): void {
    const frame = this.#frame;
    if (frame === undefined) return;
    this.#frame = undefined;
    const key = `${frame.venue}\u0000${frame.channel}\u0000${frame.symbol ?? ''}`;
    let count = this.#channels.get(key);
    if (count === undefined) {
      count = { venue: frame.venue, channel: frame.channel, symbol: frame.symbol, frames: 0, events: 0 };
      this.#channels.set(key, count);
    }
    count.frames += 1;
    count.events += frame.events;
  }

  #onAudit(audit: StepAudit): void {
    for (const entry of audit.entries) {
      if (entry.kind === 'late-trade') this.#lateTrades += 1;
      if (entry.kind === 'book') this.#gaps.onBook(entry.symbol, entry.state, entry.reason);
    }
  }

  #onDrift(channel: string, detail: string, record: TapeRecord): void {
    this.#driftTotal += 1;
    const key = `${record.venue}\u0000${channel}\u0000${detail}`;
    const known = this.#drift.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.#drift.size < DRIFT_KINDS_MAX)
      this.#drift.set(key, { venue: record.venue, channel, detail, count: 1, firstSequence: record.sequence });
  }
}
