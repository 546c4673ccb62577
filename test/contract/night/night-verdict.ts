import type { MemorySample } from './recorder-process.ts';
import type { NightEnd, NightScript } from './socket-night.ts';

/** How much more than in its first half a recorder may need in its second. A leak of 100 bytes a frame would be some twenty per cent of the heap in an hour. */
const HEAP_RATIO_MAX = 1.1;
const RSS_RATIO_MAX = 1.15;

/** Medians of one half of a night, in MB. */
export interface MemoryHalves {
  readonly first: number;
  readonly second: number;
  readonly ratio: number;
}

export function memoryHalves(memory: readonly MemorySample[], of: (sample: MemorySample) => number): MemoryHalves {
  const middle = Math.floor(memory.length / 2);
  const [first, second] = [median(memory.slice(0, middle).map(of)), median(memory.slice(middle).map(of))];
  return { first, second, ratio: second / first };
}

/** What a night broke of its promises, in words; nothing for a good one. `losses` are those that its faults must make, by a part of their reason. */
export function nightFailures(
  { sessions, kept, memory, tokenEnds, injected }: NightEnd,
  script: NightScript,
  losses: readonly RegExp[],
): readonly string[] {
  const failures = [...kept.differences];
  const promise = (holds: boolean, words: string) => {
    if (!holds) failures.push(words);
  };
  const ended = sessions.map(({ reason }) => reason);
  promise(ended.length === script.windows.length && ended.every((reason) => reason === 'until'), `sessions ended: ${ended.join(', ')}`);
  for (const reason of losses)
    promise(
      kept.losses.some((loss) => reason.test(loss)),
      `no loss like ${reason} in ${kept.losses.join(' | ')}`,
    );
  // One that a window ends in has no end of its own.
  const open = kept.losses.length - kept.gaps;
  promise(open >= 0 && open <= 2 * script.windows.length, `${kept.losses.length} losses and ${kept.gaps} gaps`);
  promise(tokenEnds >= 2, `the token was not renewed: ${tokenEnds} ends`);
  promise(kept.rateLimited > 0 && kept.answered > 0, `${kept.rateLimited} calls were too many, ${kept.answered} were answered`);
  for (const channel of ['H0STCNT0', 'H0STMKO0', 'H0MFCNT0', '0B', '1h'])
    promise((kept.channels.get(channel) ?? 0) > 0, `nothing of channel ${channel}`);
  const planned = script.faults
    .split(',')
    .filter((fault) => !fault.startsWith('seed='))
    .map((fault) => fault.split(/[@:]/)[0]!);
  for (const fault of planned)
    promise(injected.includes(fault) || injected.some((found) => found.endsWith(`/${fault}`)), `${fault} did not happen`);
  const heap = memoryHalves(memory, ({ heapMb }) => heapMb);
  promise(heap.ratio <= HEAP_RATIO_MAX, `the heap grew: ${JSON.stringify(heap)}`);
  const rss = memoryHalves(memory, ({ rssMb }) => rssMb);
  promise(rss.ratio <= RSS_RATIO_MAX, `the process grew: ${JSON.stringify(rss)}`);
  return failures;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
