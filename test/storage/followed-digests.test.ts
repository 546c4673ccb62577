import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { RecordBody } from '#domain';
import { DigestThread } from '../../storage/digest-thread.ts';
import { type DigestReader, FileDigests } from '../../storage/file-digests.ts';
import { FollowedDigests } from '../../storage/followed-digests.ts';
import { nodeDisk } from '../../storage/journal-disk.ts';
import { JournalWriter, type JournalWriterOptions } from '../../storage/journal-writer.ts';
import { SEGMENT_FOOTER_BYTES, SEGMENT_HEADER_BYTES } from '../../storage/segment-format.ts';
import { verifyJournal } from '../../storage/verify.ts';
import { seeds } from '../seeds.ts';
import { aDataDir, appendAll, someRecords } from './journal-fixtures.ts';

const SEGMENT_BYTES = 60_000;
const SESSION = 'night';
type Digests = 'inline' | 'behind';

function optionsOf(digests: Digests): JournalWriterOptions {
  return { digests, segmentBytesMax: SEGMENT_BYTES, syncIntervalMs: 0 };
}

/** Records handed to a writer in pieces, a flush after each, as a recording has pauses. */
async function write(writer: JournalWriter, records: readonly RecordBody[], piece = 400): Promise<void> {
  for (let at = 0; at < records.length; at += piece) {
    appendAll(writer, records.slice(at, at + piece));
    await writer.flush();
  }
}

async function aSession(digests: Digests, records: readonly RecordBody[]): Promise<string> {
  const dataDir = aDataDir();
  const writer = await JournalWriter.create(dataDir, SESSION, optionsOf(digests));
  await write(writer, records);
  await writer.close();
  return dataDir;
}

/** Every file of the session by its name. */
function filesOf(dataDir: string): Record<string, string> {
  const folder = join(dataDir, 'sessions', SESSION);
  const names = readdirSync(folder, { recursive: true }).map(String);
  const files = names.filter((name) => statSync(join(folder, name)).isFile()).sort();
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name)).toString('base64')]));
}

function journalDirOf(dataDir: string): string {
  return join(dataDir, 'sessions', SESSION, 'journal');
}

function segmentsOf(dataDir: string): string[] {
  return readdirSync(journalDirOf(dataDir))
    .filter((name) => name.endsWith('.tdj'))
    .sort();
}

describe('a session whose digests are made behind the writer', () => {
  test('has the same files to the byte as one that hashed as it went', async () => {
    for (const seed of seeds(3)) {
      const records = someRecords(3000, seed);
      const inline = await aSession('inline', records);
      const behind = await aSession('behind', records);
      expect(segmentsOf(inline).length, `seed ${seed}`).toBeGreaterThan(5);
      expect(filesOf(behind), `seed ${seed}`).toEqual(filesOf(inline));
      expect((await verifyJournal(behind, SESSION)).problems, `seed ${seed}`).toEqual([]);
    }
  });

  test('has the same files after it was left and reopened, whoever hashed before', async () => {
    const records = someRecords(3000);
    const results = [];
    for (const [first, second] of [
      ['inline', 'inline'],
      ['inline', 'behind'],
      ['behind', 'behind'],
    ] as const) {
      const dataDir = aDataDir();
      const left = await JournalWriter.create(dataDir, SESSION, optionsOf(first));
      await write(left, records.slice(0, 1700));
      await left.abandon();
      const writer = await JournalWriter.reopen(dataDir, SESSION, optionsOf(second));
      await write(writer, records.slice(1700));
      await writer.close();
      results.push(filesOf(dataDir));
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  test('has the same files when it is empty, and when it is reopened with nothing to add', async () => {
    expect(filesOf(await aSession('behind', []))).toEqual(filesOf(await aSession('inline', [])));
    const left = await JournalWriter.create(aDataDir(), SESSION, optionsOf('behind'));
    await left.abandon();
    const dataDir = aDataDir();
    const first = await JournalWriter.create(dataDir, SESSION, optionsOf('behind'));
    await write(first, someRecords(700));
    await first.abandon();
    const writer = await JournalWriter.reopen(dataDir, SESSION, optionsOf('behind'));
    await writer.close();
    expect((await verifyJournal(dataDir, SESSION)).problems).toEqual([]);
  });

  test('is not closed over bytes that are not what was written', async () => {
    const dataDir = aDataDir();
    const writer = await JournalWriter.create(dataDir, SESSION, { digests: 'behind', syncIntervalMs: 0 });
    appendAll(writer, someRecords(500));
    await writer.flush();
    const path = join(journalDirOf(dataDir), segmentsOf(dataDir)[0]!);
    const bytes = readFileSync(path);
    bytes[bytes.length - 10]! ^= 1;
    writeFileSync(path, bytes);
    await expect(writer.close()).rejects.toMatchObject({ code: 'JOURNAL_READ_BACK', exitCode: 3 });
    const reopened = await JournalWriter.reopen(dataDir, SESSION);
    expect(reopened.records).toBe(499);
    expect(reopened.cuts).toHaveLength(1);
    await reopened.close();
  });

  test('fails at the next append, not only at the close, when its bytes cannot be read back', async () => {
    const dataDir = aDataDir();
    const writer = await JournalWriter.create(dataDir, SESSION, { digests: 'behind', syncIntervalMs: 0 });
    appendAll(writer, someRecords(100));
    await writer.flush();
    const path = join(journalDirOf(dataDir), segmentsOf(dataDir)[0]!);
    const bytes = readFileSync(path);
    bytes[bytes.length - 10]! ^= 1;
    writeFileSync(path, bytes);
    const more = someRecords(1000);
    const appendUntilFailure = async () => {
      for (;;) await write(writer, more, 1000);
    };
    await expect(appendUntilFailure()).rejects.toMatchObject({ code: 'JOURNAL_READ_BACK' });
    await writer.abandon().catch(() => undefined);
  });
});

/** Threads that do not do what they should; each works on a script of its own. */
const BROKEN_THREADS: Readonly<Record<string, string>> = {
  'is not there': '',
  'throws when it starts': 'throw new Error("no");',
  'ends at the first request': `import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit(3));`,
  'says that it failed': `import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => parentPort.postMessage({ kind: 'failed', reason: 'no' }));`,
  'never answers': `import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => undefined);`,
};

const readers: FollowedDigests[] = [];
afterEach(async () => {
  for (const reader of readers.splice(0)) await reader.release();
});

function followed(dataDir: string, startThread: (journalDir: string, onRead: (bytes: number) => void) => DigestReader): FollowedDigests {
  const digests = new FollowedDigests({
    disk: nodeDisk,
    journalDir: journalDirOf(dataDir),
    digestBefore: Buffer.from('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'hex'),
    filesBefore: [],
    onFailure: (error) => {
      throw error;
    },
    startThread,
  });
  readers.push(digests);
  return digests;
}

/** Goes through the finished segments of a session as a writer would, and expects what is in the files. */
async function expectSameDigests(digests: FollowedDigests, dataDir: string): Promise<void> {
  for (const [i, name] of segmentsOf(dataDir).entries()) {
    const file = readFileSync(join(journalDirOf(dataDir), name));
    const recordsEnd = file.length - SEGMENT_FOOTER_BYTES;
    expect(Buffer.from(await digests.begin(i + 1, Number(file.readBigUInt64LE(24)))())).toEqual(file.subarray(0, SEGMENT_HEADER_BYTES));
    digests.written(i + 1, recordsEnd);
    const { footer } = await digests.end()(recordsEnd);
    expect(Buffer.from(footer)).toEqual(file.subarray(recordsEnd));
  }
  expect(digests.behindBytes).toBe(0);
}

describe('where the thread of the digests', () => {
  test.each(Object.entries(BROKEN_THREADS))('%s, the same digests are made without it', async (_, script) => {
    const dataDir = await aSession('inline', someRecords(10_000));
    const path = join(mkdtempSync(join(dataDir, 'thread-')), 'worker.mjs');
    if (script !== '') writeFileSync(path, script);
    const options = { url: new URL(`file://${path}`), silenceMaxMs: 200 };
    await expectSameDigests(
      followed(dataDir, (journalDir, onRead) => new DigestThread(journalDir, onRead, options)),
      dataDir,
    );
  });

  test('cannot be made at all, the same digests are made without it', async () => {
    const dataDir = await aSession('inline', someRecords(2000));
    const options = { url: new URL('https://example.invalid/worker.js') };
    await expectSameDigests(
      followed(dataDir, (journalDir, onRead) => new DigestThread(journalDir, onRead, options)),
      dataDir,
    );
  });

  test('fails in the middle, all that it had read is read again', async () => {
    const dataDir = await aSession('inline', someRecords(4000));
    const digests = followed(dataDir, (journalDir, onRead) => new TiredReader(journalDir, onRead, 4));
    await expectSameDigests(digests, dataDir);
  });

  test('works, it is the thread that reads', async () => {
    const dataDir = await aSession('inline', someRecords(4000));
    let readBytes = 0;
    const digests = followed(dataDir, (journalDir, onRead) => {
      return new DigestThread(journalDir, (bytes) => {
        readBytes += bytes;
        onRead(bytes);
      });
    });
    await expectSameDigests(digests, dataDir);
    expect(readBytes).toBeGreaterThan(SEGMENT_BYTES);
  });
});

test('a segment goes on past its limit while the digests are far behind, and ends once they are not', async () => {
  const dataDir = aDataDir();
  const writer = await JournalWriter.create(dataDir, SESSION, { ...optionsOf('behind'), rollBehindBytesMax: SEGMENT_BYTES / 2 });
  // The reader is told of a megabyte at a time: until then the digests are behind, and after it they catch up sooner or later.
  while (segmentsOf(dataDir).length === 1) await write(writer, someRecords(400), 50);
  await writer.close();
  expect(statSync(join(journalDirOf(dataDir), segmentsOf(dataDir)[0]!)).size).toBeGreaterThan(10 * SEGMENT_BYTES);
  expect((await verifyJournal(dataDir, SESSION)).problems).toEqual([]);
});

/** Does its work some times, and then never again. */
class TiredReader implements DigestReader {
  readonly #reader: FileDigests;
  #rest: number;

  constructor(journalDir: string, onRead: (bytes: number) => void, rest: number) {
    this.#reader = new FileDigests(nodeDisk, journalDir, onRead);
    this.#rest = rest;
  }

  async advance(number: number, recordsEnd: number): Promise<void> {
    this.#work();
    await this.#reader.advance(number, recordsEnd);
  }

  async close(number: number, recordsEnd: number) {
    this.#work();
    return this.#reader.close(number, recordsEnd);
  }

  release(): Promise<void> {
    return this.#reader.release();
  }

  #work(): void {
    this.#rest -= 1;
    if (this.#rest < 0) throw new Error('tired');
  }
}
