import { expect, test } from 'vitest';
import type { InspectReport } from '#domain';
import { inspectTape } from '#replay';
import { inspectionText } from '../../cli/inspection-text.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { frame, SCRIPTED_VENUES } from '../fixtures/scripted-venue.ts';

const report: Promise<InspectReport> = inspectTape(
  new MemoryTape([
    aRecord({ kind: 'connected', connection: 'ws-1', atUs: 0 }),
    aRecord({ kind: 'connected', connection: 'rest-minutes', atUs: 500_000 }),
    aRecord({ payload: frame({ say: 'trade', price: 1 }), connection: 'ws-1', atUs: 1_000_000 }),
    aRecord({ kind: 'disconnected', connection: 'ws-1', meta: '{"code":1006,"reason":"closed 1006"}', atUs: 2_000_000 }),
    aRecord({
      kind: 'gap',
      connection: 'ws-1',
      meta: '{"fromNs":"1000000000","reason":"closed 1006","toNs":"5500000000"}',
      atUs: 5_500_000,
    }),
    aRecord({ kind: 'connected', connection: 'ws-1', atUs: 5_500_000 }),
    aRecord({ kind: 'note', connection: 'ws-1', meta: '{"event":"subscription-wanted","subject":"0B|005930"}', atUs: 6_000_000 }),
    aRecord({ kind: 'gap', connection: 'ws-1', meta: '{"channel":"0D","fromNs":"6000000000","reason":"shed","toNs":"7000000000"}' }),
  ]),
  { venues: SCRIPTED_VENUES },
);

/** The lines of the section that begins with these words. */
function section(text: string, words: string): readonly string[] {
  const found = text.split('\n\n').find((part) => part.startsWith(words));
  return found === undefined ? [] : found.split('\n').map((line) => line.replace(/ {2,}/g, ' | '));
}

test('reconnects, gaps and notes are counted at the head', async () => {
  expect(section(inspectionText(await report), 'session').at(-1)).toBe(
    'decode failures 0, late trades 0, reconnects 1, gaps 2, notes 1, times that go back 1',
  );
});

test('connections, gaps and notes each have their table', async () => {
  const text = inspectionText(await report);
  expect(section(text, 'venue  connection')).toEqual([
    'venue | connection | connects | disconnects | first record at | last record at',
    'test | ws-1 | 2 | 1 | 1970-01-01T00:00:00Z | 1970-01-01T00:00:00Z',
    'test | rest-minutes | 1 | 0 | 1970-01-01T00:00:00.500Z | 1970-01-01T00:00:00.500Z',
  ]);
  expect(section(text, 'gap in')).toEqual([
    'gap in | connection | of | from record | to record | from | lasted | reason',
    'test | ws-1 | 3 | 4 | 1970-01-01T00:00:01Z | 4.500 s | closed 1006',
    'test | ws-1 | 0D | 7 | 7 | 1970-01-01T00:00:06Z | 1.000 s | shed',
  ]);
  expect(section(text, 'note of')).toEqual([
    'note of | connection | what | times | first record | the first',
    'test | ws-1 | subscription-wanted | 1 | 6 | subject=0B|005930',
  ]);
});

test('long lists are cut, the most frequent drift first, and say how much is left out', async () => {
  const drift = Array.from({ length: 50 }, (_, i) => ({
    venue: 'v',
    channel: 'c',
    detail: `field ${i} ${'x'.repeat(200)}`,
    count: i,
    firstSequence: i,
  }));
  const gap = { venue: 'v', fromSequence: 1, toSequence: 2, fromNs: '0', toNs: '1', reason: 'shed' };
  const text = inspectionText({ ...(await report), drift, gaps: Array.from({ length: 21 }, () => gap) });
  const lines = section(text, 'drift in');
  expect(lines).toHaveLength(22);
  expect(lines[1]).toMatch(/^v | c | field 49 x+… | 49 | 49$/);
  expect(lines.every((line) => line.length < 110)).toBe(true);
  expect(lines.at(-1)).toBe('and 30 more kinds of drift; --json lists them');
  expect(section(text, 'gap in').at(-1)).toBe('and 1 more gaps; --json lists them');
});

test('a capture of one connection that held says nothing of connections', async () => {
  const calm = await inspectTape(new MemoryTape([aRecord({ payload: frame({ say: 'trade', price: 1 }) })]), { venues: SCRIPTED_VENUES });
  expect(inspectionText(calm)).not.toContain('connects  disconnects');
});
