import { join } from 'node:path';
import { makeDurableDirectory, makeFilesDurable } from '../disk-tree.ts';
import { type Disk, readSmallFile, writeProven } from '../journal-disk.ts';
import { finishJournal, hashFile } from '../journal-finish.ts';
import type { JournalFile } from '../segment-builder.ts';
import { decodeManifest, type SessionManifest } from '../session-manifest.ts';
import type { SessionPaths } from '../session-paths.ts';
import { REBUILDING_NAME, type RebuildSettings, type RebuiltJournal, rebuildJournal, type TapeReference } from './journal-rebuild.ts';
import type { RepairAction } from './repair-report.ts';
import type { CopyTape } from './segment-filler.ts';
import { copyBytes, freeNumber, keepRange } from './set-aside.ts';

/** A copy of the tape: what its manifest says it is, and its records. */
export interface TapeCopy {
  readonly reference: TapeReference;
  readonly tape: CopyTape;
  /** Folder of the journal's files, where it is a journal. */
  readonly journalDir?: string;
}

export interface JournalRepair {
  readonly actions: readonly RepairAction[];
  readonly recordsLost: number;
  /** Of the journal as it is after the repair. */
  readonly tapeDigest: string;
  /** False when the tape is another than the one that `session.json` named before. */
  readonly isSameTape: boolean;
}

/**
 * Brings a journal to a closed session that verifies. `session.json` is believed where it is whole; else a copy is, when what the repair makes has its digest.
 * Everything is computed before anything is written. The caller has the lock.
 */
export async function repairJournal(
  disk: Disk,
  paths: SessionPaths,
  copies: readonly TapeCopy[],
  isWriting: boolean,
): Promise<JournalRepair> {
  const manifest = await wholeManifest(disk, paths);
  const { settings, planned } = await choose(disk, paths, manifest, copies);
  const rebuilt = isWriting && planned.actions.length > 0 ? await rebuildJournal({ ...settings, isWriting }) : planned;
  const others = await restoreOthers(disk, paths, manifest, rebuilt, copies, isWriting);
  const actions = [...rebuilt.actions, ...others.actions];
  actions.push(...(await removeRest(disk, paths, rebuilt.actions.length > 0, isWriting)));
  if (manifest !== undefined && isAsNamed(manifest, rebuilt, others.files)) return result(rebuilt, actions, true);
  actions.push({
    kind: 'manifest-written',
    file: 'session.json',
    message: manifest === undefined ? 'the session is closed' : 'it names the files as they are now',
  });
  if (isWriting) await finish(disk, paths, manifest, rebuilt, actions);
  return result(rebuilt, actions, manifest === undefined || manifest.tapeDigest === rebuilt.tapeDigest);
}

function result({ recordsLost, tapeDigest }: RebuiltJournal, actions: readonly RepairAction[], isSameTape: boolean): JournalRepair {
  return { actions, recordsLost, tapeDigest, isSameTape };
}

async function wholeManifest(disk: Disk, paths: SessionPaths): Promise<SessionManifest | undefined> {
  const bytes = await readSmallFile(disk, paths.manifestPath);
  const manifest = bytes === undefined ? 'missing' : decodeManifest(bytes);
  return typeof manifest === 'string' || manifest.session !== paths.session ? undefined : manifest;
}

/** What to believe, tried without writing: `session.json`, then each copy that the result agrees with, then the journal alone. */
async function choose(
  disk: Disk,
  paths: SessionPaths,
  manifest: SessionManifest | undefined,
  copies: readonly TapeCopy[],
): Promise<{ readonly settings: RebuildSettings; readonly planned: RebuiltJournal }> {
  const references = manifest === undefined ? copies.map(({ reference }) => reference) : [manifest];
  for (const reference of references) {
    const same = copies.filter((copy) => copy.reference.tapeDigest === reference.tapeDigest).map(({ tape }) => tape);
    const settings = { disk, paths, reference, copies: same, isWriting: false };
    const planned = await rebuildJournal(settings);
    if (manifest !== undefined || planned.tapeDigest === reference.tapeDigest) return { settings, planned };
  }
  const settings = { disk, paths, reference: undefined, copies: [], isWriting: false };
  return { settings, planned: await rebuildJournal(settings) };
}

interface OtherFiles {
  readonly files: readonly JournalFile[];
  readonly actions: readonly RepairAction[];
}

/** Files that are no segment and no index: what was set aside before. They are in no tape, but a copy folder has them too. */
async function restoreOthers(
  disk: Disk,
  paths: SessionPaths,
  manifest: SessionManifest | undefined,
  rebuilt: RebuiltJournal,
  copies: readonly TapeCopy[],
  isWriting: boolean,
): Promise<OtherFiles> {
  const files: JournalFile[] = [];
  const actions: RepairAction[] = [];
  const own = new Set(rebuilt.files.map(({ name }) => name));
  for (const expected of (manifest?.files ?? []).filter(({ name }) => !own.has(name))) {
    const path = join(paths.journalDir, expected.name);
    const found = (await disk.sizeOf(path)) === undefined ? undefined : await hashFile(disk, path, expected.name);
    if (found?.sha256 === expected.sha256) {
      files.push(found);
      continue;
    }
    const source = await copyOf(disk, expected, copies);
    if (source === undefined) continue;
    if (isWriting) {
      await copyBytes(disk, source, 0, expected.bytes, path);
      await disk.syncDirectory(paths.journalDir);
    }
    files.push(expected);
    actions.push({ kind: 'file-restored', file: `journal/${expected.name}`, message: `from ${source}` });
  }
  return { files, actions };
}

async function copyOf(disk: Disk, expected: JournalFile, copies: readonly TapeCopy[]): Promise<string | undefined> {
  for (const { journalDir } of copies) {
    const path = journalDir === undefined ? undefined : join(journalDir, expected.name);
    if (path === undefined || (await disk.sizeOf(path)) !== expected.bytes) continue;
    if ((await hashFile(disk, path, expected.name)).sha256 === expected.sha256) return path;
  }
  return undefined;
}

function isAsNamed(manifest: SessionManifest, rebuilt: RebuiltJournal, others: readonly JournalFile[]): boolean {
  const found = new Map([...rebuilt.files, ...others].map((file) => [file.name, file.sha256]));
  return (
    manifest.tapeDigest === rebuilt.tapeDigest &&
    found.size === manifest.files.length &&
    manifest.files.every(({ name, sha256 }) => found.get(name) === sha256)
  );
}

/** Keeps the manifest that was, writes down what was done, and closes the session: `session.json` is the last file to change. */
async function finish(
  disk: Disk,
  paths: SessionPaths,
  manifest: SessionManifest | undefined,
  rebuilt: RebuiltJournal,
  actions: readonly RepairAction[],
): Promise<void> {
  const { journalDir, manifestPath } = paths;
  await makeDurableDirectory(disk, journalDir);
  const isChanged = actions.some(({ kind }) => kind === 'bytes-set-aside' || kind === 'records-lost');
  const oldBytes = await disk.sizeOf(manifestPath);
  if (oldBytes !== undefined && oldBytes > 0) {
    const range = { offset: 0, bytes: oldBytes, reason: '' };
    await keepRange(disk, journalDir, manifestPath, range, join(journalDir, 'session.json'));
  }
  if (isChanged) {
    const name = await freeNumber(disk, journalDir, (number) => `repair-${number}.json`);
    const log = {
      formatVersion: 1,
      session: paths.session,
      tapeDigestBefore: manifest?.tapeDigest ?? null,
      tapeDigest: rebuilt.tapeDigest,
      actions,
    };
    await writeProven(disk, journalDir, join(journalDir, name), new TextEncoder().encode(`${JSON.stringify(log, null, 2)}\n`));
  }
  // Segments that needed no repair may be in memory only: whoever wrote them was killed before the sync.
  await makeFilesDurable(disk, journalDir, await disk.list(journalDir));
  await finishJournal(disk, paths, rebuilt, rebuilt.files);
}

/** Removes what interrupted writes left, and the marks of syncs that failed: those segments were written again. */
async function removeRest(
  disk: Disk,
  { journalDir }: SessionPaths,
  isRebuilt: boolean,
  isWriting: boolean,
): Promise<readonly RepairAction[]> {
  const names = (await disk.list(journalDir)).filter((name) => name.endsWith('.tmp'));
  if (isWriting) for (const name of names) await disk.remove(join(journalDir, name));
  // What this repair has made itself is no news.
  const found = isRebuilt ? names.filter((name) => name !== REBUILDING_NAME) : names;
  return found.map((name) => ({ kind: 'rest-removed', file: `journal/${name}`, message: 'a write that was interrupted left it' }));
}
