import {
  type BookEvent,
  type Candle,
  type MarketEvent,
  type QuoteEvent,
  SymbolTable,
  type Tape,
  type TapeRecord,
  type TradeEvent,
} from '#domain';
import { Engine } from '#engine';
import type { TableColumn, TableValue, TableWriter } from '#storage';
import type { Venue } from '#venues';
import { drive } from './drive.ts';
import { TapePlayer } from './tape-player.ts';
import { instrumentOf, latenessOf } from './venue-lookup.ts';

export const EXPORT_TABLES = ['trades', 'quotes', 'books', 'candles'] as const;
export type ExportTable = (typeof EXPORT_TABLES)[number];

/**
 * The columns of each table. `received_at` is the recorder's clock, `venue_time` the venue's (empty where the frame has none),
 * `sequence` the record a row can be traced back to. A `books` row is one level of one message, as the venue sent it: size 0 removes.
 */
export const EXPORT_COLUMNS: Readonly<Record<ExportTable, readonly TableColumn[]>> = {
  trades: [
    { name: 'venue', type: 'string' },
    { name: 'symbol', type: 'string' },
    { name: 'received_at', type: 'timestamp-ns' },
    { name: 'venue_time', type: 'timestamp-us' },
    { name: 'sequence', type: 'int64' },
    { name: 'price', type: 'float64' },
    { name: 'size', type: 'float64' },
    { name: 'side', type: 'string' },
    { name: 'trade_id', type: 'string' },
  ],
  quotes: [
    { name: 'venue', type: 'string' },
    { name: 'symbol', type: 'string' },
    { name: 'received_at', type: 'timestamp-ns' },
    { name: 'venue_time', type: 'timestamp-us' },
    { name: 'sequence', type: 'int64' },
    { name: 'bid_price', type: 'float64' },
    { name: 'bid_size', type: 'float64' },
    { name: 'ask_price', type: 'float64' },
    { name: 'ask_size', type: 'float64' },
    { name: 'update_id', type: 'float64' },
  ],
  books: [
    { name: 'venue', type: 'string' },
    { name: 'symbol', type: 'string' },
    { name: 'received_at', type: 'timestamp-ns' },
    { name: 'venue_time', type: 'timestamp-us' },
    { name: 'sequence', type: 'int64' },
    { name: 'kind', type: 'string' },
    { name: 'first_update_id', type: 'float64' },
    { name: 'last_update_id', type: 'float64' },
    { name: 'side', type: 'string' },
    { name: 'price', type: 'float64' },
    { name: 'size', type: 'float64' },
    { name: 'orders', type: 'float64' },
  ],
  candles: [
    { name: 'venue', type: 'string' },
    { name: 'symbol', type: 'string' },
    { name: 'interval', type: 'string' },
    { name: 'open_time', type: 'timestamp-ms' },
    { name: 'open', type: 'float64' },
    { name: 'high', type: 'float64' },
    { name: 'low', type: 'float64' },
    { name: 'close', type: 'float64' },
    { name: 'volume', type: 'decimal-text' },
    { name: 'value', type: 'decimal-text' },
    { name: 'trades', type: 'float64' },
    { name: 'buy_volume', type: 'decimal-text' },
    { name: 'flags', type: 'string' },
  ],
};

export interface ExportOptions {
  readonly table: ExportTable;
  readonly venues: ReadonlyMap<string, Venue>;
  /** For candles. */
  readonly interval: string;
  readonly latenessUs?: number;
  readonly onProgress?: (records: number) => void;
}

/** Writes one table of a tape, row by row in tape order, and returns the rows. Memory does not grow with the tape. */
export async function exportTape(tape: Tape, writer: TableWriter, options: ExportOptions): Promise<number> {
  const exporter = new Exporter(writer, options);
  const { onProgress } = options;
  await drive([tape], exporter.player.visit, {
    ...(onProgress === undefined ? {} : { onProgress }),
    // The writer's target may be slower than the tape: wait for it between batches.
    betweenBatches: () => writer.drain(),
  });
  exporter.player.finish();
  await writer.close();
  return exporter.rows;
}

class Exporter {
  readonly player: TapePlayer;
  readonly #writer: TableWriter;
  readonly #symbols = new SymbolTable();
  rows = 0;

  constructor(writer: TableWriter, options: ExportOptions) {
    this.#writer = writer;
    const { venues, table, interval, latenessUs } = options;
    const engine = new Engine({
      symbols: this.#symbols,
      instrumentOf: (venue, symbol) => instrumentOf(venues, venue, symbol),
      latenessOf: (venue) => latenessUs ?? latenessOf(venues, venue),
      candles: table === 'candles' ? [interval] : [],
    });
    this.player = new TapePlayer(engine, venues, this.#symbols, {
      onEvent: (event, record) => this.#onEvent(table, event, record),
      onAudit: (audit) => {
        for (const entry of audit.entries) if (entry.kind === 'candle') this.#candle(entry.candle);
      },
    });
  }

  #onEvent(table: ExportTable, event: MarketEvent, record: TapeRecord): void {
    if (event.kind === 'trade' && table === 'trades') this.#trade(event, record);
    else if (event.kind === 'quote' && table === 'quotes') this.#quote(event, record);
    else if (event.kind === 'book' && table === 'books') this.#book(event, record);
  }

  #trade(event: TradeEvent, record: TapeRecord): void {
    const side = event.side === 1 ? 'buy' : event.side === -1 ? 'sell' : '';
    this.#row([...this.#head(event, record), event.price, event.size, side, String(event.tradeId)]);
  }

  #quote(event: QuoteEvent, record: TapeRecord): void {
    const { bidPrice, bidSize, askPrice, askSize, updateId } = event;
    this.#row([...this.#head(event, record), bidPrice, bidSize, askPrice, askSize, updateId]);
  }

  #book(event: BookEvent, record: TapeRecord): void {
    const head = this.#head(event, record);
    const kind = event.isSnapshot ? 'snapshot' : 'delta';
    const { count, side, price, size, orders } = event.levels;
    for (let i = 0; i < count; i++) {
      const sideName = side[i] === 1 ? 'bid' : 'ask';
      this.#row([...head, kind, event.firstUpdateId, event.lastUpdateId, sideName, price[i]!, size[i]!, orders[i]!]);
    }
  }

  #candle(candle: Candle): void {
    const { venue, symbol } = this.#symbols.name(candle.symbol);
    const { open, high, low, close, exact, trades } = candle;
    const openTimeNs = BigInt(candle.openTimeUs) * 1000n;
    const prices = [open, high, low, close];
    const flags = candle.flags.join('|');
    this.#row([venue, symbol, candle.interval, openTimeNs, ...prices, exact.volume, exact.value, trades, exact.buyVolume, flags]);
  }

  #head(event: TradeEvent | QuoteEvent | BookEvent, record: TapeRecord): TableValue[] {
    const { venue, symbol } = this.#symbols.name(event.symbol);
    const venueTimeNs = Number.isNaN(event.venueTimeUs) ? null : BigInt(event.venueTimeUs) * 1000n;
    return [venue, symbol, record.receivedAtNs, venueTimeNs, record.sequence];
  }

  #row(values: readonly TableValue[]): void {
    this.#writer.writeRow(values);
    this.rows += 1;
  }
}
