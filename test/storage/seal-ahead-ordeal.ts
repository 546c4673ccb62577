import { join } from 'node:path';
import { type RecordBody, TapedeckError } from '#domain';
import { JournalTape } from '../../storage/journal-tape.ts';
import { JournalWriter } from '../../storage/journal-writer.ts';
import { partFault } from '../../storage/parquet-check.ts';
import { decodeParquetManifest, PARQUET_MANIFEST_NAME } from '../../storage/parquet-manifest.ts';
import { verifyParquet } from '../../storage/parquet-verify.ts';
import { type SealResult, SessionSeal, sealTape } from '../../storage/seal.ts';
import { FINISHED_PARTS_NAME } from '../../storage/sealing-folder.ts';
import { sessionPaths } from '../../storage/session-paths.ts';
import { type DiskEnd, type DiskFaults, FaultyDisk } from '../fixtures/faulty-disk.ts';
import { type Random, randomOf } from '../seeds.ts';
import { append, collect, someRecords, writeSession } from './journal-fixtures.ts';
import { DATA, SESSION, settle } from './journal-ordeal.ts';

const PATHS = sessionPaths(DATA, SESSION);
const LIVES_MAX = 4;
const RECORDS_MAX = 120;
const ENDS: readonly DiskEnd[] = ['kill', 'power-cut'];
/** How a seal on a failing disk may end; anything else is a bug. */
const SEAL_CODES = /^(SEAL|JOURNAL|PARQUET)_(IO|DISK_FULL|PERMISSION|FILES_MAX)$|^(SEAL_DIFFERS|PARQUET_CORRUPT|JOURNAL_CORRUPT)$/;
/** Of the recorder: a bit that its disk stored wrong it finds when it reads its session back. */
const WRITER_CODES = /^JOURNAL_(IO|DISK_FULL|PERMISSION|FILES_MAX|DIFFERS)$/;
/** The files of the recorder: where they are spared, whatever fails is the seal's. */
const RECORDING = [/^(\.|data|data\/sessions.*)$/];

export interface AheadTally {
  lives: number;
  kills: number;
  powerCuts: number;
  failures: number;
  /** Failures that a seal told while the session was open, and in all. */
  toldAhead: number;
  told: number;
  /** Finished parts that a life left to the next. */
  partsLeft: number;
  sealed: number;
}

export function newAheadTally(): AheadTally {
  return { lives: 0, kills: 0, powerCuts: 0, failures: 0, toldAhead: 0, told: 0, partsLeft: 0, sealed: 0 };
}

/**
 * One session that is recorded and sealed ahead on a faulty disk, through kills and power cuts at any operation, recovered, closed and sealed. Whatever
 * happens: nothing is visible before the session is closed, a copy is whole or not there and the one that is made afterwards, a list of parts names
 * only files that are whole, and where only the files of the seal fail the recorder notices nothing.
 */
export class SealAheadOrdeal {
  readonly #random: Random;
  readonly #tally: AheadTally;
  readonly #disk: FaultyDisk;
  readonly #records: readonly RecordBody[];
  readonly #partRowsMax: number;
  /** Only the files of the seal fail, and only its operations end a life. */
  readonly #isRecordingSpared: boolean;
  /** Some life stored wrong bits: a list may be damaged, and is no list then. */
  #hasWrongBits = false;
  #appended = 0;
  #sealed: SealResult | undefined;

  constructor(random: Random, tally: AheadTally) {
    this.#random = random;
    this.#tally = tally;
    this.#disk = new FaultyDisk(random);
    this.#records = someRecords(RECORDS_MAX, random.integer(1, 1_000_000));
    this.#partRowsMax = random.integer(5, 40);
    this.#isRecordingSpared = random.chance(0.5);
    this.#disk.spared = this.#isRecordingSpared ? RECORDING : ['.unsynced.tmp'];
  }

  async run(): Promise<void> {
    for (let lives = this.#random.integer(1, LIVES_MAX); lives > 0; lives--) await this.#live();
    await this.#finish();
  }

  async #live(): Promise<void> {
    const disk = this.#disk;
    const random = this.#random;
    this.#tally.lives += 1;
    const faults = random.pick<DiskFaults>([
      {},
      {},
      { shortTransfer: 0.3, failure: random.pick([0, 0.01]), errors: ['EIO', 'ENOSPC', 'EDQUOT', 'EMFILE'] },
      this.#isRecordingSpared ? { failure: 0.03 } : {},
      this.#isRecordingSpared ? { wrongBit: 0.05 } : {},
    ]);
    if (random.chance(0.2)) disk.capacityBytes = usedBytes(disk) + random.integer(5_000, 30_000);
    if (random.chance(0.7)) disk.endAfter(random.integer(0, random.pick([60, 200, 500])), random.pick(ENDS));
    // The recorder looks whether its session was sealed before it begins.
    if (!this.#isRecordingSpared) disk.faults = faults;
    const told = await this.#recordSealing(faults);
    if (disk.end === undefined && told === 0) this.#checkTolerated();
    this.#tally.failures += disk.failures.length;
    disk.endNow(random.pick(ENDS));
    if (disk.end === 'kill') this.#tally.kills += 1;
    else this.#tally.powerCuts += 1;
    disk.restart();
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    await this.#check();
  }

  /** Records some of what is left and seals it as it is closed; returns how many failures were told. */
  async #recordSealing(faults: DiskFaults): Promise<number> {
    const random = this.#random;
    if (faults.wrongBit !== undefined) this.#hasWrongBits = true;
    let told = 0;
    const tolerate = (codes: RegExp) => (error: unknown) => {
      told += 1;
      this.#tally.told += 1;
      if (!(error instanceof TapedeckError) || !codes.test(error.code)) throw error;
      // A full disk is everybody's.
      if (codes === WRITER_CODES && this.#isRecordingSpared && this.#disk.end === undefined && error.code !== 'JOURNAL_DISK_FULL')
        throw new Error(`the recorder failed where only the seal's files do: ${error.message}`);
    };
    const seal = this.#newSeal();
    const writer = await this.#openWriter().catch(tolerate(WRITER_CODES));
    this.#disk.faults = faults;
    let closed = 0;
    let taken = 0;
    writer?.tellClosedSegments((segments) => {
      closed = segments;
    });
    for (let steps = random.integer(0, 12); writer !== undefined && steps > 0 && this.#disk.end === undefined; steps--) {
      const isRecorded = await this.#append(writer, random.integer(1, 20)).then(() => true, tolerate(WRITER_CODES));
      if (isRecorded !== true) break;
      if (closed === taken) continue;
      taken = closed;
      const toldBefore = told;
      await settle(seal.takeSegments(closed)).catch(tolerate(SEAL_CODES));
      this.#tally.toldAhead += told - toldBefore;
      if (told > toldBefore) taken = Number.POSITIVE_INFINITY; // as the thread does: it waits for the end
    }
    const isClosing = writer !== undefined && random.chance(0.3) && this.#disk.end === undefined;
    if (isClosing && (await settle(writer.close()).then(() => true, tolerate(WRITER_CODES))) === true) {
      const result = await settle(this.#finishSeal(seal)).catch(tolerate(SEAL_CODES));
      if (result !== undefined) this.#sealed = result;
    }
    if (random.chance(0.5)) await settle(seal.abandon()).catch(() => undefined);
    await settle(writer?.abandon() ?? Promise.resolve()).catch(() => undefined);
    return told;
  }

  async #openWriter(): Promise<JournalWriter | undefined> {
    const disk = this.#disk;
    const options = { disk, syncIntervalMs: 0, segmentBytesMax: this.#random.pick([1500, 4000]) };
    const isThere = disk.has(PATHS.sessionDir);
    if (isThere && disk.has(PATHS.manifestPath)) return undefined;
    const writer = await settle(isThere ? JournalWriter.reopen(DATA, SESSION, options) : JournalWriter.create(DATA, SESSION, options));
    this.#appended = writer.records;
    return writer;
  }

  async #append(writer: JournalWriter, count: number): Promise<void> {
    for (const record of this.#records.slice(this.#appended, this.#appended + count)) append(writer, record);
    this.#appended = writer.records;
    await settle(writer.flush());
  }

  /** A failure may be passed over only where it was met reading what an earlier seal left, which is made again. */
  #checkTolerated(): void {
    const others = this.#disk.failures.filter((failure) => !/ (read|open|look|close) /.test(failure));
    if (others.length > 0) throw new Error(`nobody was told of: ${others.join('; ')}`);
  }

  async #check(): Promise<void> {
    const disk = this.#disk;
    await this.#checkLists();
    const found = await verifyParquet(DATA, SESSION, disk);
    if (found === undefined) {
      if (this.#sealed !== undefined) throw new Error('the session was sealed, and the copy is gone');
      return;
    }
    if (!disk.has(PATHS.manifestPath)) throw new Error('there is a sealed copy of a session that is open');
    if (found.problems.length > 0) throw new Error(`the sealed copy has problems: ${JSON.stringify(found.problems)}`);
  }

  /** Every list of parts, of a copy in its place and of one that is made, names only files that are whole. */
  async #checkLists(): Promise<void> {
    const disk = this.#disk;
    const files = disk.snapshot(join(DATA, 'parquet'));
    for (const [path, bytes] of files) {
      const name = [PARQUET_MANIFEST_NAME, FINISHED_PARTS_NAME].find((candidate) => path.endsWith(`/${candidate}`));
      if (name === undefined) continue;
      const list = decodeParquetManifest(bytes);
      if (typeof list === 'string' && this.#hasWrongBits && path.startsWith('_sealing-')) continue;
      if (typeof list === 'string') throw new Error(`${path}: ${list}`);
      const isNotes = name === FINISHED_PARTS_NAME;
      const folder = isNotes ? join(PATHS.sealingDir, 'new') : join(DATA, 'parquet', path.slice(0, -name.length));
      for (const part of list.parts) {
        const fault = await partFault(folder, part, disk);
        // The copy went to its place, or is being removed with all its parts.
        const isGone =
          fault?.kind === 'file-missing' &&
          path.startsWith('_sealing-') &&
          (!isNotes || !disk.has(folder) || files.has(`session=${SESSION}/${PARQUET_MANIFEST_NAME}`));
        if (fault !== undefined && !isGone) throw new Error(`${path} names a file that is not whole: ${JSON.stringify(fault)}`);
        if (isNotes && fault === undefined) this.#tally.partsLeft += 1;
      }
    }
  }

  /** The disk works: the session is recorded to its end and sealed, and the copy is the one that is made of that tape afterwards. */
  async #finish(): Promise<void> {
    const disk = this.#disk;
    const writer = await this.#openWriter();
    if (writer !== undefined) {
      await this.#append(writer, RECORDS_MAX);
      await settle(writer.close());
    }
    const result = await this.#finishSeal(this.#newSeal());
    if (this.#sealed !== undefined && JSON.stringify(this.#sealed) !== JSON.stringify(result))
      throw new Error('two seals say different things');
    this.#tally.sealed += 1;
    disk.endNow('power-cut');
    disk.restart();
    this.#sealed = result;
    await this.#check();
    const copy = disk.snapshot(PATHS.parquetDir);
    await this.#checkSame(copy, result);
    const names = [...disk.snapshot(join(DATA, 'parquet')).keys()];
    const strays = names.filter((name) => !name.startsWith('session='));
    if (strays.length > 0) throw new Error(`a seal that is done left ${strays.join(', ')}`);
  }

  async #checkSame(copy: ReadonlyMap<string, Uint8Array>, result: SealResult): Promise<void> {
    const tape = await JournalTape.open(DATA, SESSION, { disk: this.#disk });
    const records = await collect(tape.batches());
    if (records.length !== result.rows) throw new Error(`${result.rows} of ${records.length} records were sealed`);
    const other = new FaultyDisk(randomOf(1));
    await settle(writeSession(DATA, SESSION, records, { disk: other }));
    await sealTape(await JournalTape.open(DATA, SESSION, { disk: other }), this.#optionsOn(other));
    const afterwards = other.snapshot(PATHS.parquetDir);
    const differing = [...new Set([...copy.keys(), ...afterwards.keys()])].filter(
      (name) => Buffer.compare(copy.get(name) ?? Buffer.of(1), afterwards.get(name) ?? Buffer.of(2)) !== 0,
    );
    if (differing.length > 0) throw new Error(`not what is sealed afterwards: ${differing.join(', ')}`);
  }

  #newSeal(): SessionSeal {
    return new SessionSeal(SESSION, this.#optionsOn(this.#disk));
  }

  #optionsOn(disk: FaultyDisk) {
    const channelOf = (record: { readonly payloadLength: number }): string => `c${record.payloadLength % 3}`;
    return { dataDir: DATA, disk, partRowsMax: this.#partRowsMax, channelOf };
  }

  async #finishSeal(seal: SessionSeal): Promise<SealResult> {
    const disk = this.#disk;
    const tape = await JournalTape.open(DATA, SESSION, { disk }).catch((error: unknown) => {
      // Opening a tape tells what the disk said as it is; everything after it has a code.
      throw error instanceof TapedeckError || disk.failures.length + Number(disk.end !== undefined) === 0
        ? error
        : new TapedeckError('JOURNAL_IO', String(error));
    });
    return seal.finish(tape);
  }
}

function usedBytes(disk: FaultyDisk): number {
  let bytes = 0;
  for (const file of disk.snapshot(DATA).values()) bytes += file.length;
  return bytes;
}
