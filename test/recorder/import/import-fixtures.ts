import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, onTestFinished } from 'vitest';
import type { RecordAppender, RecordBody, RecordKind } from '#domain';
import type { CaptureOptions } from '../../../recorder/import/capture-options.ts';
import { type CaptureResult, importCapture } from '../../../recorder/import/import-capture.ts';

/** A journal in memory: what it was given, copied. */
export class MemoryAppender implements RecordAppender {
  readonly records: RecordBody[] = [];

  append(
    receivedAtNs: bigint,
    monotonicNs: bigint,
    venue: string,
    connection: string,
    kind: RecordKind,
    meta: string,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const payload = new Uint8Array(bytes.subarray(start, end));
    return this.records.push({ receivedAtNs, monotonicNs, venue, connection, kind, meta, payload }) - 1;
  }

  async drain(): Promise<void> {}
}

export interface Imported {
  readonly result: CaptureResult;
  readonly records: readonly RecordBody[];
  /** One short line a record, to compare at a glance. */
  readonly lines: readonly string[];
}

/** A folder that is gone when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tapedeck-import-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes the contents to files and imports them in that order. */
export async function importContents(
  contents: readonly (string | Uint8Array)[],
  options: Omit<CaptureOptions, 'files'>,
): Promise<Imported> {
  const folder = await temporaryFolder();
  const files: string[] = [];
  for (const [index, content] of contents.entries()) {
    const file = join(folder, `input-${index}`);
    await writeFile(file, content);
    files.push(file);
  }
  return importFiles({ ...options, files });
}

export async function importFiles(options: CaptureOptions): Promise<Imported> {
  const appender = new MemoryAppender();
  const result = await importCapture(options, appender);
  return { result, records: appender.records, lines: appender.records.map(lineOf) };
}

/** The records that came from lines of the input as frames. */
export function framesOf(records: readonly RecordBody[]): readonly RecordBody[] {
  return records.filter(({ kind }) => kind.startsWith('frame') || kind.startsWith('http'));
}

export function textOf(record: RecordBody | undefined): string {
  return new TextDecoder().decode(record?.payload);
}

function lineOf(record: RecordBody): string {
  const { receivedAtNs, monotonicNs, venue, connection, kind, meta } = record;
  return [receivedAtNs, monotonicNs, kind, venue || '-', connection || '-', meta || '-', textOf(record)].join(' | ');
}

/** The path of a real recording. */
export function dataFile(name: string): string {
  return fileURLToPath(new URL(`../../../../shared/data/${name}`, import.meta.url));
}

/** Tests over real recordings; where the folder is absent they are skipped, and the reason is their title. */
export function describeWithData(title: string, tests: () => void): void {
  if (existsSync(dataFile('README.md'))) describe(title, tests);
  else describe.skip(`${title} (skipped: there is no folder ../shared/data)`, tests);
}
