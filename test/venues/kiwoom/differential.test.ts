import { expect, test } from 'vitest';
import { BOOK } from '../../../venues/kiwoom/book-fids.ts';
import { encodeTrades } from '../../../venues/kiwoom/encode.ts';
import { encodeBooks } from '../../../venues/kiwoom/encode-book.ts';
import { encodeStockList } from '../../../venues/kiwoom/encode-stock.ts';
import { type Random, randomOf } from '../../seeds.ts';
import { mutateBytes, respell } from '../frame-mutation.ts';
import { mutationCount, mutationTally } from '../mutation-tally.ts';
import { aBookFrame, aRealFrame, aTradeFrame, aVolatilityFrame, bothForms, hasKiwoomData, NOON_US, readKiwoom } from './kiwoom-frames.ts';

/** Changed frames in all; `TAPEDECK_MUTATIONS=300000` searches longer. */
const MUTATIONS = mutationCount(6_000);
const TALLY = mutationTally('kiwoom');
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const ORDER =
  '{"data":[{"values":{"9201":"0000000000","9001":"005930","913":"체결","302":"삼성전자","908":"115708","10":"-258000"},"type":"00","name":"주문체결","item":"005930"}],"trnm":"REAL"}';

interface SeedFrame {
  readonly text: string;
  /** Of a REST body. */
  readonly meta?: string;
}

/** Frames that the capture lacks: every channel with its variants, control frames, REST bodies. */
function madeFrames(): readonly SeedFrame[] {
  const made = [
    aTradeFrame({}),
    aTradeFrame({ '15': ' 12', '27': '-258000', '28': '-257500', '9081': '1' }),
    aTradeFrame({ '10': ' ', '15': '', '851': ' 0.00', '29': '-4167722708811' }),
    ORDER,
    DECODER.decode(encodeTrades([{ symbol: 'A', venueTimeUs: NOON_US, price: 10.5, size: 3, side: 1, cumulativeVolume: 9 }])),
    ...bookFrames(),
    aRealFrame('0C', { '27': '-20800', '28': '+20700' }),
    aVolatilityFrame({ '302': '삼성전자', '1225': '정적', '1238': '+10.00' }),
    aVolatilityFrame({ '1224': '111703' }, ''),
    aRealFrame('0s', { '215': 'b', '20': '170000', '214': '000000' }, ''),
    aRealFrame('02', { '841': '4', '9001': '005930', '843': 'I', '20': '115630', '907': '2' }),
    aRealFrame('0w', { '10': '1' }),
    '{"trnm":"REG","return_code":100013,"return_msg":"로그인"}',
    '{"trnm":"SYSTEM","code":"R10001","message":"x"}',
    '{"trnm":"CNSRLST","return_code":"0","data":[["0","a"]]}',
    '{"trnm":"CNSRREQ","seq":"4","return_code":0,"data":[{"jmcode":"A005930"},{"9001":"A000660","10":"000021850","12":"-00000130"}]}',
  ].map((text) => ({ text }));
  return [...made, ...restBodies()];
}

function bookFrames(): readonly string[] {
  const levels = (step: number) =>
    Array.from({ length: 10 }, (_, index) => ({ price: 20_750 + step * index, size: 100 + index, change: step - index }));
  const book = { symbol: '005930_AL', venueTimeUs: NOON_US, bids: levels(-50), asks: levels(50), totalBidSize: 900, totalAskSize: 800 };
  const readings = Object.fromEntries(BOOK.fields.map(({ fid, name }) => [name, fid]));
  const own = { ...readings, operation_code_ascii: 0x62 };
  return [
    aBookFrame({
      '41': '-20800',
      '61': '82',
      '51': '-20700',
      '71': '23847',
      '121': '5',
      '23': '0',
      '24': '0',
      '291': '+20750',
      '292': '8',
    }),
    DECODER.decode(encodeBooks([{ ...book, previousClose: 20_700 }])),
    DECODER.decode(encodeBooks([{ ...book, readings: own, isDocumentedLayout: true }])),
  ];
}

function restBodies(): readonly SeedFrame[] {
  const list = DECODER.decode(encodeStockList([{ code: '005930', name: '삼성전자', isOnNxt: true }]));
  return [
    { text: list, meta: '{"apiId":"ka10099"}' },
    { text: '{"code":"005930","name":"x","nxtEnable":"Y","return_code":0}', meta: '{"apiId":"ka10100"}' },
    { text: '{"stk_cd":"005930_NX","stk_nm":"x","return_code":"0"}', meta: '{"apiId":"ka10001"}' },
    { text: '{"return_code":5,"return_msg":"[1700]"}', meta: '{"apiId":"ka10080"}' },
    { text: '{"token":"0","return_code":0}', meta: '{"apiId":"au10001"}' },
  ];
}

/** Real frames where they are, and those that were made. */
function seedFrames(): readonly SeedFrame[] {
  const recorded = hasKiwoomData ? [...readKiwoom('intraday').slice(0, 20), ...readKiwoom('offhours')].map(({ text }) => ({ text })) : [];
  return [...madeFrames(), ...recorded];
}

function changed(frame: string, random: Random): Uint8Array {
  if (random.chance(0.5)) return mutateBytes(ENCODER.encode(frame), random);
  const respelled = ENCODER.encode(respell(JSON.parse(frame), random));
  return random.chance(0.2) ? mutateBytes(respelled, random) : respelled;
}

test('the production decoder says the same as the reference on every frame', () => {
  const recorded = hasKiwoomData ? readKiwoom('intraday').map(({ text }): SeedFrame => ({ text })) : [];
  for (const { text, meta } of [...madeFrames(), ...recorded]) {
    const { production, reference } = bothForms(ENCODER.encode(text), meta);
    expect(production, text).toEqual(reference);
  }
});

test('the production decoder says the same as the reference on changed frames', () => {
  const frames = seedFrames();
  for (let seed = 1; seed <= MUTATIONS; seed++) {
    const random = randomOf(seed);
    const { text, meta } = random.pick(frames);
    const bytes = changed(text, random);
    const { production, reference } = bothForms(bytes, meta);
    if (production.join('\n') !== reference.join('\n')) {
      expect(production, `seed ${seed}, ${meta ?? 'frame'}: ${DECODER.decode(bytes)}`).toEqual(reference);
    }
    TALLY.add(ENCODER.encode(text), bytes, production);
  }
});
