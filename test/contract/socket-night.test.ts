import { expect, test } from 'vitest';
import { memoryHalves, nightFailures } from './night/night-verdict.ts';
import { SHORT_NIGHT } from './night/scripts.ts';
import { socketNight } from './night/socket-night.ts';

test('a scripted night over real sockets: every frame is on the tape once, whatever happens, and the memory stays flat', async () => {
  const { script, losses } = SHORT_NIGHT;
  const end = await socketNight(script);
  const { kept, memory, sessions } = end;
  const heap = memoryHalves(memory, ({ heapMb }) => heapMb);
  const rss = memoryHalves(memory, ({ rssMb }) => rssMb);
  process.stdout.write(
    `${sessions.length} sessions, ${kept.frames} frames, ${kept.losses.length} losses, ${end.injected.length} faults; heap ${heap.ratio.toFixed(3)}, process ${rss.ratio.toFixed(3)} of the first half\n`,
  );
  expect(nightFailures(end, script, losses), `${script.faults}; losses: ${kept.losses.join(' | ')}`).toEqual([]);
  expect(kept.frames).toBeGreaterThan(10_000);
});
