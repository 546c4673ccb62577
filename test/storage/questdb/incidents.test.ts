import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '#recorder';
import { type SyncNews, syncFrames } from '../../../storage/questdb/frame-sync.ts';
import { recordSource } from '../../../storage/questdb/sync-source.ts';
import { type BatchFate, MemoryQuest } from '../../fixtures/memory-quest.ts';
import { aDataDir, aRecord, START_NS, writeSession } from '../journal-fixtures.ts';

const RECORDS = 1_000;
const BATCH_ROWS = 50;
/** The copy waits and tries again in seconds; here they pass a hundred times as fast. */
const SCALE = 100;

interface Copy {
  readonly quest: MemoryQuest;
  readonly news: readonly SyncNews[];
  readonly result: Awaited<ReturnType<typeof syncFrames>>;
}

async function copyWith(fateOf: (batch: number) => BatchFate): Promise<Copy> {
  const quest = await MemoryQuest.start(fateOf);
  onTestFinished(() => quest.stop());
  const dataDir = aDataDir();
  await writeSession(
    dataDir,
    's',
    Array.from({ length: RECORDS }, (_, i) =>
      aRecord({ receivedAtNs: START_NS + BigInt(i) * 1_000n, monotonicNs: BigInt(i), payload: new TextEncoder().encode(`frame ${i}`) }),
    ),
  );
  const news: SyncNews[] = [];
  const { source } = await recordSource(dataDir, 's', { follow: false });
  const result = await syncFrames({
    ...{ dataDir, session: 's', source, server: quest.address, batchRowsMax: BATCH_ROWS },
    ...{ channelOf: () => 'trade', clock: systemClock({ scale: SCALE }), patienceMs: 600_000, onNews: (one) => news.push(one) },
  });
  return { quest, news, result };
}

/** Every record once, with its own bytes. */
function expectWhole({ quest, result }: Copy): void {
  expect(result).toMatchObject({ records: RECORDS, isWhole: true });
  const sequences = [...quest.rows.keys()].sort((a, b) => a - b);
  expect(sequences).toEqual(Array.from({ length: RECORDS }, (_, i) => i));
  for (const [sequence, { payload }] of quest.rows) expect(payload).toBe(`frame ${sequence}`);
}

describe('incident 12: a database client that lost the rows of a failed flush', () => {
  test.each<readonly [BatchFate, string, RegExp]>([
    ['cut off', 'unreachable', /does not answer/],
    ['error 500', 'server', /answered 500/],
    ['acknowledged and lost', 'lost', /shows \d+ of \d+ rows that were acknowledged/],
  ])('a batch that is %s is sent again from its first row, and the trouble is told', async (fate, trouble, words) => {
    const copy = await copyWith((batch) => (batch === 7 ? fate : 'taken'));
    expectWhole(copy);
    expect(copy.result.troubles).toBe(1);
    expect(copy.news.filter(({ kind }) => kind === 'trouble')).toMatchObject([{ trouble, message: expect.stringMatching(words) }]);
    const [first, last] = copy.quest.batches[7]!;
    const again = copy.quest.batches.slice(8).filter(([from, to, is]) => is === 'taken' && from <= first && to >= last);
    expect(again.length).toBeGreaterThan(0);
  });

  test('three in a row, and each kind in turn, lose nothing and write nothing twice', async () => {
    const fates: readonly BatchFate[] = ['taken', 'cut off', 'cut off', 'cut off', 'taken', 'error 500', 'acknowledged and lost'];
    const copy = await copyWith((batch) => fates[batch] ?? 'taken');
    expectWhole(copy);
    expect(copy.result.troubles).toBeGreaterThanOrEqual(5);
  });

  test('without a failure nothing is sent twice and nothing is told', async () => {
    const copy = await copyWith(() => 'taken');
    expectWhole(copy);
    expect(copy.result).toMatchObject({ troubles: 0, rowsSent: RECORDS });
    expect(copy.news.filter(({ kind }) => kind === 'trouble')).toEqual([]);
  });
});
