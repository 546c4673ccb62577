import { afterEach, expect, test } from 'vitest';
import { canonicalJson, type InspectReport, type Instrument, type JsonValue, type RecordBody, SECOND_US } from '#domain';
import { type OpenSocket, type RecorderConfig, systemClock } from '#recorder';
import { inspectTape, tapeEvents } from '#replay';
import { type JournalTape, sealTape } from '#storage';
import { channelLabel, VENUES } from '#venues';
import {
  type CoincallChainRow,
  type CoincallVenueId,
  coincallFuturesServer,
  coincallOptionsServer,
  encodeBar,
  encodeBook,
  encodeChain,
  encodeConfig,
  encodeInstruments,
  encodePricing,
  encodeTicker,
  encodeTrades,
} from '../../venues/coincall/index.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { expectServed, framesByConnect, framesSent, instrumentsOf } from './kept-tape.ts';
import { type RecordDesk, recordDesk, until } from './record-desk.ts';
import { filesWithSecrets, SecretsHeard } from './secret-scan.ts';

/** Friday 2026-11-20 01:00 UTC. */
const START_US = Date.UTC(2026, 10, 20, 1) * 1000;
const EXPIRY_US = Date.UTC(2026, 11, 25, 8) * 1000;
const SECONDS = 60;
/** Options trade from here on: the recorder chooses its strikes by the boards before. */
const OPTIONS_AT = 30;
const MINUTE_US = 60 * SECOND_US;
const USER_ID = '8095151726';
const SECRETS = { COINCALL_API_KEY: 'aGVsbG8rd29ybGQ/PT0=', COINCALL_SECRET: 'demo-secret-of-the-contract-test' };
const STRIKES = [90_000, 95_000, 100_000, 105_000];
/** Far from the middle of the list, where a recorder without a price begins. */
const FORWARD = 104_000;
const NEAREST = 105_000;

let desk: RecordDesk | undefined;
afterEach(async () => {
  await desk?.close();
  desk = undefined;
});

function contract(strike: number, optionType: 'call' | 'put'): Instrument {
  const symbol = `BTCUSD-25DEC26-${strike}-${optionType === 'call' ? 'C' : 'P'}`;
  const steps = { tickSize: 0.5, lotSize: 0.01 };
  return {
    venue: 'coincall-options',
    symbol,
    kind: 'option',
    currency: 'USD',
    multiplier: 1,
    ...steps,
    strike,
    expiryUs: EXPIRY_US,
    optionType,
  };
}

const CONTRACTS = STRIKES.flatMap((strike) => [contract(strike, 'call'), contract(strike, 'put')]);
const FUTURE: Instrument = {
  ...{ venue: 'coincall-futures', symbol: 'BTCUSD', kind: 'perpetual', currency: 'USD', multiplier: 1 },
  ...{ tickSize: 0.1, lotSize: 0.001 },
};
/** Names of futures come with a list of their own. */
const FUTURES_SYMBOLS = JSON.stringify({
  ...{ code: 0, msg: 'Success', i18nArgs: null },
  data: [{ symbol: 'BTCUSD', displayName: 'BTC-PERP', baseToken: 'BTC', quoteToken: 'USD', markPrice: '104000', indexPrice: '104000' }],
});

/** An answer of REST that another recording kept. */
function answer(venue: CoincallVenueId, meta: Readonly<Record<string, JsonValue>>, payload: string): RecordBody {
  return aRecord({
    ...{ venue, kind: 'http-response', connection: 'rest-masters', payload },
    atUs: START_US - SECOND_US,
    meta: canonicalJson({ requestId: 1, status: 200, ...meta }),
  });
}

function tapeOf(venue: CoincallVenueId, masters: readonly RecordBody[], framesAt: (second: number) => readonly string[]): MemoryTape {
  const records = [...masters];
  for (let second = 0; second < SECONDS; second++) {
    for (const [i, payload] of framesAt(second).entries()) {
      records.push(aRecord({ venue, atUs: START_US + second * SECOND_US + i * 20_000, payload }));
    }
  }
  return new MemoryTape(records);
}

function priced({ symbol }: Instrument, second: number): CoincallChainRow {
  return {
    ...{ symbol, venueTimeUs: START_US + second * SECOND_US, impliedVolatility: 0.5, delta: 0.4, gamma: 0.00001, theta: -30, vega: 90 },
    ...{ markPrice: 4_200, underlyingPrice: FORWARD, openInterest: 12, bidImpliedVolatility: 0.49, askImpliedVolatility: 0.51 },
    ...{ bidPrice: 4_190, bidSize: 1, askPrice: 4_210, askSize: 2, readings: { lastPrice: 4_200 } },
  };
}

/** Both sides of one contract in this second: a trade, a whole book. */
function tradeAndBook(venue: CoincallVenueId, symbol: string, second: number): readonly string[] {
  const venueTimeUs = START_US + second * SECOND_US;
  const book = { symbol, venueTimeUs, bids: [{ price: 4_190, size: 1 + second }], asks: [{ price: 4_210, size: 2 }] };
  return [
    encodeTrades(venue, 'g2', [{ symbol, venueTimeUs, price: 4_200 + second, size: 0.5, side: second % 2 === 0 ? 1 : -1 }]),
    encodeBook(venue, 'g2', book),
  ];
}

function bar(venue: CoincallVenueId, symbol: string, second: number): string {
  const prices = { open: 4_200, high: 4_200 + second, low: 4_200, close: 4_200 + second, volume: second };
  return encodeBar(venue, { symbol, intervalUs: MINUTE_US, openTimeUs: START_US, ...prices });
}

function optionFrames(second: number): readonly string[] {
  const isTrading = second >= OPTIONS_AT;
  return [
    encodeChain(
      'g2',
      CONTRACTS.map((one) => priced(one, second)),
    ),
    bar('coincall-options', CONTRACTS[0]!.symbol, second),
    // Of every strike, so that those which were not chosen are there to be left out.
    ...(isTrading ? CONTRACTS.flatMap((one) => tradeAndBook('coincall-options', one.symbol, second)) : []),
    ...(isTrading ? CONTRACTS.map((one) => encodePricing('g2', priced(one, second))) : []),
    ...(second === 10 ? [`{"dt":12,"c":20,"d":{"q":"1","s":"${CONTRACTS[0]!.symbol}","uid":"${USER_ID}"}}`] : []),
  ];
}

function futureFrames(second: number): readonly string[] {
  const venueTimeUs = START_US + second * SECOND_US;
  const readings = { price: FORWARD + second, markPrice: FORWARD, indexPrice: FORWARD };
  return [
    ...tradeAndBook('coincall-futures', 'BTCUSD', second),
    encodeTicker('g2', { symbol: 'BTCUSD', venueTimeUs, readings }),
    bar('coincall-futures', 'BTCUSD', second),
  ];
}

/** Signatures stand in the address of a connection and nowhere else. */
function hearingSignatures(heard: SecretsHeard): OpenSocket {
  return (url, headers, handlers) => {
    heard.secrets.add(new URL(url).searchParams.get('sign')!);
    return heard.openSocket(url, headers, handlers);
  };
}

interface Caught {
  readonly tape: JournalTape;
  readonly report: InspectReport;
  readonly events: readonly string[];
}

interface Day {
  readonly tape: MemoryTape;
  readonly table: RecorderConfig;
  readonly path: string;
  /** Acknowledged before the tape begins, those that rooms find by the masters among them. */
  readonly subscriptions: number;
}

/** Serves the tape from its first frame once everything is subscribed, records it, and checks what is the same for both products. */
async function record(venue: CoincallVenueId, { tape, table, path, subscriptions }: Day): Promise<Caught> {
  const heard = new SecretsHeard([...Object.values(SECRETS), USER_ID], []);
  desk = await recordDesk({
    tape,
    servers: [
      {
        protocol: venue === 'coincall-options' ? coincallOptionsServer : coincallFuturesServer,
        options: { apiKey: SECRETS.COINCALL_API_KEY, secret: SECRETS.COINCALL_SECRET },
      },
    ],
    subscribersToStart: Number.POSITIVE_INFINITY,
    keepFrameDigests: true,
    clock: systemClock({ scale: 20, startAtNs: BigInt(START_US) * 1_000n }),
    variables: SECRETS,
    config: { session: { name: 'caught' }, limits: { startup: '20m' }, ...table },
    more: { callHttp: heard.callHttp, openSocket: hearingSignatures(heard) },
  });
  const { server, recording, dataDir } = desk;
  await until(() => recording.isReady() && recording.status().venues[0]!.connections[0]!.subscriptions.acknowledged === subscriptions);
  server.resume();
  await server.ended;
  const atLeast = framesSent(server, venue, path);
  await until(() => recording.status().venues[0]!.connections[0]!.frames >= atLeast[0]!);
  const { tape: caught, result, news } = await desk.finish();
  expect(result).toMatchObject({ framesShed: 0, reconnects: 0 });
  expect(news.filter(({ kind }) => kind === 'refused' || kind === 'rest-failed')).toEqual([]);
  expectServed(server, venue, path, await framesByConnect(caught, venue, 'ws-1'), atLeast);
  const report = await inspectTape(caught, { venues: VENUES });
  expect(report).toMatchObject({ decodeFailures: 0, gaps: [] });

  await sealTape(caught, { dataDir, channelOf: channelLabel });
  expect(heard.secrets.size).toBe(4);
  expect(await filesWithSecrets(dataDir, heard.secrets)).toEqual([]);
  const told = [...news.map((item) => JSON.stringify(item)), JSON.stringify(report)].join('\n');
  expect([...heard.secrets].filter((secret) => told.includes(secret))).toEqual([]);
  return { tape: caught, report, events: await eventsBySymbol(caught) };
}

/** Each `kind symbol` that was said, once. */
async function eventsBySymbol(tape: JournalTape): Promise<readonly string[]> {
  const said = new Set<string>();
  for await (const { event, name } of tapeEvents(tape, VENUES)) said.add(`${event.kind} ${name?.symbol ?? ''}`);
  return [...said];
}

test('Coincall options: boards choose the strikes, all that was served is on the tape, and no secret is in any file', async () => {
  const venue = 'coincall-options';
  const masters = [
    answer(venue, { endpoint: 'instruments', base: 'BTC' }, encodeInstruments(venue, CONTRACTS)),
    answer(venue, { endpoint: 'config' }, encodeConfig([])),
  ];
  const { tape, report, events } = await record(venue, {
    tape: tapeOf(venue, masters, optionFrames),
    table: {
      [venue]: {
        chains: [{ underlying: 'BTCUSD', expiries: 1, strikes: 1, board: true, channels: ['lastTrade', 'orderBook', 'bsInfo'] }],
        subscriptions: [{ channels: ['kline'], symbols: [CONTRACTS[0]!.symbol], options: { period: 'm1' } }, { channels: ['position'] }],
      },
    },
    path: '/options',
    // A bar, positions, the board, and three channels of two options.
    subscriptions: 9,
  });
  const chosen = [contract(NEAREST, 'call'), contract(NEAREST, 'put')];
  const trading = SECONDS - OPTIONS_AT;
  expect(report.events).toMatchObject({ trade: 2 * trading, book: 2 * trading, bar: SECONDS });
  // Boards of all contracts every second, and what the chosen ones say themselves.
  expect(report.events['option-quote']).toBe(CONTRACTS.length * SECONDS + chosen.length * trading);
  for (const kind of ['trade', 'book']) {
    expect(events.filter((text) => text.startsWith(`${kind} `)).toSorted()).toEqual(
      chosen.map(({ symbol }) => `${kind} ${symbol}`).toSorted(),
    );
  }
  // The account's own channel has no decoder yet; the number of the account came over it.
  expect(report.undecoded).toEqual([{ venue, channel: 'position', frames: 1 }]);
  const instruments = await instrumentsOf(tape);
  for (const one of CONTRACTS) expect(instruments.get(`${venue} ${one.symbol}`)).toEqual(one);
});

test('Coincall futures: what was served is on the tape with its instruments, and no secret is in any file', async () => {
  const venue = 'coincall-futures';
  const masters = [
    answer(venue, { endpoint: 'instruments' }, encodeInstruments(venue, [FUTURE])),
    answer(venue, { endpoint: 'symbols' }, FUTURES_SYMBOLS),
    answer(venue, { endpoint: 'config' }, encodeConfig([FUTURE])),
  ];
  const { tape, report } = await record(venue, {
    tape: tapeOf(venue, masters, futureFrames),
    table: {
      [venue]: {
        symbols: [{ symbol: 'BTCUSD', channels: ['lastTrade', 'orderBook', 'spotPrice'] }],
        subscriptions: [{ channels: ['kline'], symbols: ['BTCUSD'], options: { period: 'm1' } }],
      },
    },
    path: '/futures',
    subscriptions: 4,
  });
  expect(report.events).toMatchObject({ trade: SECONDS, book: SECONDS, reading: SECONDS, bar: SECONDS });
  expect(report.undecoded).toEqual([]);
  expect((await instrumentsOf(tape)).get(`${venue} BTCUSD`)).toEqual({ ...FUTURE, name: 'BTC-PERP' });
});
