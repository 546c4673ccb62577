import { canonicalJson, EventRegister, type MarketEvent, type RecordAppender, type RecordKind, SymbolTable } from '#domain';
import { createBinanceEncoder, createSyntheticMarket, cryptoPair } from '#venues';

export interface SyntheticSessionOptions {
  readonly seed: number;
  /** Pairs of `binance-spot` with the price they start at. */
  readonly pairs: readonly { readonly symbol: string; readonly startPrice: number }[];
  /** Microseconds since the epoch, a whole millisecond. */
  readonly startUs: number;
  readonly durationUs: number;
  readonly onProgress?: (frames: number) => void;
}

const VENUE = 'binance-spot';
const CONNECTION = '1';
/** How long a frame of the synthetic venue travels. */
const TRAVEL_US = 3_000;
const TICK_US = 1_000_000;
/** Frames between two waits for the journal. */
const FRAMES_PER_DRAIN = 4_096;
const NOTHING = new Uint8Array(0);

/**
 * Records a seeded synthetic market as if it came over a socket: connection life, a clock tick a second, and the venue's own wire frames,
 * so that everything after the journal is the real thing. The same options give the same tape digest everywhere. Returns the frames.
 */
export async function recordSyntheticSession(options: SyntheticSessionOptions, appender: RecordAppender): Promise<number> {
  const recording = new SyntheticRecording(options, appender);
  return recording.run();
}

class SyntheticRecording {
  readonly #options: SyntheticSessionOptions;
  readonly #appender: RecordAppender;
  readonly #symbols = new SymbolTable();
  readonly #text = new TextEncoder();
  #nowUs: number;
  #nextTickUs: number;
  #frames = 0;

  constructor(options: SyntheticSessionOptions, appender: RecordAppender) {
    this.#options = options;
    this.#appender = appender;
    this.#nowUs = options.startUs;
    this.#nextTickUs = options.startUs + TICK_US;
  }

  async run(): Promise<number> {
    const { seed, pairs, startUs, durationUs } = this.#options;
    const symbols = pairs.map(({ symbol, startPrice }) => cryptoPair(symbol, startPrice, VENUE));
    const market = createSyntheticMarket({ seed, symbols, table: this.#symbols, startUs, durationUs });
    this.#control('session-open', '', '', canonicalJson({ format: 'synthetic', seed, venue: VENUE }));
    this.#control('connected', VENUE, CONNECTION, '');
    const sink = this.#encodingSink();
    for (const step of market.steps()) {
      this.#moveTo(step.timeUs + TRAVEL_US);
      step.say(sink);
      if (this.#frames % FRAMES_PER_DRAIN === 0) {
        await this.#appender.drain();
        this.#options.onProgress?.(this.#frames);
      }
    }
    this.#moveTo(startUs + durationUs);
    this.#control('disconnected', VENUE, CONNECTION, canonicalJson({ reason: 'the synthetic market ended' }));
    this.#control('session-close', '', '', '');
    await this.#appender.drain();
    return this.#frames;
  }

  #encodingSink(): EventRegister {
    const encoder = createBinanceEncoder(VENUE, (_channel, text) => this.#frame(text));
    return new EventRegister({
      onEvent: (event) => this.#encode(event, encoder),
      onDecodeFailure: () => undefined,
      onUndecoded: () => undefined,
      onDrift: () => undefined,
    });
  }

  #encode(event: MarketEvent, encoder: ReturnType<typeof createBinanceEncoder>): void {
    if (event.kind === 'trade') {
      const { venueTimeUs, price, size, side, tradeId, condition } = event;
      encoder.trade(this.#name(event.symbol), venueTimeUs, price, size, side, tradeId, condition);
    } else if (event.kind === 'quote') {
      const { venueTimeUs, bidPrice, bidSize, askPrice, askSize, updateId } = event;
      encoder.quote(this.#name(event.symbol), venueTimeUs, bidPrice, bidSize, askPrice, askSize, updateId);
    } else if (event.kind === 'book') {
      const { isSnapshot, venueTimeUs, firstUpdateId, lastUpdateId, previousUpdateId, levels } = event;
      const symbol = this.#name(event.symbol);
      // A snapshot names no symbol on the wire; the request before it does, as it would on a real recording.
      if (isSnapshot) this.#request(symbol);
      encoder.bookBegin(symbol, venueTimeUs, isSnapshot, firstUpdateId, lastUpdateId, previousUpdateId);
      for (let i = 0; i < levels.count; i++) encoder.bookLevel(levels.side[i] === 1 ? 1 : -1, levels.price[i]!, levels.size[i]!);
      encoder.bookEnd();
    }
  }

  #name(symbol: number): string {
    return this.#symbols.name(symbol).symbol;
  }

  #moveTo(timeUs: number): void {
    while (this.#nextTickUs <= timeUs) {
      this.#nowUs = this.#nextTickUs;
      this.#control('tick', '', '', '');
      this.#nextTickUs += TICK_US;
    }
    this.#nowUs = Math.max(this.#nowUs, timeUs);
  }

  #request(symbol: string): void {
    this.#control('http-request', VENUE, CONNECTION, canonicalJson({ method: 'GET', url: `/api/v3/depth?limit=1000&symbol=${symbol}` }));
  }

  #frame(text: string): void {
    const bytes = this.#text.encode(text);
    const kind = text.startsWith('{"lastUpdateId"') ? 'http-response' : 'frame-in';
    this.#append(kind, VENUE, CONNECTION, kind === 'http-response' ? canonicalJson({ status: 200 }) : '', bytes);
    this.#frames += 1;
  }

  #control(kind: RecordKind, venue: string, connection: string, meta: string): void {
    this.#append(kind, venue, connection, meta, NOTHING);
  }

  #append(kind: RecordKind, venue: string, connection: string, meta: string, bytes: Uint8Array): void {
    const receivedAtNs = BigInt(this.#nowUs) * 1000n;
    const monotonicNs = BigInt(this.#nowUs - this.#options.startUs) * 1000n;
    this.#appender.append(receivedAtNs, monotonicNs, venue, connection, kind, meta, bytes, 0, bytes.length);
  }
}
