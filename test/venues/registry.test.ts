import { expect, test } from 'vitest';
import { TapeRecord } from '#domain';
import { channelLabel, PROTOCOLS, VENUES, venueById } from '../../venues/registry.ts';

test('every venue is found by its own id and answers for its symbols', () => {
  expect([...VENUES.keys()].slice(0, 3)).toEqual(['binance-spot', 'binance-usdm', 'kis']);
  for (const [id, venue] of VENUES) {
    expect(venue.id).toBe(id);
    expect(venueById(id)).toBe(venue);
    expect(venue.instrument('005930')).toMatchObject({ venue: id, symbol: '005930', multiplier: 1 });
    expect(venue.latenessUs).toBeGreaterThanOrEqual(0);
  }
  expect(venueById('nobody')).toBeUndefined();
});

test('what can be recorded can be decoded', () => {
  for (const [id, protocol] of PROTOCOLS) {
    expect(protocol.venue).toBe(id);
    expect(VENUES.has(id)).toBe(true);
    for (const socket of protocol.sockets) expect(socket.venue).toBe(id);
  }
});

test('a record of frames is labelled by its venue, any other record is not', () => {
  const record = new TapeRecord();
  record.bytes = new TextEncoder().encode('{"trnm":"PING"}');
  record.end = record.bytes.length;
  const labels = (['frame-in', 'frame-out', 'note'] as const).map((kind) => {
    Object.assign(record, { kind, venue: 'kiwoom' });
    return channelLabel(record);
  });
  expect(labels).toEqual(['PING', 'PING', '']);
  Object.assign(record, { kind: 'frame-in', venue: 'nobody' });
  expect(channelLabel(record)).toBe('');
});
