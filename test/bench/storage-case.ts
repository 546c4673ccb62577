import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type Tape, TapeRecord } from '#domain';
import { JournalTape, nodeDisk, openParquetTape, sealTape } from '#storage';
import { channelLabel } from '#venues';
import { parquetjs } from '../contract/parquet-readers/parquetjs.ts';
import type { StorageRun } from './storage-run.ts';

// One process of the storage bench: one program writes or reads one file of frames, and prints one `StorageRun`.

type Written = Pick<StorageRun, 'rows' | 'bytes'>;
type Found = Written & Pick<StorageRun, 'payloadBytes'>;

/** Frames of a journal with the columns of sealed Parquet. */
interface Frame {
  readonly sequence: number;
  readonly received_at_ns: bigint;
  readonly monotonic_ns: bigint;
  readonly venue: string;
  readonly connection: string;
  readonly kind: string;
  readonly meta: string;
  readonly channel: string;
  readonly payload: Uint8Array;
}

const SESSION = 'bench';
const [task, program, dataDir = ''] = process.argv.slice(2) as ['write' | 'read', string, string];
const JS_FILE = join(dataDir, 'parquetjs.parquet');
/** Receive times that parquetjs-lite gave, compared with the journal when the clock was read. */
const timesRead: unknown[] = [];
const DUCK_FILE = join(dataDir, 'duckdb.parquet');

async function* frames(): AsyncGenerator<Frame> {
  const record = new TapeRecord();
  for await (const batch of (await JournalTape.open(dataDir, SESSION)).batches()) {
    while (batch.next(record)) {
      const { sequence, receivedAtNs, monotonicNs, venue, connection, kind, meta, payload } = record.copy();
      const channel = channelLabel(record);
      yield { sequence, received_at_ns: receivedAtNs, monotonic_ns: monotonicNs, venue, connection, kind, meta, channel, payload };
    }
  }
}

async function write(): Promise<Written> {
  switch (program) {
    case 'seal': {
      const { rows, bytes } = await sealTape(await JournalTape.open(dataDir, SESSION), { dataDir, channelOf: channelLabel });
      return { rows, bytes };
    }
    case 'write':
      return writeOnly(await JournalTape.open(dataDir, SESSION));
    case 'parquetjs-lite':
      return writeWithParquetJs();
    case 'duckdb':
      return writeWithDuckDb();
    default:
      throw new Error(`nobody writes with ${program}`);
  }
}

/** What a seal does to the file, without its digests, its reading back and its manifest: what the others do. */
async function writeOnly(tape: Tape): Promise<Written> {
  const built = (name: string): string => new URL(`../../dist/storage/${name}.js`, import.meta.url).href;
  const { FrameGroup } = (await import(built('frame-columns'))) as typeof import('../../storage/frame-columns.ts');
  const { PartWriter } = (await import(built('parquet-part'))) as typeof import('../../storage/parquet-part.ts');
  const record = new TapeRecord();
  const group = new FrameGroup();
  let part: Awaited<ReturnType<typeof PartWriter.create>> | undefined;
  await rm(join(dataDir, 'write-only'), { recursive: true, force: true });
  for await (const batch of tape.batches()) {
    while (batch.next(record)) {
      part ??= await PartWriter.create(nodeDisk, join(dataDir, 'write-only'), SESSION, 1, record);
      if (group.isFullFor(record)) {
        await part.writeGroup(group);
        group.clear();
      }
      part.note(record);
      group.add(record, channelLabel(record));
    }
  }
  await part!.writeGroup(group);
  const { rows, bytes } = await part!.finish('');
  return { rows, bytes };
}

async function writeWithParquetJs(): Promise<Written> {
  const types = { sequence: 'INT64', received_at_ns: 'INT64', monotonic_ns: 'INT64', payload: 'BYTE_ARRAY' };
  const texts = Object.fromEntries(['venue', 'connection', 'kind', 'meta', 'channel'].map((name) => [name, 'UTF8']));
  const columns = Object.entries({ ...types, ...texts }).map(([name, type]) => [name, { type, compression: 'GZIP' }] as const);
  const writer = await parquetjs.ParquetWriter.openFile(new parquetjs.ParquetSchema(Object.fromEntries(columns)), JS_FILE);
  writer.setRowGroupSize(8192);
  let rows = 0;
  for await (const frame of frames()) {
    // Its statistics want a Buffer, and keep the largest payload whole.
    await writer.appendRow({ ...frame, payload: Buffer.from(frame.payload.buffer, frame.payload.byteOffset, frame.payload.length) });
    rows += 1;
  }
  await writer.close();
  return { rows, bytes: (await stat(JS_FILE)).size };
}

async function writeWithDuckDb(): Promise<Written> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(
    'CREATE TABLE frames (sequence BIGINT, received_at_ns BIGINT, monotonic_ns BIGINT, venue VARCHAR, connection VARCHAR, kind VARCHAR, meta VARCHAR, channel VARCHAR, payload BLOB)',
  );
  const appender = await connection.createAppender('frames');
  let rows = 0;
  for await (const frame of frames()) {
    appender.appendBigInt(BigInt(frame.sequence));
    appender.appendBigInt(frame.received_at_ns);
    appender.appendBigInt(frame.monotonic_ns);
    for (const text of [frame.venue, frame.connection, frame.kind, frame.meta, frame.channel]) appender.appendVarchar(text);
    appender.appendBlob(frame.payload);
    appender.endRow();
    rows += 1;
  }
  appender.closeSync();
  await connection.run(`COPY frames TO '${DUCK_FILE}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)`);
  return { rows, bytes: (await stat(DUCK_FILE)).size };
}

async function read(): Promise<Found> {
  switch (program) {
    case 'tapedeck': {
      const tape = await openParquetTape(dataDir, SESSION);
      const record = new TapeRecord();
      let [rows, payloadBytes] = [0, 0];
      for await (const batch of tape.batches()) {
        while (batch.next(record)) {
          rows += 1;
          payloadBytes += record.payloadLength;
        }
      }
      return { rows, payloadBytes, bytes: tape.manifest.parts.reduce((sum, part) => sum + part.bytes, 0) };
    }
    case 'parquetjs-lite':
      return readWithParquetJs();
    case 'duckdb':
      return readWithDuckDb();
    default:
      throw new Error(`nobody reads with ${program}`);
  }
}

async function readWithParquetJs(): Promise<Found> {
  const reader = await parquetjs.ParquetReader.openFile(JS_FILE);
  const cursor = reader.getCursor();
  let [rows, payloadBytes] = [0, 0];
  for (let row = await cursor.next(); row !== null; row = await cursor.next()) {
    rows += 1;
    payloadBytes += (row.payload as Uint8Array | undefined)?.length ?? 0;
    timesRead.push(row.received_at_ns);
  }
  await reader.close();
  return { rows, payloadBytes, bytes: (await stat(JS_FILE)).size };
}

async function readWithDuckDb(): Promise<Found> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const result = await connection.stream(`SELECT * FROM read_parquet('${dataDir}/parquet/**/*.parquet')`);
  let [rows, payloadBytes] = [0, 0];
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const columns = chunk.getColumns();
    rows += chunk.rowCount;
    for (const value of columns[8]!) payloadBytes += (value as { readonly bytes: Uint8Array }).bytes.length;
  }
  return { rows, payloadBytes, bytes: (await openParquetTape(dataDir, SESSION)).manifest.parts.reduce((sum, part) => sum + part.bytes, 0) };
}

/** How many receive times are not those of the journal. */
async function wrongTimes(found: readonly unknown[]): Promise<number> {
  let [row, wrong] = [0, 0];
  for await (const { received_at_ns } of frames()) if (found[row++] !== received_at_ns) wrong += 1;
  return wrong;
}

const startedAtMs = performance.now();
const startedCpu = process.cpuUsage();
const result = task === 'write' ? await write() : await read();
const elapsedMs = performance.now() - startedAtMs;
const { user, system } = process.cpuUsage(startedCpu);
const processorMs = (user + system) / 1000;
const peakRssMb = Math.round(process.resourceUsage().maxRSS / 1024);
const proof = timesRead.length === 0 ? {} : { wrongTimes: await wrongTimes(timesRead) };
process.stdout.write(JSON.stringify({ ...result, ...proof, elapsedMs, processorMs, peakRssMb } satisfies StorageRun));
process.exit(0);
