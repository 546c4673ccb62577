import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { RECORD_KINDS, type RecordBatch, type RecordBody, TapeRecord } from '#domain';
import type { Disk } from '../../storage/journal-disk.ts';
import { JournalTape } from '../../storage/journal-tape.ts';
import { type ClosedJournal, JournalWriter, type JournalWriterOptions } from '../../storage/journal-writer.ts';

export type StoredRecord = RecordBody & { readonly sequence: number };

/** 2024-08-08T00:00:00Z */
export const START_NS = 1_723_075_200_000_000_000n;

/** An empty data folder that is removed after the test. */
export function aDataDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'tapedeck-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A copy of a data folder to damage. */
export function copyOf(dataDir: string): string {
  const copy = aDataDir();
  cpSync(dataDir, copy, { recursive: true });
  return copy;
}

export function aRecord(fields: Partial<RecordBody> = {}): RecordBody {
  return {
    receivedAtNs: START_NS,
    monotonicNs: 0n,
    venue: 'binance-spot',
    connection: 'market-1',
    kind: 'frame-in',
    meta: '',
    payload: new Uint8Array(0),
    ...fields,
  };
}

/** Records of every kind with payloads of 0 to 249 bytes, times that go back, names and metas that change; a function of the seed. */
export function someRecords(count: number, seed = 1): RecordBody[] {
  const next = random(seed);
  return Array.from({ length: count }, (_, i) =>
    aRecord({
      receivedAtNs: START_NS + BigInt(i) * 1_000_003n - BigInt(next(5_000_000)),
      monotonicNs: BigInt(i) * 1_000_003n - 7n,
      venue: ['binance-spot', 'kiwoom', ''][next(3)]!,
      connection: ['a', 'market-1', '', '연결'][next(4)]!,
      kind: RECORD_KINDS[next(RECORD_KINDS.length)]!,
      meta: next(4) === 0 ? `{"n":${next(100)}}` : '',
      payload: Uint8Array.from({ length: next(250) }, () => next(256)),
    }),
  );
}

/** A seeded stream of whole numbers below a bound. */
export function random(seed: number): (bound: number) => number {
  let state = seed >>> 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

export function appendAll(writer: JournalWriter, records: readonly RecordBody[]): void {
  for (const r of records) append(writer, r);
}

export function append(writer: JournalWriter, r: RecordBody): number {
  return writer.append(r.receivedAtNs, r.monotonicNs, r.venue, r.connection, r.kind, r.meta, r.payload, 0, r.payload.length);
}

/** Writes a closed session. */
export async function writeSession(
  dataDir: string,
  session: string,
  records: readonly RecordBody[],
  options: JournalWriterOptions = {},
): Promise<ClosedJournal> {
  const writer = await JournalWriter.create(dataDir, session, { syncIntervalMs: 0, ...options });
  for (const [i, record] of records.entries()) {
    append(writer, record);
    if (i % 100 === 99) await writer.drain();
  }
  return writer.close();
}

export async function readSession(dataDir: string, session: string, options: { readonly disk?: Disk } = {}): Promise<StoredRecord[]> {
  return collect((await JournalTape.open(dataDir, session, options)).batches());
}

export async function collect(batches: AsyncIterable<RecordBatch>): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  const view = new TapeRecord();
  for await (const batch of batches) while (batch.next(view)) records.push(view.copy());
  return records;
}

export function numbered(records: readonly RecordBody[], first = 0): StoredRecord[] {
  return records.map((record, i) => ({ ...record, sequence: first + i }));
}
