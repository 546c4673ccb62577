import { describe, expect, test } from 'vitest';
import type { TapeRecord } from '../../../domain/record.ts';
import type { ChainMarket } from '../../../recorder/record/chain-market.ts';
import { FollowedJournal } from '../../../recorder/record/followed-journal.ts';
import type { RecorderNews } from '../../../recorder/record/observer.ts';
import { PRICE_FRAMES_PER_SECOND_MAX, RoomListener } from '../../../recorder/record/room-listener.ts';
import { kis } from '../../../venues/kis/index.ts';
import { KIS_ROOMS } from '../../../venues/kis/rooms.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import { MemoryJournal } from '../../fixtures/memory-journal.ts';

/** A journal with a listener behind it, and what that was given to read. */
function listenerBench(readPrices?: (record: TapeRecord) => void) {
  const journal = new MemoryJournal();
  const read: string[] = [];
  const news: RecorderNews[] = [];
  const market = {
    hasList: true,
    readMasters: (request: string) => read.push(request) > 0,
    readPrices: (record: TapeRecord) => {
      read.push(`${journal.records} ${new TextDecoder().decode(record.payload())}`);
      readPrices?.(record);
    },
  };
  const listener = new RoomListener({
    venue: kis,
    rooms: KIS_ROOMS,
    // Only what a listener calls.
    market: market as unknown as ChainMarket,
    searches: undefined,
    clock: new ManualClock(),
    tell: (item) => news.push(item),
  });
  const followed = new FollowedJournal(journal, new Map([['kis', listener]]));
  const append = (text: string, { venue = 'kis', kind = 'frame-in' as 'frame-in' | 'frame-out' | 'http-response', meta = '' } = {}) => {
    const bytes = new TextEncoder().encode(text);
    return followed.append(0n, 0n, venue, 'ws-1', kind, meta, bytes, 0, bytes.length);
  };
  return { listener, append, read, news, journal };
}

const FUTURE = '0|H0IFCNT0|001|A01612^100000';

describe('a listener at the journal', () => {
  test('reads the frames that tell the money after they were appended, and no others', () => {
    const { append, read, journal } = listenerBench();
    append(FUTURE);
    append('0|H0STCNT0|001|005930^100000');
    append(FUTURE, { kind: 'frame-out' });
    append(FUTURE, { venue: 'other' });
    expect(read).toEqual([`1 ${FUTURE}`]);
    expect(journal.records).toBe(4);
  });

  test('reads at most so many a second', () => {
    const { append, read, listener } = listenerBench();
    for (let i = 0; i < 500; i++) append(FUTURE);
    expect(read).toHaveLength(PRICE_FRAMES_PER_SECOND_MAX);
    listener.tick();
    append(FUTURE);
    expect(read).toHaveLength(PRICE_FRAMES_PER_SECOND_MAX + 1);
  });

  test('knows masters and polls by their request', () => {
    const { append, read } = listenerBench();
    append('', { kind: 'http-response', meta: '{"endpoint":"master-index-derivatives","path":"/a"}' });
    append('', { kind: 'http-response', meta: '{"endpoint":"master-kospi","path":"/b"}' });
    append('x', { kind: 'http-response', meta: '{"endpoint":"futures-board"}' });
    append('x', { kind: 'http-response', meta: 'no json' });
    expect(read).toEqual(['master-index-derivatives /a', '3 x']);
  });

  test('that throws is told and does not stop the recording', () => {
    const { append, news } = listenerBench(() => {
      throw new Error('a bug');
    });
    expect(append(FUTURE)).toBe(0);
    expect(news).toEqual([{ kind: 'note', message: 'bug: the rooms of kis threw while they read a frame: Error: a bug' }]);
  });
});
