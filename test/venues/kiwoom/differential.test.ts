import { expect, test } from 'vitest';
import { encodeTrades } from '../../../venues/kiwoom/encode.ts';
import { type Random, randomOf } from '../../seeds.ts';
import { fuzzCount, mutateBytes, respell } from '../frame-mutation.ts';
import { aTradeFrame, bothForms, hasKiwoomData, NOON_US, readKiwoom } from './kiwoom-frames.ts';

const ENCODER = new TextEncoder();
const ORDER =
  '{"data":[{"values":{"9201":"0000000000","9001":"005930","913":"체결","302":"삼성전자","908":"115708","10":"-258000"},"type":"00","name":"주문체결","item":"005930"}],"trnm":"REAL"}';

/** Real frames where they are, and some that the capture lacks. */
function seedFrames(): readonly string[] {
  const made = [
    aTradeFrame({}),
    aTradeFrame({ '15': ' 12', '27': '-258000', '28': '-257500', '9081': '1' }),
    aTradeFrame({ '10': ' ', '15': '', '851': ' 0.00' }),
    ORDER,
    '{"trnm":"REG","return_code":100013,"return_msg":"로그인"}',
    '{"trnm":"SYSTEM","code":"R10001","message":"x"}',
    '{"trnm":"CNSRLST","return_code":"0","data":[["0","a"]]}',
    new TextDecoder().decode(encodeTrades([{ symbol: 'A', venueTimeUs: NOON_US, price: 10.5, size: 3, side: 1, cumulativeVolume: 9 }])),
  ];
  return hasKiwoomData ? [...readKiwoom('intraday'), ...readKiwoom('offhours')].map((line) => line.text).concat(made) : made;
}

function changed(frame: string, random: Random): Uint8Array {
  if (random.chance(0.5)) return mutateBytes(ENCODER.encode(frame), random);
  const respelled = ENCODER.encode(respell(JSON.parse(frame), random));
  return random.chance(0.2) ? mutateBytes(respelled, random) : respelled;
}

test('the production decoder says the same as the reference on every frame', () => {
  for (const frame of seedFrames()) {
    const { production, reference } = bothForms(ENCODER.encode(frame));
    expect(production, frame).toEqual(reference);
  }
});

test('the production decoder says the same as the reference on changed frames', () => {
  const frames = seedFrames();
  for (let seed = 1; seed <= fuzzCount(20_000); seed++) {
    const random = randomOf(seed);
    const bytes = changed(random.pick(frames), random);
    const { production, reference } = bothForms(bytes);
    if (production.join('\n') !== reference.join('\n')) {
      expect(production, `seed ${seed}: ${new TextDecoder().decode(bytes)}`).toEqual(reference);
    }
  }
});
