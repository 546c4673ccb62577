import { describe, expect, test } from 'vitest';
import type { RoomPlan } from '../../../recorder/plan/recording-plan.ts';
import { LEFT_KEEPS_MS, SearchRoom } from '../../../recorder/record/search-room.ts';

const PLAN: RoomPlan = {
  kind: 'condition',
  name: 'condition 4',
  parameters: { seq: '4' },
  symbolSuffix: '_NX',
  channels: [],
  symbolsPerUnit: 1,
  places: [],
};

function codes(room: SearchRoom, nowMs = 0): readonly string[] {
  return room.look(nowMs).units.map(({ key }) => key);
}

describe('results of a search', () => {
  test('come newest first, those of the whole result in its order', () => {
    const room = new SearchRoom(PLAN, '4');
    expect(room.look(0)).toMatchObject({ units: [], waitsFor: 'the first result of search 4' });
    room.replace(['a', 'b'], 0);
    room.enter('c');
    room.enter('a');
    expect(codes(room)).toEqual(['c', 'a', 'b']);
    expect(room.look(0).waitsFor).toBe('');
  });

  test('that left keep their place behind the others for a while, and are new when they come back', () => {
    const room = new SearchRoom(PLAN, '4');
    room.replace(['a', 'b'], 0);
    room.leave('a', 10);
    expect(codes(room, 20)).toEqual(['b', 'a']);
    expect(codes(room, 10 + LEFT_KEEPS_MS)).toEqual(['b']);
    room.leave('b', 50);
    room.enter('c');
    room.enter('b');
    expect(codes(room, 60)).toEqual(['b', 'c']);
  });

  test('of a new whole result take the place of the old, and what is in both stays where it was', () => {
    const room = new SearchRoom(PLAN, '4');
    room.replace(['a', 'b'], 0);
    room.replace(['d', 'b'], 10);
    expect(codes(room, 10)).toEqual(['d', 'b', 'a']);
    room.replace([], 20);
    expect(codes(room, 20 + LEFT_KEEPS_MS)).toEqual([]);
  });

  test('are subscribed to with what names the exchange', () => {
    const room = new SearchRoom(PLAN, '4');
    room.enter('005930');
    expect(room.look(0).units[0]!.subscriptionsOn('0B')).toEqual([{ channel: '0B', symbol: '005930_NX' }]);
  });

  test('are bounded: of very many the oldest are forgotten', () => {
    const room = new SearchRoom(PLAN, '4');
    for (let i = 0; i < 3_000; i++) room.enter(String(i));
    const found = codes(room);
    expect(found).toHaveLength(2_000);
    expect(found[0]).toBe('2999');
  });
});
