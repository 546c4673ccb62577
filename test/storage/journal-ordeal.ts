import { vi } from 'vitest';
import { type RecordBody, TapedeckError } from '#domain';
import { JournalWriter } from '../../storage/journal-writer.ts';
import { sessionPaths } from '../../storage/session-paths.ts';
import { verifyJournal } from '../../storage/verify.ts';
import { type DiskEnd, type DiskFaults, FaultyDisk } from '../fixtures/faulty-disk.ts';
import type { Random } from '../seeds.ts';
import { append, aRecord, numbered, readSession, START_NS } from './journal-fixtures.ts';
import { checkCuts } from './recovery-books.ts';

export const DATA = 'data';
export const SESSION = 's';
const PATHS = sessionPaths(DATA, SESSION);
const LIVES_MAX = 4;
const STEPS_MAX = 25;
const ENDS: readonly DiskEnd[] = ['kill', 'power-cut'];
/** What a failing disk may be told as; anything else is a bug. */
const DISK_CODES = /^JOURNAL_(IO|DISK_FULL|PERMISSION|FILES_MAX)$/;
/** A promise that has not settled after so many turns of the event loop never will. */
const TURNS_MAX = 20_000;

/** What happened in one schedule, or in many. */
export interface OrdealTally {
  lives: number;
  kills: number;
  powerCuts: number;
  failures: number;
  /** Errors that calls of the writer gave. */
  told: number;
  cuts: number;
  appended: number;
  acknowledged: number;
  /** Appended, never acknowledged, and gone. */
  lost: number;
}

export function newTally(): OrdealTally {
  return { lives: 0, kills: 0, powerCuts: 0, failures: 0, told: 0, cuts: 0, appended: 0, acknowledged: 0, lost: 0 };
}

/** Resolves with the promise, moving the (faked) timers on as long as it waits. */
export async function settle<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const done = () => {
    isSettled = true;
  };
  promise.then(done, done);
  for (let turns = 0; !isSettled; turns++) {
    await turn();
    if (isSettled) break;
    if (turns > TURNS_MAX) throw new Error('a promise never settles');
    vi.advanceTimersByTime(5);
  }
  return promise;
}

/** Lets everything that waits for nothing but its turn go on. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function someFaults(random: Random): DiskFaults {
  return {
    failure: random.pick([0, 0, 0.01, 0.05]),
    errors: random.pick([['EIO'], ['ENOSPC'], ['EIO', 'ENOSPC', 'EDQUOT', 'EMFILE']]),
    shortTransfer: random.pick([0, 0.3]),
    slowSync: random.pick([0, 0.5, 1]),
  };
}

/**
 * One journal through several lives on a faulty disk: recorded, killed or cut off at any operation, recovered (which may be killed too),
 * recorded on, closed. Throws where a promise of the journal is broken.
 */
export class JournalOrdeal {
  readonly disk: FaultyDisk;
  readonly #random: Random;
  readonly #tally: OrdealTally;
  /** What the tape must be, as far as it was not lost. */
  #appended: RecordBody[] = [];
  /** Records that survive anything, and those that survive a kill. */
  #sure = 0;
  #visible = 0;
  #isCreated = false;

  constructor(random: Random, tally: OrdealTally) {
    this.#random = random;
    this.#tally = tally;
    this.disk = new FaultyDisk(random);
    // The kernel forgets what a failed sync did not write; the name that tells of it is in no need of the device. See docs/durability.md.
    this.disk.spared = ['.unsynced.tmp'];
  }

  /** Ends with a closed session that holds what it must, and gives its records. */
  async run(): Promise<readonly RecordBody[]> {
    const lives = this.#random.integer(1, LIVES_MAX);
    for (let i = 0; i < lives; i++) await this.#live();
    await this.#finish();
    return this.#appended;
  }

  async #live(): Promise<void> {
    const { disk } = this;
    this.#tally.lives += 1;
    const random = this.#random;
    if (random.chance(0.6)) disk.faults = someFaults(random);
    if (random.chance(0.2)) disk.capacityBytes = this.#storedBytes() + random.integer(0, 20_000);
    if (random.chance(0.8)) disk.endAfter(random.integer(0, random.pick([4, 30, 120])), random.pick(ENDS));
    const told: string[] = [];
    await this.#record(told);
    // What failed must have been told to whoever used the writer.
    if (disk.end === undefined && disk.failures.length > 0 && told.length === 0)
      throw new Error(`nobody was told of: ${disk.failures.join('; ')}`);
    this.#tally.failures += disk.failures.length;
    this.#tally.told += told.length;
    if (disk.end === undefined) disk.endNow(random.pick(ENDS));
    this.#restart();
  }

  #restart(): void {
    const { disk } = this;
    if (disk.end === 'kill') this.#tally.kills += 1;
    else this.#tally.powerCuts += 1;
    if (disk.end === 'power-cut') this.#visible = this.#sure;
    vi.clearAllTimers();
    disk.restart();
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    if (this.#isCreated && !disk.has(PATHS.sessionDir)) throw new Error('the session was created, and is gone');
  }

  async #record(told: string[]): Promise<void> {
    const { disk } = this;
    const writer = await this.#openWriter(told);
    if (writer === undefined) return;
    await this.#use(writer, told);
    this.#visible = Math.max(this.#visible, writer.writtenRecords);
    this.#sure = Math.max(this.#sure, writer.durableRecords);
    // Stops its timers, and says what failed since it was last asked. After the end nobody is there to hear it.
    const hasEnded = disk.end !== undefined;
    await settle(writer.abandon()).catch((error: unknown) => {
      if (!hasEnded) told.push(codeOf(error));
    });
    if (hasEnded) return;
    this.#visible = writer.writtenRecords;
    this.#sure = writer.durableRecords;
  }

  /** A new session or one that goes on; `undefined` when the disk refused or the session is closed. */
  async #openWriter(told: string[]): Promise<JournalWriter | undefined> {
    const { disk } = this;
    const random = this.#random;
    const options = { disk, syncIntervalMs: random.pick([0, 50, 50]), segmentBytesMax: random.pick([1500, 6000, 1_000_000]) };
    const isNew = !disk.has(PATHS.sessionDir);
    const before = disk.snapshot(PATHS.journalDir);
    try {
      if (isNew) {
        const writer = await settle(JournalWriter.create(DATA, SESSION, options));
        this.#isCreated = true;
        return writer;
      }
      const writer = await settle(JournalWriter.reopen(DATA, SESSION, options));
      this.#isCreated = true;
      checkCuts(before, disk.snapshot(PATHS.journalDir), writer.cuts);
      this.#tally.cuts += writer.cuts.length;
      this.#goOnFrom(writer.records);
      this.#sure = Math.max(this.#sure, writer.durableRecords);
      return writer;
    } catch (error) {
      if (error instanceof TapedeckError && error.code === 'SESSION_CLOSED') return undefined;
      told.push(codeOf(error));
      return undefined;
    }
  }

  /** The tape was recovered with so many records. */
  #goOnFrom(records: number): void {
    const floor = Math.max(this.#sure, this.#visible);
    if (records < floor) throw new Error(`${records} records were recovered; ${this.#sure} were acknowledged, ${this.#visible} visible`);
    if (records > this.#appended.length) throw new Error(`${records} records were recovered, ${this.#appended.length} appended`);
    this.#tally.lost += this.#appended.length - records;
    this.#appended.length = records;
    this.#visible = records;
  }

  async #use(writer: JournalWriter, told: string[]): Promise<void> {
    const random = this.#random;
    try {
      for (let steps = random.integer(0, STEPS_MAX); steps > 0 && this.disk.end === undefined; steps--) {
        for (let count = random.integer(1, 8); count > 0; count--) this.#append(writer);
        await this.#wait(writer);
      }
      if (random.chance(0.4)) {
        await settle(writer.close());
        this.#sure = this.#appended.length;
        this.#visible = this.#appended.length;
      }
    } catch (error) {
      told.push(codeOf(error));
    }
  }

  #append(writer: JournalWriter): void {
    const record = someRecord(this.#random, this.#appended.length);
    const sequence = append(writer, record);
    if (sequence !== this.#appended.length) throw new Error(`sequence ${sequence} was given to record ${this.#appended.length}`);
    this.#appended.push(record);
    this.#tally.appended += 1;
  }

  async #wait(writer: JournalWriter): Promise<void> {
    const random = this.#random;
    switch (random.integer(0, 4)) {
      case 0:
        await settle(writer.flush());
        if (writer.durableRecords !== this.#appended.length) throw new Error('a flush left records that are not durable');
        return;
      case 1:
        return settle(writer.drain());
      case 2:
        return;
      default:
        vi.advanceTimersByTime(random.integer(0, 80));
        await turn();
    }
  }

  /** The disk works again: the session is recovered, closed, and read. */
  async #finish(): Promise<void> {
    const { disk } = this;
    const told: string[] = [];
    const writer = await this.#openWriter(told);
    if (told.length > 0) throw new Error(`a session cannot be opened on a disk that works: ${told.join(', ')}`);
    if (writer !== undefined) await settle(writer.close());
    const found = await readSession(DATA, SESSION, { disk });
    if (writer === undefined) this.#goOnFrom(found.length);
    const expected = numbered(this.#appended);
    const differs = found.findIndex((record, i) => !isSameRecord(record, expected[i]));
    if (differs >= 0 || found.length !== expected.length) throw new Error(`the tape is not what was appended, from record ${differs} on`);
    const { problems } = await verifyJournal(DATA, SESSION, { disk });
    if (problems.length > 0) throw new Error(`the closed session has problems: ${JSON.stringify(problems)}`);
    this.#tally.acknowledged += this.#sure;
  }

  #storedBytes(): number {
    let bytes = 0;
    for (const file of this.disk.snapshot(DATA).values()) bytes += file.length;
    return bytes;
  }
}

function someRecord(random: Random, sequence: number): RecordBody {
  const length = random.chance(0.05) ? random.integer(500, 4000) : random.integer(0, 150);
  const payload = new Uint8Array(length).fill(random.integer(0, 255));
  return aRecord({ receivedAtNs: START_NS + BigInt(sequence), monotonicNs: random.uint64() >> 2n, payload });
}

function isSameRecord(a: RecordBody & { readonly sequence: number }, b: (RecordBody & { readonly sequence: number }) | undefined): boolean {
  return (
    b !== undefined &&
    a.sequence === b.sequence &&
    a.receivedAtNs === b.receivedAtNs &&
    a.monotonicNs === b.monotonicNs &&
    a.venue === b.venue &&
    a.connection === b.connection &&
    a.kind === b.kind &&
    a.meta === b.meta &&
    Buffer.compare(a.payload, b.payload) === 0
  );
}

/** The stable code of an error that a failing disk may cause; rethrows every other error. */
function codeOf(error: unknown): string {
  if (error instanceof TapedeckError && DISK_CODES.test(error.code)) return error.code;
  throw error;
}
