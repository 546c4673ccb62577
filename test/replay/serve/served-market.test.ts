import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type BookEvent, EventRegister, type RecordBody, SymbolTable, TapeRecord } from '#domain';
import { createTapeDecoder, VENUES } from '#venues';
import { OrderBook } from '../../../engine/order-book.ts';
import { findFirstBooks } from '../../../replay/serve/first-books.ts';
import { MarketOfTape } from '../../../replay/serve/served-market.ts';
import { createBinanceServer } from '../../../venues/binance/server.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import { aRecord, MemoryTape } from '../../fixtures/memory-tape.ts';
import { getJson, START_US, serve, tradeFrame, withServer } from './serve-desk.ts';

const FOLDER = new URL('../../../../shared/data/binance/', import.meta.url);
const FRAMES = 4_000;

/** The first frames of a recording, as the import makes them: every line a frame, the REST snapshot among them. */
function recordedFrames(venue: string, file: string): RecordBody[] {
  const lines = gunzipSync(readFileSync(new URL(file, FOLDER)))
    .toString('latin1')
    .split('\n')
    .slice(0, FRAMES);
  return lines.map((line) => {
    const space = line.indexOf(' ');
    const receivedAtNs = BigInt(line.slice(0, space));
    return { ...aRecord({ venue, payload: Buffer.from(line.slice(space + 1), 'latin1') }), receivedAtNs };
  });
}

/** The same book by a straight reading of the tape: every event up to and with the record `last`. */
function bookUpTo(records: readonly RecordBody[], last: number): OrderBook {
  const book = new OrderBook();
  const symbols = new SymbolTable();
  const register = new EventRegister({
    onEvent: (event) => {
      if (event.kind === 'book') book.apply(event as BookEvent);
    },
    onDecodeFailure: (channel, reason) => {
      throw new Error(`${channel}: ${reason}`);
    },
    onUndecoded: () => undefined,
    onDrift: () => undefined,
  });
  const decoder = createTapeDecoder(VENUES, register, symbols);
  const record = new TapeRecord();
  records.slice(0, last + 1).forEach((body, sequence) => {
    Object.assign(record, { sequence, kind: body.kind, venue: body.venue, connection: body.connection, meta: body.meta });
    Object.assign(record, { bytes: body.payload, start: 0, end: body.payload.length });
    record.setTimesNs(body.receivedAtNs, body.monotonicNs);
    decoder.decode(record);
  });
  return book;
}

interface Depth {
  readonly lastUpdateId: number;
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}

function numbersOf(side: Depth['bids']): number[][] {
  return side.map(([price, size]) => [Number(price), Number(size)]);
}

function levelsOf(book: OrderBook, side: 1 | -1, limit: number): number[][] {
  const levels: number[][] = [];
  book.walk(side, (price, size) => {
    if (levels.length < limit) levels.push([price, size]);
    return levels.length < limit;
  });
  return levels;
}

const CAPTURES = [
  ['binance-spot', 'spot_btcusdt_20240808.txt.gz', '/api/v3'],
  ['binance-usdm', 'usdm_btcusdt_20240808.txt.gz', '/fapi/v1'],
] as const;

describe.skipIf(!existsSync(FOLDER))('REST depth of a recorded Binance tape (skipped where ../shared/data/binance is not here)', () => {
  test.each(CAPTURES)('of %s is the book at that moment of the tape', async (venue, file, root) => {
    const records = recordedFrames(venue, file);
    const server = await serve(new MemoryTape(records), new ManualClock(), { servers: [{ protocol: createBinanceServer(venue) }] });
    await withServer(server, async ({ rest }) => {
      for (const sequence of [200, 777, 1_500, 3_999, 400]) {
        await server.seek({ kind: 'sequence', sequence });
        const { status, body } = await getJson(`${rest}${root}/depth?symbol=BTCUSDT&limit=100`);
        const depth = body as Depth;
        const book = bookUpTo(records, server.position.sequence);
        expect(server.position.sequence).toBe(sequence - 1);
        expect([status, depth.lastUpdateId]).toEqual([200, book.updateId]);
        expect(numbersOf(depth.bids)).toEqual(levelsOf(book, 1, 100));
        expect(numbersOf(depth.asks)).toEqual(levelsOf(book, -1, 100));
        expect(depth.bids.length).toBe(100);
      }
    });
  });

  test.each(CAPTURES)('of %s is the first snapshot to come while there is no book yet', async (venue, file, root) => {
    const records = recordedFrames(venue, file);
    const snapshot = records.map(({ payload }) => Buffer.from(payload).toString()).find((text) => text.startsWith('{"lastUpdateId"'))!;
    const server = await serve(new MemoryTape(records), new ManualClock(), { servers: [{ protocol: createBinanceServer(venue) }] });
    await withServer(server, async ({ rest }) => {
      expect(server.position.sequence).toBe(-1);
      const { body } = await getJson(`${rest}${root}/depth?symbol=BTCUSDT&limit=1000`);
      const wanted = JSON.parse(snapshot) as Depth;
      expect((body as Depth).lastUpdateId).toBe(wanted.lastUpdateId);
      expect(numbersOf((body as Depth).bids)).toEqual(numbersOf(wanted.bids).slice(0, 1_000));
      expect(await getJson(`${rest}${root}/exchangeInfo?symbol=BTCUSDT`)).toMatchObject({
        body: {
          symbols: [{ symbol: 'BTCUSDT', baseAsset: 'BTC', quoteAsset: 'USDT', filters: [{ filterType: 'PRICE_FILTER' }, {}, {}, {}] }],
        },
      });
    });
  });
});

describe('the market of a tape', () => {
  const answer = (endpoint: string, meta: string, body: string, status = 200) =>
    aRecord({
      venue: 'kis',
      kind: 'http-response',
      meta: `{"endpoint":"${endpoint}","requestId":1,"status":${status},${meta}}`,
      payload: body,
    });

  async function marketAfter(records: readonly RecordBody[]): Promise<MarketOfTape> {
    const tape = new MemoryTape(records);
    const market = new MarketOfTape(VENUES, await findFirstBooks(tape, VENUES));
    const record = new TapeRecord();
    for await (const batch of tape.batches()) while (batch.next(record)) market.visit(record);
    return market;
  }

  test('keeps the last REST answer of each question, and finds it by any of its members', async () => {
    const market = await marketAfter([
      answer('stock-minute-bars', '"symbol":"005930","trId":"A"', 'old'),
      answer('stock-minute-bars', '"symbol":"000660","trId":"A"', 'other'),
      answer('stock-minute-bars', '"symbol":"005930","trId":"A"', 'new'),
      answer('stock-minute-bars', '"symbol":"005930","trId":"A"', 'refused', 500),
    ]);
    const view = market.view('kis');
    const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString());
    expect(text(view.recorded('stock-minute-bars', { symbol: '005930' }))).toBe('new');
    expect(text(view.recorded('stock-minute-bars', { symbol: '000660', trId: 'A' }))).toBe('other');
    expect(text(view.recorded('stock-minute-bars', {}))).toBe('new');
    expect(view.recorded('stock-minute-bars', { symbol: '005930', trId: 'B' })).toBeUndefined();
    expect(view.recorded('option-board', {})).toBeUndefined();
    expect(market.view('kiwoom').recorded('stock-minute-bars', {})).toBeUndefined();
  });

  test('knows the last price and the symbols of each venue apart, and begins with the first price again when the tape starts over', async () => {
    const market = await marketAfter([
      aRecord({ venue: 'binance-spot', atUs: START_US, payload: tradeFrame(3) }),
      aRecord({ venue: 'binance-usdm', atUs: START_US + 1, payload: tradeFrame(4, 'ETHUSDT') }),
      aRecord({ venue: 'binance-spot', atUs: START_US + 2, payload: tradeFrame(5) }),
    ]);
    const view = market.view('binance-spot');
    expect([view.nowUs, view.lastPrice('BTCUSDT'), view.lastPrice('ETHUSDT')]).toEqual([START_US + 2, 61_800.5, Number.NaN]);
    expect(view.symbols()).toEqual(['BTCUSDT']);
    expect(view.book('BTCUSDT')).toBeUndefined();
    market.reset();
    // The first trade of the tape is told before it came: a venue always has a last price.
    expect(view.lastPrice('BTCUSDT')).toBe(61_800.3);
  });
});
