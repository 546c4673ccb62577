import { dirname, join } from 'node:path';
import { TapedeckError } from '#domain';
import { JournalTape } from '../../storage/journal-tape.ts';
import { JournalWriter } from '../../storage/journal-writer.ts';
import type { RepairReport } from '../../storage/repair/repair-report.ts';
import { repairSession } from '../../storage/repair/repair-session.ts';
import { copySession } from '../../storage/retention/copy-session.ts';
import { sealTape } from '../../storage/seal.ts';
import { sessionPaths } from '../../storage/session-paths.ts';
import { verifySession } from '../../storage/session-verify.ts';
import { type DiskEnd, FaultyDisk, type PlannedFault } from '../fixtures/faulty-disk.ts';
import type { Random } from '../seeds.ts';
import { appendAll, collect, type StoredRecord, someRecords, writeSession } from './journal-fixtures.ts';
import { DATA, SESSION } from './journal-ordeal.ts';

const COPY = 'elsewhere/copy';
const PATHS = sessionPaths(DATA, SESSION);
const LIVES_MAX = 3;
const ENDS: readonly DiskEnd[] = ['kill', 'power-cut'];
/** How a repair on a failing disk may end; anything else is a bug. */
const CODES = /^(PARQUET|SEAL|JOURNAL)_(IO|DISK_FULL|PERMISSION|FILES_MAX)$|^(SEAL_DIFFERS|FILE_DIFFERS|JOURNAL_DIFFERS)$/;
/** Operations that a repair has few of, and that matter most. */
const PLACES: readonly PlannedFault[] = [
  { operation: 'rename', path: '1.tdj.tmp' },
  { operation: 'rename', path: '2.tdj.tmp' },
  { operation: 'rename', path: '1.tdx.tmp' },
  { operation: 'rename', path: 'session.json.tmp' },
  { operation: 'rename', path: 'session.json.torn-0.tmp' },
  { operation: 'rename', path: 'repair-1.json.tmp' },
  { operation: 'rename', path: 'session=s' },
  { operation: 'rename', path: '_sealing-s/new' },
  { operation: 'syncDirectory', path: 's/journal' },
  { operation: 'syncDirectory', path: 'sessions/s' },
  { operation: 'syncDirectory', path: 'data/parquet' },
];
const channelOf = () => 'c';

export interface RepairTally {
  lives: number;
  kills: number;
  powerCuts: number;
  failures: number;
  /** Repairs that gave an error. */
  told: number;
  /** Files that were damaged before. */
  damaged: number;
  /** Schedules of sessions that nobody closed, and of those with a segment whose sync failed. */
  open: number;
  unsynced: number;
  /** Records that came back from copies, and that were in none. */
  restored: number;
  lost: number;
}

export function newRepairTally(): RepairTally {
  return { lives: 0, kills: 0, powerCuts: 0, failures: 0, told: 0, damaged: 0, open: 0, unsynced: 0, restored: 0, lost: 0 };
}

/**
 * One damaged or unfinished session that is repaired on a faulty disk, killed or cut off at any operation, and repaired again. Whatever happens, a repair on a disk that
 * works makes of what is left what it would have made of the session in the first place: the same tape, and the same bytes kept beside it.
 */
export class RepairOrdeal {
  readonly #random: Random;
  readonly #tally: RepairTally;
  readonly #disk: FaultyDisk;
  /** What a repair without faults made of the session. */
  #expected: Repaired = { report: undefined, records: [], files: new Map() };
  #operations = 0;
  /** False while the session holds what a power cut may take before any repair. */
  #isSure = true;
  #hasCopy = false;

  constructor(random: Random, tally: RepairTally) {
    this.#random = random;
    this.#tally = tally;
    this.#disk = new FaultyDisk(random);
    this.#disk.spared = ['.unsynced.tmp'];
  }

  async run(): Promise<void> {
    await this.#make();
    const calm = await this.#calmCopy();
    const before = calm.operations;
    this.#expected = await this.#repaired(calm);
    this.#operations = calm.operations - before;
    for (let lives = this.#random.integer(1, LIVES_MAX); lives > 0; lives--) await this.#live();
    await this.#finish();
  }

  async #make(): Promise<void> {
    const [disk, random] = [this.#disk, this.#random];
    const records = someRecords(random.integer(1, 40), random.integer(1, 1_000_000));
    const segmentBytesMax = random.pick([1500, 3000, 1_000_000]);
    if (random.chance(0.3)) {
      await this.#makeOpen(records, segmentBytesMax);
    } else {
      await writeSession(DATA, SESSION, records, { disk, segmentBytesMax });
      if (random.chance(0.6))
        await sealTape(await JournalTape.open(DATA, SESSION, { disk }), { dataDir: DATA, disk, channelOf, partRowsMax: 25 });
      this.#hasCopy = disk.has(PATHS.parquetDir) && random.chance(0.5);
      if (this.#hasCopy) await copySession(DATA, COPY, SESSION, { disk });
    }
    for (let damages = random.integer(0, 3); damages > 0; damages--) await this.#damage();
  }

  /** A session whose recorder was killed, perhaps after a sync that failed. */
  async #makeOpen(records: ReturnType<typeof someRecords>, segmentBytesMax: number): Promise<void> {
    const [disk, random] = [this.#disk, this.#random];
    const writer = await JournalWriter.create(DATA, SESSION, { disk, segmentBytesMax, syncIntervalMs: 0 });
    this.#tally.open += 1;
    const sure = random.integer(0, records.length);
    appendAll(writer, records.slice(0, sure));
    await writer.flush();
    this.#isSure = random.chance(0.5);
    if (!this.#isSure) {
      appendAll(writer, records.slice(sure));
      await writer.drain();
      if (random.chance(0.5)) {
        disk.failAt({ operation: 'datasync', path: '.tdj' });
        await writer.flush().catch(() => undefined);
        this.#tally.unsynced += disk.failures.length;
      }
    }
    disk.endNow('kill');
    await writer.abandon().catch(() => undefined);
    disk.restart();
  }

  async #damage(): Promise<void> {
    const [disk, random] = [this.#disk, this.#random];
    const names = [...disk.snapshot(DATA).keys()].filter((name) => !name.endsWith('.tmp'));
    if (names.length === 0) return;
    const path = join(DATA, random.pick(names));
    this.#tally.damaged += 1;
    if (random.chance(0.2)) {
      await disk.remove(path);
      return disk.syncDirectory(dirname(path));
    }
    const file = await disk.open(path, 'update');
    const size = await file.size();
    const at = random.integer(0, Math.max(0, size - 1));
    if (random.chance(0.3)) await file.truncate(at);
    else if (random.chance(0.2)) await file.write([random.bytes(random.integer(1, 100))], size);
    else await file.write([random.bytes(random.integer(1, 3))], at);
    await file.datasync();
  }

  async #live(): Promise<void> {
    const [disk, random] = [this.#disk, this.#random];
    this.#tally.lives += 1;
    disk.faults = random.pick([
      {},
      { shortTransfer: 0.3, failure: random.pick([0, 0.005, 0.02]), errors: ['EIO', 'ENOSPC', 'EDQUOT', 'EMFILE'] },
      { wrongBit: random.pick([0.05, 0.3]) },
    ]);
    if (random.chance(0.2)) disk.capacityBytes = usedBytes(disk) + random.integer(0, 5000);
    if (random.chance(0.5)) disk.endAfter(random.integer(0, this.#operations), this.#someEnd());
    else if (random.chance(0.7)) disk.failAt({ ...random.pick(PLACES), ...(random.chance(0.8) ? { end: this.#someEnd() } : {}) });
    try {
      const report = await this.#repair(disk);
      const failures = disk.failures.filter((failure) => !/ (read|open|look|close) .*parquet/.test(failure));
      if (failures.length > 0 && report.remaining.length === 0) throw new Error(`nobody was told of: ${failures.join('; ')}`);
      this.#isSure = true;
    } catch (error) {
      if (disk.end === undefined && !(error instanceof TapedeckError && CODES.test(error.code))) throw error;
      this.#tally.told += 1;
    }
    this.#tally.failures += disk.failures.length;
    if (disk.end === undefined) disk.endNow(this.#someEnd());
    if (disk.end === 'kill') this.#tally.kills += 1;
    else this.#tally.powerCuts += 1;
    disk.restart();
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    await this.#check(await this.#repaired(await this.#calmCopy()));
  }

  #someEnd(): DiskEnd {
    return this.#isSure ? this.#random.pick(ENDS) : 'kill';
  }

  #repair(disk: FaultyDisk): Promise<RepairReport> {
    return repairSession(DATA, SESSION, { disk, channelOf, ...(this.#hasCopy ? { copyDir: COPY } : {}) });
  }

  /** What a repair makes of a session on a disk that works. */
  async #repaired(disk: FaultyDisk): Promise<Repaired> {
    const report = await this.#repair(disk);
    const again = await this.#repair(disk);
    if (again.actions.length > 0) throw new Error(`a second repair finds more to do: ${JSON.stringify(again.actions)}`);
    const records = disk.has(PATHS.journalDir) ? await collect((await JournalTape.open(DATA, SESSION, { disk })).batches()) : [];
    return { report, records, files: disk.snapshot(DATA) };
  }

  async #check({ report, records, files }: Repaired): Promise<void> {
    const expected = this.#expected;
    if (report?.tapeDigest !== expected.report?.tapeDigest)
      throw new Error(
        `a repair makes ${records.length} records, uninterrupted it made ${expected.records.length}; lost ${report?.recordsLost}, ${expected.report?.recordsLost}`,
      );
    if (JSON.stringify(report?.remaining) !== JSON.stringify(expected.report?.remaining))
      throw new Error(`a repair leaves ${JSON.stringify(report?.remaining)}, uninterrupted ${JSON.stringify(expected.report?.remaining)}`);
    const kept = new Set([...files].filter(([path]) => isKept(path)).map(([, bytes]) => Buffer.from(bytes).toString('hex')));
    for (const [path, bytes] of expected.files)
      if (isKept(path) && !kept.has(Buffer.from(bytes).toString('hex'))) throw new Error(`${path} is not kept`);
  }

  /** The disk works: the session is repaired, and a power cut takes nothing of it. */
  async #finish(): Promise<void> {
    const disk = this.#disk;
    const repaired = await this.#repaired(disk);
    await this.#check(repaired);
    disk.endNow('power-cut');
    disk.restart();
    await this.#check({ ...(await this.#repaired(disk)), report: repaired.report });
    const { tapeDigest, problems } = await verifySession(DATA, SESSION, { disk });
    if (tapeDigest !== repaired.report?.tapeDigest) throw new Error('a power cut took what was repaired');
    if (JSON.stringify(problems) !== JSON.stringify(repaired.report.remaining))
      throw new Error(`a power cut left ${JSON.stringify(problems)}`);
    for (const { kind, records = 0 } of this.#expected.report?.actions ?? [])
      if (kind === 'records-restored') this.#tally.restored += records;
    this.#tally.lost += this.#expected.report?.recordsLost ?? 0;
  }

  /** The files as they are now, on a disk that works. */
  async #calmCopy(): Promise<FaultyDisk> {
    const copy = new FaultyDisk(this.#random);
    for (const folder of [DATA, COPY])
      for (const [path, bytes] of this.#disk.snapshot(folder)) {
        await copy.makeDirectory(dirname(join(folder, path)), { recursive: true });
        const file = await copy.open(join(folder, path), 'create');
        await file.write([bytes], 0);
      }
    if (this.#disk.has(PATHS.journalDir)) await copy.makeDirectory(PATHS.journalDir, { recursive: true });
    return copy;
  }
}

interface Repaired {
  readonly report: RepairReport | undefined;
  readonly records: readonly StoredRecord[];
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** What a repair cut from a file, or a copy of another tape. */
function isKept(path: string): boolean {
  return path.includes('.torn-') || path.includes('_damaged-');
}

function usedBytes(disk: FaultyDisk): number {
  let bytes = 0;
  for (const folder of [DATA, COPY]) for (const file of disk.snapshot(folder).values()) bytes += file.length;
  return bytes;
}
