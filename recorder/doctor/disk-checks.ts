import { open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { bytesText, type DoctorCheck, failed, ok, warning, wordsOf } from './doctor-check.ts';

const WRITE_BYTES = 32 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
/** A slow disk must not make a check long. */
const WRITE_MS_MAX = 3_000;
/** A busy night of all venues is 3 MB a second; a disk that cannot do this much sheds frames. */
const WRITE_RATE_MIN = 8e6;
const WRITE_RATE_COMFORTABLE = 30e6;
/** The journal is made durable every 50 ms: a slower sync makes a power cut cost more. */
const SYNC_MS_COMFORTABLE = 250;

/** The data folder: there, writable, room, and how fast it takes bytes. Leaves nothing behind. */
export async function checkDisk(dataDir: string, freeBytesMin: number): Promise<readonly DoctorCheck[]> {
  const folder = await nearestFolder(dataDir);
  const name = `folder ${dataDir}`;
  const exists = folder === resolve(dataDir);
  try {
    const { bavail, bsize } = await statfs(folder);
    const speed = await writeSpeed(folder);
    const place = exists ? ok(name, 'is there and can be written') : ok(name, 'is not there yet; the first recording makes it');
    return [place, checkFree(dataDir, bavail * bsize, freeBytesMin), judgeSpeed(dataDir, speed)];
  } catch (error) {
    return [
      failed(
        name,
        `cannot be written: ${wordsOf(error)}`,
        'give this user the folder (chown), free space, or choose another with session.data',
      ),
    ];
  }
}

function checkFree(dataDir: string, freeBytes: number, freeBytesMin: number): DoctorCheck {
  const name = `disk of ${dataDir}`;
  const detail = `${bytesText(freeBytes)} free, the floor is ${bytesText(freeBytesMin)}`;
  const advice = 'free space, add [retention] (docs/keeping.md), or lower limits.disk if you know the night is small';
  if (freeBytes < freeBytesMin) return failed(name, `${detail}: channels would be shed from the first second`, advice);
  return freeBytes < 2 * freeBytesMin ? warning(name, detail, advice) : ok(name, detail);
}

export interface WriteSpeed {
  readonly bytesPerSecond: number;
  /** The slowest sync of a MiB. */
  readonly syncMsMax: number;
}

export function judgeSpeed(dataDir: string, { bytesPerSecond, syncMsMax }: WriteSpeed): DoctorCheck {
  const name = `write speed of ${dataDir}`;
  const detail = `${(bytesPerSecond / 1e6).toFixed(0)} MB a second made durable, the slowest sync ${syncMsMax.toFixed(0)} ms`;
  const advice = 'record to a local disk (SSD), not to a network folder; see what else writes to it';
  if (bytesPerSecond < WRITE_RATE_MIN) return failed(name, detail, advice);
  return bytesPerSecond < WRITE_RATE_COMFORTABLE || syncMsMax > SYNC_MS_COMFORTABLE ? warning(name, detail, advice) : ok(name, detail);
}

async function writeSpeed(folder: string): Promise<WriteSpeed> {
  const path = join(folder, `.tapedeck-doctor-${process.pid}`);
  const file = await open(path, 'w');
  try {
    const chunk = new Uint8Array(CHUNK_BYTES).fill(0xa5);
    const startMs = performance.now();
    let [bytes, syncMsMax] = [0, 0];
    while (bytes < WRITE_BYTES && performance.now() - startMs < WRITE_MS_MAX) {
      const fromMs = performance.now();
      await file.write(chunk, 0, chunk.length, bytes);
      await file.datasync();
      bytes += chunk.length;
      syncMsMax = Math.max(syncMsMax, performance.now() - fromMs);
    }
    return { bytesPerSecond: (bytes * 1000) / (performance.now() - startMs), syncMsMax };
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}

/** The copy folder: writable, and not on the disk that it is to outlive. */
export async function checkCopyFolder(dataDir: string, copyDir: string): Promise<DoctorCheck> {
  const name = `copy folder ${copyDir}`;
  try {
    const [own, other] = [await nearestFolder(dataDir), await nearestFolder(copyDir)];
    const [ownStat, otherStat] = [await stat(own), await stat(other)];
    if (other !== resolve(copyDir))
      return warning(name, 'is not there', 'mount it, or make it: retention would write to the disk that is there instead');
    const path = join(other, `.tapedeck-doctor-${process.pid}`);
    await (await open(path, 'w')).close();
    await rm(path, { force: true });
    if (ownStat.dev === otherStat.dev)
      return warning(name, 'is on the same disk as the data folder', 'copy to another disk: one that breaks takes both with it');
    const { bavail, bsize } = await statfs(other);
    return ok(name, `can be written, ${bytesText(bavail * bsize)} free`);
  } catch (error) {
    return failed(
      name,
      `cannot be written: ${wordsOf(error)}`,
      'journals are not removed until they were copied: mount it, or give this user the folder',
    );
  }
}

/** The folder itself, or the nearest one above it that is there. */
async function nearestFolder(path: string): Promise<string> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => undefined);
    if (found !== undefined || folder === dirname(folder)) return folder;
  }
}
