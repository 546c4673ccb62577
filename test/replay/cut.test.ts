import { expect, test } from 'vitest';
import { type EventSink, isInbound, type RecordBody, type SymbolTable, type TapeRecord } from '#domain';
import type { Venue } from '#venues';
import { tapeEvents } from '../../replay/tape-events.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { frame, SCRIPTED, SCRIPTED_VENUES } from '../fixtures/scripted-venue.ts';
import { checkCut, cutInMemory, recordsOf } from './cut-check.ts';

const OPEN = aRecord({ kind: 'session-open', venue: '', connection: '', meta: '{"format":"recording","venues":["test"]}' });
const CLOSE = aRecord({ kind: 'session-close', venue: '', connection: '', atUs: 900_000 });

function trade(symbol: string, atUs: number, connection = '1'): RecordBody {
  return aRecord({ atUs, payload: frame({ say: 'trade', price: 1, symbol }), connection });
}

function tapeOf(...records: readonly RecordBody[]): MemoryTape {
  return new MemoryTape([OPEN, ...records, CLOSE], { batchSize: 3 });
}

const kindsOf = (records: readonly RecordBody[]) => records.map(({ kind }) => kind);
const textOf = ({ payload }: RecordBody) => new TextDecoder().decode(payload);

test('a cut holds every frame of its symbols, whole, with the connection that brought them, gaps and ticks', async () => {
  const both = frame({ say: 'trade', price: 2, symbol: 'B' }, { say: 'trade', price: 1, symbol: 'A' });
  const tape = tapeOf(
    aRecord({ kind: 'connected' }),
    aRecord({ kind: 'connected', connection: '2' }),
    aRecord({ kind: 'frame-out', payload: 'subscribe' }),
    trade('A', 10),
    trade('B', 20),
    trade('B', 25, '2'),
    aRecord({ atUs: 30, payload: both }),
    aRecord({ kind: 'tick', venue: '', connection: '', atUs: 40 }),
    aRecord({ kind: 'note', venue: '', connection: '', atUs: 45 }),
    aRecord({ kind: 'gap', atUs: 50, meta: '{"reason":"shed"}' }),
    aRecord({ kind: 'gap', atUs: 50, connection: '2' }),
    aRecord({ kind: 'disconnected', atUs: 60 }),
  );
  const { records, origins, result } = await cutInMemory(tape, { venues: SCRIPTED_VENUES, symbols: ['A'] });
  expect(kindsOf(records)).toEqual([
    'session-open',
    'connected',
    'frame-in',
    'frame-in',
    'tick',
    'gap',
    'disconnected',
    'tick',
    'session-close',
  ]);
  expect(origins).toEqual([-1, 1, 4, 7, 8, 10, 12, -1, -1]);
  expect(textOf(records[3]!)).toBe(both);
  expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_, i) => i));
  expect(result).toMatchObject({ frames: 2, symbols: ['test:A'], leftOut: { others: 2, undecoded: 0, failed: 0 } });
});

test('session-open says from which tape, range and symbols the session was cut', async () => {
  const tape = tapeOf(trade('A', 10), trade('B', 20));
  const { records } = await cutInMemory(tape, { venues: SCRIPTED_VENUES, symbols: ['A'], from: { sequence: 1 }, to: { sequence: 3 } });
  expect(JSON.parse(records[0]!.meta)).toEqual({
    format: 'cut',
    cut: { fromSequence: 1, toSequence: 3, symbols: ['test:A'], tapeDigest: await tape.digest() },
    source: { format: 'recording', venues: ['test'] },
  });
});

test('the same tape and options give the same digest, in whatever batches the tape comes', async () => {
  const records = await recordsOf(tapeOf(trade('A', 10), trade('B', 20), trade('A', 30)));
  const cuts = [1, 2, 4096].map((batchSize) =>
    cutInMemory(new MemoryTape(records, { batchSize }), { venues: SCRIPTED_VENUES, symbols: ['A'], from: { sequence: 2 } }),
  );
  const digests = await Promise.all(cuts.map(async (cut) => (await cut).tape.digest()));
  expect(new Set(digests).size).toBe(1);
});

test('times are tape time: a range begins and ends once, however the clock of the recorder jumps', async () => {
  const tape = tapeOf(trade('A', 10), trade('A', 50), trade('A', 20), trade('A', 70), trade('A', 60));
  const range = { from: { timeNs: 20_000n }, to: { timeNs: 65_000n } };
  const { origins, result } = await cutInMemory(tape, { venues: SCRIPTED_VENUES, ...range });
  expect([result.fromSequence, result.toSequence]).toEqual([2, 4]);
  expect(origins).toEqual([-1, 2, 3, -1]);
});

test('of what is left out the first record in every 100 ms leaves its time behind as a tick', async () => {
  const times = [10, 120, 130, 199, 200, 250, 310];
  const tape = tapeOf(...times.map((ms) => trade(ms === 200 ? 'A' : 'B', ms * 1000)));
  const { records } = await cutInMemory(tape, { venues: SCRIPTED_VENUES, symbols: ['A'] });
  expect(records.map(({ kind, receivedAtNs }) => [kind, Number(receivedAtNs / 1_000_000n)])).toEqual([
    ['session-open', 0],
    ['tick', 120],
    ['frame-in', 200],
    ['tick', 310],
    ['tick', 900],
    ['session-close', 900],
  ]);
});

/** The scripted venue with a decoder of the test's own, which gets the text of each frame and body. */
function venueOf(createDecode: (sink: EventSink, id: (symbol: string) => number) => (text: string) => void): ReadonlyMap<string, Venue> {
  const createDecoder = (sink: EventSink, symbols: SymbolTable) => {
    const decode = createDecode(sink, (symbol) => symbols.intern('test', symbol));
    return {
      decode: (record: TapeRecord) => {
        if (isInbound(record.kind)) decode(textOf(record.copy()));
      },
    };
  };
  return new Map([[SCRIPTED.id, { ...SCRIPTED, createDecoder }]]);
}

function sayTrade(sink: EventSink, symbol: number, price: number): void {
  sink.trade(symbol, Number.NaN, price, 1, 1, '', Number.NaN, 'regular');
}

test('what is said of a whole market comes along with its venue', async () => {
  const venues = venueOf((sink, id) => (text) => {
    if (text === 'halt') sink.status(-1, Number.NaN, 'halt', true, '1', Number.NaN);
    else sayTrade(sink, id(text), 1);
  });
  const texts = ['A', 'halt', 'B'];
  const { origins } = await cutInMemory(tapeOf(...texts.map((payload) => aRecord({ payload }))), { venues, symbols: ['A'] });
  expect(origins.filter((origin) => origin > 0)).toEqual([1, 2]);
});

test('masters that define a symbol come along with their request, from before the range too; repeats and those of others do not', async () => {
  const venues = venueOf((sink, id) => (text) => {
    const [symbol = '', multiplier] = text.split(' ');
    if (multiplier === undefined) sayTrade(sink, id(symbol), 1);
    else sink.instrument(id(symbol), { ...SCRIPTED.instrument(symbol), multiplier: Number(multiplier) });
  });
  const call = (requestId: number, payload: string) => {
    const common = { connection: 'rest', meta: `{"requestId":${requestId}}` };
    return [aRecord({ ...common, kind: 'http-request' }), aRecord({ ...common, kind: 'http-response', payload })];
  };
  const tape = tapeOf(...call(1, 'A 10'), ...call(2, 'B 10'), ...call(3, 'A 10'), ...call(4, 'A 20'), aRecord({ payload: 'A' }));
  const { origins } = await cutInMemory(tape, { venues, symbols: ['A'], from: { sequence: 9 } });
  expect(origins.filter((origin) => origin > 0)).toEqual([1, 2, 7, 8, 9]);
});

test('an answer about a whole market brings its request along: a decoder may read it by what was asked', async () => {
  let asked = '';
  const createDecoder = (sink: EventSink, symbols: SymbolTable) => ({
    decode: (record: TapeRecord) => {
      const text = textOf(record.copy());
      if (record.kind === 'http-request') asked = text;
      else if (record.kind === 'http-response' && asked === 'phase') sink.status(-1, Number.NaN, 'halt', true, text, Number.NaN);
      else if (record.kind === 'frame-in') sayTrade(sink, symbols.intern('test', text), 1);
    },
  });
  const tape = tapeOf(
    aRecord({ payload: 'A' }),
    aRecord({ kind: 'http-request', payload: 'phase' }),
    aRecord({ kind: 'http-request', payload: 'phase', connection: 'other' }),
    aRecord({ kind: 'http-response', payload: 'halted' }),
  );
  const venues = new Map([[SCRIPTED.id, { ...SCRIPTED, createDecoder }]]);
  const { origins } = await cutInMemory(tape, { venues, symbols: ['A'] });
  expect(origins.filter((origin) => origin > 0)).toEqual([1, 2, 4]);
});

test('a decoder that says only what is new gets as many earlier records as it needs', async () => {
  const venues = venueOf((sink, id) => {
    const said = new Set<string>();
    return (text) => {
      for (const price of text.split(' ')) if (!said.has(price)) sayTrade(sink, id('A'), Number(price));
      for (const price of text.split(' ')) said.add(price);
    };
  });
  const lists = ['8', '9', '1 2', '3', '4', '1 2 3 4 5'];
  const { origins, result } = await cutInMemory(tapeOf(...lists.map((payload) => aRecord({ payload }))), { venues, from: { sequence: 6 } });
  expect(result.warmUpRecords).toBe(4);
  expect(origins.filter((origin) => origin > 0)).toEqual([2, 3, 4, 5, 6]);
});

test('a cut that no choice of records makes faithful is refused with the record', async () => {
  const venues = venueOf((sink, id) => {
    let frames = 0;
    return (text) => sayTrade(sink, id(text), ++frames);
  });
  const tape = tapeOf(...['B', 'A', 'B', 'A'].map((payload) => aRecord({ payload })));
  await expect(cutInMemory(tape, { venues, symbols: ['A'] })).rejects.toMatchObject({
    code: 'CUT_UNFAITHFUL',
    exitCode: 3,
    message: expect.stringContaining('record 2'),
  });
});

test('a connection that was lost before the range is lost in the cut, and comes back in it', async () => {
  const tape = tapeOf(
    aRecord({ kind: 'connected', atUs: 1 }),
    aRecord({ kind: 'disconnected', atUs: 2 }),
    aRecord({ kind: 'connected', atUs: 3 }),
    trade('A', 10),
    aRecord({ kind: 'disconnected', atUs: 20 }),
    aRecord({ kind: 'connected', atUs: 30 }),
    trade('A', 40),
  );
  const { origins, tape: cut } = await cutInMemory(tape, { venues: SCRIPTED_VENUES, from: { sequence: 6 } });
  expect(origins.filter((origin) => origin > 0)).toEqual([3, 5, 6, 7]);
  const kinds: string[] = [];
  for await (const { event } of tapeEvents(cut, SCRIPTED_VENUES)) kinds.push(event.kind);
  expect(kinds).toEqual(['feed-lost', 'feed-back', 'trade']);
});

/** Texts such as `snapshot 5` and `delta 6 7` as messages of one book. */
const BOOKS = venueOf((sink, id) => (text) => {
  const [kind, first, last] = text.split(' ');
  const none = Number.NaN;
  const isSnapshot = kind === 'snapshot';
  sink.bookBegin(id('A'), none, isSnapshot, 'binance-spot', isSnapshot ? none : Number(first), Number(last ?? first), none);
  sink.bookLevel(1, 100 + (Number(last ?? first) % 7), 1, none, none);
  sink.bookEnd();
});

async function bookCut(from: number, ...messages: readonly string[]) {
  const records = messages.map((text, i) =>
    text === 'lost' ? aRecord({ kind: 'disconnected', atUs: i }) : aRecord({ atUs: i, payload: text }),
  );
  const { origins, result } = await checkCut(tapeOf(...records), { venues: BOOKS, from: { sequence: from } });
  return { early: origins.filter((origin) => origin > 0 && origin < from), start: result.books[0]!.start };
}

test('a book of deltas starts at the last snapshot that went in, with what joins it', async () => {
  const messages = ['delta 1 2', 'delta 3 4', 'delta 5 8', 'snapshot 6', 'snapshot 7', 'delta 9 9', 'delta 10 11'];
  expect(await bookCut(7, ...messages)).toEqual({ early: [2, 3, 4, 6], start: 'before' });
});

test('a book that has a gap, or lost its feed, before the range starts at the snapshot after it', async () => {
  const gap = ['snapshot 6', 'delta 7 8', 'delta 11 12', 'delta 13 13', 'delta 14 14', 'snapshot 13', 'delta 15 15'];
  expect(await bookCut(5, ...gap)).toEqual({ early: [3, 4], start: 'within' });
  expect(await bookCut(5, ...gap.slice(0, 5))).toEqual({ early: [], start: 'never' });
  const lost = ['snapshot 6', 'delta 7 8', 'lost', 'delta 9 10', 'snapshot 9', 'delta 11 11'];
  expect(await bookCut(4, ...lost)).toEqual({ early: [3], start: 'within' });
  expect(await bookCut(5, ...lost)).toEqual({ early: [3, 4], start: 'within' });
});

test('--redact overwrites what the venue calls a secret, and says where beside what was said already', async () => {
  const venue: Venue = {
    ...SCRIPTED,
    redact: (bytes) => {
      const start = textOf({ ...aRecord(), payload: bytes }).indexOf('"secret');
      if (start < 0) return [];
      bytes.fill(0x30, start + 1, start + 7);
      return [{ start: start + 1, end: start + 7 }];
    },
  };
  const payload = `${frame({ say: 'trade', price: 1, symbol: 'A' }).slice(0, -2)},"secret":1}]`;
  const place = payload.indexOf('secret');
  const record = aRecord({ payload, meta: '{"opcode":1,"redacted":[[1,2]]}' });
  const { records, result } = await cutInMemory(tapeOf(record, trade('A', 5)), { venues: new Map([[venue.id, venue]]), isRedacted: true });
  expect(result.redacted).toBe(1);
  expect(textOf(records[1]!)).toBe(payload.replace('secret', '000000'));
  expect(records[1]!.meta).toBe(`{"opcode":1,"redacted":[[1,2],[${place},${place + 6}]]}`);
  expect(JSON.parse(records[0]!.meta)).toMatchObject({ cut: { redacted: true } });
  expect(textOf(record)).toBe(payload);
});

test('a name that is not on the tape, and a range without records, are usage errors that make nothing', async () => {
  const tape = tapeOf(trade('A', 10));
  const cut = (options: object) => cutInMemory(tape, { venues: SCRIPTED_VENUES, ...options });
  await expect(cut({ symbols: ['X'] })).rejects.toMatchObject({ code: 'SYMBOL_NOT_ON_TAPE', message: expect.stringContaining('test:A') });
  await expect(cut({ from: { sequence: 99 } })).rejects.toMatchObject({ code: 'CUT_RANGE_EMPTY' });
  await expect(cut({ from: { sequence: 2 }, to: { sequence: 2 } })).rejects.toMatchObject({ code: 'CUT_RANGE_EMPTY', exitCode: 2 });
});
