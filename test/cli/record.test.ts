import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { recorderConfig, systemClock } from '#recorder';
import { RecordingWork } from '../../cli/recording-work.ts';
import { runCli, runJson } from '../acceptance/cli.ts';
import { importBars, temporaryFolder } from './bars-session.ts';
import { CliProcess, type Ended, startServing } from './cli-process.ts';
import {
  binanceConfig,
  importKiwoom,
  inspect,
  isWhole,
  KOREAN_MORNING,
  kiwoomConfig,
  type RecordedDocument,
  receivedFrames,
  recordsOf,
  SYNTHETIC,
  startRecording,
  untilRecorded,
  writeConfig,
} from './recording-desk.ts';

// `tapedeck record` as a person starts it, against `tapedeck serve` in a process of its own.

function documentOf({ stdout }: Ended): RecordedDocument {
  expect(stdout).toMatch(/^\{[\s\S]*\}\n$/);
  return JSON.parse(stdout) as RecordedDocument;
}

/** The session folders of a data folder. */
function sessionsIn(data: string): readonly string[] {
  const folder = join(data, 'sessions');
  return existsSync(folder) ? readdirSync(folder) : [];
}

describe('a recording', () => {
  test('that gets SIGINT is closed and sealed, and holds every frame that was served, byte for byte', async () => {
    const folder = temporaryFolder();
    const { addresses, stop } = await startServing(SYNTHETIC);
    const recorder = startRecording(binanceConfig(folder, addresses[0]!), folder);
    await untilRecorded(recorder, folder, 'caught', 1_000);
    const ended = await recorder.kill('SIGINT');
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('SIGINT: ending cleanly') });
    const { served } = await stop();

    const received = await receivedFrames(folder, 'caught');
    expect(served).toMatchObject([{ venue: 'binance-spot', frames: received.frames, digest: received.digest }]);
    const [session, ...others] = documentOf(ended).sessions;
    expect(others).toEqual([]);
    expect(session).toMatchObject({ session: 'caught', frames: received.frames, framesShed: 0, reconnects: 0, parts: 1, reason: 'asked' });
    expect(runJson(['verify', 'caught', '--data', folder])).toMatchObject({
      ok: true,
      tapeDigest: session?.tapeDigest,
      stores: ['journal', 'parquet'],
    });
    expect(inspect(folder, 'caught')).toMatchObject({ tapeDigest: session?.tapeDigest, decodeFailures: 0, gaps: [] });
  });

  test('that gets SIGTERM ends in the same way, says it in words, and is not sealed where nobody wants it', async () => {
    const folder = temporaryFolder();
    const { addresses, stop } = await startServing(SYNTHETIC);
    const config = binanceConfig(folder, addresses[0]!);
    const recorder = CliProcess.start(['record', config, '--data', folder, '--session', 'caught', '--no-seal']);
    await untilRecorded(recorder, folder, 'caught', 100);
    const ended = await recorder.kill('SIGTERM');
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('SIGTERM: ending cleanly') });
    expect(ended.stdout).toMatch(
      /^recorded caught: [\d,]+ records, [\d,]+ frames, 0 shed, 0 reconnects; ended: asked\ntape digest [0-9a-f]{64}\nnext: tapedeck inspect caught\n$/,
    );
    expect((await stop()).served).toMatchObject([await receivedFrames(folder, 'caught')]);
    expect(runJson(['verify', 'caught', '--data', folder])).toMatchObject({ ok: true, stores: ['journal'] });
  });

  test('that was killed goes on in a new segment: nothing is missing, and the time between is a gap', async () => {
    const folder = temporaryFolder();
    const { addresses } = await startServing(SYNTHETIC);
    const config = binanceConfig(folder, addresses[0]!);
    const first = startRecording(config, folder);
    await untilRecorded(first, folder, 'caught', 500);
    expect(await first.kill('SIGKILL')).toMatchObject({ signal: 'SIGKILL', stdout: '' });
    const before = inspect(folder, 'caught');
    const kept = await recordsOf(folder, 'caught');
    expect(kept.length).toBe(before.records);

    const second = startRecording(config, folder);
    await untilRecorded(second, folder, 'caught', before.frames.in + 500);
    const ended = await second.kill('SIGINT');
    expect(ended.code).toBe(0);
    const after = inspect(folder, 'caught');
    expect(documentOf(ended).sessions).toMatchObject([{ records: after.records, tapeDigest: after.tapeDigest }]);
    expect(isWhole(folder, 'caught')).toBe(true);
    expect((await recordsOf(folder, 'caught')).slice(0, kept.length)).toEqual(kept);
    for (const { channel, frames } of before.channels) {
      expect(after.channels.find((row) => row.channel === channel)?.frames, channel).toBeGreaterThanOrEqual(frames);
    }
    expect(after.gaps).toMatchObject([{ venue: 'binance-spot', fromNs: before.lastReceivedAtNs, reason: 'the recorder was not running' }]);
    expect(readdirSync(join(folder, 'sessions', 'caught', 'journal')).filter((name) => name.endsWith('.tdj')).length).toBe(2);
  });

  test('that finds an earlier segment damaged says so, keeps what is behind it in its place, and its session verifies', async () => {
    const folder = temporaryFolder();
    const { addresses } = await startServing(SYNTHETIC);
    const config = binanceConfig(folder, addresses[0]!);
    for (let frames = 100; frames <= 400; frames += 100) {
      const killed = startRecording(config, folder);
      await untilRecorded(killed, folder, 'caught', frames);
      await killed.kill('SIGKILL');
    }
    const kept = await recordsOf(folder, 'caught');
    const segments = readdirSync(join(folder, 'sessions', 'caught', 'journal')).filter((name) => name.endsWith('.tdj'));
    expect(segments.length).toBe(4);
    const path = join(folder, 'sessions', 'caught', 'journal', segments[1]!);
    const bytes = readFileSync(path);
    bytes[bytes.length - 20]! ^= 1; // in its footer
    writeFileSync(path, bytes);
    expect(runCli(['verify', 'caught', '--data', folder])).toMatchObject({ code: 3, stdout: expect.stringContaining('footer-bad') });

    const last = startRecording(config, folder);
    await last.told(/left bytes that are no record.*00000002\.tdj/);
    await untilRecorded(last, folder, 'caught', 500);
    expect((await last.kill('SIGINT')).code).toBe(0);
    expect((await recordsOf(folder, 'caught')).slice(0, kept.length)).toEqual(kept);
    expect(runJson(['verify', 'caught', '--data', folder])).toMatchObject({ ok: true });
    expect(runJson(['repair', 'caught', '--data', folder])).toMatchObject({ found: [], actions: [], recordsLost: 0 });
  });

  test('is not started on a session that another process records', async () => {
    const folder = temporaryFolder();
    const { addresses } = await startServing(SYNTHETIC);
    const config = binanceConfig(folder, addresses[0]!);
    const first = startRecording(config, folder);
    await untilRecorded(first, folder, 'caught', 1);
    const second = await startRecording(config, folder).end();
    expect(second).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^tapedeck: .*being written.* \[SESSION_LOCKED\]\n$/),
    });
    expect((await first.kill('SIGINT')).code).toBe(0);
    expect(inspect(folder, 'caught').gaps).toEqual([]);
  });

  test('that is stopped before it has a recording to stop ends as well', async () => {
    const folder = temporaryFolder();
    const { addresses } = await startServing(SYNTHETIC);
    const window = '[session]\nzone = "UTC"\nschedule = [{ days = "daily", start = "10:00", stop = "11:00" }]';
    const config = binanceConfig(folder, addresses[0]!, window);
    const recorder = startRecording(config, folder, ['--clock-start', '2026-11-20T09:00:00Z']);
    await recorder.told(/waiting for 2026-11-20T10:00:00\.000Z/);
    const ended = await recorder.kill('SIGTERM');
    expect(ended.code).toBe(0);
    expect(documentOf(ended)).toEqual({ sessions: [] });
    expect(sessionsIn(folder)).toEqual([]);
  });
});

test('a recording that is stopped while its journal is opened ends as well, and leaves a whole session', async () => {
  const folder = temporaryFolder();
  const sessions: string[] = [];
  const work = new RecordingWork({
    config: recorderConfig()
      .session({ name: 'caught', data: folder })
      .binanceSpot((spot) => spot.settings({ endpoints: { rest: NOBODY, socket: NOBODY.replace('http', 'ws') } }).symbol('BTCUSDT'))
      .build(),
    variables: {},
    clock: systemClock(),
    isSealing: false,
    onSession: ({ session, reason }) => sessions.push(`${session}: ${reason}`),
  });
  const recorded = work.record();
  work.stop();
  await recorded;
  expect(sessions).toEqual(['caught: asked']);
  expect(isWhole(folder, 'caught')).toBe(true);
});

/** A port that nobody may listen on without being asked for it. */
const NOBODY = 'http://127.0.0.1:1';

describe('a recording that has an end', () => {
  const START = '2026-11-20T09:00:40Z';
  const END_MS = Date.UTC(2026, 10, 20, 9, 1, 0);

  test.each([
    ['--duration', '20s'],
    ['--until', '2026-11-20T09:01:00Z'],
    ['--until', '18:01'], // in Korea, unless the session has another zone
  ])('ends by itself: %s %s', async (option, value) => {
    const folder = temporaryFolder();
    const { addresses } = await startServing(SYNTHETIC);
    const words = [option, value, '--clock-start', START, '--clock-scale', '10'];
    const ended = await startRecording(binanceConfig(folder, addresses[0]!), folder, words).end();
    expect(ended.code, ended.stderr).toBe(0);
    expect(documentOf(ended).sessions).toMatchObject([{ session: 'caught', reason: 'until', parts: 1 }]);
    const { lastReceivedAtNs, frames } = inspect(folder, 'caught');
    expect(frames.in).toBeGreaterThan(0);
    const lateMs = Number(BigInt(lastReceivedAtNs) / 1_000_000n) - END_MS;
    // It looks at its clock each second; the rest is how long a busy machine takes to close a connection, ten times as fast.
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThan(60_000);
  });

  test('makes one session for each window of its schedule, two of one day apart by a number, and ends at --until', async () => {
    const folder = temporaryFolder();
    const { addresses } = await startServing(SYNTHETIC);
    const windows = [
      '{ days = "daily", start = "09:00", stop = "09:02" }',
      '{ days = ["fri"], start = "09:03", stop = "09:05" }',
      '{ days = "daily", start = "10:00", stop = "11:00" }',
    ];
    const session = `[session]\nname = "crypto-{date}"\nzone = "UTC"\nnewday = "00:00"\nschedule = [${windows.join(', ')}]`;
    const config = binanceConfig(folder, addresses[0]!, session);
    const clock = ['--clock-start', '2026-11-20T08:59:30Z', '--clock-scale', '60'];
    const ended = await CliProcess.start(['record', config, '--data', folder, '--until', '09:06', '--json', ...clock]).end();
    expect(ended.code, ended.stderr).toBe(0);
    const names = ['crypto-2026-11-20', 'crypto-2026-11-20-2'];
    expect(documentOf(ended).sessions).toMatchObject(names.map((name) => ({ session: name, reason: 'until', parts: 1 })));
    expect(sessionsIn(folder).toSorted()).toEqual(names);
    expect(names.map((name) => isWhole(folder, name))).toEqual([true, true]);
    expect(ended.stderr).toContain('waiting for 2026-11-20T09:03:00.000Z');
    expect(ended.stderr).not.toContain('waiting for 2026-11-20T10:00:00.000Z');
  });
});

test('a session that cannot be sealed is told and ends with 1, and the next window is recorded all the same', async () => {
  const folder = temporaryFolder();
  const { addresses } = await startServing(SYNTHETIC);
  const windows = ['09:00", stop = "09:03', '09:04", stop = "09:06'].map((times) => `{ days = "daily", start = "${times}" }`);
  const session = `[session]\nname = "crypto-{date}"\nzone = "UTC"\nnewday = "00:00"\nschedule = [${windows.join(', ')}]`;
  const clock = ['--clock-start', '2026-11-20T08:59:30Z', '--clock-scale', '30'];
  const config = binanceConfig(folder, addresses[0]!, session);
  const recorder = CliProcess.start(['record', config, '--data', folder, '--until', '09:07', '--json', ...clock]);
  await recorder.told(/: connected/);
  const sealed = join(folder, 'parquet', 'session=crypto-2026-11-20');
  mkdirSync(sealed, { recursive: true });
  writeFileSync(join(sealed, 'notes.txt'), 'not made by a seal');
  const ended = await recorder.end();
  expect(ended).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/crypto-2026-11-20 is closed and whole, but was not sealed: .*notes\.txt/),
  });
  const [first, second] = documentOf(ended).sessions;
  expect(first).toMatchObject({ session: 'crypto-2026-11-20', sealProblem: expect.stringContaining('notes.txt') });
  expect(second).toMatchObject({ session: 'crypto-2026-11-20-2', parts: 1 });
});

/** What `--rehearse --json` prints. */
interface RehearsalDocument {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly isOk: boolean; readonly detail: string }[];
}

describe('--rehearse', () => {
  test('is 0 when everything answers, and leaves no session', async () => {
    const folder = temporaryFolder();
    const { addresses } = await startServing(SYNTHETIC);
    const config = binanceConfig(folder, addresses[0]!, '[limits]\ndisk = "1MiB"');
    const data = join(folder, 'data');
    const ended = await CliProcess.start(['record', config, '--data', data, '--rehearse', '--json']).end();
    expect(ended.code, ended.stderr).toBe(0);
    const { ok, checks } = JSON.parse(ended.stdout) as RehearsalDocument;
    expect(ok).toBe(true);
    expect(checks.map(({ name }) => name)).toEqual([
      'binance-spot ws-1',
      `clock against ${new URL(addresses[0]!.rest).host}`,
      `disk of ${data}`,
    ]);
    expect(checks[0]).toMatchObject({ isOk: true, detail: 'open, 2 of 2 subscriptions acknowledged' });
    expect(sessionsIn(data)).toEqual([]);
  });

  test('is 1 when logins are refused, with the words of the venue', async () => {
    const folder = temporaryFolder();
    importKiwoom(folder, join(folder, 'served'));
    const served = ['kiwoom', '--data', join(folder, 'served'), '--clock-scale', '20', '--fault', 'refuse-login'];
    const { addresses } = await startServing(served);
    const config = kiwoomConfig(folder, addresses[0]!);
    const words = ['--rehearse', '--clock-start', KOREAN_MORNING, '--clock-scale', '20'];
    const ended = await CliProcess.start(['record', config, '--data', folder, ...words], SECRETS).end();
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/^FAILED {2}kiwoom ws-1: kiwoom ws-1 stopped: 8001 token: .*App Key/m);
    expect(ended.stdout).toMatch(/^ok {6}disk of /m);
    for (const secret of Object.values(SECRETS)) expect(ended.stdout + ended.stderr).not.toContain(secret);
    expect(sessionsIn(folder)).toEqual([]);
  });

  test('is 1 where nobody listens', async () => {
    const folder = temporaryFolder();
    const { addresses, stop } = await startServing(SYNTHETIC);
    await stop();
    const config = binanceConfig(folder, addresses[0]!, '[limits]\nstartup = "1s"');
    const ended = await CliProcess.start(['record', config, '--data', folder, '--rehearse']).end();
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/^FAILED .*binance-spot ws-1 is not open/m);
    expect(sessionsIn(folder)).toEqual([]);
  });
});

const SECRETS = { KIWOOM_APP_KEY: 'app-key-of-the-tests-0123456789', KIWOOM_SECRET_KEY: 'secret-key-of-the-tests-987654321' };

describe('secrets of an --env-file', () => {
  test('open the connection, and are in no file and no line that the recorder writes', async () => {
    const folder = temporaryFolder();
    const data = join(folder, 'data');
    importKiwoom(folder, join(folder, 'served'));
    const keys = Object.entries(SECRETS);
    // Only this pair is let in: the file was read as it is meant.
    const pair = ['--option', `kiwoom.appKey=${SECRETS.KIWOOM_APP_KEY}`, '--option', `kiwoom.secretKey=${SECRETS.KIWOOM_SECRET_KEY}`];
    const { addresses, stop } = await startServing(['kiwoom', '--data', join(folder, 'served'), '--speed', '10', ...pair]);
    const envFile = join(folder, 'secrets.env');
    writeFileSync(envFile, `# for the tests\n${keys.map(([name, value]) => `export ${name}="${value}"`).join('\n')}\n`);
    const config = kiwoomConfig(folder, addresses[0]!);
    const recorder = startRecording(config, data, ['--env-file', envFile, '--clock-start', KOREAN_MORNING]);
    await untilRecorded(recorder, data, 'caught', 50);
    const ended = await recorder.kill('SIGINT');
    expect(ended.code, ended.stderr).toBe(0);
    expect((await stop()).served).toMatchObject([await receivedFrames(data, 'caught')]);
    expect(inspect(data, 'caught').channels.find(({ channel }) => channel === '0B')?.frames).toBeGreaterThan(0);

    const [token, ...others] = readdirSync(join(data, 'tokens'));
    expect(others).toEqual([]);
    expect(statSync(join(data, 'tokens', token!)).mode & 0o777).toBe(0o600);
    const { value } = JSON.parse(readFileSync(join(data, 'tokens', token!), 'utf8')) as { value: string };
    const printed = { name: 'what it printed', text: ended.stdout + ended.stderr };
    for (const { name, text } of [printed, ...filesBelow(data).filter(({ name }) => !name.startsWith('tokens'))]) {
      for (const secret of [...Object.values(SECRETS), value]) expect(text.includes(secret), `${name}: ${secret}`).toBe(false);
    }
  });
});

function filesBelow(folder: string): readonly { readonly name: string; readonly text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'latin1') }));
}

test('a start against a server that acknowledges and stays silent fails by name, and leaves an open, whole session', async () => {
  const folder = temporaryFolder();
  const { addresses } = await startServing([...SYNTHETIC, '--fault', 'silent@0s']);
  const config = binanceConfig(folder, addresses[0]!, '[limits]\nstartup = "3s"');
  const ended = await startRecording(config, folder).end();
  expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/\[START_FAILED\]\n$/) });
  expect(ended.stderr).toContain('binance-spot ws-1: acknowledged, and not one frame of ');
  expect(runJson(['sessions', '--data', folder])).toMatchObject([{ session: 'caught', state: 'open' }]);
  expect(isWhole(folder, 'caught')).toBe(true);
  expect((await recordsOf(folder, 'caught')).length).toBeGreaterThan(0);
});

describe('a recording that cannot be is exit code 2, its reason on stderr and nothing on stdout or on the disk', () => {
  const stocks = '[[kis.stocks]]\ncode = "005930"\n';
  const literal = 'PSliteralSecret0123456789abcdefghijk';
  const missing = /KIS_APP_SECRET \(appSecret\) is set but empty/;
  const refusals: readonly (readonly [what: string, toml: string, code: string, message: RegExp, words: readonly string[]])[] = [
    ['broken TOML', '[session\n', 'CONFIG_SYNTAX', /recording\.toml, line 1: /, []],
    ['a code without quotes', '[[kis.stocks]]\ncode = 005930\n', 'CONFIG_SYNTAX', /line 2: .*must stand in quotes: write "005930"/, []],
    ['an unknown table', '[bnance-spot]\n', 'CONFIG_INVALID', /did you mean "binance-spot"\?/, []],
    [
      'a literal secret',
      `[[kis.keys]]\nname = "main"\nsecrets = { appKey = "${literal}" }\n${stocks}`,
      'CONFIG_INVALID',
      /never a secret itself/,
      [],
    ],
    ['no secret', stocks, 'SECRET_MISSING', /KIS_APP_KEY \(appKey\) is not set[\s\S]*KIS_APP_SECRET \(appSecret\) is not set/, []],
    ['an empty secret', stocks, 'SECRET_MISSING', missing, ['--env-file', 'empty.env']],
    [
      'more slots than there are',
      '[kis]\nderivatives = [{ code = "A01612" }]\nchains = [{ maturity = "202612", strikes = 10 }]\n',
      'PLAN_TOO_LARGE',
      /10 strikes .* = 42 slots do not fit one key \(41\)/,
      ['--env-file', 'whole.env'],
    ],
    ['nothing to record', '[session]\nname = "x"\n', 'PLAN_EMPTY', /no venue is configured/, []],
    [
      'an end that has passed',
      '[binance-spot]\nsymbols = [{ symbol = "BTCUSDT" }]\n',
      'UNTIL_PAST',
      /has passed/,
      ['--until', '2020-01-01T00:00'],
    ],
    ['no time', '[binance-spot]\nsymbols = [{ symbol = "BTCUSDT" }]\n', 'CONFIG_INVALID', /session\.duration/, ['--duration', 'soon']],
    ['no clock', '[binance-spot]\nsymbols = [{ symbol = "BTCUSDT" }]\n', 'CLOCK_SCALE', /--clock-scale 0/, ['--clock-scale', '0']],
  ];

  test.each(refusals)('%s', (_what, toml, code, message, words) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'empty.env'), 'KIS_APP_KEY=set\nKIS_APP_SECRET=\n');
    writeFileSync(join(folder, 'whole.env'), 'KIS_APP_KEY=set\nKIS_APP_SECRET=also-set\n');
    writeConfig(folder, toml);
    const result = runCli(['record', 'recording.toml', '--data', 'data', ...words], { cwd: folder });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(result.stderr).toMatch(new RegExp(`^tapedeck: [\\s\\S]* \\[${code}\\]\n$`));
    expect(result.stderr).not.toContain(literal);
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  test('a file that is not there', () => {
    expect(runCli(['record', 'nowhere.toml'], { cwd: temporaryFolder() })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^tapedeck: cannot read nowhere\.toml: .* \[CONFIG_UNREADABLE\]\n$/),
    });
  });

  test('a session that is closed', () => {
    const folder = temporaryFolder();
    importBars(folder);
    const { tapeDigest } = inspect(folder, 'bars');
    const config = writeConfig(folder, '[binance-spot]\nsymbols = [{ symbol = "BTCUSDT" }]\n');
    expect(runCli(['record', config, '--data', folder, '--session', 'bars'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^tapedeck: session "bars" in .* is closed; choose another with --session.* \[SESSION_CLOSED\]\n$/),
    });
    expect(inspect(folder, 'bars').tapeDigest).toBe(tapeDigest);
  });
});
