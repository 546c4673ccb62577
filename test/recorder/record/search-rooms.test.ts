import { describe, expect, test } from 'vitest';
import { LEFT_KEEPS_MS } from '../../../recorder/record/search-room.ts';
import { encodeConditionChanges } from '../../../venues/kiwoom/encode-status.ts';
import { kiwoom } from '../../../venues/kiwoom/index.ts';
import { kiwoomProtocol } from '../../../venues/kiwoom/protocol.ts';
import type { ScriptedSocket } from '../../fixtures/scripted-socket.ts';
import { aConnection, aRoom, notesOf, roomBench } from './room-bench.ts';

/** Monday, 7 December 2026, 10:00 in Korea. */
const MORNING_MS = Date.UTC(2026, 11, 7, 1);

interface Request {
  readonly trnm: string;
  readonly seq?: string;
  readonly data?: readonly { readonly item: readonly string[]; readonly type: readonly string[] }[];
}

/** The venue's side of Kiwoom, with the results of its searches. */
class KiwoomPlayer {
  readonly results = new Map<string, readonly string[]>();
  readonly registered = new Map<string, Set<string>>();
  most = 0;
  /** The answer to a search waits for this long. */
  searchTakes: Promise<void> = Promise.resolve();

  readonly play = (socket: ScriptedSocket): void => {
    this.registered.clear();
    setImmediate(() => socket.accept());
    socket.onSend = (text) => {
      if (text === 'PING') return;
      const request = JSON.parse(text) as Request;
      const answer = JSON.stringify({ return_code: 0, return_msg: '', ...this.#answer(request) });
      const takes = request.trnm === 'CNSRREQ' ? this.searchTakes : Promise.resolve();
      void takes.then(() => setImmediate(() => socket.isOver || socket.say(answer)));
    };
  };

  #answer({ trnm, seq = '', data = [] }: Request): object {
    if (trnm === 'CNSRLST') return { trnm, data: [...this.results.keys()].map((search) => [search, 'a search']) };
    if (trnm === 'CNSRREQ') return { trnm, seq, data: (this.results.get(seq) ?? []).map((code) => ({ jmcode: `A${code}` })) };
    for (const { item, type } of data) for (const code of item) this.#register(trnm === 'REG', code, type);
    return { trnm };
  }

  #register(isIn: boolean, code: string, types: readonly string[]): void {
    const known = this.registered.get(code) ?? new Set();
    for (const type of types) {
      if (isIn) known.add(type);
      else known.delete(type);
    }
    if (known.size > 0) this.registered.set(code, known);
    else this.registered.delete(code);
    this.most = Math.max(this.most, this.registered.size);
  }

  get items(): readonly string[] {
    return [...this.registered.keys()].sort();
  }
}

function kiwoomBench(results: Readonly<Record<string, readonly string[]>>, units: number, suffix = '') {
  const player = new KiwoomPlayer();
  for (const [search, codes] of Object.entries(results)) player.results.set(search, codes);
  const market = suffix === '' ? 'krx-stock' : 'nxt';
  const searches = Object.keys(results);
  const bench = roomBench({
    protocol: kiwoomProtocol,
    venue: kiwoom,
    startMs: MORNING_MS,
    plan: {
      connections: [
        aConnection(
          'ws-1',
          units * searches.length,
          searches.map((symbol) => ({ subscription: { channel: '02', symbol }, priority: 0, market: 'krx-stock' })),
        ),
      ],
      rooms: searches.map((seq) =>
        aRoom({
          name: `condition ${seq}`,
          kind: 'condition',
          parameters: { seq },
          symbolSuffix: suffix,
          channels: [
            { channel: '0B', market, priority: 3_000 },
            { channel: '0D', market, priority: 3_001 },
          ],
          places: [{ connection: 'ws-1', units }],
        }),
      ),
    },
    answer: ({ url }) =>
      url.includes('oauth2') ? '{"return_code":0,"token":"token","expires_dt":"20261208235959"}' : '{"return_code":0,"list":[]}',
    play: player.play,
  });
  const change = (code: string, isInserted: boolean, condition = 4) =>
    bench.sockets.last().say(encodeConditionChanges([{ symbol: code, venueTimeUs: MORNING_MS * 1_000, condition, isInserted }]));
  return { ...bench, player, change };
}

describe('a condition search of Kiwoom', () => {
  test('fills its room with the first result and follows every change', async () => {
    const { clock, player, change, journal } = kiwoomBench({ 4: ['000001', '000002'] }, 5);
    await clock.advance(6_000);
    expect(player.items).toEqual(['000001', '000002']);
    expect(player.registered.get('000001')).toEqual(new Set(['0B', '0D']));
    change('000003', true);
    await clock.advance(3_000);
    expect(player.items).toEqual(['000001', '000002', '000003']);
    change('000001', false);
    await clock.advance(3_000);
    expect(player.items).toContain('000001');
    for (let i = 0; i < LEFT_KEEPS_MS / 20_000 + 1; i++) {
      await clock.advance(20_000);
      change('000002', true);
    }
    expect(player.items).toEqual(['000002', '000003']);
    expect(notesOf(journal, 'subscription-released').toSorted()).toEqual([
      'subscription-released | 0B|000001',
      'subscription-released | 0D|000001',
    ]);
  });

  test('keeps the newest where there are more results than places, and those that left go first', async () => {
    const { clock, player, change } = kiwoomBench({ 4: ['000001', '000002', '000003'] }, 3);
    await clock.advance(6_000);
    change('000001', false);
    change('000004', true);
    await clock.advance(6_000);
    expect(player.items).toEqual(['000002', '000003', '000004']);
    change('000005', true);
    await clock.advance(6_000);
    expect(player.items).toEqual(['000002', '000004', '000005']);
    change('000005', false);
    await clock.advance(6_000);
    expect(player.items).toEqual(['000002', '000003', '000004']);
    expect(player.most).toBeLessThanOrEqual(3);
  });

  test('is registered at the exchange that its room names', async () => {
    const { clock, player, change } = kiwoomBench({ 4: ['000001'] }, 3, '_NX');
    await clock.advance(6_000);
    change('000002', true);
    await clock.advance(6_000);
    expect(player.items).toEqual(['000001_NX', '000002_NX']);
  });

  test('has its own room each: a stock that two of them find is registered once, until both lost it', async () => {
    const { clock, player, change, journal } = kiwoomBench({ 4: ['000001'], 7: ['000001', '000002'] }, 3);
    await clock.advance(6_000);
    expect(player.items).toEqual(['000001', '000002']);
    expect(notesOf(journal, 'subscription-wanted')).toHaveLength(4);
    change('000001', false, 4);
    for (let i = 0; i < 4; i++) {
      await clock.advance(20_000);
      change('000009', false, 4);
    }
    expect(player.items).toEqual(['000001', '000002']);
    change('000001', false, 7);
    for (let i = 0; i < 4; i++) {
      await clock.advance(20_000);
      change('000009', false, 4);
    }
    expect(player.items).toEqual(['000002']);
  });

  test('after a reconnect shows what the search finds now: an empty result empties the room', async () => {
    const { clock, player, sockets } = kiwoomBench({ 4: ['000001', '000002'] }, 3);
    await clock.advance(6_000);
    player.results.set('4', ['000002', '000003']);
    sockets.last().end(1006, '');
    await clock.advance(20_000);
    expect(sockets.sockets).toHaveLength(2);
    // What left while nobody looked goes as what left before everyone's eyes.
    expect(player.items).toEqual(['000001', '000002', '000003']);
    player.results.set('4', []);
    sockets.last().end(1006, '');
    for (let i = 0; i < 6; i++) {
      await clock.advance(20_000);
      sockets.last().say('{"trnm":"PING"}');
    }
    expect(player.items).toEqual([]);
  });

  test('that was not answered yet is waited for, and told once', async () => {
    const { clock, player, journal, news } = kiwoomBench({ 4: [] }, 3);
    player.searchTakes = clock.sleep(5_000);
    await clock.advance(4_500);
    const waits = 'room-waiting | condition 4 | the first result of search 4';
    expect(notesOf(journal, 'room-waiting', 'room-ready')).toEqual([waits]);
    expect(news.filter((item) => item.kind === 'note')).toHaveLength(1);
    await clock.advance(20_000);
    expect(notesOf(journal, 'room-waiting', 'room-ready')).toEqual([waits, 'room-ready | condition 4']);
  });
});
