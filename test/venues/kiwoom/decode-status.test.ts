import { describe, expect, test } from 'vitest';
import { aRealFrame, aVolatilityFrame, decodeFrames, NOON_US } from './kiwoom-frames.ts';

const UNSENT = Number.NaN;
/** 11:14:54 and 11:17:03 in Korea, on the day of `NOON_US`. */
const TRIGGERED_US = NOON_US - (41 * 60 + 36) * 1_000_000;
const RELEASED_US = NOON_US - (39 * 60 + 27) * 1_000_000;

describe('best prices (0C)', () => {
  test('both prices are a quote without sizes and without a time', () => {
    const recorded = decodeFrames([aRealFrame('0C', { '27': '-20800', '28': '+20700' })]);
    expect(recorded.calls).toEqual([
      ['quote', '005930', UNSENT, 20_700, UNSENT, 20_800, UNSENT, UNSENT],
      ['readingBegin', '005930', UNSENT, '0C'],
      ['readingValue', 'ask_price', 20_800],
      ['readingValue', 'bid_price', 20_700],
      ['readingEnd'],
    ]);
  });

  test('a side without a price leaves a reading only', () => {
    expect(decodeFrames([aRealFrame('0C', { '27': '0', '28': '+20700' })]).calls.map(([method]) => method)).toEqual([
      ...['readingBegin', 'readingValue', 'readingValue', 'readingEnd'],
    ]);
    expect(decodeFrames([aRealFrame('0C', { '27': '', '28': ' ' })]).calls).toEqual([]);
    expect(decodeFrames([aRealFrame('0C', { '27': '1' })]).calls).toEqual([['decodeFailure', '0C', 'FID 28 is missing']]);
  });
});

describe('volatility interruptions (1h)', () => {
  test('an interruption restricts its instrument from the trigger on', () => {
    const recorded = decodeFrames([aVolatilityFrame()]);
    expect(recorded.of('status')).toEqual([['status', '005930', TRIGGERED_US, 'volatility-interruption', true, '1', 4125]]);
  });

  test('the same row with a release time ends it', () => {
    const recorded = decodeFrames([aVolatilityFrame({ '1224': '111703', '9068': '3' }, '005930_AL')]);
    expect(recorded.of('status')).toEqual([['status', '005930_AL', RELEASED_US, 'volatility-interruption', false, '3', 4125]]);
  });

  test('an empty release time is none, and without an item FID 9001 names the instrument', () => {
    const recorded = decodeFrames([aVolatilityFrame({ '1224': '', '9001': ' 000660' }, '')]);
    expect(recorded.of('status')[0]!.slice(1, 5)).toEqual(['000660', TRIGGERED_US, 'volatility-interruption', true]);
  });

  test('its numbers are a reading, its names are not', () => {
    const texts = { '302': '삼성전자', '1225': '정적', '1279': '+정적' };
    const values = {
      '9008': '101',
      '9075': '1',
      '9069': '2',
      '1236': '3750',
      '1237': '0',
      '1238': '-10.00',
      '1489': '+10.00',
      '1490': '1',
    };
    const recorded = decodeFrames([aVolatilityFrame({ ...texts, ...values })]);
    expect(recorded.of('drift')).toEqual([]);
    expect(Object.fromEntries(recorded.of('readingValue').map(([, name, value]) => [name, value]))).toEqual({
      ...{ kind_code: 1, market_code: 101, session_code: 1, trigger_price: 4125, triggered_hhmmss: 111_454, released_hhmmss: 0 },
      ...{ static_reference_price: 3750, dynamic_reference_price: 0, static_gap_percent: -10, trigger_price_change_percent: 10 },
      ...{ count_today: 1, direction_code: 2 },
    });
  });

  test('a row that does not say when, which kind or at what price is a failure', () => {
    for (const fid of ['9001', '9068', '1221', '1223', '1224']) {
      expect(decodeFrames([aVolatilityFrame({ [fid]: undefined })]).calls).toEqual([['decodeFailure', '1h', `FID ${fid} is missing`]]);
    }
    for (const values of [{ '1223': '250000' }, { '1223': '' }, { '1224': '1117' }, { '1224': 'x' }]) {
      expect(
        decodeFrames([aVolatilityFrame(values)]).calls.map(([method]) => method),
        JSON.stringify(values),
      ).toEqual(['decodeFailure']);
    }
    expect(decodeFrames([aVolatilityFrame({ '9001': ' ' }, '')]).calls[0]!.slice(0, 2)).toEqual(['decodeFailure', '1h']);
  });
});

describe('market phases (0s)', () => {
  test('a phase is about the whole market, with the code as printed, and restricts nothing', () => {
    for (const code of ['3', 'b', 'W', 'unheard of']) {
      const recorded = decodeFrames([aRealFrame('0s', { '215': ` ${code}`, '20': '115630', '214': '000000' }, '')]);
      expect(recorded.calls).toEqual([['status', -1, NOON_US, 'phase', false, code, UNSENT]]);
    }
  });

  test('a phase without a code or a time is a failure', () => {
    for (const values of [{ '20': '115630' }, { '215': ' ', '20': '115630' }, { '215': '3' }, { '215': '3', '20': '' }]) {
      expect(decodeFrames([aRealFrame('0s', values, '')]).calls.map((call) => call.slice(0, 2))).toEqual([['decodeFailure', '0s']]);
    }
  });
});

describe('condition search (02 and CNSRREQ)', () => {
  const values = { '841': '4', '9001': '005930', '843': 'I', '20': '115630', '907': '2' };

  test('an instrument that enters or leaves the result is a reading of it', () => {
    expect(decodeFrames([aRealFrame('02', values)]).calls).toEqual([
      ['readingBegin', '005930', NOON_US, '02'],
      ['readingValue', 'inserted', 1],
      ['readingValue', 'condition_number', 4],
      ['readingValue', 'side_code', 2],
      ['readingEnd'],
    ]);
    const left = decodeFrames([aRealFrame('02', { ...values, '843': 'D', '9001': '000660' }, '')]);
    expect(left.calls.slice(0, 2)).toEqual([
      ['readingBegin', '000660', NOON_US, '02'],
      ['readingValue', 'inserted', 0],
    ]);
  });

  test('anything but I or D is a failure', () => {
    const recorded = decodeFrames([aRealFrame('02', { ...values, '843': 'X' })]);
    expect(recorded.calls).toEqual([['decodeFailure', '02', 'FID 843: expected I or D, found "X"']]);
  });

  test('the result of a search with real time says its instruments', () => {
    const frame = { trnm: 'CNSRREQ', seq: '4', return_code: 0, data: ['A005930', '', 'A0001A0', 'F70100'].map((jmcode) => ({ jmcode })) };
    const recorded = decodeFrames([JSON.stringify(frame)]);
    expect(recorded.of('readingBegin').map((call) => call.slice(1))).toEqual([
      ['005930', UNSENT, 'CNSRREQ'],
      ['0001A0', UNSENT, 'CNSRREQ'],
      ['F70100', UNSENT, 'CNSRREQ'], // no letter in front of a code
    ]);
    expect(recorded.of('readingValue').slice(0, 2)).toEqual([
      ['readingValue', 'inserted', 1],
      ['readingValue', 'condition_number', 4],
    ]);
    expect(recorded.of('decodeFailure').length).toBe(1);
  });

  test('the result of a search without real time says prices too', () => {
    const row = {
      '9001': 'A005930',
      '302': '삼성전자',
      '10': '000075000',
      '25': '5',
      '11': '-00000100',
      '12': '-00000130',
      '13': '010386116',
    };
    const recorded = decodeFrames([JSON.stringify({ trnm: 'CNSRREQ', seq: '2  ', cont_yn: 'N', return_code: 0, data: [row] })]);
    expect(Object.fromEntries(recorded.of('readingValue').map(([, name, value]) => [name, value]))).toEqual({
      ...{ inserted: 1, condition_number: 2, price: 75_000, direction_code: 5, change: -100, change_percent_times_1000: -130 },
      cumulative_volume: 10_386_116,
    });
  });

  test('an empty result says nothing, a refused search is drift', () => {
    const refused = '{"trnm":"CNSRREQ","return_code":900002,"return_msg":"no list yet"}';
    expect(decodeFrames(['{"trnm":"CNSRREQ","return_code":0,"seq":"4"}', refused]).calls).toEqual([
      ['drift', 'CNSRREQ', 'return_code 900002: no list yet'],
    ]);
  });
});
