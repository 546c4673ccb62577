import { join } from 'node:path';
import { type RecordBody, TapedeckError } from '#domain';
import { JournalTape } from '../../storage/journal-tape.ts';
import { partFault } from '../../storage/parquet-check.ts';
import { decodeParquetManifest, PARQUET_MANIFEST_NAME } from '../../storage/parquet-manifest.ts';
import { verifyParquet } from '../../storage/parquet-verify.ts';
import { type SealResult, sealTape } from '../../storage/seal.ts';
import { sessionPaths } from '../../storage/session-paths.ts';
import { type DiskEnd, FaultyDisk } from '../fixtures/faulty-disk.ts';
import type { Random } from '../seeds.ts';
import { someRecords, writeSession } from './journal-fixtures.ts';
import { DATA, SESSION } from './journal-ordeal.ts';

const PATHS = sessionPaths(DATA, SESSION);
const LIVES_MAX = 3;
const ENDS: readonly DiskEnd[] = ['kill', 'power-cut'];
/** How a seal on a failing disk may end; anything else is a bug. */
const CODES =
  /^(SEAL|JOURNAL|PARQUET)_(IO|DISK_FULL|PERMISSION|FILES_MAX)$|^(SEAL_DIFFERS|PARQUET_CORRUPT|JOURNAL_CORRUPT|MANIFEST_CORRUPT)$/;

export interface SealTally {
  lives: number;
  kills: number;
  powerCuts: number;
  failures: number;
  told: number;
  /** Seals that succeeded in spite of it all, or before it. */
  sealed: number;
  /** Seals that refused what they read back. */
  refused: number;
}

export function newSealTally(): SealTally {
  return { lives: 0, kills: 0, powerCuts: 0, failures: 0, told: 0, sealed: 0, refused: 0 };
}

/**
 * One closed session that is sealed on a faulty disk, killed or cut off at any operation, and sealed again. Whatever happens, a sealed copy is
 * whole or not there, a manifest names only files that are whole, and a seal that said it is done stays done.
 */
export class SealOrdeal {
  readonly #random: Random;
  readonly #tally: SealTally;
  readonly #disk: FaultyDisk;
  readonly #partRowsMax: number;
  /** An earlier, damaged copy was made, and may be there until a seal is done. */
  #hasDamagedCopy = false;
  #sealed: SealResult | undefined;

  constructor(random: Random, tally: SealTally) {
    this.#random = random;
    this.#tally = tally;
    this.#disk = new FaultyDisk(random);
    this.#partRowsMax = random.integer(5, 40);
  }

  async run(): Promise<void> {
    const random = this.#random;
    await writeSession(DATA, SESSION, tapeOf(random), { disk: this.#disk, segmentBytesMax: random.pick([2000, 1_000_000]) });
    if (random.chance(0.3)) await this.#makeDamagedCopy();
    for (let lives = random.integer(1, LIVES_MAX); lives > 0; lives--) await this.#live();
    await this.#finish();
  }

  async #makeDamagedCopy(): Promise<void> {
    await this.#seal();
    const [name] = this.#random.pick([...this.#disk.snapshot(PATHS.parquetDir)]);
    const file = await this.#disk.open(join(PATHS.parquetDir, name), 'update');
    await file.truncate(Math.max(0, (await file.size()) - this.#random.integer(1, 50)));
    await file.datasync();
    this.#hasDamagedCopy = true;
  }

  async #live(): Promise<void> {
    const disk = this.#disk;
    const random = this.#random;
    this.#tally.lives += 1;
    disk.faults = random.pick([
      {},
      { shortTransfer: 0.3, failure: random.pick([0, 0.01]), errors: ['EIO', 'ENOSPC', 'EDQUOT', 'EMFILE'] },
      { wrongBit: 0.05 },
    ]);
    if (random.chance(0.2)) disk.capacityBytes = usedBytes(disk) + random.integer(0, 15_000);
    if (random.chance(0.7)) disk.endAfter(random.integer(0, random.pick([30, 150, 300])), random.pick(ENDS));
    try {
      const result = await this.#seal();
      if (disk.failures.length > 0) this.#checkTolerated();
      this.#tally.sealed += 1;
      this.#sealed = result;
    } catch (error) {
      this.#told(error);
    }
    this.#tally.failures += disk.failures.length;
    if (disk.end === undefined) disk.endNow(random.pick(ENDS));
    if (disk.end === 'kill') this.#tally.kills += 1;
    else this.#tally.powerCuts += 1;
    disk.restart();
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    await this.#check();
  }

  #told(error: unknown): void {
    if (!(error instanceof TapedeckError) || !CODES.test(error.code)) throw error;
    this.#tally.told += 1;
    if (error.code === 'SEAL_DIFFERS' || error.code === 'PARQUET_CORRUPT') this.#tally.refused += 1;
  }

  /** A seal may go on only after a failure to read an earlier copy, which it replaces. */
  #checkTolerated(): void {
    const others = this.#disk.failures.filter((failure) => !/ (read|open|look|close) /.test(failure));
    if (others.length > 0) throw new Error(`nobody was told of: ${others.join('; ')}`);
  }

  async #check(): Promise<void> {
    const disk = this.#disk;
    await this.#checkManifests();
    const found = await verifyParquet(DATA, SESSION, disk);
    if (found === undefined) {
      if (this.#sealed !== undefined) throw new Error('the session was sealed, and the copy is gone');
    } else if (found.problems.length > 0 && (this.#sealed !== undefined || !this.#hasDamagedCopy)) {
      throw new Error(`the sealed copy has problems: ${JSON.stringify(found.problems)}`);
    }
  }

  /** Every manifest of a copy, also of one that is being made, names only files that are whole. */
  async #checkManifests(): Promise<void> {
    const disk = this.#disk;
    for (const [path, bytes] of disk.snapshot(join(DATA, 'parquet'))) {
      if (!path.endsWith(PARQUET_MANIFEST_NAME)) continue;
      const folder = join(DATA, 'parquet', path.slice(0, -PARQUET_MANIFEST_NAME.length));
      const manifest = decodeParquetManifest(bytes);
      if (typeof manifest === 'string' || (this.#hasDamagedCopy && !path.includes('/new/'))) continue;
      for (const part of manifest.parts) {
        const fault = await partFault(folder, part, disk);
        // A copy that is not in its place may be one that is being removed.
        if (fault?.kind === 'file-missing' && path.startsWith('_sealing-')) continue;
        if (fault !== undefined) throw new Error(`${path} names a file that is not whole: ${JSON.stringify(fault)}`);
      }
    }
  }

  /** The disk works: the session can be sealed; once it is, another seal changes nothing, and a power cut takes nothing. */
  async #finish(): Promise<void> {
    const disk = this.#disk;
    const result = await this.#seal();
    if (this.#sealed !== undefined && JSON.stringify(this.#sealed) !== JSON.stringify(result))
      throw new Error('two seals say different things');
    this.#sealed = result;
    const changes = disk.changes;
    if (JSON.stringify(await this.#seal()) !== JSON.stringify(result)) throw new Error('a second seal says something else');
    if (disk.changes !== changes) throw new Error(`a second seal made ${disk.changes - changes} changes`);
    disk.endNow('power-cut');
    disk.restart();
    await this.#check();
    const { records } = (await JournalTape.open(DATA, SESSION, { disk })).manifest!;
    if (records !== result.rows) throw new Error(`${result.rows} of ${records} records were sealed`);
  }

  async #seal(): Promise<SealResult> {
    const disk = this.#disk;
    const tape = await JournalTape.open(DATA, SESSION, { disk }).catch((error: unknown) => {
      throw error instanceof TapedeckError || disk.failures.length + Number(disk.end !== undefined) === 0
        ? error
        : new TapedeckError('JOURNAL_IO', String(error));
    });
    return sealTape(tape, { dataDir: DATA, disk, partRowsMax: this.#partRowsMax, channelOf: (record) => `c${record.payloadLength % 3}` });
  }
}

function tapeOf(random: Random): RecordBody[] {
  return someRecords(random.integer(0, 80), random.integer(1, 1_000_000));
}

function usedBytes(disk: FaultyDisk): number {
  let bytes = 0;
  for (const file of disk.snapshot(DATA).values()) bytes += file.length;
  return bytes;
}
