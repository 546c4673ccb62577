import { tableFromIPC } from 'apache-arrow';
import { TapedeckError } from '#domain';
import { makeDurableDirectory } from '../../../storage/disk-tree.ts';
import { sessionPaths } from '../../../storage/session-paths.ts';
import { type DiskEnd, FaultyDisk } from '../../fixtures/faulty-disk.ts';
import type { Random } from '../../seeds.ts';
import { make, open, type Row, SESSION } from './decoded-fixtures.ts';

const DATA = 'data';
const LIVES_MAX = 4;
const ENDS: readonly DiskEnd[] = ['kill', 'power-cut'];
/** How making on a failing disk may end; anything else is a bug. */
const CODES = /^DECODED_(IO|DISK_FULL|PERMISSION|FILES_MAX|READ_BACK)$/;
const COLUMNS = [
  { name: 'symbol', type: 'string', repeats: true },
  { name: 'price', type: 'float64' },
] as const;
const TABLES = ['trades', 'quotes'] as const;

export interface DecodedTally {
  lives: number;
  kills: number;
  powerCuts: number;
  failures: number;
  told: number;
  refused: number;
  made: number;
  /** Tables that were there after an end, and whole. */
  believed: number;
  /** Tables that bits were changed of while nobody looked. */
  rotten: number;
}

export function newDecodedTally(): DecodedTally {
  return { lives: 0, kills: 0, powerCuts: 0, failures: 0, told: 0, refused: 0, made: 0, believed: 0, rotten: 0 };
}

/**
 * Decoded tables made on a faulty disk, killed or cut off at any operation, and made again. Whatever happens, a table that is opened has every row;
 * what a maker said is made stays there, also after a power cut; and when the disk works again, so does it all.
 */
export class DecodedOrdeal {
  readonly #random: Random;
  readonly #tally: DecodedTally;
  readonly #disk: FaultyDisk;
  readonly #rows: Readonly<Record<string, readonly Row[]>>;
  #promised = new Set<string>();

  constructor(random: Random, tally: DecodedTally) {
    this.#random = random;
    this.#tally = tally;
    this.#disk = new FaultyDisk(random);
    this.#rows = Object.fromEntries(
      TABLES.map((table) => [table, Array.from({ length: random.integer(0, 40) }, (_, i) => [`s${i % 3}`, random.fraction()])]),
    );
  }

  async run(): Promise<void> {
    // Where there is a session, its data folder is durable.
    await makeDurableDirectory(this.#disk, `${DATA}/sessions`);
    for (let lives = this.#random.integer(1, LIVES_MAX); lives > 0; lives--) await this.#live();
    if (this.#random.chance(0.3)) await this.#rot();
    for (const table of TABLES) await make(DATA, { ...this.#wanted(table), disk: this.#disk });
    for (const table of TABLES) if (!(await this.#isWhole(table, true))) throw new Error(`${table} is not there in the end`);
    for (const table of TABLES) {
      const { made } = await make(DATA, { ...this.#wanted(table), disk: this.#disk });
      if (made.length > 0) throw new Error(`${table} was made twice`);
    }
    const leavings = [...this.#disk.snapshot(`${DATA}/decoded`).keys()].filter((path) => !path.startsWith(`session=${SESSION}/`));
    if (leavings.length > 0) throw new Error(`left behind: ${leavings.join(', ')}`);
  }

  async #live(): Promise<void> {
    const disk = this.#disk;
    const random = this.#random;
    this.#tally.lives += 1;
    disk.faults = random.pick([
      {},
      { shortTransfer: 0.3, failure: random.pick([0, 0.02]), errors: ['EIO', 'ENOSPC', 'EDQUOT', 'EMFILE', 'EACCES'] },
      { wrongBit: 0.1 },
    ]);
    if (random.chance(0.2)) disk.capacityBytes = usedBytes(disk) + random.integer(0, 6_000);
    if (random.chance(0.7)) disk.endAfter(random.integer(0, random.pick([20, 60, 120])), random.pick(ENDS));
    const table = random.pick(TABLES);
    try {
      await make(DATA, { ...this.#wanted(table), disk });
      this.#tally.made += 1;
      this.#promised.add(table);
    } catch (error) {
      this.#told(error);
    }
    this.#tally.failures += disk.failures.length;
    if (disk.end === undefined) disk.endNow(random.pick(ENDS));
    if (disk.end === 'kill') this.#tally.kills += 1;
    else this.#tally.powerCuts += 1;
    // One that was stopped or failed may have been between taking the old ones away and putting the new ones there.
    if (disk.failures.length > 0) this.#promised = new Set();
    disk.restart();
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    await this.#check();
  }

  #told(error: unknown): void {
    this.#promised = new Set();
    if (!(error instanceof TapedeckError) || !CODES.test(error.code)) throw error;
    this.#tally.told += 1;
    if (error.code === 'DECODED_READ_BACK') this.#tally.refused += 1;
  }

  async #check(): Promise<void> {
    for (const table of TABLES) {
      const isThere = await this.#isWhole(table, false);
      if (isThere) this.#tally.believed += 1;
      else if (this.#promised.has(table)) throw new Error(`${table} was made, and is not there`);
    }
  }

  /** True when it is believed, and then it must be right; false when it is not. */
  async #isWhole(table: string, verify: boolean): Promise<boolean> {
    const found = await open(DATA, table, { disk: this.#disk, verify });
    if (found.kind !== 'open') return false;
    const prices = [...found.table.float64('price')];
    const symbols = [...found.table.codes('symbol')].map((code) => found.table.dictionary('symbol')[code]);
    const rows = JSON.stringify(prices.map((price, i) => [symbols[i], price]));
    if (rows !== JSON.stringify(this.#rows[table])) throw new Error(`${table} is believed and has other rows`);
    return true;
  }

  /** A flipped bit in a file that nobody writes: the digest finds it, and it is made again. */
  async #rot(): Promise<void> {
    const folder = sessionPaths(DATA, SESSION).decodedDir;
    const files = [...this.#disk.snapshot(folder)].filter(([name]) => name.endsWith('.arrow'));
    if (files.length === 0) return;
    const [name, bytes] = this.#random.pick(files);
    bytes[this.#random.integer(0, bytes.length - 1)]! ^= 1 << this.#random.integer(0, 7);
    const file = await this.#disk.open(`${folder}/${name}`, 'update');
    await file.write([bytes], 0);
    await file.close();
    this.#tally.rotten += 1;
    const found = await open(DATA, name.slice(0, -'.arrow'.length), { disk: this.#disk, verify: true });
    if (found.kind === 'open') throw new Error(`${name} is believed with a flipped bit: ${tableFromIPC(bytes).numRows} rows`);
  }

  #wanted(table: string) {
    return { rows: { [table]: this.#rows[table]! }, columns: COLUMNS };
  }
}

function usedBytes(disk: FaultyDisk): number {
  let bytes = 0;
  for (const file of disk.snapshot(DATA).values()) bytes += file.length;
  return bytes;
}
