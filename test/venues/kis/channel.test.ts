import { expect, test } from 'vitest';
import { kisChannelOf } from '../../../venues/kis/channel.ts';
import {
  encodeDerivativeBars,
  encodeDerivativeBook,
  encodeDerivativePrice,
  encodeFuturesBoard,
  encodeOptionBoard,
  encodeStockBars,
} from '../../../venues/kis/index.ts';
import { NOON_US } from './kis-frames.ts';

function channel(payload: string | Uint8Array): string {
  const body = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
  const bytes = new Uint8Array(body.length + 8).fill(0x7c);
  bytes.set(body, 4);
  return kisChannelOf(bytes, 4, body.length + 4);
}

test('a data frame is labelled by its TR id, known or not', () => {
  expect(channel('0|H0STCNT0|001|005930^1')).toBe('H0STCNT0');
  expect(channel('1|H0STCNI0|001|aGVsbG8=')).toBe('H0STCNI0');
  expect(channel('0|HDFSCNT0|001|x')).toBe('HDFSCNT0');
});

test('control frames are labelled by what they do', () => {
  expect(channel('{"header":{"tr_id":"PINGPONG","datetime":"20260922115630"}}')).toBe('PINGPONG');
  expect(channel('{"header":{"tr_id":"H0STCNT0"},"body":{"rt_cd":"0","msg_cd":"OPSP0000"}}')).toBe('ack');
  expect(channel('{"header":{"tr_id":"H0STCNT0"},"body":{"rt_cd":"0","msg_cd":"OPSP0001"}}')).toBe('ack');
  expect(channel('{"body":{"rt_cd":"9","msg_cd":"OPSP8996"}}')).toBe('reject');
  expect(channel('{"header":{"approval_key":"x","tr_type":"1"},"body":{"input":{"tr_id":"H0STCNT0"}}}')).toBe('subscribe');
  expect(channel(' {"header" : {"tr_type" : "2"}}')).toBe('unsubscribe');
});

test('REST bodies are labelled by the keys that only they have', () => {
  const option = { impliedVolatility: 0.2, delta: 0, gamma: 0, theta: 0, vega: 0, rho: 0, theoreticalPrice: 1, openInterest: 1 };
  const bar = { openTimeUs: NOON_US, open: 1, high: 1, low: 1, close: 1, volume: 1, dayValue: 1 };
  expect(channel(encodeStockBars([bar]))).toBe('FHKST03010200');
  expect(channel(encodeDerivativeBars([bar]))).toBe('FHKIF03020200');
  expect(channel(encodeOptionBoard([{ symbol: 'B01612A40', strike: 1, option }], []))).toBe('FHPIF05030100');
  expect(channel(encodeFuturesBoard([{ symbol: 'A01612', name: 'F' }]))).toBe('FHPIF05030200');
  expect(channel(encodeDerivativePrice({ name: 'F', lastTradeDate: '20261210' }))).toBe('FHMIF10000000');
  expect(channel(encodeDerivativeBook({ venueTimeUs: NOON_US, bids: [], asks: [] }))).toBe('FHMIF10010000');
  expect(channel('{"access_token":"x"}')).toBe('token');
  expect(channel('{"approval_key":"x"}')).toBe('approval');
});

test('what tells no channel has the empty label', () => {
  for (const text of [
    '',
    '0',
    '0|',
    '0|H0STCNT0',
    '0|h0stcnt0|001|',
    `0|${'A'.repeat(17)}|1|`,
    '[]',
    '{}',
    '{"tr_id"',
    '{"rt_cd":"1","msg_cd":"EGW00201"}',
  ]) {
    expect(channel(text), text).toBe('');
  }
});
