import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { TapeHealth } from '#domain';
import { HealthDesk, type HealthDeskOptions } from '../../../recorder/health/health-desk.ts';
import { METRIC_FAMILIES } from '../../../recorder/health/metric-families.ts';
import { openRecorderLog } from '../../../recorder/health/recorder-log.ts';
import { callHttp } from '../../../recorder/net/http.ts';
import { DEFAULT_THRESHOLDS, type HealthPlan } from '../../../recorder/plan/plan-health.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import { SCRIPTED_PROTOCOLS } from '../../fixtures/scripted-protocol.ts';
import { aChannel, aConnection, aStatus, aTape, aVenue, KIS_PLAN, nanoseconds, SECOND_US, seoul } from './health-bench.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const LISTEN = { host: '127.0.0.1', port: 0 };

interface Setting {
  readonly config?: Partial<HealthPlan>;
  readonly options?: Partial<HealthDeskOptions>;
  readonly startUs?: number;
}

/** The scripted venue with a grant that its REST calls need. */
const WITH_TOKEN = new Map([...SCRIPTED_PROTOCOLS].map(([venue, protocol]) => [venue, { ...protocol, restGrants: ['token'] }]));

/** A desk with its real server, files and webhooks over the network; only time is the test's. */
async function bench({ config = {}, options = {}, startUs = seoul('10:00:00') }: Setting = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'tapedeck-health-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const clock = new ManualClock(nanoseconds(startUs));
  const shown: string[] = [];
  const log = openRecorderLog({ dataDir: folder, clock, secrets: [], fileBytesMax: 1e6, show: (text) => shown.push(text) });
  const health: HealthPlan = {
    listen: LISTEN,
    webhooks: [],
    morningUs: undefined,
    zoneOffsetUs: 9 * 3_600 * SECOND_US,
    repeatMs: 3_600_000,
    thresholds: DEFAULT_THRESHOLDS,
    logBytesMax: 1e6,
    ...config,
  };
  let status = aStatus();
  const desk = HealthDesk.start({
    plan: KIS_PLAN,
    protocols: WITH_TOKEN,
    config: health,
    clock,
    recordingStatus: () => status,
    callHttp,
    log,
    makeReport: () => Promise.resolve('all is well'),
    version: '9.9.9',
    isMonitored: true,
    ...options,
  });
  const stop = async (failure?: string) => {
    await desk.stop(failure);
    await log.flush();
  };
  ends.push(() => stop());
  await desk.listening();
  const nowUs = () => Number(clock.wallNs() / 1_000n);
  return {
    folder,
    clock,
    desk,
    shown,
    stop,
    nowUs,
    say: (tape: TapeHealth) => desk.onTapeHealth(tape),
    setStatus: (next: typeof status) => {
      status = next;
    },
    async get(path: string, init?: RequestInit) {
      const response = await fetch(`${desk.address}${path}`, init);
      return { status: response.status, text: await response.text(), type: response.headers.get('content-type') };
    },
    async json(path: string) {
      const response = await fetch(`${desk.address}${path}`);
      return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> };
    },
  };
}

/** Reads an exposition as Prometheus does: `name{labels}` → value. */
function parsed(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const match = /^([a-zA-Z_:][\w:]*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\]|\\.)*",?)*\})?) (\S+)$/.exec(line);
      expect(match, line).not.toBeNull();
      return [match![1]!, Number(match![2]!.replace('+Inf', 'Infinity'))];
    }),
  );
}

/** The names of the contract, in its order. */
const NAMES = [
  'recorder_messages_total',
  'recorder_received_bytes_total',
  'recorder_dropped_messages_total',
  'recorder_sequence_gaps_total',
  'recorder_decode_failures_total',
  'recorder_reconnects_total',
  'recorder_connection_up',
  'recorder_session_expected',
  'recorder_last_message_timestamp_seconds',
  'recorder_exchange_to_receive_seconds',
  'recorder_write_queue_bytes',
  'recorder_commit_seconds',
  'recorder_disk_free_bytes',
  'recorder_clock_offset_seconds',
  'recorder_token_expiry_timestamp_seconds',
  'recorder_subscriptions',
  'recorder_rest_requests_total',
  'recorder_rest_seconds',
  'recorder_rest_last_success_timestamp_seconds',
  'recorder_build_info',
];

describe('/metrics', () => {
  test('has exactly the metrics that are promised, and those of the process', async () => {
    const { get } = await bench();
    const { text, type, status } = await get('/metrics');
    expect(status).toBe(200);
    expect(type).toContain('text/plain; version=0.0.4');
    const families = [...text.matchAll(/^# TYPE (\S+) /gm)].map((match) => match[1]!);
    expect(families.filter((name) => name.startsWith('recorder_'))).toEqual(NAMES);
    expect(METRIC_FAMILIES.map(({ name }) => name)).toEqual(NAMES);
    expect(families).toEqual(expect.arrayContaining(['process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds']));
  });

  test('says the numbers of the tape', async () => {
    const { get, say, nowUs, setStatus } = await bench();
    const lastUs = nowUs() - SECOND_US;
    const delay = { counts: [3, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], sumSeconds: 31.5 };
    const channels = [
      aChannel('H0STCNT0', lastUs, { frames: 7, bytes: 700, decodeFailures: 2, delay }),
      aChannel('H0STASP0', lastUs, { frames: 9, bytes: 900 }),
    ];
    const reconnects = [
      { reason: 'channel H0STCNT0 silent for 65 s while its market is open', count: 1 },
      { reason: 'channel H0STASP0 silent for 71 s while its market is open', count: 2 },
      { reason: 'OPSP8996: ALREADY IN USE', count: 4 },
      { reason: 'subscribe was not answered in 10 s (H0STCNT0|005930)', count: 1 },
      { reason: 'bye (code 1006)', count: 1 },
    ];
    const venue = aVenue(nowUs(), {
      channels,
      connections: [aConnection({ reconnects })],
      decodeFailures: 5,
      gapTotal: 3,
      dropped: [{ reason: 'shed', frames: 11 }],
      clock: { samples: 10, minUs: -1, medianUs: -250_000 },
      rest: [
        {
          type: 'stock-minute',
          results: [
            { result: 'ok', count: 40 },
            { result: 'HTTP 500', count: 2 },
          ],
          lastSuccessNs: nanoseconds(lastUs),
          duration: { counts: [0, 1], sumSeconds: 0.01 },
        },
      ],
    });
    const status = aStatus();
    const grants = [
      { key: 'main', grant: 'token', expiresAtMs: 1_795_200_000_000 },
      // Taken anew for each connect, never renewed: it may well expire.
      { key: 'main', grant: 'approval', expiresAtMs: 1_795_100_000_000 },
    ];
    setStatus({ ...status, waitingBytes: 4_096, venues: status.venues.map((one) => ({ ...one, grants })) });
    say(aTape(nowUs(), venue));
    const values = parsed((await get('/metrics')).text);
    const got = (...lines: readonly string[]) => Object.fromEntries(lines.map((line) => [line, values.get(line)]));
    const expected = {
      'recorder_messages_total{venue="kis",channel="H0STCNT0"}': 7,
      'recorder_messages_total{venue="kis",channel="H0STASP0"}': 9,
      'recorder_received_bytes_total{venue="kis",channel="H0STCNT0"}': 700,
      'recorder_dropped_messages_total{venue="kis",reason="shed"}': 11,
      'recorder_sequence_gaps_total{venue="kis"}': 3,
      'recorder_decode_failures_total{venue="kis",channel="H0STCNT0"}': 2,
      'recorder_decode_failures_total{venue="kis",channel=""}': 3,
      'recorder_reconnects_total{venue="kis",reason="channel-silent"}': 3,
      'recorder_reconnects_total{venue="kis",reason="OPSP8996"}': 4,
      'recorder_reconnects_total{venue="kis",reason="unanswered"}': 1,
      'recorder_reconnects_total{venue="kis",reason="closed"}': 1,
      'recorder_connection_up{venue="kis",connection="ws-1"}': 1,
      'recorder_session_expected{venue="kis"}': 1,
      'recorder_last_message_timestamp_seconds{venue="kis",channel="H0STCNT0"}': lastUs / 1e6,
      'recorder_exchange_to_receive_seconds_bucket{venue="kis",channel="H0STCNT0",le="0.005"}': 3,
      'recorder_exchange_to_receive_seconds_bucket{venue="kis",channel="H0STCNT0",le="30"}': 5,
      'recorder_exchange_to_receive_seconds_bucket{venue="kis",channel="H0STCNT0",le="+Inf"}': 6,
      'recorder_exchange_to_receive_seconds_sum{venue="kis",channel="H0STCNT0"}': 31.5,
      'recorder_exchange_to_receive_seconds_count{venue="kis",channel="H0STCNT0"}': 6,
      recorder_write_queue_bytes: 4_096,
      recorder_disk_free_bytes: 500e9,
      'recorder_clock_offset_seconds{venue="kis"}': -0.25,
      'recorder_token_expiry_timestamp_seconds{venue="kis"}': 1_795_200_000,
      'recorder_subscriptions{venue="kis",channel="H0STCNT0",state="seen"}': 1,
      'recorder_rest_requests_total{venue="kis",type="stock-minute",result="HTTP 500"}': 2,
      'recorder_rest_seconds_bucket{venue="kis",type="stock-minute",le="0.01"}': 1,
      'recorder_rest_last_success_timestamp_seconds{venue="kis",type="stock-minute"}': lastUs / 1e6,
      [`recorder_build_info{version="9.9.9",node="${process.version}"}`]: 1,
    };
    expect(got(...Object.keys(expected))).toEqual(expected);
    // No symbol is ever a label.
    expect([...values.keys()].filter((key) => key.includes('005930'))).toEqual([]);
  });

  test('says 0 dropped frames, and when nothing is expected', async () => {
    const { get } = await bench({ startUs: seoul('23:00:00') });
    const values = parsed((await get('/metrics')).text);
    expect(values.get('recorder_dropped_messages_total{venue="kis",reason="shed"}')).toBe(0);
    expect(values.get('recorder_session_expected{venue="kis"}')).toBe(0);
  });
});

describe('/readyz', () => {
  test('is 200 while data are fresh, with all ages, and 503 with the reason when a channel goes silent', async () => {
    const { json, say, nowUs, clock } = await bench();
    expect(await json('/readyz')).toMatchObject({ status: 503, body: { reasons: ['kis: nothing was received yet'] } });
    say(aTape(nowUs()));
    expect(await json('/readyz')).toMatchObject({
      status: 200,
      body: {
        ready: true,
        expected: true,
        session: 'watched',
        venues: [
          {
            venue: 'kis',
            ageSeconds: 1,
            channels: [
              { channel: 'H0STCNT0', expected: true, ageSeconds: 1, silenceMaxSeconds: 60 },
              { channel: 'H0STASP0', expected: true, ageSeconds: 1 },
            ],
            connections: [{ connection: 'ws-1', wanted: true, up: true }],
            polls: [{ poll: 'stock-minute', expected: true, ageSeconds: 1 }],
          },
        ],
      },
    });
    await clock.advance(65_000);
    const silent = [aChannel('H0STCNT0', nowUs() - 66 * SECOND_US), aChannel('H0STASP0', nowUs())];
    say(aTape(nowUs(), aVenue(nowUs(), { channels: silent })));
    expect(await json('/readyz')).toMatchObject({ status: 503, body: { ready: false, reasons: ['kis H0STCNT0 is silent'] } });
  });

  test('is 200 while the calendar expects nothing, however old the data are', async () => {
    const { json, say, nowUs } = await bench({ startUs: seoul('23:00:00') });
    say(aTape(nowUs(), aVenue(seoul('19:00:00'), { connections: [aConnection({ isUp: false })] })));
    expect(await json('/readyz')).toMatchObject({
      status: 200,
      body: { ready: true, expected: false, venues: [{ ageSeconds: 4 * 3_600 + 1 }] },
    });
  });

  test('is 503 when the tape stands still: old figures are no proof', async () => {
    const { json, say, nowUs, clock } = await bench();
    say(aTape(nowUs()));
    await clock.advance(40_000);
    expect(await json('/readyz')).toMatchObject({ status: 503, body: { reasons: ['No record for 40 s'] } });
  });

  test('does not blink for a short reconnect', async () => {
    const { json, say, nowUs, setStatus } = await bench();
    say(aTape(nowUs(), aVenue(nowUs(), { connections: [aConnection({ isUp: false })] })));
    setStatus(aStatus({ state: 'waiting' }));
    expect(await json('/readyz')).toMatchObject({ status: 200 });
  });
});

test('/healthz says that the loop turns, what fires, and how the webhooks do', async () => {
  const { json, clock, say, nowUs } = await bench();
  for (let i = 0; i < 3; i++) {
    say(aTape(nowUs(), aVenue(nowUs(), { drift: i })));
    await clock.advance(5_000);
  }
  expect(await json('/healthz')).toMatchObject({
    status: 200,
    body: { status: 'ok', session: 'watched', uptimeSeconds: 15, records: 5_000, alerts: [{ key: 'drift/kis' }], webhooks: [] },
  });
});

test('what an open session held before this start is no news while it is read, and neither is it afterwards', async () => {
  const { desk, say, nowUs, clock } = await bench();
  const lossesOf = (frames: number) => ({ dropped: [{ reason: 'shed', frames }], decodeFailures: frames });
  say(aTape(nowUs(), aVenue(nowUs()), { lastRecordNs: nanoseconds(nowUs() - 3_600 * SECOND_US), records: 10 }));
  await clock.advance(5_000);
  for (let i = 0; i < 12; i++) {
    say(aTape(nowUs(), aVenue(nowUs(), lossesOf(50))));
    await clock.advance(5_000);
  }
  expect(desk.watched).toEqual([]);
  say(aTape(nowUs(), aVenue(nowUs(), lossesOf(51))));
  await clock.advance(5_000);
  expect(desk.watched.map(({ key }) => key)).toEqual(['frames-dropped/kis', 'decode-failures/kis']);
});

test('the server reads only, and knows three pages', async () => {
  const { get } = await bench();
  expect(await get('/')).toMatchObject({ status: 404, text: 'there are /healthz, /readyz and /metrics\n' });
  expect(await get('/metrics', { method: 'POST', body: 'x' })).toMatchObject({ status: 405 });
  expect(await get('/metrics?x=1')).toMatchObject({ status: 200 });
});

test('an address that is taken costs the pages and nothing else; they come when it is free', async () => {
  const other = createTcpServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const { desk, shown, clock, get } = await bench({ config: { listen: { host: '127.0.0.1', port } } });
  expect(desk.address).toBeUndefined();
  expect(shown.join('\n')).toContain('EADDRINUSE');
  await new Promise((resolve) => other.close(resolve));
  await clock.advance(61_000);
  await desk.listening();
  expect(await get('/healthz')).toMatchObject({ status: 200 });
});

describe('reports and alerts over the network', () => {
  /** What a webhook was told, by state and title. */
  async function watchedBench(setting: Setting = {}) {
    const told: string[] = [];
    const server: Server = createServer((request: IncomingMessage, response: ServerResponse) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const { state, title, message } = JSON.parse(Buffer.concat(parts).toString()) as Readonly<Record<string, string>>;
        told.push(state === 'report' ? `${state} ${title}: ${message}` : `${state} ${title}`);
        response.end('ok');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(() => new Promise((resolve) => server.close(resolve)));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const webhooks = [{ kind: 'json' as const, url, name: 'desk', level: 'info' as const }];
    const made = await bench({ ...setting, config: { webhooks, ...setting.config } });
    return {
      ...made,
      told,
      async until(count: number) {
        while (told.length < count) await new Promise((resolve) => setImmediate(resolve));
      },
    };
  }

  test('an alert goes out, and that it is over; the log has both', async () => {
    const { say, nowUs, clock, told, until, folder, stop } = await watchedBench();
    const watch = async (seconds: number, dropped: number) => {
      for (let i = 0; i < seconds; i += 5) {
        say(aTape(nowUs(), aVenue(nowUs(), { dropped: [{ reason: 'shed', frames: dropped }] })));
        await clock.advance(5_000);
      }
    };
    await watch(30, 0);
    await watch(30, 8);
    await until(1);
    await watch(11 * 60 + 90, 8);
    await until(2);
    expect(told).toEqual(['firing kis: 8 frames were not kept', 'resolved kis: 8 frames were not kept']);
    await stop();
    expect(told.slice(2)).toEqual(['report Session watched has ended: all is well']);
    const lines = (await readFile(join(folder, 'logs', 'recorder.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', alert: 'frames-dropped/kis', state: 'firing' }));
    expect(lines).toContainEqual(expect.objectContaining({ level: 'info', alert: 'frames-dropped/kis', state: 'resolved' }));
  });

  test('a report comes each morning, good night or not', async () => {
    const { say, nowUs, clock, told, until } = await watchedBench({
      config: { morningUs: 8.5 * 3_600 * SECOND_US },
      startUs: seoul('08:29:00'),
    });
    for (let i = 0; i < 59; i++) {
      say(aTape(nowUs()));
      await clock.advance(1_000);
    }
    expect(told).toEqual([]);
    await clock.advance(2_000);
    await until(1);
    expect(told).toEqual(['report Morning report of watched: all is well']);
  });

  test('a report that cannot be made, or takes too long, is an alert of its own', async () => {
    const failing = await watchedBench({ options: { makeReport: () => Promise.reject(new Error('the tape is torn')) } });
    await failing.stop();
    expect(failing.told).toEqual(['event The report of watched could not be made']);
    let waited: AbortSignal | undefined;
    const makeReport = (signal: AbortSignal) => {
      waited = signal;
      return new Promise<string>(() => undefined);
    };
    const hanging = await watchedBench({ options: { makeReport } });
    const stopped = hanging.desk.stop();
    await hanging.clock.advance(14 * 60_000);
    expect(hanging.told).toEqual([]);
    expect(waited?.aborted).toBe(false);
    await hanging.clock.advance(61_000);
    await hanging.until(1);
    expect(waited?.aborted).toBe(true);
    await hanging.clock.advance(10_000);
    await stopped;
    expect(hanging.told).toEqual(['event The report of watched could not be made']);
  });

  test('what is told after the session is over is sent until the end of all work on it, then it is in the log only', async () => {
    let finish: (text: string) => void = () => undefined;
    const makeReport = () =>
      new Promise<string>((resolve) => {
        finish = resolve;
      });
    const { desk, told, until, stop, shown, get } = await watchedBench({ options: { makeReport } });
    await desk.retire();
    await expect(get('/healthz')).rejects.toThrow();
    desk.tell({ key: 'stop/005930', severity: 'warning', title: 'Stop fired', message: 'sold 10 at 69,000' });
    await until(1);
    expect(told).toEqual(['event Stop fired']);
    const stopped = stop();
    finish('all is well');
    await stopped;
    expect(told).toEqual(['event Stop fired', 'report Session watched has ended: all is well']);
    desk.tell({ key: 'stop/000660', severity: 'warning', title: 'Stop fired late', message: 'sold 3 at 250,000' });
    expect(shown.at(-1)).toMatch(/not sent, the session was over: warning: Stop fired late\. sold 3 at 250,000$/);
    expect(told).toHaveLength(2);
  });

  test('a trading alert goes through the same desk, and a recording that fails says so', async () => {
    const { desk, told, until, stop } = await watchedBench();
    desk.tell({ key: 'stop/005930', severity: 'warning', title: 'Stop fired', message: 'sold 10 at 69,000' });
    await until(1);
    await stop('nothing is left to record');
    expect(told).toEqual(['event Stop fired', 'event The recording of watched ended with an error']);
  });
});
