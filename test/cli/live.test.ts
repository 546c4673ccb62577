import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ParityReport } from '#replay';
import { runCli, runJson } from '../acceptance/cli.ts';
import { temporaryFolder } from './bars-session.ts';
import { CliProcess, type Ended, startServing } from './cli-process.ts';
import { binanceConfig, inspect, isWhole, receivedFrames } from './recording-desk.ts';

// `tapedeck live` as a person starts it, its engine in a thread of its own, against `tapedeck serve` in a process of its own.

/** As fast as the market goes: the engine's clock is the tape's, and trades are fresh. */
const SERVED = [
  '--synthetic',
  '--venue',
  'binance-spot',
  '--pair',
  'BTCUSDT=60000',
  '--pair',
  'ETHUSDT=3000',
  '--duration',
  '1h',
  '--speed',
  '1',
];

/** Buys and sells at every fourth trade of a symbol. */
const STRATEGY = `
export const strategy = {
  name: 'fourth',
  description: 'Turns at every fourth trade.',
  parameters: { size: { default: 0.01, doc: 'Size of a position.' } },
  create: ({ size }) => {
    const seen = new Map();
    let slow = 0;
    return {
      onTrade(trade, desk) {
        BUSY
        const count = (seen.get(trade.symbol) ?? 0) + 1;
        seen.set(trade.symbol, count);
        if (count % 4 !== 0) return;
        const held = desk.position(trade.symbol).size;
        desk.submit({ symbol: trade.symbol, side: held > 0 ? 'sell' : 'buy', kind: 'market', size: SIZE });
      },
    };
  },
};
`;

interface LiveDocument {
  readonly sessions: readonly {
    readonly session: string;
    readonly records: number;
    readonly frames: number;
    readonly framesShed: number;
  }[];
  readonly runs: readonly {
    readonly run: string;
    readonly isFinished: boolean;
    readonly audits: number;
    readonly lag: { readonly records: number; readonly maxUs: number; readonly p50Us: number };
    readonly runHash: string;
    readonly parity?: ParityReport;
  }[];
}

function strategyFile(folder: string, { busy = '', size = 'held > 0 ? held : Number(size)' } = {}): string {
  const file = join(folder, 'fourth.mjs');
  writeFileSync(file, STRATEGY.replace('BUSY', busy).replace('SIZE', size));
  return file;
}

function startLive(config: string, data: string, strategy: string, words: readonly string[] = []): CliProcess {
  const given = ['--data', data, '--session', 'caught', '--strategy', strategy, '--json', '--no-seal', '--lateness', '1h'];
  return CliProcess.start(['live', config, ...given, ...words]);
}

function documentOf({ stdout }: Ended): LiveDocument {
  return JSON.parse(stdout) as LiveDocument;
}

function audits(data: string, run = 'live-caught'): readonly string[] {
  const file = join(data, 'runs', run, 'audits.jsonl');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').trimEnd().split('\n');
}

function fills(data: string): number {
  return (
    audits(data)
      .join('\n')
      .match(/"kind":"fill"/g)?.length ?? 0
  );
}

async function untilFilled(live: CliProcess, data: string, count: number): Promise<void> {
  await live.until(`${count} fills`, () => fills(data) >= count);
}

describe('tapedeck live', () => {
  test('records every frame, trades on paper beside it, and its replay decides the same', async () => {
    const folder = temporaryFolder();
    const { addresses, stop } = await startServing(SERVED);
    const follow = join(folder, 'followed.jsonl');
    const live = startLive(binanceConfig(folder, addresses[0]!), folder, strategyFile(folder), ['--follow-file', follow]);
    await untilFilled(live, folder, 6);
    const ended = await live.kill('SIGINT');
    expect(ended).toMatchObject({ code: 0 });
    const { served } = await stop();

    const received = await receivedFrames(folder, 'caught');
    expect(served).toMatchObject([{ frames: received.frames, digest: received.digest }]);
    const [run] = documentOf(ended).runs;
    expect(run).toMatchObject({ run: 'live-caught', isFinished: true, audits: audits(folder).length });
    expect(run?.parity).toMatchObject({ isSame: true, isFinished: true, causes: [], runHash: { run: run?.runHash, replay: run?.runHash } });
    expect(run?.parity?.decisions).toBeGreaterThan(12);
    expect(run?.lag.records).toBeGreaterThan(0);

    // A person's parity says the same, a report can be read, and what was followed is what is in the run.
    const said = runCli(['parity', 'live-caught', '--data', folder]);
    expect(said).toMatchObject({ code: 0, stdout: expect.stringMatching(/^parity live-caught: same \d+ decisions/) });
    expect(runCli(['report', 'live-caught', '--data', folder]).code).toBe(0);
    const followed = readFileSync(follow, 'utf8').trimEnd().split('\n');
    const filled = followed.map((line) => JSON.parse(line) as { kind: string }).filter(({ kind }) => kind === 'fill');
    expect(filled).toHaveLength(fills(folder));
  });

  test('killed in the middle of the day and started again, it goes on with the same session and the same run', async () => {
    const folder = temporaryFolder();
    const { addresses, stop } = await startServing(SERVED);
    const config = binanceConfig(folder, addresses[0]!);
    const strategy = strategyFile(folder);
    for (const count of [4, 8]) {
      const live = startLive(config, folder, strategy);
      await untilFilled(live, folder, count);
      await live.kill('SIGKILL');
    }
    const live = startLive(config, folder, strategy);
    await live.told(/the run goes on: \d+ audits kept/);
    await untilFilled(live, folder, 12);
    const ended = await live.kill('SIGINT');
    await stop();
    expect(ended.code).toBe(0);
    expect(documentOf(ended).runs).toMatchObject([{ isFinished: true, parity: { isSame: true, causes: [] } }]);
    expect(isWhole(folder, 'caught')).toBe(true);
    expect(inspect(folder, 'caught').decodeFailures).toBe(0);
    // Nothing was decided twice: orders are numbered through.
    const ids = audits(folder).flatMap((line) => [...line.matchAll(/"filledSize":0,"id":(\d+)/g)].map(([, id]) => Number(id)));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('with an engine far slower than the feed the tape is complete, the lag is told, and parity holds', async () => {
    const folder = temporaryFolder();
    const { addresses, stop } = await startServing(SERVED.map((word) => (word === '1' ? '10' : word)));
    // Far slower for long enough to be seen; then it may catch up, or the replay would be as slow.
    const busy = 'slow += 1; const until = slow > 15 ? 0 : performance.now() + 400; while (performance.now() < until);';
    const live = startLive(binanceConfig(folder, addresses[0]!), folder, strategyFile(folder, { busy }));
    await live.told(/the engine was \d+\.\d s behind, and is \d+ records; the recording is not/);
    const ended = await live.kill('SIGINT');
    expect(ended.code).toBe(0);
    const { served } = await stop();
    const received = await receivedFrames(folder, 'caught');
    expect(served).toMatchObject([{ frames: received.frames, digest: received.digest }]);
    const [run] = documentOf(ended).runs;
    expect(run).toMatchObject({ isFinished: true, parity: { isSame: true } });
    expect(run!.lag.maxUs).toBeGreaterThan(1_000_000);
    expect(documentOf(ended).sessions).toMatchObject([{ framesShed: 0 }]);
  });

  test('finds a strategy that reads the clock, names the line, and ends with 3', async () => {
    const folder = temporaryFolder();
    const { addresses, stop } = await startServing(SERVED);
    const strategy = strategyFile(folder, { size: '0.001 * (1 + (Date.now() % 97))' });
    const live = startLive(binanceConfig(folder, addresses[0]!), folder, strategy);
    await untilFilled(live, folder, 4);
    const ended = await live.kill('SIGINT');
    await stop();
    expect(ended.code).toBe(3);
    const [run] = documentOf(ended).runs;
    expect(run?.parity).toMatchObject({ isSame: false, difference: { record: { venue: 'binance-spot' } } });
    expect(run?.parity?.causes.map(({ kind }) => kind)).toContain('impure');
    expect(run?.parity?.causes[0]?.text).toMatch(/fourth\.mjs:\d+ calls Date\.now\(\)/);

    // The tape is whole all the same, and a changed limit is named too.
    expect(isWhole(folder, 'caught')).toBe(true);
    const changed = runJson<ParityReport & object>(['parity', 'live-caught', '--data', folder, '--risk', 'ordersPerMinute=1'], 3);
    expect(changed.causes).toContainEqual({ kind: 'setting', text: 'risk.ordersPerMinute: the run had nothing, the replay has 1' });
  });

  test('records what its strategy watches, from the moment on', async () => {
    const folder = temporaryFolder();
    const { addresses, stop } = await startServing(SERVED);
    const file = join(folder, 'watcher.mjs');
    writeFileSync(
      file,
      `export const strategy = { name: 'watcher', description: '', parameters: {}, create: () => { let done = false; return {
        onTrade(trade, desk) { if (!done) { done = true; desk.watch('binance-spot', 'ETHUSDT'); } } }; } };\n`,
    );
    const live = startLive(binanceConfig(folder, addresses[0]!), folder, file);
    await live.told(/: connected/);
    await live.until('ETHUSDT on the tape', () => channelsOf(folder).some((text) => text.includes('ETHUSDT')));
    const ended = await live.kill('SIGINT');
    await stop();
    expect(ended.code).toBe(0);
    expect(documentOf(ended).runs).toMatchObject([{ parity: { isSame: true } }]);
  });

  test('refuses, before anything is recorded, a strategy that cannot be loaded and a run that is another’s', async () => {
    const folder = temporaryFolder();
    const { addresses, stop } = await startServing(SERVED);
    const config = binanceConfig(folder, addresses[0]!);
    const missing = runCli(['live', config, '--data', folder, '--session', 'caught', '--strategy', join(folder, 'none.mjs')]);
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('STRATEGY_MISSING') });
    expect(existsSync(join(folder, 'sessions'))).toBe(false);

    const strategy = strategyFile(folder);
    const live = startLive(config, folder, strategy);
    await untilFilled(live, folder, 1);
    await live.kill('SIGKILL');
    const other = runCli(['live', config, '--data', folder, '--session', 'caught', '--strategy', strategy, '--set', 'size=2']);
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('RUN_OTHER') });
    await stop();
  });

  test('knows the run of a session that is named by the day of its own clock', async () => {
    const folder = temporaryFolder();
    const { addresses, stop } = await startServing([...SERVED, '--start', '2026-03-02T00:00:00Z']);
    const config = binanceConfig(folder, addresses[0]!);
    const words = ['--data', folder, '--session', 'of-{date}', '--clock-start', '2026-03-02T00:00:00Z', '--no-seal', '--lateness', '1h'];
    const live = (more: readonly string[]) => CliProcess.start(['live', config, ...words, '--strategy', strategyFile(folder), ...more]);
    const begun = live([]);
    await begun.until('the run of the day', () => audits(folder, 'live-of-2026-03-02').length > 3);
    await begun.kill('SIGKILL');
    const before = (await receivedFrames(folder, 'of-2026-03-02')).frames;

    const other = await live(['--set', 'size=2']).end();
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('RUN_OTHER') });
    expect((await receivedFrames(folder, 'of-2026-03-02')).frames).toBe(before);
    await stop();
  });

  test('asks for the run of the window of a day that is next, not for the one that is finished', async () => {
    const folder = temporaryFolder();
    const { addresses, stop } = await startServing(SERVED);
    const windows = ['09:00", stop = "09:01', '10:00", stop = "11:00'].map((times) => `{ days = "daily", start = "${times}" }`);
    const schedule = `[session]\nname = "of-{date}"\nzone = "UTC"\nnewday = "00:00"\nschedule = [${windows.join(', ')}]`;
    const config = binanceConfig(folder, addresses[0]!, schedule);
    const words = ['live', config, '--data', folder, '--no-seal', '--lateness', '1h', '--strategy', strategyFile(folder)];
    const live = (at: string, more: readonly string[]) =>
      CliProcess.start([...words, '--clock-start', `2026-03-02T${at}:00Z`, '--clock-scale', '20', ...more]);
    expect(await live('09:00', ['--until', '09:02']).end()).toMatchObject({ code: 0 });

    const second = live('10:05', []);
    await second.until('the run of the second window', () => audits(folder, 'live-of-2026-03-02-2').length > 3);
    await second.kill('SIGKILL');
    const other = await live('10:10', ['--set', 'size=2']).end();
    expect(other).toMatchObject({ code: 2, stderr: expect.stringMatching(/run "live-of-2026-03-02-2".*RUN_OTHER/) });
    await stop();
  });

  test('goes on recording when the strategy throws, and ends with 1', async () => {
    const folder = temporaryFolder();
    const { addresses, stop } = await startServing(SERVED);
    const strategy = strategyFile(folder, { busy: "throw new Error('nobody expects this');" });
    const live = startLive(binanceConfig(folder, addresses[0]!), folder, strategy);
    await live.told(/nobody expects this[\s\S]*the recording goes on/);
    const before = (await receivedFrames(folder, 'caught')).frames;
    await live.until('more frames', async () => (await receivedFrames(folder, 'caught')).frames > before + 20);
    const ended = await live.kill('SIGINT');
    const { served } = await stop();
    expect(ended.code).toBe(1);
    const received = await receivedFrames(folder, 'caught');
    expect(served).toMatchObject([{ frames: received.frames, digest: received.digest }]);
    expect(isWhole(folder, 'caught')).toBe(true);
  });
});

/** What was asked of the venue so far. */
function channelsOf(data: string): readonly string[] {
  return (runJson<{ channels: readonly { channel: string; symbol?: string }[] }>(['inspect', 'caught', '--data', data]).channels ?? []).map(
    ({ channel, symbol }) => `${channel} ${symbol ?? ''}`,
  );
}
