import { open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './system-error.ts';

/** What came of asking for a lock. */
export type LockAttempt =
  | { readonly kind: 'taken'; readonly release: () => Promise<void> }
  /** The process that has it. */
  | { readonly kind: 'held'; readonly pid: number };

const LOCK_NAME = /^writer-(\d+)-(\d+)\.lock$/;

export function isLockName(name: string): boolean {
  return LOCK_NAME.test(name);
}

/**
 * Takes the lock of a folder: an empty file `writer-<pid>-<start>.lock` in it. Locks of processes that have ended are removed on the way.
 * Everybody first makes his own file and then looks for others, so that two can never both have the lock; two that ask at the same
 * moment may both be refused. A process of another machine or container is not seen: its folder must not be shared for writing.
 */
export async function lockFolder(folder: string): Promise<LockAttempt> {
  const ownName = await lockNameOfThisProcess();
  const ownPath = join(folder, ownName);
  try {
    await (await open(ownPath, 'wx')).close();
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return { kind: 'held', pid: process.pid };
    throw error;
  }
  const release = () => remove(ownPath);
  try {
    for (const name of await readdir(folder)) {
      const [, pid, start] = name === ownName ? [] : (LOCK_NAME.exec(name) ?? []);
      if (pid === undefined || start === undefined) continue;
      if (await isRunning(Number(pid), start)) {
        await release();
        return { kind: 'held', pid: Number(pid) };
      }
      await remove(join(folder, name));
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { kind: 'taken', release };
}

/** Removes the lock that this process has of a folder, whoever in it took it; does nothing where it has none. */
export async function unlockFolder(folder: string): Promise<void> {
  await remove(join(folder, await lockNameOfThisProcess()));
}

async function lockNameOfThisProcess(): Promise<string> {
  return `writer-${process.pid}-${(await startOf(process.pid)) ?? UNKNOWN_START}.lock`;
}

/** Who left a lock in a folder, and whether that process still runs. */
export interface SessionWriter {
  readonly pid: number;
  readonly isRunning: boolean;
}

export async function lockOwners(folder: string): Promise<readonly SessionWriter[]> {
  const names = await readdir(folder).catch(() => []);
  const owners: SessionWriter[] = [];
  for (const name of names) {
    const [, pid, start] = LOCK_NAME.exec(name) ?? [];
    if (pid !== undefined && start !== undefined) owners.push({ pid: Number(pid), isRunning: await isRunning(Number(pid), start) });
  }
  return owners;
}

/** A number that a later process with the same pid does not have; this one where the system does not say. */
const UNKNOWN_START = '0';

async function isRunning(pid: number, start: string): Promise<boolean> {
  const found = await startOf(pid);
  // Where one of both is not known, a process with the pid counts as the one that took the lock: rather refuse than let two write.
  return found !== undefined && (found === start || found === UNKNOWN_START || start === UNKNOWN_START);
}

/** When a running process was started, in ticks since its machine was; `undefined` when there is no such process, or only its remains. */
async function startOf(pid: number): Promise<string | undefined> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return canBeSignalled(pid) ? UNKNOWN_START : undefined;
  }
  // proc(5): `pid (command) state …`; the command may hold spaces and brackets, the start is the 20th field after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : (fields[19] ?? UNKNOWN_START);
}

function canBeSignalled(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
