import { describe, expect, test } from 'vitest';
import {
  encodeDerivativeBars,
  encodeDerivativeBook,
  encodeDerivativePrice,
  encodeFuturesBoard,
  encodeOptionBoard,
  encodeStockBars,
  type KisBar,
} from '../../../venues/kis/index.ts';
import { DERIVATIVE_PRICE_KEYS, OPTION_BOARD_KEYS } from '../../../venues/kis/rest-layouts.ts';
import { randomOf, seeds } from '../../seeds.ts';
import { mutateBytes } from '../frame-mutation.ts';
import { kst, reading, readingsOf } from './kis-frames.ts';

const NONE = Number.NaN;
const MINUTE_US = 60_000_000;
const OPEN_US = kst('2026-09-22T11:50:00');
const STOCK = {
  endpoint: 'stock-minute-bars',
  trId: 'FHKST03010200',
  symbol: '005930',
  status: 200,
  params: { FID_COND_MRKT_DIV_CODE: 'J' },
};
const FUTURE = {
  endpoint: 'derivative-minute-bars',
  trId: 'FHKIF03020200',
  symbol: 'A01612',
  params: { FID_COND_MRKT_DIV_CODE: 'CM', FID_HOUR_CLS_CODE: '60' },
};
const BOARD = { endpoint: 'option-board', trId: 'FHPIF05030100', maturity: '202612' };
const PRICE = { endpoint: 'derivative-price', trId: 'FHMIF10000000', symbol: 'B01612A40' };
const OPTION = {
  impliedVolatility: 23.45 / 100,
  delta: 0.51,
  gamma: 0.002,
  theta: -0.33,
  vega: 1.02,
  rho: 0.1,
  theoreticalPrice: 12.2,
  openInterest: 900,
};

/** Bars of so many minutes from 11:50 on, the n-th closing at 100 + n with a volume of n. */
function bars(count: number, first = 0): KisBar[] {
  return Array.from({ length: count }, (_, index) => {
    const n = first + index;
    return { openTimeUs: OPEN_US + n * MINUTE_US, open: 100, high: 200, low: 50, close: 100 + n, volume: n, dayValue: 1_000 * n };
  });
}

/** Open time in minutes after 11:50, close, final, history. */
function told(read: ReturnType<typeof reading>): unknown[] {
  return read.calls
    .splice(0)
    .filter(([name]) => name === 'bar')
    .map((call) => [(Number(call[3]) - OPEN_US) / MINUTE_US, call[7], call[11], call[12]]);
}

describe('bars', () => {
  test('the first answer is history but for its newest bar, oldest first', () => {
    const read = reading();
    read.body(STOCK, encodeStockBars(bars(3)), OPEN_US + 2.5 * MINUTE_US);
    expect(told(read)).toEqual([
      [0, 100, true, true],
      [1, 101, true, true],
      [2, 102, false, false],
    ]);
  });

  test('later answers say what is new or changed, and the end of a bar once', () => {
    const read = reading();
    read.body(STOCK, encodeStockBars(bars(2)), OPEN_US + 1.1 * MINUTE_US);
    told(read);
    read.body(STOCK, encodeStockBars(bars(2)), OPEN_US + 1.2 * MINUTE_US);
    expect(told(read)).toEqual([]);
    const [first, second] = bars(2);
    read.body(STOCK, encodeStockBars([first!, { ...second!, close: 150 }]), OPEN_US + 1.3 * MINUTE_US);
    expect(told(read)).toEqual([[1, 150, false, false]]);
    read.body(STOCK, encodeStockBars([first!, { ...second!, close: 150 }, ...bars(1, 2)]), OPEN_US + 2.1 * MINUTE_US);
    expect(told(read)).toEqual([
      [1, 150, true, false],
      [2, 102, false, false],
    ]);
    read.body(STOCK, encodeStockBars([first!, { ...second!, close: 150 }, ...bars(1, 2)]), OPEN_US + 3.2 * MINUTE_US);
    expect(told(read)).toEqual([[2, 102, true, false]]);
  });

  test('bars from before the first answer are history whenever they come', () => {
    const read = reading();
    read.body(STOCK, encodeStockBars(bars(2, 5)), OPEN_US + 6.5 * MINUTE_US);
    told(read);
    read.body(STOCK, encodeStockBars(bars(2, 3)), OPEN_US + 6.6 * MINUTE_US);
    expect(told(read)).toEqual([
      [3, 103, true, true],
      [4, 104, true, true],
    ]);
  });

  test('the newest bar is final five seconds after its end', () => {
    const read = reading();
    read.body(STOCK, encodeStockBars(bars(1)), OPEN_US + MINUTE_US + 4_999_999);
    read.body(STOCK, encodeStockBars(bars(1)), OPEN_US + MINUTE_US + 5_000_000);
    expect(told(read)).toEqual([
      [0, 100, false, false],
      [0, 100, true, false],
    ]);
  });

  test('the value of a bar is what the value of the day grew by', () => {
    const read = reading();
    read.body(STOCK, encodeStockBars(bars(3)), OPEN_US + 2.5 * MINUTE_US);
    expect(read.of('bar').map((call) => [call[8], call[9]])).toEqual([
      [0, NONE],
      [1, 1_000],
      [2, 1_000],
    ]);
  });

  test('bars of two symbols, markets or intervals do not mix', () => {
    const read = reading();
    for (const meta of [STOCK, { ...STOCK, symbol: '000660' }, { ...STOCK, params: { FID_COND_MRKT_DIV_CODE: 'NX' } }]) {
      read.body(meta, encodeStockBars(bars(1)), OPEN_US);
    }
    for (const seconds of ['30', '60']) {
      const params = { FID_COND_MRKT_DIV_CODE: 'F', FID_HOUR_CLS_CODE: seconds };
      read.body({ ...FUTURE, params }, encodeDerivativeBars(bars(1)), OPEN_US);
    }
    expect(read.of('bar').map((call) => [call[1], call[2]])).toEqual([
      ['005930', MINUTE_US],
      ['000660', MINUTE_US],
      ['005930_NX', MINUTE_US],
      ['A01612', MINUTE_US / 2],
      ['A01612', MINUTE_US],
    ]);
  });

  test('hours past 24 belong to the date on which the night began', () => {
    const read = reading();
    const night = kst('2026-09-23T01:30:00');
    const body = encodeDerivativeBars([{ ...bars(1)[0]!, openTimeUs: night, isPastMidnight: true }]);
    expect(new TextDecoder().decode(body)).toContain('"stck_bsop_date":"20260922","stck_cntg_hour":"253000"');
    read.body(FUTURE, body, night);
    expect(read.of('bar')[0]!.slice(1, 4)).toEqual(['A01612', MINUTE_US, night]);
  });

  test('the head of an answer is a reading', () => {
    const read = reading();
    read.body(FUTURE, encodeDerivativeBars(bars(1), { basis: 0.7, open_interest: 12345, index_price: 1079.5 }), OPEN_US);
    expect(readingsOf(read)).toMatchObject({ basis: 0.7, open_interest: 12345, index_price: 1079.5 });
    expect(read.of('drift')).toEqual([]);
  });

  test('a bad row is a failure, an empty one is none, and the others come out', () => {
    const row = (fields: object) => ({
      stck_bsop_date: '20260922',
      stck_cntg_hour: '115000',
      stck_prpr: '1',
      stck_oprc: '1',
      stck_hgpr: '1',
      stck_lwpr: '1',
      cntg_vol: '1',
      acml_tr_pbmn: '1',
      ...fields,
    });
    const rows = [
      row({}),
      row({ stck_cntg_hour: '117000' }),
      row({ stck_prpr: 'x', stck_cntg_hour: '115100' }),
      row({ cntg_vol: '', stck_cntg_hour: '115200' }),
      7,
    ];
    const empty = [
      row({ stck_bsop_date: '', stck_cntg_hour: '' }),
      row({ stck_prpr: '0', stck_oprc: '0', stck_hgpr: '0', stck_lwpr: '0' }),
    ];
    const read = reading();
    read.body(STOCK, JSON.stringify({ rt_cd: '0', output1: {}, output2: [...empty, ...rows] }), OPEN_US);
    expect(read.of('bar').length).toBe(1);
    expect(read.of('decodeFailure').map((call) => call[2])).toEqual([
      'output2, row 4: expected a date and a time, found "20260922" and "117000"',
      'output2, row 5: expected four prices above 0',
      'output2, row 6: cntg_vol: expected a volume',
      'output2, row 7: expected an object',
    ]);
  });
});

describe('boards and quotes', () => {
  test('all 41 fields of an option board come out', () => {
    const numbers = Object.fromEntries(OPTION_BOARD_KEYS.map((key, index) => [key, String(index + 1)]));
    const read = reading();
    read.body(
      BOARD,
      JSON.stringify({ output1: [{ ...numbers, optn_shrn_iscd: 'B01612A40', atm_cls_name: 'ATM' }], output2: [], rt_cd: '0' }),
    );
    const at = (key: string) => OPTION_BOARD_KEYS.indexOf(key) + 1;
    const [quote] = read.of('optionQuote');
    const greeks = ['delta_val', 'gama', 'theta', 'vega', 'rho', 'hts_thpr'].map(at);
    expect(quote).toEqual([
      'optionQuote',
      'B01612A40',
      NONE,
      at('hts_ints_vltl') / 100,
      NONE,
      NONE,
      ...greeks,
      NONE,
      at('hts_otst_stpl_qty'),
      at('optn_bidp'),
      at('shnu_rsqn'),
      at('optn_askp'),
      at('seln_rsqn'),
    ]);
    expect(read.of('instrument')).toEqual([
      [
        'instrument',
        'B01612A40',
        { venue: 'kis', symbol: 'B01612A40', kind: 'option', currency: 'KRW', multiplier: 250_000, optionType: 'call', strike: 1 },
      ],
    ]);
    // 41 fields: the symbol, twelve in the quote, one of them said twice (the strike, in the instrument too).
    expect(read.of('readingValue').length).toBe(41 - 1 - 12);
    expect(readingsOf(read)).toMatchObject({ strike: 1, price: at('optn_prpr'), moneyness: 1, index_base_price: at('nmix_sdpr') });
    expect(read.of('drift')).toEqual([]);
  });

  test('calls are in the first list and puts in the second, and a code that says otherwise is drift', () => {
    const read = reading();
    read.body(
      BOARD,
      encodeOptionBoard([{ symbol: 'B01612A40', strike: 1100, option: OPTION }], [{ symbol: 'B01612A41', strike: 1105, option: OPTION }]),
    );
    expect(read.of('instrument').map((call) => (call[2] as { optionType: string }).optionType)).toEqual(['call', 'call']);
    expect(read.of('drift')).toEqual([['drift', 'FHPIF05030100', 'B01612A41 is in the list of puts']]);
    expect(read.of('optionQuote')[0]).toEqual([
      'optionQuote',
      'B01612A40',
      NONE,
      23.45 / 100,
      NONE,
      NONE,
      0.51,
      0.002,
      -0.33,
      1.02,
      0.1,
      12.2,
      NONE,
      900,
      NONE,
      NONE,
      NONE,
      NONE,
    ]);
  });

  test('a futures board says quotes when they change', () => {
    const read = reading();
    const board = (bidPrice: number) =>
      encodeFuturesBoard([
        { symbol: 'A01612', name: 'F 202612', bidPrice, askPrice: 1080.35, readings: { price: 1080.3, open_interest: 5 } },
      ]);
    for (const bid of [1080.3, 1080.3, 1080.25]) read.body({ trId: 'FHPIF05030200' }, board(bid));
    expect(read.of('quote')).toEqual([
      ['quote', 'A01612', NONE, 1080.3, NONE, 1080.35, NONE, NONE],
      ['quote', 'A01612', NONE, 1080.25, NONE, 1080.35, NONE, NONE],
    ]);
    expect(readingsOf(read)).toMatchObject({ price: 1080.3, open_interest: 5 });
    expect(read.of('instrument').length).toBe(1);
  });

  test('the price of an option has greeks, its index, and says when it expires', () => {
    const read = reading();
    const master = '5|B01612A40|KR4B01612A40|C 202612 1100.0|1|1100.00|1|2001|KOSPI200\n';
    read.body({ endpoint: 'master-index-derivatives' }, master);
    const indices = [
      { code: '0001', name: 'KOSPI', price: 8000 },
      { code: '2001', name: 'KOSPI200', price: 1097.5 },
    ];
    read.body(
      PRICE,
      encodeDerivativePrice({
        name: 'C 202612 1100.0',
        lastTradeDate: '20261210',
        option: OPTION,
        indices,
        readings: { price: 12.35, strike: 1100, days_to_expiry: 79 },
      }),
    );
    expect(read.of('optionQuote')[0]!.slice(3)).toEqual([
      23.45 / 100,
      NONE,
      NONE,
      0.51,
      0.002,
      -0.33,
      1.02,
      0.1,
      12.2,
      1097.5,
      900,
      NONE,
      NONE,
      NONE,
      NONE,
    ]);
    expect(read.of('instrument').at(-1)![2]).toMatchObject({
      strike: 1100,
      optionType: 'call',
      expiryUs: kst('2026-12-10T15:20:00'),
      name: 'C 202612 1100.0',
    });
    expect(read.of('readingBegin').map((call) => call[1])).toEqual(['B01612A40', '0001', '2001']);
    expect(read.of('drift')).toEqual([]);
  });

  test('a price of a future is a reading of every number', () => {
    const read = reading();
    const numbers = Object.fromEntries(DERIVATIVE_PRICE_KEYS.map((key, index) => [key, String(index + 1)]));
    read.body({ ...PRICE, symbol: 'A01612' }, JSON.stringify({ output1: { ...numbers, new_field: '1' } }));
    expect(read.of('readingValue').length).toBe(DERIVATIVE_PRICE_KEYS.length - 2);
    expect(read.of('drift')).toEqual([['drift', 'FHMIF10000000', 'unknown key "new_field"']]);
  });

  test('a book of five levels has order counts and totals', () => {
    const read = reading();
    const venueTimeUs = kst('2026-09-22T11:56:28');
    const levels = [
      { price: 1080.3, size: 4, orders: 2 },
      { price: 1080.25, size: 5, orders: 3 },
    ];
    read.body(
      { trId: 'FHMIF10010000', symbol: 'A01612' },
      encodeDerivativeBook({ venueTimeUs, bids: levels, asks: [{ price: 1080.35, size: 1, orders: 1 }] }),
    );
    expect(read.calls).toEqual([
      ['bookBegin', 'A01612', venueTimeUs, true, 'replace', NONE, NONE, NONE],
      ['bookLevel', 1, 1080.3, 4, 2, NONE],
      ['bookLevel', 1, 1080.25, 5, 3, NONE],
      ['bookLevel', -1, 1080.35, 1, 1, NONE],
      ['bookTotals', 9, 1, 5, 1, NONE, NONE, NONE, NONE],
      ['bookEnd'],
    ]);
  });
});

test('what is wrong with a number is never told inside a group', () => {
  const broken = (body: Uint8Array) =>
    new TextDecoder().decode(body).replace('"rt_cd":"0",', '').replaceAll('"4"', '"x"').replaceAll('"0"', '"y"');
  const read = reading();
  const levels = [{ price: 4, size: 4, orders: 4 }];
  read.body(
    { trId: 'FHMIF10010000', symbol: 'A01612' },
    broken(encodeDerivativeBook({ venueTimeUs: OPEN_US, bids: levels, asks: levels })),
  );
  read.body(BOARD, broken(encodeOptionBoard([{ symbol: 'B01612A40', strike: 4, option: OPTION }], [])));
  let group = '';
  for (const [name] of read.calls) {
    if (group !== '') expect(String(name).startsWith(group)).toBe(true);
    if (String(name).endsWith('Begin')) group = String(name).replace('Begin', '');
    if (String(name).endsWith('End')) group = '';
  }
  expect(read.of('drift').length).toBeGreaterThan(20);
});

describe('masters', () => {
  /** cp949 of 삼성전자. */
  const SAMSUNG = Uint8Array.of(0xbb, 0xef, 0xbc, 0xba, 0xc0, 0xfc, 0xc0, 0xda);

  test('index derivatives get name, strike, type and multiplier; a bad line is counted', () => {
    const lines = [
      '1|A01612|KR4A01612|F 202612|0|0.00|1|2001|KOSPI200',
      'E|C05612A41|KR4C05612A41|MP 202612 1125.0|3|1125.00|1|2001|KOSPI200',
      'L|B09612A40|KR4B09612A40|WC 1100.0|1|1100.00|1|2001|KOSPI200',
      'broken line',
      '1|A06612|KR4A06612|KQ F 202612|0|0.00|1|3003|KOSDAQ150',
    ];
    const read = reading();
    read.body({ endpoint: 'master-index-derivatives' }, lines.join('\r\n'));
    expect(read.of('instrument').map((call) => call[2])).toMatchObject([
      { symbol: 'A01612', kind: 'future', multiplier: 250_000, name: 'F 202612' },
      { symbol: 'C05612A41', kind: 'option', multiplier: 50_000, optionType: 'put', strike: 1125 },
      { symbol: 'B09612A40', kind: 'option', multiplier: 250_000, optionType: 'call', strike: 1100 },
      { symbol: 'A06612', kind: 'future', multiplier: 10_000 },
    ]);
    expect(read.of('decodeFailure')).toEqual([
      ['decodeFailure', 'master-index-derivatives', '1 of 5 lines are no instrument, the first is line 4'],
    ]);
  });

  test('a stock gets the Korean name of its line, and a master that comes again says nothing new', () => {
    const line = new Uint8Array(288).fill(0x20);
    line.set(new TextEncoder().encode('005930   KR7005930003'), 0);
    line.set(SAMSUNG, 21);
    line.set(new TextEncoder().encode('ST1'), 61);
    const read = reading();
    for (let times = 0; times < 2; times++) read.body({ endpoint: 'master-kospi' }, Uint8Array.of(...line, 0x0a));
    expect(read.calls).toEqual([
      ['instrument', '005930', { venue: 'kis', symbol: '005930', kind: 'stock', currency: 'KRW', multiplier: 1, name: '삼성전자' }],
    ]);
  });

  test('a file that was recorded as a zip is a failure', () => {
    const read = reading();
    read.body({ endpoint: 'master-kospi' }, Uint8Array.of(0x50, 0x4b, 3, 4));
    expect(read.of('decodeFailure')).toEqual([['decodeFailure', 'master-kospi', 'the file was recorded as a zip']]);
  });
});

describe('requests', () => {
  test('a refusal is drift with its code, once', () => {
    const read = reading();
    for (let times = 0; times < 2; times++) read.body({ ...STOCK, status: 500 }, '{"rt_cd":"1","msg_cd":"EGW00201","msg1":"too many"}');
    read.body({ ...STOCK, status: 403 }, '{"error_code":"EGW00133","error_description":"wait"}');
    read.body({ ...STOCK, status: 502 }, '<html>');
    expect(read.calls).toEqual([
      ['drift', 'FHKST03010200', 'EGW00201: too many'],
      ['drift', 'FHKST03010200', 'EGW00133: wait'],
      ['drift', 'FHKST03010200', 'HTTP status 502'],
    ]);
  });

  test('an answer that is not decoded is counted, a token is nobody else’s business, no symbol is a failure', () => {
    const read = reading();
    read.body({ endpoint: 'token' }, '{"access_token":"000"}');
    read.body({ trId: 'FHKST01010100', symbol: '005930' }, '{"rt_cd":"0"}');
    read.body({}, '{"rt_cd":"0"}');
    read.body({ trId: 'FHKST03010200' }, '{"rt_cd":"0","output2":[]}');
    read.body(STOCK, 'no json');
    expect(read.calls.map((call) => call.slice(0, 2))).toEqual([
      ['undecoded', 'FHKST01010100'],
      ['undecoded', ''],
      ['decodeFailure', 'FHKST03010200'],
      ['decodeFailure', 'FHKST03010200'],
    ]);
  });

  test('whatever bytes come, a body is events or a failure, never a throw', () => {
    const made = [
      { meta: STOCK, body: encodeStockBars(bars(3)) },
      { meta: FUTURE, body: encodeDerivativeBars(bars(2)) },
      { meta: BOARD, body: encodeOptionBoard([{ symbol: 'B01612A40', strike: 1100, option: OPTION }], []) },
      { meta: PRICE, body: encodeDerivativePrice({ name: 'x', lastTradeDate: '20261210', option: OPTION }) },
      { meta: { trId: 'FHMIF10010000', symbol: 'A01612' }, body: encodeDerivativeBook({ venueTimeUs: OPEN_US, bids: [], asks: [] }) },
      { meta: { endpoint: 'master-index-derivatives' }, body: new TextEncoder().encode('5|B01612A40|x|n|1|1.5|1|2001|K\n') },
    ];
    const read = reading();
    for (const seed of seeds(600)) {
      const random = randomOf(seed);
      const { meta, body } = random.pick(made);
      expect(() => read.body(meta, mutateBytes(body, random), OPEN_US), `seed ${seed}`).not.toThrow();
    }
  });
});
