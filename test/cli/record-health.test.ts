import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { MORNING_LENGTH_MAX } from '#report';
import { temporaryFolder } from './bars-session.ts';
import { CliProcess, startServing } from './cli-process.ts';
import { binanceConfig, SYNTHETIC, untilRecorded } from './recording-desk.ts';

// How `tapedeck record` watches itself, as a process: its pages, its log, what it sends at the end.

interface Told {
  readonly state: string;
  readonly title: string;
  readonly message: string;
}

async function webhook() {
  const told: Told[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      told.push(JSON.parse(Buffer.concat(parts).toString()) as Told);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { told, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook-with-a-key` };
}

const HEALTH = '[health]\nlisten = "127.0.0.1:0"\n[[health.webhooks]]\nkind = "json"\nurl = "ALERT_URL"\n';

/** The address that a recorder says it serves its pages on. */
async function pagesOf(recorder: CliProcess): Promise<string> {
  return (await recorder.told(/http:\/\/127\.0\.0\.1:\d+(?=\/healthz)/))[0];
}

test('a recording serves its pages, keeps a log, and sends a report at its end', async () => {
  const folder = temporaryFolder();
  const { told, url } = await webhook();
  const { addresses } = await startServing(SYNTHETIC);
  const config = binanceConfig(folder, addresses[0]!, HEALTH);
  const recorder = CliProcess.start(['record', config, '--data', folder, '--session', 'caught'], { ALERT_URL: url });
  const pages = await pagesOf(recorder);
  await untilRecorded(recorder, folder, 'caught', 500);
  expect(await (await fetch(`${pages}/healthz`)).json()).toMatchObject({ status: 'ok', session: 'caught', webhooks: [{ name: 'json-1' }] });
  let metrics = '';
  // The disk is asked with the first tick.
  await recorder.until('the free bytes of the disk', async () => {
    metrics = await (await fetch(`${pages}/metrics`)).text();
    return metrics.includes('\nrecorder_disk_free_bytes ');
  });
  expect(metrics).toMatch(/^recorder_subscriptions\{venue="binance-spot",channel="trade",state="acknowledged"\} 1$/m);
  expect(metrics).toMatch(/^recorder_commit_seconds_count [1-9]\d*$/m);
  expect(metrics).toMatch(/^recorder_disk_free_bytes [1-9]\d+$/m);
  const ended = await recorder.kill('SIGINT');
  expect(ended.code).toBe(0);
  const report = told.find(({ state }) => state === 'report');
  expect(report).toMatchObject({ state: 'report', title: 'Session caught has ended' });
  // As short as every chat takes it, of a tape whose files were checked.
  expect(report?.message).toMatch(/^caught: nothing was lost \(누락 없음\)\n/);
  expect(report?.message).toMatch(/^2026-.* records, 1 segment( and the Parquet copy)? verified$/m);
  expect(report?.message).toMatch(/^binance-spot: .* rows · /m);
  expect(report?.message.length).toBeLessThanOrEqual(MORNING_LENGTH_MAX);
  const lines = readFileSync(join(folder, 'logs', 'recorder.jsonl'), 'utf8')
    .trim()
    .split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { news?: string }).news)).toEqual(expect.arrayContaining(['connected', 'live']));
  expect(`${lines.join('\n')}${ended.stderr}`).not.toContain('hook-with-a-key');
});

test('a recording that fails says so to whoever is told, and its exit code is as before', async () => {
  const folder = temporaryFolder();
  const { told, url } = await webhook();
  const config = binanceConfig(folder, { rest: 'http://127.0.0.1:9', socket: 'ws://127.0.0.1:9' }, `${HEALTH}[limits]\nstartup = "2s"\n`);
  const ended = await CliProcess.start(['record', config, '--data', folder, '--session', 'none'], { ALERT_URL: url }).end();
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('START_FAILED') });
  expect(told[0]).toMatchObject({
    state: 'event',
    title: 'The recording of none ended with an error',
    message: expect.stringContaining('not open'),
  });
});

test('a rehearsal writes no log', async () => {
  const folder = temporaryFolder();
  const { addresses } = await startServing(SYNTHETIC);
  const config = binanceConfig(folder, addresses[0]!, '[health]\nlisten = "off"\n');
  expect((await CliProcess.start(['record', config, '--data', folder, '--rehearse']).end()).code).toBe(0);
  expect(existsSync(join(folder, 'logs'))).toBe(false);
});
