import { expect, test } from 'vitest';
import { channelOf } from '../../../venues/coincall/label.ts';
import { documentedFrames, hasDocuments, WHY_SKIPPED } from './frames.ts';

const ENCODER = new TextEncoder();

function labelOf(text: string): string {
  const bytes = ENCODER.encode(`{"dt":5,${text}{"dt":6,`);
  return channelOf(bytes, 8, bytes.length - 8);
}

test.each([
  ['{"dt":5,"c":20,"d":{', 'orderBook'],
  ['{"dt":131,"c":20,"d":{', 'quoteReceived'],
  ['{"dt":58,"c":20,"d":{}}', ''],
  ['{"dt":5', ''],
  ['{"c":20,"dt":30,"d":{"s":"BTCUSD"}}', 'spotPrice'],
  [' {"d":{},"dt":4}', 'tOption'],
  ['{"c":11,"rc":1}', 'heartbeat'],
  ['{"c":11}', 'heartbeat'],
  ['{"action":"heartbeat"}', 'heartbeat'],
  ['pong', 'heartbeat'],
  ['{"action":"unSubscribe","dataType":"kline","payload":{}}', 'unsubscribe'],
  ['{"action":"SUBSCRIBE","dataType":"rfqMaker","result":"success"}', 'subscribe'],
  ['{"code":0,"msg":"Success","data":[{"symbolName":"X","expirationTimestamp":1}]}', 'instruments'],
  ['{"code":0,"msg":"Success","data":[{"ticker_id":"BTC-USD","product_type":"Perpetual"}]}', 'instruments'],
  ['{"code":0,"msg":"success","data":[{"symbol":"BTCUSD","displayName":"BTC-PERP","quoteToken":"USD"}]}', 'symbols'],
  ['{"code":0,"msg":"Success","data":{"optionConfig":{},"futuresConfig":{}}}', 'config'],
  ['{"code":0,"msg":null,"data":{"serverTime":1687250525704}}', 'server-time'],
  ['{"code":10006,"msg":"Sign illegal","data":null}', 'rest'],
  ['{"message":"too many request"}', 'error'],
  ['{}', ''],
  ['', ''],
  ['[1]', ''],
])('%s is told as %j', (text, label) => {
  expect(labelOf(text)).toBe(label);
});

test.skipIf(!hasDocuments)('every documented channel has the label that the venue gives it', () => {
  for (const { product, code, name, text } of documentedFrames()) if (product !== 'spot' && code >= 0) expect(labelOf(text)).toBe(name);
});

if (!hasDocuments) test.skip(WHY_SKIPPED, () => undefined);
