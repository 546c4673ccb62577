import { expect, test } from 'vitest';
import { CHANNEL_LAYOUTS } from '../../../venues/kis/layouts.ts';
import { type Random, randomOf } from '../../seeds.ts';
import { mutateBytes } from '../frame-mutation.ts';
import { mutationCount, mutationTally } from '../mutation-tally.ts';
import { bothDecoders, someFrame } from './kis-frames.ts';

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
/** Frames in all, over all channels: `TAPEDECK_MUTATIONS=300000` for a whole run. */
const MUTATIONS = mutationCount(20_000);
const TALLY = mutationTally('kis');
const PER_CHANNEL = Math.ceil(MUTATIONS / CHANNEL_LAYOUTS.length);

const CONTROL = [
  '{"header":{"tr_id":"PINGPONG","datetime":"20260922115630"}}',
  '{"header":{"tr_id":"H0STASP0","tr_key":"005930","encrypt":"N"},"body":{"rt_cd":"0","msg_cd":"OPSP0000","msg1":"SUBSCRIBE SUCCESS","output":{"iv":"0000","key":"0000"}}}',
  '{"header":{"tr_id":"(null)","tr_key":""},"body":{"rt_cd":"1","msg_cd":"OPSP8991","msg1":"SUBSCRIBE ERROR : invalid tr_id"}}',
  '{"body":{"rt_cd":"9","msg_cd":"OPSP8996","msg1":"ALREADY IN USE appkey"}}',
  '{"body":{"rt_cd":"1","msg_cd":"OPSP7777","msg1":"new"}}',
  '0|H0STPGM0|001|005930^115630^1^2^3^4^5^6^7^8^9',
  '0|H0ZZZZZ0|001|1^2',
];

/** A frame as it was, or changed: bytes, or carets and bars, which mean more here than quotes. */
function changed(frame: string, random: Random): Uint8Array {
  if (random.chance(0.3)) return ENCODER.encode(frame);
  if (random.chance(0.5)) return mutateBytes(ENCODER.encode(frame), random);
  const at = random.integer(0, frame.length);
  const piece = random.pick(['^', '|', '^^', '', '0', '001', '{', '-', '.', '^005930^']);
  return ENCODER.encode(frame.slice(0, at) + piece + frame.slice(at + random.integer(0, 3)));
}

function compare(both: ReturnType<typeof bothDecoders>, frame: string, bytes: Uint8Array, seed: number): void {
  const { production, reference } = both(bytes);
  if (production.join('\n') !== reference.join('\n')) expect(production, `seed ${seed}: ${DECODER.decode(bytes)}`).toEqual(reference);
  TALLY.add(ENCODER.encode(frame), bytes, production);
}

for (const { channel } of CHANNEL_LAYOUTS) {
  test(`both forms of the decoder say the same of ${channel}`, () => {
    const both = bothDecoders();
    for (let seed = 1; seed <= PER_CHANNEL; seed++) {
      const random = randomOf(seed);
      const frame = someFrame(channel, random);
      compare(both, frame, changed(frame, random), seed);
    }
  });
}

test('both forms of the decoder say the same of control frames and undecoded channels', () => {
  const both = bothDecoders();
  for (const frame of CONTROL) compare(both, frame, ENCODER.encode(frame), 0);
  for (let seed = 1; seed <= PER_CHANNEL; seed++) {
    const random = randomOf(seed);
    const frame = random.pick(CONTROL);
    compare(both, frame, changed(frame, random), seed);
  }
});

test('most generated frames are said, so that the comparison is about something', () => {
  const both = bothDecoders();
  const said = { events: 0, failures: 0 };
  for (const { channel } of CHANNEL_LAYOUTS) {
    for (let seed = 1; seed <= 50; seed++) {
      for (const line of both(ENCODER.encode(someFrame(channel, randomOf(seed)))).production) {
        if (line === 'decodeFailure') said.failures++;
        else said.events++;
      }
    }
  }
  expect(said.events).toBeGreaterThan(20 * said.failures);
});
