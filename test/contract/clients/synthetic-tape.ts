import { EventRegister, type MarketEvent, parseIsoNanoseconds, type RecordBody, SECOND_US, SymbolTable } from '#domain';
import { createSyntheticMarket, type SyntheticSymbol } from '#venues';
import { aRecord, MemoryTape } from '../../fixtures/memory-tape.ts';

export interface MadeTrade {
  readonly symbol: string;
  readonly venueTimeUs: number;
  readonly price: number;
  readonly size: number;
  readonly side: 1 | -1;
  readonly cumulativeVolume: number;
}

interface MadeLevel {
  readonly price: number;
  readonly size: number;
}

export interface MadeBook {
  readonly symbol: string;
  readonly venueTimeUs: number;
  readonly bids: readonly MadeLevel[];
  readonly asks: readonly MadeLevel[];
  readonly totalBidSize: number;
  readonly totalAskSize: number;
}

/** What a venue trades, and what its encoder makes of it: the bytes of one frame. */
export interface TapeEncoder {
  readonly venue: string;
  /** Their books must come whole. */
  readonly symbols: readonly SyntheticSymbol[];
  /** The venue prints no finer times. */
  readonly timeGrainUs: number;
  /** All trades of one symbol at one moment: several records in one frame. */
  trades(trades: readonly MadeTrade[]): Uint8Array | string;
  book(book: MadeBook): Uint8Array | string;
}

/** In the middle of a trading day in Korea. */
export const START_US = Number(parseIsoNanoseconds('2026-09-22T10:00:00+09:00')! / 1000n);
const DURATION_US = 120 * SECOND_US;
const SEED = 20_260_922;

/** Two minutes of a seeded market in the frames of one venue: trades and whole books; `last` is put behind them. */
export function syntheticTape(encoder: TapeEncoder, last: readonly (Uint8Array | string)[] = []): MemoryTape {
  const { venue, symbols } = encoder;
  const table = new SymbolTable();
  const market = createSyntheticMarket({ seed: SEED, symbols, table, startUs: START_US, durationUs: DURATION_US });
  const records: RecordBody[] = [aRecord({ venue, kind: 'connected', atUs: START_US })];
  const frame = (payload: Uint8Array | string, atUs: number) => records.push(aRecord({ venue, atUs, payload }));
  for (const step of market.steps()) {
    const [trades, books]: [MadeTrade[], MadeBook[]] = [[], []];
    step.say(listening(table, encoder.timeGrainUs, trades, books));
    if (trades.length > 0) frame(encoder.trades(trades), step.timeUs);
    for (const book of books) frame(encoder.book(book), step.timeUs);
  }
  for (const payload of last) frame(payload, START_US + DURATION_US);
  return new MemoryTape(records, { batchSize: 64 });
}

function listening(table: SymbolTable, timeGrainUs: number, trades: MadeTrade[], books: MadeBook[]): EventRegister {
  const printed = (timeUs: number) => timeUs - (timeUs % timeGrainUs);
  const onEvent = (event: MarketEvent): void => {
    if (event.kind === 'trade') {
      const { price, size, side, cumulativeVolume } = event;
      const symbol = table.name(event.symbol).symbol;
      trades.push({ symbol, venueTimeUs: printed(event.venueTimeUs), price, size, side: side === 1 ? 1 : -1, cumulativeVolume });
    } else if (event.kind === 'book') {
      const { count, side, price, size } = event.levels;
      const [bids, asks]: [MadeLevel[], MadeLevel[]] = [[], []];
      for (let i = 0; i < count; i++) (side[i] === 1 ? bids : asks).push({ price: price[i]!, size: size[i]! });
      const symbol = table.name(event.symbol).symbol;
      books.push({ symbol, venueTimeUs: printed(event.venueTimeUs), bids, asks, totalBidSize: total(bids), totalAskSize: total(asks) });
    }
  };
  return new EventRegister({ onEvent, onDecodeFailure: () => undefined, onUndecoded: () => undefined, onDrift: () => undefined });
}

function total(levels: readonly MadeLevel[]): number {
  return levels.reduce((sum, { size }) => sum + size, 0);
}
