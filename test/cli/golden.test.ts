import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { runCli, runJson, sharedData } from '../acceptance/cli.ts';
import { importBars, temporaryFolder } from './bars-session.ts';

// `cut` and `golden` as a person uses them, through the built command line.

const removals: (() => void)[] = [];
const data = temporaryFolder((remove) => removals.push(remove));
const STRATEGY_FILE = join(data, 'first-bar.ts');
const STRATEGY_TEXT = `
import type { StrategyDefinition } from 'tapedeck';
export const strategy: StrategyDefinition = {
  name: 'each-bar',
  description: 'Buys at each bar.',
  parameters: { size: { default: 1, doc: '' } },
  create: ({ size }) => ({
    onBar: (bar, desk) => desk.submit({ symbol: bar.symbol, side: 'buy', kind: 'market', size: Number(size) }),
  }),
};
`;

beforeAll(() => {
  importBars(data);
  writeFileSync(STRATEGY_FILE, STRATEGY_TEXT);
  return () => {
    for (const remove of removals) remove();
  };
});

const golden = (...words: readonly string[]) => runCli(['golden', ...words, '--data', data]);

describe('golden', () => {
  const sma = ['--session', 'bars', '--strategy', 'sma-cross', '--set', 'fast=2', '--set', 'slow=3', '--risk', 'ordersPerMinute=5'];

  test('add keeps a replay with its settings, and check finds it the same', () => {
    const added = golden('add', 'bars-sma', ...sma, '--interval', '5m', '--cash', 'USDT=100', '--lateness', '1s');
    expect(added.stderr + added.stdout).toContain('next: tapedeck golden check bars-sma');
    expect(added.code).toBe(0);
    const replayed = runJson<{ runHash: string }>([
      ...['replay', 'bars', ...sma.slice(2), '--interval', '5m', '--cash', 'USDT=100', '--lateness', '1s', '--data', data],
    ]);
    const kept = JSON.parse(readFileSync(join(data, 'golden', 'bars-sma.json'), 'utf8')) as { runHash: string; counts: { fills: number } };
    expect(kept.runHash).toBe(replayed.runHash);
    expect(kept.counts.fills).toBeGreaterThan(0);
    expect(golden('check', 'bars-sma')).toMatchObject({ code: 0, stdout: expect.stringContaining(kept.runHash) });
    expect(golden('add', 'bars-sma', ...sma)).toMatchObject({ code: 2, stderr: expect.stringContaining('GOLDEN_EXISTS') });
    expect(golden('add', 'bars-sma', ...sma, '--replace').code).toBe(0);
  });

  test('check ends with 3 and names what changed: a parameter, then the source of a strategy file', () => {
    expect(golden('add', 'own', '--session', 'bars', '--strategy', STRATEGY_FILE).code).toBe(0);
    const file = join(data, 'golden', 'own.json');
    const text = readFileSync(file, 'utf8');
    expect(JSON.parse(text)).toMatchObject({ strategy: { from: '../first-bar.ts', name: 'each-bar' } });

    writeFileSync(file, text.replace('"size": 1', '"size": 3'));
    const parameter = golden('check', 'own');
    expect(parameter.code).toBe(3);
    expect(parameter.stdout).toMatch(/the first different decision is in record \d+ of bars \(frame-in csv ohlcv,/);
    expect(parameter.stdout).toContain('.intent.size: expected 1, found 3');

    writeFileSync(file, text);
    writeFileSync(STRATEGY_FILE, STRATEGY_TEXT.replace("side: 'buy'", "side: 'sell'"));
    const [report] = runJson<readonly { isSame: boolean; causes: readonly { kind: string }[] }[]>(
      ['golden', 'check', 'own', '--data', data],
      3,
    );
    expect(report).toMatchObject({ isSame: false, difference: { kind: 'different' }, causes: [{ kind: 'strategy' }] });
    writeFileSync(STRATEGY_FILE, STRATEGY_TEXT);
  });

  test('check without names checks all', () => {
    const { code, stdout } = golden('check');
    expect([code, stdout.split('\n').filter((line) => line.includes(': same '))]).toMatchObject([0, { length: 2 }]);
  });

  test.each([
    [['add', '--session', 'bars', '--strategy', 'sma-cross'], 'GOLDEN_NAME_MISSING'],
    [['add', '../up', '--session', 'bars', '--strategy', 'sma-cross'], 'GOLDEN_NAME_INVALID'],
    [['add', 'new', '--strategy', 'sma-cross'], 'SESSION_MISSING'],
    [['add', 'new', '--session', 'bars'], 'STRATEGY_MISSING'],
    [['check', 'bars-smb'], 'did you mean "bars-sma"'],
    [['check', 'bars-sma', '--set', 'fast=4'], 'GOLDEN_SETTING'],
    [['check', '--strategy', 'sma-cross'], 'leave out --strategy'],
  ])('golden %j is a usage error', (words, message) => {
    expect(golden(...words)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });
});

const capture = sharedData('kiwoom/intraday.jsonl.gz');
if (capture === undefined) process.stderr.write('skipped: the recorded captures are not beside the project (../shared/data)\n');

describe('cut', () => {
  test.skipIf(capture === undefined)('a cut of a recorded session is closed, verifies, and is the same each time', () => {
    const fields = ['--fields', 'time=t,direction=dir,text=text'];
    runJson(['import', capture!, '--format', 'jsonl', '--venue', 'kiwoom', ...fields, '--session', 'live', '--data', data]);
    const place = ['--from', '2026-09-11T11:56:25+09:00', '--to', '80', '--symbols', '005930', '--redact'];
    const cut = (name: string) =>
      runJson<{ tapeDigest: string; sourceDigest: string; toSequence: number; frames: number }>([
        'cut',
        'live',
        ...place,
        '--name',
        name,
        '--data',
        data,
      ]);
    const first = cut('small');
    expect(first.toSequence).toBe(80);
    expect(first.frames).toBeGreaterThan(10);
    expect(cut('again').tapeDigest).toBe(first.tapeDigest);
    expect(first.sourceDigest).not.toBe(first.tapeDigest);
    expect(runJson(['verify', 'small', '--data', data])).toBeTruthy();
    const { records, decodeFailures } = runJson<{ records: number; decodeFailures: number }>(['inspect', 'small', '--data', data]);
    expect([records > first.frames, decodeFailures]).toEqual([true, 0]);
    expect(runCli(['cut', 'live', ...place, '--name', 'small', '--data', data])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('SESSION_EXISTS'),
    });
  });

  test.each([
    [['--from', 'soon'], 'CUT_PLACE'],
    [['--symbols', 'a,,b'], 'CUT_SYMBOLS'],
    [['--symbols', 'Y'], 'SYMBOL_NOT_ON_TAPE'],
    [['--from', '99999'], 'CUT_RANGE_EMPTY'],
  ])('cut %j is a usage error that leaves nothing', (words, code) => {
    expect(runCli(['cut', 'bars', ...words, '--name', 'none', '--data', data])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(code),
    });
    expect(runCli(['inspect', 'none', '--data', data]).stderr).toContain('SESSION_UNKNOWN');
  });
});
