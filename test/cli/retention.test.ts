import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli, runJson } from '../acceptance/cli.ts';
import { importBars, temporaryFolder } from './bars-session.ts';
import { startServing } from './cli-process.ts';
import { binanceConfig, SYNTHETIC, startRecording, untilRecorded, writeConfig } from './recording-desk.ts';

const VENUE = '[binance-spot]\nsymbols = [{ symbol = "BTCUSDT" }]\n';

function journalOf(data: string, session: string): readonly string[] {
  return readdirSync(join(data, 'sessions', session, 'journal'));
}

test('retention copies, says what it would do, does it, and the session goes on being read', () => {
  const [data, copies] = [temporaryFolder(), temporaryFolder()];
  importBars(data);
  const config = writeConfig(data, `[limits]\ndisk = "1MiB"\n[retention]\nkeepDays = 30\ncopyTo = "${join(copies, 'tapes')}"\n${VENUE}`);
  const blocked = runCli(['retention', config, '--data', data]);
  expect(blocked).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/bars: .*tapedeck seal bars.*\n?.*\[RETENTION_FREED_NOTHING\]/),
  });
  const { tapeDigest } = runJson<{ tapeDigest: string }>(['seal', 'bars', '--data', data]);
  expect(runCli(['retention', config, '--data', data, '--dry-run'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/bars .*due/),
  });
  expect(existsSync(join(copies, 'tapes'))).toBe(false);
  expect(runCli(['retention', config, '--data', data])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/removed[\s\S]*copied bars: .*read back and compared\nfreed /),
  });
  expect(journalOf(data, 'bars')).toEqual([]);
  expect(runJson(['verify', 'bars', '--data', data])).toMatchObject({ ok: true, tapeDigest, stores: ['parquet'] });
  expect(runJson(['verify', 'bars', '--data', join(copies, 'tapes')])).toMatchObject({
    ok: true,
    tapeDigest,
    stores: ['journal', 'parquet'],
  });
  expect(runJson(['inspect', 'bars', '--data', data])).toMatchObject({ tapeDigest });
  expect(runCli(['inspect', 'bars', '--from', 'journal', '--data', data])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('[JOURNAL_REMOVED]'),
  });
  expect(runJson(['retention', config, '--data', data])).toMatchObject({ bytesFreed: 0, sessions: [] });
});

test('a configuration without [retention] keeps everything, and the verb says so', () => {
  const folder = temporaryFolder();
  expect(runCli(['retention', writeConfig(folder, VENUE), '--data', folder])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('[RETENTION_MISSING]'),
  });
});

test('a recording that ends by itself is copied by a process of its own', async () => {
  const [folder, copies] = [temporaryFolder(), temporaryFolder()];
  const { addresses } = await startServing(SYNTHETIC);
  const tables = `[session]\nduration = "6s"\n[limits]\ndisk = "1MiB"\n[retention]\ncopyTo = "${copies}"`;
  const recorder = startRecording(binanceConfig(folder, addresses[0]!, tables), folder);
  await untilRecorded(recorder, folder, 'caught', 1);
  expect(await recorder.end()).toMatchObject({ code: 0 });
  expect(journalOf(folder, 'caught')).toContain('00000001.tdj');
  expect(runJson(['verify', 'caught', '--data', copies])).toMatchObject({ ok: true, stores: ['journal', 'parquet'] });
});
