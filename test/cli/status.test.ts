import { expect, test } from 'vitest';
import { JournalWriter } from '#storage';
import { runCli, runJson } from '../acceptance/cli.ts';
import { temporaryFolder } from './bars-session.ts';
import { CliProcess } from './cli-process.ts';

const TRADE = new TextEncoder().encode(
  '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723075200001,"s":"BTCUSDT","t":1,"p":"61800.00","q":"0.5","T":1723075200001,"m":false}}',
);

interface Status {
  readonly session: string;
  readonly state: string;
  readonly writer?: number;
  readonly ageSeconds: number;
  readonly health: { readonly records: number; readonly lastRecordNs: string; readonly venues: readonly { readonly frames: number }[] };
  readonly disk: { readonly freeBytes: number };
}

async function openSession(dataDir: string, session: string, records: number): Promise<JournalWriter> {
  const journal = await JournalWriter.create(dataDir, session);
  for (let i = 0; i < records; i++) append(journal);
  await journal.flush();
  return journal;
}

function append(journal: JournalWriter): void {
  journal.append(BigInt(Date.now()) * 1_000_000n, 0n, 'binance-spot', 'market-1', 'frame-in', '', TRADE, 0, TRADE.length);
}

test('open sessions are told with who records them; closed ones only by name', async () => {
  const data = temporaryFolder();
  const open = await openSession(data, 'open', 3);
  await (await openSession(data, 'closed', 2)).close();
  const [status, ...others] = runJson<readonly Status[]>(['status', '--data', data]);
  expect(others).toEqual([]);
  expect(status).toMatchObject({ session: 'open', state: 'open', writer: process.pid, health: { records: 3, venues: [{ frames: 3 }] } });
  expect(status!.ageSeconds).toBeGreaterThanOrEqual(0);
  expect(status!.disk.freeBytes).toBeGreaterThan(0);
  const named = runCli(['status', 'closed', 'open', '--data', data]).stdout;
  expect(named).toMatch(/^session closed: closed, last record /m);
  expect(named).toContain(`session open: recorded by process ${process.pid}, last record `);
  await open.abandon();
  expect(runCli(['status', '--data', data]).stdout).toContain('session open: open, but NOBODY RECORDS it');
});

test('a session that nobody knows is a usage error that names the near ones', async () => {
  const data = temporaryFolder();
  await (await openSession(data, 'night', 1)).close();
  const { code, stdout, stderr } = runCli(['status', 'nigth', '--data', data]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('did you mean "night"');
  expect(runCli(['status', '--data', data]).stdout).toBe(`no open sessions in ${data}\n`);
});

test('following prints again as records come, and ends with the session', async () => {
  const data = temporaryFolder();
  const journal = await openSession(data, 'night', 1);
  const follower = CliProcess.start(['status', '--follow', '--json', '--data', data]);
  await follower.until('the first status', () => follower.stdout.includes('\n'));
  append(journal);
  await journal.close();
  const { code, stdout } = await follower.end();
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Status);
  expect(code).toBe(0);
  expect(lines[0]!.health.records).toBe(1);
  expect(lines.at(-1)).toMatchObject({ state: 'closed', health: { records: 2, venues: [{ frames: 2 }] } });
});

test('inspect verifies the files when asked, and says so first when they are damaged', async () => {
  const data = temporaryFolder();
  await (await openSession(data, 'night', 5)).close();
  const whole = runJson<{ readonly verification: object }>(['inspect', 'night', '--verify', '--data', data]);
  expect(whole.verification).toEqual({ ok: true, segments: 1, stores: ['journal'], problems: [], problemTotal: 0 });
  expect(runCli(['inspect', 'night', '--data', data]).stdout).toContain('files not verified');
  expect(runCli(['inspect', 'night', '--verify', '--data', data]).stdout).toContain('1 segment verified');
});
