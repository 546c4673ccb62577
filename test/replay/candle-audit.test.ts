import { expect, test } from 'vitest';
import { type CandleAuditReport, MINUTE_US, type RecordBody, SECOND_US, TapeRecord } from '#domain';
import { VENUES } from '#venues';
import { inspectTape } from '../../replay/inspect.ts';
import { ProducedTape } from '../../replay/serve/produced-tape.ts';
import { recordSyntheticSession } from '../../replay/synthetic-session.ts';
import { expectedOf, hasCaptures, nsLines } from '../engine/recorded-frames.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { frame, SCRIPTED_VENUES } from '../fixtures/scripted-venue.ts';

type Values = readonly [open: number, high: number, low: number, close: number, volume: number];

/** Times of these tapes are minutes since the epoch. */
const us = (minute: number) => Math.round(minute * MINUTE_US);
const trade = (minute: number, price: number, size = 1) =>
  aRecord({ atUs: us(minute), payload: frame({ say: 'trade', price, size, at: us(minute) }) });

function bar(receivedMinute: number, openMinute: number, values: Values, more: { minutes?: number; isFinal?: boolean } = {}): RecordBody {
  return aRecord({ atUs: us(receivedMinute), payload: frame({ say: 'bar', at: us(openMinute), values, ...more }) });
}
const tick = (minute: number) => aRecord({ kind: 'tick', venue: '', connection: '', atUs: us(minute) });

async function audit(records: readonly RecordBody[]): Promise<CandleAuditReport> {
  const byTime = [...records].sort((a, b) => Number(a.receivedAtNs - b.receivedAtNs));
  return (await inspectTape(new MemoryTape(byTime), { venues: SCRIPTED_VENUES })).candleAudit;
}

/** Trades of minutes 0 to 4: the first is where the tape begins. */
const TRADES = [trade(0.5, 9), trade(1.1, 10), trade(1.2, 12, 2), trade(1.9, 11), trade(2.5, 11, 4), trade(4.5, 13)];
const END = tick(10);
const ALL = { venue: 'test', symbol: 'X', interval: '1m', partial: 0, different: 0, missing: 0, inGaps: 0, late: 0 };

test('bars with the values of our candles are equal, and so is a bar without trades of a minute without trades', async () => {
  const bars = [bar(2.1, 1, [10, 12, 10, 11, 4]), bar(3.1, 2, [11, 11, 11, 11, 4]), bar(4.1, 3, [11, 11, 11, 11, 0])];
  expect(await audit([...TRADES, ...bars, END])).toEqual({ rows: [{ ...ALL, bars: 3, equal: 3 }], differences: [] });
});

test('each of the five values is compared, and the difference names the record of the bar', async () => {
  const values: Values = [10, 12, 10, 11, 4];
  for (let i = 0; i < 5; i++) {
    const wrong = values.map((value, at) => (at === i ? value + 0.01 : value)) as unknown as Values;
    const found = await audit([...TRADES, bar(2.1, 1, wrong), END]);
    expect(found.rows).toEqual([{ ...ALL, bars: 1, equal: 0, different: 1 }]);
    expect(found.differences).toEqual([
      {
        ...{ venue: 'test', symbol: 'X', interval: '1m', openTimeUs: MINUTE_US, sequence: 4, isInGap: false, hasLateTrades: false },
        ours: { open: 10, high: 12, low: 10, close: 11, volume: 4 },
        venueBar: { open: wrong[0], high: wrong[1], low: wrong[2], close: wrong[3], volume: wrong[4] },
      },
    ]);
  }
});

test('a bar with volume where the tape has no trades is missing, and said to be in a gap where the tape tells of one', async () => {
  const bars = [bar(4.1, 3, [11, 12, 11, 12, 7])];
  const gap = aRecord({ kind: 'gap', atUs: 4 * MINUTE_US, meta: `{"fromNs":"${us(2.6)}000","reason":"silent","toNs":"${us(4)}000"}` });
  const missing = { ...ALL, bars: 1, equal: 0, missing: 1 };
  expect(await audit([...TRADES, ...bars, END])).toMatchObject({ rows: [missing], differences: [{ ours: null, isInGap: false }] });
  expect(await audit([...TRADES, ...bars, gap, END])).toMatchObject({
    rows: [{ ...missing, inGaps: 1 }],
    differences: [{ isInGap: true }],
  });
});

test('where trades begin and end in the middle of a minute the tape holds a part of it, which is no loss', async () => {
  const first = bar(1.1, 0, [8, 9, 8, 9, 3]);
  const last = bar(5.01, 4, [13, 14, 13, 14, 9], { isFinal: true });
  expect((await audit([...TRADES, first, last])).rows).toEqual([{ ...ALL, bars: 2, equal: 0, partial: 2 }]);
});

test('bars from before the first trade, of no whole minutes, and of symbols without trades are not compared', async () => {
  const early = bar(1.1, -1, [8, 9, 8, 9, 3]);
  const other = aRecord({ atUs: 3 * MINUTE_US, payload: frame({ say: 'bar', at: MINUTE_US, values: [1, 1, 1, 1, 1], symbol: 'Y' }) });
  const half = aRecord({ atUs: 3 * MINUTE_US, payload: frame({ say: 'bar', at: 90 * SECOND_US, values: [1, 1, 1, 1, 1] }) });
  expect((await audit([...TRADES, early, other, half, END])).rows).toEqual([]);
});

test('the last version of a bar counts, each bar once, however often it is listed again', async () => {
  const wrong: Values = [10, 10, 10, 10, 1];
  const right: Values = [10, 12, 10, 11, 4];
  const versions = [bar(1.5, 1, wrong), bar(2.1, 1, wrong), bar(3.1, 1, right), bar(5, 1, wrong), bar(6, 1, wrong)];
  expect((await audit([...TRADES, ...versions, END])).rows).toEqual([{ ...ALL, bars: 1, equal: 1 }]);
});

test('a bar that is only known from before its end is not final, until a later one comes', async () => {
  const forming = bar(1.5, 1, [10, 12, 10, 12, 3]);
  expect((await audit([...TRADES, forming, END])).rows).toEqual([]);
  const later = bar(2.6, 2, [11, 11, 11, 11, 4]);
  expect((await audit([...TRADES, forming, later, END])).rows).toEqual([{ ...ALL, bars: 1, equal: 0, different: 1 }]);
});

test('bars of several minutes are compared with as many of our candles', async () => {
  const three = (values: Values) => bar(6.1, 3, values, { minutes: 3 });
  const trades = [...TRADES, trade(5.2, 20, 5)];
  expect((await audit([...trades, three([13, 20, 13, 20, 6]), END])).rows).toEqual([{ ...ALL, interval: '3m', bars: 1, equal: 1 }]);
  expect((await audit([...trades, three([13, 20, 13, 20, 5]), END])).rows).toMatchObject([{ different: 1 }]);
});

test('a candle that lacks trades which came late differs for that reason, and is told so', async () => {
  const late = aRecord({ atUs: us(2.2), payload: frame({ say: 'trade', price: 12, size: 3, at: us(1.95) }) });
  const found = await audit([...TRADES, late, bar(2.3, 1, [10, 12, 10, 12, 7]), bar(3.1, 2, [11, 11, 11, 11, 5]), END]);
  expect(found.rows).toEqual([{ ...ALL, bars: 2, equal: 0, different: 2, late: 1 }]);
  expect(found.differences.map(({ openTimeUs, hasLateTrades }) => [openTimeUs, hasLateTrades])).toEqual([
    [us(1), true],
    [us(2), false],
  ]);
});

test('a loss of one trade frame of a venue is found by its own minute bars', async () => {
  const startUs = Date.parse('2026-10-15T08:59:30+09:00') * 1_000;
  const options = { seed: 11, venues: ['kis', 'coincall-futures'], strikes: 0, startUs, durationUs: 5 * MINUTE_US };
  const records: RecordBody[] = [];
  const record = new TapeRecord();
  for await (const batch of new ProducedTape('s', (appender) => recordSyntheticSession(options, appender)).batches())
    while (batch.next(record)) records.push(record.copy());
  const whole = (await inspectTape(new MemoryTape(records), { venues: VENUES })).candleAudit;
  const compared = (venue: string) => whole.rows.filter((row) => row.venue === venue).reduce((sum, { equal }) => sum + equal, 0);
  expect([compared('kis') > 5, compared('coincall-futures') > 3]).toEqual([true, true]);
  expect(whole.differences).toEqual([]);
  // A trade of 005930 within the third minute of trading.
  const lostUs = Date.parse('2026-10-15T09:02:20+09:00') * 1_000;
  const isTrade = ({ receivedAtNs, payload }: RecordBody) =>
    receivedAtNs > BigInt(lostUs) * 1_000n && new TextDecoder().decode(payload).startsWith('0|H0STCNT0|001|005930^');
  const lost = records.findIndex(isTrade);
  const less = (await inspectTape(new MemoryTape(records.toSpliced(lost, 1)), { venues: VENUES })).candleAudit;
  expect(less.differences).toMatchObject([{ venue: 'kis', symbol: '005930', openTimeUs: lostUs - 20 * SECOND_US, isInGap: false }]);
  const [{ ours, venueBar }] = less.differences as [(typeof less.differences)[0]];
  expect(ours!.volume).toBeLessThan(venueBar.volume);
});

type Minutes = Readonly<Record<string, Readonly<Record<'o' | 'h' | 'l' | 'c' | 'v', string>>>>;

test.skipIf(!hasCaptures())(
  'the recorded Binance trades agree with minutes that were computed without this project, told as klines',
  async () => {
    const minutes = (expectedOf('binance').spot_btcusdt as { readonly trade_minute_candles_by_T: Minutes }).trade_minute_candles_by_T;
    const record = (atUs: number, payload: unknown) => aRecord({ venue: 'binance-spot', atUs, payload: JSON.stringify(payload) });
    const trades = [...nsLines('binance/spot_btcusdt_20240808.txt.gz', 'binance/spot_btcusdt_20240809.txt.gz')]
      .filter(({ frame: { data } }) => data?.e === 'trade')
      .map(({ receivedAtUs, frame }) => record(receivedAtUs, frame));
    const kline = (start: number, { o, h, l, c, v }: Minutes[string]) => {
      const k = {
        t: start,
        T: start + 59_999,
        s: 'BTCUSDT',
        i: '1m',
        f: 1,
        L: 2,
        o,
        c,
        h,
        l,
        v,
        n: 2,
        x: true,
        q: '1',
        V: '1',
        Q: '1',
        B: '0',
      };
      return record((start + 60_000) * 1_000, { stream: 'btcusdt@kline_1m', data: { e: 'kline', E: start + 60_000, s: 'BTCUSDT', k } });
    };
    const auditOf = async (klines: readonly RecordBody[]) => {
      const tape = [...trades, ...klines].sort((a, b) => Number(a.receivedAtNs - b.receivedAtNs));
      return (await inspectTape(new MemoryTape(tape), { venues: VENUES })).candleAudit;
    };
    const entries = Object.entries(minutes).map(([start, values]) => [Number(start), values] as const);
    const [row] = (await auditOf(entries.map(([start, values]) => kline(start, values)))).rows;
    expect(row).toMatchObject({ symbol: 'BTCUSDT', bars: entries.length, equal: entries.length, different: 0, missing: 0 });
    const changed = entries.map(([start, values], i) => kline(start, i === 5 ? { ...values, v: `${Number(values.v) + 0.00001}` } : values));
    expect((await auditOf(changed)).differences).toMatchObject([{ openTimeUs: entries[5]![0] * 1_000 }]);
  },
);
