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

test('a bad night begins with what was lost', async () => {
  expect(
    inspectionText(await report)
      .split('\n')
      .slice(0, 4),
  ).toEqual([
    'session memory: DATA WAS LOST (누락 있음), one finding',
    '1970-01-01 00:00:00 to 1970-01-01 00:00:00 UTC (0.0 s), 8 records, files not verified',
    '! test: a gap (수신 공백) of 4.5 s, ws-1 from 1970-01-01 00:00:01 to 1970-01-01 00:00:05: closed 1006',
    '· the session is not closed (종료 기록 없음): it is still recorded, or its recorder died',
  ]);
});

test('each venue has its line', async () => {
  expect(section(inspectionText(await report), 'venue  first frame')).toEqual([
    'venue | first frame | last frame | rows | bytes | gaps | reconnects | shed | failures | drift | late | clock',
    `test | 1970-01-01T00:00:01Z | 1970-01-01T00:00:01Z | 8 | ${frame({ say: 'trade', price: 1 }).length} B | 2 | 1 | 0 | 0 | 0 | 0`,
  ]);
});

test('connections, gaps and notes each have their table', async () => {
  const text = inspectionText(await report);
  expect(section(text, 'venue  connection')).toEqual([
    'venue | connection | connects | disconnects | first record at | last record at | lost by',
    'test | ws-1 | 2 | 1 | 1970-01-01T00:00:00Z | 1970-01-01T00:00:00Z | closed 1006',
  ]);
  expect(section(text, 'gap in')).toEqual([
    'gap in | connection | of | from record | to record | from | to | lasted | reason',
    'test | ws-1 | 3 | 4 | 1970-01-01T00:00:01Z | 1970-01-01T00:00:05.500Z | 4.500 s | closed 1006',
    'test | ws-1 | 0D | 7 | 7 | 1970-01-01T00:00:06Z | 1970-01-01T00:00:07Z | 1.000 s | shed',
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

test('a good night is short: a verdict, a line a venue, the channels, and no list that has nothing to say', async () => {
  const records = [
    aRecord({ kind: 'connected', atUs: 0 }),
    aRecord({ payload: frame({ say: 'trade', price: 1, size: 2, total: 2, symbol: 'A' }) }),
    aRecord({ payload: frame({ say: 'trade', price: 1, size: 2, total: 2, symbol: 'B' }) }),
    aRecord({ kind: 'disconnected', meta: '{"expected":true,"reason":"the recording ends"}' }),
    aRecord({ kind: 'session-close', venue: '', connection: '' }),
  ];
  const calm = await inspectTape(new MemoryTape(records), { venues: SCRIPTED_VENUES });
  const verification = { ok: true, segments: 1, stores: ['journal', 'parquet'], problems: [], problemTotal: 0 };
  expect(inspectionText({ ...calm, verification }).split('\n')).toEqual([
    'session memory: nothing was lost (누락 없음)',
    '1970-01-01 00:00:00 to 1970-01-01 00:00:00 UTC (0.0 s), 5 records, 1 segment and the Parquet copy verified',
    '',
    expect.stringMatching(/^venue {2}first frame/),
    expect.stringMatching(/^test {3}1970-01-01T00:00:00Z/),
    '',
    'traded volume (누적거래량) of 2 symbols: all there',
    '',
    'venue  channel  symbols  frames  events',
    'test   script         2       2       2',
    '',
    'frames 2 in, 0 out; notes 0',
    'events trade 2',
    expect.stringMatching(/^tape digest [0-9a-f]{64}$/),
  ]);
});

test('candles that differ are listed with both values and the record of the bar', async () => {
  const venueBar = { open: 1, high: 2, low: 1, close: 2, volume: 30 };
  const place = { venue: 'test', symbol: 'X', interval: '1m', openTimeUs: 60_000_000 };
  const candleAudit = {
    rows: [{ venue: 'test', symbol: 'X', interval: '1m', bars: 9, equal: 6, partial: 1, different: 1, missing: 1, inGaps: 1, late: 0 }],
    differences: [
      { ...place, sequence: 77, ours: { ...venueBar, volume: 20 }, venueBar, isInGap: false, hasLateTrades: false },
      { ...place, sequence: 78, ours: null, venueBar, isInGap: true, hasLateTrades: false },
    ],
  };
  const text = inspectionText({ ...(await report), candleAudit });
  expect(section(text, 'candles')).toEqual(['candles (분봉) of 1 symbol beside 9 bars: 6 equal, 1 only in part on the tape']);
  expect(section(text, 'candle of').slice(1)).toEqual([
    'test | X | 1m | 1970-01-01T00:01:00Z | 77 | 1/2/1/2 × 20 | 1/2/1/2 × 30',
    'test | X | 1m | 1970-01-01T00:01:00Z | 78 | none | 1/2/1/2 × 30 | in a gap',
  ]);
  expect(text).toContain(
    "! test: of 9 bars 2 do not agree with our candles (분봉 불일치), 1 of them without any trade, 1 in gaps told above; first X 1m of 1970-01-01 00:01:00, record 77: ours 1/2/1/2 × 20, the venue's 1/2/1/2 × 30",
  );
});
