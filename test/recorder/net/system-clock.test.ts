import { expect, test } from 'vitest';
import { systemClock } from '../../../recorder/net/system-clock.ts';

test('a scaled clock runs its wall time, monotonic time and waits at one pace', async () => {
  const clock = systemClock({ scale: 1_000, startAtNs: 1_700_000_000_000_000_000n });
  const wallBefore = clock.wallNs();
  const monotonicBefore = clock.monotonicNs();
  await clock.sleep(20_000);
  const wall = Number(clock.wallNs() - wallBefore) / 1e6;
  const monotonic = Number(clock.monotonicNs() - monotonicBefore) / 1e6;
  expect(wall).toBeGreaterThanOrEqual(19_000);
  expect(Math.abs(wall - monotonic)).toBeLessThan(wall / 2);
  expect(clock.wallNs() > 1_700_000_000_000_000_000n).toBe(true);
});

test('the monotonic time never goes back, and the wall time is that of the machine', () => {
  const clock = systemClock();
  let last = clock.monotonicNs();
  for (let i = 0; i < 10_000; i++) {
    const next = clock.monotonicNs();
    expect(next >= last).toBe(true);
    last = next;
  }
  expect(Math.abs(Number(clock.wallNs() / 1_000_000n) - Date.now())).toBeLessThan(1_000);
});

test('a cancelled timer does not fire, and an aborted sleep ends at once', async () => {
  const clock = systemClock();
  let fired = false;
  clock.after(0, () => {
    fired = true;
  })();
  const ended = new AbortController();
  const sleep = clock.sleep(1_000_000, ended.signal);
  ended.abort();
  await sleep;
  await clock.sleep(5);
  expect(fired).toBe(false);
});
