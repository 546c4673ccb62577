import { dirname, join } from 'node:path';
import { TapedeckError } from '#domain';
import { JournalTape } from '../../storage/journal-tape.ts';
import { decodeParquetManifest, PARQUET_MANIFEST_NAME } from '../../storage/parquet-manifest.ts';
import { verifyParquet } from '../../storage/parquet-verify.ts';
import { keepRetention, type RetentionReport } from '../../storage/retention/keep-retention.ts';
import type { RetentionPolicy } from '../../storage/retention/retention-policy.ts';
import { sealTape } from '../../storage/seal.ts';
import { decodeManifest } from '../../storage/session-manifest.ts';
import { segmentNumber, sessionPaths } from '../../storage/session-paths.ts';
import { verifySession } from '../../storage/session-verify.ts';
import { verifyJournal } from '../../storage/verify.ts';
import { type DiskEnd, FaultyDisk, type PlannedFault } from '../fixtures/faulty-disk.ts';
import type { Random } from '../seeds.ts';
import { START_NS, someRecords, writeSession } from './journal-fixtures.ts';
import { DATA } from './journal-ordeal.ts';

const COPY = 'elsewhere/copy';
const LIVES_MAX = 3;
const ENDS: readonly DiskEnd[] = ['kill', 'power-cut'];
/** How a round on a failing disk may end; anything else is a bug. */
const CODES =
  /^(RETENTION|PARQUET|SEAL|JOURNAL)_(IO|DISK_FULL|PERMISSION|FILES_MAX)$|^(RETENTION_FREED_NOTHING|RETENTION_CORRUPT|SEAL_DIFFERS|FILE_DIFFERS)$/;
/** Operations that a night has few of, and that matter most. */
const PLACES: readonly PlannedFault[] = [
  { operation: 'remove', path: '1.tdj' },
  { operation: 'remove', path: '1.tdx' },
  { operation: 'remove', path: '2.tdj' },
  { operation: 'rename', path: 'retention.json.tmp' },
  { operation: 'syncDirectory', path: 'sessions/s0' },
  { operation: 'syncDirectory', path: 'sessions/s0/journal' },
  { operation: 'rename', path: 'session.json.tmp' },
  { operation: 'rename', path: '_manifest.json.tmp' },
  { operation: 'rename', path: '_sealing-s0/new' },
  { operation: 'syncDirectory', path: 'data/parquet' },
  { operation: 'syncDirectory', path: 'session=s0' },
];
const NOW_NS = START_NS + 31n * 86_400_000_000_000n;

export interface RetentionTally {
  lives: number;
  kills: number;
  powerCuts: number;
  failures: number;
  /** Rounds that gave an error. */
  told: number;
  /** Sessions that a round could not copy, or could not free. */
  reported: number;
  copied: number;
  removed: number;
  /** Lives that ended with some files of a journal gone and some not. */
  halfRemoved: number;
}

export function newRetentionTally(): RetentionTally {
  return { lives: 0, kills: 0, powerCuts: 0, failures: 0, told: 0, reported: 0, copied: 0, removed: 0, halfRemoved: 0 };
}

interface Tape {
  readonly session: string;
  readonly seed: number;
  readonly count: number;
  readonly segmentBytesMax: number;
}

/**
 * Nights of retention on a faulty disk that holds the sessions and their copies: sealed, copied and removed, killed or cut off at any operation, and gone on with
 * in the next night. Whatever happens, each session has a whole store, a journal goes only after its copies are sure, and a night without faults ends the same.
 */
export class RetentionOrdeal {
  readonly #random: Random;
  readonly #tally: RetentionTally;
  readonly #disk: FaultyDisk;
  readonly #policy: RetentionPolicy;
  readonly #tapes: readonly Tape[];
  readonly #digests = new Map<string, string>();
  /** The same nights without faults, and the files of the sessions before the first journal was removed. */
  readonly #calm: FaultyDisk;
  /** About how many operations a night has. */
  #nightOperations = 0;
  #original = new Map<string, Uint8Array>();

  constructor(random: Random, tally: RetentionTally) {
    this.#random = random;
    this.#tally = tally;
    this.#disk = new FaultyDisk(random);
    this.#calm = new FaultyDisk(random);
    this.#policy = { rules: [{ sessions: '*', keepDays: 30 }], ...(random.chance(0.7) ? { copyDir: COPY } : {}) };
    this.#tapes = Array.from({ length: random.integer(1, 2) }, (_, i) => ({
      session: `s${i}`,
      seed: random.integer(1, 1_000_000),
      count: random.integer(1, 40),
      segmentBytesMax: random.pick([1500, 1_000_000]),
    }));
  }

  async run(): Promise<void> {
    await this.#record(this.#calm);
    const recorded = this.#calm.operations;
    await this.#seal(this.#calm);
    this.#original = this.#calm.snapshot(DATA);
    await this.#keep(this.#calm);
    this.#nightOperations = this.#calm.operations - recorded;
    await this.#record(this.#disk);
    for (let lives = this.#random.integer(1, LIVES_MAX); lives > 0; lives--) await this.#live();
    await this.#finish();
  }

  async #record(disk: FaultyDisk): Promise<void> {
    for (const { session, seed, count, segmentBytesMax } of this.#tapes) {
      const { tapeDigest } = await writeSession(DATA, session, someRecords(count, seed), { disk, segmentBytesMax });
      this.#digests.set(session, tapeDigest);
    }
  }

  async #live(): Promise<void> {
    const [disk, random] = [this.#disk, this.#random];
    this.#tally.lives += 1;
    disk.faults = random.pick([
      {},
      { shortTransfer: 0.3, failure: random.pick([0, 0.005, 0.02]), errors: ['EIO', 'ENOSPC', 'EDQUOT', 'EMFILE'] },
      { wrongBit: random.pick([0.05, 0.3]) },
    ]);
    if (random.chance(0.2)) disk.capacityBytes = usedBytes(disk) + random.integer(0, 30_000);
    const end = random.pick(ENDS);
    if (random.chance(0.5)) disk.endAfter(random.integer(0, this.#nightOperations), end);
    else if (random.chance(0.8)) disk.failAt({ ...random.pick(PLACES), ...(random.chance(0.7) ? { end } : {}) });
    const report = await this.#night(random.chance(0.6));
    this.#checkTold(report);
    this.#tally.failures += disk.failures.length;
    if (disk.end === undefined) disk.endNow(random.pick(ENDS));
    if (disk.end === 'kill') this.#tally.kills += 1;
    else this.#tally.powerCuts += 1;
    disk.restart();
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    await this.#check();
  }

  /** Seals what is closed, on most nights, then one round of retention; an error that it may end with is its report. */
  async #night(isSealing: boolean): Promise<RetentionReport | TapedeckError> {
    const sealed = isSealing ? await this.#attempt(() => this.#seal(this.#disk)) : undefined;
    const report = await this.#attempt(() => this.#keep(this.#disk));
    if (report instanceof TapedeckError) return report;
    this.#tally.copied += report.copies.filter(({ filesCopied }) => filesCopied > 0).length;
    this.#tally.removed += report.sessions.filter(({ outcome }) => outcome === 'removed').length;
    this.#tally.reported += report.copyProblems.length + report.sessions.filter(({ outcome }) => outcome === 'blocked').length;
    return sealed instanceof TapedeckError ? sealed : report;
  }

  async #attempt<T>(action: () => Promise<T>): Promise<T | TapedeckError> {
    try {
      return await action();
    } catch (error) {
      const isOurs = error instanceof TapedeckError && CODES.test(error.code);
      if (!isOurs && this.#disk.end === undefined) throw error;
      this.#tally.told += 1;
      return isOurs ? error : new TapedeckError('RETENTION_IO', String(error));
    }
  }

  async #seal(disk: FaultyDisk): Promise<void> {
    for (const { session } of this.#tapes) {
      if (disk.has(sessionPaths(DATA, session).removedPath)) continue;
      const tape = await JournalTape.open(DATA, session, { disk }).catch((error: unknown) => {
        throw error instanceof TapedeckError ? error : new TapedeckError('JOURNAL_IO', String(error));
      });
      await sealTape(tape, { dataDir: DATA, disk, partRowsMax: 25, channelOf: (record) => `c${record.payloadLength % 3}` });
    }
  }

  #keep(disk: FaultyDisk): Promise<RetentionReport> {
    return keepRetention(DATA, this.#policy, { nowNs: NOW_NS, disk, freeBytes: () => Promise.resolve(1), freeBytesMin: 0 });
  }

  /** Each failure is in the report of the round, or the error that it ended with. */
  #checkTold(report: RetentionReport | TapedeckError): void {
    const disk = this.#disk;
    if (disk.end !== undefined || disk.failures.length === 0 || report instanceof TapedeckError) return;
    const isTold =
      report.copyProblems.length > 0 ||
      report.sessions.some(({ outcome, reason }) => outcome === 'blocked' || /EIO|ENOSPC|EDQUOT|EMFILE/.test(reason));
    const others = disk.failures.filter((failure) => !/ (read|open|look|close) .*(parquet|sealing)/.test(failure));
    if (!isTold && others.length > 0) throw new Error(`nobody was told of: ${others.join('; ')}`);
  }

  async #check(): Promise<void> {
    for (const { session } of this.#tapes) await this.#checkSession(session);
    this.#checkCopyFolder();
  }

  async #checkSession(session: string): Promise<void> {
    const disk = this.#disk;
    const paths = sessionPaths(DATA, session);
    const hasSealed = await this.#isSealed(DATA, session);
    const names = [...disk.snapshot(paths.journalDir).keys()].filter((name) => segmentNumber(name) !== undefined);
    const manifest = decodeManifest(disk.snapshot(paths.sessionDir).get('session.json')!);
    if (typeof manifest === 'string') throw new Error(`session.json is damaged: ${manifest}`);
    const isGone = manifest.files.filter(({ name }) => segmentNumber(name) !== undefined).length > names.length;
    if (!isGone) {
      const { problems, tapeDigest, state } = await verifyJournal(DATA, session, { disk });
      if (problems.length > 0) throw new Error(`the journal has problems: ${JSON.stringify(problems)}`);
      if (tapeDigest !== this.#digests.get(session)) throw new Error(`the ${state} journal holds another tape`);
      return;
    }
    if (names.length > 0) this.#tally.halfRemoved += 1;
    if (!hasSealed) throw new Error(`the journal of ${session} is gone, and so is its sealed copy`);
    if (!disk.has(paths.removedPath)) throw new Error('the journal is gone, and nothing says so');
    if (this.#policy.copyDir !== undefined) await this.#checkCopy(session);
    const { ok, problems, tapeDigest } = await verifySession(DATA, session, { disk });
    if (!ok || tapeDigest !== this.#digests.get(session)) throw new Error(`the session has problems: ${JSON.stringify(problems)}`);
  }

  async #isSealed(dataDir: string, session: string): Promise<boolean> {
    const found = await verifyParquet(dataDir, session, this.#disk);
    return found !== undefined && found.problems.length === 0 && found.tapeDigest === this.#digests.get(session);
  }

  /** A journal was removed: the copy of the session must be whole. */
  async #checkCopy(session: string): Promise<void> {
    const disk = this.#disk;
    if (!(await this.#isSealed(COPY, session)))
      throw new Error(`the journal of ${session} is gone, and its sealed copy elsewhere is not whole`);
    const { problems, tapeDigest } = await verifyJournal(COPY, session, { disk });
    if (problems.length > 0 || tapeDigest !== this.#digests.get(session))
      throw new Error(`the journal of ${session} is gone, and its copy is not whole: ${JSON.stringify(problems)}`);
  }

  /** A file that has its own name there is whole, and a manifest is there only when all that it names is. */
  #checkCopyFolder(): void {
    const files = this.#disk.snapshot(COPY);
    for (const [path, bytes] of files) {
      if (path.endsWith('.tmp')) continue;
      if (Buffer.compare(this.#original.get(path)!, bytes) !== 0) throw new Error(`${path} was copied and is not what it was`);
      const missing = namedBy(path, bytes).find((name) => !files.has(name));
      if (missing !== undefined) throw new Error(`${path} was copied, and names ${missing}, which is not there`);
    }
  }

  /** The disk works: one more night ends as a first night without faults, and another changes nothing. */
  async #finish(): Promise<void> {
    const [disk, calm] = [this.#disk, this.#calm];
    const report = await this.#night(true);
    if (report instanceof TapedeckError && report.code !== 'RETENTION_FREED_NOTHING') throw report;
    this.#same(disk, calm, DATA);
    this.#same(disk, calm, COPY);
    const changes = disk.changes;
    await this.#night(true);
    if (disk.changes !== changes) throw new Error(`another night made ${disk.changes - changes} changes`);
    disk.endNow('power-cut');
    disk.restart();
    await this.#check();
    // A file whose removal was not yet sure may be back; the next night sees it.
    await this.#night(true);
    this.#same(disk, calm, DATA);
    this.#same(disk, calm, COPY);
  }

  #same(disk: FaultyDisk, calm: FaultyDisk, folder: string): void {
    const [found, expected] = [disk.snapshot(folder), calm.snapshot(folder)];
    for (const path of new Set([...found.keys(), ...expected.keys()])) {
      const [a, b] = [found.get(path), expected.get(path)];
      if (a === undefined || b === undefined || Buffer.compare(a, b) !== 0)
        throw new Error(
          `after a night without faults ${folder}/${path} is ${a === undefined ? 'missing' : b === undefined ? 'too many' : 'not the same'}`,
        );
    }
  }
}

/** The files that a manifest in a data folder names, as paths within it. */
function namedBy(path: string, bytes: Uint8Array): readonly string[] {
  const folder = dirname(path);
  if (path.endsWith(PARQUET_MANIFEST_NAME)) {
    const manifest = decodeParquetManifest(bytes);
    return typeof manifest === 'string' ? [] : manifest.parts.map((part) => join(folder, part.path));
  }
  if (!path.endsWith('session.json')) return [];
  const manifest = decodeManifest(bytes);
  return typeof manifest === 'string' ? [] : manifest.files.map(({ name }) => join(folder, 'journal', name));
}

function usedBytes(disk: FaultyDisk): number {
  let bytes = 0;
  for (const folder of [DATA, COPY]) for (const file of disk.snapshot(folder).values()) bytes += file.length;
  return bytes;
}
