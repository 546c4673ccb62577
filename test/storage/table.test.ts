import { spawnSync } from 'node:child_process';
import { Writable } from 'node:stream';
import { tableFromIPC } from 'apache-arrow';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import type { TableColumn, TableValue } from '../../storage/table-types.ts';
import { createTableWriter, TABLE_FORMATS } from '../../storage/table-writer.ts';
import { loadZstd } from '../../storage/zstd.ts';

const COLUMNS: readonly TableColumn[] = [
  { name: 'symbol', type: 'string' },
  { name: 'price', type: 'float64' },
  { name: 'sequence', type: 'int64' },
  { name: 'volume', type: 'decimal-text' },
  { name: 'open_time', type: 'timestamp-ms' },
  { name: 'venue_time', type: 'timestamp-us' },
  { name: 'received_at', type: 'timestamp-ns' },
];
/** 2024-08-09T00:00:00Z */
const MIDNIGHT_NS = 1_723_161_600_000_000_000n;

/** Keeps what is written; `isSlow` takes one chunk a turn of the event loop and has no buffer worth the name. */
class Collector extends Writable {
  readonly #isSlow: boolean;
  readonly chunks: Buffer[] = [];
  bufferedMax = 0;

  constructor(options: { readonly isSlow?: boolean } = {}) {
    super({ highWaterMark: 1024 });
    this.#isSlow = options.isSlow ?? false;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.bufferedMax = Math.max(this.bufferedMax, this.writableLength);
    this.chunks.push(chunk);
    if (this.#isSlow) setImmediate(done);
    else done();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

async function written(format: string, columns: readonly TableColumn[], rows: readonly (readonly TableValue[])[]): Promise<Buffer> {
  const target = new Collector();
  const writer = await createTableWriter(format, columns, target);
  for (const [i, row] of rows.entries()) {
    writer.writeRow(row);
    if (i % 1000 === 0) await writer.drain();
  }
  await writer.close();
  return target.bytes;
}

async function readParquet(bytes: Buffer): Promise<Record<string, unknown>[]> {
  const zstd = await loadZstd();
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const asRead = (value: bigint): bigint => value;
  return parquetReadObjects({
    file,
    compressors: {
      ZSTD: (page, length) => {
        const into = new Uint8Array(length);
        zstd.decompress(page, into);
        return into;
      },
    },
    parsers: { timestampFromMilliseconds: asRead, timestampFromMicroseconds: asRead, timestampFromNanoseconds: asRead },
  });
}

/** Arrow values as they are stored: the library's rows turn times into milliseconds. */
function readArrow(bytes: Buffer): Record<string, unknown>[] {
  const table = tableFromIPC(bytes);
  const rows: Record<string, unknown>[] = Array.from({ length: table.numRows }, () => ({}));
  for (const [index, { name }] of table.schema.fields.entries()) {
    const vector = table.getChildAt(index)!;
    let row = 0;
    for (const data of vector.data) {
      for (let i = 0; i < data.length; i++, row++) rows[row]![name] = storedValue(data, i, () => vector.get(row));
    }
  }
  return rows;
}

function storedValue(
  data: { readonly values: ArrayLike<unknown>; getValid(index: number): boolean },
  i: number,
  text: () => unknown,
): unknown {
  if (!data.getValid(i)) return null;
  return data.values instanceof BigInt64Array || data.values instanceof Float64Array ? data.values[i] : text();
}

const FULL: readonly TableValue[] = [
  'BTCUSDT',
  61_837.63,
  7,
  '1250000000000000000.25',
  MIDNIGHT_NS + 5_000_000n,
  MIDNIGHT_NS + 123_000n,
  MIDNIGHT_NS + 1n,
];
const EMPTY: readonly TableValue[] = ['', Number.NaN, null, null, null, null, null];
const BEFORE_1970: readonly TableValue[] = ['한국', -0.00000012, -5n, '-0.5', -1n, -1n, -1n];

describe('text formats', () => {
  test('csv has a header, line feeds, exact decimals, ISO times and empty cells for what is missing', async () => {
    expect((await written('csv', COLUMNS, [FULL, EMPTY, BEFORE_1970])).toString()).toBe(
      `${[
        'symbol,price,sequence,volume,open_time,venue_time,received_at',
        'BTCUSDT,61837.63,7,1250000000000000000.25,2024-08-09T00:00:00.005Z,2024-08-09T00:00:00.000123Z,2024-08-09T00:00:00.000000001Z',
        ',,,,,,',
        '한국,-0.00000012,-5,-0.5,1969-12-31T23:59:59.999Z,1969-12-31T23:59:59.999999999Z,1969-12-31T23:59:59.999999999Z',
      ].join('\n')}\n`,
    );
  });

  test('numbers are the shortest exact decimals without an exponent, decimal texts stay as they are', async () => {
    const columns = [
      { name: 'number', type: 'float64' },
      { name: 'exact', type: 'decimal-text' },
    ] as const;
    const rows = [
      [0.1 + 0.2, '0.30'],
      [1e21, '123456789012345678901234567890.000000000000000001'],
      [5e-7, '-0.0000005'],
      [9_007_199_254_740_991, ''],
      [-1.5, null],
      [Number.POSITIVE_INFINITY, '1'],
    ] as const;
    expect((await written('csv', columns, rows)).toString()).toBe(
      [
        'number,exact',
        '0.30000000000000004,0.30',
        '1000000000000000000000,123456789012345678901234567890.000000000000000001',
        '0.0000005,-0.0000005',
        '9007199254740991,',
        '-1.5,',
        ',1',
        '',
      ].join('\n'),
    );
    const lines = (await written('jsonl', columns, rows)).toString().trimEnd().split('\n');
    expect(lines[1]).toBe('{"number":1000000000000000000000,"exact":"123456789012345678901234567890.000000000000000001"}');
    expect(lines.map((line) => (JSON.parse(line) as { number: number | null }).number)).toEqual([
      ...rows.slice(0, 5).map(([number]) => number),
      null,
    ]);
  });

  test('a table without rows is its header in csv and nothing in jsonl', async () => {
    expect((await written('csv', COLUMNS, [])).toString()).toBe('symbol,price,sequence,volume,open_time,venue_time,received_at\n');
    expect((await written('jsonl', COLUMNS, [])).toString()).toBe('');
  });

  test('jsonl escapes what JSON must escape, in names too', async () => {
    const line = (await written('jsonl', [{ name: 'a"b', type: 'string' }], [['two\nlines "quoted" \\ \u0000']])).toString();
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(JSON.parse(line)).toEqual({ 'a"b': 'two\nlines "quoted" \\ \u0000' });
  });

  test('csv quotes commas, quotes and line ends as RFC 4180 says', async () => {
    const columns = [
      { name: 'a,b', type: 'string' },
      { name: 'c', type: 'string' },
    ] as const;
    const text = (
      await written('csv', columns, [
        ['x,y', 'say "hi"'],
        ['two\nlines', 'cr\rlf'],
      ])
    ).toString();
    expect(text).toBe('"a,b",c\n"x,y","say ""hi"""\n"two\nlines","cr\rlf"\n');
  });

  test('jsonl is one object a line with null for what is missing', async () => {
    const lines = (await written('jsonl', COLUMNS, [FULL, EMPTY])).toString().split('\n');
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[0]!)).toEqual({
      symbol: 'BTCUSDT',
      price: 61_837.63,
      sequence: 7,
      volume: '1250000000000000000.25',
      open_time: '2024-08-09T00:00:00.005Z',
      venue_time: '2024-08-09T00:00:00.000123Z',
      received_at: '2024-08-09T00:00:00.000000001Z',
    });
    expect(JSON.parse(lines[1]!)).toEqual({
      symbol: '',
      price: null,
      sequence: null,
      volume: null,
      open_time: null,
      venue_time: null,
      received_at: null,
    });
  });
});

describe.each(['parquet', 'arrow', 'arrow-stream'])('%s', (format) => {
  const read = (bytes: Buffer) => (format === 'parquet' ? readParquet(bytes) : Promise.resolve(readArrow(bytes)));

  test('keeps every value, with times in the unit of their column rounded down', async () => {
    const rows = await read(await written(format, COLUMNS, [FULL, EMPTY, BEFORE_1970]));
    expect(rows).toEqual([
      {
        symbol: 'BTCUSDT',
        price: 61_837.63,
        sequence: 7n,
        volume: 1.25e18,
        open_time: (MIDNIGHT_NS + 5_000_000n) / 1_000_000n,
        venue_time: (MIDNIGHT_NS + 123_000n) / 1000n,
        received_at: MIDNIGHT_NS + 1n,
      },
      { symbol: '', price: null, sequence: null, volume: null, open_time: null, venue_time: null, received_at: null },
      { symbol: '한국', price: -0.00000012, sequence: -5n, volume: -0.5, open_time: -1n, venue_time: -1n, received_at: -1n },
    ]);
  });

  test('a table without rows still has its columns', async () => {
    const bytes = await written(format, COLUMNS, []);
    expect(await read(bytes)).toEqual([]);
    const names =
      format !== 'parquet'
        ? tableFromIPC(bytes).schema.fields.map((field) => field.name)
        : parquetMetadata(new Uint8Array(bytes))
            .schema.slice(1)
            .map((element) => element.name);
    expect(names).toEqual(COLUMNS.map((column) => column.name));
  });

  test('long tables are cut into groups of at most 65,536 rows, with nothing lost between them', async () => {
    const columns = [
      { name: 'sequence', type: 'int64' },
      { name: 'text', type: 'string' },
    ] as const;
    const count = 150_000;
    const bytes = await written(
      format,
      columns,
      Array.from({ length: count }, (_, i) => [i, i % 3 === 0 ? null : `row ${i % 5}`]),
    );
    const groups =
      format !== 'parquet'
        ? tableFromIPC(bytes).batches.map((batch) => batch.numRows)
        : parquetMetadata(new Uint8Array(bytes)).row_groups.map((group) => Number(group.num_rows));
    expect(groups).toEqual([65_536, 65_536, 18_928]);
    const rows = await read(bytes);
    expect(rows.length).toBe(count);
    expect(rows.findIndex((row, i) => row.sequence !== BigInt(i) || row.text !== (i % 3 === 0 ? null : `row ${i % 5}`))).toBe(-1);
  });
});

const NESTED: readonly TableColumn[] = [
  { name: 'is_final', type: 'boolean' },
  { name: 'sizes', type: 'float64-list' },
];
const NESTED_ROWS: readonly (readonly TableValue[])[] = [
  [true, [1, 0.5, -0]],
  [false, []],
  [null, null],
  [true, [Number.NaN, 2]],
];

describe('truth values and lists', () => {
  test('are JSON in the text formats', async () => {
    expect((await written('csv', NESTED, NESTED_ROWS)).toString()).toBe('is_final,sizes\ntrue,"[1,0.5,0]"\nfalse,[]\n,\ntrue,"[null,2]"\n');
    const lines = (await written('jsonl', NESTED, NESTED_ROWS)).toString().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { is_final: true, sizes: [1, 0.5, 0] },
      { is_final: false, sizes: [] },
      { is_final: null, sizes: null },
      { is_final: true, sizes: [null, 2] },
    ]);
  });

  test('an empty list is not a missing one in Parquet and Arrow', async () => {
    const wanted = [
      { is_final: true, sizes: [1, 0.5, -0] },
      { is_final: false, sizes: [] },
      { is_final: null, sizes: null },
      { is_final: true, sizes: [null, 2] },
    ];
    const read = await readParquet(await written('parquet', NESTED, NESTED_ROWS));
    // The reading library says `undefined` for a list that is missing.
    expect(read.map(({ is_final, sizes = null }) => ({ is_final, sizes }))).toEqual(wanted);
    const table = tableFromIPC(await written('arrow', NESTED, NESTED_ROWS));
    const [truths, lists] = [table.getChild('is_final')!, table.getChild('sizes')!];
    const rows = wanted.map((_, i) => ({ is_final: truths.get(i), sizes: lists.get(i) === null ? null : [...lists.get(i)] }));
    expect(rows).toEqual(wanted);
  });

  test('rows with long lists are written in smaller groups', async () => {
    const list = Array.from({ length: 1000 }, (_, i) => i);
    const columns = NESTED.slice(1);
    const bytes = await written(
      'parquet',
      columns,
      Array.from({ length: 2500 }, () => [list]),
    );
    expect(parquetMetadata(new Uint8Array(bytes)).row_groups.map((group) => Number(group.num_rows))).toEqual([
      263, 263, 263, 263, 263, 263, 263, 263, 263, 133,
    ]);
    expect(await readParquet(bytes)).toEqual(Array.from({ length: 2500 }, () => ({ sizes: list })));
  });
});

test.each(['parquet', 'parquet-compatible', 'arrow', 'arrow-stream'])('%s keeps the marks of a table', async (format) => {
  const target = new Collector();
  await (await createTableWriter(format, COLUMNS, target, { 'tapedeck.session': '월요일' })).close();
  const found = format.startsWith('arrow')
    ? tableFromIPC(target.bytes).schema.metadata.get('tapedeck.session')
    : parquetMetadata(new Uint8Array(target.bytes)).key_value_metadata?.find(({ key }) => key === 'tapedeck.session')?.value;
  expect(found).toBe('월요일');
});

const python = process.env.TAPEDECK_PYTHON ?? 'python3';
const hasPyarrow = spawnSync(python, ['-c', 'import pyarrow']).status === 0;
if (!hasPyarrow) process.stderr.write('skipped: pyarrow is not installed; set TAPEDECK_PYTHON to a Python that has it\n');

test.skipIf(!hasPyarrow).each(['parquet', 'arrow', 'arrow-stream'])('pyarrow reads the same values from %s', async (format) => {
  const script = `
import io, json, sys, pyarrow as pa, pyarrow.ipc as ipc, pyarrow.parquet as pq
source = io.BytesIO(sys.stdin.buffer.read())
table = pq.read_table(source) if sys.argv[1] == 'parquet' else (ipc.open_file if sys.argv[1] == 'arrow' else ipc.open_stream)(source).read_all()
times = [name for name in table.schema.names if pa.types.is_timestamp(table.schema.field(name).type)]
for name in times:
  table = table.set_column(table.schema.get_field_index(name), name, table[name].cast(pa.int64()))
print(json.dumps({'times': times, 'columns': {name: [v if v is None or isinstance(v, (float, str)) else str(v) for v in table[name].to_pylist()] for name in table.schema.names}}))`;
  const input = await written(format, COLUMNS, [FULL, EMPTY, BEFORE_1970]);
  const result = spawnSync(python, ['-c', script, format], { input, encoding: 'utf8' });
  expect(result.stderr).toBe('');
  expect(JSON.parse(result.stdout)).toEqual({
    times: ['open_time', 'venue_time', 'received_at'],
    columns: {
      symbol: ['BTCUSDT', '', '한국'],
      price: [61_837.63, null, -0.00000012],
      sequence: ['7', null, '-5'],
      volume: [1.25e18, null, -0.5],
      open_time: [String(MIDNIGHT_NS / 1_000_000n + 5n), null, '-1'],
      venue_time: [String(MIDNIGHT_NS / 1000n + 123n), null, '-1'],
      received_at: [String(MIDNIGHT_NS + 1n), null, '-1'],
    },
  });
});

test('parquet and arrow say what their times are', async () => {
  const parquet = parquetMetadata(new Uint8Array(await written('parquet', COLUMNS, [FULL])));
  expect(parquet.schema.slice(-3).map((element) => element.logical_type)).toEqual(
    ['MILLIS', 'MICROS', 'NANOS'].map((unit) => ({ type: 'TIMESTAMP', isAdjustedToUTC: false, unit })),
  );
  expect(parquet.row_groups[0]?.columns[0]?.meta_data?.codec).toBe('ZSTD');
  const arrow = tableFromIPC(await written('arrow', COLUMNS, [FULL]));
  expect(arrow.schema.fields.slice(-3).map((field) => String(field.type))).toEqual([
    'Timestamp<MILLISECOND, UTC>',
    'Timestamp<MICROSECOND, UTC>',
    'Timestamp<NANOSECOND, UTC>',
  ]);
});

describe.each([...TABLE_FORMATS])('%s to a slow target', (format) => {
  test('a drained writer keeps no more than one batch of rows, however slow the target is', async () => {
    const columns = Array.from({ length: 20 }, (_, i) => ({ name: `c${i}`, type: 'float64' as const }));
    const target = new Collector({ isSlow: true });
    const writer = await createTableWriter(format, columns, target);
    // What one group of rows takes: 20 columns of 8 bytes, and as much again for text.
    const groupBytes = 65_536 * 20 * 8;
    const lags: number[] = [];
    for (let group = 0; group < 6; group++) {
      for (let i = 0; i < 65_536; i++) writer.writeRow(Array.from({ length: 20 }, (_, c) => group + i * c));
      await writer.drain();
      lags.push(target.chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    }
    await writer.close();
    const total = target.bytes.length;
    // After the fifth drain at most the sixth group and a little may be missing.
    expect(total - lags[4]!, `written after each drain: ${lags.join(', ')} of ${total}`).toBeLessThan((total / 6) * 1.6 + groupBytes / 100);
  });

  test('a target that fails makes the writer fail, not lose rows in silence', async () => {
    const failing = new Writable({ write: (_chunk, _encoding, done) => done(new Error('no space left')) });
    const writer = await createTableWriter(format, COLUMNS, failing);
    writer.writeRow(FULL);
    await expect(writer.close()).rejects.toThrow('no space left');
  });

  test('a target that was closed by somebody else makes the writer fail', async () => {
    const target = new Collector();
    const writer = await createTableWriter(format, COLUMNS, target);
    target.destroy();
    writer.writeRow(FULL);
    await expect(writer.close()).rejects.toThrow();
  });
});

test('an unknown format is a usage error that names the known ones', async () => {
  await expect(createTableWriter('xlsx', COLUMNS, new Collector())).rejects.toMatchObject({
    code: 'FORMAT_UNKNOWN',
    exitCode: 2,
    message: expect.stringContaining('csv, jsonl, parquet, parquet-compatible, arrow, arrow-stream'),
  });
});
