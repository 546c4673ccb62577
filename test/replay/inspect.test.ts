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
  expect(report.gaps).toEqual([
    { venue: 'test', fromSequence: 1, toSequence: 2, fromNs: '2000', toNs: '7000', reason: 'closed 1006' },
    { venue: 'test', fromSequence: 3, toSequence: 3, fromNs: '3000', toNs: '4000', reason: 'shed' },
    { venue: 'test', fromSequence: 4, toSequence: 5, fromNs: '9000', toNs: '11000', reason: 'disconnected' },
  ]);
});

test('a late trade is counted once, and receive times that go back are counted', async () => {
  const at = (atUs: number, venueUs: number) => aRecord({ atUs, payload: frame({ say: 'trade', price: 1, at: venueUs }) });
  const report = await inspectTape(new MemoryTape([at(0, 0), at(63_000_000, 59_000_000), at(62_000_000, 62_000_000)]), { venues });
  expect(report).toMatchObject({ lateTrades: 1, backwardTimes: 1 });
});
