import { expect, test } from 'vitest';
import { SymbolTable } from '#domain';
import { encodeOptionBoard, encodeStockBars, type KisBar, type KisBoardOption } from '../../../venues/kis/index.ts';
import { checkSeeds, type Random } from '../../seeds.ts';
import { mutateBytes, respell } from '../frame-mutation.ts';
import { mutationCount, mutationTally } from '../mutation-tally.ts';
import { comparable, recordedSink } from '../recorded-sink.ts';
import { kst, reading } from './kis-frames.ts';
import { KisRestReference } from './reference-rest.ts';

const MINUTE_US = 60_000_000;
const OPEN_US = kst('2026-09-22T11:50:00');
const BARS = { trId: 'FHKST03010200', symbol: '005930' };
const BOARD = { trId: 'FHPIF05030100' };
const BODIES_A_SEED = 10;
/** Bodies in all; `TAPEDECK_MUTATIONS=300000` for a whole run. */
const SEEDS = Math.ceil(mutationCount(20_000) / 10 / BODIES_A_SEED);
const TALLY = mutationTally('kis-rest');
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** An answer as it was, spelled in another way, or changed. */
function changed(body: Uint8Array, random: Random): Uint8Array {
  if (random.chance(0.3)) return body;
  const respelled = random.chance(0.5) ? ENCODER.encode(respell(JSON.parse(DECODER.decode(body)), random)) : body;
  return random.chance(0.6) ? mutateBytes(respelled, random) : respelled;
}

function someBars(firstMinute: number, random: Random): Uint8Array {
  const bars = Array.from({ length: random.integer(0, 4) }, (_, index): KisBar => {
    const price = random.integer(1, 3);
    const openTimeUs = OPEN_US + (firstMinute + index) * MINUTE_US;
    return {
      openTimeUs,
      open: price,
      high: price,
      low: price,
      close: price,
      volume: random.integer(0, 2),
      dayValue: 1_000 * (firstMinute + index),
    };
  });
  return encodeStockBars(bars, { cumulative_volume: random.integer(0, 9) });
}

function someOptions(random: Random): readonly KisBoardOption[] {
  return Array.from({ length: random.integer(0, 3) }, () => {
    const option = {
      impliedVolatility: 0.2,
      delta: 0.5,
      gamma: 0.1,
      theta: -0.2,
      vega: 1,
      rho: 0,
      theoreticalPrice: 2,
      openInterest: random.integer(0, 9),
    };
    const symbol = random.pick(['B01612A40', 'C01612A40', 'B09612A41']);
    return {
      symbol,
      strike: random.pick([1100, 1102.5, 0]),
      option,
      bidPrice: random.integer(0, 2),
      bidSize: 5,
      moneyness: random.pick(['ATM', 'OTM', '']),
    };
  });
}

test('both forms of the decoder say the same of answers with bars that follow each other', () => {
  checkSeeds(SEEDS, (random) => {
    const production = reading();
    const symbols = new SymbolTable();
    const reference = recordedSink(symbols);
    const referenceDecoder = new KisRestReference(reference.sink, symbols);
    for (let minute = 0; minute < BODIES_A_SEED; minute++) {
      const original = someBars(random.integer(0, minute), random);
      const body = changed(original, random);
      const receivedAtUs = OPEN_US + random.integer(0, minute * 60 + 90) * 1_000_000;
      production.body(BARS, body, receivedAtUs);
      referenceDecoder.bars(body, BARS.symbol, receivedAtUs);
      const said = comparable(production.calls.splice(0));
      expect(said, DECODER.decode(body)).toEqual(comparable(reference.calls.splice(0)));
      TALLY.add(original, body, said);
    }
  });
});

test('both forms of the decoder say the same of option boards that follow each other', () => {
  checkSeeds(SEEDS, (random) => {
    const production = reading();
    const symbols = new SymbolTable();
    const reference = recordedSink(symbols);
    const referenceDecoder = new KisRestReference(reference.sink, symbols);
    for (let count = 0; count < BODIES_A_SEED; count++) {
      const original = encodeOptionBoard(someOptions(random), someOptions(random));
      const body = changed(original, random);
      production.body(BOARD, body);
      referenceDecoder.board(body);
      const said = comparable(production.calls.splice(0));
      expect(said, DECODER.decode(body)).toEqual(comparable(reference.calls.splice(0)));
      TALLY.add(original, body, said);
    }
  });
});
