import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runInBackground } from '../../cli/background-verb.ts';
import { parityInProcess } from '../../cli/parity-process.ts';
import { sessionReport } from '../../cli/session-report.ts';
import { runJson } from '../acceptance/cli.ts';
import { importBars, temporaryFolder } from './bars-session.ts';

// Other verbs of the built command line, run beside a recording.

const unaborted = new AbortController().signal;

describe('a verb in the background', () => {
  test('gives what it prints; what is wrong is told in its own last words', async () => {
    const data = temporaryFolder();
    importBars(data);
    expect(JSON.parse(await runInBackground(['sessions', '--json', '--data', data]))).toMatchObject([{ session: 'bars' }]);
    await expect(runInBackground(['inspect', 'none', '--data', data])).rejects.toMatchObject({
      code: 'BACKGROUND_FAILED',
      message: expect.stringMatching(/^tapedeck inspect failed: .*"none".*\[SESSION_UNKNOWN\]$/),
    });
  });

  test('is one with less priority than ours, and ends when nobody waits for it', async () => {
    const ended = new AbortController();
    const served = runInBackground(['serve', '--synthetic', '--wait', '0'], { signal: ended.signal });
    const failure = expect(served).rejects.toThrow(/tapedeck serve failed/);
    const pid = await childOf('serve');
    if (existsSync('/proc')) expect(getPriority(pid)).toBeGreaterThan(getPriority(process.pid));
    ended.abort();
    await failure;
  });
});

test('a report is short enough for a chat, and of files that were checked', async () => {
  const data = temporaryFolder();
  importBars(data);
  const report = await sessionReport(data, 'bars', unaborted);
  expect(report).toMatch(/^bars: nothing was lost/);
  expect(report).toMatch(/1 segment verified$/m);
  await expect(sessionReport(data, 'none', unaborted)).rejects.toThrow(/tapedeck inspect failed: .*none/);
});

test('parity is the same report as that of the verb, also where decisions differ', async () => {
  const data = temporaryFolder();
  importBars(data);
  const file = join(data, 'buyer.mjs');
  const write = (size: number) =>
    writeFileSync(
      file,
      `export const strategy = { name: 'buyer', description: '', parameters: {}, create: () => ({
        onBar(bar, desk) { desk.submit({ symbol: bar.symbol, side: 'buy', kind: 'market', size: ${size} }); } }) };\n`,
    );
  write(1);
  const { run } = runJson<{ run: string }>(['replay', 'bars', '--strategy', file, '--data', data]);
  expect(await parityInProcess(data, run)).toEqual(runJson(['parity', run, '--data', data]));
  write(2);
  const different = runJson<object>(['parity', run, '--data', data], 3);
  expect(different).toMatchObject({ isSame: false });
  expect(await parityInProcess(data, run)).toEqual(different);
});

/** The process of ours that runs this verb. */
async function childOf(verb: string): Promise<number> {
  if (!existsSync('/proc')) return process.pid;
  for (;;) {
    for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      try {
        const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
        const parent = /\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1];
        if (words.includes(verb) && parent === String(process.pid)) return Number(name);
      } catch {
        // It is gone.
      }
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
