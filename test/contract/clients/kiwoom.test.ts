import { afterEach, describe, expect, test } from 'vitest';
import { kiwoomServer } from '../../../venues/kiwoom/server.ts';
import { ClientDesk } from './client-desk.ts';
import { hasClients, PYTHON } from './installed.ts';
import { KIWOOM_STOCKS, koreanTime, STOCKS } from './korean-stocks.ts';
import { syntheticTape } from './synthetic-tape.ts';
import { readStory } from './tape-story.ts';

const SETTINGS = { appKey: 'an app key', secretKey: 'its secret', symbols: STOCKS };

const desk = new ClientDesk();
afterEach(() => desk.close());

describe.runIf(hasClients)('clients that are not ours, on kiwoom', () => {
  test('kiwoom-restful logs in, registers and reports every trade and book of the tape', async () => {
    const tape = syntheticTape(KIWOOM_STOCKS);
    const { trades, books } = await readStory(tape);
    const server = await desk.serve(tape, kiwoomServer);
    const client = desk.client(server, { program: PYTHON, script: new URL('./kiwoom-restful.py', import.meta.url), settings: SETTINGS });
    await client.until('all trades and books', () => client.trades.length >= trades.length && client.books.length >= books.length);
    expect(client.trades.map(({ symbol, time, price, size, side }) => ({ symbol, time, price, size, side }))).toEqual(
      trades.map(({ symbol, venueTimeUs, price, size, side }) => ({ symbol, time: koreanTime(venueTimeUs), price, size, side })),
    );
    expect(client.books.map(({ symbol, id, bids, asks }) => ({ symbol, id, bids, asks }))).toEqual(
      books.map(({ symbol, venueTimeUs, bids, asks }) => ({ symbol, id: koreanTime(venueTimeUs), bids, asks })),
    );
    expect(client.notes.map(({ text }) => text)).toEqual(['login 0', 'registration 0', 'registration 0']);
  });
});
