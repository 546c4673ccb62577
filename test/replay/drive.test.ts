import { expect, test } from 'vitest';
import { drive } from '../../replay/drive.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { checkSeedsAsync } from '../seeds.ts';

/** Plays tapes given as lists of receive times and says which record came when, as `tape:sequence`. */
async function order(...tapes: readonly (readonly number[])[]): Promise<string[]> {
  const visited: string[] = [];
  const memory = tapes.map(
    (times) =>
      new MemoryTape(
        times.map((atUs) => aRecord({ atUs })),
        { batchSize: 2 },
      ),
  );
  await drive(memory, (record, tape) => visited.push(`${tape}:${record.sequence}`));
  return visited;
}

test('one tape is played in its sequence, whatever its times say', async () => {
  expect(await order([5, 3, 9, 1])).toEqual(['0:0', '0:1', '0:2', '0:3']);
});

test('several tapes are merged by tape time, ties in the order given', async () => {
  expect(await order([1, 4, 6], [1, 2, 6])).toEqual(['0:0', '1:0', '1:1', '0:1', '0:2', '1:2']);
});

test('a clock that goes back does not pull a record before the ones of its own tape', async () => {
  expect(await order([10, 2, 11], [5, 10, 12])).toEqual(['1:0', '0:0', '0:1', '1:1', '0:2', '1:2']);
});

test('empty tapes and one tape alone are fine', async () => {
  expect(await order([], [3], [])).toEqual(['1:0']);
  expect(await order([])).toEqual([]);
});

test('a merge has every record of every tape once, each tape in its sequence', () =>
  checkSeedsAsync(50, async (random) => {
    const times = () => Array.from({ length: random.integer(0, 20) }, () => random.integer(0, 50));
    const tapes = Array.from({ length: random.integer(1, 4) }, times);
    const visited = await order(...tapes);
    tapes.forEach((own, tape) => {
      expect(visited.filter((name) => name.startsWith(`${tape}:`))).toEqual(own.map((_, sequence) => `${tape}:${sequence}`));
    });
  }));

test('between batches a slow target is waited for, and an abort stops', async () => {
  let waits = 0;
  const stop = new AbortController();
  const tape = new MemoryTape(
    [1, 2, 3, 4, 5].map((atUs) => aRecord({ atUs })),
    { batchSize: 2 },
  );
  const records = await drive([tape], () => undefined, {
    signal: stop.signal,
    betweenBatches: async () => {
      waits += 1;
      if (waits === 2) stop.abort();
    },
  });
  expect([records, waits]).toEqual([4, 2]);
});
