import { join } from 'node:path';
import { usageError } from '#domain';

/** Where the parts of one session are. Nothing here says that they exist. */
export interface SessionPaths {
  readonly session: string;
  /** `DATA` */
  readonly dataDir: string;
  /** `DATA/sessions/<session>` */
  readonly sessionDir: string;
  /** `DATA/sessions/<session>/journal`: segments and their indexes. */
  readonly journalDir: string;
  /** `DATA/sessions/<session>/session.json`: there when, and only when, the session was closed. */
  readonly manifestPath: string;
  /** `DATA/sessions/<session>/retention.json`: there when retention removed the segments; the tape is the sealed copy. */
  readonly removedPath: string;
  /** `DATA/parquet/session=<session>`: the sealed copy. */
  readonly parquetDir: string;
  /** `DATA/parquet/_sealing-<session>`: the sealed copy while it is made; a name that readers of the folder pass over. */
  readonly sealingDir: string;
  /** `DATA/decoded/session=<session>`: tables decoded from the tape, kept to be opened at once; may be removed at any time. */
  readonly decodedDir: string;
  /** `DATA/decoded/_making-<session>`: those tables while they are made. */
  readonly decodingDir: string;
  /** `DATA/runs` */
  readonly runsDir: string;
}

const SESSION_NAME = /^(?!\.)[A-Za-z0-9._-]{1,100}$/;

export function isSessionName(name: string): boolean {
  return SESSION_NAME.test(name);
}

/** The paths of a session; throws `SESSION_NAME_INVALID` for a name that could leave the data folder or hide in it. */
export function sessionPaths(dataDir: string, session: string): SessionPaths {
  if (!isSessionName(session)) {
    throw usageError(
      'SESSION_NAME_INVALID',
      `"${session}" is no session name: use 1 to 100 of the characters A-Z a-z 0-9 . _ - and do not start with a dot`,
    );
  }
  const sessionDir = join(sessionsDir(dataDir), session);
  return {
    session,
    dataDir,
    sessionDir,
    journalDir: join(sessionDir, 'journal'),
    manifestPath: join(sessionDir, 'session.json'),
    removedPath: join(sessionDir, 'retention.json'),
    parquetDir: join(parquetRoot(dataDir), `session=${session}`),
    sealingDir: join(parquetRoot(dataDir), `_sealing-${session}`),
    decodedDir: join(decodedRoot(dataDir), `session=${session}`),
    decodingDir: join(decodedRoot(dataDir), `_making-${session}`),
    runsDir: runsDir(dataDir),
  };
}

export function sessionsDir(dataDir: string): string {
  return join(dataDir, 'sessions');
}

/** The folder that holds one `session=<name>` folder for each sealed session. */
export function parquetRoot(dataDir: string): string {
  return join(dataDir, 'parquet');
}

/** The folder that holds one `session=<name>` folder of decoded tables for each session that was opened so. */
export function decodedRoot(dataDir: string): string {
  return join(dataDir, 'decoded');
}

export function runsDir(dataDir: string): string {
  return join(dataDir, 'runs');
}

/** `00000001.tdj` */
export function segmentName(number: number): string {
  return `${String(number).padStart(8, '0')}.tdj`;
}

/** `00000001.tdx` */
export function indexName(number: number): string {
  return `${String(number).padStart(8, '0')}.tdx`;
}

/** The segment number of `00000001.tdj`, or `undefined` for any other file name. */
export function segmentNumber(name: string): number | undefined {
  const match = /^(\d{8})\.tdj$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}
