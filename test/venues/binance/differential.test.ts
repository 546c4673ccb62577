import { expect, test } from 'vitest';
import { SymbolTable, TapeRecord } from '#domain';
import { type BinanceVenueId, binanceSpot, binanceUsdm } from '../../../venues/binance/index.ts';
import type { Decoder } from '../../../venues/venue.ts';
import { checkSeeds, type Random } from '../../seeds.ts';
import { mutationCount, mutationTally } from '../mutation-tally.ts';
import { type CallLog, createCallLog } from './call-log.ts';
import { type Capture, hasCaptures, readCapture, WHY_SKIPPED } from './captures.ts';
import { OTHER_FRAMES } from './frames.ts';
import { mutate } from './mutations.ts';
import { ReferenceDecoder } from './reference.ts';

const VENUES = [binanceSpot, binanceUsdm] as const;
const FRAMES_A_SEED = 500;
/** Mutated frames in all; `TAPEDECK_MUTATIONS=300000` searches longer. */
const MUTATED_FRAMES = mutationCount(20_000);
const TALLY = mutationTally('binance');

interface Pair {
  readonly production: Decoder;
  readonly productionLog: CallLog;
  readonly reference: ReferenceDecoder;
  readonly referenceLog: CallLog;
  readonly record: TapeRecord;
}

function pairOf(venue: BinanceVenueId): Pair {
  const productionSymbols = new SymbolTable();
  const referenceSymbols = new SymbolTable();
  const productionLog = createCallLog(productionSymbols);
  const referenceLog = createCallLog(referenceSymbols);
  const record = new TapeRecord();
  record.kind = 'frame-in';
  record.venue = venue;
  const production = (venue === 'binance-spot' ? binanceSpot : binanceUsdm).createDecoder(productionLog.sink, productionSymbols);
  return { production, productionLog, reference: new ReferenceDecoder(venue, referenceLog.sink, referenceSymbols), referenceLog, record };
}

/** Gives both forms the frame and compares what they said, line by line; returns it. */
function compare(pair: Pair, bytes: Uint8Array, start: number, end: number): readonly string[] {
  pair.record.bytes = bytes;
  pair.record.start = start;
  pair.record.end = end;
  pair.production.decode(pair.record);
  pair.reference.decode(pair.record);
  const said = pair.productionLog.take();
  const wanted = pair.referenceLog.take();
  if (said.length === wanted.length && said.every((line, index) => line === wanted[index])) return said;
  const reasons = `production: ${pair.productionLog.reasons.at(-1)}; reference: ${pair.referenceLog.reasons.at(-1)}`;
  const frame = JSON.stringify(new TextDecoder().decode(bytes.subarray(start, end)).slice(0, 2000));
  expect(said, `frame ${frame} (last reasons: ${reasons})`).toEqual(wanted);
  return said;
}

for (const venue of VENUES) {
  test.skipIf(!hasCaptures)(`both forms of the ${venue.id} decoder say the same of every recorded frame`, () => {
    const { bytes, bounds } = readCapture(venue.id as BinanceVenueId);
    const pair = pairOf(venue.id as BinanceVenueId);
    for (let i = 0; i < bounds.length; i += 2) compare(pair, bytes, bounds[i]!, bounds[i + 1]!);
    expect(pair.productionLog.reasons).toEqual([]);
  });

  test(`both forms of the ${venue.id} decoder say the same of changed frames`, () => {
    const capture = hasCaptures ? readCapture(venue.id as BinanceVenueId) : undefined;
    checkSeeds(Math.ceil(MUTATED_FRAMES / FRAMES_A_SEED / VENUES.length), (random) => {
      const pair = pairOf(venue.id as BinanceVenueId);
      for (let i = 0; i < FRAMES_A_SEED; i++) compareChanged(pair, random, capture);
    });
  });
}

/** The frame stands between others, as in a journal: a scanner that runs past its end would read on. */
function compareChanged(pair: Pair, random: Random, capture: Capture | undefined): void {
  const other = frameOf(random, capture);
  const original = random.chance(0.05) ? other : frameOf(random, capture);
  const frame = original === other ? other : mutate(random, original, other);
  const before = other.subarray(0, random.integer(0, 20));
  const after = random.chance(0.5) ? other : new TextEncoder().encode(random.pick(['', '}', '"}}', '1234567.5","', ']]}}']));
  TALLY.add(original, frame, compare(pair, Buffer.concat([before, frame, after]), before.length, before.length + frame.length));
}

const SNAPSHOT_BYTES = 20_000;

/** A recorded or a made frame, without its envelope now and then. Whole snapshots are left to the other test: they are slow. */
function frameOf(random: Random, capture: Capture | undefined): Uint8Array {
  if (capture === undefined || random.chance(0.4)) return new TextEncoder().encode(random.pick(OTHER_FRAMES));
  const index = 2 * random.integer(0, capture.bounds.length / 2 - 1);
  const frame = capture.bytes.subarray(capture.bounds[index]!, capture.bounds[index + 1]!);
  if (frame.length > SNAPSHOT_BYTES) return frameOf(random, capture);
  const dataStart = Buffer.from(frame.buffer, frame.byteOffset, frame.length).indexOf('"data":');
  return random.chance(0.25) && dataStart > 0 ? frame.subarray(dataStart + 7, frame.length - 1) : frame;
}

if (!hasCaptures) test.skip(WHY_SKIPPED, () => undefined);
