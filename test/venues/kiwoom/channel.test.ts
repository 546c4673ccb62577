import { expect, test } from 'vitest';
import { kiwoomChannelOf } from '../../../venues/kiwoom/channel.ts';
import { aTradeFrame, hasKiwoomData, readKiwoom } from './kiwoom-frames.ts';

function channel(text: string): string {
  const bytes = new TextEncoder().encode(`..${text}}}`);
  return kiwoomChannelOf(bytes, 2, bytes.length - 2);
}

test('a REAL frame is labelled by the type of its first row, wherever its keys stand', () => {
  expect(channel(aTradeFrame({}))).toBe('0B');
  expect(channel('{"trnm":"REAL","data":[{"type":"0D","values":{"type":"no"}},{"type":"0B"}]}')).toBe('0D');
  expect(channel(' { "data" : [ {"values":{},"item":"","type":"1h"} ] , "trnm" : "REAL" } ')).toBe('1h');
});

test('other frames are labelled by trnm, even with a list of data', () => {
  expect(channel('{"trnm":"LOGIN","return_code":0}')).toBe('LOGIN');
  expect(channel('{"data":[["0","name"]],"return_code":0,"trnm":"CNSRLST"}')).toBe('CNSRLST');
  expect(channel('{"data":[{"type":"0B"}],"trnm":"REG"}')).toBe('REG');
  expect(channel('PING')).toBe('PING');
});

test('what tells no channel has the empty label', () => {
  for (const text of ['', '[]', 'null', '{}', '{"trnm":7}', '{"token":"x"}', '{"trnm"', '{"data":[]}', '{,', '{"a" 1}']) {
    expect(channel(text), text).toBe('');
  }
});

test('a frame that was cut keeps the label that is already known', () => {
  expect(channel('{"data":[{"values":{},"type":"0B","name":"x"},{"val')).toBe('0B');
});

test.skipIf(!hasKiwoomData)('recorded frames have the labels of the capture', () => {
  const counts: Record<string, number> = {};
  for (const { direction, text } of readKiwoom('intraday'))
    if (direction === 'in') counts[channel(text)] = (counts[channel(text)] ?? 0) + 1;
  expect(counts).toEqual({ LOGIN: 1, REG: 2, PING: 2, '0B': 70, '00': 2 });
});
