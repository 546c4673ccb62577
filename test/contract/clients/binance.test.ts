import { afterEach, describe, expect, test } from 'vitest';
import type { RunningServer } from '../../../replay/serve/server.ts';
import type { BinanceVenueId } from '../../../venues/binance/index.ts';
import { createBinanceServer } from '../../../venues/binance/server.ts';
import { until } from '../record-desk.ts';
import { binanceTape, hasCaptures } from './binance-tape.ts';
import { ClientDesk, type DeskOptions } from './client-desk.ts';
import type { ClientProcess, SaidBook, SaidTrade } from './client-process.ts';
import { hasClients, NPM_FOLDER } from './installed.ts';
import { best, readStory, type StoryTrade, type TapeStory } from './tape-story.ts';

/** Levels of each side that ccxt is compared by. */
const LEVELS = 10;
const SYMBOL = 'BTCUSDT';
/** Tape seconds in a second: slow enough for ccxt to show most states of the book, where "max" would let it show every fiftieth. */
const SPEED = 100;
/** The record of the tape from which a client that comes later sees everything: about the middle. */
const SEEN_FROM = 20_000;
/** Different books that ccxt must have shown at least; how many it comes to depends on how busy the machine is. */
const SHOWN_MIN = 20;

const MARKETS = [
  { venue: 'binance-spot', market: 'spot', unified: 'BTC/USDT' },
  { venue: 'binance-usdm', market: 'usdm', unified: 'BTC/USDT:USDT' },
] as const;

const desk = new ClientDesk();
afterEach(() => desk.close());

async function serveCapture(venue: BinanceVenueId, options: DeskOptions = {}): Promise<{ server: RunningServer; story: TapeStory }> {
  const tape = binanceTape(venue);
  const story = await readStory(tape, LEVELS);
  // The clients ask for trades and for the book over two connections, but for one case.
  return { server: await desk.serve(tape, createBinanceServer(venue), { subscribersToStart: 2, ...options }), story };
}

function startClient(script: URL, server: RunningServer, settings: Readonly<Record<string, unknown>>): ClientProcess {
  return desk.client(server, { program: process.execPath, script, settings: { npmFolder: NPM_FOLDER, levels: LEVELS, ...settings } });
}

const ccxtOf = (server: RunningServer, { market, unified }: (typeof MARKETS)[number]) =>
  startClient(new URL('./ccxt-binance.mjs', import.meta.url), server, { market, symbol: unified });
const binanceOf = (server: RunningServer, { market }: (typeof MARKETS)[number]) =>
  startClient(new URL('./binance-npm.mjs', import.meta.url), server, { market, symbol: SYMBOL });

/** What the clients tell of a trade. */
const told = ({ tradeId, price, size, side, venueTimeUs }: StoryTrade) => ({ id: tradeId, price, size, side, time: venueTimeUs / 1000 });
const said = ({ id, price, size, side, time }: SaidTrade) => ({ id, price, size, side, time });

function expectBooks(books: readonly SaidBook[], story: TapeStory): void {
  for (const { id, bids, asks } of books) expect({ id, bids, asks }).toEqual({ id, ...story.booksById.get(Number(id)) });
}

describe.runIf(hasClients && hasCaptures).each(MARKETS)('clients that are not ours, on $venue', (setting) => {
  const { venue } = setting;

  test('ccxt reports every trade of the tape, and each book it shows is that of its update id', async () => {
    const { server, story } = await serveCapture(venue, { speed: SPEED });
    const client = ccxtOf(server, setting);
    const lastId = Math.max(...story.booksById.keys());
    await client.until(
      'all trades and the last book',
      () => client.trades.length >= story.trades.length && client.books.at(-1)?.id === lastId,
    );
    expect(client.trades.map(said)).toEqual(story.trades.map(told));
    expect(new Set(client.books.map(({ id }) => id)).size).toBeGreaterThan(SHOWN_MIN);
    expectBooks(client.books, story);
    expect(client.notes).toEqual([]);
  });

  test('ccxt that comes in the middle of the tape gets the book of that moment and goes on from there', async () => {
    const { server, story } = await serveCapture(venue, { subscribersToStart: Number.POSITIVE_INFINITY });
    await server.seek({ kind: 'sequence', sequence: SEEN_FROM });
    const client = ccxtOf(server, setting);
    await client.until('a first book', () => client.books.length > 0);
    await until(() => server.served(venue).filter(({ isOpen, frames }) => isOpen && frames > 0).length === 2);
    const heldBefore = story.books.filter(({ sequence }) => sequence < SEEN_FROM).at(-1)!;
    expect(client.books[0]!.id).toBe(heldBefore.lastUpdateId);
    server.resume();
    const trades = story.trades.filter(({ sequence }) => sequence >= SEEN_FROM);
    const lastId = Math.max(...story.booksById.keys());
    await client.until('all trades and the last book', () => client.trades.length >= trades.length && client.books.at(-1)?.id === lastId);
    expect(client.trades.map(said)).toEqual(trades.map(told));
    expectBooks(client.books, story);
    expect(client.notes).toEqual([]);
  });

  test('the package "binance" reports every trade and every change of the book as the tape has it', async () => {
    const { server, story } = await serveCapture(venue, venue === 'binance-spot' ? { subscribersToStart: 1 } : {});
    const client = binanceOf(server, setting);
    const changes = story.books.filter(({ isSnapshot }) => !isSnapshot);
    const deltas = () => client.books.filter(({ said }) => said === 'delta');
    await client.until(
      'all trades, changes and the book',
      () => client.trades.length >= story.trades.length && client.books.length > changes.length,
    );
    expect(client.trades.map(said)).toEqual(story.trades.map(told));
    expect(deltas().map(({ id, bids, asks }) => ({ id, bids, asks }))).toEqual(
      changes.map(({ lastUpdateId, bids, asks }) => ({ id: lastUpdateId, bids, asks })),
    );
    const rest = client.books.filter(({ said }) => said === 'rest-book');
    expect(rest.length).toBe(1);
    expectBooks(
      rest.map((book) => ({ ...book, ...best(book, LEVELS) })),
      story,
    );
    expect(client.notes).toEqual([]);
  });
});
