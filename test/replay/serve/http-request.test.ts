import { expect, test } from 'vitest';
import { parseQuery } from '../../../replay/serve/http-request.ts';

test.each([
  ['a=1&b=two', { a: '1', b: 'two' }],
  ['streams=btcusdt%40trade/ethusdt@depth', { streams: 'btcusdt@trade/ethusdt@depth' }],
  // Keys of Coincall are base64 and put into the query as they are.
  ['apiKey=ab+c/d==&ts=1', { apiKey: 'ab+c/d==', ts: '1' }],
  ['name=%ED%95%9C%20%EA%B8%80', { name: '한 글' }],
  ['bad=%zz&empty=&alone', { bad: '%zz', empty: '', alone: '' }],
  ['twice=1&&twice=2', { twice: '2' }],
  ['', {}],
])('the query %s is read as it was meant', (text, query) => {
  expect(parseQuery(text)).toEqual(query);
});
