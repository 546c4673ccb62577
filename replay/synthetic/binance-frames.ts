import { canonicalJson, EventRegister, type MarketEvent, SymbolTable } from '#domain';
import { createBinanceEncoder, createSyntheticMarket, cryptoPair, type SyntheticStep } from '#venues';
import type { SessionRecords } from './session-records.ts';

export interface BinanceFramesOptions {
  readonly seed: number;
  readonly pairs: readonly { readonly symbol: string; readonly startPrice: number }[];
  readonly startUs: number;
  readonly durationUs: number;
}

export const BINANCE_VENUE = 'binance-spot';
export const BINANCE_CONNECTION = '1';

/** Pairs of Binance spot as streams and depth snapshots. */
export class BinanceFrames {
  readonly #options: BinanceFramesOptions;
  readonly #records: SessionRecords;
  readonly #symbols = new SymbolTable();
  readonly #text = new TextEncoder();
  readonly #sink: EventRegister;

  constructor(options: BinanceFramesOptions, records: SessionRecords) {
    this.#options = options;
    this.#records = records;
    this.#sink = this.#encodingSink();
  }

  steps(): Generator<SyntheticStep, void, undefined> {
    const { seed, pairs, startUs, durationUs } = this.#options;
    const symbols = pairs.map(({ symbol, startPrice }) => cryptoPair(symbol, startPrice, BINANCE_VENUE));
    return createSyntheticMarket({ seed, symbols, table: this.#symbols, startUs, durationUs }).steps();
  }

  write(step: SyntheticStep): void {
    step.say(this.#sink);
  }

  #encodingSink(): EventRegister {
    const encoder = createBinanceEncoder(BINANCE_VENUE, (_channel, text) => this.#frame(text));
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

  #request(symbol: string): void {
    const meta = canonicalJson({ method: 'GET', url: `/api/v3/depth?limit=1000&symbol=${symbol}` });
    this.#records.event('http-request', BINANCE_VENUE, BINANCE_CONNECTION, meta);
  }

  #frame(text: string): void {
    const bytes = this.#text.encode(text);
    if (text.startsWith('{"lastUpdateId"')) {
      this.#records.frame(BINANCE_VENUE, BINANCE_CONNECTION, bytes, 'http-response', canonicalJson({ status: 200 }));
    } else {
      this.#records.frame(BINANCE_VENUE, BINANCE_CONNECTION, bytes);
    }
  }
}
