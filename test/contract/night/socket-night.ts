import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, isoNanoseconds } from '#domain';
import { nodeCipher, systemClock } from '#recorder';
import { parseFaults, type RunningServer, startServer } from '#replay';
import { SERVERS, VENUES } from '#venues';
import { type KeptNight, keptNight, type SessionEnd } from './kept-night.ts';
import { nightTape } from './night-tape.ts';
import { type MemorySample, type ProcessEnd, RecorderProcess } from './recorder-process.ts';

/** A night as a script: `tapedeck record` in a process of its own, over real sockets, against a server whose clock runs as fast. */
export interface NightScript {
  /** When the recorder is started, a few minutes before its first window. Milliseconds since the epoch. */
  readonly startMs: number;
  /** When its tokens were made, a day before some time of the night, so that they are renewed in it. */
  readonly tokensMs: number;
  /** Windows of the schedule, times of day in Korea. */
  readonly windows: readonly { readonly start: string; readonly stop: string }[];
  /** When the recording as a whole ends, after the last window. */
  readonly endMs: number;
  /** From the first frame on: see docs/serving.md. */
  readonly faults: string;
  readonly scale: number;
  /** Real time between two looks at the memory. */
  readonly sampleEveryMs: number;
  readonly onSample?: (sample: MemorySample, stderr: string) => void;
}

export interface NightEnd {
  readonly recorder: ProcessEnd;
  readonly sessions: readonly SessionEnd[];
  readonly kept: KeptNight;
  readonly memory: readonly MemorySample[];
  /** Distinct ends of the REST token of KIS, as `/metrics` showed them. */
  readonly tokenEnds: number;
  readonly injected: readonly string[];
  readonly elapsedMs: number;
}

const VARIABLES = {
  KIS_APP_KEY: `PS${'n'.repeat(34)}`,
  KIS_APP_SECRET: 'n'.repeat(180),
  KIWOOM_APP_KEY: 'kiwoom-app-key-of-the-night-0123456789',
  KIWOOM_SECRET_KEY: 'kiwoom-secret-of-the-night-9876543210',
};
/** The polls of KIS ask for more: then the gateway says EGW00201. */
const CALLS_PER_SECOND = '1';
const REHEARSALS_MAX = 5;

export async function socketNight(script: NightScript): Promise<NightEnd> {
  const clock = new SteppedClock(script.tokensMs, script.scale);
  const startedAtMs = performance.now();
  const server = await startServer({
    tape: nightTape(script.startMs, script.endMs),
    venues: VENUES,
    servers: [{ protocol: SERVERS.get('kis')!, options: { callsPerSecond: CALLS_PER_SECOND } }, { protocol: SERVERS.get('kiwoom')! }],
    clock,
    cipher: nodeCipher,
    faults: parseFaults(script.faults),
    keepFrameDigests: true,
  });
  const folder = await mkdtemp(join(tmpdir(), 'tapedeck-socket-night-'));
  try {
    const config = join(folder, 'night.toml');
    await writeFile(config, configText(script, server));
    await makeTokens(config, folder, script);
    // The connections of the rehearsal left no tape.
    const servedBefore = new Map(['kis', 'kiwoom'].map((venue) => [venue, server.served(venue).length]));
    clock.stepTo(script.startMs);
    const watched = await recordNight(config, folder, script);
    const sessions = sessionsOf(watched.recorder);
    const kept = await keptNight(folder, sessions, server, servedBefore);
    const injected = server.injected.map(({ kind, venue }) => `${venue}/${kind}`);
    return { ...watched, sessions, kept, injected, elapsedMs: performance.now() - startedAtMs };
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A rehearsal asks for tokens, and keeps them. On a busy machine an answer may come after its ten seconds of a fast clock: then once more. */
async function makeTokens(config: string, folder: string, { tokensMs, scale }: NightScript): Promise<void> {
  const words = ['record', config, '--data', folder, '--rehearse', ...clockWords(tokensMs, scale)];
  for (let left = REHEARSALS_MAX; ; left--) {
    const { code, stdout, stderr } = await new RecorderProcess(words, VARIABLES).end();
    // Its comparison of clocks fails: a server of Node says the machine's time in its answers, not ours.
    const kept = await readdir(join(folder, 'tokens')).catch(() => []);
    if (['kis-token-', 'kiwoom-token-'].every((start) => kept.some((name) => name.startsWith(start)))) return;
    if (left === 1) throw new Error(`the rehearsal ended with ${code} and kept ${kept.join(', ')}: ${stdout}${stderr}`);
  }
}

async function recordNight(
  config: string,
  folder: string,
  script: NightScript,
): Promise<Pick<NightEnd, 'recorder' | 'memory' | 'tokenEnds'>> {
  const until = isoNanoseconds(BigInt(script.endMs) * 1_000_000n);
  const words = ['record', config, '--data', folder, '--json', '--no-seal', '--until', until, ...clockWords(script.startMs, script.scale)];
  const recorder = new RecorderProcess(words, VARIABLES);
  const memory: MemorySample[] = [];
  const tokenEnds = new Set<string>();
  try {
    while (!recorder.isOver) {
      await Promise.race([recorder.end(), new Promise((resolve) => setTimeout(resolve, script.sampleEveryMs))]);
      const sample = await recorder.memory();
      if (sample === undefined) continue;
      memory.push(sample);
      script.onSample?.(sample, recorder.stderr);
      const shown = await tokenEnd(recorder.stderr);
      if (shown !== undefined) tokenEnds.add(shown);
    }
    return { recorder: await recorder.end(), memory, tokenEnds: tokenEnds.size };
  } finally {
    await recorder.kill();
  }
}

/** When the token of KIS ends, as the pages of the session that is recorded now have it. */
async function tokenEnd(stderr: string): Promise<string | undefined> {
  const pages = [...stderr.matchAll(/http:\/\/127\.0\.0\.1:\d+(?=\/healthz)/g)].at(-1)?.[0];
  if (pages === undefined) return undefined;
  try {
    const text = await (await fetch(`${pages}/metrics`)).text();
    return /^recorder_token_expiry_timestamp_seconds\{venue="kis"\} (\S+)$/m.exec(text)?.[1];
  } catch {
    return undefined; // Between two sessions there are no pages.
  }
}

function clockWords(startMs: number, scale: number): readonly string[] {
  return ['--clock-start', isoNanoseconds(BigInt(startMs) * 1_000_000n), '--clock-scale', String(scale)];
}

function sessionsOf({ code, stdout, stderr }: ProcessEnd): readonly SessionEnd[] {
  if (code !== 0) throw new Error(`the recorder ended with ${code}: ${stderr.slice(-4_000)}`);
  return (JSON.parse(stdout) as { readonly sessions: readonly SessionEnd[] }).sessions;
}

function configText({ windows }: NightScript, { addresses }: RunningServer): string {
  const [kis, kiwoom] = ['kis', 'kiwoom'].map((venue) => addresses.find((address) => address.venue === venue)!);
  const schedule = windows.map(({ start, stop }) => `{ days = ["fri"], start = "${start}", stop = "${stop}" }`);
  return `
[session]
name = "night-{date}"
schedule = [${schedule.join(', ')}]
[limits]
disk = "1MiB"
startup = "30m"
[health]
listen = "127.0.0.1:0"
[kis]
endpoints = { rest = "${kis!.rest}", socket = "${kis!.socket}", hosts = { "new.real.download.dws.co.kr" = "${kis!.rest}" } }
[[kis.stocks]]
code = "005930"
channels = ["trade", "book", "operation"]
interval = "1m"
every = "2s"
[[kis.stocks]]
code = "000660"
channels = ["trade"]
interval = "1m"
every = "2s"
[[kis.stocks]]
code = "035420"
channels = ["trade"]
interval = "1m"
every = "2s"
[[kis.derivatives]]
code = "A01612"
[kiwoom]
endpoints = { rest = "${kiwoom!.rest}", socket = "${kiwoom!.socket}" }
market = ["volatility"]
[[kiwoom.stocks]]
code = "005930"
channels = ["trade"]
[[kiwoom.stocks]]
code = "000660"
channels = ["trade"]
`;
}

/** A clock that runs faster and can be put forward once: the server is there on the day before, when the tokens are made. */
class SteppedClock implements Clock {
  readonly #clock: Clock;
  #stepNs = 0n;

  constructor(startMs: number, scale: number) {
    this.#clock = systemClock({ scale, startAtNs: BigInt(startMs) * 1_000_000n, sinceNs: process.hrtime.bigint() });
  }

  stepTo(ms: number): void {
    this.#stepNs += BigInt(ms) * 1_000_000n - this.wallNs();
  }

  wallNs(): bigint {
    return this.#clock.wallNs() + this.#stepNs;
  }

  monotonicNs(): bigint {
    return this.#clock.monotonicNs();
  }

  after(delayMs: number, action: () => void): () => void {
    return this.#clock.after(delayMs, action);
  }

  sleep(delayMs: number, signal?: Parameters<Clock['sleep']>[1]): Promise<void> {
    return this.#clock.sleep(delayMs, signal);
  }
}
