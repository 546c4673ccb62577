import { describe, expect, test } from 'vitest';
import { DiskForecast } from '../../../recorder/guard/disk-forecast.ts';
import { DiskGuard } from '../../../recorder/guard/disk-guard.ts';
import { shedTiers } from '../../../recorder/guard/shed-tiers.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';

const GIB = 1024 * 1024 * 1024;
/** 2026-11-20T19:00:00Z, 04:00 in Seoul. */
const NIGHT_NS = 1_795_201_200_000_000_000n;

function aGuard(freeBytesMin = 2 * GIB) {
  const clock = new ManualClock(NIGHT_NS);
  const disk = { free: 100 * GIB, isBroken: false };
  const notes: (readonly [event: string, meta: object])[] = [];
  const told: string[] = [];
  const tiers: number[] = [];
  let roomAsked = 0;
  const guard = new DiskGuard({
    clock,
    dataDir: './data',
    session: 's',
    freeBytes: () => (disk.isBroken ? Promise.reject(new Error('EIO')) : Promise.resolve(disk.free)),
    freeBytesMin,
    note: (event, meta) => notes.push([event, meta]),
    tell: (message) => told.push(message),
    shed: (tier) => tiers.push(tier),
    makeRoom: () => {
      roomAsked += 1;
    },
  });
  /** Looks every ten seconds while the disk loses so many bytes a second. */
  const run = async (seconds: number, bytesPerSecond: number) => {
    for (let passed = 0; passed < seconds; passed += 10) {
      await clock.advance(10_000);
      disk.free -= bytesPerSecond * 10;
      await guard.look();
    }
  };
  return { clock, disk, guard, notes, told, tiers, run, roomAsked: () => roomAsked };
}

describe('the forecast', () => {
  test('is told with the time of the clock on the wall, once, and again an hour later', async () => {
    const { disk, notes, told, run, roomAsked } = aGuard();
    disk.free = 36e9;
    await run(120, 1_000_000);
    expect(told).toEqual([
      expect.stringMatching(
        /^the disk of \.\/data will be full at 14:00 \(2026-11-21 14:00, in 9 h 59 min\): \d+ bytes left, 1000000 go every second$/,
      ),
    ]);
    expect(notes).toEqual([
      ['disk-forecast', expect.objectContaining({ bytesPerSecond: 1_000_000, fullAtNs: expect.stringMatching(/^17952\d+$/) })],
    ]);
    await run(3_000, 1_000_000);
    expect(told).toHaveLength(1);
    await run(1_200, 1_000_000);
    expect(told).toHaveLength(2);
    expect(roomAsked()).toBe(2);
  });

  test('that is not true any more is taken back', async () => {
    const { disk, notes, told, run } = aGuard();
    disk.free = 36e9;
    await run(120, 1_000_000);
    await run(900, 0);
    expect(told.at(-1)).toMatch(/not filling up any more/);
    expect(notes).toHaveLength(2);
  });

  test('says nothing of a disk that is stable, gains room, or was watched for less than a minute', async () => {
    const forecast = new DiskForecast();
    forecast.add(0, 1_000);
    forecast.add(59_000, 0);
    expect(forecast.fullInMs()).toBeUndefined();
    const { guard, notes, told, run } = aGuard();
    await run(600, 0);
    await run(600, -GIB / 100);
    expect([notes, told]).toEqual([[], []]);
    expect(guard.status()).toMatchObject({ bytesPerSecond: 0, shedTier: Number.POSITIVE_INFINITY });
  });

  test('looks at the last minutes only', () => {
    const forecast = new DiskForecast();
    forecast.add(0, 10_000_000);
    for (let at = 3_600_000; at <= 3_900_000; at += 10_000) forecast.add(at, 5_000_000 - (at - 3_600_000));
    expect(forecast.bytesPerSecond()).toBe(1_000);
    expect(forecast.fullInMs()).toBe(4_700_000);
  });
});

describe('below the floor', () => {
  test('each halving sheds one more tier, and room brings them back', async () => {
    const { disk, guard, notes, tiers, told, roomAsked } = aGuard(800);
    for (const free of [800, 799, 400, 399, 199, 99]) {
      disk.free = free;
      await guard.look();
    }
    expect(tiers).toEqual([3, 2, 1, 0]);
    expect(guard.isLow).toBe(true);
    disk.free = 805;
    await guard.look();
    expect(tiers.at(-1)).toBe(3); // not all at once: it would only go back and forth around the floor
    disk.free = 900;
    await guard.look();
    expect(tiers.at(-1)).toBe(Number.POSITIVE_INFINITY);
    expect(guard.isLow).toBe(false);
    expect(notes.map(([event]) => event)).toEqual(['disk-low', 'disk-low', 'disk-low', 'disk-low', 'disk-back']);
    expect(told.at(-1)).toContain('has room again');
    expect(roomAsked()).toBe(1);
  });

  test('a disk that does not answer changes nothing', async () => {
    const { disk, guard, tiers } = aGuard(800);
    disk.free = 100;
    await guard.look();
    disk.isBroken = true;
    await guard.look();
    expect(tiers).toEqual([1]);
  });
});

test('tiers follow the order of priorities, whatever their numbers are', () => {
  expect([...shedTiers([1_600, 1_601])]).toEqual([
    [1_600, 0],
    [1_601, 3],
  ]);
  expect([...shedTiers([40, 10, 30, 20, 10]).values()]).toEqual([0, 1, 2, 3]);
  expect([...shedTiers([7, 7]).values()]).toEqual([0]);
  expect([...shedTiers([])]).toEqual([]);
  expect([...shedTiers(Array.from({ length: 9 }, (_, i) => i)).values()]).toEqual([0, 0, 1, 1, 2, 2, 2, 3, 3]);
});
