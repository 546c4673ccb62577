import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileGrantStore } from '../../../recorder/record/grant-store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tapedeck-grants-'));
});
afterEach(() => rm(folder, { recursive: true }));

const GRANT = { kind: 'grant', value: 'T0K3N', expiresAtMs: 2_000, issuedAtMs: 1_000 } as const;
const KEY = { appKey: 'PS-KEY', appSecret: 'PS-SECRET' };

test('a grant outlives the process, readable by its owner only, and its file does not name the key', async () => {
  await new FileGrantStore(folder).save('kis', 'token', KEY, GRANT);
  expect(await new FileGrantStore(folder).load('kis', 'token', KEY)).toEqual(GRANT);
  const [name] = await readdir(join(folder, 'tokens'));
  expect((await stat(join(folder, 'tokens', name!))).mode & 0o777).toBe(0o600);
  expect(name).toMatch(/^kis-token-[0-9a-f]{16}\.json$/);
  expect(await readFile(join(folder, 'tokens', name!), 'utf8')).not.toContain('PS-');
});

test('two keys have two grants, and one can be forgotten', async () => {
  const store = new FileGrantStore(folder);
  await store.save('kis', 'token', KEY, GRANT);
  const other = { ...KEY, appKey: 'PS-OTHER' };
  expect(await store.load('kis', 'token', other)).toBeUndefined();
  await store.save('kis', 'token', other, { ...GRANT, value: 'SECOND' });
  await store.forget('kis', 'token', KEY);
  await store.forget('kis', 'token', KEY);
  expect(await store.load('kis', 'token', KEY)).toBeUndefined();
  expect((await store.load('kis', 'token', other))?.value).toBe('SECOND');
});

test('a file that is damaged is none', async () => {
  const store = new FileGrantStore(folder);
  await store.save('kis', 'token', KEY, GRANT);
  const [name] = await readdir(join(folder, 'tokens'));
  for (const text of ['', '{"kind":"grant"}', '[]', 'null', '{"kind":"grant","value":7,"expiresAtMs":1,"issuedAtMs":1}']) {
    await writeFile(join(folder, 'tokens', name!), text);
    expect(await store.load('kis', 'token', KEY)).toBeUndefined();
  }
});
