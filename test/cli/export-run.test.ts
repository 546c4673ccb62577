import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli, runJson } from '../acceptance/cli.ts';
import { importBars, temporaryFolder } from './bars-session.ts';

interface AuditRow {
  readonly sequence: number | string;
  readonly kind: string;
  readonly detail: string;
}

test('the audits of a run are exported as a table, entry by entry as the run has them', () => {
  const data = temporaryFolder();
  importBars(data);
  const { run } = runJson<{ run: string }>([
    'replay',
    'bars',
    '--strategy',
    'sma-cross',
    '--set',
    'fast=2',
    '--set',
    'slow=4',
    '--data',
    data,
  ]);
  const exported = runCli(['export', 'bars', '--table', 'audits', '--run', run, '--format', 'jsonl', '--data', data]);
  expect(exported).toMatchObject({ code: 0 });
  const rows = exported.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as AuditRow);
  const lines = readFileSync(join(data, 'runs', run, 'audits.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  const entries = lines.flatMap((line) => {
    const { entries, sequence } = JSON.parse(line) as { readonly entries: readonly { readonly kind: string }[]; readonly sequence: number };
    return entries.map((entry) => ({ sequence, kind: entry.kind, detail: entry as object }));
  });
  expect(rows.map(({ sequence, kind, detail }) => ({ sequence: Number(sequence), kind, detail: JSON.parse(detail) as object }))).toEqual(
    entries,
  );
  expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set(['candle', 'intent', 'order', 'fill']));

  const other = runCli(['export', 'bars', '--table', 'audits', '--run', 'nobody', '--data', data]);
  expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('RUN_UNKNOWN') });
});
