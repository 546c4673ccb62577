import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { canonicalJson, type RecordBody } from '#domain';
import { VENUES } from '#venues';
import { verification } from '../../cli/commands/inspect.ts';
import { inspectionText } from '../../cli/inspection-text.ts';
import { inspectTape } from '../../replay/inspect.ts';
import { JournalTape } from '../../storage/journal-tape.ts';
import { readParquetManifest } from '../../storage/parquet-manifest.ts';
import { openParquetTape } from '../../storage/parquet-tape.ts';
import { sealTape } from '../../storage/seal.ts';
import { sessionPaths } from '../../storage/session-paths.ts';
import { verifySession } from '../../storage/session-verify.ts';
import { NIGHT_START_US, tick, toldOfTape } from '../recorder/health/tape-night.ts';
import { aDataDir, collect, someRecords, writeSession } from './journal-fixtures.ts';
import { ended, startProcess } from './second-process.ts';

const SESSION = 's';
const SEAL_VICTIM = new URL('./seal-victim.ts', import.meta.url);

describe('incident 9: a Parquet file without footer after a crash', () => {
  test('is never named by a manifest: what a killed seal leaves is no sealed session, and the next seal makes it', async () => {
    const { dataDir, tape } = await closed(someRecords(300));
    expect(await ended(startProcess(SEAL_VICTIM, [dataDir, SESSION, '250']))).toEqual({ code: null, signal: 'SIGKILL' });
    const left = readdirSync(join(dataDir, 'parquet'), { recursive: true, encoding: 'utf8' });
    const torn = left.filter((name) => name.endsWith('.parquet') && !hasFooter(join(dataDir, 'parquet', name)));
    expect(torn.length).toBeGreaterThan(0);
    expect(left.filter((name) => name.endsWith('_manifest.json'))).toEqual([]);
    expect(await readParquetManifest(sessionPaths(dataDir, SESSION))).toBeUndefined();
    // The journal is whole, and it is all there is.
    expect(await verifySession(dataDir, SESSION)).toMatchObject({ ok: true, stores: ['journal'] });

    await sealTape(tape, { dataDir, channelOf: () => '', partRowsMax: 100 });
    await expectMended(dataDir, tape);
    const after = readdirSync(join(dataDir, 'parquet'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'));
    expect(after.length).toBeGreaterThan(1);
    for (const name of after) expect(hasFooter(join(dataDir, 'parquet', name)), name).toBe(true);
  });

  test('that lost its footer later is named by verify, not read, told by the report, and made again by a seal', async () => {
    const { dataDir, tape } = await closed(someTicks(300));
    await sealTape(tape, { dataDir, channelOf: () => '', partRowsMax: 100 });
    const { path } = (await readParquetManifest(sessionPaths(dataDir, SESSION)))!.parts[1]!;
    const file = join(sessionPaths(dataDir, SESSION).parquetDir, path);
    truncateSync(file, readFileSync(file).length - 8);
    expect(hasFooter(file)).toBe(false);

    const { ok, problems } = await verifySession(dataDir, SESSION);
    expect(ok).toBe(false);
    expect(problems.every((problem) => problem.file.endsWith(path))).toBe(true);
    await expect(openParquetTape(dataDir, SESSION).then((parquet) => collect(parquet.batches()))).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining(path),
    });

    const before = await toldOfTape([], 1, await reportOf(dataDir));
    expect(before.words).toContain('files DAMAGED');
    expect(before.words).toContain(path);
    await sealTape(tape, { dataDir, channelOf: () => '', partRowsMax: 100 });
    await expectMended(dataDir, tape);
    const after = await toldOfTape([], 1, await reportOf(dataDir));
    expect(after.words).not.toContain('DAMAGED');
    expect(after.words).toContain('and the Parquet copy verified');
  });
});

async function closed(records: readonly RecordBody[]): Promise<{ readonly dataDir: string; readonly tape: JournalTape }> {
  const dataDir = aDataDir();
  await writeSession(dataDir, SESSION, records);
  return { dataDir, tape: await JournalTape.open(dataDir, SESSION) };
}

function someTicks(count: number): RecordBody[] {
  return Array.from({ length: count }, (_, second) => ({ ...tick(second), meta: canonicalJson({ since: NIGHT_START_US }) }));
}

async function expectMended(dataDir: string, tape: JournalTape): Promise<void> {
  expect(await verifySession(dataDir, SESSION)).toMatchObject({ ok: true, stores: ['journal', 'parquet'], problems: [] });
  expect(await (await openParquetTape(dataDir, SESSION)).digest()).toBe(await tape.digest());
}

/** The text that a recorder pushes: `inspect --verify`. */
async function reportOf(dataDir: string): Promise<string> {
  const report = await inspectTape(await JournalTape.open(dataDir, SESSION), { venues: VENUES });
  return inspectionText({ ...report, verification: await verification(dataDir, SESSION) });
}

/** A Parquet file ends in the length of its footer and `PAR1`. */
function hasFooter(path: string): boolean {
  return readFileSync(path).subarray(-4).toString('latin1') === 'PAR1';
}
