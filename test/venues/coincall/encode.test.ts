import { expect, test } from 'vitest';
import { DAY_US, type Instrument, plainDecimal } from '#domain';
import {
  type CoincallChainRow,
  type CoincallPricing,
  coincallOptions,
  encodeBar,
  encodeBook,
  encodeChain,
  encodeConfig,
  encodeError,
  encodeHeartbeatReply,
  encodeInstruments,
  encodePricing,
  encodeServerTime,
  encodeSubscribeReply,
  encodeTicker,
  encodeTrades,
  type Generation,
} from '../../../venues/coincall/index.ts';
import { checkSeeds, type Random } from '../../seeds.ts';
import type { SinkCall } from '../recorded-sink.ts';
import { decoding } from './frames.ts';

const SYMBOLS = ['BTCUSD-4JUL23-27000-C', 'KASUSD-31MAY24-0.1250-P', 'BTCUSD', 'ARBUSD'];
const GENERATIONS: readonly Generation[] = ['g1', 'g2'];
const NO = Number.NaN;
/** Names of readings by channel, those of one generation apart. */
const NAMES = {
  tOption: { both: ['lastPrice', 'change', 'changeRate', 'volume24h', 'upv'], g1: ['tradeVolume'], g2: ['volume'] },
  bsInfo: {
    both: [
      'timeToExpiryMs',
      'lastPrice',
      'indexPrice',
      'high24h',
      'low24h',
      'change',
      'dayOpen',
      'changeRate',
      'volumeUsd24h',
      'volume24h',
    ],
    g1: ['tradeVolume', 'tva'],
    g2: ['volumeUsd', 'volume'],
  },
  spotPrice: {
    both: ['price', 'markPrice', 'indexPrice', 'high24h', 'low24h', 'change', 'changeRate', 'dayOpen', 'volumeUsd24h', 'volume24h'],
    g1: ['lastPrice', 'cv'],
    g2: ['openInterest'],
  },
} as const;

/** An event that the venue can send: its frame, and the calls it must decode to; readings are compared as sets. */
type MakeEvent = (random: Random, generation: Generation) => { readonly frame: string; readonly wanted: readonly SinkCall[] };

const book: MakeEvent = (random, generation) => {
  const [symbol, venueTimeUs] = [random.pick(SYMBOLS), time(random)];
  const side = () =>
    Array.from({ length: random.integer(0, 8) }, () => ({ price: amount(random), size: random.chance(0.1) ? 0 : amount(random) }));
  const [bids, asks] = [side(), side()];
  const levels = [...bids.map((level) => [1, level] as const), ...asks.map((level) => [-1, level] as const)];
  return {
    frame: encodeBook('coincall-options', generation, { symbol, venueTimeUs, bids, asks }),
    wanted: [
      ['bookBegin', symbol, venueTimeUs, true, 'replace', NO, NO, NO],
      ...levels.map(([sign, { price, size }]): SinkCall => ['bookLevel', sign, price, size, NO, NO]),
      ['bookEnd'],
    ],
  };
};

const trades: MakeEvent = (random, generation) => {
  let venueTimeUs = time(random);
  const list = Array.from({ length: random.integer(0, 6) }, () => {
    venueTimeUs += random.integer(0, 1) * 1000;
    const side = random.chance(0.5) ? (1 as const) : (-1 as const);
    return { symbol: random.pick(SYMBOLS), venueTimeUs, price: amount(random), size: amount(random), side };
  });
  const wanted = list.map((t): SinkCall => ['trade', t.symbol, t.venueTimeUs, t.price, t.size, t.side, '', NO, 'regular']);
  return { frame: encodeTrades('coincall-futures', generation, list), wanted };
};

const bar: MakeEvent = (random) => {
  const day = random.pick([Date.UTC(2024, 1, 1), Date.UTC(2023, 10, 1)]) * 1000;
  const [openTimeUs, intervalUs] = random.pick([
    [time(random), random.pick([60, 300, 900, 1800, 3600, 14_400, 86_400, 604_800]) * 1_000_000],
    [Date.UTC(2024, 1, 1) * 1000, 29 * DAY_US],
    [day, (day === Date.UTC(2024, 1, 1) * 1000 ? 90 : 92) * DAY_US],
  ] as const);
  const symbol = random.pick(SYMBOLS);
  const [open, high, low, close, volume] = [amount(random), amount(random), amount(random), amount(random), amount(random)];
  return {
    frame: encodeBar('coincall-options', { symbol, intervalUs, openTimeUs, open, high, low, close, volume }),
    wanted: [['bar', symbol, intervalUs, openTimeUs, open, high, low, close, volume, NO, NO, false, false]],
  };
};

function pricingOf(random: Random, readings: Readonly<Record<string, number>>): CoincallPricing {
  const number = () => (random.chance(0.2) ? NO : signed(random));
  return {
    ...{ symbol: random.pick(SYMBOLS), venueTimeUs: time(random), impliedVolatility: number(), delta: number(), gamma: number() },
    ...{ theta: number(), vega: number(), markPrice: number(), underlyingPrice: number(), openInterest: number(), readings },
  };
}

const pricing: MakeEvent = (random, generation) => {
  const p = pricingOf(random, readingsOf('bsInfo', random, generation));
  const greeks = [p.delta, p.gamma, p.theta, p.vega, NO];
  const quote: SinkCall = [
    ...['optionQuote' as const, p.symbol, p.venueTimeUs, p.impliedVolatility, NO, NO, ...greeks, p.markPrice, p.underlyingPrice],
    ...[p.openInterest, NO, NO, NO, NO],
  ] as never;
  return { frame: encodePricing(generation, p), wanted: [quote, ...readingCalls('bsInfo', p.symbol, p.venueTimeUs, p.readings)] };
};

const chain: MakeEvent = (random, generation) => {
  const rows = Array.from({ length: random.integer(1, 5) }, (): CoincallChainRow => {
    const [bidPrice, bidSize] = random.chance(0.2) ? [NO, NO] : [amount(random), amount(random)];
    const [askPrice, askSize] = random.chance(0.2) ? [NO, NO] : [amount(random), amount(random)];
    const base = pricingOf(random, readingsOf('tOption', random, generation));
    const ivs = { bidImpliedVolatility: amount(random), askImpliedVolatility: random.chance(0.2) ? NO : amount(random) };
    return { ...base, ...ivs, impliedVolatility: generation === 'g1' ? NO : base.impliedVolatility, bidPrice, bidSize, askPrice, askSize };
  });
  const wanted = rows.flatMap((r): readonly SinkCall[] => {
    const greeks = [r.delta, r.gamma, r.theta, r.vega, NO];
    const ivs = [r.impliedVolatility, r.bidImpliedVolatility, r.askImpliedVolatility];
    const best = [r.bidPrice, r.bidSize, r.askPrice, r.askSize];
    const numbers = [...ivs, ...greeks, r.markPrice, r.underlyingPrice, r.openInterest, ...best];
    return [['optionQuote', r.symbol, r.venueTimeUs, ...numbers], ...readingCalls('tOption', r.symbol, r.venueTimeUs, r.readings)];
  });
  return { frame: encodeChain(generation, rows), wanted };
};

const ticker: MakeEvent = (random, generation) => {
  const [symbol, venueTimeUs] = [random.pick(SYMBOLS), generation === 'g1' ? NO : time(random)];
  const readings = readingsOf('spotPrice', random, generation);
  return {
    frame: encodeTicker(generation, { symbol, venueTimeUs, readings }),
    wanted: readingCalls('spotPrice', symbol, venueTimeUs, readings),
  };
};

function readingsOf(channel: keyof typeof NAMES, random: Random, generation: Generation): Record<string, number> {
  const names = [...NAMES[channel].both, ...NAMES[channel][generation]].filter(() => random.chance(0.8));
  return Object.fromEntries(names.map((name) => [name, signed(random)]));
}

function readingCalls(channel: string, symbol: string, timeUs: number, readings: Readonly<Record<string, number>>): readonly SinkCall[] {
  const values = Object.entries(readings).map(([name, value]): SinkCall => ['readingValue', name, value]);
  return values.length === 0 ? [] : [['readingBegin', symbol, timeUs, channel], ...values, ['readingEnd']];
}

/** Readings of one record in alphabetical order: the venue's order is no part of the promise. */
function sorted(calls: readonly SinkCall[]): readonly SinkCall[] {
  const result: SinkCall[] = [];
  let values: SinkCall[] = [];
  for (const call of calls) {
    if (call[0] === 'readingValue') values.push(call);
    else {
      result.push(...values.sort((a, b) => (String(a[1]) < String(b[1]) ? -1 : 1)), call);
      values = [];
    }
  }
  return result;
}

test('what is encoded decodes to the same event, in both generations', () => {
  checkSeeds(40, (random) => {
    for (const make of [book, trades, bar, pricing, chain, ticker]) {
      for (const generation of GENERATIONS) {
        const { frame, wanted } = make(random, generation);
        expect(sorted(decoding('coincall-options', frame).calls), frame).toEqual(sorted(wanted));
      }
    }
  });
});

test('control frames and bodies are what the decoder knows', () => {
  const { calls, feed, body } = decoding();
  feed(
    encodeHeartbeatReply(),
    encodeSubscribeReply('subscribe', 'orderBook', 'success'),
    encodeSubscribeReply('unSubscribe', 'kline', 'success'),
  );
  body(encodeServerTime(1687250525704_000), { endpoint: 'server-time' });
  expect(calls).toEqual([]);
  feed(encodeError(10000, 'too many request'));
  expect(calls).toEqual([['drift', 'rest', '{"code":10000,"msg":"too many request","i18nArgs":null,"data":null}']]);
});

test('encoded instruments decode to the same instruments', () => {
  const option: Instrument = {
    ...{ venue: 'coincall-options', symbol: 'BTCUSD-14SEP23-22500-P', kind: 'option', currency: 'USD', multiplier: 1 },
    ...{ tickSize: 0.1, lotSize: 0.01, strike: 22500, expiryUs: 1694678400000_000, optionType: 'put' },
  };
  const options = decoding();
  options.body(encodeInstruments('coincall-options', [option]), { endpoint: 'instruments' });
  expect(options.calls).toEqual([['instrument', option.symbol, option]]);
  const future: Instrument = { venue: 'coincall-futures', symbol: 'BTCUSD', kind: 'perpetual', currency: 'USD', multiplier: 1 };
  const futures = decoding('coincall-futures');
  futures.body(encodeInstruments('coincall-futures', [future]));
  futures.body(encodeConfig([{ ...future, tickSize: 0.1, lotSize: 0.001 }]));
  expect(futures.calls).toEqual([
    ['instrument', 'BTCUSD', future],
    ['instrument', 'BTCUSD', { ...future, tickSize: 0.1, lotSize: 0.001 }],
  ]);
});

test('an event that the venue cannot send is a bug, not a wrong frame', () => {
  const event = { symbol: 'BTCUSD', openTimeUs: 0, open: 1, high: 1, low: 1, close: 1, volume: 1 };
  expect(() => encodeBar('coincall-futures', { ...event, intervalUs: 120_000_000 })).toThrow('no period');
  expect(() => encodeBook('coincall-futures', 'g2', { symbol: 'X', venueTimeUs: 1, bids: [], asks: [] })).toThrow('whole milliseconds');
});

test('what is encoded has the label of its channel by its first bytes', () => {
  const bytes = new TextEncoder().encode(encodeBook('coincall-options', 'g2', { symbol: 'X', venueTimeUs: 0, bids: [], asks: [] }));
  expect(coincallOptions.channelOf(bytes, 0, bytes.length)).toBe('orderBook');
});

function time(random: Random): number {
  return random.integer(0, 4_000_000_000_000) * 1000;
}

/** A positive number as a market prints it, or any positive double at all. */
function amount(random: Random): number {
  if (random.chance(0.9)) return random.integer(1, 1e12) / Number(`1e${random.integer(0, 10)}`);
  return Number(plainDecimal(random.fraction() * Number(`1e${random.integer(-12, 18)}`))) || 1;
}

function signed(random: Random): number {
  if (random.chance(0.1)) return 0;
  return random.chance(0.3) ? -amount(random) : amount(random);
}
