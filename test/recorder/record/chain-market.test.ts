import { describe, expect, test } from 'vitest';
import { TapeRecord } from '../../../domain/record.ts';
import { ChainMarket } from '../../../recorder/record/chain-market.ts';
import { encodeDerivativeBars, encodeFuturesBoard } from '../../../venues/kis/encode-rest.ts';
import { kis } from '../../../venues/kis/index.ts';
import { KIS_ROOMS } from '../../../venues/kis/rooms.ts';

const WISH = { name: 'KOSPI200', maturity: '202612', maturities: 1, per: 'strike' } as const;
/** 10:00 in Korea on 7 December 2026. */
const NOW_MS = Date.UTC(2026, 11, 7, 1);

function answer(meta: object, body: Uint8Array | string): TapeRecord {
  const record = new TapeRecord();
  record.kind = 'http-response';
  record.venue = 'kis';
  record.meta = JSON.stringify({ status: 200, ...meta });
  record.bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  record.end = record.bytes.length;
  record.setTimesNs(BigInt(NOW_MS) * 1_000_000n, 0n);
  return record;
}

function aMarket(): ChainMarket {
  const market = new ChainMarket(kis, KIS_ROOMS.chains!);
  const lines = ['1|A01612|x|F 202612| |0|1|2001|KOSPI200', '1|A01703|x|F 202703| |0|2|2001|KOSPI200'];
  for (const side of ['5|B', '6|C'])
    lines.push(`${side}01612A41|x|${side[2] === 'B' ? 'C' : 'P'} 202612 1,100.0|1|01100.00| |2001|KOSPI200`);
  expect(market.readMasters('file', answer({ endpoint: 'master-index-derivatives' }, lines.join('\n')))).toBe(true);
  return market;
}

const bar = (openTimeUs: number, close: number) => ({ openTimeUs, open: close, high: close, low: close, close, volume: 1, dayValue: 1 });
const FUTURE_BARS = {
  endpoint: 'derivative-minute-bars',
  trId: 'FHKIF03020200',
  symbol: 'A01612',
  params: { FID_COND_MRKT_DIV_CODE: 'F', FID_HOUR_CLS_CODE: '60' },
};

describe('the money from polls', () => {
  test('is the close of the youngest bar of an answer, whichever comes first, and no index in its head', () => {
    const market = aMarket();
    const [chain] = market.chainsOf(WISH, NOW_MS);
    const bars = [bar(NOW_MS * 1_000 - 60e6, 1_101), bar(NOW_MS * 1_000, 1_102), bar(NOW_MS * 1_000 - 120e6, 1_100)];
    market.readPrices(answer(FUTURE_BARS, encodeDerivativeBars(bars, { index_price: 1_079.5 })), NOW_MS);
    expect(market.money(chain!, NOW_MS)).toBe(1_102);
    market.readPrices(answer(FUTURE_BARS, encodeDerivativeBars([...bars].reverse())), NOW_MS);
    expect(market.money(chain!, NOW_MS)).toBe(1_102);
  });

  test('is that of the nearest future of a board', () => {
    const market = aMarket();
    const [chain] = market.chainsOf(WISH, NOW_MS);
    const futures = [
      { symbol: 'A01703', name: 'F 202703', readings: { price: 1_109 } },
      { symbol: 'A01612', name: 'F 202612', readings: { price: 1_103 } },
    ];
    market.readPrices(answer({ endpoint: 'futures-board', trId: 'FHPIF05030200' }, encodeFuturesBoard(futures)), NOW_MS);
    expect(market.money(chain!, NOW_MS)).toBe(1_103);
  });
});

describe('masters', () => {
  test('without an option leave those before, and any bytes do no harm', () => {
    const market = aMarket();
    for (const body of ['', 'PK\u0003\u0004', '<html></html>', '1|A01612|x|F 202612| |0|1|2001|KOSPI200']) {
      expect(market.readMasters('file', answer({ endpoint: 'master-index-derivatives' }, body))).toBe(false);
    }
    expect(market.chainsOf(WISH, NOW_MS)).toHaveLength(1);
  });
});
