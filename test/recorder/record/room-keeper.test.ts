import { describe, expect, test } from 'vitest';
import { acknowledgementText, rejectionText } from '../../../venues/kis/control-frames.ts';
import { encodeTrades } from '../../../venues/kis/encode.ts';
import { kis } from '../../../venues/kis/index.ts';
import { kisProtocol } from '../../../venues/kis/protocol.ts';
import { storedZip } from '../../../venues/kis/stored-zip.ts';
import type { ScriptedSocket } from '../../fixtures/scripted-socket.ts';
import { aConnection, aRoom, notesOf, type RoomBenchSetting, roomBench } from './room-bench.ts';

/** Monday, 7 December 2026, 10:00 in Korea. */
const MORNING_MS = Date.UTC(2026, 11, 7, 1);
/** The same day, 15:30: soon the channels of the day close, and at 17:45 those of the night open. */
const AFTERNOON_MS = MORNING_MS + 5.5 * 3_600_000;
const UNTIL_NIGHT_MS = 2.3 * 3_600_000;
const CIPHER = { key: 'k'.repeat(32), iv: 'i'.repeat(16) };
const SLOTS = 41;

/** The master file with strikes 2.5 apart from 1000 to 1200; codes say nothing of the strike. */
function master(maturities: readonly string[]): Uint8Array {
  const lines = ['1|A01612|KR4A016C0004|F 202612| |00000.00|1|2001|KOSPI200'];
  maturities.forEach((maturity, m) => {
    for (let i = 0; i <= 80; i++) {
      const tail = `${612 + m}X${String(i).padStart(2, '0')}`;
      const strike = (1000 + 2.5 * i).toFixed(2);
      lines.push(
        `5|B01${tail}|x|C ${maturity} ${strike}|1|${strike}| |2001|KOSPI200`,
        `6|C01${tail}|x|P ${maturity} ${strike}|1|${strike}| |2001|KOSPI200`,
      );
    }
  });
  return new TextEncoder().encode(lines.join('\n'));
}

/** Codes of the strike in the first maturity of `master`. */
function pair(strike: number, m = 0): readonly string[] {
  const tail = `${612 + m}X${String((strike - 1000) / 2.5).padStart(2, '0')}`;
  return [`B01${tail}`, `C01${tail}`];
}

/** The venue's side of KIS: counts registrations as the venue does, and refuses the 42nd. */
class KisPlayer {
  readonly registered = new Set<string>();
  most = 0;
  refused = 0;
  /** When false, requests are counted and not answered. */
  answers = true;

  readonly play = (socket: ScriptedSocket): void => {
    this.registered.clear();
    setImmediate(() => socket.accept());
    socket.onSend = (text) => {
      const { header, body } = JSON.parse(text) as { header: { tr_type: string }; body: { input: { tr_id: string; tr_key: string } } };
      const { tr_id: trId, tr_key: trKey } = body.input;
      const answer = this.#answer(header.tr_type === '1', trId, trKey);
      if (this.answers) setImmediate(() => socket.isOver || socket.say(answer));
    };
  };

  #answer(isRegister: boolean, trId: string, trKey: string): string {
    const head = { trId, trKey, isEncrypted: false };
    const key = `${trId}|${trKey}`;
    if (!isRegister) {
      this.registered.delete(key);
      return acknowledgementText(head, { isOk: true, code: 'OPSP0001', message: 'UNSUBSCRIBE SUCCESS' }, CIPHER);
    }
    if (this.registered.size >= SLOTS) {
      this.refused += 1;
      return rejectionText(trId, trKey, 'OPSP0008', 'MAX SUBSCRIBE OVER');
    }
    this.registered.add(key);
    this.most = Math.max(this.most, this.registered.size);
    return acknowledgementText(head, { isOk: true, code: 'OPSP0000', message: 'SUBSCRIBE SUCCESS' }, CIPHER);
  }

  symbolsOn(channel: string): readonly string[] {
    return [...this.registered].flatMap((key) => (key.startsWith(`${channel}|`) ? [key.slice(channel.length + 1)] : [])).sort();
  }
}

const FUTURE = ['H0IFCNT0', 'H0IFASP0'].map((channel) => ({
  subscription: { channel, symbol: 'A01612' },
  priority: 0,
  market: 'krx-derivatives',
}));
const OPTION_CHANNELS = [
  { channel: 'H0IOCNT0', market: 'krx-derivatives', priority: 2_000 },
  { channel: 'H0EUCNT0', market: 'krx-night', priority: 2_001 },
  { channel: 'H0IOASP0', market: 'krx-derivatives', priority: 2_002 },
  { channel: 'H0EUASP0', market: 'krx-night', priority: 2_003 },
];

function kisBench(
  setting: {
    readonly strikes?: number;
    readonly startMs?: number;
    readonly master?: () => Uint8Array | undefined;
    readonly plan?: Partial<RoomBenchSetting['plan']>;
  } = {},
) {
  const player = new KisPlayer();
  const bench = roomBench({
    protocol: kisProtocol,
    venue: kis,
    startMs: setting.startMs ?? MORNING_MS,
    plan: {
      connections: [aConnection('ws-1', SLOTS, FUTURE)],
      rooms: [
        aRoom({
          name: 'option chain 202612 KOSPI200',
          kind: 'option-chain',
          parameters: { maturity: '202612', class: 'KOSPI200' },
          channels: OPTION_CHANNELS,
          places: [{ connection: 'ws-1', units: setting.strikes ?? 9 }],
        }),
      ],
      ...setting.plan,
    },
    answer: ({ url }) => {
      if (url.includes('Approval')) return '{"approval_key":"approval"}';
      if (url.includes('tokenP')) return '{"access_token":"token","expires_in":86400}';
      if (url.includes('fo_idx')) {
        const content = setting.master === undefined ? master(['202612', '202701']) : setting.master();
        return content === undefined ? undefined : storedZip('fo_idx_code_mts.mst', content);
      }
      return '{"rt_cd":"0","output1":[],"output2":[]}';
    },
    play: player.play,
  });
  const price = (value: number, channel = 'H0IFCNT0') => {
    const venueTimeUs = (setting.startMs ?? MORNING_MS) * 1_000 + Math.round(bench.clock.nowMs) * 1_000;
    bench.sockets
      .last()
      .say(encodeTrades(channel, [{ symbol: 'A01612', venueTimeUs, price: value, size: 1, side: 1, cumulativeVolume: 1 }]));
  };
  return { ...bench, player, price };
}

describe('a KIS option chain', () => {
  test('waits for the money and says so once, then takes the strikes nearest to it with call and put, trade and book', async () => {
    const { clock, player, price, journal, news } = kisBench({ strikes: 3 });
    await clock.advance(20_000);
    expect(player.symbolsOn('H0IOCNT0')).toEqual([]);
    const reason = 'the price of KOSPI200 (202612): it is known from a future or an index recorded beside the options';
    expect(notesOf(journal, 'room-waiting', 'room-centred')).toEqual([`room-waiting | option chain 202612 KOSPI200 | ${reason}`]);
    expect(news.filter((item) => item.kind === 'note')).toEqual([
      { kind: 'note', message: `kis: the room "option chain 202612 KOSPI200" waits for ${reason}` },
    ]);
    price(1101);
    await clock.advance(5_000);
    const symbols = [...pair(1100), ...pair(1102.5), ...pair(1097.5)].sort();
    expect(player.symbolsOn('H0IOCNT0')).toEqual(symbols);
    expect(player.symbolsOn('H0IOASP0')).toEqual(symbols);
    expect(notesOf(journal, 'room-centred', 'room-ready')).toEqual([
      'room-centred | option chain 202612 KOSPI200 | 1100 | 202612 | 1101',
      'room-ready | option chain 202612 KOSPI200',
    ]);
    expect(notesOf(journal, 'subscription-wanted')).toHaveLength(12);
  });

  test('waits for masters too, and finds its strikes when they come later', async () => {
    let content: Uint8Array | undefined;
    const { clock, player, price, journal } = kisBench({ strikes: 1, master: () => content, startMs: Date.UTC(2026, 11, 6, 22, 55) });
    await clock.advance(10_000);
    expect(notesOf(journal, 'room-waiting')).toEqual(['room-waiting | option chain 202612 KOSPI200 | the masters that list its options']);
    content = master(['202612']);
    // 08:00 in Korea: the day's masters; 08:25: the channels of the day are wanted.
    await clock.advance(31 * 60_000);
    price(1101);
    await clock.advance(5_000);
    expect(player.symbolsOn('H0IOCNT0')).toEqual([...pair(1100)].sort());
  });

  test('walks with the price: only what left the window is released, and nothing while the price stays within a strike', async () => {
    const { clock, player, price, journal } = kisBench({ strikes: 9 });
    await clock.advance(1_000);
    price(1100);
    await clock.advance(10_000);
    expect(player.registered.size).toBe(38);
    const before = notesOf(journal, 'subscription-wanted').length;
    for (const money of [1101, 1098, 1102.5, 1097.5]) {
      price(money);
      await clock.advance(31_000);
    }
    expect(notesOf(journal, 'subscription-wanted', 'subscription-released')).toHaveLength(before);
    price(1105);
    await clock.advance(10_000);
    expect(notesOf(journal, 'subscription-released').toSorted()).toEqual(
      [1090, 1092.5]
        .flatMap((strike) =>
          pair(strike).flatMap((code) => ['H0IOCNT0', 'H0IOASP0'].map((channel) => `subscription-released | ${channel}|${code}`)),
        )
        .sort(),
    );
    expect(player.symbolsOn('H0IOCNT0')).toEqual(
      [1095, 1097.5, 1100, 1102.5, 1105, 1107.5, 1110, 1112.5, 1115].flatMap((strike) => pair(strike)).sort(),
    );
    expect(player.most).toBeLessThanOrEqual(SLOTS);
    expect(player.refused).toBe(0);
  });

  test('is centred at most every 30 s, however the price swings', async () => {
    const { clock, price, journal } = kisBench({ strikes: 3 });
    await clock.advance(1_000);
    for (let i = 0; i < 120; i++) {
      price(i % 2 === 0 ? 1080 : 1120);
      await clock.advance(1_000);
    }
    const centred = notesOf(journal, 'room-centred').length;
    expect(centred).toBeGreaterThan(1);
    expect(centred).toBeLessThanOrEqual(5);
  });

  test('leaves the slots of the day before it takes those of the night', async () => {
    const night = FUTURE.map(({ subscription }, i) => ({
      subscription: { channel: ['H0MFCNT0', 'H0MFASP0'][i]!, symbol: subscription.symbol },
      priority: 0,
      market: 'krx-night',
    }));
    const { clock, player, price } = kisBench({
      strikes: 9,
      startMs: AFTERNOON_MS,
      plan: { connections: [aConnection('ws-1', SLOTS, [...FUTURE, ...night])] },
    });
    await clock.advance(1_000);
    price(1100);
    await clock.advance(5_000);
    expect(player.symbolsOn('H0IOCNT0')).toHaveLength(18);
    await clock.advance(UNTIL_NIGHT_MS);
    expect(player.symbolsOn('H0IOCNT0')).toEqual([]);
    expect(player.symbolsOn('H0EUCNT0')).toHaveLength(18);
    expect(player.symbolsOn('H0EUASP0')).toHaveLength(18);
    expect(player.most).toBeLessThanOrEqual(SLOTS);
    expect(player.refused).toBe(0);
  });

  test('goes on with the next maturity when its own is not in the new masters', async () => {
    let maturities = ['202612', '202701'];
    const { clock, player, price, journal } = kisBench({ strikes: 2, startMs: AFTERNOON_MS, master: () => master(maturities) });
    await clock.advance(1_000);
    price(1100);
    await clock.advance(3_000);
    expect(player.symbolsOn('H0IOCNT0')).toEqual([...pair(1100), ...pair(1097.5)].sort());
    maturities = ['202701'];
    // 17:40 in Korea: the masters are asked for again. The month behind is the first in them.
    await clock.advance(UNTIL_NIGHT_MS);
    expect(notesOf(journal, 'room-centred').map((note) => note.split(' | ')[3])).toEqual(['202612', '202701']);
    expect(player.symbolsOn('H0EUCNT0')).toHaveLength(4);
    expect(player.refused).toBe(0);
  });

  test('keeps its strikes when the masters come back without any option', async () => {
    let content = master(['202612']);
    const { clock, player, price, news } = kisBench({ strikes: 1, startMs: AFTERNOON_MS, master: () => content });
    await clock.advance(1_000);
    price(1100);
    content = new TextEncoder().encode('1|A01612|KR4A016C0004|F 202612| |00000.00|1|2001|KOSPI200');
    await clock.advance(UNTIL_NIGHT_MS);
    expect(player.symbolsOn('H0EUCNT0')).toEqual([...pair(1100)].sort());
    expect(news.some((item) => item.kind === 'note' && item.message.includes('list no option'))).toBe(true);
  });

  test('is restored after a reconnect, at the strikes of now', async () => {
    const { clock, player, price, sockets } = kisBench({ strikes: 3 });
    await clock.advance(1_000);
    price(1100);
    await clock.advance(3_000);
    const before = [...player.registered].sort();
    expect(before).toHaveLength(14);
    sockets.last().end(1006, 'reset by peer');
    await clock.advance(60_000);
    expect(sockets.sockets).toHaveLength(2);
    expect([...player.registered].sort()).toEqual(before);
    price(1150);
    await clock.advance(5_000);
    expect(player.symbolsOn('H0IOCNT0')).toEqual([1147.5, 1150, 1152.5].flatMap((strike) => pair(strike)).sort());
  });

  test('asks again for what somebody else released, and leaves alone what the plan itself wants', async () => {
    const [call] = pair(1100);
    const own = { subscription: { channel: 'H0IOCNT0', symbol: call! }, priority: 0, market: 'krx-derivatives' };
    const { clock, player, price, recording } = kisBench({
      strikes: 1,
      plan: { connections: [aConnection('ws-1', SLOTS, [...FUTURE, own])] },
    });
    await clock.advance(1_000);
    price(1100);
    await clock.advance(3_000);
    expect(player.registered.size).toBe(6);
    expect(recording.release('kis', { channel: 'H0IOASP0', symbol: call! })).toBe(true);
    await clock.advance(3_000);
    expect(player.registered.size).toBe(6);
    price(1150);
    await clock.advance(40_000);
    price(1150);
    await clock.advance(5_000);
    expect(player.symbolsOn('H0IOCNT0')).toEqual([call!, ...pair(1150)].sort());
    expect(player.symbolsOn('H0IOASP0')).toEqual([...pair(1150)].sort());
  });

  test('keeps its slots: who asks for more while recording gets only what no room may need', async () => {
    const { clock, recording, journal } = kisBench({ strikes: 9 });
    await clock.advance(1_000);
    const wanted = ['A01703', 'A05612', 'A05701', 'A05702'].map((symbol) => recording.subscribe('kis', { channel: 'H0IFCNT0', symbol }, 9));
    expect(wanted).toEqual([true, true, true, false]);
    expect(notesOf(journal, 'subscription-without-slot')).toEqual(['subscription-without-slot | H0IFCNT0|A05702']);
  });

  test('tells the poll of its board which symbols are around the money', async () => {
    const polls = [
      {
        rule: 'option-board',
        key: 'k',
        targets: ['202612'],
        intervalMs: 2_000,
        options: { class: 'KOSPI200', strikes: '2' },
        market: 'always',
      },
    ];
    const { clock, price, journal } = kisBench({ strikes: 1, plan: { polls } });
    await clock.advance(3_000);
    price(1101);
    await clock.advance(5_000);
    const boards = journal.metas('http-request').filter(({ endpoint }) => endpoint === 'option-board');
    expect(boards[0]).not.toHaveProperty('supplement');
    expect(boards.at(-1)).toMatchObject({ supplement: [...pair(1100), ...pair(1102.5)] });
  });

  test('spreads over the connections of its places, and a unit stays where it is', async () => {
    const room = aRoom({
      kind: 'option-chain',
      parameters: { maturity: '202612', class: 'KOSPI200' },
      channels: OPTION_CHANNELS,
      places: [
        { connection: 'ws-1', units: 1 },
        { connection: 'ws-2', units: 2 },
      ],
    });
    const { clock, price, recording, journal, sockets } = kisBench({
      plan: { rooms: [room], connections: [aConnection('ws-1', SLOTS, FUTURE), aConnection('ws-2', SLOTS)] },
    });
    await clock.advance(1_000);
    price(1100);
    await clock.advance(5_000);
    const counts = () => recording.status().venues[0]!.connections.map(({ subscriptions }) => subscriptions.wanted);
    expect(sockets.sockets).toHaveLength(2);
    expect(counts()).toEqual([6, 8]);
    const wanted = notesOf(journal, 'subscription-wanted').length;
    sockets.sockets[0]!.say(
      encodeTrades('H0IFCNT0', [
        { symbol: 'A01612', venueTimeUs: MORNING_MS * 1_000, price: 1102.6, size: 1, side: 1, cumulativeVolume: 1 },
      ]),
    );
    await clock.advance(40_000);
    expect(counts()).toEqual([6, 8]);
    // One strike changed, in the place of the one it replaced.
    expect(notesOf(journal, 'subscription-wanted')).toHaveLength(wanted + 4);
  });
});

describe('a room that cannot be filled', () => {
  test('says so by name, and the recording goes on', async () => {
    const { rooms: _, ...deaf } = kisProtocol;
    const player = new KisPlayer();
    const { clock, journal } = roomBench({
      protocol: deaf,
      venue: kis,
      startMs: MORNING_MS,
      plan: {
        connections: [aConnection('ws-1', SLOTS, FUTURE)],
        rooms: [aRoom({ kind: 'option-chain', parameters: {}, channels: OPTION_CHANNELS, places: [{ connection: 'ws-1', units: 1 }] })],
      },
      answer: () => '{"approval_key":"approval"}',
      play: player.play,
    });
    await clock.advance(5_000);
    expect(notesOf(journal, 'room-waiting')).toEqual(['room-waiting | room | a version that can find its symbols: this one cannot']);
    expect(player.registered.size).toBe(2);
  });
});
