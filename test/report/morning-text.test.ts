import { expect, test } from 'vitest';
import type { InspectReport } from '#domain';
import { inspectTape } from '../../replay/inspect.ts';
import { morningText } from '../../report/morning-text.ts';
import { tapeFindings } from '../../report/tape-findings.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { frame, SCRIPTED_VENUES } from '../fixtures/scripted-venue.ts';

type Body = ReturnType<typeof aRecord>;

const inspect = (records: readonly Body[]): Promise<InspectReport> =>
  inspectTape(new MemoryTape(records, { session: 'night' }), { venues: SCRIPTED_VENUES });
const trade = (second: number, total: number, size: number) =>
  aRecord({ atUs: second * 1e6, payload: frame({ say: 'trade', price: 5, size, total, at: second * 1e6 }) });
const close = aRecord({ kind: 'session-close', venue: '', connection: '', atUs: 3_600e6 });
const CALM = [aRecord({ kind: 'connected' }), trade(1, 10, 10), trade(2, 15, 5), close];

test('a good night is three lines and says that nothing was lost', async () => {
  const bytes =
    frame({ say: 'trade', price: 5, size: 10, total: 10, at: 1e6 }).length +
    frame({ say: 'trade', price: 5, size: 5, total: 15, at: 2e6 }).length;
  expect(morningText(await inspect(CALM)).split('\n')).toEqual([
    'night: nothing was lost (누락 없음)',
    '1970-01-01 00:00:00 to 1970-01-01 01:00:00 UTC (1 h), 4 records, files not verified',
    `test: 00:00:01 to 00:00:02 · 3 rows · ${bytes} B · gaps 0 · reconnects 0 · shed 0 · decode failures 0 · drift 0 · late 0 · clock +0.000 s`,
    'traded volume (누적거래량) of 1 symbol: all there',
  ]);
});

test('a bad night begins with what was lost, each kind in a line', async () => {
  const gap = (from: number, to: number) =>
    JSON.stringify({ fromNs: String(from * 1e9), toNs: String(to * 1e9), reason: 'silent for 31 s' });
  const shed = '{"channel":"0D","frames":12,"fromNs":"1","reason":"shed","toNs":"2"}';
  const call = (id: number, status: number) =>
    aRecord({
      kind: 'http-response',
      connection: 'rest-k',
      atUs: 90e6,
      meta: `{"endpoint":"bars","requestId":${id},"status":${status}}`,
      payload: '[]',
    });
  const text = morningText(
    await inspect([
      ...CALM.slice(0, 2),
      aRecord({ kind: 'gap', meta: gap(10, 50), atUs: 50e6 }),
      aRecord({ kind: 'gap', meta: gap(60, 65), atUs: 65e6 }),
      aRecord({ kind: 'gap', meta: shed, atUs: 66e6 }),
      trade(70, 40, 5),
      aRecord({ payload: frame({ say: 'fail' }), atUs: 80e6 }),
      call(1, 200),
      call(2, 500),
      aRecord({ kind: 'note', meta: '{"code":"R10001","event":"connection-stopped","message":"another session"}', atUs: 91e6 }),
    ]),
  );
  expect(text.split('\n').filter((line) => /^night|^[!·]/.test(line))).toEqual([
    'night: DATA WAS LOST (누락 있음), 5 findings',
    '! test 1 stopped for good (연결 중지): R10001: another session',
    '! test: 2 gaps (수신 공백), 45.0 s in all; the longest 40.0 s, 1 from 1970-01-01 00:00:10 to 1970-01-01 00:00:50: silent for 31 s',
    '! test: 12 frames not kept (버린 프레임): shed',
    '! test: 1 decode failure (해석 실패); the first is record 6, script: expected sense, found none',
    '! test X: 25 of 40 traded are missing, 62.5 % (누적거래량 누락)',
    '· the session is not closed (종료 기록 없음): it is still recorded, or its recorder died',
    '· test bars: of 2 calls http-500 1 (조회 실패); the last that went well at 1970-01-01 00:01:30',
  ]);
});

test('damage of the files is the first thing told', async () => {
  const verification = { ok: false, segments: 3, stores: ['journal'], problems: ['journal/00000002.tdj: bad'], problemTotal: 4 };
  const report = { ...(await inspect(CALM)), verification };
  expect(tapeFindings(report)).toEqual([
    { weight: 'lost', text: 'the files are damaged (파일 손상): 4 problems, the first: journal/00000002.tdj: bad' },
  ]);
  expect(morningText(report)).toContain('files DAMAGED');
});

test('a message is never longer than a chat takes, and says where the rest is', async () => {
  const calm = await inspect(CALM);
  const [venue] = calm.venues;
  const venues = Array.from({ length: 60 }, (_, i) => ({ ...venue!, venue: `venue-${i}` }));
  const stopped = { ...calm.connections[0]!, stopped: 'x'.repeat(5_000) };
  const text = morningText({ ...calm, venues, connections: [stopped] });
  expect(text.length).toBeLessThanOrEqual(3_500);
  expect(text.length).toBeGreaterThan(3_000);
  expect(text.split('\n').at(-1)).toBe('the rest: tapedeck inspect night');
  expect(morningText({ ...calm, connections: [stopped] }).split('\n')[1]!.length).toBe(400);
});

test('candles that lack late trades are worth knowing; those that differ for no reason are lost', async () => {
  const row = { venue: 'test', symbol: 'X', interval: '1m', bars: 9, equal: 7, partial: 0, different: 2, missing: 0, inGaps: 0, late: 2 };
  const calm = await inspect(CALM);
  const words = 'test: 2 candles without trades that came late (분봉, 지연 체결); a longer --lateness may count them';
  expect(tapeFindings({ ...calm, candleAudit: { rows: [row], differences: [] } })).toEqual([{ weight: 'noted', text: words }]);
  const mixed = tapeFindings({ ...calm, candleAudit: { rows: [{ ...row, late: 1 }], differences: [] } });
  expect(mixed.map(({ weight, text }) => `${weight} ${text.slice(0, 30)}`)).toEqual([
    'lost test: of 9 bars 1 do not agree',
    'noted test: 1 candle without trades ',
  ]);
});

test('a connection that ends with its tape is no gap to tell, and tiny steps back of the receive time are none', async () => {
  const end = aRecord({ kind: 'disconnected', meta: '{"reason":"the file ends"}', atUs: 3_600e6 });
  const back = (us: number) => aRecord({ kind: 'tick', venue: '', connection: '', atUs: 3_600e6 - us });
  expect(tapeFindings(await inspect([...CALM.slice(0, -1), end, close]))).toEqual([]);
  expect(tapeFindings(await inspect([...CALM, back(99_999)]))).toEqual([]);
  expect(tapeFindings(await inspect([...CALM, back(2_500_000)]))).toEqual([
    { weight: 'noted', text: 'receive times went back once, by up to 2.5 s (수신 시각 역행)' },
  ]);
});

test('more traded on the tape than the venue counts is told as such', async () => {
  expect(tapeFindings(await inspect([trade(1, 10, 10), trade(2, 12, 5), close]))).toEqual([
    { weight: 'lost', text: 'test X: 15 traded on the tape, the venue counts 12 (누적거래량 초과)' },
  ]);
});
