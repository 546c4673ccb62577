import { expect, test } from 'vitest';
import { type TapeHealth, TapeRecord, type VenueHealth } from '#domain';
import { Inspection, inspectTape } from '../../replay/inspect.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { frame, SCRIPTED_VENUES } from '../fixtures/scripted-venue.ts';

type Body = ReturnType<typeof aRecord>;

const options = { venues: SCRIPTED_VENUES };

/** Health after each record. */
async function healths(records: readonly Body[]): Promise<readonly TapeHealth[]> {
  const inspection = new Inspection('s', options);
  const found: TapeHealth[] = [];
  const record = new TapeRecord();
  for await (const batch of new MemoryTape(records).batches()) {
    while (batch.next(record)) {
      inspection.visit(record);
      found.push(inspection.health());
    }
  }
  inspection.finish();
  return [...found, inspection.health()];
}

async function venueOf(records: readonly Body[]): Promise<VenueHealth> {
  return (await healths(records)).at(-1)!.venues[0]!;
}

const session = (kind: Body['kind'], meta: object, atUs = 0) =>
  aRecord({ kind, meta: JSON.stringify(meta), venue: '', connection: '', atUs });
const trade = (at: number, receivedAtUs: number) => aRecord({ atUs: receivedAtUs, payload: frame({ say: 'trade', price: 1, at }) });

test('rows, frames, bytes and their times are told of each venue and channel', async () => {
  const first = frame({ say: 'trade', price: 1 });
  const second = frame({ say: 'fail' });
  const [, afterTwo, , , , end] = await healths([
    session('session-open', {}, 1),
    aRecord({ kind: 'connected', atUs: 2 }),
    aRecord({ payload: first, atUs: 5 }),
    aRecord({ kind: 'frame-out', payload: 'ping', atUs: 6 }),
    aRecord({ payload: second, atUs: 9 }),
    session('tick', {}, 4),
  ]);
  expect(afterTwo!.venues[0]).toMatchObject({ rows: 1, frames: 0, firstFrameNs: undefined, channels: [] });
  expect(end).toMatchObject({ session: 's', records: 6, lastRecordNs: 4_000n, backwardTimes: 1, isClosed: false, restarts: 0 });
  expect(end!.venues).toHaveLength(1);
  const bytes = first.length + second.length;
  expect(end!.venues[0]).toMatchObject({
    venue: 'test',
    firstFrameNs: 5_000n,
    lastFrameNs: 9_000n,
    rows: 4,
    frames: 2,
    bytes,
    decodeFailures: 1,
  });
  expect(end!.venues[0]!.channels).toMatchObject([{ channel: 'script', frames: 2, bytes, lastFrameNs: 9_000n, decodeFailures: 1 }]);
});

test('the delay of pushes is counted by upper bound, of answers it is not', async () => {
  const venue = await venueOf([
    trade(100_000, 99_000), // our clock is behind: the first bound
    trade(100_000, 105_000), // 5 ms belongs to the bound of 5 ms
    trade(100_000, 105_001),
    trade(0, 40_000_000), // above all
    { ...trade(0, 40_000_000), kind: 'http-response' },
    aRecord({ atUs: 50_000_000, payload: frame({ say: 'quote', bid: 1, ask: 2 }) }), // tells no time
  ]);
  const { counts, sumSeconds } = venue.channels[0]!.delay;
  expect(counts).toEqual([2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  expect(sumSeconds).toBeCloseTo(0.005 + 0.005001 + 40, 9);
  expect(venue.clock).toEqual({ samples: 4, minUs: -1_000, medianUs: (5_000 + 5_001) / 2 });
});

test('the clock offset is the middle of the last 256 samples and the least of all', async () => {
  const early = Array.from({ length: 300 }, () => trade(1_000_000, 1_000_000 - 1_270_000));
  const late = Array.from({ length: 256 }, (_, i) => trade(0, 2_000 + i));
  expect((await venueOf([...early, ...late])).clock).toEqual({ samples: 556, minUs: -1_270_000, medianUs: 2_127.5 });
  expect((await venueOf([aRecord({ payload: frame({ say: 'drift', detail: 'no time' }) })])).clock).toEqual({
    samples: 0,
    minUs: Number.NaN,
    medianUs: Number.NaN,
  });
});

test('reconnects are counted by the reason of the loss; an end that was wanted is none', async () => {
  const down = (reason: string, more: object = {}) => aRecord({ kind: 'disconnected', meta: JSON.stringify({ reason, ...more }) });
  const up = aRecord({ kind: 'connected' });
  const venue = await venueOf([
    ...[up, down('silent for 31 s'), up, down('silent for 45 s'), up, down('closed with code 1006'), up],
    ...[down('nothing is wanted of it now', { expected: true }), up],
    up, // Up already, and no record says why again.
  ]);
  expect(venue.connections).toMatchObject([
    {
      connection: '1',
      isUp: true,
      connects: 6,
      reconnects: [
        { reason: 'silent for … s', count: 2 },
        { reason: 'closed with code 1006', count: 1 },
        { reason: 'not told', count: 1 },
      ],
    },
  ]);
});

test('a recorder that died takes its connections down, and its return is a reconnect and a restart', async () => {
  const [, , restarted, end] = await healths([
    aRecord({ kind: 'connected' }),
    session('note', { event: 'disk-low' }),
    session('note', { event: 'recorder-restarted' }),
    aRecord({ kind: 'connected' }),
  ]);
  expect(restarted).toMatchObject({ restarts: 1, isDiskLow: false });
  expect(restarted!.venues[0]!.connections[0]).toMatchObject({ isUp: false, reconnects: [] });
  expect(end!.venues[0]!.connections[0]).toMatchObject({
    isUp: true,
    reconnects: [{ reason: 'the recorder was not running', count: 1 }],
  });
});

test('a low disk, a stopped connection and the end of the session are told as the tape tells them', async () => {
  const all = await healths([
    aRecord({ kind: 'connected' }),
    session('note', { event: 'disk-low' }),
    aRecord({ kind: 'note', meta: '{"code":"R10001","event":"connection-stopped","message":"another session"}' }),
    session('note', { event: 'disk-back' }),
    session('session-close', { reason: 'asked' }),
  ]);
  expect(all.map(({ isDiskLow }) => isDiskLow)).toEqual([false, true, true, false, false, false]);
  expect(all.map(({ isClosed }) => isClosed)).toEqual([false, false, false, false, true, true]);
  expect(all[2]!.venues[0]!.connections[0]!.stopped).toBe('R10001: another session');
  expect(all.at(-1)!.venues[0]!.connections[0]!.isUp).toBe(false);
});

test('shed frames are counted by reason', async () => {
  const shed = (frames: number, reason: string) =>
    aRecord({ kind: 'gap', meta: JSON.stringify({ channel: 'A', frames, reason, fromNs: '1', toNs: '2' }) });
  expect((await venueOf([shed(5, 'shed'), shed(2, 'shed'), shed(1, 'lost by an import'), aRecord({ kind: 'gap' })])).dropped).toEqual([
    { reason: 'shed', frames: 7 },
    { reason: 'lost by an import', frames: 1 },
  ]);
});

test('a gap has no end while it is open, and the last 1,000 are listed', async () => {
  const gap = (i: number) => aRecord({ kind: 'gap', meta: JSON.stringify({ reason: `r${i}`, fromNs: String(i), toNs: String(i + 1) }) });
  const records = [...Array.from({ length: 2_500 }, (_, i) => gap(i)), aRecord({ kind: 'disconnected', atUs: 7 })];
  const { gaps, gapTotal } = await venueOf(records);
  expect([gaps.length, gapTotal]).toEqual([1_000, 2_501]);
  expect(gaps[0]).toMatchObject({ reason: 'r1501', fromNs: 1_501n, toNs: 1_502n });
  expect(gaps.at(-1)).toEqual({ connection: '1', channel: '', symbol: '', fromNs: 7_000n, toNs: undefined, reason: 'disconnected' });
});

test('REST calls are told by type: results, durations, and when the last one went well', async () => {
  const call = (kind: Body['kind'], id: number, more: object, atMs: number) => ({
    ...aRecord({ kind, connection: 'rest-k', meta: JSON.stringify({ requestId: id, ...more }), atUs: atMs * 1_000, payload: '[]' }),
    monotonicNs: BigInt(atMs) * 1_000_000n,
  });
  const venue = await venueOf([
    call('http-request', 1, { endpoint: 'bars' }, 0),
    { ...call('http-response', 1, { endpoint: 'bars', status: 200 }, 30), payload: new TextEncoder().encode('[]') },
    call('http-request', 2, { endpoint: 'bars' }, 100),
    call('http-response', 2, { endpoint: 'bars', status: 200 }, 300),
    call('note', 2, { event: 'request-refused', subject: 'bars', code: 'EGW00201' }, 300),
    session('tick', {}, 400_000),
    call('http-request', 3, { endpoint: 'bars' }, 1_000),
    call('http-response', 3, { endpoint: 'bars', status: 500 }, 1_004),
    call('note', 3, { event: 'request-refused', subject: 'bars', code: 'HTTP_500' }, 1_004),
    call('http-request', 4, { endpoint: 'board' }, 2_000),
    call('note', 4, { event: 'request-failed', subject: 'board', reason: 'no answer in 5 s' }, 7_000),
    { ...call('http-response', 5, { status: 200 }, 8_000) },
  ]);
  const none = new Array<number>(13).fill(0);
  const at = (...bounds: readonly number[]) => none.map((_, i) => bounds.filter((bound) => bound === i).length);
  expect(venue.rest).toEqual([
    {
      type: 'bars',
      results: [
        { result: 'ok', count: 1 },
        { result: 'refused', count: 1 },
        { result: 'http-500', count: 1 },
      ],
      lastSuccessNs: 30_000_000n,
      duration: { counts: at(0, 3, 5), sumSeconds: 0.234 },
    },
    {
      type: 'board',
      results: [{ result: 'unanswered', count: 1 }],
      lastSuccessNs: undefined,
      duration: { counts: at(9), sumSeconds: 5 },
    },
    { type: 'script', results: [{ result: 'ok', count: 1 }], lastSuccessNs: 8_000_000_000n, duration: { counts: none, sumSeconds: 0 } },
  ]);
  // Calls of the recorder itself are no connection that could be down.
  expect(venue.connections).toEqual([]);
});

test('an answer that its decoder cannot read is no success', async () => {
  const answer = aRecord({
    kind: 'http-response',
    meta: '{"endpoint":"bars","requestId":1,"status":200}',
    payload: frame({ say: 'fail' }),
  });
  const [type] = await venueOf([answer]).then(({ rest }) => rest);
  expect(type).toMatchObject({ results: [{ result: 'unreadable', count: 1 }], lastSuccessNs: undefined });
});

test('the last health of a tape and its report are the same numbers', async () => {
  const records = [
    trade(0, 0),
    trade(59_000_000, 63_000_000), // its minute has closed
    aRecord({ atUs: 64_000_000, payload: frame({ say: 'drift', detail: 'x' }) }),
    aRecord({ kind: 'disconnected', atUs: 65_000_000 }),
    aRecord({ kind: 'connected', atUs: 66_000_000 }),
    aRecord({ atUs: 67_000_000, payload: frame({ say: 'trade', price: 1, size: 3, total: 10 }) }),
    aRecord({ atUs: 68_000_000, payload: frame({ say: 'trade', price: 1, size: 1, total: 15 }) }),
  ];
  const venue = await venueOf(records);
  const report = await inspectTape(new MemoryTape(records), options);
  expect(venue).toMatchObject({ lateTrades: 1, drift: 1, gapTotal: 1 });
  expect(venue.volumeAudit).toEqual([{ symbol: 'X', day: 0, venueTotal: 8, seen: 4, missing: 4 }]);
  expect(report.venues).toMatchObject([
    {
      venue: 'test',
      firstFrameNs: '0',
      lastFrameNs: '68000000000',
      rows: 7,
      frames: 5,
      gapTotal: 1,
      reconnects: 1,
      lateTrades: 1,
      drift: 1,
    },
  ]);
  // A report is plain JSON, whoever prints it.
  expect(JSON.parse(JSON.stringify(report)).venues[0].clock).toEqual({ samples: 2, minUs: 0, medianUs: 2_000_000 });
  expect(report).toMatchObject({ lateTrades: 1, driftTotal: 1, gapTotal: 1 });
});
