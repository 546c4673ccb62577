import { mkdir, open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, integrityError, type JsonValue, TapedeckError, usageError } from '#domain';
import { AuditFile, type AuditTarget } from './audit-file.ts';
import { nearest } from './session-lookup.ts';
import { runsDir } from './session-paths.ts';
import { errorCode } from './system-error.ts';
import { readTextLines } from './text-lines.ts';

const RUN_ID = /^(?!\.)[A-Za-z0-9._-]{1,100}$/;

/** Where the parts of one run are. */
export interface RunPaths {
  readonly id: string;
  readonly runDir: string;
  readonly runJson: string;
  readonly audits: string;
  readonly summary: string;
  readonly report: string;
  /** Of a live run only. */
  readonly checkpoint: string;
}

/** A stored run. `summary` is `undefined` while (or when) the run was not finished. */
export interface StoredRun {
  readonly paths: RunPaths;
  readonly run: JsonValue;
  readonly summary: JsonValue | undefined;
  readonly checkpoint: JsonValue | undefined;
  readonly hasReport: boolean;
}

/** The paths of a run; throws `RUN_NAME_INVALID`. */
export function runPaths(dataDir: string, id: string): RunPaths {
  if (!RUN_ID.test(id)) throw usageError('RUN_NAME_INVALID', `"${id}" is no run id: use 1 to 100 of the characters A-Z a-z 0-9 . _ -`);
  const runDir = join(runsDir(dataDir), id);
  return {
    id,
    runDir,
    runJson: join(runDir, 'run.json'),
    audits: join(runDir, 'audits.jsonl'),
    summary: join(runDir, 'summary.json'),
    report: join(runDir, 'report.html'),
    checkpoint: join(runDir, 'checkpoint.json'),
  };
}

/**
 * Begins a run under an id of the caller (one that sorts by time); `RUN_EXISTS` when it is taken. A folder without `run.json` is of a run whose process
 * was killed before anything was decided: a caller who knows that nobody else begins the run takes its place.
 */
export async function createRun(dataDir: string, id: string, options: { readonly isOnlyOne?: boolean } = {}): Promise<RunWriter> {
  const paths = runPaths(dataDir, id);
  try {
    const mustBeNew = options.isOnlyOne !== true || (await exists(paths.runJson));
    await mkdir(runsDir(dataDir), { recursive: true });
    await mkdir(paths.runDir, { recursive: !mustBeNew });
    return new RunWriter(paths, await open(paths.audits, mustBeNew ? 'wx' : 'w'));
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw usageError('RUN_EXISTS', `run "${id}" is already in ${dataDir}; choose another id`);
    throw runError(error, paths.runDir);
  }
}

/**
 * Writes one run. Audits stream to `audits.jsonl` behind the caller; a failure to write them is thrown by the next
 * `appendAudit`, `drain` or `done`. The other files are there whole or not at all.
 */
export class RunWriter {
  readonly paths: RunPaths;
  readonly #audits: AuditFile;

  constructor(paths: RunPaths, file: AuditTarget) {
    this.paths = paths;
    this.#audits = new AuditFile(file);
  }

  async writeRunJson(run: JsonValue): Promise<void> {
    await this.#writeWhole(this.paths.runJson, `${canonicalJson(run)}\n`);
  }

  /** One line of `audits.jsonl`, without its line end. Await `drain` now and then: what is not written is held in memory. */
  appendAudit(line: string): void {
    try {
      this.#audits.append(line);
    } catch (error) {
      throw runError(error, this.paths.audits);
    }
  }

  /** Resolves when less than 4 MiB of audits wait to be written. */
  async drain(): Promise<void> {
    await this.#audits.drain().catch((error: unknown) => {
      throw runError(error, this.paths.audits);
    });
  }

  /** Resolves when every audit appended so far can be read from the file. */
  async flush(): Promise<void> {
    await this.#audits.flush().catch((error: unknown) => {
      throw runError(error, this.paths.audits);
    });
  }

  async writeSummary(summary: JsonValue): Promise<void> {
    await this.#writeWhole(this.paths.summary, `${canonicalJson(summary)}\n`);
  }

  /** Where the engine stood at a record: what a restart is held against. */
  async writeCheckpoint(checkpoint: JsonValue): Promise<void> {
    await this.#writeWhole(this.paths.checkpoint, `${canonicalJson(checkpoint)}\n`);
  }

  async writeReport(html: string): Promise<void> {
    await this.#writeWhole(this.paths.report, html);
  }

  /** Resolves when every audit is in the file, durably. Call it last, also after a failed run. */
  async done(): Promise<void> {
    await this.#audits.close().catch((error: unknown) => {
      throw runError(error, this.paths.audits);
    });
  }

  async #writeWhole(path: string, text: string): Promise<void> {
    try {
      const file = await open(`${path}.tmp`, 'w');
      try {
        await file.writeFile(text, 'utf8');
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(`${path}.tmp`, path);
    } catch (error) {
      throw runError(error, path);
    }
  }
}

/** Ids of runs that were begun, in code unit order: oldest first, when callers make ids that sort by time. */
export async function listRuns(dataDir: string): Promise<string[]> {
  try {
    const entries = await readdir(runsDir(dataDir), { withFileTypes: true });
    const ids = entries.filter((entry) => entry.isDirectory() && RUN_ID.test(entry.name)).map(({ name }) => name);
    const begun = await Promise.all(ids.map((id) => exists(runPaths(dataDir, id).runJson)));
    return ids.filter((_, i) => begun[i]).sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Reads a run; `RUN_UNKNOWN` (with near ids) or `RUN_CORRUPT`. */
export async function readRun(dataDir: string, id: string): Promise<StoredRun> {
  const paths = runPaths(dataDir, id);
  const run = await readJson(paths.runJson);
  if (run === undefined) {
    const near = nearest(id, await listRuns(dataDir));
    const hint = near.length > 0 ? `did you mean ${near.map((name) => `"${name}"`).join(', ')}?` : 'there are no runs yet';
    throw usageError('RUN_UNKNOWN', `there is no run "${id}" in ${dataDir}: ${hint}`);
  }
  const [summary, checkpoint] = [await readJson(paths.summary), await readJson(paths.checkpoint)];
  return { paths, run, summary, checkpoint, hasReport: await exists(paths.report) };
}

/** The lines of `audits.jsonl` in order (of its first `bytes` where told), in memory that does not grow with their number. */
export async function* readAudits(paths: RunPaths, bytes?: number): AsyncGenerator<string> {
  try {
    yield* readTextLines(paths.audits, bytes);
  } catch (error) {
    throw runError(error, paths.audits);
  }
}

async function readJson(path: string): Promise<JsonValue | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw runError(error, path);
  }
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw integrityError('RUN_CORRUPT', `${path} is no JSON; run the replay again`, error);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

export function runError(error: unknown, path: string): TapedeckError {
  if (error instanceof TapedeckError) return error;
  const isFull = errorCode(error) === 'ENOSPC' || errorCode(error) === 'EDQUOT';
  const detail = error instanceof Error ? error.message : String(error);
  return new TapedeckError(isFull ? 'RUN_DISK_FULL' : 'RUN_IO', `cannot write or read ${path}: ${detail}`, { cause: error });
}
