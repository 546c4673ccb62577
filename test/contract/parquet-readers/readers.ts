import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampValue,
} from '@duckdb/node-api';
import { type Data, Timestamp, TimeUnit, tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm';

/** A cell in the one form in which all readers are compared: integers and times as text (nanoseconds), bytes as hex. */
export type Cell = string | number | boolean | null | readonly Cell[];

/** Rows of a folder of Parquet in the order of the files, the hive columns among the columns that can be asked for. */
export type FolderReader = (folder: string, columns: readonly string[]) => Promise<readonly (readonly Cell[])[]>;

const python = process.env.TAPEDECK_PYTHON ?? 'python3';
const SCRIPT = fileURLToPath(new URL('./read_table.py', import.meta.url));

export const PYTHON_LIBRARIES = ['pyarrow', 'pandas', 'polars'] as const;

export function hasPython(library: string): boolean {
  const isThere = spawnSync(python, ['-c', `import ${library}`]).status === 0;
  if (!isThere) process.stderr.write(`skipped: ${library} is not installed; set TAPEDECK_PYTHON to a Python that has it\n`);
  return isThere;
}

export function pythonReader(library: (typeof PYTHON_LIBRARIES)[number]): FolderReader {
  return async (folder, columns) => {
    const result = spawnSync(python, [SCRIPT, library, folder, ...columns], { encoding: 'utf8', maxBuffer: 1 << 30 });
    if (result.status !== 0) throw new Error(result.stderr);
    return result.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Cell[]);
  };
}

export const duckdbReader: FolderReader = async (folder, columns) => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const names = columns.map((name) => `"${name}"`).join(', ');
    const files = `read_parquet('${folder}/**/*.parquet', hive_partitioning = true)`;
    const result = await connection.runAndReadAll(`SELECT ${names} FROM ${files}`);
    return result.getRows().map((row) => row.map(duckdbCell));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};

function duckdbCell(value: unknown): Cell {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex');
  if (value instanceof DuckDBListValue) return value.items.map(duckdbCell);
  if (value instanceof DuckDBTimestampNanosecondsValue) return String(value.nanos);
  if (value instanceof DuckDBTimestampValue) return String(value.micros * 1000n);
  if (value instanceof DuckDBTimestampMillisecondsValue) return String(value.millis * 1_000_000n);
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw new Error(`DuckDB gave ${String(value)} (${(value as object).constructor.name}), which no column should be`);
}

/** parquet-wasm (arrow-rs) reads one file at a time and knows no hive folders: those columns are read from the path. */
export const wasmReader: FolderReader = async (folder, columns) => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'));
  return files.sort().flatMap((file) => {
    const table = tableFromIPC(readParquet(readFileSync(join(folder, file))).intoIPCStream());
    const hive = new Map(file.split(sep).flatMap((name) => (name.includes('=') ? [name.split('=') as [string, string]] : [])));
    const cells = columns.map((name): readonly Cell[] => {
      const part = hive.get(name);
      if (part !== undefined) return Array.from({ length: table.numRows }, () => part);
      return table.getChild(name)!.data.flatMap((data) => Array.from({ length: data.length }, (_, i) => arrowCell(data, i)));
    });
    return Array.from({ length: table.numRows }, (_, row) => cells.map((column) => column[row]!));
  });
};

const UNIT_NS: Readonly<Record<number, bigint>> = {
  [TimeUnit.MILLISECOND]: 1_000_000n,
  [TimeUnit.MICROSECOND]: 1000n,
  [TimeUnit.NANOSECOND]: 1n,
};

/** One value of an Arrow column as it is stored: the library's own rows turn times into milliseconds. */
export function arrowCell(data: Data, index: number): Cell {
  if (!data.getValid(index)) return null;
  const { type } = data;
  const { values, valueOffsets } = data as { values: ArrayLike<number | bigint> & Uint8Array; valueOffsets: Int32Array };
  if (type instanceof Timestamp) return String(BigInt(values[index]!) * UNIT_NS[type.unit]!);
  const [start, end] = valueOffsets === undefined ? [0, 0] : [valueOffsets[index]!, valueOffsets[index + 1]!];
  switch (String(type).replace(/<.*/, '')) {
    case 'Int64':
      return String(values[index]);
    case 'Float64':
      return values[index] as number;
    case 'Bool':
      return (values[(data.offset + index) >> 3]! & (1 << ((data.offset + index) & 7))) !== 0;
    case 'Utf8':
      return new TextDecoder().decode(values.subarray(start, end));
    case 'Binary':
      return Buffer.from(values.subarray(start, end)).toString('hex');
    case 'List':
      return Array.from({ length: end - start }, (_, i) => arrowCell(data.children[0]!, start + i));
    default:
      throw new Error(`nobody wrote a column of type ${type}`);
  }
}
