import { describe, expect, test } from 'vitest';
import { type RecordBody, type RunSummary, SECOND_US, type Strategy, type StrategyDefinition } from '#domain';
import type { RiskSettings } from '#engine';
import { type BacktestResult, backtest } from '../../replay/backtest.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { frame, SCRIPTED_VENUES } from '../fixtures/scripted-venue.ts';

// A venue sends its last trades to every new subscriber: they are on the tape with their old times. The lateness here is 2 s.

/** A trade that reached us at `seconds`, `age` seconds after it happened. */
function trade(seconds: number, price: number, age: number): RecordBody {
  const venueTimeUs = (seconds - age) * SECOND_US;
  return aRecord({ atUs: seconds * SECOND_US, payload: frame({ say: 'trade', price, size: 5, at: venueTimeUs }) });
}

/** Buys one at the market with the first trade it sees. */
const BUYS_ONCE: StrategyDefinition = {
  name: 'buys-once',
  description: '',
  parameters: {},
  create: (): Strategy => {
    let isDone = false;
    return {
      onTrade: ({ symbol }, desk) => {
        if (!isDone) desk.submit({ symbol, side: 'buy', kind: 'market', size: 1 });
        isDone = true;
      },
    };
  },
};

interface Setting {
  readonly risk?: RiskSettings;
  readonly latenessUs?: number;
  readonly candles?: readonly string[];
}

async function run(records: readonly RecordBody[], setting: Setting = {}): Promise<BacktestResult & { readonly fillPrices: number[] }> {
  const fillPrices: number[] = [];
  const result = await backtest({
    tapes: [new MemoryTape(records)],
    venues: SCRIPTED_VENUES,
    strategy: BUYS_ONCE,
    sourceHash: '',
    parameters: {},
    models: { latency: { orderUs: 0 }, fees: { model: 'none' } },
    onAuditLine: (line) => {
      for (const [, price] of line.matchAll(/"fill":\{[^}]*"price":([\d.]+)/g)) fillPrices.push(Number(price));
    },
    ...setting,
  });
  return { ...result, fillPrices };
}

const lastPrice = ({ symbols }: Pick<RunSummary, 'symbols'>) => symbols[0]?.lastPrice;

describe('a trade that is older than the lateness when it is told', () => {
  const told = (age: number): RecordBody[] => [trade(100, 50, 0), trade(101, 40, age), trade(102, 51, 0)];

  test('fills nothing: the order waits for one of now', async () => {
    expect((await run(told(2.5))).fillPrices).toEqual([51]);
    expect((await run(told(2))).fillPrices).toEqual([40]);
  });

  test('moves no mark, so no rule acts on it', async () => {
    const falls = (age: number): RecordBody[] => [trade(100, 50, 0), trade(101, 50, 0), trade(102, 20, age)];
    const risk = { stopLoss: { percent: 10 } };
    const old = await run(falls(3600), { risk });
    expect([lastPrice(old), old.counts.orders]).toEqual([50, 1]);
    const fresh = await run(falls(1), { risk });
    expect([lastPrice(fresh), fresh.counts.orders]).toEqual([20, 2]);
  });

  test('is counted, and told by name beside what the fill model assumes', async () => {
    const { lost, assumptions } = await run([trade(100, 50, 60), trade(100, 51, 30), trade(101, 52, 0), trade(102, 53, 1)]);
    expect(lost).toMatchObject({ oldTrades: 2, lateTrades: 0 });
    const [fill] = assumptions.filter(({ model }) => model.startsWith('fill'));
    expect(fill!.assumptions.join('\n')).toMatch(/history: it fills nothing and moves no mark/);
  });

  test('is a candle’s all the same while that candle is open, and late after', async () => {
    const { counts, lost } = await run([trade(100, 50, 0), trade(106, 49, 5), trade(200, 48, 95)], { candles: ['1m'] });
    expect([counts.candles, lost.lateTrades, lost.oldTrades]).toEqual([1, 1, 2]);
  });

  test('leaves the mark to quotes until the symbol really trades', async () => {
    const quote = aRecord({ atUs: 101 * SECOND_US, payload: frame({ say: 'quote', bid: 59, ask: 61 }) });
    expect(lastPrice(await run([trade(100, 50, 900), quote]))).toBe(60);
  });
});

test('a longer lateness lets older trades fill, a shorter one than 2 s does not keep out those of now', async () => {
  const told = [trade(100, 50, 0), trade(101, 40, 1.5), trade(102, 51, 0)];
  expect((await run(told, { latenessUs: 0 })).fillPrices).toEqual([40]);
  const older = [trade(100, 50, 0), trade(101, 40, 20), trade(102, 51, 0)];
  expect((await run(older, { latenessUs: 30 * SECOND_US })).fillPrices).toEqual([40]);
});

test('a trade without a venue time is of now', async () => {
  const untimed = aRecord({ atUs: 101 * SECOND_US, payload: frame({ say: 'trade', price: 40, size: 5 }) });
  const { fillPrices, lost } = await run([trade(100, 50, 0), untimed]);
  expect([fillPrices, lost.oldTrades]).toEqual([[40], 0]);
});
