import { describe, expect, test } from 'vitest';
import {
  isMarket,
  isSubscriptionWindow,
  isTradingDay,
  KNOWN_HOLIDAYS,
  marketHolidays,
  marketPhase,
  nextChangeUs,
} from '../../domain/calendar.ts';
import { KRX_CLOSED_DAYS, KRX_LATE_DAYS, KRX_NIGHT_CLOSED_DAYS } from '../../domain/krx-holidays.ts';
import { MARKETS } from '../../domain/market-hours.ts';
import { KST_OFFSET_US, MINUTE_US, microsecondsOf, parseIsoNanoseconds, SECOND_US } from '../../domain/time.ts';
import { checkSeeds } from '../seeds.ts';

/** Microseconds of a Korean date and time, `2026-12-07 09:00`. */
function kst(text: string): number {
  return microsecondsOf(parseIsoNanoseconds(text, KST_OFFSET_US)!);
}

function korean(timeUs: number): string {
  if (!Number.isFinite(timeUs)) return String(timeUs);
  return new Date((timeUs + KST_OFFSET_US) / 1000).toISOString().slice(0, 19).replace('T', ' ');
}

/** The day's phases as lines `from–to phase`, an exclamation mark where data is expected. */
function phasesFrom(market: string, from: string, to: string): readonly string[] {
  const lines: string[] = [];
  let last = '';
  for (let timeUs = kst(from); timeUs < kst(to); timeUs += 10 * SECOND_US) {
    const { phase, expectsData, startsAtUs, endsAtUs } = marketPhase(market, timeUs, KNOWN_HOLIDAYS);
    const line = `${korean(startsAtUs).slice(5, 19)} – ${korean(endsAtUs).slice(5, 19)} ${phase}${expectsData ? '!' : ''}`;
    if (line !== last) lines.push(line);
    last = line;
  }
  return lines;
}

function windowOf(market: string, from: string, to: string): string {
  let first = '';
  let last = '';
  for (let timeUs = kst(from); timeUs < kst(to); timeUs += MINUTE_US) {
    if (!isSubscriptionWindow(market, timeUs, KNOWN_HOLIDAYS)) continue;
    if (first === '') first = korean(timeUs);
    last = korean(timeUs + MINUTE_US);
  }
  return `${first} – ${last}`;
}

describe('the stock market', () => {
  test('has auctions, a regular session and, since 14 September 2026, an after-market', () => {
    expect(phasesFrom('krx-stock', '2026-12-08 06:00', '2026-12-08 22:00')).toEqual([
      '12-07 20:00:00 – 12-08 08:30:00 closed',
      '12-08 08:30:00 – 12-08 08:50:00 opening-auction',
      '12-08 08:50:00 – 12-08 09:00:00 opening-auction!',
      '12-08 09:00:00 – 12-08 15:20:00 regular!',
      '12-08 15:20:00 – 12-08 15:30:00 closing-auction!',
      '12-08 15:30:00 – 12-08 15:40:00 pause',
      '12-08 15:40:00 – 12-08 16:00:00 closing-price',
      '12-08 16:00:00 – 12-08 20:00:00 after-market!',
      '12-08 20:00:00 – 12-09 08:30:00 closed',
    ]);
  });

  test('had single-price trading until 13 September 2026', () => {
    expect(marketPhase('krx-stock', kst('2026-09-11 17:00'), KNOWN_HOLIDAYS)).toMatchObject({ phase: 'single-price', expectsData: false });
    expect(marketPhase('krx-stock', kst('2026-09-11 18:30'), KNOWN_HOLIDAYS).phase).toBe('closed');
    expect(marketPhase('krx-stock', kst('2026-09-14 17:00'), KNOWN_HOLIDAYS)).toMatchObject({ phase: 'after-market', expectsData: true });
  });

  test('is subscribed to from 06:50, for a pre-market that may come, until after the after-market', () => {
    expect(windowOf('krx-stock', '2026-12-08 00:00', '2026-12-09 00:00')).toBe('2026-12-08 06:50:00 – 2026-12-08 20:05:00');
  });
});

describe('derivatives by day', () => {
  test('trade from 08:45 to 15:45 with an auction at both ends', () => {
    expect(phasesFrom('krx-derivatives', '2026-12-08 08:00', '2026-12-08 16:00').slice(1, -1)).toEqual([
      '12-08 08:30:00 – 12-08 08:45:00 opening-auction',
      '12-08 08:45:00 – 12-08 15:35:00 regular!',
      '12-08 15:35:00 – 12-08 15:45:00 closing-auction',
    ]);
    expect(windowOf('krx-derivatives', '2026-12-08 00:00', '2026-12-09 00:00')).toBe('2026-12-08 08:25:00 – 2026-12-08 15:50:00');
  });
});

describe('the night session', () => {
  test('runs from 18:00 to 06:00 and is one session on both sides of midnight', () => {
    expect(phasesFrom('krx-night', '2026-12-08 17:45', '2026-12-09 06:10')).toEqual([
      '12-08 06:00:00 – 12-08 17:50:00 closed',
      '12-08 17:50:00 – 12-08 18:00:00 opening-auction',
      '12-08 18:00:00 – 12-09 05:50:00 regular!',
      '12-09 05:50:00 – 12-09 06:00:00 closing-auction',
      '12-09 06:00:00 – 12-09 17:50:00 closed',
    ]);
    expect(windowOf('krx-night', '2026-12-08 07:00', '2026-12-09 12:00')).toBe('2026-12-08 17:45:00 – 2026-12-09 06:05:00');
  });

  test.each([
    ['2026-12-08 23:00', '2026-12-09', 'the day on which it ends'],
    ['2026-12-09 05:00', '2026-12-09', 'the same after midnight'],
    ['2026-12-11 23:00', '2026-12-14', 'the Monday after a Friday'],
    ['2026-12-12 05:00', '2026-12-14', 'the Monday, on Saturday morning'],
    ['2025-12-30 22:00', '2026-01-02', 'the first trading day after a closed end of the year'],
  ])('at %s belongs to the trade date %s: %s', (time, date) => {
    expect(marketPhase('krx-night', kst(time), KNOWN_HOLIDAYS)).toMatchObject({ phase: 'regular', tradeDate: date });
  });

  test('does not start on a holiday, on a weekend or on an eve that KRX named', () => {
    for (const day of ['2026-12-25', '2026-12-12', '2026-12-13', '2026-02-13', '2025-10-02'])
      expect(isTradingDay('krx-night', kst(`${day} 12:00`), KNOWN_HOLIDAYS), day).toBe(false);
    expect(isTradingDay('krx-derivatives', kst('2026-02-13 12:00'), KNOWN_HOLIDAYS)).toBe(true);
  });

  test('that started before a holiday still ends in its morning', () => {
    expect(marketPhase('krx-night', kst('2026-12-25 03:00'), KNOWN_HOLIDAYS)).toMatchObject({ phase: 'regular', tradeDate: '2026-12-28' });
  });

  test('does not exist before 9 June 2025', () => {
    expect(marketPhase('krx-night', kst('2025-06-06 20:00'), KNOWN_HOLIDAYS).phase).toBe('closed');
    expect(marketPhase('krx-night', kst('2025-06-09 20:00'), KNOWN_HOLIDAYS).phase).toBe('regular');
  });
});

describe('NXT', () => {
  test('has a pre-market, a main market and an after-market', () => {
    expect(phasesFrom('nxt', '2026-12-08 07:59', '2026-12-08 20:01').slice(1, -1)).toEqual([
      '12-08 08:00:00 – 12-08 08:50:00 pre-market!',
      '12-08 08:50:00 – 12-08 09:00:30 pause',
      '12-08 09:00:30 – 12-08 15:20:00 regular!',
      '12-08 15:20:00 – 12-08 15:40:00 pause',
      '12-08 15:40:00 – 12-08 20:00:00 after-market!',
    ]);
  });
});

describe('the day of the college entrance examination', () => {
  const at = (market: string, time: string) => marketPhase(market, kst(`2026-11-19 ${time}`), KNOWN_HOLIDAYS).phase;

  test('moves opening and close by an hour, not the end of the evening', () => {
    expect(at('krx-stock', '09:30')).toBe('opening-auction');
    expect(at('krx-stock', '16:10')).toBe('regular');
    expect(at('krx-stock', '19:59')).toBe('after-market');
    expect(at('krx-stock', '20:00')).toBe('closed');
    expect(at('krx-derivatives', '16:30')).toBe('regular');
  });

  test('opens the night at 19:00 and ends it at 06:00', () => {
    expect(at('krx-night', '18:30')).toBe('closed');
    expect(at('krx-night', '19:00')).toBe('regular');
    expect(marketPhase('krx-night', kst('2026-11-20 05:49'), KNOWN_HOLIDAYS)).toMatchObject({ phase: 'regular' });
    expect(marketPhase('krx-night', kst('2026-11-20 06:00'), KNOWN_HOLIDAYS).phase).toBe('closed');
  });

  test('has no pre-market on NXT', () => {
    expect(at('nxt', '08:30')).toBe('closed');
    expect(at('nxt', '10:00:30')).toBe('regular');
    expect(at('nxt', '16:39')).toBe('pause');
    expect(at('nxt', '16:40')).toBe('after-market');
  });
});

test('the first trading day of the year opens an hour late and closes as ever', () => {
  expect(marketPhase('krx-stock', kst('2027-01-04 09:30'), KNOWN_HOLIDAYS).phase).toBe('opening-auction');
  expect(marketPhase('krx-stock', kst('2027-01-04 15:25'), KNOWN_HOLIDAYS).phase).toBe('closing-auction');
  expect(marketPhase('krx-derivatives', kst('2027-01-04 09:40'), KNOWN_HOLIDAYS).phase).toBe('opening-auction');
  expect(marketPhase('krx-night', kst('2027-01-04 18:00'), KNOWN_HOLIDAYS).phase).toBe('regular');
});

test('a day of the configuration closes a market, and only that one', () => {
  const holidays = marketHolidays({ 'krx-stock': ['2026-12-08'] });
  expect(marketPhase('krx-stock', kst('2026-12-08 10:00'), holidays).phase).toBe('closed');
  expect(marketPhase('krx-derivatives', kst('2026-12-08 10:00'), holidays).phase).toBe('regular');
});

test('a market that is always open has one phase without limits', () => {
  expect(marketPhase('always', kst('2026-12-25 03:00'), KNOWN_HOLIDAYS)).toEqual({
    phase: 'regular',
    expectsData: true,
    startsAtUs: Number.NEGATIVE_INFINITY,
    endsAtUs: Number.POSITIVE_INFINITY,
    tradeDate: '',
  });
  expect(isSubscriptionWindow('always', 0, KNOWN_HOLIDAYS)).toBe(true);
  expect(nextChangeUs('always', 0, KNOWN_HOLIDAYS)).toBe(Number.POSITIVE_INFINITY);
});

test('between two changes nothing changes, and at a change something does', () => {
  checkSeeds(60, (random) => {
    const market = random.pick(MARKETS.filter((name) => name !== 'always'));
    const timeUs = kst('2025-07-01 00:00') + random.integer(0, 900 * 24 * 60) * MINUTE_US;
    const changeUs = nextChangeUs(market, timeUs, KNOWN_HOLIDAYS);
    const stateAt = (us: number) => {
      const { phase, expectsData, startsAtUs } = marketPhase(market, us, KNOWN_HOLIDAYS);
      return JSON.stringify([phase, expectsData, String(startsAtUs), isSubscriptionWindow(market, us, KNOWN_HOLIDAYS)]);
    };
    expect(changeUs).toBeGreaterThan(timeUs);
    const before = stateAt(timeUs);
    for (let i = 0; i < 20; i++)
      expect(stateAt(timeUs + Math.floor(((changeUs - timeUs) * i) / 20)), `${market} ${korean(timeUs)}`).toBe(before);
    expect(stateAt(changeUs - 1)).toBe(before);
    expect(stateAt(changeUs), `${market} changes at ${korean(changeUs)}`).not.toBe(before);
  });
});

test('a phase begins and ends when it says', () => {
  checkSeeds(60, (random) => {
    const market = random.pick(MARKETS.filter((name) => name !== 'always'));
    const found = marketPhase(market, kst('2025-07-01 00:00') + random.integer(0, 900 * 24 * 60) * MINUTE_US, KNOWN_HOLIDAYS);
    expect(marketPhase(market, found.startsAtUs, KNOWN_HOLIDAYS)).toEqual(found);
    expect(marketPhase(market, found.endsAtUs - 1, KNOWN_HOLIDAYS)).toEqual(found);
    expect(marketPhase(market, found.endsAtUs, KNOWN_HOLIDAYS)).not.toEqual(found);
  });
});

test('every known day is a weekday, listed once and in order', () => {
  expect([...KRX_CLOSED_DAYS]).toEqual([...new Set(KRX_CLOSED_DAYS)].sort());
  for (const day of [...KRX_CLOSED_DAYS, ...KRX_NIGHT_CLOSED_DAYS, ...Object.keys(KRX_LATE_DAYS)]) {
    const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
    expect(weekday > 0 && weekday < 6, day).toBe(true);
  }
  for (const day of Object.keys(KRX_LATE_DAYS)) expect(isTradingDay('krx-stock', kst(`${day} 12:00`), KNOWN_HOLIDAYS), day).toBe(true);
});

test('a name that is no market is a bug, said by name', () => {
  expect(isMarket('krx-stock')).toBe(true);
  expect(isMarket('nyse')).toBe(false);
  expect(() => marketPhase('nyse', 0, KNOWN_HOLIDAYS)).toThrow(/krx-stock, krx-derivatives/);
  expect(() => marketHolidays({ nxt: ['2026-02-30'] })).toThrow(/2026-02-30/);
});
