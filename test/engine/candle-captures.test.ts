import { expect, test } from 'vitest';
import { type Candle, KST_OFFSET_US, MINUTE_US, microsecondsOf, nearestTimeOfDay, parseIsoNanoseconds, SECOND_US } from '#domain';
import { createCandleSeries } from '../../engine/candle-factory.ts';
import type { CandleSeries } from '../../engine/candle-series.ts';
import { aTrade } from './market-events.ts';
import { expectedOf, hasCaptures, jsonLines, nsLines } from './recorded-frames.ts';

type ExpectedMinutes = Readonly<Record<string, Readonly<Record<string, string | number>>>>;

function minutes(latenessUs: number, sessionStartUs: number): CandleSeries {
  return createCandleSeries({ symbol: 0, interval: { kind: 'time', intervalUs: MINUTE_US }, latenessUs, sessionStartUs });
}

/** The shortest form of a decimal the venue printed. */
const shortest = (text: string | number | undefined) => String(text).replace(/\.?0+$/, '');

function checkMinutes(name: string, files: readonly string[]): void {
  const candles: Candle[] = [];
  let series: CandleSeries | undefined;
  let nowUs = 0;
  for (const { receivedAtUs, frame } of nsLines(...files)) {
    nowUs = Math.max(nowUs, receivedAtUs);
    series ??= minutes(2 * SECOND_US, nowUs);
    if (series.nextCloseUs <= nowUs) series.advance(nowUs, (candle) => candles.push(candle));
    const data = frame.data;
    if (data?.e !== 'trade') continue;
    const isMarket = data.X === undefined || data.X === 'MARKET';
    const trade = aTrade({
      venueTimeUs: Number(data.T) * 1000,
      price: Number(data.p),
      size: Number(data.q),
      side: data.m === true ? -1 : 1,
      condition: isMarket ? 'regular' : 'off-book',
    });
    expect(series.add(trade, nowUs)).toBe(isMarket ? 'counted' : 'ignored');
  }
  series!.finish(nowUs, (candle) => candles.push(candle));
  const expected = (expectedOf('binance')[name] as { readonly trade_minute_candles_by_T: ExpectedMinutes }).trade_minute_candles_by_T;
  const found = candles.map(({ openTimeUs, open, high, low, close, trades, exact }) => {
    return [String(openTimeUs / 1000), open, high, low, close, trades, exact.volume, exact.value, exact.buyVolume];
  });
  const wanted = Object.entries(expected).map(([start, { o, h, l, c, n, v, qv, buy }]) => {
    return [start, Number(o), Number(h), Number(l), Number(c), n, shortest(v), shortest(qv), shortest(buy)];
  });
  expect(found).toEqual(wanted);
  expect(candles.map((candle) => candle.flags.join())).toEqual(
    candles.map((_, i) => (i === 0 || i === candles.length - 1 ? 'incomplete' : '')),
  );
}

test.skipIf(!hasCaptures())('minute candles of the recorded spot trades are exact in every field', () => {
  checkMinutes('spot_btcusdt', ['binance/spot_btcusdt_20240808.txt.gz', 'binance/spot_btcusdt_20240809.txt.gz']);
});

test.skipIf(!hasCaptures())('minute candles of the recorded USD-M trades are exact in every field', () => {
  checkMinutes('usdm_btcusdt', ['binance/usdm_btcusdt_20240808.txt.gz']);
});

interface KiwoomFrame {
  readonly trnm: string;
  readonly data: readonly { readonly type: string; readonly values: Readonly<Record<string, string>> }[];
}

function kiwoomMinutes(latenessUs: number): { readonly candles: Candle[]; readonly late: number } {
  const candles: Candle[] = [];
  const series = minutes(latenessUs, Number.NEGATIVE_INFINITY);
  let nowUs = 0;
  for (const line of jsonLines('kiwoom/intraday.jsonl.gz')) {
    nowUs = Math.max(nowUs, microsecondsOf(parseIsoNanoseconds(line.t)!));
    series.advance(nowUs, (candle) => candles.push(candle));
    const frame = JSON.parse(line.text) as KiwoomFrame;
    if (line.dir !== 'in' || frame.trnm !== 'REAL') continue;
    for (const { type, values } of frame.data) {
      if (type !== '0B') continue;
      const [, hour, minute, second] = /^(\d\d)(\d\d)(\d\d)$/.exec(values['20']!)!;
      const timeOfDayUs = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * SECOND_US;
      const venueTimeUs = nearestTimeOfDay(timeOfDayUs, nowUs, KST_OFFSET_US);
      series.add(aTrade({ venueTimeUs, price: Math.abs(Number(values['10'])), size: Math.abs(Number(values['15'])) }), nowUs);
    }
  }
  series.finish(nowUs, (candle) => candles.push(candle));
  return { candles, late: series.lateCount };
}

test.skipIf(!hasCaptures())('minute candles of the recorded Kiwoom trades equal those by trade time', () => {
  const { 'A 1156': a, 'B 1156': b, 'B 1157': c } = expectedOf('kiwoom').minute_candles_by_FID20 as Record<string, Record<string, number>>;
  const { candles, late } = kiwoomMinutes(2 * SECOND_US);
  const found = candles.map((candle) => [candle.open, candle.high, candle.low, candle.close, candle.volume, candle.value, candle.trades]);
  expect(found).toEqual([
    [a!.open, a!.high, Math.min(a!.low!, b!.low!), b!.close, a!.volume! + b!.volume!, a!.value! + b!.value!, a!.rows! + b!.rows!],
    [c!.open, c!.high, c!.low, c!.close, c!.volume, c!.value, c!.rows],
  ]);
  expect(late).toBe(0);
});

test.skipIf(!hasCaptures())('without lateness the two Kiwoom rows of 11:57:00 are late and counted', () => {
  const { candles, late } = kiwoomMinutes(0);
  expect([late, ...candles.map((candle) => candle.volume)]).toEqual([2, 1_059, 3_771]);
});
