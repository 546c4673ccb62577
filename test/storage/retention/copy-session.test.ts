import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Disk, type DiskFile, nodeDisk } from '../../../storage/journal-disk.ts';
import { JournalTape } from '../../../storage/journal-tape.ts';
import { JournalWriter } from '../../../storage/journal-writer.ts';
import { copySession } from '../../../storage/retention/copy-session.ts';
import { sealTape } from '../../../storage/seal.ts';
import { verifySession } from '../../../storage/session-verify.ts';
import { aDataDir, appendAll, someRecords, writeSession } from '../journal-fixtures.ts';
import { filesIn } from '../repair/damage.ts';

async function aSealedSession(): Promise<string> {
  const dataDir = aDataDir();
  await writeSession(dataDir, 's', someRecords(90, 41), { segmentBytesMax: 4_000 });
  await sealTape(await JournalTape.open(dataDir, 's'), { dataDir, channelOf: () => 'c' });
  return dataDir;
}

test('a copy is a data folder of its own that verifies, byte for byte', async () => {
  const [dataDir, copyDir] = [await aSealedSession(), aDataDir()];
  const first = await copySession(dataDir, copyDir, 's');
  expect(filesIn(copyDir)).toEqual(filesIn(dataDir));
  expect(first).toMatchObject({ files: filesIn(dataDir).size, filesCopied: first.files, bytesCopied: first.bytes });
  expect(await verifySession(copyDir, 's')).toMatchObject({ ok: true, stores: ['journal', 'parquet'] });
  expect(await copySession(dataDir, copyDir, 's')).toMatchObject({ filesCopied: 0, bytesCopied: 0 });
});

test('a copy that is interrupted after any file is no closed session, and goes on with the files that are missing', async () => {
  const dataDir = await aSealedSession();
  const files = filesIn(dataDir).size;
  for (let stop = 1; stop < files; stop++) {
    const copyDir = aDataDir();
    let done = 0;
    const onProgress = () => {
      done += 1;
      if (done === stop) throw new Error('interrupted');
    };
    await expect(copySession(dataDir, copyDir, 's', { onProgress })).rejects.toThrow('interrupted');
    expect([...filesIn(copyDir).keys()]).not.toContain('sessions/s/session.json');
    expect(await copySession(dataDir, copyDir, 's')).toMatchObject({ filesCopied: files - stop });
    expect(filesIn(copyDir)).toEqual(filesIn(dataDir));
    rmSync(copyDir, { recursive: true });
  }
});

test('nothing at the target is written over or removed', async () => {
  const [dataDir, copyDir] = [await aSealedSession(), aDataDir()];
  await copySession(dataDir, copyDir, 's');
  const path = join(copyDir, 'sessions/s/journal/00000001.tdj');
  const bytes = readFileSync(path);
  bytes[200]! ^= 1;
  writeFileSync(path, bytes);
  const before = filesIn(copyDir);
  // The quick look trusts what was read back when it was copied; before anything is removed every byte is read again.
  await expect(copySession(dataDir, copyDir, 's', { isThorough: true })).rejects.toMatchObject({
    code: 'COPY_TARGET_DIFFERS',
    exitCode: 3,
  });
  expect(filesIn(copyDir)).toEqual(before);
  rmSync(join(copyDir, 'sessions/s/session.json'));
  await expect(copySession(dataDir, copyDir, 's')).rejects.toMatchObject({ code: 'COPY_TARGET_DIFFERS' });
});

test('a damaged source is not copied', async () => {
  const [dataDir, copyDir] = [await aSealedSession(), aDataDir()];
  const path = join(dataDir, 'sessions/s/journal/00000002.tdj');
  const bytes = readFileSync(path);
  bytes[300]! ^= 1;
  writeFileSync(path, bytes);
  await expect(copySession(dataDir, copyDir, 's')).rejects.toMatchObject({ code: 'COPY_SOURCE_DAMAGED' });
  expect([...filesIn(copyDir).keys()].filter((name) => name.includes('00000002.tdj') && !name.endsWith('.tmp'))).toEqual([]);
});

test('a target disk that gives back other bytes than it took is found out', async () => {
  const [dataDir, copyDir] = [await aSealedSession(), aDataDir()];
  const lying: Disk = {
    ...nodeDisk,
    async open(path, mode) {
      const file = await nodeDisk.open(path, mode);
      if (!path.endsWith('00000002.tdj.tmp')) return file;
      const write: DiskFile['write'] = (parts, position) =>
        file.write([Uint8Array.of(parts[0]![0]! ^ 1, ...parts[0]!.subarray(1))], position);
      const read: DiskFile['read'] = (...place) => file.read(...place);
      const [datasync, close] = [() => file.datasync(), () => file.close()];
      return { write, datasync, close, read, size: () => file.size(), truncate: (bytes) => file.truncate(bytes) };
    },
  };
  await expect(copySession(dataDir, copyDir, 's', { disk: lying })).rejects.toMatchObject({
    code: 'COPY_TARGET_DIFFERS',
    message: expect.stringContaining('do not trust that disk'),
  });
  const names = [...filesIn(copyDir).keys()];
  expect(names).not.toContain('sessions/s/session.json');
  // No wrong bytes have the name of a file: on a disk that works the copy goes on.
  expect(names).not.toContain('sessions/s/journal/00000002.tdj');
  await copySession(dataDir, copyDir, 's');
  expect(filesIn(copyDir)).toEqual(filesIn(dataDir));
});

test('an open session, one that is not sealed and a folder inside the data folder are refused', async () => {
  const dataDir = aDataDir();
  const writer = await JournalWriter.create(dataDir, 'open');
  appendAll(writer, someRecords(3));
  await expect(copySession(dataDir, aDataDir(), 'open')).rejects.toMatchObject({ code: 'SESSION_OPEN' });
  await writer.close();
  await expect(copySession(dataDir, aDataDir(), 'open')).rejects.toMatchObject({ code: 'SESSION_NOT_SEALED' });
  for (const folder of [dataDir, join(dataDir, 'copies')])
    await expect(copySession(dataDir, folder, 'open')).rejects.toMatchObject({ code: 'COPY_FOLDER_INVALID', exitCode: 2 });
  expect(statSync(dataDir).isDirectory()).toBe(true);
});
