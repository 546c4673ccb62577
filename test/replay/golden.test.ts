import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { RecordBody, StrategyDefinition } from '#domain';
import { createGolden, type GoldenPaths, goldenPaths } from '#storage';
import { SMA_CROSS } from '#strategies';
import { VENUES, type Venue } from '#venues';
import type { BacktestOptions } from '../../replay/backtest.ts';
import { goldenText } from '../../replay/golden/golden-text.ts';
import { checkGolden, type GoldenCheck, makeGolden } from '../../replay/golden.ts';
import { recordSyntheticSession } from '../../replay/synthetic-session.ts';
import { EVEN_ODD } from '../fixtures/even-odd.ts';
import { MemoryJournal } from '../fixtures/memory-journal.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { frame, SCRIPTED, SCRIPTED_VENUES } from '../fixtures/scripted-venue.ts';
import { checkSeedsAsync } from '../seeds.ts';
import { cutInMemory } from './cut-check.ts';

const PRICES = [100, 103, 104, 107, 101, 102];

function tapeOf(prices: readonly number[], changed: (record: RecordBody, sequence: number) => RecordBody = (record) => record): MemoryTape {
  const trades = prices.map((price, i) => aRecord({ atUs: i * 1_000_000, payload: frame({ say: 'trade', price, size: 5 }) }));
  return new MemoryTape([aRecord({ kind: 'session-open', venue: '', connection: '' }), ...trades].map(changed), {
    session: 'monday',
    batchSize: 2,
  });
}

const BASE: BacktestOptions = {
  tapes: [tapeOf(PRICES)],
  venues: SCRIPTED_VENUES,
  strategy: EVEN_ODD,
  sourceHash: 'a'.repeat(64),
  parameters: { size: 1 },
  models: { latency: { orderUs: 0 }, fees: { model: 'none' } },
};

let paths: GoldenPaths;

beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapedeck-golden-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  paths = goldenPaths(folder, 'even-odd');
  await add(BASE);
});

async function add(options: BacktestOptions): Promise<void> {
  const writer = await createGolden(paths, { isReplaced: true });
  const { golden, fingerprints } = await makeGolden({ options, name: paths.name, strategyFrom: 'even-odd' }, writer);
  await writer.finish(golden, fingerprints);
}

function check(changes: Partial<GoldenCheck> = {}) {
  const { tapes, venues, strategy, sourceHash } = BASE;
  return checkGolden(paths, { tapes, venues, strategy, sourceHash, ...changes });
}

/** A venue whose decoder reads the price of one trade otherwise, counted from 0. */
function misreads(venue: Venue, trade: number, add: number): ReadonlyMap<string, Venue> {
  const createDecoder: Venue['createDecoder'] = (sink, symbols) => {
    let trades = 0;
    const say: typeof sink.trade = (symbol, timeUs, price, ...rest) =>
      sink.trade(symbol, timeUs, trades++ === trade ? price + add : price, ...rest);
    const wrong = new Proxy(sink, {
      get: (target, name) => (name === 'trade' ? say : (Reflect.get(target, name) as () => void).bind(target)),
    });
    return venue.createDecoder(wrong, symbols);
  };
  const venues = venue === SCRIPTED ? SCRIPTED_VENUES : VENUES;
  return new Map([...venues, [venue.id, { ...venue, createDecoder }]]);
}

test('a golden is checked with nothing but its tape and its strategy, and is the same', async () => {
  const report = await check();
  expect(report).toMatchObject({ name: 'even-odd', isSame: true, causes: [] });
  expect(report.audits.expected).toBeGreaterThan(5);
  expect(report.audits.found).toBe(report.audits.expected);
  expect(goldenText(report)).toContain(report.runHash.expected);
});

describe('one changed byte', () => {
  test('that changes a decision is found with its record, and with the decision', async () => {
    const tape = tapeOf(PRICES.map((price) => (price === 104 ? 105 : price)));
    const report = await check({ tapes: [tape] });
    expect(report.isSame).toBe(false);
    expect(report.difference).toMatchObject({
      kind: 'different',
      record: { session: 'monday', sequence: 3, venue: 'test', channel: 'script' },
    });
    expect(report.difference!.fields).toContainEqual({ path: 'entries[0].fill.price', expected: 104, found: 105 });
    expect(report.causes).toEqual([{ kind: 'tape', text: 'the tape holds other bytes', record: expect.objectContaining({ sequence: 3 }) }]);
    const text = goldenText(report);
    expect(text).toContain('the first different decision is in record 3 of monday (frame-in test script,');
    expect(text).toContain('entries[0].fill.price: expected 104, found 105');
    expect(text).toContain('likely cause (tape): the tape holds other bytes, first record 3 of monday');
  });

  test('that changes no decision is found with its record all the same', async () => {
    const tape = tapeOf(PRICES, (record, sequence) => (sequence === 5 ? { ...record, meta: '{"opcode":1}' } : record));
    const report = await check({ tapes: [tape] });
    expect(report).toMatchObject({ isSame: false, causes: [{ kind: 'tape', record: { sequence: 5 } }] });
    expect(report.difference).toBeUndefined();
    expect(goldenText(report)).toContain('audits are the same; what they were made with is not');
  });

  test('of a record that was left out or put in is found, with how many there are', async () => {
    for (const prices of [PRICES.slice(0, -1), [...PRICES, 99]]) {
      const report = await check({ tapes: [tapeOf(prices)] });
      expect(report.causes[0]!.text).toBe(`the tape holds ${prices.length + 1} records, it held 7`);
      expect(report.difference!.kind).toBe(prices.length < PRICES.length ? 'missing' : 'extra');
    }
  });
});

test('one changed parameter is found with the first decision it changes', async () => {
  const report = await check({ parameters: { size: 2 } });
  expect(report.difference).toMatchObject({ kind: 'different', record: { sequence: 1 } });
  expect(report.difference!.fields.map(({ path }) => path)).toContain('entries[0].intent.size');
  expect(report.causes).toEqual([{ kind: 'parameter', text: 'parameter size was 1 and is 2' }]);
});

test('a default that changed since is a changed setting', async () => {
  const text = readFileSync(paths.golden, 'utf8');
  expect(text).toContain('"marketRest": "wait"');
  writeFileSync(paths.golden, text.replace('"marketRest": "wait"', '"marketRest": "cancel"').replace(/"runHash": "./, '"runHash": "f'));
  const report = await check();
  expect(report).toMatchObject({
    isSame: false,
    causes: [{ kind: 'setting', text: expect.stringContaining('marketRest was "cancel" and is "wait"') }],
  });
});

test('one changed decoder is found with the first record it reads otherwise', async () => {
  const report = await check({ venues: misreads(SCRIPTED, 3, 1) });
  expect(report.difference).toMatchObject({ record: { sequence: 4, channel: 'script' } });
  expect(report.causes).toEqual([
    { kind: 'decoder', text: 'a decoder says other events of the same bytes', record: expect.objectContaining({ sequence: 4 }) },
  ]);
});

test('a changed decoder that no decision depends on is told, and the decisions are the same all the same', async () => {
  const idle: StrategyDefinition = { ...EVEN_ODD, create: () => ({}) };
  await add({ ...BASE, strategy: idle });
  const report = await check({ strategy: idle, venues: misreads(SCRIPTED, 3, 1) });
  expect(report).toMatchObject({ isSame: true, causes: [], note: { kind: 'decoder', record: { sequence: 4 } } });
  expect(goldenText(report)).toContain(
    'no decision depends on it, but a decoder says other events of the same bytes, first record 4 of monday',
  );
  expect((await check({ strategy: idle })).note).toBeUndefined();
});

test('a parameter that is new, or gone, since is named; one that never was is a usage error', async () => {
  const renamed: StrategyDefinition = {
    ...EVEN_ODD,
    parameters: { lots: { default: 1, doc: '' } },
    create: () => EVEN_ODD.create({ size: 1 }),
  };
  const report = await check({ strategy: renamed });
  expect(report.difference).toBeUndefined();
  expect(report.causes.map(({ text }) => text)).toEqual(['parameter size was 1 and is absent', 'parameter lots was absent and is 1']);
  await expect(check({ parameters: { sise: 2 } })).rejects.toMatchObject({ code: 'PARAMETER_UNKNOWN', exitCode: 2 });
});

describe.each([['kis'], ['kiwoom']])('a golden of a cut of %s', (venue) => {
  const range = { venues: VENUES, symbols: ['000660'] };
  let cut: readonly RecordBody[];

  const cutTape = (records = cut) => new MemoryTape(records, { session: 'cut' });
  const checkCutTape = (changes: Partial<GoldenCheck>) => check({ tapes: [cutTape()], venues: VENUES, strategy: SMA_CROSS, ...changes });

  beforeEach(async () => {
    const journal = new MemoryJournal();
    const startUs = Date.UTC(2026, 10, 23, 0, 30) * 1000; // 09:30 in Korea
    await recordSyntheticSession({ seed: 21, venues: [venue], startUs, durationUs: 20_000_000, strikes: 0 }, journal);
    cut = (await cutInMemory(new MemoryTape(journal.kept), range)).records;
    const parameters = { interval: '1s', fast: 2, slow: 4, size: 1, direction: 'long-short' };
    await add({ ...BASE, tapes: [cutTape()], venues: VENUES, strategy: SMA_CROSS, parameters });
  });

  test('is the same, until one byte of any record is another', async () => {
    expect(await checkCutTape({})).toMatchObject({ isSame: true });
    const frames = [...cut.keys()].filter((sequence) => cut[sequence]!.payload.length > 0);
    await checkSeedsAsync(10, async (random) => {
      const sequence = random.pick(frames);
      const payload = cut[sequence]!.payload.slice();
      payload[random.integer(0, payload.length - 1)]! ^= 1 << random.integer(0, 7);
      const report = await checkCutTape({ tapes: [cutTape(cut.map((record, i) => (i === sequence ? { ...record, payload } : record)))] });
      expect(report).toMatchObject({ isSame: false, causes: [{ kind: 'tape', record: { session: 'cut', sequence } }] });
    });
  });

  test('tells a decoder that reads one price otherwise with its record', async () => {
    const report = await checkCutTape({ venues: misreads(VENUES.get(venue)!, 10, 100) });
    const cause = report.causes[0]!;
    expect(cause).toMatchObject({ kind: 'decoder', record: { session: 'cut', venue } });
    // A decision can differ only from the record on that is read otherwise.
    expect(report.difference!.record!.sequence).toBeGreaterThanOrEqual(cause.record!.sequence);
  });
});

test('a strategy whose source changed is named, whether it decides otherwise or not', async () => {
  const report = await check({ sourceHash: 'b'.repeat(64) });
  expect(report.difference).toBeUndefined();
  expect(report.causes).toEqual([{ kind: 'strategy', text: 'the source of even-odd was aaaaaaaaaaaaaaaa… and is bbbbbbbbbbbbbbbb…' }]);
});

test('a strategy that does not repeat itself is told from changed data', async () => {
  let runs = 0;
  const moody: StrategyDefinition = {
    ...EVEN_ODD,
    create: () => EVEN_ODD.create({ size: ++runs }),
  };
  await add({ ...BASE, strategy: moody });
  const report = await check({ strategy: moody });
  expect(report.causes).toEqual([{ kind: 'engine', text: expect.stringContaining('does not repeat itself') }]);
});

test('a long tape has lines for several records, and the record is told within them', async () => {
  const prices = Array.from({ length: 70_000 }, () => 100);
  const idle: StrategyDefinition = { ...EVEN_ODD, create: () => ({}) };
  await add({ ...BASE, tapes: [tapeOf(prices)], strategy: idle });
  const tape = tapeOf(prices.map((price, i) => (i === 66_000 ? 101 : price)));
  const report = await check({ tapes: [tape], strategy: idle });
  expect(report.causes).toMatchObject([{ kind: 'tape', record: { sequence: 66_000 }, recordsMax: 2 }]);
  expect(goldenText(report)).toContain('first within 2 records from record 66000');
  expect(readFileSync(paths.records, 'utf8').split('\n').length).toBeLessThan(40_000);
});

describe('files of a golden that are not what was written', () => {
  const damages: readonly (readonly [string, () => void])[] = [
    ['a golden that is no JSON', () => writeFileSync(paths.golden, '{')],
    ['a golden of another shape', () => writeFileSync(paths.golden, '{"version":2}')],
    ['audits that were cut', () => writeFileSync(paths.audits, readFileSync(paths.audits, 'utf8').split('\n').slice(0, 2).join('\n'))],
    ['audits that are gone', () => rmSync(paths.audits)],
  ];
  test.each(damages)('%s are an integrity error', async (_, damage) => {
    damage();
    await expect(check()).rejects.toMatchObject({ code: 'GOLDEN_CORRUPT', exitCode: 3 });
  });

  test('a golden that is not there is a usage error that names near ones', async () => {
    paths = goldenPaths(paths.folder, 'even-add');
    await expect(check()).rejects.toMatchObject({ code: 'GOLDEN_UNKNOWN', exitCode: 2, message: expect.stringContaining('"even-odd"') });
  });

  test('a golden is not overwritten by accident, and a failed replay leaves the old one', async () => {
    await expect(createGolden(paths, { isReplaced: false })).rejects.toMatchObject({ code: 'GOLDEN_EXISTS', exitCode: 2 });
    const writer = await createGolden(paths, { isReplaced: true });
    writer.appendAudit('half');
    await writer.discard();
    expect((await check()).isSame).toBe(true);
  });
});
