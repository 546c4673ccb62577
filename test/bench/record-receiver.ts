import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { WebSocket } from 'ws';
import { TapeRecord } from '#domain';
import {
  checkRecorderConfig,
  FileGrantStore,
  planRecording,
  REAL_EDGES,
  Recording,
  type RecordingResult,
  type SessionJournal,
  systemClock,
} from '#recorder';
import { JournalTape, JournalWriter } from '#storage';
import { PROTOCOLS, VENUES } from '#venues';
import { LatencySamples } from './latency-samples.ts';
import type { Received, ReceiveOrder, Recorded } from './record-case.ts';
import { FrameDigest } from './record-frames.ts';

// One process of the recorder's bench: receives all frames of the sender, bare or recording, and prints one `Received`.

const order = JSON.parse(process.argv[2]!) as ReceiveOrder;

const POLL_MS = 5;
const LOOP_RESOLUTION_MS = 5;
const VENUE = 'binance-spot';
const CHANNELS = ['depth@100ms', 'bookTicker', 'trade'];

/** How far a receiver is. */
interface Progress {
  readonly frames: number;
  /** Nothing waits behind the frames that were counted. */
  readonly isSettled: boolean;
}

/** Waits for all frames and measures from the end of the warming on; both receivers are looked at by the same timer. */
function watch(progress: () => Progress): Promise<Omit<Received, 'recorded'>> {
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  let start: { readonly atMs: number; readonly frames: number; readonly cpu: NodeJS.CpuUsage; readonly threadNs: number } | undefined;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const { frames, isSettled } = progress();
      if (start === undefined) {
        if (frames < order.warmingFrames) return;
        start = { atMs: performance.now(), frames, cpu: process.cpuUsage(), threadNs: mainThreadNs() };
        loop.enable();
      } else if (frames >= order.frames && isSettled) {
        clearInterval(timer);
        const elapsedMs = performance.now() - start.atMs;
        const { user, system } = process.cpuUsage(start.cpu);
        loop.disable();
        resolve({
          framesPerSecond: ((frames - start.frames) / elapsedMs) * 1000,
          loopP99Ms: loop.percentile(99) / 1e6,
          loopMaxMs: loop.max / 1e6,
          mainThreadNsPerFrame: (mainThreadNs() - start.threadNs) / (frames - start.frames),
          cores: (user + system) / 1000 / elapsedMs,
          peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
        });
      }
    }, POLL_MS);
  });
}

/** Time the main thread was on a processor, as Linux counts it; elsewhere NaN. It does not grow while other programs are in the way. */
function mainThreadNs(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[0]);
  } catch {
    return Number.NaN;
  }
}

/** The ceiling: the same client library with the same settings as the recorder's socket, and a counter. */
async function receiveBare(): Promise<Received> {
  let frames = -1; // the answer to the subscription is none
  const socket = new WebSocket(`ws://127.0.0.1:${order.port}/stream`, { perMessageDeflate: false, skipUTF8Validation: true });
  socket.on('open', () => socket.send('{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}'));
  socket.on('message', () => {
    frames += 1;
  });
  const received = await watch(() => ({ frames, isSettled: true }));
  socket.terminate();
  return received;
}

async function receiveRecording(): Promise<Received> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tapedeck-record-bench-'));
  try {
    const clock = systemClock();
    const samples = new LatencySamples(clock);
    const writer = await JournalWriter.create(dataDir, 'bench', {
      digests: 'behind',
      ...(order.samplesLatency ? { disk: samples.disk } : {}),
      ...(order.segmentBytesMax === undefined ? {} : { segmentBytesMax: order.segmentBytesMax }),
    });
    const seal = await ownSeal(dataDir, writer);
    const journal = order.samplesLatency ? samples.watch(writer) : writer;
    const recording = startRecording(dataDir, journal, clock);
    let waitingBytesPeak = 0;
    const sealing = order.sealing === undefined ? undefined : new EndlessSeal(order.sealing);
    const received = await watch(() => {
      const { waitingBytes, venues } = recording.status();
      waitingBytesPeak = Math.max(waitingBytesPeak, waitingBytes);
      // The answer to the subscription is a frame of the connection too.
      return { frames: (venues[0]?.connections[0]?.frames ?? 0) - 1, isSettled: waitingBytes === 0 };
    });
    const stoppedAtMs = performance.now();
    const result = await recording.stop();
    const closedInMs = performance.now() - stoppedAtMs;
    const sealedInMs = seal === undefined ? {} : { sealedInMs: await seal(result.tapeDigest) };
    const tape = await recordedOf(dataDir, result);
    const sealed = sealing === undefined ? {} : { sealedRows: sealing.rows };
    return {
      ...received,
      recorded: { ...tape, waitingBytesPeak, closedInMs, latenciesMs: samples.latenciesMs(), ...sealed, ...sealedInMs },
    };
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** The seal of the recorded session as `tapedeck record` makes it; what is returned ends it, and says how long that took after the close. */
async function ownSeal(dataDir: string, writer: JournalWriter): Promise<((tapeDigest: string) => Promise<number>) | undefined> {
  if (order.sealsOwn === undefined) return undefined;
  const seals = new (await backgroundSeals())();
  const fail = (message: string): never => {
    process.stderr.write(`${message}\n`);
    process.exit(1);
  };
  const ahead = seals.ahead({ dataDir, session: 'bench', hasRoom: () => Promise.resolve(true), onFailure: fail });
  if (order.sealsOwn === 'ahead') writer.tellClosedSegments((segments) => ahead.segmentsClosed(segments));
  return async (tapeDigest) => {
    const closedAtMs = performance.now();
    const sealed = await ahead.finish(() => undefined);
    if (sealed.tapeDigest !== tapeDigest) fail(`sealed was ${sealed.tapeDigest}, recorded ${tapeDigest}`);
    return performance.now() - closedAtMs;
  };
}

/** The thread is a file of the built program. */
async function backgroundSeals(): Promise<typeof import('../../cli/background-seals.ts').BackgroundSeals> {
  const built = new URL('../../dist/cli/background-seals.js', import.meta.url).href;
  return ((await import(built)) as typeof import('../../cli/background-seals.ts')).BackgroundSeals;
}

/** Seals a session in a thread for ever; the process ends it. */
class EndlessSeal {
  rows = 0;

  constructor({ dataDir, session }: NonNullable<ReceiveOrder['sealing']>) {
    void this.#run(dataDir, session);
  }

  async #run(dataDir: string, session: string): Promise<void> {
    for (const seals = new (await backgroundSeals())(); ; ) {
      const before = this.rows;
      await rm(join(dataDir, 'parquet'), { recursive: true, force: true });
      await seals.seal({ dataDir, session }, (rows) => {
        this.rows = before + rows;
      });
    }
  }
}

function startRecording(dataDir: string, journal: SessionJournal, clock: ReturnType<typeof systemClock>): Recording {
  const endpoints = { rest: `http://127.0.0.1:${order.port}`, socket: `ws://127.0.0.1:${order.port}` };
  const symbols = [{ symbol: 'BTCUSDT', channels: CHANNELS }];
  const config = checkRecorderConfig({ session: { name: 'bench', data: dataDir }, [VENUE]: { symbols, endpoints } }, 'the bench');
  const recording = Recording.start({
    plan: planRecording(config, { protocols: PROTOCOLS, variables: {}, nowUs: Number(clock.wallNs() / 1_000n) }),
    journal,
    venues: VENUES,
    protocols: PROTOCOLS,
    clock,
    ...REAL_EDGES,
    grantStore: new FileGrantStore(dataDir),
    freeBytes: () => Promise.resolve(Number.MAX_SAFE_INTEGER),
    tell: () => undefined,
  });
  recording.finished.catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
  return recording;
}

/** What is on disk, read back. */
async function recordedOf(dataDir: string, result: RecordingResult): Promise<Pick<Recorded, 'frames' | 'framesShed' | 'digest'>> {
  const tape = await JournalTape.open(dataDir, 'bench');
  const record = new TapeRecord();
  const digest = new FrameDigest();
  let frames = -1;
  for await (const batch of tape.batches()) {
    while (batch.next(record)) {
      if (record.kind !== 'frame-in') continue;
      frames += 1;
      if (frames > 0) digest.add(record.bytes, record.start, record.end);
    }
  }
  return { frames, framesShed: result.framesShed, digest: digest.hex() };
}

process.stdout.write(JSON.stringify(await (order.receiver === 'bare' ? receiveBare() : receiveRecording())));
process.exit(0);
