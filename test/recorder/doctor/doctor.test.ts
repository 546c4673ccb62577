import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { JournalTape, JournalWriter, sealTape } from '#storage';
import { checkRecorderConfig } from '../../../recorder/config/parse-config.ts';
import type { RecorderConfig } from '../../../recorder/config/recorder-config.ts';
import { checkClocks, judgeOffset, offsetRange } from '../../../recorder/doctor/clock-checks.ts';
import { checkCopyFolder, checkDisk, judgeSpeed } from '../../../recorder/doctor/disk-checks.ts';
import {
  checkNode,
  checkOpenFiles,
  checkPages,
  checkPort,
  checkTimeSync,
  checkTimeZones,
} from '../../../recorder/doctor/machine-checks.ts';
import { checkPlan } from '../../../recorder/doctor/plan-checks.ts';
import { checkSessions } from '../../../recorder/doctor/session-checks.ts';
import { callHttp } from '../../../recorder/net/http.ts';
import { systemClock } from '../../../recorder/net/system-clock.ts';
import { draftRecording, type RecordingDraft } from '../../../recorder/plan/plan-recording.ts';
import { SCRIPTED_PROTOCOLS, SCRIPTED_VARIABLES } from '../../fixtures/scripted-protocol.ts';

const NOTHING = new Uint8Array(0);
const SECOND_MS = 1_000;

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tapedeck-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function draftOf(config: RecorderConfig, variables: Readonly<Record<string, string>> = SCRIPTED_VARIABLES): RecordingDraft {
  const nowUs = Date.UTC(2026, 11, 7, 3) * 1000;
  return draftRecording(checkRecorderConfig(config, 'a test'), { protocols: SCRIPTED_PROTOCOLS, variables, nowUs });
}

describe('the machine', () => {
  test('the oldest Node that will do is the one of package.json', () => {
    const { engines } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
      engines: { node: string };
    };
    const [major, minor] = /^>=(\d+)\.(\d+)$/.exec(engines.node)!.slice(1).map(Number);
    expect(checkNode(`v${major}.${minor}.0`).state).toBe('ok');
    expect(checkNode(`v${major}.${minor! - 1}.9`)).toMatchObject({ state: 'failed', advice: expect.stringContaining('newer Node') });
    expect(checkNode(`v${major! + 4}.0.0`).state).toBe('ok');
    expect(checkNode('v9.99.0').state).toBe('failed');
  });

  test('open files are counted for the connections there are', () => {
    const limits = (soft: string) =>
      `Limit                     Soft Limit           Hard Limit\nMax open files            ${soft}                 4096                 files\n`;
    expect(checkOpenFiles(limits('64'), 4)).toMatchObject({ state: 'failed', advice: expect.stringContaining('ulimit -n') });
    expect(checkOpenFiles(limits('256'), 4).state).toBe('warning');
    expect(checkOpenFiles(limits('1024'), 4).state).toBe('ok');
    expect(checkOpenFiles(limits('unlimited'), 400).state).toBe('ok');
    expect(checkOpenFiles(undefined, 400).state).toBe('ok');
  });

  test('time zones and time synchronisation are read where the system says them', async () => {
    expect(checkTimeZones().state).toBe('ok');
    const folder = aFolder();
    const flag = join(folder, 'synchronized');
    const command = (answer: string) => {
      const path = join(folder, `answer-${answer}`);
      writeFileSync(path, `#!/bin/sh\necho ${answer}\n`);
      chmodSync(path, 0o755);
      return path;
    };
    expect((await checkTimeSync(flag, command('yes'))).state).toBe('ok');
    expect(await checkTimeSync(flag, command('no'))).toMatchObject({ state: 'warning', advice: expect.stringContaining('set-ntp') });
    expect(await checkTimeSync(flag, join(folder, 'missing'))).toMatchObject({
      state: 'ok',
      detail: expect.stringContaining('does not say'),
    });
    writeFileSync(flag, '');
    expect((await checkTimeSync(flag, command('no'))).state).toBe('ok');
  });

  test('a port that somebody has is named', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await checkPort(port)).toMatchObject({ state: 'failed', advice: expect.stringContaining(`sport = :${port}`) });
    await new Promise((resolve) => server.close(resolve));
    expect((await checkPort(port)).state).toBe('ok');
  });

  test('the port of the health pages is looked at, and is no reason not to record', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const listen = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
    expect(await checkPages(listen)).toMatchObject({ state: 'warning', advice: expect.stringContaining('health.listen') });
    await new Promise((resolve) => server.close(resolve));
    expect(await checkPages(listen)).toMatchObject({ state: 'ok', name: `health pages on 127.0.0.1:${listen.port}` });
    expect((await checkPages({ ...listen, port: 0 })).state).toBe('ok');
  });
});

describe('the disk', () => {
  test('is written to, measured, and left as it was', async () => {
    const folder = aFolder();
    const checks = await checkDisk(folder, 1);
    expect(checks.map(({ name }) => name)).toEqual([`folder ${folder}`, `disk of ${folder}`, `write speed of ${folder}`]);
    expect(readdirSync(folder)).toEqual([]);
    expect(await checkDisk(join(folder, 'not', 'yet'), 1)).toMatchObject([{ detail: expect.stringContaining('not there yet') }, {}, {}]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('below its floor is a failure, and near it a warning', async () => {
    const folder = aFolder();
    expect((await checkDisk(folder, 1e18))[1]).toMatchObject({ state: 'failed', advice: expect.stringContaining('[retention]') });
    expect((await checkDisk(folder, 1))[1]!.state).toBe('ok');
  });

  test('a folder that is a file cannot be written', async () => {
    const folder = aFolder();
    writeFileSync(join(folder, 'file'), '');
    expect(await checkDisk(join(folder, 'file'), 1)).toMatchObject([{ state: 'failed', advice: expect.stringContaining('chown') }]);
  });

  test('is judged by what a busy night needs', () => {
    expect(judgeSpeed('d', { bytesPerSecond: 5e6, syncMsMax: 5 }).state).toBe('failed');
    expect(judgeSpeed('d', { bytesPerSecond: 20e6, syncMsMax: 5 }).state).toBe('warning');
    expect(judgeSpeed('d', { bytesPerSecond: 100e6, syncMsMax: 900 }).state).toBe('warning');
    expect(judgeSpeed('d', { bytesPerSecond: 100e6, syncMsMax: 5 }).state).toBe('ok');
  });

  test('a copy folder must be there, and on another disk', async () => {
    const folder = aFolder();
    mkdirSync(join(folder, 'copies'));
    expect(await checkCopyFolder(folder, join(folder, 'copies'))).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining('same disk'),
    });
    expect(await checkCopyFolder(folder, join(folder, 'unmounted'))).toMatchObject({ state: 'warning', detail: 'is not there' });
  });
});

describe('the clock', () => {
  test('is compared by what is certain: whole seconds of a header prove less than milliseconds', () => {
    const date = 'Fri, 20 Nov 2026 01:00:00 GMT';
    const atMs = Date.parse(date);
    const body = (serverTime: number) => new TextEncoder().encode(JSON.stringify({ serverTime }));
    const of = (range: ReturnType<typeof offsetRange>) => judgeOffset('c', range).state;
    expect(of(offsetRange(atMs + 400, atMs + 900, { date }, NOTHING))).toBe('ok');
    expect(of(offsetRange(atMs + 2_900, atMs + 3_000, { date }, NOTHING))).toBe('warning');
    expect(of(offsetRange(atMs + 3_200, atMs + 3_300, { date }, NOTHING))).toBe('failed');
    expect(of(offsetRange(atMs - 2_300, atMs - 2_200, { date }, NOTHING))).toBe('failed');
    expect(of(offsetRange(atMs + 700, atMs + 720, {}, body(atMs)))).toBe('warning');
    expect(of(offsetRange(atMs, atMs + 40, {}, body(atMs + 20)))).toBe('ok');
    expect(() => offsetRange(atMs, atMs, {}, NOTHING)).toThrow('says no time');
  });

  test('is asked of every host of the plan, and one that does not answer is a failure', async () => {
    const paths: string[] = [];
    const server = createHttpServer((request, response) => {
      paths.push(request.url ?? '');
      response.end(JSON.stringify({ serverTime: Date.now() - 64 * SECOND_MS }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const rest = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { plan } = draftOf({
      'binance-spot': { endpoints: { rest }, symbols: [{ symbol: 'BTCUSDT' }] },
      'binance-usdm': { endpoints: { rest: 'http://127.0.0.1:1' }, symbols: [{ symbol: 'BTCUSDT' }] },
    });
    const checks = await checkClocks(plan.venues, { clock: systemClock(), callHttp });
    expect(checks).toMatchObject([
      {
        name: `clock against ${new URL(rest).host}`,
        state: 'failed',
        detail: expect.stringMatching(/^\+6[34]\d{3} ms/),
        advice: expect.stringContaining('NTP'),
      },
      { name: 'clock against 127.0.0.1:1', state: 'failed', advice: expect.stringContaining('firewall') },
    ]);
    expect(new Set(paths)).toEqual(new Set(['/api/v3/time']));
  });
});

describe('the configuration', () => {
  test('incident 3: an empty secret is a failure that names its variable and shows no value', () => {
    const config: RecorderConfig = { kiwoom: { stocks: [{ code: '005930' }] } };
    const variables = { ...SCRIPTED_VARIABLES, KIWOOM_SECRET_KEY: '' };
    const checks = checkPlan(draftOf(config, variables), SCRIPTED_PROTOCOLS);
    expect(checks).toContainEqual({
      name: 'secret KIWOOM_SECRET_KEY',
      state: 'failed',
      detail: expect.stringContaining('set but empty'),
      advice: expect.stringContaining('KIWOOM_SECRET_KEY='),
    });
    for (const value of Object.values(SCRIPTED_VARIABLES)) expect(JSON.stringify(checks)).not.toContain(`"${value}"`);
    const { KIWOOM_SECRET_KEY: _, ...without } = variables;
    expect(checkPlan(draftOf(config, without), SCRIPTED_PROTOCOLS)).toContainEqual(
      expect.objectContaining({ name: 'secret KIWOOM_SECRET_KEY', state: 'failed', detail: expect.stringContaining('missing') }),
    );
    expect(checkPlan(draftOf(config), SCRIPTED_PROTOCOLS).filter(({ state }) => state === 'failed')).toEqual([]);
  });

  test('an address that is not the venue’s own is a warning, and a plan that is impossible a failure', () => {
    const checks = checkPlan(
      draftOf({
        'binance-spot': {
          endpoints: { rest: 'http://127.0.0.1:1' },
          slots: 1,
          symbols: [{ symbol: 'A' }, { symbol: 'B' }, { symbol: 'C' }],
        },
      }),
      SCRIPTED_PROTOCOLS,
    );
    expect(checks).toContainEqual(expect.objectContaining({ name: 'configuration', state: 'warning' }));
  });
});

test('what earlier recordings left is named with what to do', async () => {
  const dataDir = aFolder();
  expect(await checkSessions(dataDir)).toEqual([{ name: 'sessions', state: 'ok', detail: 'there are none yet' }]);
  const append = (writer: JournalWriter) => writer.append(1n, 1n, 'v', 'c', 'frame-in', '', NOTHING, 0, 0);
  for (const session of ['closed', 'damaged', 'sealed']) {
    const writer = await JournalWriter.create(dataDir, session);
    append(writer);
    await writer.close();
  }
  await sealTape(await JournalTape.open(dataDir, 'sealed'), { dataDir, channelOf: () => '' });
  writeFileSync(join(dataDir, 'sessions', 'damaged', 'session.json'), '{');
  await (await JournalWriter.create(dataDir, 'open')).abandon();
  // Of a process that is gone: its number is above what a machine gives.
  writeFileSync(join(dataDir, 'sessions', 'open', 'writer-4194999-1.lock'), '');
  const running = await JournalWriter.create(dataDir, 'running');
  onTestFinished(() => running.abandon());
  expect(await checkSessions(dataDir)).toMatchObject([
    { name: 'session closed', state: 'warning', advice: 'tapedeck seal closed' },
    { name: 'session damaged', state: 'failed', advice: 'tapedeck repair damaged' },
    {
      name: 'session open',
      state: 'warning',
      detail: expect.stringContaining('process 4194999, which is gone'),
      advice: expect.stringContaining('tapedeck repair open'),
    },
    { name: 'session running', state: 'ok', detail: expect.stringContaining(String(process.pid)) },
  ]);
});
