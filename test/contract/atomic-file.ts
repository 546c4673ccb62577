import { errorCode } from '../../storage/system-error.ts';
import { type DiskEnd, FaultyDisk } from '../fixtures/faulty-disk.ts';
import type { Random } from '../seeds.ts';

/** A value that is kept in a small file (a manifest, a cursor), as its owner saves and loads it. */
export interface AtomicFile {
  /** The folder that must be there before the first save. */
  readonly folder: string;
  save(disk: FaultyDisk, value: number): Promise<void>;
  /** The value that was saved last, `undefined` before the first; throws when the file is damaged. */
  load(disk: FaultyDisk): Promise<number | undefined>;
}

export interface AtomicFileTally {
  saves: number;
  kills: number;
  powerCuts: number;
  failures: number;
  /** Loads after an end that gave a newer value than was acknowledged. */
  newer: number;
}

const LIVES_MAX = 5;
const SAVES_MAX = 12;

/**
 * The contract of every small file that must survive: after a save resolved, its value or a later one is there whatever happens; never a
 * part of one, never an older one, never a value that nobody saved. Throws where the contract is broken.
 */
export async function checkAtomicFile(file: AtomicFile, random: Random, tally: AtomicFileTally): Promise<void> {
  const disk = new FaultyDisk(random);
  await disk.makeDirectory(file.folder, { recursive: true });
  for (let folder = file.folder; folder !== '.'; folder = folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : '.')
    await disk.syncDirectory(folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : '.');
  let acknowledged = 0;
  let tried = 0;
  for (let lives = random.integer(1, LIVES_MAX); lives > 0; lives--) {
    if (random.chance(0.5))
      disk.faults = { failure: random.pick([0, 0.03]), errors: ['EIO', 'ENOSPC'], shortTransfer: random.pick([0, 0.5]) };
    if (random.chance(0.8)) disk.endAfter(random.integer(0, 40), random.pick<DiskEnd>(['kill', 'power-cut']));
    for (let saves = random.integer(1, SAVES_MAX); saves > 0 && disk.end === undefined; saves--) {
      tried += 1;
      tally.saves += 1;
      const isSaved = await file.save(disk, tried).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Error && (errorCode(error) !== '' || errorCode(error.cause) !== '')) return false;
          throw error;
        },
      );
      if (isSaved) acknowledged = tried;
    }
    tally.failures += disk.failures.length;
    if (disk.end === undefined) disk.endNow(random.pick<DiskEnd>(['kill', 'power-cut']));
    if (disk.end === 'kill') tally.kills += 1;
    else tally.powerCuts += 1;
    disk.restart();
    const found = (await file.load(disk)) ?? 0;
    if (found < acknowledged || found > tried) throw new Error(`loaded ${found}; ${acknowledged} was acknowledged, ${tried} tried`);
    if (found > acknowledged) tally.newer += 1;
  }
}
