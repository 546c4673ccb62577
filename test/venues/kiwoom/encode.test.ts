import { expect, test } from 'vitest';
import { encodeLoginReply, encodePing, encodeRegistrationReply, encodeTrades, type KiwoomTrade } from '../../../venues/kiwoom/encode.ts';
import { TRADE } from '../../../venues/kiwoom/fids.ts';
import { checkSeeds, type Random } from '../../seeds.ts';
import { decodeFrames, hasKiwoomData, NOON_US, readKiwoom } from './kiwoom-frames.ts';

const OTHER_NAMES = TRADE.fields.filter(({ fid }) => ![20, 10, 15, 13, 9081].includes(fid));

function someTrade(random: Random): KiwoomTrade {
  const readings: Record<string, number> = { exchange_code: random.integer(0, 2) };
  for (const { name, reads } of OTHER_NAMES) {
    const magnitude = random.integer(0, 10 ** random.integer(1, 12)) / 10 ** random.integer(0, 2);
    if (random.chance(0.8)) readings[name] = reads === 'signed' && random.chance(0.5) && magnitude > 0 ? -magnitude : magnitude;
  }
  return {
    symbol: random.pick(['005930', '000660_NX', '035420_AL']),
    venueTimeUs: NOON_US + random.integer(-20_000, 20_000) * 1_000_000,
    price: random.integer(1, 1_000_000),
    size: random.integer(1, 1_000_000),
    side: random.pick([1, -1, 0] as const),
    cumulativeVolume: random.integer(0, 1_000_000_000),
    previousClose: random.integer(1, 1_000_000),
    readings,
  };
}

test('decoding what was encoded gives the same trades, quotes and readings', () => {
  checkSeeds(200, (random) => {
    const trades = Array.from({ length: random.integer(1, 4) }, () => someTrade(random));
    const recorded = decodeFrames([encodeTrades(trades)]);
    expect([...recorded.of('drift'), ...recorded.of('decodeFailure')]).toEqual([]);
    expect(recorded.of('trade')).toEqual(
      trades.map((t) => [
        'trade',
        t.symbol,
        t.venueTimeUs,
        t.price,
        t.size,
        t.side,
        '',
        t.cumulativeVolume,
        t.side === 0 ? 'auction' : 'regular',
      ]),
    );
    const read = recorded.of('readingValue').map(([, name, value]) => [name, value]);
    const said = trades.flatMap((t) => {
      const own = { ...t.readings, price: t.price, cumulative_volume: t.cumulativeVolume, signed_size: t.side === -1 ? -t.size : t.size };
      return TRADE.fields.filter(({ name }) => name in own).map(({ name }) => [name, own[name as keyof typeof own]]);
    });
    expect(read).toEqual(said);
  });
});

test('control frames decode as what they are', () => {
  const frames = [
    encodeLoginReply(0, ''),
    encodeRegistrationReply('REG', 0, ''),
    encodePing(),
    encodeRegistrationReply('REMOVE', 105111, 'no list'),
  ];
  expect(decodeFrames(frames).calls).toEqual([['drift', 'REMOVE', 'return_code 105111: no list']]);
});

test.skipIf(!hasKiwoomData)('encoded frames have the keys of recorded ones, in their order', () => {
  const recorded = readKiwoom('intraday').find(({ text }) => text.includes('"0B"'))!.text;
  const encoded = new TextDecoder().decode(
    encodeTrades([{ symbol: '005930', venueTimeUs: NOON_US, price: 1, size: 1, side: 1, cumulativeVolume: 1 }]),
  );
  const keys = (text: string) => [...text.matchAll(/"([^"]*)":/g)].map((match) => match[1]);
  expect(keys(encoded)).toEqual(keys(recorded));
  expect(new TextDecoder().decode(encodePing())).toBe(readKiwoom('intraday').find(({ text }) => text.includes('PING'))!.text);
  expect(new TextDecoder().decode(encodeLoginReply(0, ''))).toBe(readKiwoom('intraday')[0]!.text);
});
