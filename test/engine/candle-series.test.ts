import { describe, expect, test } from 'vitest';
import { type Candle, DAY_US, HOUR_US, MINUTE_US, parseCandleInterval, SECOND_US, type TradeEvent } from '#domain';
import { createCandleSeries } from '../../engine/candle-factory.ts';
import { CANDLE_AHEAD_MAX_US, CANDLE_FILL_MAX, CANDLE_MARKS_MAX, type CandleSeries } from '../../engine/candle-series.ts';
import { checkSeeds } from '../seeds.ts';
import { aBar, aTrade } from './market-events.ts';

const S = SECOND_US;
const M = MINUTE_US;

function aSeries(interval = '1m', options: { readonly latenessUs?: number; readonly sessionStartUs?: number } = {}): CandleSeries {
  return createCandleSeries({ symbol: 0, interval: parseCandleInterval(interval), latenessUs: 2 * S, ...options });
}

function closed(series: CandleSeries, nowUs: number): Candle[] {
  const candles: Candle[] = [];
  series.advance(nowUs, (candle) => candles.push(candle));
  return candles;
}

function finished(series: CandleSeries, nowUs: number): Candle[] {
  const candles: Candle[] = [];
  series.finish(nowUs, (candle) => candles.push(candle));
  return candles;
}

/** Adds trades at venue times that arrive when they happen. */
function addAll(series: CandleSeries, ...trades: readonly Partial<TradeEvent>[]): void {
  for (const trade of trades) series.add(aTrade(trade), trade.venueTimeUs ?? 0);
}

/** `minute:close flags` of each candle, to compare a run of them at a glance. */
const told = (candles: readonly Candle[]) =>
  candles.map((candle) => `${candle.openTimeUs / M}:${candle.close} ${candle.flags.join('|')}`.trim());

describe('time candles', () => {
  test('close when engine time reaches their end plus the lateness, each once', () => {
    const series = aSeries();
    addAll(series, { venueTimeUs: 1 * S, price: 10 }, { venueTimeUs: 59 * S, price: 12, size: 2, side: -1 });
    expect(series.nextCloseUs).toBe(M + 2 * S);
    expect(closed(series, M + 2 * S - 1)).toEqual([]);
    const expected = {
      ...{ symbol: 0, interval: '1m', openTimeUs: 0, closeTimeUs: M, open: 10, high: 12, low: 10, close: 12 },
      ...{ volume: 3, value: 34, buyVolume: 1, trades: 2, exact: { volume: '3', value: '34', buyVolume: '1' }, flags: [] },
    };
    expect(closed(series, M + 2 * S)).toEqual([expected]);
    expect(closed(series, M + 9 * S)).toEqual([]);
    expect(series.nextCloseUs).toBe(Number.POSITIVE_INFINITY);
  });

  test('count a trade that comes before that moment, and call one that comes at it late', () => {
    const series = aSeries();
    addAll(series, { venueTimeUs: 1 * S });
    expect(series.add(aTrade({ venueTimeUs: 59 * S }), M + 2 * S - 1)).toBe('counted');
    expect(series.add(aTrade({ venueTimeUs: 59 * S }), M + 2 * S)).toBe('late');
    expect(series.lateCount).toBe(1);
    expect(closed(series, M + 2 * S).map((candle) => candle.trades)).toEqual([2]);
  });

  test('call a trade older than the last closed candle late, though its own candle never was', () => {
    const series = aSeries();
    addAll(series, { venueTimeUs: 5 * M });
    finished(series, 5 * M);
    expect(series.add(aTrade({ venueTimeUs: 4 * M }), 5 * M)).toBe('late');
  });

  test('stay open in any number while the venue clock runs ahead, and close in order of start', () => {
    const series = aSeries();
    for (const minute of [3, 1, 2, 5, 1]) expect(series.add(aTrade({ venueTimeUs: minute * M, price: minute }), 0)).toBe('counted');
    expect(series.forming()?.openTimeUs).toBe(5 * M);
    expect(told(closed(series, 10 * M))).toEqual(['1:1', '2:2', '3:3', '4:3 no-trade', '5:5']);
    expect(series.lateCount).toBe(0);
  });

  test('refuse a trade whose clock is past the named limit', () => {
    const series = aSeries();
    expect(series.add(aTrade({ venueTimeUs: CANDLE_AHEAD_MAX_US }), 0)).toBe('counted');
    expect(series.add(aTrade({ venueTimeUs: CANDLE_AHEAD_MAX_US + M }), 0)).toBe('refused');
    expect(series.refusedCount).toBe(1);
  });

  test('are bucketed by engine time where the venue gave no time', () => {
    const series = aSeries();
    series.add(aTrade({ venueTimeUs: Number.NaN }), 90 * S);
    expect(series.forming()?.openTimeUs).toBe(M);
  });

  test('leave out what is no market trade', () => {
    const series = aSeries();
    expect(series.add(aTrade({ condition: 'off-book' }), 0)).toBe('ignored');
    expect(series.add(aTrade({ size: 0 }), 0)).toBe('ignored');
    expect(series.add(aTrade({ condition: 'auction', side: 0 }), 0)).toBe('counted');
    expect(series.forming()).toMatchObject({ trades: 1, buyVolume: 0 });
  });

  test('without trades repeat the close before them, once the next one with trades closes', () => {
    const series = aSeries();
    addAll(series, { venueTimeUs: 0, price: 10 });
    expect(told(closed(series, 3 * M))).toEqual(['0:10']);
    addAll(series, { venueTimeUs: 3 * M, price: 13 });
    const candles = closed(series, 5 * M);
    expect(told(candles)).toEqual(['1:10 no-trade', '2:10 no-trade', '3:13']);
    expect(candles[0]).toMatchObject({ open: 10, high: 10, low: 10, volume: 0, value: 0, trades: 0, exact: { volume: '0' } });
  });

  test('after a hole longer than the named limit carry the flag gap, and the hole is left empty', () => {
    const series = aSeries('1m');
    addAll(series, { venueTimeUs: 0 }, { venueTimeUs: (CANDLE_FILL_MAX + 1) * M }, { venueTimeUs: (2 * CANDLE_FILL_MAX + 3) * M });
    const candles = finished(series, (2 * CANDLE_FILL_MAX + 9) * M);
    expect(candles.length).toBe(3 + CANDLE_FILL_MAX);
    expect(told(candles).at(-1)).toBe(`${2 * CANDLE_FILL_MAX + 3}:100 gap`);
    expect(candles.at(-2)!.openTimeUs).toBe((CANDLE_FILL_MAX + 1) * M);
  });

  test('carry halt and gap wherever these lasted, the empty ones too', () => {
    const series = aSeries();
    series.mark('halt', 30 * S);
    series.unmark('halt', 60 * S);
    series.mark('gap', 150 * S);
    addAll(series, { venueTimeUs: 0 }, { venueTimeUs: 1 * M }, { venueTimeUs: 4 * M });
    series.unmark('gap', 200 * S);
    expect(told(closed(series, 9 * M))).toEqual(['0:100 halt', '1:100', '2:100 no-trade|gap', '3:100 no-trade|gap', '4:100']);
  });

  test('never lose a flag to the limit of remembered spans', () => {
    const series = aSeries('1s');
    const spans = 2 * CANDLE_MARKS_MAX;
    for (let span = 0; span < spans; span++) {
      series.mark('gap', 4 * span * S);
      series.unmark('gap', (4 * span + 1) * S);
    }
    addAll(series, { venueTimeUs: 0 }, { venueTimeUs: 4 * spans * S });
    const flagged = finished(series, 4 * spans * S).filter((candle) => candle.flags.includes('gap'));
    const starts = new Set(flagged.map((candle) => candle.openTimeUs));
    for (let span = 0; span < spans; span++) expect(starts.has(4 * span * S)).toBe(true);
    expect(starts.size).toBeLessThan(3 * spans);
  });

  test('are incomplete where the tape begins and ends within them', () => {
    const series = aSeries('1m', { sessionStartUs: 20 * S });
    addAll(series, { venueTimeUs: 30 * S }, { venueTimeUs: 70 * S }, { venueTimeUs: 130 * S });
    expect(told(finished(series, 130 * S))).toEqual(['0:100 incomplete', '1:100', '2:100 incomplete']);
    const punctual = aSeries('1m', { sessionStartUs: 60 * S });
    addAll(punctual, { venueTimeUs: 60 * S });
    expect(punctual.forming()?.flags).toEqual([]);
  });

  test('are the same in whatever order and size engine time moves', () => {
    checkSeeds(100, (random) => {
      const trades: { readonly atUs: number; readonly trade: TradeEvent }[] = [];
      let atUs = 0;
      for (let count = 0; count < 300; count++) {
        atUs += random.integer(0, 4) === 0 ? random.integer(0, 3 * M) : random.integer(0, 2 * S);
        const venueTimeUs = Math.max(0, atUs + random.integer(-10 * S, 90 * S));
        trades.push({ atUs, trade: aTrade({ venueTimeUs, price: random.integer(1, 999) / 10, size: random.integer(1, 99) / 1000 }) });
      }
      const [lazy, eager] = [aSeries(), aSeries()];
      const [some, all]: [Candle[], Candle[]] = [[], []];
      for (const { atUs: nowUs, trade } of trades) {
        if (lazy.nextCloseUs <= nowUs) some.push(...closed(lazy, nowUs));
        const outcome = lazy.add(trade, nowUs);
        for (let step = 5; step >= 0; step--) all.push(...closed(eager, nowUs - step));
        expect(eager.add(trade, nowUs)).toBe(outcome);
      }
      some.push(...finished(lazy, atUs));
      all.push(...finished(eager, atUs));
      expect(some).toEqual(all);
      expect(some.map((candle) => candle.openTimeUs)).toEqual(some.map((_, index) => some[0]!.openTimeUs + index * M));
      expect(some.reduce((sum, candle) => sum + candle.trades, 0)).toBe(trades.length - lazy.lateCount);
    });
  });

  test('refuse a lateness that would keep too many of them open', () => {
    expect(() => aSeries('1s', { latenessUs: DAY_US })).toThrow(expect.objectContaining({ code: 'LATENESS_INVALID' }));
  });
});

describe('tick, volume and value candles', () => {
  test('close by the trade that reaches the threshold, which belongs wholly to them', () => {
    const ticks = aSeries('2t');
    addAll(ticks, { venueTimeUs: 5, price: 1 }, { venueTimeUs: 7, price: 2 }, { venueTimeUs: 9, price: 3 });
    expect(ticks.nextCloseUs).toBe(Number.NEGATIVE_INFINITY);
    expect(closed(ticks, 9)).toMatchObject([{ interval: '2t', openTimeUs: 5, closeTimeUs: 7, open: 1, close: 2, trades: 2, flags: [] }]);
    expect(ticks.nextCloseUs).toBe(Number.POSITIVE_INFINITY);
    expect(ticks.forming()).toMatchObject({ openTimeUs: 9, close: 3, trades: 1 });

    const volumes = aSeries('0.3v');
    addAll(volumes, { size: 0.1 }, { size: 0.2 }, { size: 5 });
    expect(closed(volumes, 0).map((candle) => candle.exact.volume)).toEqual(['0.3', '5']);

    const values = aSeries('100q');
    addAll(values, { price: 30, size: 3 }, { price: 20, size: 1 });
    expect(closed(values, 0).map((candle) => candle.exact.value)).toEqual(['110']);
  });

  test('know no lateness, and carry the flags of what happened since the candle before', () => {
    const series = aSeries('1t');
    series.add(aTrade({ venueTimeUs: HOUR_US }), 10);
    series.mark('gap', 20);
    series.unmark('gap', 30);
    expect(series.add(aTrade({ venueTimeUs: 0 }), 40)).toBe('counted');
    series.add(aTrade({ venueTimeUs: 1 }), 50);
    expect(closed(series, 50).map((candle) => candle.flags)).toEqual([[], ['gap'], []]);
  });

  test('that are open at the end are incomplete', () => {
    const series = aSeries('2t');
    addAll(series, {}, {}, {});
    expect(finished(series, 0).map((candle) => candle.flags)).toEqual([[], ['incomplete']]);
    expect(finished(series, 0)).toEqual([]);
  });
});

describe('candles of bars', () => {
  const bars = (series: CandleSeries, ...minutes: readonly number[]) =>
    minutes.map((minute) => series.addBar(aBar({ openTimeUs: minute * M, close: minute, high: 200 + minute }), (minute + 1) * M));

  test('close when their last bar came', () => {
    const series = aSeries('2m');
    expect(bars(series, 0)).toEqual(['counted']);
    expect(closed(series, M)).toEqual([]);
    bars(series, 1);
    expect(series.nextCloseUs).toBe(Number.NEGATIVE_INFINITY);
    expect(closed(series, 2 * M)).toMatchObject([
      { openTimeUs: 0, open: 100, high: 201, close: 1, volume: 2, value: 200, trades: 2, buyVolume: Number.NaN, flags: ['bar'] },
    ]);
  });

  test('close when a bar of a later one came, or when none came for the lateness and one bar more', () => {
    const series = aSeries('5m');
    bars(series, 0, 1, 7);
    expect(told(closed(series, 8 * M))).toEqual(['0:1 bar']);
    expect(series.nextCloseUs).toBe(11 * M + 2 * S);
    expect(told(closed(series, 11 * M + 2 * S))).toEqual(['5:7 bar']);
  });

  test('without a value of the venue have none', () => {
    const series = aSeries();
    series.addBar(aBar({ value: Number.NaN }), M);
    expect(closed(series, M)).toMatchObject([{ value: Number.NaN, volume: 1, exact: { value: '', volume: '1', buyVolume: '' } }]);
  });

  test('stop at the first trade, and a trade that a bar holds already is not counted again', () => {
    const series = aSeries('5m');
    bars(series, 0, 1);
    expect(series.add(aTrade({ venueTimeUs: 119 * S }), 2 * M)).toBe('ignored');
    expect(series.add(aTrade({ venueTimeUs: 121 * S, price: 7, size: 4 }), 121 * S)).toBe('counted');
    expect(bars(series, 2)).toEqual(['ignored']);
    expect(closed(series, 5 * M + 2 * S)).toMatchObject([{ open: 100, close: 7, volume: 6, value: 228, trades: 3, flags: ['bar'] }]);
  });

  test('are fed by one bar interval, and only by one that fits', () => {
    const series = aSeries('5m');
    expect(series.addBar(aBar({ intervalUs: HOUR_US }), HOUR_US)).toBe('ignored');
    expect(series.addBar(aBar({ intervalUs: M, openTimeUs: HOUR_US }), HOUR_US)).toBe('counted');
    expect(series.addBar(aBar({ intervalUs: 5 * M, openTimeUs: HOUR_US }), HOUR_US)).toBe('ignored');
    expect(aSeries('10t').addBar(aBar(), M)).toBe('ignored');
  });

  test('that were sent as history are whole though they ended long ago', () => {
    const series = aSeries('5m');
    for (let minute = 0; minute < 10; minute++) series.addBar(aBar({ openTimeUs: minute * M, close: minute }), DAY_US / 2);
    expect(told(closed(series, DAY_US / 2))).toEqual(['0:4 bar', '5:9 bar']);
  });
});
