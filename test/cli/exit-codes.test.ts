import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli, runJson } from '../acceptance/cli.ts';
import { importBars, temporaryFolder, writeBars } from './bars-session.ts';

// The built command line as a person uses it: 0 ok, 1 failed, 2 usage or configuration, 3 a check found differences.

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const removals: (() => void)[] = [];
const data = temporaryFolder((remove) => removals.push(remove));
const bars = writeBars(data);
const missing = join(data, 'missing');
const csv = ['--format', 'ohlcv-csv', '--symbol', 'X', '--interval', '1m'];
const sma = ['--strategy', 'sma-cross'];

beforeAll(() => importBars(data));
afterAll(() => {
  for (const remove of removals) remove();
});

/** Words of the command line, the code of the error, and a piece of its message. */
type Refusal = readonly [words: readonly string[], code: string, message: string];

const REFUSALS: readonly Refusal[] = [
  // Sessions that are not there, or are there already.
  [['inspect', 'bar'], 'SESSION_UNKNOWN', 'did you mean "bars"?'],
  [['verify', 'bar'], 'SESSION_UNKNOWN', 'there is no session "bar"'],
  [['repair', 'bar'], 'SESSION_UNKNOWN', 'there is no session "bar"'],
  [['seal', 'bar'], 'SESSION_UNKNOWN', 'there is no session "bar"'],
  [['export', 'bar', '--table', 'candles'], 'SESSION_UNKNOWN', 'there is no session "bar"'],
  [['replay', 'bar', ...sma], 'SESSION_UNKNOWN', 'there is no session "bar"'],
  [['inspect', 'bars', '--from', 'parquet'], 'SESSION_NOT_SEALED', 'tapedeck seal bars'],
  [['import', bars, ...csv, '--session', 'bars'], 'SESSION_EXISTS', 'session "bars" is already in'],
  [['import', bars, ...csv, '--session', '../up'], 'SESSION_NAME_INVALID', '"../up" is no session name'],
  [['retention', missing], 'CONFIG_UNREADABLE', 'cannot read'],
  [['report', 'nothing'], 'RUN_UNKNOWN', 'there is no run "nothing"'],
  [['report', '../up'], 'RUN_NAME_INVALID', '"../up" is no run id'],
  [['report'], 'RUN_MISSING', 'make one with: tapedeck replay'],
  // Files.
  [['import', missing, ...csv, '--session', 'new'], 'IMPORT_FILE_UNREADABLE', 'there is no such file'],
  [['import', data, ...csv, '--session', 'new'], 'IMPORT_FILE_UNREADABLE', 'is no regular file'],
  [['import', bars, '--format', 'jsonl', '--venue', 'kiwoom', '--session', 'new'], 'IMPORT_NOTHING_READABLE', 'line 1: expected one JSON'],
  [['export', 'bars', '--table', 'candles', '--out', join(missing, 'x.csv')], 'OUT_UNWRITABLE', 'choose a file in a folder that exists'],
  [['export', 'bars', '--table', 'candles', '--format', 'arrow', '--out', join(missing, 'x')], 'OUT_UNWRITABLE', 'ENOENT'],
  // Times and intervals.
  [['inspect', 'bars', '--lateness', 'soon'], 'DURATION_INVALID', 'write for example 500ms, 2s, 5m or 1h'],
  [['inspect', 'bars', '--interval', '5parsecs'], 'DURATION_INVALID', '"5parsecs" is no duration'],
  [['export', 'bars', '--table', 'candles', '--interval', 'x'], 'DURATION_INVALID', '"x" is no duration'],
  [['replay', 'bars', ...sma, '--interval', '0m'], 'INTERVAL_INVALID', '0m'],
  [['import', bars, ...csv.slice(0, -1), 'minute', '--session', 'new'], 'DURATION_INVALID', 'bar interval (--interval)'],
  [
    ['import', bars, ...csv, '--session', 'new', '--time-zone', 'Europe/Paris'],
    'TIME_ZONE_UNKNOWN',
    'UTC, KST or an offset such as +09:00',
  ],
  [['import', bars, '--format', 'jsonl', '--venue', 'x', '--session', 'new', '--time-unit', 'h'], 'TIME_UNIT_UNKNOWN', 's|ms|us|ns'],
  // Names that are not known.
  [['import', bars, '--format', 'xml', '--session', 'new'], 'IMPORT_FORMAT_UNKNOWN', 'ns-lines, jsonl, cryptofeed, ohlcv-csv'],
  [['import', bars, '--format', 'jsonl', '--session', 'new'], 'VENUE_MISSING', '--venue'],
  [
    ['import', bars, '--format', 'jsonl', '--venue', 'x', '--session', 'new', '--fields', 'when=t'],
    'FIELD_UNKNOWN',
    'time, direction and text',
  ],
  [['export', 'bars', '--table', 'prices'], 'TABLE_UNKNOWN', 'trades, quotes, books, bars, candles'],
  [['export', 'bars', '--table', 'candles', '--format', 'xls'], 'FORMAT_UNKNOWN', 'csv, jsonl, parquet, arrow'],
  [['inspect', 'bars', '--from', 'tape'], 'STORE_UNKNOWN', 'must be journal, parquet or questdb'],
  [['replay', 'bars', '--strategy', 'smacross'], 'STRATEGY_UNKNOWN', 'built in are book-imbalance, sma-cross'],
  [['replay', 'bars'], 'STRATEGY_MISSING', '--strategy NAME'],
  [['replay', ...sma], 'SESSION_MISSING', 'tapedeck sessions lists them'],
  [['replay', 'bars', ...sma, '--set', 'speed=1'], 'PARAMETER_UNKNOWN', 'it has: interval, fast, slow, size, direction'],
  [['replay', 'bars', ...sma, '--set', 'fast=quick'], 'PARAMETER_INVALID', '--set fast=quick: must be a number'],
  [['replay', 'bars', ...sma, '--risk', 'stoploss.percent=1'], 'SETTING_INVALID', 'the keys here are stopLoss,'],
  [['replay', 'bars', ...sma, '--risk', '__proto__.percent=1'], 'SETTING_INVALID', 'risk.__proto__'],
  [['replay', 'bars', ...sma, '--model', 'latency.orderUs=-1'], 'SETTING_INVALID', 'models.latency.orderUs: -1'],
  [['replay', 'bars', ...sma, '--cash', 'USDT=lots'], 'CASH_INVALID', 'write a positive amount such as USDT=10000'],
  [['serve', '--synthetic', '--port=abc'], 'NUMBER_INVALID', '--port abc: must be a whole number'],
  [['serve', '--synthetic', '--port=0x10'], 'NUMBER_INVALID', '--port 0x10: must be a whole number'],
  [['serve', '--synthetic', '--seed=1.5'], 'NUMBER_INVALID', '--seed 1.5: must be a whole number'],
  [['serve', '--synthetic', '--wait= '], 'NUMBER_INVALID', '--wait  : must be a whole number'],
  [['serve', '--synthetic', '--speed=x'], 'SERVE_SPEED', 'speed x: must be a number above 0, or max'],
  [['serve', '--synthetic', '--speed=0x10'], 'SERVE_SPEED', 'speed 0x10: must be a number above 0, or max'],
  [['serve', '--synthetic', '--clock-scale=1e3'], 'NUMBER_INVALID', '--clock-scale 1e3: must be a number above 0'],
  [['serve', '--synthetic', '--pair=BTCUSDT=0x10'], 'NUMBER_INVALID', '--pair BTCUSDT 0x10: must be a number above 0'],
  [['demo', '--seed', 'x'], 'SEED_INVALID', '--seed x: must be a whole number'],
];

describe('a request that cannot be is exit code 2, one line on stderr and nothing on stdout', () => {
  test.each(REFUSALS)('tapedeck %j', (words, code, message) => {
    const result = runCli([...words, '--data', data, '--json']);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(message);
    expect(result.stderr).toMatch(new RegExp(`^tapedeck: .* \\[${code}\\]\n$`));
  });

  test('and leaves no session and no run behind', () => {
    expect(runJson<readonly { session: string }[]>(['sessions', '--data', data]).map(({ session }) => session)).toEqual(['bars']);
    expect(readdirSync(join(data, 'runs'))).toEqual([]);
  });

  test.each([[['frobnicate']], [[]], [['import', bars]], [['sessions', '--loud']], [['inspect']], [['seal', 'a', 'b']]])(
    'tapedeck %j, as the parser of options refuses it',
    (words) => {
      expect(runCli(words)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^(?:error: |Usage: )/) });
    },
  );
});

describe('exit codes of work', () => {
  test('a check that finds damage is 3, and says where', () => {
    const folder = temporaryFolder();
    importBars(folder);
    const journal = join(folder, 'sessions', 'bars', 'journal');
    const segment = join(journal, readdirSync(journal).find((name) => name.endsWith('.tdj'))!);
    const bytes = readFileSync(segment);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(segment, bytes);
    const report = runJson<{ ok: boolean; problems: readonly { file: string }[] }>(['verify', 'bars', '--data', folder], 3);
    expect(report.ok).toBe(false);
    expect(report.problems[0]?.file).toContain('.tdj');

    const planned = runJson<{ actions: readonly object[] }>(['repair', 'bars', '--dry-run', '--data', folder], 3);
    const repaired = runJson<{ actions: readonly object[]; recordsLost: number }>(['repair', 'bars', '--data', folder], 3);
    expect(repaired).toMatchObject({ actions: planned.actions, recordsLost: 1, remaining: [] });
    expect(runCli(['repair', 'bars', '--data', folder])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^session bars: whole, nothing to repair\n/),
    });
    expect(runJson<{ ok: boolean }>(['verify', 'bars', '--data', folder]).ok).toBe(true);
  });

  test('an import of a file that ends in the middle of its gzip data is 1, with what was read kept', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'cut.gz');
    writeFileSync(file, gzipSync('1 {}\n2 {}\n').subarray(0, -1));
    const words = ['import', file, '--format', 'ns-lines', '--venue', 'x', '--session', 's', '--data', folder];
    const { frames } = runJson<{ frames: { in: number } }>(words, 1);
    expect(frames.in).toBe(2);
    expect(runJson<{ ok: boolean }>(['verify', 's', '--data', folder]).ok).toBe(true);
  });

  test('a run that was killed is 1 when it is asked for by name, and is not the latest', () => {
    const folder = temporaryFolder();
    importBars(folder);
    const { run } = runJson<{ run: string }>(['replay', 'bars', ...sma, '--data', folder]);
    mkdirSync(join(folder, 'runs', '99991231T000000000Z-dead'));
    const killed = runCli(['report', '99991231T000000000Z-dead', '--data', folder]);
    expect(killed).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('[RUN_UNFINISHED]') });
    expect(runJson<{ run: string }>(['report', '--data', folder]).run).toBe(run);
  });

  test('a strategy that throws in the middle is 1, and leaves no run', () => {
    const folder = temporaryFolder();
    importBars(folder);
    const file = join(folder, 'throws.ts');
    writeFileSync(
      file,
      `export const strategy = { name: 'throws', description: '', parameters: {}, create: () => ({ onBar() { throw new Error('no more'); } }) };\n`,
    );
    const result = runCli(['replay', 'bars', '--strategy', file, '--data', folder]);
    expect(result).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^tapedeck: .*: no more \[STRATEGY_FAILED\]\n$/) });
    expect(readdirSync(join(folder, 'runs'))).toEqual([]);
  });
});

test('work that is interrupted is 130', async () => {
  const demo = spawn(process.execPath, [MAIN, 'demo', '--keep', temporaryFolder()], { stdio: ['ignore', 'ignore', 'pipe'] });
  await once(demo.stderr, 'data'); // The first step is done, so the work has begun.
  demo.kill('SIGINT');
  expect(await once(demo, 'exit')).toEqual([130, null]);
});

describe('--json', () => {
  test('prints exactly one document on stdout, whatever the verb, and its keys as documented', () => {
    const folder = temporaryFolder();
    const out = join(folder, 'candles.csv');
    const documents: readonly (readonly [words: readonly string[], keys: readonly string[]])[] = [
      [['sessions'], []],
      [
        ['import', writeBars(folder), ...csv, '--session', 'bars'],
        ['session', 'records', 'frames', 'notes', 'firstReceivedAtNs', 'lastReceivedAtNs', 'tapeDigest'],
      ],
      [['sessions'], ['0']],
      [
        ['inspect', 'bars'],
        ['session', 'records', 'tapeDigest', 'frames', 'channels', 'events', 'gaps', 'volumeAudit'],
      ],
      [
        ['verify', 'bars'],
        ['session', 'ok', 'records', 'tapeDigest', 'problems'],
      ],
      [
        ['repair', 'bars'],
        ['session', 'isDryRun', 'found', 'actions', 'recordsLost', 'remaining', 'records', 'tapeDigest'],
      ],
      [
        ['seal', 'bars'],
        ['session', 'parts', 'rows', 'bytes', 'tapeDigest'],
      ],
      [
        ['export', 'bars', '--table', 'candles', '--out', out],
        ['session', 'table', 'format', 'rows', 'file'],
      ],
      [
        ['replay', 'bars', ...sma],
        ['run', 'runHash', 'tapeDigests', 'strategy', 'parameters', 'netPnl', 'lost'],
      ],
      [['report'], ['run', 'runHash', 'identity', 'currencies', 'trades']],
    ];
    for (const [words, keys] of documents) {
      const { code, stdout, stderr } = runCli([...words, '--data', folder, '--json']);
      expect([words[0], code, stderr]).toEqual([words[0], 0, '']);
      expect(Object.keys(JSON.parse(stdout) as object), words.join(' ')).toEqual(expect.arrayContaining([...keys]));
      expect(stdout).toMatch(/^[[{][\s\S]*[\]}]\n$/);
    }
  });

  test('is not needed for results to be alone on stdout: what a person should know besides goes to stderr', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'frames'), '1 {}\nrubbish\n');
    const result = runCli(['import', join(folder, 'frames'), '--format', 'ns-lines', '--venue', 'x', '--session', 's', '--data', folder]);
    expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/^imported s: /) });
    expect(result.stderr).toBe(`${join(folder, 'frames')} line 2: expected a receive time in nanoseconds; kept as a note\n`);
  });
});
