import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ORDER_FIDS, TRADE_FIDS } from '../../../venues/kiwoom/fids.ts';

const TABLES = new URL('../../../../shared/protocols/kiwoom-fids.json', import.meta.url);
const hasTables = existsSync(TABLES);
if (!hasTables) process.stdout.write(`skipped: no FID tables at ${TABLES.pathname}\n`);

interface DocumentedFid {
  readonly fid: string;
  readonly sign?: string;
}

describe.skipIf(!hasTables)('the FID tables', () => {
  const documented = hasTables ? (JSON.parse(readFileSync(TABLES, 'utf8')) as Record<string, { fids: readonly DocumentedFid[] }>) : {};

  test('they name every documented field of their type, in the documented order', () => {
    expect(TRADE_FIDS.map(({ fid }) => String(fid))).toEqual(documented['0B']!.fids.map(({ fid }) => fid));
    expect(ORDER_FIDS.map(({ fid }) => String(fid))).toEqual(documented['00']!.fids.map(({ fid }) => fid));
  });

  test('a sign that only shows a direction is dropped, and a sign of a side or of a sum counts', () => {
    for (const { fid, sign } of documented['0B']!.fids) {
      const entry = TRADE_FIDS.find((candidate) => String(candidate.fid) === fid)!;
      if (sign === 'direction') expect(entry.reads, fid).toBe('magnitude');
      if (sign === 'arithmetic' || sign === 'side') expect(entry.reads, fid).toBe('signed');
    }
  });
});

test('names are snake case and unique within their type', () => {
  for (const table of [TRADE_FIDS, ORDER_FIDS]) {
    const names = table.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
  }
});
