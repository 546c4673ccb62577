import { expect, test } from 'vitest';
import type { CoincallVenueId } from '../../../venues/coincall/index.ts';
import { checkSeeds, type Random } from '../../seeds.ts';
import { mutateBytes, respell } from '../frame-mutation.ts';
import { mutationCount, mutationTally } from '../mutation-tally.ts';
import { comparable } from '../recorded-sink.ts';
import { documentedFrames, hasDocuments, type Pair, pairOf, WHY_SKIPPED } from './frames.ts';
import { MADE_FRAMES } from './made-frames.ts';

const ENCODER = new TextEncoder();
const VENUES: readonly CoincallVenueId[] = ['coincall-options', 'coincall-futures'];
const FRAMES_A_SEED = 200;
/** Mutated frames in all; `TAPEDECK_MUTATIONS=300000` searches longer. */
const MUTATED_FRAMES = mutationCount(6_000);
const TALLY = mutationTally('coincall');
const FRAMES: readonly string[] = [...MADE_FRAMES, ...documentedFrames().map(({ text }) => text)];

/** Gives both forms the frame and compares what they said, line by line; returns it. */
function compare(pair: Pair, bytes: Uint8Array, start: number, end: number): readonly string[] {
  const { production, reference } = pair.decode(bytes, start, end);
  const said = comparable(production.calls);
  const wanted = comparable(reference.calls);
  if (said.length === wanted.length && said.every((line, index) => line === wanted[index])) return said;
  const reasons = [...production.of('decodeFailure'), ...reference.of('decodeFailure')].map((call) => call[2]).join('; ');
  expect(said, `frame ${JSON.stringify(new TextDecoder().decode(bytes.subarray(start, end)))} (${reasons})`).toEqual(wanted);
  return said;
}

/** The frame stands between others, as in a journal: a scanner that runs past its end would read on. */
function compareChanged(pair: Pair, random: Random): void {
  const text = random.pick(FRAMES);
  const frame = changed(text, random);
  const other = ENCODER.encode(random.pick(FRAMES));
  const before = other.subarray(0, random.integer(0, 20));
  const after = random.chance(0.5) ? other : ENCODER.encode(random.pick(['', '}', '"}}', '1234567.5","', ']]}}', '":5}']));
  const said = compare(pair, Buffer.concat([before, frame, after]), before.length, before.length + frame.length);
  TALLY.add(ENCODER.encode(text), frame, said);
}

function changed(text: string, random: Random): Uint8Array {
  if (random.chance(0.4)) return mutateBytes(ENCODER.encode(text), random);
  const respelled = ENCODER.encode(respell(withOtherValues(JSON.parse(text), random), random));
  return random.chance(0.2) ? mutateBytes(respelled, random) : respelled;
}

const OTHER_VALUES: readonly unknown[] = [
  ...[null, '', ' ', '1.5 ', ' -2', '1e3', '1E-7', '0E-8', '007', '1.', '.5', '+1', '1e999', 'NaN', true, [], {}, ''],
  ...[0, -0.5, 1e-9, 1.7976931348623157e308, 1.7976931348623157e308, 2 ** 53, 12, '12', 1, 2],
];

/** Now and then another value of a leaf, or a list where one record was. */
function withOtherValues(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) return value.map((item) => withOtherValues(item, random));
  if (typeof value !== 'object' || value === null) return random.chance(0.02) ? random.pick(OTHER_VALUES) : value;
  const entries = Object.entries(value).map(([key, item]) => [key, withOtherValues(item, random)] as const);
  const kept = entries.filter(() => !random.chance(0.005));
  const renamed = kept.map(([key, item]) => [
    random.chance(0.005) ? random.pick(['x', 'sz', 'v', 'ts', 'dt', 'averylongkey', 's']) : key,
    item,
  ]);
  const whole = Object.fromEntries(renamed) as Record<string, unknown>;
  if (random.chance(0.03) && 'd' in whole) whole.d = Array.isArray(whole.d) ? whole.d[0] : [whole.d, whole.d];
  return whole;
}

for (const venue of VENUES) {
  test(`both forms of the ${venue} decoder say the same of every frame as it is`, () => {
    const pair = pairOf(venue);
    for (const frame of FRAMES.map((text) => ENCODER.encode(text))) compare(pair, frame, 0, frame.length);
  });

  test(`both forms of the ${venue} decoder say the same of changed frames`, () => {
    checkSeeds(Math.ceil(MUTATED_FRAMES / FRAMES_A_SEED / VENUES.length), (random) => {
      const pair = pairOf(venue);
      for (let i = 0; i < FRAMES_A_SEED; i++) compareChanged(pair, random);
    });
  });
}

if (!hasDocuments) test.skip(WHY_SKIPPED, () => undefined);
