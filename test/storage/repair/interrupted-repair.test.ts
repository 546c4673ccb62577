import { expect, test } from 'vitest';
import { repairJournal } from '../../../storage/repair/repair-journal.ts';
import { sessionPaths } from '../../../storage/session-paths.ts';
import { verifyJournal } from '../../../storage/verify.ts';
import { readSession, someRecords, writeSession } from '../journal-fixtures.ts';
import { type DiskOperation, MemoryDisk } from '../memory-disk.ts';

const JOURNAL = 'data/sessions/s/journal';
const PATHS = sessionPaths('data', 's');
const CHANGING: readonly DiskOperation[] = ['write', 'datasync', 'truncate', 'rename', 'remove', 'syncDirectory'];

/** A closed session whose second segment lost a record to a flipped bit, and whose third lost its footer. */
async function aDamagedDisk(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  await writeSession('data', 's', someRecords(60, 71), { disk, segmentBytesMax: 2_500 });
  const second = disk.get(`${JOURNAL}/00000002.tdj`);
  second[140]! ^= 2;
  disk.put(`${JOURNAL}/00000002.tdj`, second);
  disk.put(`${JOURNAL}/00000003.tdj`, disk.get(`${JOURNAL}/00000003.tdj`).subarray(0, -150));
  return disk;
}

function copyOf(disk: MemoryDisk): MemoryDisk {
  const copy = new MemoryDisk();
  for (const path of disk.files.keys()) copy.put(path, disk.get(path));
  return copy;
}

/** Counts the operations that change the disk, and fails at one of them, and at all after it, as a killed process would. */
function failAt(disk: MemoryDisk, place: number): () => number {
  let operations = 0;
  disk.fail = (operation) => {
    if (!CHANGING.includes(operation)) return undefined;
    operations += 1;
    return operations >= place ? 'EIO' : undefined;
  };
  return () => operations;
}

test('a repair that is interrupted anywhere loses nothing, and the next one ends as if it had not been', async () => {
  const damaged = await aDamagedDisk();
  const uninterrupted = copyOf(damaged);
  const count = failAt(uninterrupted, Number.POSITIVE_INFINITY);
  const whole = await repairJournal(uninterrupted, PATHS, [], true);
  expect(whole.recordsLost).toBeGreaterThan(0);
  const expected = await readSession('data', 's', { disk: uninterrupted });
  const torn = [...uninterrupted.files.keys()].filter((path) => path.includes('.tdj.torn-'));
  expect(torn.length).toBeGreaterThan(1);
  const operations = count();
  expect(operations).toBeGreaterThan(20);
  for (let place = 1; place <= operations; place++) {
    const disk = copyOf(damaged);
    failAt(disk, place);
    await expect(repairJournal(disk, PATHS, [], true), `operation ${place}`).rejects.toThrow('EIO');
    disk.fail = () => undefined;
    await repairJournal(disk, PATHS, [], true);
    expect(await readSession('data', 's', { disk }), `operation ${place}`).toEqual(expected);
    for (const path of torn) expect(disk.get(path), `${path}, operation ${place}`).toEqual(uninterrupted.get(path));
    expect((await verifyJournal('data', 's', { disk })).problems, `operation ${place}`).toEqual([]);
  }
});
