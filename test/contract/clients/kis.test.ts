import { afterEach, describe, expect, test } from 'vitest';
import { kisServer } from '../../../venues/kis/server.ts';
import { ClientDesk } from './client-desk.ts';
import type { ClientProcess, SaidBook, SaidTrade } from './client-process.ts';
import { hasClients, PYTHON } from './installed.ts';
import { KIS_KEYS, KIS_STOCKS, koreanTime, STOCKS } from './korean-stocks.ts';
import { syntheticTape } from './synthetic-tape.ts';
import { readStory, type StoryBook, type StoryTrade } from './tape-story.ts';

/** The record of the tape from which a client that comes later sees everything. */
const SEEN_FROM = 100;
const SETTINGS = { ...KIS_KEYS, symbols: STOCKS };

const desk = new ClientDesk();
afterEach(() => desk.close());

const told = ({ symbol, venueTimeUs, price, size, cumulativeVolume }: StoryTrade) => ({
  symbol,
  time: koreanTime(venueTimeUs),
  price,
  size,
  volume: cumulativeVolume,
});
const toldBook = ({ symbol, venueTimeUs, bids, asks }: StoryBook) => ({ symbol, id: koreanTime(venueTimeUs), bids, asks });
const said = ({ symbol, time, price, size, volume }: SaidTrade) => ({ symbol, time, price, size, volume });
const saidBook = ({ symbol, id, bids, asks }: SaidBook) => ({ symbol, id, bids, asks });
const isSeen = ({ sequence }: { readonly sequence: number }) => sequence >= SEEN_FROM;
const troublesOf = (client: ClientProcess) => client.notes.filter((note) => note.said === 'trouble');

describe.runIf(hasClients)('clients that are not ours, on kis', () => {
  test('kis-trader, which takes today’s widths only, reports every trade and book of the tape', async () => {
    const tape = syntheticTape(KIS_STOCKS);
    const { trades, books } = await readStory(tape);
    const server = await desk.serve(tape, kisServer, { choices: { widths: 'current' } });
    const client = desk.client(server, { program: PYTHON, script: new URL('./kis-trader.py', import.meta.url), settings: SETTINGS });
    await client.until('all trades and books', () => client.trades.length >= trades.length && client.books.length >= books.length);
    expect(client.trades.map((trade) => ({ ...said(trade), side: trade.side }))).toEqual(
      trades.map((trade) => ({ ...told(trade), side: trade.side })),
    );
    expect(client.books.map(saidBook)).toEqual(books.map(toldBook));
    expect(troublesOf(client)).toEqual([]);
  });

  test('python-kis, which takes the documented widths only, reports every trade and book from when it came', async () => {
    const tape = syntheticTape(KIS_STOCKS);
    const story = await readStory(tape);
    const options = { choices: { widths: 'documented' }, subscribersToStart: Number.POSITIVE_INFINITY };
    const server = await desk.serve(tape, kisServer, options);
    // It asks for a price before it subscribes and takes a price of 0 for a stock that is not: the tape must have come to trades of both.
    await server.seek({ kind: 'sequence', sequence: SEEN_FROM });
    const client = desk.client(server, { program: PYTHON, script: new URL('./python-kis.py', import.meta.url), settings: SETTINGS });
    const registered = () => client.notes.filter(({ text }) => text.startsWith('registered'));
    await client.until('registrations for trades and books', () => registered().length === 2 * STOCKS.length);
    server.resume();
    const [trades, books] = [story.trades.filter(isSeen), story.books.filter(isSeen)];
    await client.until('all trades and books', () => client.trades.length >= trades.length && client.books.length >= books.length);
    expect(client.trades.map(said)).toEqual(trades.map(told));
    expect(client.books.map(saidBook)).toEqual(books.map(toldBook));
    expect(troublesOf(client)).toEqual([]);
  });
});
