import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SECOND_US, TapeRecord } from '#domain';
import { type OpenSocket, openWebSocket, systemClock } from '#recorder';
import { inspectTape } from '#replay';
import { JournalTape } from '#storage';
import { PROTOCOLS, VENUES } from '#venues';
import { parseFaults } from '../../replay/serve/fault-text.ts';
import type { FaultKind } from '../../replay/serve/faults.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { type FaultScenario, SCENARIOS } from '../simulation/fault-scenarios.ts';
import { expectServed, framesByConnect, framesSent } from './kept-tape.ts';
import { type RecordDesk, recordDesk, until } from './record-desk.ts';

/** Friday 2026-11-20 10:00 in Korea: every market of every venue is open. */
const START_US = Date.UTC(2026, 10, 20, 1) * 1000;
const FRAME_EVERY_US = 250_000;
const SESSION = 'cell';
/** A recording that did not come to its end by then, by its own clock, is over: what the cell waited for did not happen. */
const CELL_US = 600 * SECOND_US;
const SCALE = 20;
/** Frames of each connection that must come after the last fault. */
const FRAMES_AFTER = 30;

interface Cell {
  readonly venue: string;
  readonly faults: string;
  /** Seconds in a second: more where the venue's own limits are minutes. */
  readonly scale?: number;
  /** What every draw of the backoff gives: 0 is the shortest wait. */
  readonly jitter?: number;
}

interface UnbrokenCell extends Cell {
  readonly fault: FaultKind;
  readonly hits: number;
  /** Frames that an inspection names, as unreadable or as odd; 0 where all are as they should be. */
  readonly spoilt: number;
}

interface BrokenCell extends Cell {
  /** How the first `disconnected` says it. */
  readonly code?: number;
  readonly reason?: RegExp;
  /** Losses, 1 unless told. */
  readonly losses?: number;
  /** How often everything was acknowledged; once more than it was lost unless told. */
  readonly lives?: number;
  /** Of tape time, between the loss and the next connect. */
  readonly waitMinMs?: number;
}

interface EndingCell extends Cell {
  readonly code: string;
  readonly message: RegExp;
  /** The venue refuses before anything is subscribed. */
  readonly isNeverReady?: boolean;
}

/** Faults of single frames, and more of them than usual: the connection holds, and everything that comes is kept as it came. */
const UNBROKEN: readonly UnbrokenCell[] = [
  { venue: 'binance-usdm', fault: 'drop', faults: 'drop@#20:5', hits: 5, spoilt: 0 },
  { venue: 'coincall-futures', fault: 'delay', faults: 'delay@#20:5s', hits: 1, spoilt: 0 },
  { venue: 'binance-spot', fault: 'duplicate', faults: 'duplicate@#20:5', hits: 5, spoilt: 0 },
  { venue: 'coincall-options', fault: 'malformed', faults: 'malformed@#20:5', hits: 5, spoilt: 5 },
  { venue: 'kiwoom', fault: 'invalid-utf8', faults: 'invalid-utf8@#20:5', hits: 5, spoilt: 5 },
  { venue: 'kis', fault: 'wrong-count', faults: 'wrong-count@#20:5', hits: 5, spoilt: 5 },
  { venue: 'coincall-futures', fault: 'oversized', faults: 'oversized@#20:1MiB', hits: 1, spoilt: 0 },
  { venue: 'binance-spot', fault: 'burst', faults: 'burst@3s:3000', hits: 1, spoilt: 0 },
];

/** Losses: the gap is told, and everything comes back. */
const BROKEN: readonly BrokenCell[] = [
  { venue: 'kis', faults: 'cut@5s', code: 1006 },
  { venue: 'binance-spot', faults: 'cut@5s,cut@15s,cut@25s', code: 1006, losses: 3 },
  { venue: 'binance-spot', faults: 'close@5s:1000', code: 1000 },
  { venue: 'coincall-options', faults: 'close@5s:1001', code: 1001 },
  { venue: 'kiwoom', faults: 'close@5s:1006', code: 1006 },
  { venue: 'binance-usdm', faults: 'close@5s:1011', code: 1011 },
  // Larger than any frame that is taken.
  { venue: 'coincall-options', faults: 'oversized@5s:20MiB', reason: /Max payload size exceeded/ },
  { venue: 'kiwoom', faults: 'stall@5s:120s', reason: /^silent for \d+ s$/ },
  {
    venue: 'coincall-futures',
    faults: 'silent@5s:95s',
    reason: /^channel orderBook silent for \d+ s while its market is open$/,
    scale: 40,
  },
  { venue: 'coincall-options', faults: 'silent@5s:45s,mute-heartbeat@5s:45s', reason: /^silent for \d+ s$/ },
  // These two are let in before their key is refused, which is a loss of its own.
  { venue: 'kis', faults: 'cut@5s,refuse-login@4s:50s', code: 1006, losses: 2, lives: 2, scale: 40 },
  { venue: 'kiwoom', faults: 'cut@5s,refuse-login@4s:50s', code: 1006, losses: 2, lives: 2 },
  { venue: 'coincall-futures', faults: 'cut@5s,refuse-login@4s:50s', code: 1006 },
  { venue: 'binance-usdm', faults: 'kick@5s' },
  { venue: 'kis', faults: 'kick@5s', reason: /^OPSP8996: /, waitMinMs: 20_000, scale: 40, jitter: 0 },
];

/** What ends the recording, and in which words. */
const ENDING: readonly EndingCell[] = [
  { venue: 'kiwoom', faults: 'kick@5s', code: 'ALL_CONNECTIONS_STOPPED', message: /nothing is left to record: kiwoom ws-1: R10001 / },
  { venue: 'kis', faults: 'silent@0s', code: 'START_FAILED', message: /acknowledged, and not one frame of H0STCNT0\|005930/ },
  { venue: 'binance-usdm', faults: 'silent@0s', code: 'START_FAILED', message: /acknowledged, and not one frame/ },
  { venue: 'kiwoom', faults: 'refuse-login', code: 'ALL_CONNECTIONS_STOPPED', message: /kiwoom ws-1: 8001/, isNeverReady: true },
  {
    ...{ venue: 'coincall-options', faults: 'refuse-login', code: 'ALL_CONNECTIONS_STOPPED', isNeverReady: true },
    message: /coincall-options ws-1: HTTP_403 the key or its signature was refused/,
  },
];

/** Digests of what was handed to the recorder, by path, a list for each connection, as they are after redaction. */
class ReceivedFrames {
  readonly #scenario: FaultScenario;
  readonly #byPath = new Map<string, string[][]>();

  constructor(scenario: FaultScenario) {
    this.#scenario = scenario;
  }

  of(path: string): readonly (readonly string[])[] {
    return this.#byPath.get(path) ?? [];
  }

  readonly openSocket: OpenSocket = (url, headers, handlers) => {
    const { pathname } = new URL(url);
    const frames: string[] = [];
    return openWebSocket(url, headers, {
      ...handlers,
      onOpen: () => {
        this.#byPath.set(pathname, [...(this.#byPath.get(pathname) ?? []), frames]);
        handlers.onOpen();
      },
      onMessage: (bytes, isBinary) => {
        frames.push(this.#digestOf(bytes));
        handlers.onMessage(bytes, isBinary);
      },
    });
  };

  #digestOf(bytes: Uint8Array): string {
    const copy = Uint8Array.from(bytes);
    this.#scenario.venue.redact?.(copy, 'frame-in');
    return createHash('sha256').update(copy).digest('hex');
  }
}

interface Run {
  readonly scenario: FaultScenario;
  readonly desk: RecordDesk;
  readonly received: ReceivedFrames;
  /** Why it ended before it was told to. */
  failure: unknown;
}

/** Serves the scenario's frames in a circle with the cell's faults, records them, and lets `look` judge. */
async function inCell(cell: Cell, startup: string, look: (run: Run) => Promise<void>): Promise<void> {
  const scenario = SCENARIOS.find(({ venue }) => venue.id === cell.venue)!;
  const received = new ReceivedFrames(scenario);
  const records = scenario.frames.map((payload, i) => aRecord({ venue: cell.venue, atUs: START_US + i * FRAME_EVERY_US, payload }));
  const desk = await recordDesk({
    tape: new MemoryTape(records),
    servers: [{ protocol: scenario.server }],
    isLooping: true,
    subscribersToStart: Number.POSITIVE_INFINITY,
    keepFrameDigests: true,
    faults: parseFaults(cell.faults),
    clock: systemClock({ scale: cell.scale ?? SCALE, startAtNs: BigInt(START_US) * 1_000n }),
    variables: scenario.variables,
    config: { ...scenario.config, session: { name: SESSION }, limits: { startup } },
    more: { openSocket: received.openSocket, random: () => cell.jitter ?? 0.5, untilNs: BigInt(START_US + CELL_US) * 1_000n },
  });
  const run: Run = { scenario, desk, received, failure: undefined };
  desk.recording.finished.then(
    ({ reason }) => {
      run.failure = reason;
    },
    (error: unknown) => {
      run.failure = error;
    },
  );
  try {
    await look(run);
  } finally {
    await desk.close();
  }
}

/** Waits for what must come; a recording that fails meanwhile ends the wait. */
async function reach(run: Run, condition: () => boolean): Promise<void> {
  await until(() => run.failure !== undefined || condition());
  expect(run.failure).toBeUndefined();
}

async function startTape(run: Run): Promise<void> {
  await reach(run, () => run.desk.recording.isReady());
  run.desk.server.resume();
}

function sentBy({ desk, scenario }: Run, path: string): readonly number[] {
  return framesSent(desk.server, scenario.venue.id, pathOf(desk, scenario.venue.id, path));
}

/** A scenario names a part of the path. */
function pathOf(desk: RecordDesk, venue: string, part: string): string {
  return desk.server.served(venue).find(({ path }) => path.includes(part))?.path ?? part;
}

/** More frames come over every connection that is open now. */
async function goOn(run: Run): Promise<void> {
  for (const { path } of run.scenario.connections) {
    const before = sentBy(run, path).at(-1)!;
    await reach(run, () => sentBy(run, path).at(-1)! >= before + FRAMES_AFTER);
  }
}

/** Ends the tape where it is, lets what is under way arrive, and checks that all that arrived is kept. */
async function finishWhole(run: Run): Promise<JournalTape> {
  const { desk, received, scenario } = run;
  desk.server.pause();
  const sent = scenario.connections.map(({ path }) => sentBy(run, path));
  await reach(run, () =>
    scenario.connections.every(
      ({ path }, i) => (received.of(pathOf(desk, scenario.venue.id, path)).at(-1)?.length ?? 0) >= sent[i]!.at(-1)!,
    ),
  );
  const { tape, result } = await desk.finish();
  expect(result.framesShed).toBe(0);
  // Of a connection that was lost the last frames were under way; of the one that is open nothing is missing.
  await expectKept(
    run,
    tape,
    sent.map((frames) => frames.map((count, i) => (i === frames.length - 1 ? count : 1))),
  );
  return tape;
}

async function expectKept(run: Run, tape: JournalTape, atLeast?: readonly (readonly number[])[]): Promise<void> {
  const { desk, received, scenario } = run;
  for (const [i, { path: part, name }] of scenario.connections.entries()) {
    const path = pathOf(desk, scenario.venue.id, part);
    const kept = await framesByConnect(tape, scenario.venue.id, name);
    expect(kept).toEqual(received.of(path));
    expectServed(desk.server, scenario.venue.id, path, kept, atLeast?.[i] ?? []);
  }
}

/** One turn in the life of a connection, from the tape. */
interface Turn {
  readonly kind: string;
  readonly atNs: bigint;
  readonly meta: {
    readonly code?: number;
    readonly reason?: string;
    readonly fromNs?: string;
    readonly toNs?: string;
    readonly expected?: boolean;
  };
  /** Receive time of the last frame before it. */
  readonly lastFrameNs: bigint;
}

async function turnsOf(tape: JournalTape, venue: string, connection: string): Promise<readonly Turn[]> {
  const turns: Turn[] = [];
  const record = new TapeRecord();
  let lastFrameNs = 0n;
  for await (const batch of tape.batches()) {
    while (batch.next(record)) {
      if (record.venue !== venue || record.connection !== connection) continue;
      const { kind, receivedAtNs: atNs } = record;
      if (kind === 'frame-in') lastFrameNs = atNs;
      if (kind === 'connected' || kind === 'disconnected' || kind === 'gap') {
        turns.push({ kind, atNs, meta: JSON.parse(record.meta) as Turn['meta'], lastFrameNs });
      }
    }
  }
  return turns;
}

/** Connected, lost, the gap from the last frame to the next connect, connected, …, and an end that was wanted. */
function expectGapsTold(turns: readonly Turn[], losses: number): void {
  const life = Array.from({ length: losses }, () => ['connected', 'disconnected', 'gap']).flat();
  expect(turns.map(({ kind }) => kind)).toEqual([...life, 'connected', 'disconnected']);
  for (const [i, { kind, meta, lastFrameNs }] of turns.entries()) {
    if (kind !== 'gap') continue;
    const [lost, next] = [turns[i - 1]!, turns[i + 1]!];
    expect(meta.fromNs).toBe(String(lastFrameNs));
    expect(BigInt(meta.toNs!)).toBeGreaterThan(BigInt(meta.fromNs!));
    expect(BigInt(meta.toNs!)).toBeLessThanOrEqual(next.atNs);
    expect(meta.reason).toBe(lost.meta.reason);
    expect(meta.reason).not.toBe('');
  }
  expect(turns.at(-1)!.meta.expected).toBe(true);
}

/** Everything that is wanted is acknowledged on an open connection, and its data comes. */
function isRestored({ desk, scenario }: Run, lives: number): boolean {
  return (
    desk.news.filter(({ kind }) => kind === 'live').length >= lives * scenario.connections.length &&
    desk.recording
      .status()
      .venues[0]!.connections.every(
        ({ state, subscriptions: { wanted, acknowledged, seen } }) => state === 'open' && acknowledged === wanted && seen > 0,
      )
  );
}

function expectWithinBudget({ desk, scenario }: Run): void {
  const budget = PROTOCOLS.get(scenario.venue.id)!.sockets[0]!.limits.connectsPerHourMax;
  for (const { connects } of desk.recording.status().venues[0]!.connections) expect(connects).toBeLessThanOrEqual(budget);
}

describe.concurrent('over real sockets', () => {
  test.each(UNBROKEN)('$venue holds through $faults, and keeps what came as it came', async (cell) => {
    await inCell(cell, '20m', async (run) => {
      const { server, recording } = run.desk;
      await startTape(run);
      await reach(run, () => server.injectedCount(cell.fault) >= cell.hits);
      if (cell.fault === 'burst') await reach(run, () => sentBy(run, run.scenario.connections[0]!.path)[0]! >= 3_000);
      await goOn(run);
      expect(recording.status().venues[0]!.connections.map(({ connects }) => connects)).toEqual(run.scenario.connections.map(() => 1));
      const tape = await finishWhole(run);
      const { gaps, decodeFailures, undecoded, drift } = await inspectTape(tape, { venues: VENUES });
      expect(gaps).toEqual([]);
      const unread = undecoded.reduce((sum, { frames }) => sum + frames, 0);
      // The tapes of the cells hold no masters, so that KIS answers 404 for its files.
      const odd = drift.filter(({ channel }) => !channel.startsWith('master-')).reduce((sum, { count }) => sum + count, 0);
      expect(decodeFailures + unread + odd).toBe(cell.spoilt);
    });
  });

  test.each(BROKEN)('$venue comes back after $faults, and the gap is told', async (cell) => {
    await inCell(cell, '20m', async (run) => {
      const losses = cell.losses ?? 1;
      await startTape(run);
      await reach(run, () => isRestored(run, cell.lives ?? losses + 1));
      await goOn(run);
      expectWithinBudget(run);
      const tape = await finishWhole(run);
      for (const { name } of run.scenario.connections) {
        const turns = await turnsOf(tape, cell.venue, name);
        expectGapsTold(turns, losses);
        const [, lost, , next] = turns;
        if (cell.code !== undefined) expect(lost!.meta.code).toBe(cell.code);
        if (cell.reason !== undefined) expect(lost!.meta.reason).toMatch(cell.reason);
        if (cell.waitMinMs !== undefined) expect(Number(next!.atNs - lost!.atNs) / 1e6).toBeGreaterThanOrEqual(cell.waitMinMs);
      }
    });
  });

  test.each(ENDING)('$venue ends with $code after $faults, and what came is kept', async (cell) => {
    await inCell(cell, '60s', async (run) => {
      if (cell.isNeverReady !== true) await startTape(run);
      await until(() => run.failure !== undefined);
      expect(run.failure).toMatchObject({ code: cell.code, exitCode: 1, message: expect.stringMatching(cell.message) });
      // The session stays open and can be read; the next start goes on with it.
      const tape = await JournalTape.open(run.desk.dataDir, SESSION);
      await expectKept(run, tape);
      const { gaps, decodeFailures } = await inspectTape(tape, { venues: VENUES });
      expect(decodeFailures).toBe(0);
      expect(gaps.length).toBeLessThanOrEqual(run.scenario.connections.length);
    });
  });
});
