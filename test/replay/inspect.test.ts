import { expect, test } from 'vitest';
import { inspectTape } from '../../replay/inspect.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { frame, SCRIPTED_VENUES } from '../fixtures/scripted-venue.ts';

const venues = SCRIPTED_VENUES;
const DAY = 86_400_000_000;

test('the volume audit compares the venue day counter with what is on the tape, a row a day', async () => {
  const trade = (total: number, size: number, atUs: number) =>
    aRecord({ atUs, payload: frame({ say: 'trade', price: 1, size, total, at: atUs }) });
  const tape = new MemoryTape([trade(1_005, 5, 0), trade(1_008, 3, 1), trade(1_020, 2, 2), trade(7, 7, DAY), trade(9, 2, DAY + 1)]);
  const report = await inspectTape(tape, { venues });
  expect(report.volumeAudit).toEqual([
    { venue: 'test', symbol: 'X', day: 0, venueTotal: 20, seen: 10, missing: 10 },
    { venue: 'test', symbol: 'X', day: 1, venueTotal: 9, seen: 9, missing: 0 },
  ]);
});

test('a day counter that falls begins a new row though the clock says the same day', async () => {
  const trade = (total: number, size: number, atUs: number) =>
    aRecord({ atUs, payload: frame({ say: 'trade', price: 1, size, total, at: atUs }) });
  const report = await inspectTape(new MemoryTape([trade(50, 1, 0), trade(3, 3, 1)]), { venues });
  expect(report.volumeAudit.map((row) => [row.venueTotal, row.seen])).toEqual([
    [1, 1],
    [3, 3],
  ]);
});

test('frames, events, failures, undecoded frames and notes are counted apart', async () => {
  const tape = new MemoryTape([
    aRecord({ kind: 'session-open', venue: '', connection: '' }),
    aRecord({ payload: frame({ say: 'trade', price: 1 }, { say: 'quote', bid: 1, ask: 2 }) }),
    aRecord({ payload: frame({ say: 'fail' }) }),
    aRecord({ payload: frame({ say: 'undecoded' }) }),
    aRecord({ kind: 'note' }),
    aRecord({ kind: 'frame-out', payload: 'ping' }),
    aRecord({ venue: 'nobody', payload: 'x' }),
  ]);
  const report = await inspectTape(tape, { venues });
  expect(report).toMatchObject({ records: 7, frames: { in: 4, out: 1 }, notes: 1, decodeFailures: 1, lateTrades: 0 });
  expect(report.events).toMatchObject({ trade: 1, quote: 1, book: 0 });
  expect(report.failures).toEqual([{ sequence: 2, venue: 'test', channel: 'script', reason: 'expected sense, found none' }]);
  expect(report.undecoded).toEqual([
    { venue: 'test', channel: 'other', frames: 1 },
    { venue: 'nobody', channel: '', frames: 1 },
  ]);
  expect(report.channels).toEqual([
    { venue: 'test', channel: 'script', symbol: 'X', frames: 1, events: 2 },
    { venue: 'test', channel: 'script', frames: 2, events: 0 },
    { venue: 'nobody', channel: '', frames: 1, events: 0 },
  ]);
});

test('connections that were down and gap records are gaps with from and to', async () => {
  const tape = new MemoryTape([
    aRecord({ kind: 'connected', atUs: 1 }),
    aRecord({ kind: 'disconnected', meta: '{"reason":"closed 1006"}', atUs: 2 }),
    aRecord({ kind: 'connected', atUs: 7 }),
    aRecord({ kind: 'gap', meta: '{"fromNs":"3000","reason":"shed","toNs":"4000"}', atUs: 8 }),
    aRecord({ kind: 'disconnected', atUs: 9 }),
    aRecord({ kind: 'tick', venue: '', connection: '', atUs: 11 }),
  ]);
  const report = await inspectTape(tape, { venues });
  const place = { venue: 'test', connection: '1' };
  expect(report.gaps).toEqual([
    { ...place, fromSequence: 1, toSequence: 2, fromNs: '2000', toNs: '7000', reason: 'closed 1006' },
    { ...place, fromSequence: 3, toSequence: 3, fromNs: '3000', toNs: '4000', reason: 'shed' },
    { ...place, fromSequence: 4, toSequence: 5, fromNs: '9000', toNs: '11000', reason: 'disconnected' },
  ]);
});

test('a late trade is counted once, and receive times that go back are counted', async () => {
  const at = (atUs: number, venueUs: number) => aRecord({ atUs, payload: frame({ say: 'trade', price: 1, at: venueUs }) });
  const report = await inspectTape(new MemoryTape([at(0, 0), at(63_000_000, 59_000_000), at(62_000_000, 62_000_000)]), { venues });
  expect(report).toMatchObject({ lateTrades: 1, backwardTimes: 1 });
});

test('the connections of a recording are counted with their reconnects, pollers among them, in order of first record', async () => {
  const poller = { connection: 'rest-minutes' };
  const tape = new MemoryTape([
    aRecord({ kind: 'session-open', venue: '', connection: '', atUs: 1 }),
    aRecord({ kind: 'connected', atUs: 2 }),
    aRecord({ ...poller, kind: 'http-request', atUs: 3 }),
    aRecord({ ...poller, kind: 'connected', atUs: 4 }),
    aRecord({ kind: 'disconnected', meta: '{"code":1006,"reason":"closed"}', atUs: 5 }),
    aRecord({ kind: 'gap', meta: '{"fromNs":"2000","reason":"closed","toNs":"6000"}', atUs: 6 }),
    aRecord({ kind: 'connected', meta: '{"attempt":2}', atUs: 6 }),
    aRecord({ kind: 'frame-in', payload: frame({ say: 'trade', price: 1 }), atUs: 7 }),
    aRecord({ venue: 'other', kind: 'connected', atUs: 8 }),
    aRecord({ kind: 'disconnected', meta: '{"code":1000,"expected":true,"reason":"stopped"}', atUs: 9 }),
    aRecord({ kind: 'note', venue: 'test', connection: '', atUs: 10 }),
    aRecord({ kind: 'tick', venue: '', connection: '', atUs: 11 }),
  ]);
  const { connections, gaps } = await inspectTape(tape, { venues });
  expect(connections).toEqual([
    {
      venue: 'test',
      connection: '1',
      connects: 2,
      disconnects: 2,
      reconnects: [{ reason: 'closed', count: 1 }],
      firstNs: '2000',
      lastNs: '9000',
    },
    { venue: 'test', connection: 'rest-minutes', connects: 1, disconnects: 0, reconnects: [], firstNs: '3000', lastNs: '4000' },
    { venue: 'other', connection: '1', connects: 1, disconnects: 0, reconnects: [], firstNs: '8000', lastNs: '8000' },
  ]);
  // The recorder's gap record stands for the disconnect; the end that was wanted is none.
  expect(gaps).toEqual([
    { venue: 'test', connection: '1', fromSequence: 4, toSequence: 5, fromNs: '2000', toNs: '6000', reason: 'closed' },
  ]);
});

test('a gap of a channel names it, and a gap whose times are no times has those of its record', async () => {
  const tape = new MemoryTape([
    aRecord({ kind: 'gap', meta: '{"channel":"0D","frames":7,"fromNs":"1000","reason":"shed","toNs":"2000"}', atUs: 3 }),
    aRecord({ kind: 'gap', meta: '{"fromNs":"noon","toNs":12.5}', atUs: 4 }),
  ]);
  const place = { venue: 'test', connection: '1' };
  expect((await inspectTape(tape, { venues })).gaps).toEqual([
    { ...place, channel: '0D', fromSequence: 0, toSequence: 0, fromNs: '1000', toNs: '2000', reason: 'shed' },
    { ...place, fromSequence: 1, toSequence: 1, fromNs: '4000', toNs: '4000', reason: 'gap' },
  ]);
});

test('notes are told by kind: how often, where first, and what the first said', async () => {
  const note = (connection: string, meta: string) => aRecord({ kind: 'note', connection, meta });
  const tape = new MemoryTape([
    note('1', '{"event":"subscription-wanted","subject":"0B|005930"}'),
    note('1', '{"event":"subscription-wanted","subject":"0B|000660"}'),
    note('1', '{"code":"105110","event":"subscription-refused","message":"full","subject":"0B|000660"}'),
    note('', '{"file":0,"line":7,"reason":"expected a receive time"}'),
    note('', 'no JSON'),
    note('', ''),
  ]);
  const { notes, noteKinds } = await inspectTape(tape, { venues });
  expect(notes).toBe(6);
  expect(noteKinds.map(({ venue: _, ...row }) => row)).toEqual([
    { connection: '1', what: 'subscription-wanted', count: 2, firstSequence: 0, first: 'subject=0B|005930' },
    { connection: '1', what: 'subscription-refused', count: 1, firstSequence: 2, first: 'code=105110 message=full subject=0B|000660' },
    { connection: '', what: 'expected a receive time', count: 1, firstSequence: 3, first: 'file=0 line=7' },
    { connection: '', what: 'meta is no JSON: no JSON', count: 1, firstSequence: 4, first: '' },
    { connection: '', what: 'note', count: 1, firstSequence: 5, first: '' },
  ]);
});

test('kinds of drift and of notes are kept up to a limit, and counted past it', async () => {
  const many = Array.from({ length: 1_200 }, (_, i) => i);
  const tape = new MemoryTape([
    aRecord({ payload: frame(...many.map((i) => ({ say: 'drift', detail: `unknown field ${i}` }) as const)) }),
    aRecord({ payload: frame({ say: 'drift', detail: 'unknown field 3' }) }),
    ...many.map((i) => aRecord({ kind: 'note', meta: `{"event":"kind ${i}"}` })),
  ]);
  const { drift, driftTotal, notes, noteKinds } = await inspectTape(tape, { venues });
  expect([drift.length, driftTotal, noteKinds.length, notes]).toEqual([1_000, 1_201, 1_000, 1_200]);
  expect(drift[3]).toEqual({ venue: 'test', channel: 'script', detail: 'unknown field 3', count: 2, firstSequence: 0 });
});
