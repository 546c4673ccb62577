import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { integrityError, TapedeckError, usageError } from '#domain';
import { AuditFile, type AuditTarget } from './audit-file.ts';
import type { Golden } from './golden-schema.ts';
import { nearest } from './session-lookup.ts';
import { errorCode } from './system-error.ts';
import { readTextLines } from './text-lines.ts';

const NAME = /^(?!\.)[A-Za-z0-9._-]{1,100}$/;
const SUFFIX = '.json';

/** Where the parts of one golden are. */
export interface GoldenPaths {
  readonly name: string;
  readonly folder: string;
  /** `NAME.json` */
  readonly golden: string;
  /** `NAME.audits.jsonl`: every audit as a line of canonical JSON. */
  readonly audits: string;
  /** `NAME.records.txt`: fingerprints of the records and of what they say. */
  readonly records: string;
}

/** `DATA/golden` */
export function goldenFolder(dataDir: string): string {
  return join(dataDir, 'golden');
}

/** The paths of a golden by its name; throws `GOLDEN_NAME_INVALID`. */
export function goldenPaths(folder: string, name: string): GoldenPaths {
  if (!NAME.test(name)) {
    throw usageError('GOLDEN_NAME_INVALID', `"${name}" is no name of a golden: use 1 to 100 of the characters A-Z a-z 0-9 . _ -`);
  }
  const path = (suffix: string) => join(folder, `${name}${suffix}`);
  return { name, folder, golden: path(SUFFIX), audits: path('.audits.jsonl'), records: path('.records.txt') };
}

/** The same by the path of `NAME.json`. */
export function goldenPathsOf(file: string): GoldenPaths {
  if (!file.endsWith(SUFFIX)) throw usageError('GOLDEN_NAME_INVALID', `${file} is no golden: its name ends in .json`);
  return goldenPaths(dirname(file), basename(file, SUFFIX));
}

/** Names of the goldens of a folder, in code unit order; none when there is no folder. */
export async function listGoldens(folder: string): Promise<string[]> {
  try {
    const names = (await readdir(folder)).filter((file) => file.endsWith(SUFFIX)).map((file) => basename(file, SUFFIX));
    return names.filter((name) => NAME.test(name)).sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw goldenError(error, folder);
  }
}

/** Reads `NAME.json`; `GOLDEN_UNKNOWN` (with near names) or `GOLDEN_CORRUPT`. */
export async function readGolden(paths: GoldenPaths): Promise<Golden> {
  let text: string;
  try {
    text = await readFile(paths.golden, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw await unknownGolden(paths);
    throw goldenError(error, paths.golden);
  }
  // Loaded only here: the library that checks it is not needed by who records or replays.
  const { parseGolden } = await import('./golden-schema.ts');
  const golden = parseGolden(text);
  if (typeof golden !== 'string') return golden;
  throw integrityError('GOLDEN_CORRUPT', `${paths.golden}: ${golden}; make it anew with: tapedeck golden add ${paths.name} --replace`);
}

/** The audits, or the fingerprints, line by line, in memory that does not grow with their number. `GOLDEN_CORRUPT` when the file is gone. */
export async function* readGoldenLines(path: string): AsyncGenerator<string> {
  try {
    yield* readTextLines(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw integrityError('GOLDEN_CORRUPT', `${path} is missing; it belongs beside its golden`, error);
    throw goldenError(error, path);
  }
}

/** Begins a golden; `GOLDEN_EXISTS` when there is one and it is not to be replaced. */
export async function createGolden(paths: GoldenPaths, options: { readonly isReplaced: boolean }): Promise<GoldenWriter> {
  try {
    if (!options.isReplaced && (await exists(paths.golden))) {
      throw usageError('GOLDEN_EXISTS', `${paths.golden} is there already; --replace makes it anew, golden check compares with it`);
    }
    await mkdir(paths.folder, { recursive: true });
    return new GoldenWriter(paths, await open(`${paths.audits}.tmp`, 'w'));
  } catch (error) {
    throw goldenError(error, paths.golden);
  }
}

/** Writes a golden under temporary names; only `finish` makes it one, `NAME.json` last. */
export class GoldenWriter {
  readonly paths: GoldenPaths;
  readonly #audits: AuditFile;

  constructor(paths: GoldenPaths, file: AuditTarget) {
    this.paths = paths;
    this.#audits = new AuditFile(file);
  }

  /** One audit, without a line end. Await `drain` now and then. */
  appendAudit(line: string): void {
    try {
      this.#audits.append(line);
    } catch (error) {
      throw goldenError(error, this.paths.audits);
    }
  }

  async drain(): Promise<void> {
    await this.#audits.drain().catch((error: unknown) => {
      throw goldenError(error, this.paths.audits);
    });
  }

  async finish(golden: Golden, fingerprints: readonly string[]): Promise<void> {
    const { paths } = this;
    try {
      await this.#audits.close();
      await writeText(`${paths.records}.tmp`, fingerprints.map((line) => `${line}\n`).join(''));
      await writeText(`${paths.golden}.tmp`, `${JSON.stringify(golden, null, 2)}\n`);
      for (const path of [paths.audits, paths.records, paths.golden]) await rename(`${path}.tmp`, path);
    } catch (error) {
      throw goldenError(error, paths.golden);
    }
  }

  /** Leaves nothing of it; a golden of that name that was there stays. */
  async discard(): Promise<void> {
    const { audits, records, golden } = this.paths;
    await this.#audits.close().catch(() => undefined); // what could not be written is not wanted any more
    for (const path of [audits, records, golden]) await rm(`${path}.tmp`, { force: true });
  }
}

async function writeText(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text, 'utf8');
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function unknownGolden(paths: GoldenPaths): Promise<TapedeckError> {
  const near = nearest(paths.name, await listGoldens(paths.folder));
  const hint =
    near.length > 0
      ? `did you mean ${near.map((name) => `"${name}"`).join(', ')}?`
      : 'there are none yet; make one with: tapedeck golden add';
  return usageError('GOLDEN_UNKNOWN', `there is no golden "${paths.name}" in ${paths.folder}: ${hint}`);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function goldenError(error: unknown, path: string): TapedeckError {
  if (error instanceof TapedeckError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new TapedeckError('GOLDEN_IO', `cannot write or read ${path}: ${detail}`, { cause: error });
}
