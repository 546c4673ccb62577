import { join } from 'node:path';
import { integrityError } from '#domain';
import { type Disk, readFully, writeFully } from '../journal-disk.ts';
import type { DamagedRange } from './segment-salvage.ts';

const CHUNK_BYTES = 1024 * 1024;

/** Keeps a range of a file in `<name>.torn-<offset>` of the folder, durable when it returns. A range that was kept before is not kept twice. */
export async function keepRange(disk: Disk, folder: string, path: string, { offset, bytes }: DamagedRange, name = path): Promise<string> {
  for (let copy = 1; ; copy++) {
    const target = `${name}.torn-${offset}${copy === 1 ? '' : `.${copy}`}`;
    const size = await disk.sizeOf(target);
    if (size === undefined) {
      await copyBytes(disk, path, offset, bytes, target);
      await disk.syncDirectory(folder);
      return target;
    }
    if (size === bytes && (await isSame(disk, path, offset, target, bytes))) {
      // Whoever kept it may have been killed before its name was sure.
      await disk.syncDirectory(folder);
      return target;
    }
  }
}

/** Copies a part of a file to a new file, which is there, read back, or not at all: `FILE_DIFFERS`. The caller makes its name durable. */
export async function copyBytes(disk: Disk, source: string, offset: number, bytes: number, target: string): Promise<void> {
  const temporary = `${target}.tmp`;
  const from = await disk.open(source, 'read');
  const to = await disk.open(temporary, 'replace');
  try {
    const buffer = new Uint8Array(CHUNK_BYTES);
    for (let at = 0; at < bytes; ) {
      const count = await readFully(from, buffer, 0, Math.min(buffer.length, bytes - at), offset + at);
      if (count === 0) throw Object.assign(new Error(`${source} became shorter while it was copied`), { code: 'EIO' });
      await writeFully(to, [buffer.subarray(0, count)], at);
      at += count;
    }
    await to.datasync();
  } finally {
    await from.close();
    await to.close();
  }
  if (!(await isSame(disk, source, offset, temporary, bytes)))
    throw integrityError('FILE_DIFFERS', `${temporary} reads back as something else than was written: do not trust that disk`);
  await disk.rename(temporary, target);
}

async function isSame(disk: Disk, path: string, offset: number, other: string, bytes: number): Promise<boolean> {
  const [a, b] = [await disk.open(path, 'read'), await disk.open(other, 'read')];
  try {
    const [left, right] = [new Uint8Array(CHUNK_BYTES), new Uint8Array(CHUNK_BYTES)];
    for (let at = 0; at < bytes; at += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, bytes - at);
      const counts = [await readFully(a, left, 0, length, offset + at), await readFully(b, right, 0, length, at)];
      if (counts[0] !== counts[1] || Buffer.compare(left.subarray(0, length), right.subarray(0, length)) !== 0) return false;
    }
    return true;
  } finally {
    await a.close();
    await b.close();
  }
}

/** A name in a folder that is free: `repair-1.json`, `repair-2.json`, … */
export async function freeNumber(disk: Disk, folder: string, nameOf: (number: number) => string): Promise<string> {
  for (let number = 1; ; number++) {
    const name = nameOf(number);
    if ((await disk.sizeOf(join(folder, name))) === undefined) return name;
  }
}
