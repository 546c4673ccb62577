import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { decodeParquetManifest, encodeParquetManifest, PARQUET_MANIFEST_NAME } from '../../storage/parquet-manifest.ts';
import { openParquetTape } from '../../storage/parquet-tape.ts';
import { verifyParquet } from '../../storage/parquet-verify.ts';
import { sessionPaths } from '../../storage/session-paths.ts';
import { aDataDir, collect, readSession } from './journal-fixtures.ts';

// The sealed copy of the golden session as version 1 wrote it: each part says the digest of the whole session.
const GOLDEN = fileURLToPath(new URL('../golden', import.meta.url));
const TAPE_DIGEST = '3715f9ef1af2286b3dbe9461ef9a166d3783b798b7d8ac98613e4a1cb38ae696';

function goldenCopy(): { readonly dataDir: string; readonly manifestPath: string } {
  const dataDir = aDataDir();
  const { parquetDir, journalDir, sessionDir } = sessionPaths(dataDir, 'golden');
  cpSync(join(GOLDEN, 'sealed-1'), parquetDir, { recursive: true });
  for (const name of ['00000001.tdj', '00000001.tdx', '00000002.tdj', '00000002.tdx'])
    cpSync(join(GOLDEN, `journal.${name}`), join(journalDir, name));
  cpSync(join(GOLDEN, 'journal.session.json'), join(sessionDir, 'session.json'));
  return { dataDir, manifestPath: join(parquetDir, PARQUET_MANIFEST_NAME) };
}

test('a sealed copy of version 1 is read as it was written, and is whole', async () => {
  const { dataDir } = goldenCopy();
  expect(await verifyParquet(dataDir, 'golden')).toEqual({ rows: 11, tapeDigest: TAPE_DIGEST, problems: [] });
  const tape = await openParquetTape(dataDir, 'golden');
  expect(await collect(tape.batches())).toEqual(await readSession(dataDir, 'golden'));
});

test('a part that says the digest of another tape is a problem, by its name', async () => {
  const { dataDir, manifestPath } = goldenCopy();
  const manifest = decodeParquetManifest(readFileSync(manifestPath));
  if (typeof manifest === 'string') throw new Error(manifest);
  // In a copy of version 2 only the last part says the digest of the session.
  writeFileSync(manifestPath, encodeParquetManifest({ ...manifest, schemaVersion: 2 }));
  const found = await verifyParquet(dataDir, 'golden');
  expect(found?.problems).toMatchObject([{ file: manifest.parts[0]!.path, sequence: 0, kind: 'footer-bad' }]);
  expect(found?.problems[0]?.message).toContain(`says ${TAPE_DIGEST}`);
});
