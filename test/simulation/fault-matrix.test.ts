import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { nodeCipher, planRecording, type RecorderNews, Recording } from '#recorder';
import { PROTOCOLS, VENUES } from '#venues';
import type { KeptGrant } from '../../recorder/record/grant-store.ts';
import { parseFaults } from '../../replay/serve/fault-text.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { MemoryJournal } from '../fixtures/memory-journal.ts';
import { checkSeedsAsync, type Random } from '../seeds.ts';
import { type FaultScenario, SCENARIOS } from './fault-scenarios.ts';
import { InMemoryVenue } from './in-memory-venue.ts';

/** Friday 2026-11-20 10:00 in Korea: every market of every venue is open. */
const START_NS = BigInt(Date.UTC(2026, 10, 20, 1)) * 1_000_000n;
const MINUTE_MS = 60_000;
const RUN_MS = 15 * MINUTE_MS;
const SEEDS = Number(process.env.TAPEDECK_FAULT_SEEDS ?? 3);

/** Every fault by its text; `minutes` and `percent` are drawn from the seed. */
const FAULTS: Readonly<Record<string, (random: Random) => string>> = {
  none: () => '',
  drop: (random) => `drop:0.0${random.integer(1, 9)}`,
  duplicate: () => 'duplicate:0.05',
  delay: (random) => `delay:0.01:${random.integer(1, 5)}s`,
  malformed: () => 'malformed:0.02',
  'invalid UTF-8': () => 'invalid-utf8:0.02',
  'wrong record count': () => 'wrong-count:0.05',
  oversized: (random) => `oversized@${random.integer(30, 90)}s:1MiB`,
  burst: (random) => `burst@${random.integer(30, 90)}s:3000`,
  cut: (random) => `cut@${random.integer(20, 200)}s`,
  'cut again and again': () => 'cut@30s,cut@60s,cut@95s,cut@130s,cut@170s,cut@230s',
  'close 1000': (random) => `close@${random.integer(20, 200)}s:1000`,
  'close 1001': (random) => `close@${random.integer(20, 200)}s:1001`,
  'close 1011': (random) => `close@${random.integer(20, 200)}s:1011`,
  stall: (random) => `stall@${random.integer(20, 60)}s:${random.integer(5, 200)}s`,
  'silent for minutes': (random) => `silent@${random.integer(30, 60)}s:${random.integer(60, 240)}s`,
  'heartbeats muted': (random) => `mute-heartbeat@${random.integer(20, 60)}s:120s`,
  'login refused for a minute': () => 'cut@30s,refuse-login@29s:60s',
};

interface Outcome {
  readonly journal: MemoryJournal;
  readonly venue: InMemoryVenue;
  readonly recording: Recording;
  readonly news: readonly RecorderNews[];
  readonly failure: string | undefined;
}

async function run(scenario: FaultScenario, faults: string, seed: number, runMs = RUN_MS): Promise<Outcome> {
  const clock = new ManualClock(START_NS);
  const journal = new MemoryJournal();
  const venue = new InMemoryVenue({
    server: scenario.server,
    venue: scenario.venue,
    clock,
    cipher: nodeCipher,
    plan: parseFaults(faults, seed),
    frames: scenario.frames,
    everyMs: 250,
    ...(scenario.serverOptions === undefined ? {} : { options: scenario.serverOptions }),
  });
  const grants = new Map<string, KeptGrant>();
  const news: RecorderNews[] = [];
  const random = seededFraction(seed);
  const recording = Recording.start({
    plan: planRecording(scenario.config, { protocols: PROTOCOLS, variables: scenario.variables, nowUs: Number(START_NS / 1_000n) }),
    journal,
    venues: VENUES,
    protocols: PROTOCOLS,
    clock,
    random,
    openSocket: venue.openSocket,
    callHttp: venue.callHttp,
    cipher: nodeCipher,
    grantStore: {
      load: (_venue, name) => Promise.resolve(grants.get(name)),
      save: (_venue, name, _credentials, grant) => Promise.resolve(void grants.set(name, grant)),
      forget: (_venue, name) => Promise.resolve(void grants.delete(name)),
    },
    freeBytes: () => Promise.resolve(Number.MAX_SAFE_INTEGER),
    tell: (item) => news.push(item),
  });
  let failure: string | undefined;
  recording.finished.catch((error: unknown) => {
    failure = error instanceof Error ? error.message : String(error);
  });
  await clock.advance(runMs);
  return { journal, venue, recording, news, failure };
}

function seededFraction(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 4_294_967_296;
  };
}

/** What was handed to the recorder is on the tape: all of it, in order, once. */
function expectNothingLost(scenario: FaultScenario, { journal, venue }: Outcome): void {
  for (const { path, name } of scenario.connections) {
    const kept = journal.of('frame-in').filter(({ connection }) => connection === name);
    const digests = kept.map(({ payload }) => createHash('sha256').update(payload).digest('hex'));
    expect(digests.length).toBeGreaterThan(0);
    expect(digests).toEqual(venue.handed(path));
  }
}

/** Every loss has a record with from and to, and stands between its disconnect and its reconnect. */
function expectGapsTold({ journal }: Outcome): void {
  const lost = new Map<string, number>();
  for (const { kind, connection, meta, sequence } of journal.kept) {
    if (kind === 'disconnected') lost.set(connection, sequence);
    if (kind === 'gap' && lost.has(connection)) {
      const { fromNs, toNs, reason } = JSON.parse(meta) as { fromNs: string; toNs: string; reason: string };
      expect(BigInt(fromNs) <= BigInt(toNs)).toBe(true);
      expect(reason).not.toBe('');
      lost.set(connection, -1);
    }
    if (kind === 'connected' && lost.has(connection)) {
      expect(lost.get(connection)).toBe(-1);
      lost.delete(connection);
    }
  }
}

function expectRestored({ recording, failure }: Outcome): void {
  expect(failure).toBeUndefined();
  for (const { connections } of recording.status().venues) {
    for (const { connection, state, subscriptions } of connections) {
      expect(`${connection} ${state} ${subscriptions.acknowledged}/${subscriptions.wanted}`).toBe(
        `${connection} open ${subscriptions.wanted}/${subscriptions.wanted}`,
      );
      expect(subscriptions.seen).toBeGreaterThan(0);
    }
  }
}

describe.each(SCENARIOS.map((scenario) => [scenario.venue.id, scenario] as const))('%s', (_id, scenario) => {
  test.each(Object.keys(FAULTS))('survives: %s', async (name) => {
    await checkSeedsAsync(SEEDS, async (random) => {
      const outcome = await run(scenario, FAULTS[name]!(random), random.seed);
      expectNothingLost(scenario, outcome);
      expectGapsTold(outcome);
      expectRestored(outcome);
      const budget = PROTOCOLS.get(scenario.venue.id)!.sockets[0]!.limits.connectsPerHourMax;
      for (const { connections } of outcome.recording.status().venues) {
        for (const { connects } of connections) expect(connects).toBeLessThanOrEqual(budget);
      }
    });
  });

  test('a kick is answered as the venue wants it', async () => {
    await checkSeedsAsync(SEEDS, async (random) => {
      const outcome = await run(scenario, `kick@${random.integer(20, 60)}s`, random.seed);
      expectNothingLost(scenario, outcome);
      if (scenario.isStoppedByKick === true) expect(outcome.failure).toMatch(/nothing is left to record/);
      else expectRestored(outcome);
    });
  });

  test('a venue that acknowledges and sends nothing fails the start', async () => {
    const outcome = await run(scenario, 'silent@0s', 1, 3 * MINUTE_MS);
    expect(outcome.failure).toMatch(/acknowledged, and not one frame/);
    expect(outcome.journal.isAbandoned).toBe(true);
  });
});
