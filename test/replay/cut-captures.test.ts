import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { AuditEntry, StepAudit, StrategyDefinition } from '#domain';
import { importCapture } from '#recorder';
import { BOOK_IMBALANCE, SMA_CROSS } from '#strategies';
import { VENUES } from '#venues';
import { backtest } from '../../replay/backtest.ts';
import { recordSyntheticSession } from '../../replay/synthetic-session.ts';
import { hasCaptures } from '../engine/recorded-frames.ts';
import { MemoryJournal } from '../fixtures/memory-journal.ts';
import { MemoryTape } from '../fixtures/memory-tape.ts';
import { checkSeedsAsync } from '../seeds.ts';
import { checkCut, cutInMemory } from './cut-check.ts';

const MORNING_US = Date.UTC(2026, 10, 23, 0, 30) * 1000; // a Monday, 09:30 in Korea
const SECOND_US = 1_000_000;

async function importedTape(venue: string, format: 'ns-lines' | 'jsonl', file: string): Promise<MemoryTape> {
  const journal = new MemoryJournal();
  const path = fileURLToPath(new URL(`../../../shared/data/${file}`, import.meta.url));
  const fields = format === 'jsonl' ? { fields: { time: 't', direction: 'dir', text: 'text' } } : {};
  await importCapture({ files: [path], format, venue, ...fields }, journal);
  // The beginning is enough, and every cut goes through it several times.
  return new MemoryTape(journal.kept.slice(0, 2_000), { session: venue });
}

async function syntheticTape(seed: number, venues: readonly string[], durationUs: number): Promise<MemoryTape> {
  const journal = new MemoryJournal();
  await recordSyntheticSession({ seed, venues, startUs: MORNING_US, durationUs, strikes: 1 }, journal);
  return new MemoryTape(journal.kept, { session: `synthetic-${seed}` });
}

describe.skipIf(!hasCaptures())('cuts of real recordings decode the same', () => {
  test('any part of the Kiwoom capture', async () => {
    const tape = await importedTape('kiwoom', 'jsonl', 'kiwoom/intraday.jsonl.gz');
    await checkSeedsAsync(20, async (random) => {
      const from = random.integer(0, 80);
      const to = from + random.integer(20, 60);
      await checkCut(tape, { venues: VENUES, from: { sequence: from }, to: { sequence: to }, symbols: ['005930'] });
    });
  });

  test('a book of the USD-M capture starts at the snapshot before the range, or within it, or not at all where updates are missing', async () => {
    const tape = await importedTape('binance-usdm', 'ns-lines', 'binance/usdm_btcusdt_20240808.txt.gz');
    const cut = (from: number, to: number) =>
      checkCut(tape, { venues: VENUES, from: { sequence: from }, to: { sequence: to }, symbols: ['BTCUSDT'] });
    // The snapshot is record 56, and record 815 is the first delta that does not join.
    const before = await cut(500, 700);
    expect(before.result.books).toEqual([{ symbol: 'binance-usdm:BTCUSDT', start: 'before', sequence: 56 }]);
    expect(before.origins).toContain(56);
    expect(before.result.warmUpRecords).toBe(0);
    expect((await cut(40, 700)).result.books).toEqual([{ symbol: 'binance-usdm:BTCUSDT', start: 'within', sequence: 56 }]);
    expect((await cut(900, 1_000)).result.books).toEqual([{ symbol: 'binance-usdm:BTCUSDT', start: 'never', sequence: -1 }]);
  });
});

describe('cuts of encoded sessions decode the same', () => {
  test.each([['kis'], ['kiwoom'], ['coincall-options'], ['coincall-futures'], ['binance-spot']])(
    'any range and symbols of %s',
    async (venue) => {
      const tape = await syntheticTape(7, [venue], 20 * SECOND_US);
      const { result: all } = await checkCut(tape, { venues: VENUES });
      await checkSeedsAsync(6, async (random) => {
        const from = random.integer(0, all.toSequence - 100);
        const to = from + random.integer(100, all.toSequence - from);
        const range = { venues: VENUES, from: { sequence: from }, to: { sequence: to } };
        const there = (await cutInMemory(tape, range)).result.symbols;
        const some = there.filter(() => random.chance(0.3));
        await checkCut(tape, { ...range, symbols: some.length > 0 ? some : there });
      });
    },
  );

  test('polled bars of KIS need an answer from before the range, and get it', async () => {
    const tape = await syntheticTape(3, ['kis'], 130 * SECOND_US);
    const { result } = await checkCut(tape, { venues: VENUES, from: { timeNs: BigInt(MORNING_US + 90 * SECOND_US) * 1000n } });
    expect(result.warmUpRecords).toBeGreaterThan(0);
  });
});

/** The same strategy, deaf to candles of other symbols: it trades one, so that orders of others do not stand between. */
function only(definition: StrategyDefinition, isWanted: (symbol: string) => boolean): StrategyDefinition {
  return {
    ...definition,
    create: (parameters) => {
      const strategy = definition.create(parameters);
      return {
        setup: (desk) => strategy.setup?.(desk),
        onCandle: (candle, desk) => {
          if (isWanted(desk.instrument(candle.symbol).symbol)) strategy.onCandle?.(candle, desk);
        },
        onBook: (event, desk) => {
          if (isWanted(desk.instrument(event.symbol).symbol)) strategy.onBook?.(event, desk);
        },
      };
    },
  };
}

/** Candles, orders and fills of one symbol with their engine time: everything but the sequences, which a cut gives anew. */
async function decisionsOf(tape: MemoryTape, strategy: StrategyDefinition, parameters: Record<string, string | number>, symbol: string) {
  const defaults = Object.fromEntries(Object.entries(strategy.parameters).map(([name, spec]) => [name, spec.default]));
  const decisions: string[] = [];
  await backtest({
    tapes: [tape],
    venues: VENUES,
    strategy,
    sourceHash: '',
    parameters: { ...defaults, ...parameters },
    risk: { stopLoss: { percent: 0.2 } },
    onAuditLine: (line) => {
      const { entries, timeUs } = JSON.parse(line) as StepAudit;
      for (const entry of entries) {
        const text = JSON.stringify({ timeUs, ...entry }, (key, value: unknown) => (key === 'submittedAtSequence' ? undefined : value));
        if (isOrderEvent(entry) || text.includes(`:${symbol}"`)) decisions.push(text);
      }
    },
  });
  return decisions;
}

/** Entries that name an order and no symbol; all orders are of the one symbol. */
function isOrderEvent(entry: AuditEntry): boolean {
  return entry.kind === 'cancel' || entry.kind === 'rejection';
}

describe('a cut replays to the same decisions for its symbols', () => {
  const sma = { interval: '1s', fast: 2, slow: 4, direction: 'long-short' };
  const SYMBOL = '000660';
  const imbalance = { entry: 0.52, exit: 0.48 };

  test.each([['kis'], ['kiwoom']])('%s, by candles and by books, to the microsecond', async (venue) => {
    const tape = await syntheticTape(11, [venue], 60 * SECOND_US);
    const cut = await cutInMemory(tape, { venues: VENUES, symbols: [SYMBOL] });
    expect(cut.records.length).toBeLessThan((cut.result.toSequence * 3) / 4);
    for (const [definition, parameters] of [
      [SMA_CROSS, sma],
      [BOOK_IMBALANCE, imbalance],
    ] as const) {
      const strategy = only(definition, (symbol) => symbol === SYMBOL);
      const decisions = await decisionsOf(tape, strategy, parameters, SYMBOL);
      expect(decisions.filter((text) => text.includes('"kind":"fill"')).length).toBeGreaterThan(2);
      expect(await decisionsOf(cut.tape, strategy, parameters, SYMBOL)).toEqual(decisions);
    }
  });

  test.each([['kis'], ['kiwoom']])('%s, in any part of the day: as the cut of all symbols of that part', async (venue) => {
    const tape = await syntheticTape(12, [venue], 60 * SECOND_US);
    const strategy = only(SMA_CROSS, (symbol) => symbol === SYMBOL);
    await checkSeedsAsync(3, async (random) => {
      const fromUs = MORNING_US + random.integer(5_000_000, 20_000_000);
      const place = (us: number) => ({ timeNs: BigInt(us) * 1000n });
      const range = { venues: VENUES, from: place(fromUs), to: place(fromUs + 30 * SECOND_US) };
      const all = await cutInMemory(tape, range);
      const one = await cutInMemory(tape, { ...range, symbols: [`${venue}:${SYMBOL}`] });
      expect(one.result.symbols).toEqual([`${venue}:${SYMBOL}`]);
      const decisions = await decisionsOf(all.tape, strategy, sma, SYMBOL);
      expect(decisions.length).toBeGreaterThan(20);
      expect(await decisionsOf(one.tape, strategy, sma, SYMBOL)).toEqual(decisions);
    });
  });

  test.skipIf(!hasCaptures())('the recorded Kiwoom session', async () => {
    const tape = await importedTape('kiwoom', 'jsonl', 'kiwoom/intraday.jsonl.gz');
    const cut = await cutInMemory(tape, { venues: VENUES, symbols: ['kiwoom:005930'] });
    const decisions = await decisionsOf(tape, SMA_CROSS, sma, '005930');
    expect(decisions.length).toBeGreaterThan(10);
    expect(await decisionsOf(cut.tape, SMA_CROSS, sma, '005930')).toEqual(decisions);
  });
});
