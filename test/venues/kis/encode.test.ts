import { expect, test } from 'vitest';
import { acknowledgementText, pingPongText, rejectionText } from '../../../venues/kis/control-frames.ts';
import { fieldMeaning } from '../../../venues/kis/fields.ts';
import {
  encodeBooks,
  encodeExpectedPrices,
  encodeNotice,
  encodeStatuses,
  encodeTrades,
  type KisBook,
  type KisLevel,
  type KisTrade,
} from '../../../venues/kis/index.ts';
import { CHANNEL_LAYOUTS, type ChannelLayouts } from '../../../venues/kis/layouts.ts';
import { checkSeeds, type Random } from '../../seeds.ts';
import type { RecordedSink } from '../recorded-sink.ts';
import { decodeFrames, NOON_US } from './kis-frames.ts';

const NONE = Number.NaN;
const LAYOUTS = ['documented', 'current'] as const;

function channelsOf(kind: ChannelLayouts['kind']): readonly ChannelLayouts[] {
  return CHANNEL_LAYOUTS.filter((table) => table.kind === kind);
}

function layoutOf(table: ChannelLayouts, layout: 'documented' | 'current'): readonly string[] {
  return layout === 'documented' ? table.layouts[0]! : table.layouts.find((fields) => fields.length === table.currentWidth)!;
}

function amount(random: Random): number {
  return random.integer(1, 2_000_000) / random.pick([1, 1, 10, 100]);
}

/** A number for every name in the reading of a layout, as the field of that name can print it. */
function someReadings(fields: readonly string[], random: Random): Record<string, number> {
  const readings: Record<string, number> = {};
  for (const field of fields) {
    const { reads, reading } = fieldMeaning(field);
    if (reading === '') continue;
    if (reads === 'flag') readings[reading] = random.integer(0, 1);
    else if (field === 'HOUR_CLS_CODE') readings[reading] = random.pick([0, 10, 11, 12, 13]);
    else if (reads === 'code') readings[reading] = random.pick([0, 1, 2, 5, 20, 311]);
    else if (field.endsWith('_HOUR')) readings[reading] = random.integer(0, 235959);
    else readings[reading] = random.chance(0.3) ? -amount(random) : amount(random);
  }
  return readings;
}

function someTrade(fields: readonly string[], random: Random): KisTrade {
  const isOption = fields.includes('DELTA');
  const hasSide = fields.some((name) => name === 'CCLD_DVSN' || name === 'CNTG_CLS_CODE');
  const side = hasSide ? random.pick([1, -1, 0] as const) : 0;
  const readings = someReadings(fields, random);
  readings.operation_code = random.pick([10, 20, 21]);
  const best = random.chance(0.9)
    ? { bidPrice: amount(random), bidSize: amount(random), askPrice: amount(random), askSize: amount(random) }
    : {};
  const option = {
    impliedVolatility: random.integer(1, 20_000) / 100 / 100,
    delta: -amount(random),
    gamma: amount(random),
    theta: -amount(random),
    vega: amount(random),
    rho: 0,
    theoreticalPrice: amount(random),
    openInterest: random.integer(0, 100_000),
  };
  return {
    symbol: random.pick(['005930', 'A01612', 'B01612A40']),
    venueTimeUs: NOON_US + random.integer(-20_000, 20_000) * 1_000_000,
    price: amount(random),
    size: random.integer(1, 10_000),
    side,
    condition: side === 0 && hasSide && random.chance(0.5) ? 'auction' : 'regular',
    cumulativeVolume: random.integer(0, 100_000_000),
    readings,
    ...best,
    ...(isOption ? { option } : {}),
  };
}

function clean(recorded: RecordedSink): void {
  expect([...recorded.of('drift'), ...recorded.of('decodeFailure'), ...recorded.of('undecoded')]).toEqual([]);
}

test('decoding encoded trades gives the same trades, quotes, greeks and readings', () => {
  checkSeeds(20, (random) => {
    for (const table of channelsOf('trade')) {
      for (const layout of LAYOUTS) {
        const fields = layoutOf(table, layout);
        const trades = Array.from({ length: random.integer(1, 4) }, () => someTrade(fields, random));
        const read = decodeFrames(encodeTrades(table.channel, trades, layout));
        clean(read);
        expect(read.of('trade')).toEqual(
          trades.map((t) => [
            'trade',
            t.symbol + table.suffix,
            t.venueTimeUs,
            t.price,
            t.size,
            t.side,
            '',
            t.cumulativeVolume,
            t.condition,
          ]),
        );
        const quoted = trades.filter((t) => t.bidPrice !== undefined);
        expect(read.of('quote').map((call) => call.slice(3, 7))).toEqual(quoted.map((t) => [t.bidPrice, t.bidSize, t.askPrice, t.askSize]));
        const options = trades.flatMap(({ option }) => option ?? []);
        expect(read.of('optionQuote').map((call) => [call[3], ...call.slice(6, 11), call[11], call[13]])).toEqual(
          options.map((o) => [o.impliedVolatility, o.delta, o.gamma, o.theta, o.vega, o.rho, o.theoreticalPrice, o.openInterest]),
        );
        checkReadings(
          read,
          trades.map(({ readings }) => readings!),
        );
      }
    }
  });
});

/** What was read is what was given; readings that other events say are not read again. */
function checkReadings(read: RecordedSink, given: readonly Readonly<Record<string, number>>[]): void {
  let row = -1;
  let count = 0;
  for (const [call, name, value] of read.calls) {
    if (call === 'readingBegin') row++;
    if (call !== 'readingValue') continue;
    count++;
    expect([name, value]).toEqual([name, given[row]![String(name)]]);
  }
  expect(count).toBeGreaterThan(0);
}

test('decoding encoded books gives the same levels, totals, auctions and readings', () => {
  checkSeeds(20, (random) => {
    for (const table of channelsOf('book')) {
      for (const layout of LAYOUTS) {
        const fields = layoutOf(table, layout);
        const depth = fields.filter((name) => /^(FUTS_|OPTN_)?ASKP\d+$/.test(name)).length;
        const hasOrders = fields.includes('ASKP_CSNU1');
        const hasAuction = fields.includes('ANTC_CNPR');
        const level = (): KisLevel => ({
          price: amount(random),
          size: random.integer(0, 9_999),
          ...(hasOrders ? { orders: random.integer(1, 99) } : {}),
        });
        const side = () => Array.from({ length: random.integer(0, depth) }, level);
        const book: KisBook = {
          symbol: 'X1',
          venueTimeUs: NOON_US,
          bids: side(),
          asks: side(),
          totalBidSize: random.integer(0, 99_999),
          totalAskSizeChange: -random.integer(1, 99),
          ...(hasAuction ? { expectedPrice: amount(random), expectedSize: amount(random) } : {}),
          readings: someReadings(fields, random),
        };
        const read = decodeFrames(encodeBooks(table.channel, [book], layout));
        clean(read);
        const told = (s: 1 | -1, levels: readonly KisLevel[]) =>
          levels.map(({ price, size, orders }) => ['bookLevel', s, price, size, orders ?? NONE, NONE]);
        expect(read.of('bookLevel')).toEqual([...told(1, book.bids), ...told(-1, book.asks)]);
        const [, bidSize, askSize, bidOrders, , bidChange, askChange] = read.of('bookTotals')[0]!;
        expect([bidSize, askSize]).toEqual([book.totalBidSize, book.asks.reduce((sum, { size }) => sum + size, 0)]);
        expect(bidOrders).toBe(hasOrders ? book.bids.reduce((sum, { orders }) => sum + orders!, 0) : NONE);
        if (fields.includes('TOTAL_BIDP_RSQN_ICDC')) expect([bidChange, askChange]).toEqual([0, book.totalAskSizeChange]);
        expect(read.of('auction').map((call) => call.slice(3))).toEqual(hasAuction ? [[book.expectedPrice, book.expectedSize]] : []);
        if (hasAuction) checkReadings(read, [book.readings!]);
      }
    }
  });
});

test('decoding encoded expected prices and statuses gives them back', () => {
  for (const { channel, layouts } of channelsOf('expected')) {
    const read = decodeFrames(encodeExpectedPrices(channel, [{ symbol: 'B01612A40', venueTimeUs: NOON_US, price: 3.15, size: 40 }]));
    clean(read);
    expect(read.of('auction')).toEqual([['auction', 'B01612A40', NOON_US, 3.15, layouts[0]!.includes('ANTC_CNQN') ? 40 : NONE]]);
  }
  for (const { channel, suffix } of channelsOf('status')) {
    const read = decodeFrames(
      encodeStatuses(channel, [{ symbol: '005930', phase: '112', isHalted: true, reason: '공시', isInterrupted: true }]),
    );
    clean(read);
    expect(read.of('status').map((call) => call.slice(1))).toEqual([
      [`005930${suffix}`, NONE, 'phase', false, '112', NONE],
      [`005930${suffix}`, NONE, 'halt', true, '공시', NONE],
      [`005930${suffix}`, NONE, 'volatility-interruption', true, 'Y', NONE],
    ]);
  }
});

test('a block trade is encoded with the operation code of one', () => {
  const trade: KisTrade = {
    symbol: '005930',
    venueTimeUs: NOON_US,
    price: 1,
    size: 1,
    side: 1,
    condition: 'off-book',
    cumulativeVolume: 1,
  };
  expect(decodeFrames(encodeTrades('H0STCNT0', [trade])).of('trade')[0]![8]).toBe('off-book');
});

test('decoding an encoded notice gives every text back', () => {
  for (const { channel, layouts } of channelsOf('notice')) {
    const texts = Object.fromEntries(layouts[0]!.map((name) => [name, `${name.toLowerCase()}|1`]));
    const read = decodeFrames(encodeNotice(channel, { ...texts, STCK_SHRN_ISCD: '005930', STCK_CNTG_HOUR: '115630' }));
    clean(read);
    const told = { ...texts, STCK_SHRN_ISCD: '005930', STCK_CNTG_HOUR: '115630' };
    expect(Object.fromEntries(read.of('noticeField').map(([, name, text]) => [name, text]))).toEqual(told);
  }
});

test('what is sent today is as wide as it is documented to be, and so is the documented layout', () => {
  const widthOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes).split('^').length;
  const trade: KisTrade = { symbol: '005930', venueTimeUs: NOON_US, price: 1, size: 1, side: 1, cumulativeVolume: 1 };
  const book: KisBook = { symbol: '005930', venueTimeUs: NOON_US, bids: [], asks: [] };
  expect([widthOf(encodeTrades('H0STCNT0', [trade], 'documented')), widthOf(encodeTrades('H0STCNT0', [trade]))]).toEqual([46, 47]);
  expect([widthOf(encodeBooks('H0STASP0', [book], 'documented')), widthOf(encodeBooks('H0STASP0', [book]))]).toEqual([59, 63]);
});

test('the control frames of the protocol say nothing to a decoder', () => {
  const head = { trId: 'H0STCNT0', trKey: '005930', isEncrypted: false };
  const result = { isOk: true, code: 'OPSP0000', message: 'SUBSCRIBE SUCCESS' };
  const acknowledged = acknowledgementText(head, result, { key: '0'.repeat(32), iv: '0'.repeat(16) });
  expect(decodeFrames(acknowledged, pingPongText('20260922115630'), rejectionText('', '', 'OPSP8991', 'invalid tr_id')).calls).toEqual([]);
});
