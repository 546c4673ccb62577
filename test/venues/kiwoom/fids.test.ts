import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BOOK, BOOK_FIDS_UNSENT } from '../../../venues/kiwoom/book-fids.ts';
import { kiwoomChannelOf } from '../../../venues/kiwoom/channel.ts';
import { REAL_TYPES } from '../../../venues/kiwoom/real-types.ts';
import { CHANNEL_TABLES, FID_LIMIT } from '../../../venues/kiwoom/slots.ts';
import { aRealFrame } from './kiwoom-frames.ts';

const TABLES = new URL('../../../../shared/protocols/kiwoom-fids.json', import.meta.url);
const hasTables = existsSync(TABLES);
if (!hasTables) process.stdout.write(`skipped: no FID tables at ${TABLES.pathname}\n`);

interface DocumentedType {
  readonly name_ko: string;
  readonly fids: readonly { readonly fid: string; readonly type: string; readonly sign?: string }[];
}
/** FIDs whose texts say what the event says by its own fields, or that no event has a place for. */
const UNTOLD = ['9001', '302', '1225', '1279', '215', '214', '843', '216'];
/** Types whose rows spell their `name` otherwise than the documentation's heading. */
const OWN_NAMES: Readonly<Record<string, string>> = { '04': '현물잔고', '0w': '종목별프로그램매매' };

describe.skipIf(!hasTables)('the FID tables', () => {
  const documented = hasTables ? (JSON.parse(readFileSync(TABLES, 'utf8')) as Record<string, DocumentedType>) : {};

  test('they name every documented field of their type, in the documented order', () => {
    for (const { type, fields } of CHANNEL_TABLES) {
      expect(
        fields.map(({ fid }) => String(fid)),
        type,
      ).toEqual(documented[type]!.fids.map(({ fid }) => fid));
    }
  });

  test('a sign that only shows a direction is dropped, and a sign of a side or of a sum counts', () => {
    for (const { type, fields } of CHANNEL_TABLES) {
      if (type === '00') continue; // its texts stay as printed
      for (const { fid, sign } of documented[type]!.fids) {
        const entry = fields.find((candidate) => String(candidate.fid) === fid)!;
        if (sign === 'direction') expect(entry.reads, `${type} ${fid}`).toBe('magnitude');
        if (sign === 'arithmetic' || sign === 'side') expect(entry.reads, `${type} ${fid}`).toBe('signed');
      }
    }
  });

  test('only what is no number is kept as a text', () => {
    for (const { type, fields } of CHANNEL_TABLES) {
      if (type === '00') continue;
      const texts = fields.filter(({ reads }) => reads === 'text').map(({ fid }) => String(fid));
      for (const fid of texts) expect(UNTOLD, `${type} ${fid}`).toContain(fid);
    }
  });

  test('every documented type is known by its name', () => {
    expect([...REAL_TYPES.keys()].sort()).toEqual(Object.keys(documented).sort());
    for (const [type, name] of REAL_TYPES) expect(name).toBe(OWN_NAMES[type] ?? documented[type]!.name_ko);
  });
});

test('names are snake case and unique within their type', () => {
  for (const { type, fields } of CHANNEL_TABLES) {
    const names = fields.map(({ name }) => name);
    expect(new Set(names).size, type).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
  }
});

test('required fields and the time are in the table, and every FID is below the limit of the slots', () => {
  for (const { type, fields, required, timeFid } of CHANNEL_TABLES) {
    const fids = fields.map(({ fid }) => fid);
    for (const fid of required) expect(fids, type).toContain(fid);
    if (timeFid !== 0) expect(required, type).toContain(timeFid);
    expect(Math.max(...fids)).toBeLessThan(FID_LIMIT);
  }
});

test('a book has 163 documented fields, of which the venue sends 139', () => {
  expect(BOOK.fields.length).toBe(163);
  expect(BOOK.fields.length - BOOK_FIDS_UNSENT.size).toBe(139);
});

test('the channel of every real-time type is its label', () => {
  for (const type of REAL_TYPES.keys()) {
    const bytes = new TextEncoder().encode(aRealFrame(type, {}));
    expect(kiwoomChannelOf(bytes, 0, bytes.length)).toBe(type);
  }
});
