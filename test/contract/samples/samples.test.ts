import { afterEach, expect, test } from 'vitest';
import { MILLISECOND_US } from '#domain';
import { systemClock } from '#recorder';
import { cryptoPair } from '#venues';
import type { PingingProtocol } from '../../../replay/serve/server.ts';
import { type CoincallVenueId, encodeBook, encodeTrades } from '../../../venues/coincall/index.ts';
import { coincallFuturesServer, coincallOptionsServer } from '../../../venues/coincall/server.ts';
import { encodeNotice } from '../../../venues/kis/index.ts';
import { kisServer } from '../../../venues/kis/server.ts';
import { kiwoomServer } from '../../../venues/kiwoom/server.ts';
import { ClientDesk, type DeskOptions } from '../clients/client-desk.ts';
import type { ClientProcess } from '../clients/client-process.ts';
import { KIS_KEYS, KIS_STOCKS, KIWOOM_STOCKS, koreanTime, STOCKS } from '../clients/korean-stocks.ts';
import { syntheticTape, type TapeEncoder } from '../clients/synthetic-tape.ts';
import { readStory, type TapeStory } from '../clients/tape-story.ts';

/** The server's clock runs so much faster that heartbeats come within a test. */
const SCALE = 10;
/** Of the tape against that clock: two minutes within three seconds. */
const SPEED = 4;
const HEARTBEATS_MIN = 2;
/** Invented. Base64-shaped as real ones, with all that an address could be hurt by. */
const COINCALL_KEYS = { apiKey: 'dGFwZS9kZWNr+a2V5==', secret: 'reel-to-reel' };

const desk = new ClientDesk();
afterEach(() => desk.close());

const play = (): DeskOptions => ({
  clock: systemClock({ scale: SCALE }),
  speed: SPEED,
  subscribersToStart: Number.POSITIVE_INFINITY,
});

/** Waits until the client has seen the whole tape and some heartbeats, having let it start once the client is ready. */
async function playTo(client: ClientProcess, start: () => void, ready: RegExp, answers: number, story: TapeStory): Promise<void> {
  await client.until(`${answers} answers`, () => client.notes.filter(({ text }) => ready.test(text)).length >= answers);
  start();
  await client.until(
    'all trades, books and heartbeats',
    () =>
      client.trades.length >= story.trades.length &&
      client.books.length >= story.books.length &&
      client.notes.filter(({ text }) => text === 'heartbeat').length >= HEARTBEATS_MIN,
  );
}

function expectStory(client: ClientProcess, story: TapeStory, timeOf: (timeUs: number) => number | string): void {
  expect(client.trades.map(({ symbol, time, price, size, side }) => ({ symbol, time, price, size, side }))).toEqual(
    story.trades.map(({ symbol, venueTimeUs, price, size, side }) => ({ symbol, time: timeOf(venueTimeUs), price, size, side })),
  );
  expect(client.books.map(({ symbol, id, bids, asks }) => ({ symbol, id, bids, asks }))).toEqual(
    story.books.map(({ symbol, venueTimeUs, bids, asks }) => ({ symbol, id: timeOf(venueTimeUs), bids, asks })),
  );
  expect(client.notes.filter(({ said }) => said === 'trouble')).toEqual([]);
}

test('a script like the public samples of KIS sees every trade, book and notice, and stays through the heartbeats', async () => {
  const notice = encodeNotice('H0STCNI0', {
    CUST_ID: 'me',
    STCK_SHRN_ISCD: '005930',
    STCK_CNTG_HOUR: '100200',
    CNTG_YN: '2',
    CNTG_QTY: '7',
  });
  const tape = syntheticTape(KIS_STOCKS, [notice]);
  const story = await readStory(tape);
  const server = await desk.serve(tape, kisServer, play());
  const stocks = STOCKS.flatMap((symbol) => ['H0STCNT0', 'H0STASP0'].map((trId) => [trId, symbol]));
  const settings = { ...KIS_KEYS, registrations: [...stocks, ['H0STCNI0', 'me']] };
  const client = desk.client(server, { program: process.execPath, script: new URL('./kis.mjs', import.meta.url), settings });
  await playTo(client, () => server.resume(), /^registered/, settings.registrations.length, story);
  await client.until('the notice', () => client.notes.some(({ text }) => text.startsWith('notice')));
  expectStory(client, story, koreanTime);
  expect(client.trades.map(({ volume }) => volume)).toEqual(story.trades.map(({ cumulativeVolume }) => cumulativeVolume));
  const printed = Buffer.from(notice).toString('utf8').split('|').at(-1);
  expect(client.notes.filter(({ text }) => text.startsWith('notice'))).toEqual([{ said: 'note', text: `notice ${printed}` }]);
});

test('a script like the public samples of Kiwoom sees every trade and book, and stays through the heartbeats', async () => {
  const tape = syntheticTape(KIWOOM_STOCKS);
  const story = await readStory(tape);
  const server = await desk.serve(tape, kiwoomServer, play());
  const settings = { appKey: 'an app key', secretKey: 'its secret', items: STOCKS, types: ['0B', '0D'] };
  const client = desk.client(server, { program: process.execPath, script: new URL('./kiwoom.mjs', import.meta.url), settings });
  await playTo(client, () => server.resume(), /^REG 0/, 1, story);
  expectStory(client, story, koreanTime);
  expect(client.trades.map(({ volume }) => volume)).toEqual(story.trades.map(({ cumulativeVolume }) => cumulativeVolume));
});

const COINCALL: readonly {
  readonly venue: CoincallVenueId;
  readonly product: string;
  readonly protocol: PingingProtocol;
  readonly symbol: string;
  readonly prehash: string;
}[] = [
  {
    venue: 'coincall-options',
    product: 'options',
    protocol: coincallOptionsServer,
    symbol: 'BTCUSD-25DEC26-60000-C',
    prehash: 'uuid',
  },
  { venue: 'coincall-futures', product: 'futures', protocol: coincallFuturesServer, symbol: 'BTCUSD', prehash: 'apiKey' },
];

test.each(COINCALL)(
  'a script like the public samples of Coincall sees every trade and book of $product, and stays through the heartbeats',
  async ({ venue, product, protocol, symbol, prehash }) => {
    const tape = syntheticTape(coincallFrames(venue, symbol));
    const story = await readStory(tape);
    const server = await desk.serve(tape, protocol, { ...play(), choices: COINCALL_KEYS });
    const settings = { ...COINCALL_KEYS, product, prehash, symbol, heartbeatMs: 3_000 / SCALE };
    const client = desk.client(server, { program: process.execPath, script: new URL('./coincall.mjs', import.meta.url), settings });
    await playTo(client, () => server.resume(), /^SUBSCRIBE \w+ success/, 2, story);
    expectStory(client, story, (timeUs) => timeUs / MILLISECOND_US);
  },
);

/** The layouts that the venue documents since July 2023. */
function coincallFrames(venue: CoincallVenueId, symbol: string): TapeEncoder {
  return {
    venue,
    symbols: [{ ...cryptoPair(symbol, 61_000, venue), rule: 'replace' }],
    timeGrainUs: MILLISECOND_US,
    trades: (trades) => encodeTrades(venue, 'g2', trades),
    book: (book) => encodeBook(venue, 'g2', book),
  };
}
