import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { TapeRecord } from '#domain';
import { openTape } from '#replay';
import { runCli, runJson } from '../acceptance/cli.ts';
import { temporaryFolder } from './bars-session.ts';

const TOKEN = 'Zm9vYmFyLXNlY3JldC10b2tlbg';
const ACCOUNT = '8012345611';
const SECRETS = [TOKEN, ACCOUNT];

const LOGIN = `{"trnm":"LOGIN","token":"${TOKEN}"}`;
const NOTICE = `{"data":[{"values":{"9201":"${ACCOUNT}","9203":"0000018","9001":"005930"},"type":"00","name":"주문체결","item":""}],"trnm":"REAL"}`;

/** A capture whose secrets stand in frames of both directions, in a line whose time is wrong and in one that is cut off. */
function capture(folder: string): string {
  const line = (dir: string, text: string, t = '2026-09-11T02:00:00Z'): string => JSON.stringify({ t, dir, text });
  const lines = [
    line('out', LOGIN),
    line('in', '{"trnm":"LOGIN","return_code":0,"return_msg":""}'),
    line('in', NOTICE),
    line('out', LOGIN, 'yesterday'),
    line('out', LOGIN).slice(0, -10),
  ];
  const file = join(folder, 'kiwoom.jsonl.gz');
  writeFileSync(file, gzipSync(`${lines.join('\n')}\n`));
  return file;
}

function importCapture(folder: string): string {
  const words = ['import', capture(folder), '--format', 'jsonl', '--venue', 'kiwoom', '--session', 'kw', '--data', join(folder, 'data')];
  const imported = runJson<{ tapeDigest: string; redacted: number; malformed: number }>(words);
  expect(imported).toMatchObject({ redacted: 4, malformed: 2 });
  return imported.tapeDigest;
}

/** The secrets that any file below the folder holds, as `file: secret`. */
function secretsBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .flatMap((name) => {
      const text = readFileSync(join(folder, name), 'latin1');
      return SECRETS.filter((secret) => text.includes(secret)).map((secret) => `${name}: ${secret}`);
    });
}

/** Every frame and note of the store, with its meta; Parquet is compressed, so its files alone prove nothing. */
async function textsOf(data: string, store: 'journal' | 'parquet'): Promise<readonly string[]> {
  const texts: string[] = [];
  const record = new TapeRecord();
  for await (const batch of (await openTape(data, 'kw', store)).batches()) {
    while (batch.next(record)) if (record.payloadLength > 0) texts.push(`${record.meta} ${new TextDecoder().decode(record.payload())}`);
  }
  return texts;
}

test('an imported secret is in no file, and the tape without it is whole, sealable and the same every time', async () => {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  const digest = importCapture(folder);
  const sealed = runJson<{ tapeDigest: string }>(['seal', 'kw', '--data', data]);
  const verified = runJson<{ ok: boolean; tapeDigest: string }>(['verify', 'kw', '--data', data]);
  expect([sealed.tapeDigest, verified.ok, verified.tapeDigest]).toEqual([digest, true, digest]);
  expect(importCapture(temporaryFolder())).toBe(digest);

  const journal = await textsOf(data, 'journal');
  expect(await textsOf(data, 'parquet')).toEqual(journal);
  for (const secret of SECRETS) expect(journal.join('\n')).not.toContain(secret);
  expect(secretsBelow(data)).toEqual([]);
  expect(secretsBelow(folder)).toEqual([]); // The capture itself is compressed.

  const zeros = '0'.repeat(TOKEN.length);
  const start = LOGIN.indexOf(TOKEN);
  expect(journal[0]).toBe(`{"redacted":[[${start},${start + TOKEN.length}]]} ${LOGIN.replace(TOKEN, zeros)}`);
  expect(journal[2]).toContain(NOTICE.replace(ACCOUNT, '0'.repeat(ACCOUNT.length)));
});

test('what the command line prints about such a capture holds no secret, and says that there were some', () => {
  const folder = temporaryFolder();
  const data = ['--data', join(folder, 'data')];
  const results = [
    runCli(['import', capture(folder), '--format', 'jsonl', '--venue', 'kiwoom', '--session', 'kw', ...data]),
    runCli(['inspect', 'kw', ...data]),
    runCli(['inspect', 'kw', ...data, '--json']),
  ];
  expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(results[0]!.stderr).toContain('secrets were overwritten in 4 records');
  for (const { stdout, stderr } of results) for (const secret of SECRETS) expect(stdout + stderr).not.toContain(secret);
});
