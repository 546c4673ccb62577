import { type MakeDecodedOptions, makeDecodedTables } from '../../../storage/decoded/make-decoded.ts';
import { type OpenDecodedTableOptions, openDecodedTable } from '../../../storage/decoded/open-decoded.ts';
import type { Disk } from '../../../storage/journal-disk.ts';
import type { TableColumn, TableValue } from '../../../storage/table-types.ts';

export const SESSION = 's';
export const MARKS = { 'tapedeck.session': SESSION, 'tapedeck.tape_digest': 'abc' };

/** A column of every type. */
export const COLUMNS: readonly TableColumn[] = [
  { name: 'symbol', type: 'string', repeats: true },
  { name: 'id', type: 'string' },
  { name: 'price', type: 'float64' },
  { name: 'sequence', type: 'int64' },
  { name: 'at', type: 'timestamp-ns' },
  { name: 'venue_at', type: 'timestamp-us' },
  { name: 'isFinal', type: 'boolean' },
  { name: 'sizes', type: 'float64-list' },
  { name: 'volume', type: 'decimal-text' },
];

export type Row = readonly TableValue[];

/** Rows with something missing now and then; the first column has few different texts. */
export function someRows(count: number): Row[] {
  return Array.from({ length: count }, (_, i) => {
    const isEvery = (n: number) => i % n === n - 1;
    return [
      isEvery(5) ? null : `symbol ${i % 7}`,
      isEvery(11) ? null : `id-${i}`,
      isEvery(3) ? Number.NaN : i / 8,
      i,
      isEvery(13) ? null : 1_723_075_200_000_000_000n + BigInt(i),
      1_723_075_200_000_001_000n + BigInt(i) * 1000n,
      isEvery(4) ? null : i % 2 === 0,
      isEvery(6) ? null : Array.from({ length: i % 4 }, (_, k) => (k === 2 ? Number.NaN : i + k / 4)),
      `${i}.5`,
    ];
  });
}

export interface Wanted {
  readonly rows: Readonly<Record<string, readonly Row[]>>;
  readonly marks?: Readonly<Record<string, string>>;
  readonly own?: Readonly<Record<string, string>>;
  readonly disk?: Disk;
  readonly columns?: readonly TableColumn[];
}

/** Makes tables of these rows, and says which of them had to be made. */
export async function make(dataDir: string, { rows, marks = MARKS, own = {}, disk, columns = COLUMNS }: Wanted) {
  const made: string[] = [];
  const options: MakeDecodedOptions = {
    ...{ dataDir, session: SESSION, store: 'journal', marks },
    ...(disk === undefined ? {} : { disk }),
    tables: Object.fromEntries(Object.keys(rows).map((table) => [table, { columns, marks: own }])),
    async derive(tables, sink) {
      made.push(...tables);
      for (const table of tables) {
        for (const [i, row] of rows[table]!.entries()) {
          sink.row(table, row);
          if (i % 1000 === 0) await sink.drain();
        }
      }
    },
  };
  const entries = await makeDecodedTables(options);
  return { made, entries };
}

export function open(dataDir: string, table: string, options: OpenDecodedTableOptions & { own?: Readonly<Record<string, string>> } = {}) {
  const { own = {}, ...others } = options;
  return openDecodedTable(dataDir, SESSION, table, { session: MARKS, table: own }, others);
}

/** The table, or an error that says why there is none. */
export async function opened(dataDir: string, table: string, options: OpenDecodedTableOptions = {}) {
  const found = await open(dataDir, table, options);
  if (found.kind !== 'open') throw new Error(`${found.kind}: ${found.reason}`);
  return found.table;
}
