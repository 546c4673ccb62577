import { describe, expect, test } from 'vitest';
import { readSmallFile, writeAtomically } from '../../storage/journal-disk.ts';
import {
  PARQUET_MANIFEST_NAME,
  PARQUET_SCHEMA_VERSION,
  readParquetManifest,
  writeParquetManifest,
} from '../../storage/parquet-manifest.ts';
import { CursorFile, cursorFolder } from '../../storage/questdb/sync-cursor.ts';
import { readManifest, writeManifest } from '../../storage/session-manifest.ts';
import { sessionPaths } from '../../storage/session-paths.ts';
import { EMPTY_TAPE_DIGEST } from '../../storage/tape-digest.ts';
import { type AtomicFile, type AtomicFileTally, checkAtomicFile } from '../contract/atomic-file.ts';
import { checkSeedsAsync } from '../seeds.ts';
import { hurtsForSure, logTally, scheduleCount } from './fault-tally.ts';

const PATHS = sessionPaths('data', 's');

/** Long enough for several sectors. */
const FILLING = 'x'.repeat(2000);

const RAW: AtomicFile = {
  folder: 'data',
  save: (disk, value) => writeAtomically(disk, 'data', 'data/cursor.json', new TextEncoder().encode(`${value} ${FILLING}`)),
  async load(disk) {
    const bytes = await readSmallFile(disk, 'data/cursor.json');
    if (bytes === undefined) return undefined;
    const text = new TextDecoder().decode(bytes);
    const value = Number.parseInt(text, 10);
    if (text !== `${value} ${FILLING}`) throw new Error(`torn: ${text}`);
    return value;
  },
};

const SESSION_MANIFEST: AtomicFile = {
  folder: PATHS.sessionDir,
  save: (disk, records) => {
    const numbers = { records, firstSequence: 0, lastSequence: records - 1, firstReceivedAtNs: 0n, lastReceivedAtNs: 0n };
    return writeManifest(disk, PATHS, { session: 's', ...numbers, tapeDigest: EMPTY_TAPE_DIGEST, files: [] });
  },
  load: async (disk) => (await readManifest(disk, PATHS))?.records,
};

const SEAL_MANIFEST: AtomicFile = {
  folder: PATHS.parquetDir,
  save: (disk, rows) => {
    const manifest = { schemaVersion: PARQUET_SCHEMA_VERSION, session: 's', rows, tapeDigest: EMPTY_TAPE_DIGEST, parts: [] } as const;
    return writeParquetManifest(PATHS.parquetDir, manifest, disk);
  },
  load: async (disk) => (await readParquetManifest(PATHS, disk))?.rows,
};

/** A cursor that cannot be read counts as none (the server is asked instead), so a torn one would be found as a value that went back. */
const QUEST_CURSOR: AtomicFile = {
  folder: cursorFolder('data', 's'),
  save: (disk, nextSequence) => {
    const place = { table: 'frames', session: 's', tableId: 7, sequencerTxn: 3, batchesSince: 1 };
    return new CursorFile(disk, 'data', 's', 'frames').write({ ...place, nextSequence, lastTapeTimeNs: 1_790_000_000_000_000_000n });
  },
  load: async (disk) => (await new CursorFile(disk, 'data', 's', 'frames').read())?.nextSequence,
};

describe('a small file on a faulty disk has the value that was saved last, whole', () => {
  const tally: AtomicFileTally = { saves: 0, kills: 0, powerCuts: 0, failures: 0, newer: 0 };
  const schedules = scheduleCount(200);

  test.each([
    ['as it is', RAW],
    ['session.json', SESSION_MANIFEST],
    ['the cursor of a copy in QuestDB', QUEST_CURSOR],
    [PARQUET_MANIFEST_NAME, SEAL_MANIFEST],
  ] as const)('%s', async (name, file) => {
    await checkSeedsAsync(schedules, (random) => checkAtomicFile(file, random, tally));
    if (name !== PARQUET_MANIFEST_NAME) return;
    logTally('files', schedules * 4, { ...tally });
    if (!hurtsForSure(schedules, 200)) return;
    for (const [what, count] of Object.entries(tally)) expect(count, what).toBeGreaterThan(0);
  });
});
