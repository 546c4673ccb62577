import { describe, expect, test } from 'vitest';
import type { Instrument } from '../../../domain/instrument.ts';
import type { RoomPlan } from '../../../recorder/plan/recording-plan.ts';
import {
  type CoincallChainRow,
  encodeChain,
  encodeInstruments,
  encodePricing,
  encodeSubscribeReply,
} from '../../../venues/coincall/encode.ts';
import { coincallOptions } from '../../../venues/coincall/index.ts';
import { coincallOptionsProtocol } from '../../../venues/coincall/protocol.ts';
import type { ScriptedSocket } from '../../fixtures/scripted-socket.ts';
import { aConnection, aRoom, notesOf, roomBench } from './room-bench.ts';

/** Friday, 25 December 2026, half a minute before the day's contracts expire. */
const EXPIRY_MS = Date.UTC(2026, 11, 25, 8);
const DAY_MS = 86_400_000;
const CHANNELS = ['bsInfo', 'orderBook'].map((channel, i) => ({ channel, market: 'always', priority: 2_000 + i }));

function contracts(endMs: number): readonly Instrument[] {
  const day = `${new Date(endMs).getUTCDate()}DEC26`;
  return [90_000, 95_000, 100_000, 105_000, 110_000].flatMap((strike) =>
    (['call', 'put'] as const).map((optionType) => ({
      venue: 'coincall-options',
      symbol: `BTCUSD-${day}-${strike}-${optionType === 'call' ? 'C' : 'P'}`,
      kind: 'option' as const,
      currency: 'USD',
      multiplier: 1,
      tickSize: 0.1,
      lotSize: 0.01,
      strike,
      expiryUs: endMs * 1_000,
      optionType,
    })),
  );
}

function aRow(symbol: string, underlyingPrice: number): CoincallChainRow {
  const none = Number.NaN;
  const greeks = { impliedVolatility: 0.5, delta: 0.5, gamma: 0, theta: 0, vega: 0, markPrice: 1, openInterest: 0, readings: {} };
  const prices = { bidImpliedVolatility: none, askImpliedVolatility: none, bidPrice: none, bidSize: none, askPrice: none, askSize: none };
  return { symbol, venueTimeUs: EXPIRY_MS * 1_000, underlyingPrice, ...greeks, ...prices };
}

function coincallBench(rooms: readonly RoomPlan[], startMs = EXPIRY_MS - 30_000) {
  const registered = new Set<string>();
  let listed = [...contracts(EXPIRY_MS), ...contracts(EXPIRY_MS + DAY_MS), ...contracts(EXPIRY_MS + 2 * DAY_MS)];
  const play = (socket: ScriptedSocket): void => {
    registered.clear();
    setImmediate(() => socket.accept());
    socket.onSend = (text) => {
      const { action, dataType, payload } = JSON.parse(text) as {
        readonly action: string;
        readonly dataType?: string;
        readonly payload?: { readonly symbol: string; readonly end?: number };
      };
      if (dataType === undefined || payload === undefined) return void setImmediate(() => socket.isOver || socket.say('{"c":11,"rc":1}'));
      const key = `${dataType} ${payload.symbol}${payload.end === undefined ? '' : ` ${payload.end}`}`;
      if (action === 'subscribe') registered.add(key);
      else registered.delete(key);
      const isSubscribe = action === 'subscribe';
      setImmediate(() => socket.isOver || socket.say(encodeSubscribeReply(isSubscribe ? 'subscribe' : 'unSubscribe', dataType, 'success')));
    };
  };
  const bench = roomBench({
    protocol: coincallOptionsProtocol,
    venue: coincallOptions,
    startMs,
    plan: { connections: [aConnection('ws-1', 1_000)], rooms },
    answer: ({ url }) => (url.includes('getInstruments/BTC') ? encodeInstruments('coincall-options', listed) : '{"code":0,"data":{}}'),
    play,
  });
  const on = (channel: string) =>
    [...registered]
      .filter((key) => key.startsWith(`${channel} `))
      .map((key) => key.slice(channel.length + 1))
      .sort();
  const list = (instruments: readonly Instrument[]): void => {
    listed = [...instruments];
  };
  return { ...bench, on, list };
}

const OPTIONS = aRoom({
  name: 'options',
  kind: 'option-chain',
  parameters: { per: 'option', underlying: 'BTCUSD', expiries: '2', strikes: '2' },
  channels: CHANNELS,
  places: [{ connection: 'ws-1', units: 4 }],
});
const BOARDS = aRoom({
  name: 'boards',
  kind: 'option-chain',
  parameters: { per: 'expiry', underlying: 'BTCUSD', expiries: '2' },
  channels: [{ channel: 'tOption', market: 'always', priority: 2_000 }],
  symbolsPerUnit: 1,
  places: [{ connection: 'ws-1', units: 2 }],
});

function pairs(day: number, ...strikes: readonly number[]): readonly string[] {
  return strikes.flatMap((strike) => [`BTCUSD-${day}DEC26-${strike}-C`, `BTCUSD-${day}DEC26-${strike}-P`]);
}

describe('chains of Coincall', () => {
  test('ask the masters for their underlying, begin with the strike in the middle, and are centred by what its options tell', async () => {
    const { clock, on, sockets, calls, journal } = coincallBench([OPTIONS]);
    await clock.advance(3_000);
    expect(calls.filter(({ url }) => url.includes('getInstruments')).map(({ url }) => url)).toEqual([
      'http://rest/open/option/getInstruments/BTC',
    ]);
    expect(on('bsInfo')).toEqual([...pairs(25, 100_000), ...pairs(26, 100_000)].sort());
    expect(notesOf(journal, 'room-waiting')).toHaveLength(1);
    sockets.last().say(encodePricing('g2', aRow('BTCUSD-25DEC26-100000-C', 107_000)));
    sockets.last().say(encodePricing('g2', aRow('BTCUSD-26DEC26-100000-C', 111_000)));
    await clock.advance(3_000);
    // Each expiry around its own forward.
    expect(on('bsInfo')).toEqual([...pairs(25, 105_000, 110_000), ...pairs(26, 110_000, 105_000)].sort());
    expect(on('orderBook')).toEqual(on('bsInfo'));
    expect(notesOf(journal, 'room-centred')).toHaveLength(2);
  });

  test('go on with the next expiry at 08:00 UTC, before the new list is there, and take the newest from it', async () => {
    const { clock, on, sockets, list } = coincallBench([OPTIONS, BOARDS]);
    await clock.advance(3_000);
    expect(on('tOption')).toEqual([`BTCUSD ${EXPIRY_MS}`, `BTCUSD ${EXPIRY_MS + DAY_MS}`]);
    for (const day of [25, 26])
      sockets.last().say(
        encodeChain(
          'g2',
          pairs(day, 95_000, 100_000).map((symbol) => aRow(symbol, 100_100)),
        ),
      );
    await clock.advance(5_000);
    expect(on('bsInfo')).toEqual([...pairs(25, 100_000, 105_000), ...pairs(26, 100_000, 105_000)].sort());
    await clock.advance(25_000);
    expect(on('tOption')).toEqual([`BTCUSD ${EXPIRY_MS + DAY_MS}`, `BTCUSD ${EXPIRY_MS + 2 * DAY_MS}`]);
    expect(on('bsInfo')).toEqual([...pairs(26, 100_000, 105_000), ...pairs(27, 100_000, 105_000)].sort());
    list([...contracts(EXPIRY_MS + DAY_MS), ...contracts(EXPIRY_MS + 3 * DAY_MS)]);
    await clock.advance(130_000);
    expect(on('tOption')).toEqual([`BTCUSD ${EXPIRY_MS + DAY_MS}`, `BTCUSD ${EXPIRY_MS + 3 * DAY_MS}`]);
    expect(on('bsInfo')).toEqual([...pairs(26, 100_000, 105_000), ...pairs(28, 100_000, 105_000)].sort());
  });

  test('without a channel that tells the money wait for it', async () => {
    const books = { ...OPTIONS, channels: [{ channel: 'orderBook', market: 'always', priority: 2_000 }] };
    const { clock, on, journal } = coincallBench([books]);
    await clock.advance(10_000);
    expect(on('orderBook')).toEqual([]);
    expect(notesOf(journal, 'room-waiting')[0]).toContain('the price of BTCUSD');
  });
});
