import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { nodeCipher, systemClock } from '#recorder';
import { FAULT_KINDS, parseFaults, startServer } from '#replay';
import { SERVERS, VENUES } from '#venues';
import { FrameDigest } from '../../replay/serve/served-frames.ts';
import { runCli, runJson } from '../acceptance/cli.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { importBars, temporaryFolder } from './bars-session.ts';
import { CliProcess, type Served, type ServedAddress, startServing } from './cli-process.ts';

// `tapedeck serve` as a person starts it, and a plain websocket that trusts nothing but what it gets.

const FRAMES = 300;
const removals: (() => void)[] = [];
const data = temporaryFolder((remove) => removals.push(remove));
const source = ['day', '--data', data];

beforeAll(() => importDay());
afterAll(() => {
  for (const remove of removals) remove();
});

/** The trades of the tape `day`: one each tenth of a second, half a minute long. */
function tradeText(index: number): string {
  const timeMs = Date.UTC(2026, 10, 20) + index * 100;
  const trade = {
    e: 'trade',
    E: timeMs,
    s: 'BTCUSDT',
    t: 1_000 + index,
    p: `${60_000 + (index % 7)}.10`,
    q: '0.5',
    T: timeMs,
    m: false,
    M: true,
  };
  return JSON.stringify({ stream: 'btcusdt@trade', data: trade });
}

function importDay(): void {
  const lines = Array.from({ length: FRAMES }, (_, index) => `${Date.UTC(2026, 10, 20) + index * 100}000000 ${tradeText(index)}`);
  const file = join(data, 'day.txt');
  writeFileSync(file, `${lines.join('\n')}\n`);
  runJson(['import', file, '--format', 'ns-lines', '--venue', 'binance-spot', '--session', 'day', '--data', data]);
}

/** A client that keeps what it gets. */
class Listener {
  readonly texts: string[] = [];
  readonly digest = new FrameDigest();
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;

  constructor({ socket }: ServedAddress) {
    this.#socket = new WebSocket(`${socket}/stream?streams=btcusdt@trade`);
    this.#socket.on('error', () => undefined); // A cut is one; its close code tells.
    this.#socket.on('message', (bytes: Buffer) => {
      this.digest.add(bytes);
      this.texts.push(bytes.toString('utf8'));
    });
    this.closed = once(this.#socket, 'close').then(([code]) => code as number);
    onTestFinished(() => this.#socket.terminate());
  }
}

function lastLine(stdout: string): Served {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Served;
}

describe('a served tape', () => {
  test('comes byte for byte and in order, is closed with 1000 at its end, and ends the command with 0', async () => {
    const { server, addresses } = await startServing([...source, '--speed', 'max', '--close-at-end']);
    expect(addresses).toEqual([
      {
        venue: 'binance-spot',
        rest: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        socket: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+$/),
      },
    ]);
    const listener = new Listener(addresses[0]!);
    expect(await listener.closed).toBe(1000);
    expect(listener.texts).toEqual(Array.from({ length: FRAMES }, (_, index) => tradeText(index)));
    const { code, stdout, stderr } = await server.end();
    expect(code).toBe(0);
    const digest = listener.digest.hex();
    expect(lastLine(stdout)).toMatchObject({ served: [{ venue: 'binance-spot', path: '/stream', frames: FRAMES, digest }], injected: [] });
    expect(stderr).toBe(`binance-spot connection 0 /stream: ${FRAMES} frames, digest ${digest}\n`);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'is served until %s, which is exit code 0, without --json nothing but addresses on stdout',
    async (signal) => {
      const server = CliProcess.start(['serve', ...source, '--speed', 'max']);
      await server.until('the address', () => server.stdout.includes('\n'));
      const listener = new Listener(JSON.parse(server.stdout) as ServedAddress);
      await server.until('the whole tape', () => listener.texts.length === FRAMES);
      const { code, stdout, stderr } = await server.kill(signal);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ venue: 'binance-spot' });
      expect(stderr).toContain(`${signal}: ending cleanly`);
      expect(stderr).toContain(`: ${FRAMES} frames, digest ${listener.digest.hex()}\n`);
    },
  );

  test('listens where it was told, and one venue of several can be chosen', async () => {
    const port = await freePair();
    const { addresses } = await startServing([...source, '--venue', 'binance-spot', '--port', String(port)]);
    expect(addresses).toEqual([{ venue: 'binance-spot', rest: `http://127.0.0.1:${port}`, socket: `ws://127.0.0.1:${port + 1}` }]);
    const taken = runCli(['serve', ...source, '--port', String(port)]);
    expect(taken).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^tapedeck: .*EADDRINUSE.*--port \[SERVE_PORT\]\n$/),
    });
  });

  test('starts over with --loop', async () => {
    const { server, addresses } = await startServing([...source, '--speed', 'max', '--loop']);
    const listener = new Listener(addresses[0]!);
    await server.until('the second time', () => listener.texts.length > 2 * FRAMES);
    expect(listener.texts.slice(0, 2 * FRAMES)).toEqual(Array.from({ length: 2 * FRAMES }, (_, index) => tradeText(index % FRAMES)));
  });

  test('begins at --seek', async () => {
    const at = new Date(Date.UTC(2026, 10, 20) + 25_000).toISOString();
    const { addresses } = await startServing([...source, '--speed', 'max', '--close-at-end', '--seek', at]);
    const listener = new Listener(addresses[0]!);
    await listener.closed;
    expect(listener.texts).toEqual(Array.from({ length: FRAMES - 250 }, (_, index) => tradeText(250 + index)));
  });

  test('has the faults of its plan, and says which happened', async () => {
    const { addresses, stop } = await startServing([...source, '--speed', 'max', '--fault', 'drop@#20:3', '--fault', 'cut@#100,seed=9']);
    const listener = new Listener(addresses[0]!);
    expect(await listener.closed).toBe(1006);
    const dropped = listener.texts.slice(0, 60);
    expect(dropped).toEqual([...Array(63).keys()].filter((index) => index < 20 || index > 22).map(tradeText));
    const { injected } = await stop();
    expect(injected.map(({ kind }) => kind)).toEqual(['drop', 'drop', 'drop', 'cut']);
  });
});

test('the console pauses, moves and tells, and a wrong line changes nothing', async () => {
  const { server, addresses } = await startServing([...source, '--wait', '2']);
  const listener = new Listener(addresses[0]!);
  server.say('status');
  await server.told(/^paused, record -?\d/m);
  server.say('fly');
  await server.told(/"fly" is no command; there are pause, resume, speed <n\|max>, seek <sequence\|time>, status/);
  server.say('seek yesterday');
  await server.told(/seek yesterday: must be a sequence or a time/);
  server.say('seek 2026-11-20T00:00:29Z');
  await server.told(/^paused, record \d+, 2026-11-20T00:00:28\.9/m);
  server.say('speed max');
  server.say('resume');
  await server.until('the end of the tape', () => listener.texts.length === 10);
  expect(listener.texts.map((text) => (JSON.parse(text) as { data: { t: number } }).data.t)).toEqual(
    [...Array(10).keys()].map((index) => 1_290 + index),
  );
  server.say('status');
  await server.told(/^at the end, record /m);
});

/** The first of two free ports beside each other. */
async function freePair(): Promise<number> {
  for (;;) {
    const first = createServer().listen(0, '127.0.0.1');
    await once(first, 'listening');
    const { port } = first.address() as { port: number };
    const second = createServer().listen(port + 1, '127.0.0.1');
    const isFree = await once(second, 'listening').then(
      () => true,
      () => false,
    );
    await Promise.all([first, second].map((server) => new Promise((resolve) => server.close(resolve))));
    if (isFree) return port;
  }
}

describe('what cannot be served is exit code 2, one line on stderr and nothing on stdout', () => {
  beforeAll(() => importBars(data));

  const synthetic = ['--synthetic', '--venue', 'binance-spot'];
  const refusals: readonly (readonly [words: readonly string[], code: string, message: string])[] = [
    [[], 'SERVE_NOTHING', 'name a session, or write --synthetic'],
    [['dya'], 'SESSION_UNKNOWN', 'did you mean "day"'],
    [['bars'], 'SERVE_VENUE', 'the tape has no venue that can be served; it has csv'],
    [['day', '--synthetic'], 'SERVE_TWO', 'leave out day or --synthetic'],
    [['day', '--venue', 'nyse'], 'SERVE_VENUE', 'there are binance-spot, binance-usdm, kis, kiwoom,'],
    [['day', '--port', '65535'], 'SERVE_PORT', 'the last would be 65536'],
    [['day', '--port', '1.5'], 'NUMBER_INVALID', '--port 1.5: must be a whole number'],
    [['day', '--speed', 'fast'], 'SERVE_SPEED', 'a number above 0, or max'],
    [['day', '--seek', 'there'], 'SERVE_SEEK', 'a sequence or a time'],
    [['day', '--loop', '--close-at-end'], 'SERVE_ENDLESS', 'choose one'],
    [['day', '--fault', 'explode@3s'], 'FAULT_INVALID', 'a fault is one of drop, duplicate,'],
    [['day', '--fault', 'cut'], 'FAULT_INVALID', 'it needs a moment; write for example cut@30s'],
    [['day', '--option', 'kis.widths=current'], 'SERVE_OPTION', 'write venue.name=value with one of binance-spot'],
    [['day', '--venue', 'kis', '--option', 'kis.widths=wide'], 'KIS_SERVE_OPTION', 'one of documented, current, not "wide"'],
    [['day', '--clock-scale', '0'], 'NUMBER_INVALID', '--clock-scale 0: must be a number above 0'],
    [[...synthetic, '--duration', 'long'], 'DURATION_INVALID', '"long" is no duration'],
    [[...synthetic, '--start', 'noon'], 'SERVE_START', '--start noon: must be a time'],
    [[...synthetic, '--pair', 'BTCUSDT'], 'PAIR_INVALID', '--pair BTCUSDT: write key=value'],
    [[...synthetic, '--pair', 'BTCUSDT=free'], 'NUMBER_INVALID', '--pair BTCUSDT free: must be a number above 0'],
  ];

  test.each(refusals)('tapedeck serve %j', (words, code, message) => {
    const result = runCli(['serve', ...words, '--data', data]);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(message);
    expect(result.stderr).toMatch(new RegExp(`^tapedeck: .* \\[${code}\\]\n$`));
  });
});

describe('the page about serving', () => {
  const page = readFileSync(new URL('../../docs/serving.md', import.meta.url), 'utf8');
  const code = [...page.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text!);

  test('names every fault, and each as it is written there can be read', () => {
    const faults = code.filter(isFaultPlan);
    const kinds = faults.flatMap((text) => parseFaults(text).faults.map(({ kind }) => kind));
    expect([...new Set(kinds)].sort()).toEqual([...FAULT_KINDS].sort());
    expect(faults.length).toBeGreaterThan(20);
    expect(parseFaults('kis/cut@30s,kiwoom/kick@1m,drop:0.001').faults.map(({ venue }) => venue)).toEqual(['kis', 'kiwoom', undefined]);
  });

  test('names options that the venues take as they stand there, of every venue that can be served', async () => {
    const options = code
      .flatMap((text) => [...text.matchAll(/^([a-z-]+)\.([A-Za-z]+)=(.*)$/g)])
      .map(([, venue, name, value]) => ({ venue: venue!, name: name!, value: value! }));
    expect(options.length).toBeGreaterThan(20);
    for (const { venue, name, value } of options) {
      expect([...SERVERS.keys()], `${venue}.${name}`).toContain(venue);
      // A pair of keys belongs together; the others stand alone.
      const pair = value === '…' ? { appKey: 'x', appSecret: 'x', secretKey: 'x', apiKey: 'x', secret: 'x' } : { [name]: value };
      const server = await startServer({
        tape: new MemoryTape([aRecord({ venue })]),
        venues: VENUES,
        servers: [{ protocol: SERVERS.get(venue)!, options: pair }],
        clock: systemClock(),
        cipher: nodeCipher,
      });
      await server.stop();
    }
  });

  test('names every option of the command, and no other', () => {
    const help = runCli(['serve', '--help']).stdout;
    const named = [...page.matchAll(/(--[a-z][a-z-]*)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !help.includes(name))).toEqual([]);
    const options = [...help.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, name]) => name!);
    expect(options.length).toBeGreaterThan(15);
    expect(options.filter((name) => !named.includes(name))).toEqual([]);
  });
});

function isFaultPlan(text: string): boolean {
  return text.split(',').some((item) => FAULT_KINDS.some((kind) => kind === item.replace(/^[a-z]+\//, '').split(/[@:]/)[0]));
}
