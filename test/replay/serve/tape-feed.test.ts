import { describe, expect, test } from 'vitest';
import { type FeedSpeed, TapeFeed } from '../../../replay/serve/tape-feed.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import { aRecord, MemoryTape } from '../../fixtures/memory-tape.ts';
import { checkSeedsAsync } from '../../seeds.ts';
import { idsFrom, START_US } from './serve-desk.ts';

interface Desk {
  readonly clock: ManualClock;
  readonly feed: TapeFeed;
  /** `[sequence, clock ms]` of what was served. */
  readonly served: [number, number][];
  /** Sequences that only brought the market up to date. */
  readonly skipped: number[];
  readonly begun: number[];
  readonly ended: number[];
}

/** Frames received at these times (ms after the start). */
function feedOf(timesMs: readonly number[], options: { readonly speed?: FeedSpeed; readonly isLooping?: boolean } = {}): Desk {
  const clock = new ManualClock();
  const records = timesMs.map((timeMs) => aRecord({ atUs: START_US + Math.round(timeMs * 1000) }));
  const desk = { clock, served: [] as [number, number][], skipped: [] as number[], begun: [] as number[], ended: [] as number[] };
  const feed = new TapeFeed({
    tape: new MemoryTape(records, { batchSize: 7 }),
    clock,
    speed: options.speed ?? 1,
    isLooping: options.isLooping ?? false,
    visit: (record, isServed) => {
      if (isServed) desk.served.push([record.sequence, clock.nowMs]);
      else desk.skipped.push(record.sequence);
    },
    onPass: () => undefined,
    onBegin: () => desk.begun.push(clock.nowMs),
    onEnd: () => desk.ended.push(clock.nowMs),
    settle: async () => undefined,
  });
  void feed.run();
  return { ...desk, feed };
}

const EVERY_SECOND = idsFrom(0, 9).map((second) => second * 1_000);

describe('a feed', () => {
  test('serves each frame when its time has come and never before', async () => {
    const { clock, feed, served, ended } = feedOf([0, 10, 10, 250, 4_000]);
    feed.resume();
    await clock.advance(10_000);
    expect(served).toEqual([
      [0, 0],
      [1, 10],
      [2, 10],
      [3, 250],
      [4, 4_000],
    ]);
    expect(ended).toEqual([4_000]);
  });

  test('is never early and never more than a timer late, whatever the times and the speed', async () => {
    await checkSeedsAsync(30, async (random) => {
      const speed = random.pick([0.5, 1, 3, 60]);
      let timeMs = 0;
      const timesMs = Array.from({ length: 60 }, () => (timeMs += random.chance(0.3) ? 0 : random.integer(0, 5_000) / 7));
      const { clock, feed, served } = feedOf(timesMs, { speed });
      feed.resume();
      while (served.length < timesMs.length) await clock.advance(random.integer(1, 2_000));
      for (const [sequence, atMs] of served) {
        const dueMs = (Math.round(timesMs[sequence]! * 1000) - Math.round(timesMs[0]! * 1000)) / 1000 / speed;
        expect(atMs).toBeGreaterThanOrEqual(dueMs - 1e-6);
        expect(atMs).toBeLessThan(dueMs + 0.01);
      }
      expect(served.map(([sequence]) => sequence)).toEqual(idsFrom(0, timesMs.length - 1));
      feed.stop();
    });
  });

  test('serves a frame whose time goes back together with the one before it', async () => {
    const { clock, feed, served } = feedOf([0, 500, 100, 600]);
    feed.resume();
    await clock.advance(1_000);
    expect(served).toEqual([
      [0, 0],
      [1, 500],
      [2, 500],
      [3, 600],
    ]);
  });

  test('waits as long after a pause as it had still to wait before it', async () => {
    const { clock, feed, served } = feedOf(EVERY_SECOND);
    feed.resume();
    await clock.advance(1_400);
    feed.pause();
    await clock.advance(60_000);
    expect(served.length).toBe(2);
    feed.resume();
    await clock.advance(599);
    expect(served.length).toBe(2);
    await clock.advance(1);
    expect(served.at(-1)).toEqual([2, 62_000]);
  });

  test('changes its speed from where it is', async () => {
    const { clock, feed, served } = feedOf(EVERY_SECOND);
    feed.resume();
    await clock.advance(1_500);
    feed.setSpeed(10);
    await clock.advance(50);
    expect(served.at(-1)).toEqual([2, 1_550]);
    await clock.advance(100);
    expect(served.at(-1)).toEqual([3, 1_650]);
    feed.setSpeed('max');
    await clock.advance(0);
    expect(served.length).toBe(10);
  });

  test('seeks forward while it is paused, and brings the market up to date on the way', async () => {
    const { clock, feed, served, skipped } = feedOf(EVERY_SECOND);
    await feed.seek({ kind: 'sequence', sequence: 4 });
    expect(skipped).toEqual([0, 1, 2, 3]);
    expect(feed.position).toMatchObject({ sequence: 3, isPaused: true });
    await clock.advance(10_000);
    expect(served).toEqual([]);
    feed.resume();
    await clock.advance(1_000);
    expect(served).toEqual([
      [4, 10_000],
      [5, 11_000],
    ]);
  });

  test('seeks back by time, also after its end, by playing again what comes before', async () => {
    const { clock, feed, served, skipped, ended } = feedOf(EVERY_SECOND, { speed: 'max' });
    feed.resume();
    await clock.advance(0);
    expect(served.length).toBe(10);
    expect(ended).toEqual([0]);
    const reached = feed.seek({ kind: 'time', timeUs: START_US + 7_500_000 });
    await clock.advance(0);
    await reached;
    expect(skipped).toEqual(idsFrom(0, 7));
    expect(served.slice(10).map(([sequence]) => sequence)).toEqual([8, 9]);
    expect(feed.position).toMatchObject({ passes: 2, isAtEnd: true });
  });

  test('serves a burst at once and goes on from there without a silence', async () => {
    const { clock, feed, served } = feedOf(EVERY_SECOND);
    feed.resume();
    await clock.advance(1_500);
    feed.burst(4);
    await clock.advance(0);
    expect(served.slice(2)).toEqual([
      [2, 1_500],
      [3, 1_500],
      [4, 1_500],
      [5, 1_500],
      [6, 1_500],
    ]);
    await clock.advance(1_000);
    expect(served.at(-1)).toEqual([7, 2_500]);
  });

  test('starts over at the end when it loops', async () => {
    const { clock, feed, served, begun } = feedOf([0, 100], { isLooping: true });
    feed.resume();
    await clock.advance(250);
    expect(served.slice(0, 4).map(([sequence]) => sequence)).toEqual([0, 1, 0, 1]);
    expect(begun).toEqual([0]);
    feed.stop();
  });

  test('visits what comes before the first frame while it is paused', async () => {
    const clock = new ManualClock();
    const visited: [number, boolean][] = [];
    const records = [
      aRecord({ kind: 'session-open', venue: '' }),
      aRecord({ kind: 'http-response', atUs: 5_000_000 }),
      aRecord({ atUs: 9_000_000 }),
    ];
    const feed = new TapeFeed({
      tape: new MemoryTape(records),
      clock,
      speed: 1,
      isLooping: false,
      visit: (record, isServed) => visited.push([record.sequence, isServed]),
      onPass: () => undefined,
      onBegin: () => undefined,
      onEnd: () => undefined,
      settle: async () => undefined,
    });
    void feed.run();
    await clock.advance(0);
    expect(visited).toEqual([
      [0, false],
      [1, false],
    ]);
    feed.resume();
    await clock.advance(0);
    expect(visited.at(-1)).toEqual([2, true]);
    feed.stop();
  });
});
