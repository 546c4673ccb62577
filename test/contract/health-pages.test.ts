import { describe, expect, test } from 'vitest';
import { parseIsoNanoseconds, type TapeHealth } from '#domain';
import { callHttp, HealthDesk, type HealthPlan, type RecorderLog, systemClock } from '#recorder';
import { monitorJournal, openTape, tapeHealth } from '#replay';
import { PROTOCOLS, VENUES } from '#venues';
import { parseFaults } from '../../replay/serve/fault-text.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { SCENARIOS } from '../simulation/fault-scenarios.ts';
import { type CountedVenue, countTape } from './counted-tape.ts';
import { type RecordDesk, recordDesk, until } from './record-desk.ts';

// A recording with a fault, watched as `record` watches itself: what its pages and `status` say is held against a count of the tape of our own.

/** Friday 2026-11-20 10:00 in Korea: every market of every venue is open. */
const START_US = Date.UTC(2026, 10, 20, 1) * 1000;
const FRAME_EVERY_US = 250_000;
const SESSION = 'watched';
/** Goes on whatever happens to the other venue. */
const CALM = 'binance-spot';
const FRAMES_MORE = 40;
/** What did not happen by then, by the recording's own clock, does not happen. */
const CELL_NS = 600_000_000_000n;

interface Cell {
  readonly what: string;
  readonly venue: string;
  readonly faults: string;
  readonly scale: number;
  /** What `/readyz` says while it lasts. */
  readonly reason: RegExp;
  /** Why the connection was lost in the end. */
  readonly loss: RegExp;
  /** Of the channel's longest normal silence, before which the recorder itself acts. */
  readonly silenceTimes?: number;
  /** It does not come back. */
  readonly isForGood?: boolean;
}

const CELLS: readonly Cell[] = [
  {
    ...{ what: 'silent', venue: 'coincall-futures', faults: 'silent@5s:95s', scale: 40 },
    ...{ reason: /coincall-futures \S+ is silent/, loss: /^channel \S+ silent for \d+ s while its market is open$/ },
  },
  {
    ...{ what: 'cut, and refused for a while', venue: 'coincall-futures', faults: 'cut@5s,refuse-login@4s:50s', scale: 20 },
    ...{ reason: /coincall-futures ws-1 is down/, loss: /code 1006/ },
  },
  {
    ...{ what: 'kicked by another session of its key', venue: 'kiwoom', faults: 'kick@5s', scale: 20, isForGood: true },
    ...{ reason: /kiwoom ws-1 stopped for good/, loss: /^R10001/ },
  },
  {
    ...{ what: 'slow to the point of standing still', venue: 'coincall-options', faults: 'stall@5s:120s', scale: 10, silenceTimes: 0.08 },
    ...{ reason: /coincall-options \S+ is silent/, loss: /^silent for \d+ s$/ },
  },
];

const SILENCE_TIMES = 0.4;

const HEALTH: HealthPlan = {
  listen: { host: '127.0.0.1', port: 0 },
  webhooks: [],
  morningUs: undefined,
  zoneOffsetUs: 0,
  repeatMs: 3_600_000,
  logBytesMax: 1e6,
  thresholds: {
    ...{ pollIntervals: 10, reconnectsPerHour: 6, decodeFailures: 1, lateShare: 0.01, volumeShare: 0.001 },
    ...{ clockBehindMs: 200, clockAheadMs: 10_000, queueShare: 0.25, forecastMs: 12 * 3_600_000, loopMs: 3_000, gapMs: 5_000 },
    // The fault must be told before the recorder mends it, and a machine that is busy with other tests is no tape that stands still.
    ...{ silenceTimes: SILENCE_TIMES, downMs: 5_000, unansweredMs: 60_000, lagMs: 3_600_000 },
  },
};

const QUIET: RecorderLog = { info: () => undefined, warn: () => undefined, error: () => undefined, flush: () => Promise.resolve() };

interface Readyz {
  readonly ready: boolean;
  readonly at: string;
  readonly reasons: readonly string[];
  readonly venues: readonly {
    readonly venue: string;
    readonly expected: boolean;
    readonly ageSeconds: number | null;
    readonly channels: readonly { readonly channel: string; readonly ageSeconds: number | null }[];
    readonly connections: readonly { readonly connection: string; readonly up: boolean }[];
  }[];
}

/** One look at everything that can be asked, at one state of the tape. */
interface Look {
  readonly status: number;
  readonly readyz: Readyz;
  readonly metrics: Metrics;
  /** The tape as far as the pages know it. */
  readonly counted: ReadonlyMap<string, CountedVenue>;
}

/** A scenario's venue and a calm one, recorded and watched over real sockets. */
class WatchedRecording {
  readonly desk: RecordDesk;
  readonly #health: HealthDesk;
  readonly #stopped = new AbortController();
  readonly #monitor: Promise<void>;
  #told: TapeHealth | undefined;

  private constructor(desk: RecordDesk, { silenceTimes = SILENCE_TIMES }: Cell) {
    this.desk = desk;
    const { plan, clock, recording, dataDir } = desk;
    this.#health = HealthDesk.start({
      plan,
      protocols: PROTOCOLS,
      config: { ...HEALTH, thresholds: { ...HEALTH.thresholds, silenceTimes } },
      clock,
      recordingStatus: () => recording.status(),
      callHttp,
      log: QUIET,
      makeReport: () => Promise.resolve(''),
      isMonitored: true,
      version: '0.0.0',
    });
    const onHealth = (tape: TapeHealth) => {
      this.#told = tape;
      this.#health.onTapeHealth(tape);
    };
    this.#monitor = monitorJournal({ dataDir, session: SESSION, venues: VENUES, clock, onHealth, signal: this.#stopped.signal });
  }

  static async start(cell: Cell): Promise<WatchedRecording> {
    const { venue, faults, scale } = cell;
    const scenarios = [venue, CALM].map((id) => SCENARIOS.find((scenario) => scenario.venue.id === id)!);
    const records = Array.from({ length: 40 }, (_, i) =>
      scenarios.map((scenario) => aRecord({ venue: scenario.venue.id, atUs: START_US + i * FRAME_EVERY_US, payload: scenario.frames[i]! })),
    ).flat();
    const desk = await recordDesk({
      tape: new MemoryTape(records),
      servers: scenarios.map(({ server }) => ({ protocol: server })),
      isLooping: true,
      subscribersToStart: Number.POSITIVE_INFINITY,
      faults: parseFaults(
        faults
          .split(',')
          .map((fault) => `${venue}/${fault}`)
          .join(','),
      ),
      clock: systemClock({ scale, startAtNs: BigInt(START_US) * 1_000n }),
      variables: Object.assign({}, ...scenarios.map(({ variables }) => variables)) as Record<string, string>,
      config: { ...Object.assign({}, ...scenarios.map(({ config }) => config)), session: { name: SESSION }, limits: { startup: '20m' } },
      more: { random: () => 0.5 },
    });
    const watched = new WatchedRecording(desk, cell);
    await watched.#health.listening();
    await until(() => desk.recording.isReady());
    desk.server.resume();
    return watched;
  }

  /** Asks the pages until what they say is of one state of the tape. */
  async look(): Promise<Look> {
    for (;;) {
      const told = this.#told;
      const [ready, metrics] = await Promise.all([fetch(`${this.#health.address}/readyz`), fetch(`${this.#health.address}/metrics`)]);
      const readyz = (await ready.json()) as Readyz;
      const text = await metrics.text();
      if (told === undefined || this.#told !== told) continue;
      const counted = await countTape(this.desk.dataDir, SESSION, told.records);
      return { status: ready.status, readyz, metrics: new Metrics(text), counted };
    }
  }

  /** Looks again and again, and at each look everything must agree with the tape, until it is as wanted. */
  async lookUntil(isWanted: (look: Look) => boolean): Promise<Look> {
    for (;;) {
      const look = await this.look();
      expectPages(look);
      if (isWanted(look)) {
        await this.#expectStatus();
        return look;
      }
      if (this.desk.clock.wallNs() > BigInt(START_US) * 1_000n + CELL_NS) throw new Error(`not so in time: ${JSON.stringify(look.readyz)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#monitor;
    await this.#health.stop();
    await this.desk.close();
  }

  /** `tapedeck status --json` reads the tape as it is now. */
  async #expectStatus(): Promise<void> {
    const { dataDir } = this.desk;
    const health = await tapeHealth(await openTape(dataDir, SESSION), { venues: VENUES });
    const counted = await countTape(dataDir, SESSION, health.records);
    expect(health.venues.map(({ venue }) => venue)).toEqual([...counted.keys()]);
    for (const venue of health.venues) {
      const { frames, bytes, rows, lastFrameNs, gaps, reconnects, up, channels } = counted.get(venue.venue)!;
      expect(venue).toMatchObject({ frames, bytes, rows, lastFrameNs, gapTotal: gaps, decodeFailures: 0, dropped: [] });
      expect(new Map(venue.connections.map(({ connection, isUp }) => [connection, isUp]))).toEqual(up);
      const told = venue.connections.flatMap((connection) => connection.reconnects).reduce((sum, { count }) => sum + count, 0);
      expect(told).toBe(reconnects);
      expect(new Map(venue.channels.map(({ channel, frames, bytes, lastFrameNs }) => [channel, { frames, bytes, lastFrameNs }]))).toEqual(
        channels,
      );
    }
  }
}

/** Reads an exposition as Prometheus does. */
class Metrics {
  readonly #samples: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number }[];

  constructor(text: string) {
    this.#samples = text.split('\n').flatMap((line) => {
      const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (match === null) return [];
      const labels = Object.fromEntries([...(match[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name!, value!]));
      return [{ name: match[1]!, labels, value: Number(match[3]) }];
    });
  }

  sum(name: string, wanted: Readonly<Record<string, string>>): number {
    return this.#samples
      .filter((sample) => sample.name === name && Object.entries(wanted).every(([label, value]) => sample.labels[label] === value))
      .reduce((sum, { value }) => sum + value, 0);
  }
}

function expectPages({ status, readyz, metrics, counted }: Look): void {
  expect(status).toBe(readyz.ready ? 200 : 503);
  expect(readyz.ready).toBe(readyz.reasons.length === 0);
  const atNs = parseIsoNanoseconds(readyz.at)!;
  for (const { venue, expected, ageSeconds, channels, connections } of readyz.venues) {
    const tape = counted.get(venue)!;
    expect(expected).toBe(true);
    expectAge(ageSeconds, tape.lastFrameNs, atNs);
    for (const { channel, ageSeconds: age } of channels) expectAge(age, tape.channels.get(channel)?.lastFrameNs ?? 0n, atNs);
    for (const { connection, up } of connections) expect(up).toBe(tape.up.get(connection) === true);
  }
  for (const [venue, tape] of counted) {
    expect(metrics.sum('recorder_messages_total', { venue })).toBe(tape.frames);
    expect(metrics.sum('recorder_received_bytes_total', { venue })).toBe(tape.bytes);
    for (const [channel, { frames, bytes, lastFrameNs }] of tape.channels) {
      expect(metrics.sum('recorder_messages_total', { venue, channel })).toBe(frames);
      expect(metrics.sum('recorder_received_bytes_total', { venue, channel })).toBe(bytes);
      expect(metrics.sum('recorder_last_message_timestamp_seconds', { venue, channel })).toBeCloseTo(Number(lastFrameNs / 1_000n) / 1e6, 3);
    }
    expect(metrics.sum('recorder_sequence_gaps_total', { venue })).toBe(tape.gaps);
    expect(metrics.sum('recorder_reconnects_total', { venue })).toBe(tape.reconnects);
    expect(metrics.sum('recorder_decode_failures_total', { venue })).toBe(0);
    expect(metrics.sum('recorder_dropped_messages_total', { venue })).toBe(0);
    for (const [connection, isUp] of tape.up) expect(metrics.sum('recorder_connection_up', { venue, connection })).toBe(isUp ? 1 : 0);
  }
}

function expectAge(ageSeconds: number | null, lastFrameNs: bigint, atNs: bigint): void {
  if (lastFrameNs === 0n) expect(ageSeconds).toBeNull();
  else expect(ageSeconds).toBeCloseTo(Number((atNs - lastFrameNs) / 1_000n) / 1e6, 2);
}

describe.concurrent('status, /metrics and /readyz agree with the tape', () => {
  test.each(CELLS)('while $venue is $what, before and after', async (cell) => {
    const watched = await WatchedRecording.start(cell);
    try {
      const { venue, reason, loss, isForGood = false } = cell;
      const framesOf = ({ counted }: Look, of: string) => counted.get(of)?.frames ?? 0;
      const during = await watched.lookUntil(({ readyz }) => readyz.reasons.some((text) => reason.test(text)));
      expect(during.status).toBe(503);
      // The other venue goes on all the while.
      const later = await watched.lookUntil((look) => framesOf(look, CALM) >= framesOf(during, CALM) + FRAMES_MORE);
      if (isForGood) {
        expect(later.status).toBe(503);
        expect(framesOf(later, venue)).toBe(framesOf(during, venue));
      } else {
        const isBack = (look: Look) => look.readyz.ready && framesOf(look, venue) >= framesOf(during, venue) + FRAMES_MORE;
        const after = await watched.lookUntil((look) => isBack(look) && look.counted.get(venue)!.reconnects > 0);
        expect(after.status).toBe(200);
        expect(after.counted.get(venue)!.gaps).toBe(1);
      }
      const { counted } = await watched.look();
      expect(counted.get(venue)!.losses).toHaveLength(1);
      expect(counted.get(venue)!.losses[0]).toMatch(loss);
      expect(counted.get(CALM)).toMatchObject({ losses: [], gaps: 0, reconnects: 0 });
    } finally {
      await watched.close();
    }
  });
});
