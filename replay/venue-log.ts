import { type ChannelHealth, type FeedEvent, isInbound, type MarketEvent, type SymbolId, type TapeRecord } from '#domain';
import { ClockSamples, DelayCounts } from './delay-log.ts';
import { ReasonCounts } from './reason-counts.ts';
import { type RecordMeta, textOr } from './record-meta.ts';
import { RestLog } from './rest-log.ts';

/** Symbol of a frame that names none. */
export const NO_SYMBOL: SymbolId = -1;

/** Frames of one channel that spoke of one symbol first. */
export interface SymbolCounts {
  readonly venue: string;
  readonly channel: string;
  readonly symbol: SymbolId;
  frames: number;
  events: number;
}

export interface ChannelCounts {
  readonly channel: string;
  readonly delay: DelayCounts;
  readonly symbols: Map<SymbolId, SymbolCounts>;
  frames: number;
  bytes: number;
  lastFrameNs: bigint;
  decodeFailures: number;
}

/** Everything that is counted of one venue. */
export class VenueCounts {
  readonly venue: string;
  readonly channels = new Map<string, ChannelCounts>();
  readonly dropped = new ReasonCounts();
  readonly clock = new ClockSamples();
  readonly rest = new RestLog();
  firstFrameNs: bigint | undefined;
  lastFrameNs: bigint | undefined;
  rows = 0;
  frames = 0;
  bytes = 0;
  decodeFailures = 0;
  lateTrades = 0;
  drift = 0;

  constructor(venue: string) {
    this.venue = venue;
  }

  channel(channel: string, receivedAtNs: bigint): ChannelCounts {
    let counts = this.channels.get(channel);
    if (counts === undefined) {
      const none = { frames: 0, bytes: 0, decodeFailures: 0 };
      counts = { channel, delay: new DelayCounts(), symbols: new Map(), lastFrameNs: receivedAtNs, ...none };
      this.channels.set(channel, counts);
    }
    return counts;
  }

  channelHealth(): readonly ChannelHealth[] {
    return [...this.channels.values()].map(({ channel, frames, bytes, lastFrameNs, decodeFailures, delay }) => ({
      channel,
      frames,
      bytes,
      lastFrameNs,
      decodeFailures,
      delay: delay.histogram(),
    }));
  }
}

/** The venues of a tape in order of first appearance, and the frame that is being read. */
export class VenueLog {
  readonly #venues = new Map<string, VenueCounts>();
  readonly #symbols: SymbolCounts[] = [];
  /** That of the last record: the next one is most often of the same. */
  #last: VenueCounts | undefined;
  #channel: ChannelCounts | undefined;
  #frameSymbol = NO_SYMBOL;
  #frameEvents = 0;
  #isFrameReadable = true;

  all(): Iterable<VenueCounts> {
    return this.#venues.values();
  }

  /** Frames by channel and symbol, in order of first appearance. */
  symbols(): readonly SymbolCounts[] {
    return this.#symbols;
  }

  of(venue: string): VenueCounts {
    const last = this.#last;
    if (last !== undefined && last.venue === venue) return last;
    let counts = this.#venues.get(venue);
    if (counts === undefined) {
      counts = new VenueCounts(venue);
      this.#venues.set(venue, counts);
    }
    this.#last = counts;
    return counts;
  }

  /** Before the record is decoded; `channel` is asked for frames only. */
  begin(record: TapeRecord, receivedAtNs: bigint, meta: RecordMeta, channelOf: (record: TapeRecord) => string): void {
    this.#channel = undefined;
    // Records of the session itself are of no venue.
    if (record.venue === '' && !isInbound(record.kind)) return;
    const venue = this.of(record.venue);
    venue.rows += 1;
    if (isInbound(record.kind)) return this.#beginFrame(venue, record, receivedAtNs, channelOf(record));
    if (record.kind === 'http-request') venue.rest.onRequest(record, meta);
    else if (record.kind === 'note') venue.rest.onNote(record, meta);
    else if (record.kind === 'gap' && typeof meta.frames === 'number') venue.dropped.add(textOr(meta.reason, 'gap'), meta.frames);
  }

  onEvent(event: MarketEvent, record: TapeRecord): void {
    const channel = this.#channel;
    if (channel === undefined || isFeed(event)) return;
    this.#frameEvents += 1;
    if (this.#frameSymbol < 0) this.#frameSymbol = event.symbol;
    // What was asked for says nothing of how long a push travels.
    if (event.kind === 'bar' || record.kind !== 'frame-in') return;
    const delayUs = record.receivedAtUs - event.venueTimeUs;
    if (Number.isNaN(delayUs)) return;
    channel.delay.add(delayUs);
    if (event.kind === 'trade' || event.kind === 'quote') this.of(record.venue).clock.add(delayUs);
  }

  onDecodeFailure(record: TapeRecord): void {
    this.of(record.venue).decodeFailures += 1;
    if (this.#channel !== undefined) this.#channel.decodeFailures += 1;
    this.#isFrameReadable = false;
  }

  /** After the record was decoded: books the frame under its channel and the first symbol it spoke of. */
  end(record: TapeRecord, meta: RecordMeta): void {
    const channel = this.#channel;
    if (channel === undefined) return;
    this.#channel = undefined;
    const counts = channel.symbols.get(this.#frameSymbol) ?? this.#addSymbol(record.venue, channel);
    counts.frames += 1;
    counts.events += this.#frameEvents;
    if (record.kind === 'http-response') this.of(record.venue).rest.onResponse(record, meta, channel.channel, this.#isFrameReadable);
  }

  /** Called with each clock tick and at the end. */
  bookRest(): void {
    for (const { rest } of this.#venues.values()) rest.book();
  }

  restart(): void {
    for (const { rest } of this.#venues.values()) rest.restart();
  }

  #beginFrame(venue: VenueCounts, record: TapeRecord, receivedAtNs: bigint, label: string): void {
    const bytes = record.end - record.start;
    venue.firstFrameNs ??= receivedAtNs;
    venue.lastFrameNs = receivedAtNs;
    venue.frames += 1;
    venue.bytes += bytes;
    const channel = venue.channel(label, receivedAtNs);
    channel.frames += 1;
    channel.bytes += bytes;
    channel.lastFrameNs = receivedAtNs;
    this.#channel = channel;
    this.#frameSymbol = NO_SYMBOL;
    this.#frameEvents = 0;
    this.#isFrameReadable = true;
  }

  #addSymbol(venue: string, channel: ChannelCounts): SymbolCounts {
    const counts = { venue, channel: channel.channel, symbol: this.#frameSymbol, frames: 0, events: 0 };
    channel.symbols.set(this.#frameSymbol, counts);
    this.#symbols.push(counts);
    return counts;
  }
}

/** Told by kind, which is a comparison; `'symbol' in event` looks at every shape of event anew. */
function isFeed(event: MarketEvent): event is FeedEvent {
  return event.kind === 'feed-lost' || event.kind === 'feed-back';
}
