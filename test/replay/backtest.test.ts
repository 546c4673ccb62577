import { describe, expect, test } from 'vitest';
import { type RecordBody, type Strategy, usageError } from '#domain';
import type { Venue } from '#venues';
import { type BacktestOptions, backtest } from '../../replay/backtest.ts';
import { EVEN_ODD } from '../fixtures/even-odd.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { frame, SCRIPTED_VENUES } from '../fixtures/scripted-venue.ts';

const PRICES = [100, 103, 104, 107, 101];

function tapeOf(prices: readonly number[], meta = ''): MemoryTape {
  const records: RecordBody[] = prices.map((price, i) =>
    aRecord({ atUs: i * 1_000_000, payload: frame({ say: 'trade', price, size: 5 }) }),
  );
  return new MemoryTape([aRecord({ kind: 'session-open', venue: '', connection: '', meta }), ...records]);
}

function run(changes: Partial<BacktestOptions> = {}) {
  return backtest({
    tapes: [tapeOf(PRICES)],
    venues: SCRIPTED_VENUES,
    strategy: EVEN_ODD,
    sourceHash: 'abc',
    parameters: { size: 1 },
    models: { latency: { orderUs: 0 }, fees: { model: 'none' } },
    ...changes,
  });
}

test('the same tape, strategy and settings give the same hash and the same audits', async () => {
  const lines: string[][] = [[], []];
  const [a, b] = [await run({ onAuditLine: (line) => lines[0]!.push(line) }), await run({ onAuditLine: (line) => lines[1]!.push(line) })];
  expect(a.runHash).toBe(b.runHash);
  expect(lines[0]).toEqual(lines[1]);
  expect(lines[0]!.length).toBeGreaterThan(0);
});

test('the hash differs with the tape, the source, a parameter, a model, a limit, the lateness and the candles', async () => {
  const results = [
    run(),
    run({ tapes: [tapeOf([...PRICES, 100])] }),
    run({ tapes: [tapeOf(PRICES, '{"note":1}')] }),
    run({ sourceHash: 'abd' }),
    run({ parameters: { size: 2 } }),
    run({ models: { latency: { orderUs: 1 }, fees: { model: 'none' } } }),
    run({ risk: { ordersPerMinute: 99 } }),
    run({ latenessUs: 1 }),
    run({ candles: ['1m'] }),
    run({ startMinor: { USDT: 1 } }),
  ];
  const hashes = (await Promise.all(results)).map((result) => result.runHash);
  expect(new Set(hashes).size).toBe(hashes.length);
});

test('the hash is the same when this version knows one venue more, which the tape does not have', async () => {
  const [[, scripted]] = [...SCRIPTED_VENUES] as [[string, Venue]];
  const more = new Map([...SCRIPTED_VENUES, ['another', { ...scripted, id: 'another', latenessUs: scripted.latenessUs + 1 }]]);
  expect((await run({ venues: more })).runHash).toBe((await run()).runHash);
});

test('money, counts and round trips of a run add up', async () => {
  const result = await run();
  // Fills at the next trade: buy 103, sell 104, buy 107, sell 101; the order of the last trade stays open.
  expect(result.counts).toMatchObject({
    records: 6,
    frames: 5,
    events: 5,
    intents: 5,
    orders: 5,
    fills: 4,
    trades: 2,
    openOrders: 1,
    refused: 0,
  });
  const [usdt] = result.currencies;
  expect(usdt).toMatchObject({ currency: 'USDT', grossMinor: -5_000_000, feesMinor: 0, netMinor: -5_000_000, turnoverMinor: 415_000_000 });
  expect(result.trades.map((trade) => [trade.side, trade.entryPrice, trade.exitPrice, trade.netMinor])).toEqual([
    ['long', 103, 104, 1_000_000],
    ['long', 107, 101, -6_000_000],
  ]);
  expect(usdt!.equity.at(-1)).toEqual({ timeUs: 4_000_000, equityMinor: -5_000_000 });
  expect(result.symbols[0]).toMatchObject({
    symbol: 'X',
    trades: 2,
    fills: 4,
    position: 0,
    largestPosition: 1,
    firstPrice: 100,
    lastPrice: 101,
    exposureUs: 2_000_000,
  });
});

test('several tapes are one run, and their order is part of it', async () => {
  const [a, b] = [tapeOf([100, 103]), tapeOf([104, 107])];
  const [ab, ba] = [await run({ tapes: [a, b] }), await run({ tapes: [b, a] })];
  expect(ab.identity.tapeDigests).toHaveLength(2);
  expect(ab.counts.frames).toBe(4);
  expect(ab.runHash).not.toBe(ba.runHash);
});

test('a run hash that was once printed does not change by itself', async () => {
  // A golden value: it changes only with a line under "Results changed" in the changelog.
  expect((await run()).runHash).toBe('23cbaa737b34bc214e8c9cfeddb6e881a4de17ede5094a2f1375dc6dd369a34d');
});

describe('a strategy that cannot be made is a named error of exit code 2, before anything is played', () => {
  const made = (create: () => unknown): Promise<unknown> => run({ strategy: { ...EVEN_ODD, create: create as () => Strategy } });

  test('when its create throws, with what it threw and the parameters', async () => {
    const thrown = new Error('no such window');
    const failed = made(() => {
      throw thrown;
    });
    await expect(failed).rejects.toMatchObject({
      code: 'STRATEGY_CREATE_FAILED',
      exitCode: 2,
      cause: thrown,
      message: expect.stringContaining('even-odd: create threw with {"size":1}: no such window'),
    });
  });

  test('when its create refuses the parameters itself, in its own words', async () => {
    const refusal = usageError('FAST_NOT_BELOW_SLOW', 'fast must be below slow');
    const failed = made(() => {
      throw refusal;
    });
    await expect(failed).rejects.toBe(refusal);
  });

  test.each([
    ['undefined', undefined, 'a value of type undefined'],
    ['null', null, 'null'],
    ['a class instead of an object', class {}, 'a value of type function'],
    ['a promise', Promise.resolve({}), 'a promise'],
  ])('when its create gives %s', async (_, value, words) => {
    await expect(made(() => value)).rejects.toMatchObject({
      code: 'STRATEGY_EMPTY',
      exitCode: 2,
      message: expect.stringContaining(`create gave ${words}; it must return an object`),
    });
  });
});
