import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RECORD_KINDS } from '#domain';
import { JournalTape } from '../../storage/journal-tape.ts';
import { verifyJournal } from '../../storage/verify.ts';
import { aDataDir, aRecord, numbered, readSession, START_NS, writeSession } from './journal-fixtures.ts';

// A session of format version 1. It must be readable for ever, and version 1 must be written like this for ever.
const GOLDEN = new URL('../golden/', import.meta.url).pathname;
const TAPE_DIGEST = '3715f9ef1af2286b3dbe9461ef9a166d3783b798b7d8ac98613e4a1cb38ae696';
const RECORDS = RECORD_KINDS.map((kind, i) =>
  aRecord({
    kind,
    receivedAtNs: START_NS + BigInt(i) * 1_000_000_001n,
    monotonicNs: BigInt(i) * 1_000_000_001n - 5n,
    venue: i === 0 || kind === 'session-close' ? '' : 'binance-spot',
    connection: i % 3 === 0 ? '' : '연결-1',
    meta: i % 2 === 0 ? '' : `{"opcode":${i}}`,
    payload: Uint8Array.from({ length: i * 3 }, (_, at) => (at * 37 + i) % 256),
  }),
);

function goldenFiles(): Map<string, Buffer> {
  const names = readdirSync(GOLDEN).filter((name) => name.startsWith('journal.'));
  return new Map(names.map((name) => [name.slice('journal.'.length), readFileSync(join(GOLDEN, name))]));
}

const pathOf = (name: string) => join('sessions/golden', name === 'session.json' ? '' : 'journal', name);

test('the golden session is read as it was recorded', async () => {
  const dataDir = aDataDir();
  mkdirSync(join(dataDir, 'sessions/golden/journal'), { recursive: true });
  for (const [name, bytes] of goldenFiles()) writeFileSync(join(dataDir, pathOf(name)), bytes);
  expect(await readSession(dataDir, 'golden')).toEqual(numbered(RECORDS));
  expect(await (await JournalTape.open(dataDir, 'golden')).digest({ recompute: true })).toBe(TAPE_DIGEST);
  expect(await verifyJournal(dataDir, 'golden')).toMatchObject({ records: 11, tapeDigest: TAPE_DIGEST, problems: [], notes: [] });
});

test('the golden session is written again to the byte', async () => {
  const dataDir = aDataDir();
  await writeSession(dataDir, 'golden', RECORDS, { segmentBytesMax: 800 });
  const golden = goldenFiles();
  expect([...golden.keys()].sort()).toEqual(['00000001.tdj', '00000001.tdx', '00000002.tdj', '00000002.tdx', 'session.json']);
  for (const [name, bytes] of golden) expect(readFileSync(join(dataDir, pathOf(name))), name).toEqual(bytes);
});
