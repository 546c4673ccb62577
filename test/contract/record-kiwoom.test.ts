import { afterEach, expect, test } from 'vitest';
import { canonicalJson, type RecordBody, SECOND_US } from '#domain';
import { systemClock } from '#recorder';
import { inspectTape, tapeEvents } from '#replay';
import { sealTape } from '#storage';
import { channelLabel, VENUES } from '#venues';
import {
  encodeBooks,
  encodeConditionChanges,
  encodePhases,
  encodeQuotes,
  encodeStockList,
  encodeTrades,
  encodeVolatility,
  kiwoomServer,
} from '../../venues/kiwoom/index.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { expectServed, framesByConnect, framesSent, instrumentsOf } from './kept-tape.ts';
import { type RecordDesk, recordDesk, until } from './record-desk.ts';
import { filesWithSecrets, SecretsHeard } from './secret-scan.ts';

/** Friday 2026-11-20 10:00 in Korea. */
const START_US = Date.UTC(2026, 10, 20, 1) * 1000;
const SECONDS = 80;
/** When the search finds the second stock, and when that one begins to trade: the recorder has the time between to ask for it. */
const FOUND_AT = 10;
const FOUND_TRADES_AT = 50;
const PATH = '/api/dostk/websocket';
const ACCOUNT = '7712345699';
const SECRETS = { KIWOOM_APP_KEY: `Kw${'k7'.repeat(20)}`, KIWOOM_SECRET_KEY: `Ks${'s9'.repeat(20)}` };
const STOCK = '005930';
const FOUND = '000660';

let desk: RecordDesk | undefined;
afterEach(async () => {
  await desk?.close();
  desk = undefined;
});

/** One page of the day's stocks, as the recorder of another day kept it. */
function stockListPage(page: number, code: string, name: string): RecordBody {
  return aRecord({
    venue: 'kiwoom',
    kind: 'http-response',
    connection: 'rest-masters',
    atUs: START_US - SECOND_US,
    meta: canonicalJson({ apiId: 'ka10099', endpoint: 'stock-list', market: '0', page, requestId: page, status: 200 }),
    payload: encodeStockList([{ code, name, isOnNxt: code === STOCK }]),
  });
}

function orderNotice(): string {
  const values = { '9201': ACCOUNT, '9001': STOCK, '913': '체결', '302': '삼성전자', '908': '100020', '10': '-71000' };
  return JSON.stringify({ data: [{ values, type: '00', name: '주문체결', item: STOCK }], trnm: 'REAL' });
}

/** What the market says in this second. */
function framesAt(second: number): readonly (Uint8Array | string)[] {
  const venueTimeUs = START_US + second * SECOND_US;
  const price = 71_000 + 100 * (second % 7);
  const trade = (symbol: string) => ({ symbol, venueTimeUs, price, size: 2, side: 1 as const, cumulativeVolume: 2 * second + 2 });
  const levels = { bids: [{ price: price - 100, size: 5 + second }], asks: [{ price, size: 7 }], totalBidSize: 90, totalAskSize: 70 };
  const change = { symbol: FOUND, venueTimeUs, condition: 4 };
  return [
    encodeTrades([trade(STOCK)]),
    encodeBooks([{ symbol: STOCK, venueTimeUs, ...levels }]),
    encodeQuotes([{ symbol: STOCK, bidPrice: price - 100, askPrice: price }]),
    // Two rows in one frame, of which only one is recorded: the frame comes whole all the same.
    ...(second % 2 === 0 ? [encodeTrades([trade(`${STOCK}_NX`), trade('035720')])] : []),
    ...(second === 0 ? [encodePhases([{ venueTimeUs, code: '3' }])] : []),
    ...(second === 5 ? [encodeVolatility([{ symbol: STOCK, kind: 1, direction: 1, price, triggeredAtUs: venueTimeUs }])] : []),
    ...(second === 20 ? [orderNotice()] : []),
    ...(second === FOUND_AT ? [encodeConditionChanges([{ ...change, isInserted: true }])] : []),
    ...(second === SECONDS - 1 ? [encodeConditionChanges([{ ...change, isInserted: false }])] : []),
    ...(second >= FOUND_TRADES_AT ? [encodeTrades([trade(FOUND)])] : []),
  ];
}

function tape(): MemoryTape {
  const records = [stockListPage(1, STOCK, '삼성전자'), stockListPage(2, FOUND, 'SK하이닉스')];
  for (let second = 0; second < SECONDS; second++) {
    for (const [i, payload] of framesAt(second).entries()) {
      records.push(aRecord({ venue: 'kiwoom', atUs: START_US + second * SECOND_US + i * 50_000, payload }));
    }
  }
  return new MemoryTape(records);
}

async function recorded(heard: SecretsHeard): Promise<RecordDesk> {
  return recordDesk({
    tape: tape(),
    servers: [{ protocol: kiwoomServer, options: { conditions: '4:급등주' } }],
    subscribersToStart: Number.POSITIVE_INFINITY,
    keepFrameDigests: true,
    clock: systemClock({ scale: 20, startAtNs: BigInt(START_US) * 1_000n }),
    variables: SECRETS,
    config: {
      session: { name: 'kiwoom-day' },
      limits: { startup: '20m' },
      kiwoom: {
        stocks: [
          { code: STOCK, channels: ['trade', 'book', 'quote'] },
          { code: STOCK, exchange: 'nxt', channels: ['trade'] },
        ],
        market: ['session', 'volatility'],
        notices: ['order'],
        conditions: [{ seq: '4', channels: ['trade'], max: 2 }],
      },
    },
    more: { callHttp: heard.callHttp, openSocket: heard.openSocket },
  });
}

test('Kiwoom: what was served is on the tape, a search finds its stocks, and no secret is in any file', async () => {
  const heard = new SecretsHeard([...Object.values(SECRETS), ACCOUNT], ['token']);
  desk = await recorded(heard);
  const { server, recording, dataDir } = desk;
  await until(() => recording.isReady());
  server.resume();
  await server.ended;
  const atLeast = framesSent(server, 'kiwoom', PATH);
  await until(() => recording.status().venues[0]!.connections[0]!.frames >= atLeast[0]!);
  const { tape: caught, result, news } = await desk.finish();
  expect(result).toMatchObject({ framesShed: 0, reconnects: 0 });
  expect(news.filter(({ kind }) => kind === 'refused' || kind === 'rest-failed')).toEqual([]);
  expectServed(server, 'kiwoom', PATH, await framesByConnect(caught, 'kiwoom', 'ws-1'), atLeast);

  const report = await inspectTape(caught, { venues: VENUES });
  expect(report).toMatchObject({ decodeFailures: 0, gaps: [], undecoded: [] });
  // The frames of NXT hold a row of a stock nobody asked for; what was found by the search trades in the last half minute.
  expect(report.events).toMatchObject({
    book: SECONDS,
    quote: SECONDS,
    notice: 1,
    status: 2,
    trade: 2 * SECONDS + SECONDS - FOUND_TRADES_AT,
  });
  expect(report.volumeAudit.find(({ symbol }) => symbol === STOCK)).toMatchObject({ venueTotal: 2 * SECONDS, missing: 0 });
  const found: boolean[] = [];
  for await (const { event, name } of tapeEvents(caught, VENUES)) {
    if (event.kind !== 'reading' || event.channel !== '02') continue;
    expect(name).toMatchObject({ symbol: FOUND });
    found.push(event.values[event.names.indexOf('inserted')] === 1);
  }
  expect(found).toEqual([true, false]);

  const instruments = await instrumentsOf(caught);
  expect(instruments.get(`kiwoom ${STOCK}`)).toMatchObject({ kind: 'stock', currency: 'KRW', multiplier: 1, name: '삼성전자' });
  expect(instruments.get(`kiwoom ${STOCK}_NX`)).toMatchObject({ name: '삼성전자' });
  // From the second page of the list.
  expect(instruments.get(`kiwoom ${FOUND}`)).toMatchObject({ name: 'SK하이닉스' });

  await sealTape(caught, { dataDir, channelOf: channelLabel });
  expect(heard.secrets.size).toBe(4);
  expect(await filesWithSecrets(dataDir, heard.secrets)).toEqual([]);
  const told = [...news.map((item) => JSON.stringify(item)), JSON.stringify(report)].join('\n');
  expect([...heard.secrets].filter((secret) => told.includes(secret))).toEqual([]);
});
