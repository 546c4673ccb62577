import { describe, expect, test } from 'vitest';
import type { Desk, RecordBody, Strategy, StrategyDefinition } from '#domain';
import { type BacktestOptions, backtest } from '../../replay/backtest.ts';
import { impureCalls } from '../../replay/parity/impure-calls.ts';
import { type ParityOptions, type ParityReport, parity } from '../../replay/parity.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { frame, SCRIPTED_VENUES } from '../fixtures/scripted-venue.ts';

const PRICES = [100, 103, 104, 107, 101, 102];

function tapeOf(prices: readonly number[]): MemoryTape {
  const trades: RecordBody[] = prices.flatMap((price, i) => [
    aRecord({
      atUs: i * 1_000_000,
      payload: frame({ say: 'trade', price, size: 5, symbol: 'A' }, { say: 'trade', price, size: 5, symbol: 'B' }),
    }),
    aRecord({ atUs: i * 1_000_000 + 1, payload: frame({ say: 'reading', values: { turn: i } }) }),
  ]);
  return new MemoryTape([aRecord({ kind: 'session-open', venue: '', connection: '' }), ...trades], { session: 'monday', batchSize: 3 });
}

/** Trades every symbol at each reading, in the order that `order` gives. */
function turns(order: (symbols: readonly number[]) => readonly number[], size: () => number = () => 1): StrategyDefinition {
  return {
    name: 'turns',
    description: '',
    parameters: { size: { default: 1, doc: '' } },
    create: (): Strategy => ({
      onReading: (_, desk: Desk) => {
        for (const symbol of order(desk.symbols)) desk.submit({ symbol, side: 'buy', kind: 'market', size: size() });
      },
    }),
  };
}

const HONEST = turns((symbols) => [...symbols]);

function optionsOf(changes: Partial<BacktestOptions> = {}): BacktestOptions {
  return {
    tapes: [tapeOf(PRICES)],
    venues: SCRIPTED_VENUES,
    strategy: HONEST,
    sourceHash: 'a'.repeat(64),
    parameters: { size: 1 },
    models: { latency: { orderUs: 0 }, fees: { model: 'none' } },
    ...changes,
  };
}

interface Made {
  readonly lines: readonly string[];
  readonly base: Pick<ParityOptions, 'run' | 'identity' | 'runHash'>;
}

async function runOf(options: BacktestOptions): Promise<Made> {
  const lines: string[] = [];
  const { identity, runHash } = await backtest({ ...options, onAuditLine: (line) => lines.push(line) });
  return { lines, base: { run: 'live-monday', identity, runHash } };
}

async function* linesOf(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

function compare({ lines, base }: Made, replay: BacktestOptions, more: Partial<ParityOptions> = {}): Promise<ParityReport> {
  return parity({ ...base, audits: linesOf(lines), replay, ...more });
}

function kinds({ causes }: ParityReport): readonly string[] {
  return causes.map(({ kind }) => kind);
}

test('the same decisions are counted, and the hash is the same', async () => {
  const made = await runOf(optionsOf());
  const report = await compare(made, optionsOf());
  expect(report).toMatchObject({
    isSame: true,
    isFinished: true,
    causes: [],
    audits: { run: made.lines.length, replay: made.lines.length },
  });
  expect(report.difference).toBeUndefined();
  // Six turns of two intents and two orders, each order filled at the next trade: those of the last turn never.
  expect(report.decisions).toBeGreaterThan(24);
});

test('a run that is not finished is compared as far as it goes', async () => {
  const made = await runOf(optionsOf());
  const part = { lines: made.lines.slice(0, 3), base: { ...made.base, runHash: undefined } };
  expect(await compare(part, optionsOf())).toMatchObject({ isSame: true, isFinished: false, audits: { run: 3 } });
});

describe('what is not as it was is found and named', () => {
  test('a clock in the strategy', async () => {
    let now = 1;
    const clocked = turns(
      (symbols) => [...symbols],
      () => now++,
    );
    const made = await runOf(optionsOf({ strategy: clocked }));
    const sources = [{ file: 'mine.ts', text: 'const a = 1;\n// Date.now() is not used here\nconst size = Date.now() % 7;\n' }];
    const report = await compare(made, optionsOf({ strategy: clocked }), { sources });
    expect(report.isSame).toBe(false);
    expect(report.difference).toMatchObject({ kind: 'different', record: { sequence: 2, session: 'monday', kind: 'frame-in' } });
    expect(report.difference?.fields.map(({ path }) => path)).toContain('entries[0].intent.size');
    expect(kinds(report)).toEqual(['impure', 'unrepeatable']);
    expect(report.causes[0]?.text).toMatch(/^mine\.ts:3 calls Date\.now\(\)/);
  });

  test('a changed risk parameter, by its path and both values', async () => {
    const made = await runOf(optionsOf());
    const report = await compare(made, optionsOf({ risk: { ordersPerMinute: 1 } }));
    expect(report.difference).toMatchObject({ kind: 'different', record: { sequence: 2 } });
    expect(report.causes).toEqual([{ kind: 'setting', text: 'risk.ordersPerMinute: the run had nothing, the replay has 1' }]);
  });

  test('an unsorted map iteration: the same decisions in another order', async () => {
    const made = await runOf(optionsOf());
    const backwards = turns((symbols) => [...new Map([...symbols].reverse().map((symbol) => [String(symbol), symbol])).values()]);
    const report = await compare(made, optionsOf({ strategy: backwards }));
    expect(report.difference).toMatchObject({ kind: 'different', record: { sequence: 2 } });
    expect(kinds(report)).toEqual(['order']);
  });

  test('a changed byte of the tape', async () => {
    const made = await runOf(optionsOf());
    const report = await compare(made, optionsOf({ tapes: [tapeOf([...PRICES.slice(0, 3), 108, ...PRICES.slice(4)])] }));
    expect(report.isSame).toBe(false);
    expect(kinds(report)).toEqual(['tape']);
    expect(report.difference?.record?.sequence).toBe(7);
  });

  test('a changed source and a changed parameter', async () => {
    const made = await runOf(optionsOf());
    const report = await compare(made, optionsOf({ sourceHash: 'b'.repeat(64), parameters: { size: 2 } }));
    expect(report.isSame).toBe(false);
    expect(report.difference).toBeUndefined();
    expect(report.causes).toEqual([
      { kind: 'source', text: 'the source of strategy turns was changed since the run' },
      { kind: 'parameter', text: 'size: the run had 1, the replay has 2' },
    ]);
  });

  test('state kept outside create, where nothing else is to be seen', async () => {
    const made = await runOf(optionsOf());
    const report = await compare(
      made,
      optionsOf({
        strategy: turns(
          (symbols) => [...symbols],
          () => 2,
        ),
      }),
    );
    expect(kinds(report)).toEqual(['engine']);
  });

  test('an audit that the run has and the replay does not, and the other way round', async () => {
    const made = await runOf(optionsOf());
    const more = { ...made, lines: [made.lines[0]!.replace('"sequence":2', '"sequence":1'), ...made.lines] };
    expect((await compare(more, optionsOf())).difference).toMatchObject({ kind: 'missing', record: { sequence: 1 }, replay: undefined });
    const less = { ...made, lines: made.lines.slice(1) };
    expect((await compare(less, optionsOf())).difference).toMatchObject({ kind: 'extra', record: { sequence: 2 }, run: undefined });
  });
});

test('impure calls are found by line, in code and not in comments', () => {
  const text = [
    'const a = Math.random();',
    '/* Math.random() */ const b = new Date();',
    'const url = "http://x"; // fetch(url)',
    'const c = performance.now(), d = randomUUID();',
    'const e = new Date(desk.nowUs / 1000);',
  ].join('\n');
  expect(impureCalls([{ file: 's.ts', text }]).map(({ line, call }) => `${line} ${call}`)).toEqual([
    '1 Math.random()',
    '2 new Date()',
    '4 performance.now()',
    '4 randomUUID()',
  ]);
});
