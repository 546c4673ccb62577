import { expect, test } from 'vitest';
import { plainDecimal, SymbolTable, TapeRecord } from '#domain';
import { type BinanceEncoder, type BinanceVenueId, binanceSpot, binanceUsdm, createBinanceEncoder } from '../../../venues/binance/index.ts';
import { checkSeeds, type Random } from '../../seeds.ts';
import { createCallLog } from './call-log.ts';

const VENUES = [binanceSpot, binanceUsdm] as const;
const SYMBOLS = ['BTCUSDT', 'ETHBTC', '1000SHIBUSDT', '币安人生USDT', 'BTCUSDT_250328'];

/** Any event that the venue can send, given to the encoder; returns the lines that the decoder must say. */
type MakeEvent = (random: Random, encoder: BinanceEncoder, isSpot: boolean) => string[];

const trade: MakeEvent = (random, encoder, isSpot) => {
  const [symbol, timeUs, price, size, id] = [random.pick(SYMBOLS), time(random), amount(random), amount(random), wholeId(random)];
  const side = random.chance(0.5) ? 1 : -1;
  const condition = isSpot || random.chance(0.8) ? 'regular' : 'off-book';
  encoder.trade(symbol, timeUs, price, size, side, id, condition);
  return [`trade ${symbol} ${timeUs} ${price} ${size} ${side} ${id} NaN ${condition}`];
};

const quote: MakeEvent = (random, encoder, isSpot) => {
  const [symbol, timeUs, id] = [random.pick(SYMBOLS), isSpot ? Number.NaN : time(random), wholeId(random)];
  const [bidPrice, bidSize] = random.chance(0.1) ? [Number.NaN, Number.NaN] : [amount(random), amount(random)];
  const [askPrice, askSize] = random.chance(0.1) ? [Number.NaN, Number.NaN] : [amount(random), amount(random)];
  encoder.quote(symbol, timeUs, bidPrice, bidSize, askPrice, askSize, id);
  return [`quote ${symbol} ${timeUs} ${bidPrice} ${bidSize} ${askPrice} ${askSize} ${id}`];
};

function levels(random: Random, encoder: BinanceEncoder): string[] {
  const lines: string[] = [];
  for (const side of [1, -1] as const) {
    for (let count = random.integer(0, 6); count > 0; count--) {
      const [price, size] = [amount(random), random.chance(0.3) ? 0 : amount(random)];
      encoder.bookLevel(side, price, size);
      lines.push(`bookLevel ${side} ${price} ${size} NaN NaN`);
    }
  }
  encoder.bookEnd();
  return [...lines, 'bookEnd'];
}

const delta: MakeEvent = (random, encoder, isSpot) => {
  const [symbol, timeUs, first, last] = [random.pick(SYMBOLS), time(random), wholeId(random), wholeId(random)];
  const previous = isSpot ? Number.NaN : wholeId(random);
  encoder.bookBegin(symbol, timeUs, false, first, last, previous);
  const rule = isSpot ? 'binance-spot' : 'binance-futures';
  return [`bookBegin ${symbol} ${timeUs} false ${rule} ${first} ${last} ${previous}`, ...levels(random, encoder)];
};

/** A body names no symbol: it is of the one that had deltas before. */
const snapshot: MakeEvent = (random, encoder, isSpot) => {
  const [timeUs, last] = [isSpot ? Number.NaN : time(random), wholeId(random)];
  encoder.bookBegin('BTCUSDT', timeUs, true, Number.NaN, last, Number.NaN);
  const rule = isSpot ? 'binance-spot' : 'binance-futures';
  return [`bookBegin BTCUSDT ${timeUs} true ${rule} NaN ${last} NaN`, ...levels(random, encoder)];
};

for (const venue of VENUES) {
  const isSpot = venue === binanceSpot;
  test(`what ${venue.id} encodes decodes to the same event, under the channel it was sent as`, () => {
    checkSeeds(20, (random) => {
      for (let i = 0; i < 50; i++) checkRoundTrip(isSpot ? 'binance-spot' : 'binance-usdm', random);
    });
  });
}

function checkRoundTrip(id: BinanceVenueId, random: Random): void {
  const venue = id === 'binance-spot' ? binanceSpot : binanceUsdm;
  const symbols = new SymbolTable();
  const log = createCallLog(symbols);
  const decoder = venue.createDecoder(log.sink, symbols);
  const encoder = createBinanceEncoder(id, (channel, text) => {
    const record = new TapeRecord();
    record.kind = channel === 'depthSnapshot' ? 'http-response' : 'frame-in';
    record.bytes = new TextEncoder().encode(text);
    record.end = record.bytes.length;
    expect(venue.channelOf(record.bytes, 0, record.end)).toBe(channel);
    decoder.decode(record);
  });
  const make = random.pick([trade, quote, delta, snapshot]);
  if (make === snapshot) {
    encoder.bookBegin('BTCUSDT', 0, false, 1, 2, 0);
    encoder.bookEnd();
    log.take();
  }
  const wanted = make(random, encoder, id === 'binance-spot');
  expect(log.take()).toEqual(wanted);
}

test('an event that the venue cannot send is a bug, not a wrong frame', () => {
  const encoder = createBinanceEncoder('binance-spot', () => undefined);
  expect(() => encoder.trade('BTCUSDT', 1, 1, 1, 1, 1, 'regular')).toThrow('whole milliseconds');
  expect(() => encoder.trade('BTCUSDT', 1000, 1, 1, 0, 1, 'regular')).toThrow('side of a trade');
  expect(() => encoder.trade('BTCUSDT', 1000, 1, 1, 1, 'x', 'regular')).toThrow('whole numbers');
  expect(() => encoder.trade('BTCUSDT', 1000, 1, 1, 1, 1, 'off-book')).toThrow('only regular trades');
});

function time(random: Random): number {
  return random.integer(0, 4_000_000_000_000) * 1000;
}

function wholeId(random: Random): number {
  return random.integer(0, random.pick([9, 1e6, 1e12, Number.MAX_SAFE_INTEGER]));
}

/** A positive number as a market prints it, or any positive double at all. */
function amount(random: Random): number {
  if (random.chance(0.9)) return random.integer(1, 1e12) / Number(`1e${random.integer(0, 10)}`);
  return Number(plainDecimal(random.fraction() * Number(`1e${random.integer(-12, 18)}`))) || 1;
}
