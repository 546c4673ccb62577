import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, type Desk, type Strategy, type StrategyDefinition, TapedeckError } from '#domain';
import {
  checkRecorderConfig,
  FileGrantStore,
  nodeCipher,
  planRecording,
  REAL_EDGES,
  Recording,
  type RecordingPlan,
  type RecordingResult,
  systemClock,
} from '#recorder';
import { createRun, JournalTape, JournalWriter, readAudits, resumeRun, runPaths } from '#storage';
import { PROTOCOLS, VENUES } from '#venues';
import { type LiveResult, live } from '../../replay/live.ts';
import { type ParityReport, parity } from '../../replay/parity.ts';
import type { PlaySettings } from '../../replay/play.ts';
import { parseFaults } from '../../replay/serve/fault-text.ts';
import { type RunningServer, startServer } from '../../replay/serve/server.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import type { Random } from '../seeds.ts';
import type { FaultScenario } from '../simulation/fault-scenarios.ts';
import { until } from './record-desk.ts';

const SESSION = 'night';
const RUN = 'live-night';
/** Friday 2026-11-20 10:00 in Korea: every market of every venue is open. */
const START_US = Date.UTC(2026, 10, 20, 1) * 1000;
const FRAME_EVERY_US = 40_000;
const SCALE = 20;

/** Turns its position at every third trade, by the price alone, so that every life of the engine must know what the one before knew. */
const TURNING: StrategyDefinition = {
  name: 'turning',
  description: '',
  parameters: { every: { default: 3, doc: '' } },
  create: ({ every }): Strategy => {
    const seen = new Map<number, number>();
    return {
      onTimer: (_, desk: Desk) => desk.setTimer('minute', desk.nowUs + 60_000_000),
      onTrade: (trade, desk: Desk) => {
        const count = (seen.get(trade.symbol) ?? 0) + 1;
        seen.set(trade.symbol, count);
        if (count === 1) desk.setTimer('minute', desk.nowUs + 60_000_000);
        if (count % Number(every) !== 0) return;
        const held = desk.position(trade.symbol).size;
        desk.submit({ symbol: trade.symbol, side: held > 0 ? 'sell' : 'buy', kind: 'market', size: held > 0 ? held : 1 });
      },
    };
  },
};

const SETTINGS: PlaySettings = {
  venues: VENUES,
  strategy: TURNING,
  sourceHash: 'c'.repeat(64),
  parameters: { every: 3 },
  candles: ['10t'],
  // The frames of a scenario come round and round: their venue times are old news.
  latenessUs: 3_600_000_000,
  risk: { ordersPerMinute: 30, stopLoss: { percent: 0.5 } },
};

export interface Night {
  readonly scenario: FaultScenario;
  readonly faults: string;
  /** Times at which the recorder dies, in frames of each life; the last life ends well. */
  readonly lives: readonly number[];
}

export interface NightEnd {
  readonly report: ParityReport;
  readonly live: LiveResult;
  readonly recorded: RecordingResult;
  readonly injected: number;
}

/** A journal whose process can be killed: from then on nothing more is appended. */
class MortalJournal {
  readonly writer: JournalWriter;
  #isDead = false;

  constructor(writer: JournalWriter) {
    this.writer = writer;
  }

  get reopenedAfterNs(): bigint {
    return this.writer.reopenedAfterNs;
  }

  get waitingBytes(): number {
    return this.writer.waitingBytes;
  }

  get records(): number {
    return this.writer.records;
  }

  kill(): void {
    this.#isDead = true;
  }

  append(...record: Parameters<JournalWriter['append']>): number {
    if (this.#isDead) throw new TapedeckError('KILLED', 'the recorder is dead');
    return this.writer.append(...record);
  }

  drain(): Promise<void> {
    return this.writer.drain();
  }

  close() {
    return this.writer.close();
  }

  abandon(): Promise<void> {
    return this.writer.abandon();
  }
}

/** Records from a server with faults, trades on what is journalled, dies and comes back as told, and holds a replay against it all. */
export async function liveNight({ scenario, faults, lives }: Night, random: Random): Promise<NightEnd> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tapedeck-night-'));
  const clock = systemClock({ scale: SCALE, startAtNs: BigInt(START_US) * 1_000n });
  const records = scenario.frames.map((payload, i) => aRecord({ venue: scenario.venue.id, atUs: START_US + i * FRAME_EVERY_US, payload }));
  const server = await startServer({
    tape: new MemoryTape(records),
    venues: VENUES,
    servers: [{ protocol: scenario.server }],
    isLooping: true,
    subscribersToStart: Number.POSITIVE_INFINITY,
    faults: parseFaults(faults),
    clock,
    cipher: nodeCipher,
  });
  try {
    const plan = planOf(scenario, server, dataDir, clock);
    let journal = await JournalWriter.create(dataDir, SESSION);
    for (const [life, frames] of lives.slice(0, -1).entries()) {
      const { running, engine, mortal, died } = await startLife(plan, journal, clock, dataDir, life > 0);
      await liveFor(running, server, scenario, frames);
      mortal.kill();
      await running.finished.catch(() => undefined);
      died.abort();
      await engine;
      await tearAudits(dataDir, random);
      journal = await JournalWriter.reopen(dataDir, SESSION);
    }
    const { running, engine } = await startLife(plan, journal, clock, dataDir, lives.length > 1);
    await liveFor(running, server, scenario, lives.at(-1)!);
    const recorded = await running.stop();
    const result = await engine;
    const { runHash, identity } = result.result!;
    const report = await parity({
      run: RUN,
      identity,
      runHash,
      audits: readAudits(runPaths(dataDir, RUN)),
      replay: { ...SETTINGS, tapes: [await JournalTape.open(dataDir, SESSION)] },
    });
    return { report, live: result, recorded, injected: server.injected.length };
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function planOf({ config, venue, variables }: FaultScenario, server: RunningServer, dataDir: string, clock: Clock): RecordingPlan {
  const { rest, socket } = server.addresses[0]!;
  const table = { ...(config as Record<string, object>)[venue.id], endpoints: { rest, socket } };
  const whole = { session: { name: SESSION, data: dataDir }, limits: { startup: '3600s' }, [venue.id]: table };
  return planRecording(checkRecorderConfig(whole, 'the test'), {
    protocols: PROTOCOLS,
    variables,
    nowUs: Number(clock.wallNs() / 1_000n),
  });
}

async function startLife(plan: RecordingPlan, journal: JournalWriter, clock: Clock, dataDir: string, isResumed: boolean) {
  const pastRecords = journal.records;
  const paths = runPaths(dataDir, RUN);
  const resumed = isResumed ? await resumeRun(paths, pastRecords) : undefined;
  const run = resumed?.writer ?? (await createRun(dataDir, RUN));
  const mortal = new MortalJournal(journal);
  const running = Recording.start({
    plan,
    journal: mortal,
    venues: VENUES,
    protocols: PROTOCOLS,
    clock,
    ...REAL_EDGES,
    random: () => 0,
    grantStore: new FileGrantStore(dataDir),
    freeBytes: () => Promise.resolve(Number.MAX_SAFE_INTEGER),
    tell: () => undefined,
  });
  running.finished.catch(() => undefined);
  const died = new AbortController();
  const engine = live({
    ...SETTINGS,
    dataDir,
    session: SESSION,
    run,
    pastRecords,
    ...(resumed === undefined ? {} : { resumed: { kept: resumed.kept } }),
    durableRecords: () => journal.durableRecords,
    clock,
    signal: died.signal,
  });
  engine.catch(() => undefined);
  return { running, engine, mortal, died };
}

/** Until so many more frames came, whatever was lost on the way. */
async function liveFor(running: Recording, server: RunningServer, { venue }: FaultScenario, frames: number): Promise<void> {
  let failure: unknown;
  running.finished.catch((error: unknown) => {
    failure = error;
  });
  const frameCount = () =>
    running
      .status()
      .venues.flatMap(({ connections }) => connections)
      .reduce((sum, each) => sum + each.frames, 0);
  await until(() => failure !== undefined || running.isReady());
  server.resume();
  const before = frameCount();
  await until(() => failure !== undefined || frameCount() >= before + frames);
  if (failure !== undefined) throw new Error(`${venue.id} ended: ${String(failure)}`);
}

/** What a power cut may do to audits whose records are all there: the end of the file is gone, in the middle of a line. */
async function tearAudits(dataDir: string, random: Random): Promise<void> {
  const { audits } = runPaths(dataDir, RUN);
  const bytes = await readFile(audits);
  if (bytes.length === 0 || random.chance(0.5)) return;
  await truncate(audits, random.integer(0, bytes.length - 1));
  if (random.chance(0.3)) await writeFile(audits, '{"entries":[', { flag: 'a' });
}
