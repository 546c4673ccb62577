import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, type Tape, TapeRecord } from '#domain';
import {
  checkRecorderConfig,
  FileGrantStore,
  nodeCipher,
  planRecording,
  REAL_EDGES,
  type RecorderConfig,
  type RecorderNews,
  Recording,
  type RecordingOptions,
  type RecordingPlan,
  type RecordingResult,
  systemClock,
} from '#recorder';
import { JournalTape, JournalWriter } from '#storage';
import { PROTOCOLS, VENUES } from '#venues';
import { type RunningServer, type ServeOptions, startServer } from '../../replay/serve/server.ts';
import { MASTER_HOST } from '../../venues/kis/masters.ts';

export interface RecordedTape {
  readonly tape: JournalTape;
  readonly result: RecordingResult;
  readonly news: readonly RecorderNews[];
  /** Everything on disk lies here. */
  readonly dataDir: string;
}

export interface RecordDesk {
  readonly server: RunningServer;
  readonly dataDir: string;
  readonly plan: RecordingPlan;
  readonly clock: Clock;
  readonly news: RecorderNews[];
  readonly recording: Recording;
  /** Ends the recording and opens what it left. */
  finish(): Promise<RecordedTape>;
  /** Ends everything; call it whatever happened. */
  close(): Promise<void>;
}

export interface DeskSetting extends Omit<ServeOptions, 'venues' | 'clock' | 'cipher'> {
  /** Without addresses: they are those of the server. */
  readonly config: RecorderConfig;
  readonly variables?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly more?: Partial<RecordingOptions>;
}

/** A server and a recorder of the real thing: real sockets, real files, one clock. */
export async function recordDesk(setting: DeskSetting): Promise<RecordDesk> {
  const { config, variables, clock = systemClock(), more, ...served } = setting;
  const dataDir = await mkdtemp(join(tmpdir(), 'tapedeck-record-'));
  const server = await startServer({ ...served, venues: VENUES, clock, cipher: nodeCipher });
  const plan = planRecording(withAddresses(config, server, dataDir), {
    protocols: PROTOCOLS,
    variables: variables ?? {},
    nowUs: Number(clock.wallNs() / 1_000n),
  });
  const news: RecorderNews[] = [];
  const recording = Recording.start({
    plan,
    journal: await JournalWriter.create(dataDir, plan.session),
    venues: VENUES,
    protocols: PROTOCOLS,
    clock,
    ...REAL_EDGES,
    grantStore: new FileGrantStore(dataDir),
    freeBytes: () => Promise.resolve(Number.MAX_SAFE_INTEGER),
    tell: (item) => news.push(item),
    ...more,
  });
  recording.finished.catch(() => undefined);
  return {
    server,
    dataDir,
    plan,
    clock,
    news,
    recording,
    finish: async () => {
      const result = await recording.stop();
      return { tape: await JournalTape.open(dataDir, plan.session), result, news, dataDir };
    },
    close: async () => {
      await recording.stop().catch(() => undefined);
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The same configuration, pointed at the server. */
function withAddresses(config: RecorderConfig, server: RunningServer, dataDir: string): RecorderConfig {
  const venues = server.addresses.map(({ venue, rest, socket }) => {
    const table = (config as Record<string, object | undefined>)[venue] ?? {};
    // Master files have a host of their own; the server answers for it too.
    const hosts = venue === 'kis' ? { hosts: { [MASTER_HOST]: rest } } : {};
    return [venue, { ...table, endpoints: { rest, socket, ...hosts, ...(table as { endpoints?: object }).endpoints } }] as const;
  });
  return checkRecorderConfig({ ...config, session: { ...config.session, data: dataDir }, ...Object.fromEntries(venues) }, 'the test');
}

/** Digests of the frames that came over one connection, in order. */
export async function framesOf(tape: Tape, venue: string, connection: string): Promise<readonly string[]> {
  const digests: string[] = [];
  const record = new TapeRecord();
  for await (const batch of tape.batches()) {
    while (batch.next(record)) {
      if (record.kind !== 'frame-in' || record.venue !== venue || record.connection !== connection) continue;
      digests.push(createHash('sha256').update(record.payload()).digest('hex'));
    }
  }
  return digests;
}

/** Resolves once the condition holds; looks again every few milliseconds of real time. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
