import { expect, test } from 'vitest';
import { type RecordKind, SymbolTable, TapeRecord } from '#domain';
import { createTapeDecoder } from '../../venues/tape-decoder.ts';
import type { Venue } from '../../venues/venue.ts';
import { recordedSink, type SinkCall } from './recorded-sink.ts';

/** A venue that tells as drift what its decoders are handed. */
function anEchoVenue(id: string, made: string[] = []): Venue {
  return {
    id,
    channelOf: () => '',
    createDecoder: (sink) => {
      made.push(id);
      return { decode: (record) => sink.drift(id, `${record.kind} ${record.connection}`) };
    },
    instrument: (symbol) => ({ venue: id, symbol, kind: 'unknown', currency: 'USD', multiplier: 1 }),
    decoderVersion: 1,
    latenessUs: 0,
  };
}

function venuesOf(...venues: readonly Venue[]): ReadonlyMap<string, Venue> {
  return new Map(venues.map((venue) => [venue.id, venue]));
}

function decode(
  venues: ReadonlyMap<string, Venue>,
  records: readonly (readonly [venue: string, kind: RecordKind, connection?: string, meta?: string])[],
): readonly SinkCall[] {
  const symbols = new SymbolTable();
  const recorded = recordedSink(symbols);
  const decoder = createTapeDecoder(venues, recorded.sink, symbols);
  const record = new TapeRecord();
  for (const [venue, kind, connection = 'c', meta = ''] of records) {
    Object.assign(record, { venue, kind, connection, meta });
    decoder.decode(record);
  }
  return recorded.calls;
}

test('frames and REST records go to the decoder of their venue, which is made once', () => {
  const made: string[] = [];
  const venues = venuesOf(anEchoVenue('a', made), anEchoVenue('b', made), anEchoVenue('c', made));
  const calls = decode(venues, [
    ['a', 'frame-in'],
    ['b', 'http-request'],
    ['a', 'frame-out'],
    ['b', 'http-response'],
  ]);
  expect(calls).toEqual([
    ['drift', 'a', 'frame-in c'],
    ['drift', 'b', 'http-request c'],
    ['drift', 'a', 'frame-out c'],
    ['drift', 'b', 'http-response c'],
  ]);
  expect(made).toEqual(['a', 'b']);
});

test('a cut or a gap is a lost feed with its reason, and the next connect brings it back', () => {
  const calls = decode(venuesOf(anEchoVenue('a')), [
    ['a', 'connected', 'x'],
    ['a', 'disconnected', 'x', '{"code":1006,"reason":"closed by peer"}'],
    ['a', 'connected', 'y'],
    ['a', 'connected', 'x'],
    ['a', 'connected', 'x'],
    ['a', 'gap', 'y', '{"reason":7}'],
    ['a', 'gap', 'y', 'not json'],
    ['a', 'connected', 'y'],
  ]);
  expect(calls.filter(([method]) => method !== 'drift')).toEqual([
    ['feedLost', 'a', 'x', 'closed by peer'],
    ['feedBack', 'a', 'x'],
    ['feedLost', 'a', 'y', 'gap'],
    ['feedBack', 'a', 'y'],
  ]);
  expect(calls.filter(([method]) => method === 'drift').length).toBe(8);
  expect(calls[1]).toEqual(['drift', 'a', 'disconnected x']);
  expect(calls[2]![0]).toBe('feedLost');
});

test('a connection that was not wanted any more is lost only when it comes back', () => {
  const ended = ['a', 'disconnected', 'x', '{"code":1000,"expected":true,"reason":"the recording ends"}'] as const;
  const feeds = (records: Parameters<typeof decode>[1]) =>
    decode(venuesOf(anEchoVenue('a')), records).filter(([method]) => method !== 'drift');
  expect(feeds([['a', 'connected', 'x'], ended])).toEqual([]);
  expect(feeds([['a', 'connected', 'x'], ended, ['a', 'connected', 'x']])).toEqual([
    ['feedLost', 'a', 'x', 'it was not wanted for a time'],
    ['feedBack', 'a', 'x'],
  ]);
});

test('frames of a channel that were shed are lost and back in one, because no connect follows', () => {
  const calls = decode(venuesOf(anEchoVenue('a')), [['a', 'gap', 'x', '{"channel":"depth","reason":"shed"}']]);
  expect(calls.filter(([method]) => method !== 'drift')).toEqual([
    ['feedLost', 'a', 'x', 'shed'],
    ['feedBack', 'a', 'x'],
  ]);
});

test('what came from an unknown venue is counted, what was sent to it is not, and its cuts are told', () => {
  const calls = decode(venuesOf(anEchoVenue('a')), [
    ['zzz', 'frame-in'],
    ['zzz', 'frame-out'],
    ['a', 'frame-in'],
    ['zzz', 'http-response'],
    ['zzz', 'disconnected'],
  ]);
  expect(calls).toEqual([
    ['undecoded', ''],
    ['drift', 'a', 'frame-in c'],
    ['undecoded', ''],
    ['feedLost', 'zzz', 'c', 'disconnected'],
  ]);
});

test('records of the session itself mean nothing to venues', () => {
  const kinds: readonly RecordKind[] = ['session-open', 'tick', 'note', 'session-close'];
  expect(
    decode(
      venuesOf(anEchoVenue('')),
      kinds.map((kind) => ['', kind] as const),
    ),
  ).toEqual([]);
});
