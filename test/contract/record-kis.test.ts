import { afterEach, expect, test } from 'vitest';
import { canonicalJson } from '#domain';
import { systemClock } from '#recorder';
import { backtest, inspectTape } from '#replay';
import { sealTape } from '#storage';
import { STRATEGIES } from '#strategies';
import { channelLabel, VENUES } from '#venues';
import { encodeBooks, encodeNotice, encodeOptionBoard, encodeTrades, kisServer } from '../../venues/kis/index.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { framesOf, type RecordDesk, recordDesk, until } from './record-desk.ts';
import { filesWithSecrets, SecretsHeard } from './secret-scan.ts';

/** Friday 2026-11-20 10:00 in Korea. */
const START_US = Date.UTC(2026, 10, 20, 1) * 1000;
const ACCOUNT = '5012345678';
const SECRETS = { KIS_APP_KEY: `PS${'k'.repeat(34)}`, KIS_APP_SECRET: `${'Sx9'.repeat(60)}`, KIS_HTS_ID: 'trader77' };

let desk: RecordDesk | undefined;
afterEach(async () => {
  await desk?.close();
  desk = undefined;
});

const OPTION = {
  impliedVolatility: 0.2,
  delta: 0.5,
  gamma: 0.01,
  theta: -0.1,
  vega: 0.3,
  rho: 0.1,
  theoreticalPrice: 12.4,
  openInterest: 100,
};
const BOARD = encodeOptionBoard(
  [{ symbol: 'B01612A20', strike: 1_097.5, option: OPTION, bidPrice: 12.4, bidSize: 3, askPrice: 12.5, askSize: 4 }],
  [{ symbol: 'C01612A20', strike: 1_097.5, option: { ...OPTION, delta: -0.5 }, bidPrice: 11.4, bidSize: 3, askPrice: 11.5, askSize: 4 }],
);

function tape(): MemoryTape {
  const records = [
    aRecord({
      venue: 'kis',
      kind: 'http-response',
      connection: 'rest-option-board',
      atUs: START_US - 1_000_000,
      meta: canonicalJson({ endpoint: 'option-board', market: '', maturity: '202612', requestId: 1, status: 200, trId: 'FHPIF05030100' }),
      payload: BOARD,
    }),
  ];
  for (let second = 0; second < 60; second++) {
    const venueTimeUs = START_US + second * 1_000_000;
    const trade = (n: number) => ({
      symbol: '005930',
      venueTimeUs,
      price: 71_000 + 100 * (second % 7),
      size: n,
      side: 1 as const,
      cumulativeVolume: 3 * second + (n === 1 ? 1 : 3),
    });
    const payloads = [
      encodeTrades('H0STCNT0', [trade(1), trade(2)]),
      encodeBooks('H0STASP0', [
        { symbol: '005930', venueTimeUs, bids: [{ price: 70_900, size: 5 + second }], asks: [{ price: 71_000, size: 7 }] },
      ]),
      ...(second % 20 === 10
        ? [
            encodeNotice('H0STCNI0', {
              CUST_ID: 'trader77',
              ACNT_NO: ACCOUNT,
              ODER_NO: '0000117057',
              STCK_SHRN_ISCD: '005930',
              CNTG_QTY: '10',
              CNTG_UNPR: '71000',
              CNTG_YN: '2',
              SELN_BYOV_CLS: '02',
              ACNT_NAME: '홍길동',
            }),
          ]
        : []),
    ];
    for (const [i, payload] of payloads.entries()) records.push(aRecord({ venue: 'kis', atUs: venueTimeUs + i * 100_000, payload }));
  }
  return new MemoryTape(records);
}

test('KIS: what was served is on the tape, notices decode in replay, and no secret is in any file', async () => {
  const heard = new SecretsHeard([...Object.values(SECRETS), ACCOUNT], ['access_token', 'approval_key', 'iv', 'key']);
  const clock = systemClock({ scale: 20, startAtNs: BigInt(START_US) * 1_000n });
  desk = await recordDesk({
    tape: tape(),
    servers: [{ protocol: kisServer }],
    speed: 1,
    subscribersToStart: 1,
    quietBeforeStartMs: 2_000,
    keepFrameDigests: true,
    clock,
    variables: SECRETS,
    config: {
      session: { name: 'kis-day' },
      kis: {
        notices: ['stock'],
        stocks: [{ code: '005930', channels: ['trade', 'book'] }],
        polls: [{ rule: 'option-board', targets: ['202612'], every: '10s' }],
      },
    },
    more: { callHttp: heard.callHttp, openSocket: heard.openSocket },
  });
  const { server, recording, dataDir } = desk;
  await server.ended;
  await until(() => recording.status().venues[0]!.connections[0]!.frames >= server.served('kis')[0]!.frames);
  const { tape: caught, result, news } = await desk.finish();
  expect(result).toMatchObject({ framesShed: 0, reconnects: 0 });

  const report = await inspectTape(caught, { venues: VENUES });
  expect(report).toMatchObject({ decodeFailures: 0, gaps: [] });
  expect(report.events).toMatchObject({ trade: 120, notice: 3 });
  expect(report.volumeAudit).toEqual([expect.objectContaining({ venue: 'kis', symbol: '005930', venueTotal: 180, seen: 180, missing: 0 })]);
  const optionQuotes = report.events['option-quote'] ?? 0;
  expect(optionQuotes).toBeGreaterThanOrEqual(2);

  // Notices are served encrypted and kept decrypted: all other frames are the same bytes.
  const kept = await framesOf(caught, 'kis', 'ws-1');
  const sent = server.served('kis')[0]!.frameDigests;
  expect(kept).toHaveLength(sent.length);
  expect(kept.filter((digest, i) => digest !== sent[i]).length).toBe(3);

  await sealTape(caught, { dataDir, channelOf: channelLabel });
  const lines: string[] = [];
  const strategy = STRATEGIES.find(({ name }) => name === 'book-imbalance')!;
  const parameters = Object.fromEntries(Object.entries(strategy.parameters).map(([name, { default: value }]) => [name, value]));
  await backtest({ tapes: [caught], venues: VENUES, strategy, sourceHash: '', parameters, onAuditLine: (line) => lines.push(line) });
  expect(heard.secrets.size).toBeGreaterThanOrEqual(8);
  expect(await filesWithSecrets(dataDir, heard.secrets)).toEqual([]);
  const told = [...lines, ...news.map((item) => JSON.stringify(item)), JSON.stringify(report)].join('\n');
  expect([...heard.secrets].filter((secret) => told.includes(secret))).toEqual([]);
});
