import { expect, test } from 'vitest';
import type { EventSink, Instrument, SymbolTable } from '../../../domain/index.ts';
import type { VenueProtocol } from '../../../venues/protocol.ts';
import type { ChainRooms, OptionChain, SearchRooms } from '../../../venues/rooms.ts';
import type { Decoder, Venue } from '../../../venues/venue.ts';
import type { ScriptedSocket } from '../../fixtures/scripted-socket.ts';
import { checkSeedsAsync, type Random } from '../../seeds.ts';
import { planned } from './recorder-bench.ts';
import { aConnection, aRoom, roomBench } from './room-bench.ts';
import { WORD_VENUE, wordProtocol } from './word-protocol.ts';

const SLOTS = 20;
const STRIKES = Array.from({ length: 60 }, (_, i) => 100 + i);

/** A frame `price 101.5` is a trade of the future, `in 4 a` and `out 4 a` are changes of a search, masters are strikes between blanks. */
class WordDecoder implements Decoder {
  readonly #sink: EventSink;
  readonly #symbols: SymbolTable;

  constructor(sink: EventSink, symbols: SymbolTable) {
    this.#sink = sink;
    this.#symbols = symbols;
  }

  decode(record: { readonly kind: string; payload(): Uint8Array }): void {
    const words = new TextDecoder().decode(record.payload()).split(' ');
    if (record.kind === 'http-response') {
      for (const word of words) for (const side of ['C', 'P']) this.#instrument(`${side}${word}`, Number(word), side === 'C');
    } else if (words[0] === 'price') {
      this.#sink.trade(this.#symbols.intern('word', 'F'), Number.NaN, Number(words[1]), 1, 0, '', Number.NaN, 'regular');
    } else if (words[0] === 'in' || words[0] === 'out') {
      this.#sink.readingBegin(this.#symbols.intern('word', words[1]!), Number.NaN, 'search');
      this.#sink.readingValue('inserted', words[0] === 'in' ? 1 : 0);
      this.#sink.readingEnd();
    }
  }

  #instrument(symbol: string, strike: number, isCall: boolean): void {
    const instrument: Instrument = {
      venue: 'word',
      symbol,
      kind: 'option',
      currency: '',
      multiplier: 1,
      strike,
      optionType: isCall ? 'call' : 'put',
    };
    this.#sink.instrument(this.#symbols.intern('word', symbol), instrument);
  }
}

const VENUE: Venue = {
  ...WORD_VENUE,
  channelOf: (bytes, start, end) => new TextDecoder().decode(bytes.subarray(start, end)).split(' ')[0]!,
  createDecoder: (sink, symbols) => new WordDecoder(sink, symbols),
};

const CHAINS: ChainRooms = {
  masterEndpoints: new Set(['masters']),
  priceLabels: new Set(['price']),
  priceEndpoints: new Set(),
  selfTellingChannels: new Set(),
  wishOf: () => ({ name: 'chain', maturity: '', maturities: 1, per: 'strike' }),
  masterSymbolsOf: () => [],
  chainsOf: (instruments): readonly OptionChain[] => {
    const strikes = [...instruments].flatMap(({ strike = 0, optionType }) =>
      optionType === 'call' ? [{ strike, call: `C${strike}`, put: `P${strike}` }] : [],
    );
    return [
      { name: 'chain', maturity: 'm', underlying: 'F', expiresAtUs: Number.NaN, strikes: strikes.sort((a, b) => a.strike - b.strike) },
    ];
  },
  sourceOf: (symbol) => (symbol === 'F' ? { underlying: 'F', rank: '', reading: '' } : undefined),
};

const SEARCHES: SearchRooms = {
  labels: new Set(['in', 'out']),
  searchOf: () => '4',
  wholeResultOf: () => undefined,
  changeOf: (_channel, code, names, values) => ({ search: '4', code, isIn: values[names.indexOf('inserted')] === 1 }),
};

/** The word venue with rooms, and with as many requests in flight as the seed says. */
function protocolOf(random: Random): VenueProtocol {
  const base = wordProtocol({ slotsMax: SLOTS });
  const [socket] = base.sockets;
  const inFlightMax = random.integer(1, 5);
  return {
    ...base,
    sockets: [
      { ...socket!, limits: { ...socket!.limits, inFlightMax, sendSpacingMs: random.integer(0, 200), batchMax: random.integer(1, 3) } },
    ],
    masters: () => [{ endpoint: 'masters', method: 'GET', path: '/masters' }],
    mastersAtUtcMinutes: [],
    rooms: { chains: CHAINS, searches: SEARCHES },
  };
}

/** Counts as a venue counts: when a request arrives, whenever it may answer. */
class WordPlayer {
  readonly registered = new Set<string>();
  readonly #random: Random;
  readonly #sleep: (ms: number) => Promise<void>;
  most = 0;

  constructor(random: Random, sleep: (ms: number) => Promise<void>) {
    this.#random = random;
    this.#sleep = sleep;
  }

  play(socket: ScriptedSocket): void {
    this.registered.clear();
    setImmediate(() => socket.isOver || socket.accept());
    let turn = Promise.resolve();
    socket.onSend = (text) => {
      const [verb, keys = ''] = text.split(' ');
      if (verb === 'beat') return;
      for (const key of keys.split(',')) {
        if (verb === 'sub') this.registered.add(key);
        else this.registered.delete(key);
      }
      this.most = Math.max(this.most, this.registered.size);
      const delayMs = this.#random.integer(0, 1_500);
      turn = turn.then(() => this.#sleep(delayMs)).then(() => void (socket.isOver || socket.say(verb === 'sub' ? 'ok' : 'gone')));
    };
  }
}

async function checkSlots(random: Random): Promise<void> {
  // Two planned, five strikes with two symbols on one channel, four results on two: all slots are taken when the rooms are full.
  let player: WordPlayer | undefined;
  const bench = roomBench({
    protocol: protocolOf(random),
    venue: VENUE,
    startMs: 1_000_000,
    plan: {
      connections: [aConnection('ws-1', SLOTS, [planned('X|1'), planned('X|2')])],
      rooms: [
        aRoom({
          name: 'chain',
          kind: 'option-chain',
          parameters: {},
          channels: [{ channel: 'T', market: 'always', priority: 10 }],
          places: [{ connection: 'ws-1', units: 5 }],
        }),
        aRoom({
          name: 'search',
          kind: 'condition',
          parameters: {},
          channels: ['T', 'B'].map((channel, i) => ({ channel, market: 'always', priority: 20 + i })),
          places: [{ connection: 'ws-1', units: 4 }],
        }),
      ],
    },
    answer: () => STRIKES.join(' '),
    play: (socket) => player!.play(socket),
  });
  player = new WordPlayer(random, (ms) => bench.clock.sleep(ms));
  let money = 130;
  for (let step = 0; step < 60; step++) {
    const socket = bench.sockets.sockets.at(-1);
    const isOpen = socket !== undefined && !socket.isOver && bench.recording.status().venues[0]!.connections[0]!.state === 'open';
    if (isOpen) {
      money = Math.min(155, Math.max(105, money + random.integer(-6, 6)));
      socket.say(`price ${money}`);
      for (let i = random.integer(0, 3); i > 0; i--)
        socket.say(`${random.pick(['in', 'in', 'out'])} ${random.pick(['a', 'b', 'c', 'd', 'e', 'f', 'g'])}`);
      if (random.chance(0.05)) socket.end(1006, 'cut');
    }
    const other = { channel: 'R', symbol: String(random.integer(1, 5)) };
    if (random.chance(0.3)) bench.recording.subscribe('word', other, 5);
    if (random.chance(0.3)) bench.recording.release('word', other);
    await bench.clock.advance(random.pick([300, 1_000, 5_000, 31_000]));
    expect(player.most).toBeLessThanOrEqual(SLOTS);
  }
  await checkRest(bench, player, random);
}

/** In peace every room has what it should: the strikes around the money and the newest results. */
async function checkRest(bench: ReturnType<typeof roomBench>, player: WordPlayer, random: Random): Promise<void> {
  const money = random.integer(110, 150);
  for (let i = 0; i < 20; i++) {
    await bench.clock.advance(5_000);
    const socket = bench.sockets.last();
    if (socket.isOver || bench.recording.status().venues[0]!.connections[0]!.state !== 'open') continue;
    socket.say(`price ${money}`);
    for (const code of ['a', 'b', 'c', 'd']) socket.say(`in ${code}`);
    for (const code of ['e', 'f', 'g']) socket.say(`out ${code}`);
  }
  expect(player.most).toBeLessThanOrEqual(SLOTS);
  const held = [...player.registered].filter((key) => !key.startsWith('R|'));
  const nearest = held.filter((key) => /^T\|[CP]/.test(key)).map((key) => Number(key.slice(3)));
  expect(held).toEqual(expect.arrayContaining(['X|1', 'X|2', 'T|a', 'B|a', 'T|b', 'B|b', 'T|c', 'B|c', 'T|d', 'B|d']));
  expect(nearest).toHaveLength(10);
  // One strike of tolerance: the room moves only when the money is further away than that.
  expect(Math.max(...nearest.map((strike) => Math.abs(strike - money)))).toBeLessThanOrEqual(3);
  await bench.recording.stop().catch(() => undefined);
}

test('no connection ever holds more than its slots, and in the end every room is filled, whatever the market, the venue and others do', async () => {
  await checkSeedsAsync(25, checkSlots);
});
