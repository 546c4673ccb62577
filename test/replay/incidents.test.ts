import { describe, expect, test } from 'vitest';
import { type Desk, type Fill, type JsonValue, MINUTE_US, type RecordBody, type Strategy, type StrategyDefinition } from '#domain';
import type { RiskSettings } from '#engine';
import { createRun, JournalTape } from '#storage';
import { backtest } from '../../replay/backtest.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { frame } from '../fixtures/scripted-venue.ts';
import { LiveDesk, RUN, SESSION, SETTINGS, until } from './live-desk.ts';

interface AuditLine {
  readonly sequence: number;
  readonly entries: readonly { readonly kind: string; readonly rule?: string; readonly reason?: string; readonly fill?: Fill }[];
}

async function auditsOf(records: readonly RecordBody[], strategy: Strategy): Promise<readonly AuditLine[]> {
  const lines: string[] = [];
  const definition: StrategyDefinition = { name: 'one', description: '', parameters: {}, create: () => strategy };
  const tapes = [new MemoryTape(records)];
  await backtest({ ...SETTINGS, strategy: definition, parameters: {}, tapes, onAuditLine: (line) => lines.push(line) });
  return lines.map((line) => JSON.parse(line) as AuditLine);
}

function fillsOf(audits: readonly AuditLine[]): readonly { readonly sequence: number; readonly fill: Fill }[] {
  return audits.flatMap(({ sequence, entries }) =>
    entries.flatMap(({ kind, fill }) => (kind === 'fill' ? [{ sequence, fill: fill! }] : [])),
  );
}

describe('incident 7: fills on days the stock did not trade', () => {
  const DAY_US = 1_440 * MINUTE_US;

  /** Buys one share at every final bar, trade and tick of a minute. */
  const eager = (): Strategy => ({
    onBar: (bar, desk: Desk) => desk.submit({ symbol: bar.symbol, side: 'buy', kind: 'market', size: 1 }),
    onTrade: (trade, desk: Desk) => desk.submit({ symbol: trade.symbol, side: 'buy', kind: 'market', size: 1 }),
  });

  test('a bar of no volume fills no order of any kind, whatever prices it prints', async () => {
    // The venue repeats the last close for days without a trade, and some print a range.
    const volumes = [10, 0, 0, 0, 10, 10];
    const records = volumes.map((volume, day) =>
      aRecord({
        atUs: (day + 1) * DAY_US,
        payload: frame({
          say: 'bar',
          at: day * DAY_US,
          minutes: 1_440,
          isFinal: true,
          values: [100, volume === 0 ? 150 : 100, 50, 100, volume],
        }),
      }),
    );
    const strategy: Strategy = {
      onBar: ({ symbol }, desk) => {
        desk.submit({ symbol, side: 'buy', kind: 'market', size: 1 });
        desk.submit({ symbol, side: 'buy', kind: 'limit', limitPrice: 120, size: 1 });
        desk.submit({ symbol, side: 'buy', kind: 'stop', stopPrice: 110, size: 1 });
      },
    };
    const audits = await auditsOf(records, strategy);
    const fills = fillsOf(audits);
    expect(fills.length).toBeGreaterThan(0);
    // Only records of a day with volume, and never more than its volume.
    for (const { sequence } of fills) expect(volumes[sequence]).toBeGreaterThan(0);
    for (const [day, volume] of volumes.entries()) {
      const size = fills.filter(({ sequence }) => sequence === day).reduce((sum, { fill }) => sum + fill.size, 0);
      expect(size).toBeLessThanOrEqual(volume);
    }
  });

  test('an order waits for days without a trade or a book, and fills at the first after them', async () => {
    const day = (days: number, payload: string) => aRecord({ atUs: days * DAY_US, payload });
    const idle = (days: number) => aRecord({ atUs: days * DAY_US, kind: 'tick', venue: '', connection: '' });
    const records = [
      day(1, frame({ say: 'trade', price: 100, size: 5 })),
      idle(2),
      // Another stock trades, the market says things, and a reading of this one names a price: none of it is a trade of this stock.
      day(
        3,
        frame({ say: 'trade', price: 70, size: 5, symbol: 'Y' }, { say: 'reading', values: { price: 90 } }, { say: 'auction', price: 80 }),
      ),
      idle(4),
      day(5, frame({ say: 'trade', price: 120, size: 5 })),
    ];
    const fills = fillsOf(await auditsOf(records, { onTrade: (trade, desk) => trade.price === 100 && eager().onTrade!(trade, desk) }));
    expect(fills).toMatchObject([{ sequence: 4, fill: { price: 120, size: 1 } }]);
  });
});

describe('incident 15: a daily loss limit that existed in back-tests only', () => {
  /** Each even price buys one more: the position loses more with every one. */
  const MORNING = [1_000, 998, 996, 994];
  const AFTERNOON = [990, 988, 984, 980, 970];
  const LIMIT = 44;
  const RISK: RiskSettings = { dailyLossLimit: { loss: { USDT: LIMIT } } };

  function refusals(lines: readonly string[]): readonly { readonly sequence: number; readonly reason: string }[] {
    return lines
      .map((line) => JSON.parse(line) as AuditLine)
      .flatMap(({ sequence, entries }) =>
        entries.flatMap(({ rule, reason = '' }) => (rule === 'daily-loss-limit' ? [{ sequence, reason }] : [])),
      );
  }

  /** One unit is bought at each record after the first; so many are held, at these prices, when the record has come. */
  function lossAt(prices: readonly number[], last: number): number {
    return prices.slice(1, last + 1).reduce((sum, price) => sum + price - prices[last]!, 0);
  }

  test('stops live at the record where it stops the back-test, also when live was started again in mid-day', async () => {
    const desk = await LiveDesk.open();
    const died = new AbortController();
    const first = desk.start({ risk: RISK, signal: died.signal });
    desk.trades(...MORNING);
    await desk.journal.flush();
    await until(() => desk.lines().some((line) => (JSON.parse(line) as AuditLine).sequence === MORNING.length - 1));
    died.abort();
    await first;
    expect(refusals(desk.lines())).toEqual([]);
    await desk.restart();
    const second = desk.resume({ risk: RISK });
    desk.trades(...AFTERNOON);
    await desk.journal.close();
    const { result } = await second;

    const prices = [...MORNING, ...AFTERNOON];
    const lossAtRestart = lossAt(prices, MORNING.length - 1);
    const hit = prices.findIndex((_price, i) => lossAt(prices, i) >= LIMIT);
    // A baseline of the restart would not have been reached at the same record.
    expect(lossAtRestart).toBeGreaterThan(0);
    expect(lossAt(prices, hit) - lossAtRestart).toBeLessThan(LIMIT);
    const [stop] = refusals(desk.lines());
    expect(stop).toMatchObject({ sequence: hit, reason: expect.stringContaining(`the limit is ${LIMIT} USDT`) });

    const lines: string[] = [];
    const tapes = [await JournalTape.open(desk.dataDir, SESSION)];
    const { runHash } = await backtest({ ...SETTINGS, risk: RISK, tapes, onAuditLine: (line) => lines.push(line) });
    expect(desk.lines()).toEqual(lines);
    expect(result?.runHash).toBe(runHash);
    // Nothing was bought after it.
    const fills = fillsOf(lines.map((line) => JSON.parse(line) as AuditLine));
    expect(Math.max(...fills.map(({ sequence }) => sequence))).toBe(hit);
  });

  test.each<readonly [string, unknown]>([
    ['NaN', Number.NaN],
    ['zero', 0],
    ['negative', -40],
    ['infinite', Number.POSITIVE_INFINITY],
    ['a text', '40'],
    ['nothing', undefined],
    ['null', null],
  ])('whose limit is %s is refused by both before the first record', async (_what, loss) => {
    const risk = { dailyLossLimit: { loss: { USDT: loss as JsonValue } } } as unknown as RiskSettings;
    const refused = { code: 'SETTING_INVALID', exitCode: 2, message: expect.stringContaining('risk.dailyLossLimit.loss') };
    await expect(backtest({ ...SETTINGS, risk, tapes: [new MemoryTape([])] })).rejects.toMatchObject(refused);
    const desk = await LiveDesk.open();
    const run = await createRun(desk.dataDir, RUN);
    await expect(desk.start({ risk, run })).rejects.toMatchObject(refused);
    expect(desk.lines()).toEqual([]);
    await run.done();
    await desk.journal.close();
  });
});
