import { expect, test } from 'vitest';
import { encodeQuotes } from '../../../venues/kiwoom/encode.ts';
import { encodeConditionChanges, encodePhases, encodeVolatility } from '../../../venues/kiwoom/encode-status.ts';
import { VOLATILITY } from '../../../venues/kiwoom/fids.ts';
import { checkSeeds, type Random } from '../../seeds.ts';
import { decodeFrames, NOON_US } from './kiwoom-frames.ts';

const UNSENT = Number.NaN;
const OWN_NAMES = ['kind_code', 'direction_code', 'trigger_price', 'triggered_hhmmss', 'released_hhmmss'];

function someSymbol(random: Random): string {
  return random.pick(['005930', '000660_NX', '0001A0_AL']);
}

function someTimeUs(random: Random): number {
  return NOON_US + random.integer(-20_000, 20_000) * 1_000_000;
}

function hhmmss(timeUs: number): number {
  return Number(new Date(timeUs / 1000 + 9 * 3_600_000).toISOString().slice(11, 19).replaceAll(':', ''));
}

test('decoding encoded quotes gives the same prices', () => {
  checkSeeds(50, (random) => {
    const quote = { symbol: someSymbol(random), bidPrice: random.integer(1, 1e6), askPrice: random.integer(1, 1e6), previousClose: 5e5 };
    expect(decodeFrames([encodeQuotes([quote])]).of('quote')).toEqual([
      ['quote', quote.symbol, UNSENT, quote.bidPrice, UNSENT, quote.askPrice, UNSENT, UNSENT],
    ]);
  });
});

test('decoding encoded interruptions gives the same statuses and readings', () => {
  checkSeeds(100, (random) => {
    const others = VOLATILITY.fields.filter(({ isInReading, name }) => isInReading && !OWN_NAMES.includes(name));
    const readings = Object.fromEntries(
      others.map(({ name, reads }) => [name, reads === 'signed' ? random.integer(-1_000, 1_000) / 100 : random.integer(0, 999)]),
    );
    const triggeredAtUs = someTimeUs(random);
    const releasedAtUs = random.chance(0.5) ? triggeredAtUs + 120_000_000 : undefined;
    const [symbol, price] = [someSymbol(random), random.integer(1, 1_000_000)];
    const [kind, direction] = [random.pick([1, 2, 3] as const), random.pick([1, -1] as const)];
    const release = releasedAtUs === undefined ? {} : { releasedAtUs };
    const recorded = decodeFrames([encodeVolatility([{ symbol, kind, direction, price, triggeredAtUs, readings, ...release }])]);
    const isRestricted = releasedAtUs === undefined;
    const timeUs = releasedAtUs ?? triggeredAtUs;
    expect(recorded.of('status')).toEqual([['status', symbol, timeUs, 'volatility-interruption', isRestricted, String(kind), price]]);
    expect(Object.fromEntries(recorded.of('readingValue').map(([, name, value]) => [name, value]))).toEqual({
      ...readings,
      ...{ kind_code: kind, direction_code: direction === 1 ? 1 : 2, trigger_price: price },
      ...{ triggered_hhmmss: hhmmss(triggeredAtUs), released_hhmmss: isRestricted ? 0 : hhmmss(timeUs) },
    });
    expect([...recorded.of('drift'), ...recorded.of('decodeFailure')]).toEqual([]);
  });
});

test('decoding encoded phases gives the same codes', () => {
  checkSeeds(50, (random) => {
    const phase = {
      venueTimeUs: someTimeUs(random),
      code: random.pick(['0', '3', 'a', 'P', 'W']),
      leftUs: random.integer(0, 86_399) * 1_000_000,
    };
    expect(decodeFrames([encodePhases([phase])]).calls).toEqual([['status', -1, phase.venueTimeUs, 'phase', false, phase.code, UNSENT]]);
  });
});

test('the time left to a phase is printed as hours, minutes and seconds', () => {
  const text = new TextDecoder().decode(encodePhases([{ venueTimeUs: NOON_US, code: '0', leftUs: (2 * 3600 + 3 * 60 + 4) * 1_000_000 }]));
  expect(JSON.parse(text).data[0].values).toEqual({ '215': '0', '20': '115630', '214': '020304' });
});

test('decoding encoded condition changes gives the same readings', () => {
  checkSeeds(50, (random) => {
    const change = {
      symbol: someSymbol(random),
      venueTimeUs: someTimeUs(random),
      condition: random.integer(0, 99),
      isInserted: random.chance(0.5),
    };
    expect(decodeFrames([encodeConditionChanges([change])]).calls).toEqual([
      ['readingBegin', change.symbol, change.venueTimeUs, '02'],
      ['readingValue', 'inserted', change.isInserted ? 1 : 0],
      ['readingValue', 'condition_number', change.condition],
      ['readingValue', 'side_code', 2],
      ['readingEnd'],
    ]);
  });
});
