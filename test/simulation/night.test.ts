import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { TapeRecord } from '#domain';
import { checkRecorderConfig, nodeCipher, planRecording, Recording } from '#recorder';
import { JournalTape, JournalWriter } from '#storage';
import { PROTOCOLS, VENUES } from '#venues';
import { FileGrantStore } from '../../recorder/record/grant-store.ts';
import { parseFaults } from '../../replay/serve/fault-text.ts';
import { encodeBooks, encodeTrades, kis, kisServer } from '../../venues/kis/index.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { InMemoryVenue } from './in-memory-venue.ts';

/** Friday 2026-11-20, 08:00 in Korea, until Saturday 06:30: stocks, after-market, and the derivatives' day and night. */
const START_MS = Date.UTC(2026, 10, 19, 23);
const HOURS = 22.5;
const FRAME_EVERY_MS = 1_000;

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

function frames(): Uint8Array[] {
  return Array.from({ length: 60 }, (_, i) => {
    const venueTimeUs = START_MS * 1000 + i * 1_000_000;
    const print = (symbol: string) => [{ symbol, venueTimeUs, price: 1_000 + i, size: 1, side: 1 as const, cumulativeVolume: i + 1 }];
    const book = (symbol: string) => [
      { symbol, venueTimeUs, bids: [{ price: 1_000, size: 1 + i, orders: 1 }], asks: [{ price: 1_001, size: 2, orders: 1 }] },
    ];
    const all = [
      () => encodeTrades('H0STCNT0', print('005930')),
      () => encodeBooks('H0STASP0', book('005930')),
      () => encodeTrades('H0IFCNT0', print('A01612')),
      () => encodeBooks('H0IFASP0', book('A01612')),
      () => encodeTrades('H0MFCNT0', print('A01612')),
      () => encodeBooks('H0MFASP0', book('A01612')),
    ];
    return all[i % all.length]!();
  });
}

test('a night: day, after-market, night session and reconnects in one process, nothing lost, memory flat', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tapedeck-night-'));
  folders.push(folder);
  const clock = new ManualClock(BigInt(START_MS) * 1_000_000n);
  const venue = new InMemoryVenue({
    server: kisServer,
    venue: kis,
    clock,
    cipher: nodeCipher,
    plan: parseFaults('cut@1h,close@3h:1001,cut@7h,stall@9h:200s,cut@12h,close@16h:1011,drop:0.001,seed=7', 7),
    frames: frames(),
    everyMs: FRAME_EVERY_MS,
    keepDigests: false,
  });
  const config = checkRecorderConfig(
    { session: { name: 'night' }, kis: { stocks: [{ code: '005930', channels: ['trade', 'book'] }], derivatives: [{ code: 'A01612' }] } },
    'the test',
  );
  const plan = planRecording(config, {
    protocols: PROTOCOLS,
    variables: { KIS_APP_KEY: `PS${'n'.repeat(34)}`, KIS_APP_SECRET: 'n'.repeat(180) },
    nowUs: START_MS * 1000,
  });
  const recording = Recording.start({
    plan,
    journal: await JournalWriter.create(folder, 'night', { syncIntervalMs: 0 }),
    venues: VENUES,
    protocols: PROTOCOLS,
    clock,
    random: () => 0.5,
    openSocket: venue.openSocket,
    callHttp: venue.callHttp,
    cipher: nodeCipher,
    grantStore: new FileGrantStore(folder),
    freeBytes: () => Promise.resolve(Number.MAX_SAFE_INTEGER),
    tell: () => undefined,
  });
  const heap: number[] = [];
  for (let hour = 0; hour < HOURS; hour += 0.5) {
    await clock.advance(30 * 60_000);
    heap.push(process.memoryUsage().heapUsed);
  }
  const ended = recording.stop();
  await clock.advance(5_000);
  const result = await ended;
  const tape = await JournalTape.open(folder, 'night');
  const seen = await lookAt(tape);

  expect(seen.frames).toBe(venue.handedFrames);
  expect(seen.digest).toBe(venue.handedDigest());
  expect(result.framesShed).toBe(0);
  expect(result.reconnects).toBeGreaterThanOrEqual(6);
  // Each channel came in its own part of the day and in no other (hours of Korean time).
  const hours = (channel: string) => [...(seen.hours.get(channel) ?? [])].sort((a, b) => a - b);
  expect(hours('H0IFCNT0').every((hour) => hour >= 8 && hour <= 15)).toBe(true);
  expect(hours('H0MFCNT0').every((hour) => hour >= 17 || hour <= 6)).toBe(true);
  expect(hours('H0MFCNT0')).toEqual(expect.arrayContaining([0, 5, 18, 23]));
  expect(hours('H0STCNT0')).toEqual(expect.arrayContaining([9, 15, 19]));
  // Every loss that was not expected is followed by its gap.
  expect(seen.gaps).toBe(seen.losses);
  // The second half of the night needs no more than the first: a leak of one small object a frame would show.
  const half = Math.floor(heap.length / 2);
  expect(lowest(heap.slice(half))).toBeLessThan(1.5 * lowest(heap.slice(0, half)) + 32 * 1024 * 1024);
});

interface Night {
  readonly frames: number;
  readonly digest: string;
  readonly hours: ReadonlyMap<string, ReadonlySet<number>>;
  readonly losses: number;
  readonly gaps: number;
}

async function lookAt(tape: JournalTape): Promise<Night> {
  const hash = createHash('sha256');
  const hours = new Map<string, Set<number>>();
  let frameCount = 0;
  let losses = 0;
  let gaps = 0;
  const record = new TapeRecord();
  for await (const batch of tape.batches()) {
    while (batch.next(record)) {
      if (record.kind === 'gap') gaps += 1;
      if (record.kind === 'disconnected' && !record.meta.includes('"expected":true')) losses += 1;
      if (record.kind !== 'frame-in') continue;
      frameCount += 1;
      hash.update(createHash('sha256').update(record.payload()).digest('hex'));
      const channel = kis.channelOf(record.bytes, record.start, record.end);
      const hour = Math.floor((record.receivedAtUs / 3_600_000_000 + 9) % 24);
      hours.set(channel, (hours.get(channel) ?? new Set()).add(hour));
    }
  }
  return { frames: frameCount, digest: hash.digest('hex'), hours, losses, gaps };
}

function lowest(values: readonly number[]): number {
  return Math.min(...values);
}
