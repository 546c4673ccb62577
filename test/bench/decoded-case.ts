import { createWriteStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DERIVED_COLUMNS, deriveTables, exportTape, openDecoded, openTape, tableMarks } from '#replay';
import { createTableWriter, openTable, removeDecoded, typedColumn } from '#storage';
import { VENUES } from '#venues';
import { DECODED_SESSION, type DecodedRun } from './decoded-run.ts';

// One process of the bench of decoded tables: one way to the sum of one column, twice; prints one `DecodedRun`.

const [program = '', dataDir = ''] = process.argv.slice(2);
const TABLE = 'trades';
const OPTIONS = { venues: VENUES };
const PRICE = DERIVED_COLUMNS[TABLE].findIndex(({ name }) => name === 'price');

interface Found {
  readonly rows: number;
  readonly sum: number;
}

function sumOf(values: Float64Array | BigInt64Array): number {
  let sum = 0;
  for (const value of values as Float64Array) sum += value;
  return sum;
}

async function decode(): Promise<Found> {
  let [rows, sum] = [0, 0];
  const row = (_: string, values: readonly unknown[]): void => {
    rows += 1;
    sum += values[PRICE] as number;
  };
  await deriveTables(await openTape(dataDir, DECODED_SESSION), { row, drain: async () => undefined }, { ...OPTIONS, tables: [TABLE] });
  return { rows, sum };
}

async function decoded(options: { readonly columns?: readonly string[]; readonly verify?: boolean }): Promise<Found> {
  const { batches, rows } = await openDecoded(dataDir, DECODED_SESSION, TABLE, { ...OPTIONS, ...options });
  return { rows, sum: batches.reduce((sum, batch) => sum + sumOf(batch.float64('price')), 0) };
}

async function exported(format: 'parquet' | 'arrow', columns: readonly string[] | undefined): Promise<Found> {
  const table = await openTable(exportPath(format), columns === undefined ? {} : { columns });
  return { rows: table.numRows, sum: sumOf(typedColumn(table, 'price')) };
}

function exportPath(format: 'parquet' | 'arrow'): string {
  return join(dataDir, `trades.${format}`);
}

/** What is measured must be there before the clock is read. */
async function prepare(): Promise<void> {
  if (program === 'make') await removeDecoded(dataDir, DECODED_SESSION);
  else if (program.startsWith('cache')) await openDecoded(dataDir, DECODED_SESSION, TABLE, OPTIONS);
  const format = program === 'hyparquet' || program === 'hyparquet-all' ? 'parquet' : program === 'export' ? 'arrow' : undefined;
  if (format === undefined || existsSync(exportPath(format))) return;
  const tape = await openTape(dataDir, DECODED_SESSION);
  const target = createWriteStream(exportPath(format));
  const writer = await createTableWriter(format, DERIVED_COLUMNS[TABLE], target, await tableMarks(tape, TABLE, OPTIONS));
  await exportTape(tape, writer, { table: TABLE, ...OPTIONS });
}

async function once(): Promise<Found> {
  switch (program) {
    case 'decode':
      return decode();
    case 'make':
    case 'cache-all':
      return decoded({});
    case 'cache':
      return decoded({ columns: ['price'] });
    case 'cache-verify':
      return decoded({ verify: true });
    case 'export':
      return exported('arrow', undefined);
    case 'hyparquet':
      return exported('parquet', ['price']);
    case 'hyparquet-all':
      return exported('parquet', undefined);
    default:
      throw new Error(`nobody sums with ${program}`);
  }
}

async function bytesRead(): Promise<number> {
  if (program === 'decode') return 0;
  const path = program.startsWith('hyparquet') ? exportPath('parquet') : join(dataDir, `decoded/session=${DECODED_SESSION}/${TABLE}.arrow`);
  return (await stat(program === 'export' ? exportPath('arrow') : path)).size;
}

if (process.argv.includes('--prepare')) {
  await prepare();
} else {
  if (program === 'make') await prepare();
  const startedAtMs = performance.now();
  const startedCpu = process.cpuUsage();
  const first = await once();
  const firstMs = performance.now() - startedAtMs;
  const { user, system } = process.cpuUsage(startedCpu);
  const againAtMs = performance.now();
  const again = await once();
  const againMs = performance.now() - againAtMs;
  if (again.sum !== first.sum) throw new Error(`${program} found ${again.sum} after ${first.sum}`);
  const peakRssMb = Math.round(process.resourceUsage().maxRSS / 1024);
  const run: DecodedRun = { ...first, firstMs, againMs, processorMs: (user + system) / 1000, peakRssMb, bytes: await bytesRead() };
  process.stdout.write(JSON.stringify(run));
}
process.exit(0);
