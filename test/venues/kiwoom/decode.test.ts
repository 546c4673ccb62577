import { describe, expect, test } from 'vitest';
import { SymbolTable } from '#domain';
import { createKiwoomDecoder } from '../../../venues/kiwoom/decode.ts';
import { recordedSink, type SinkCall } from '../recorded-sink.ts';
import { aRealFrame, aTradeFrame, decodeFrames, frameRecord, hasKiwoomData, kiwoomExpected, NOON_US, readKiwoom } from './kiwoom-frames.ts';

const ENCODER = new TextEncoder();

interface Trade {
  readonly symbol: string;
  readonly venueTimeUs: number;
  readonly price: number;
  readonly size: number;
  readonly side: number;
  readonly tradeId: string;
  readonly cumulativeVolume: number;
  readonly condition: string;
}

function tradeOf(call: SinkCall): Trade {
  const [, symbol, venueTimeUs, price, size, side, tradeId, cumulativeVolume, condition] = call;
  return { symbol, venueTimeUs, price, size, side, tradeId, cumulativeVolume, condition } as Trade;
}

function trades(frames: readonly string[], receivedAtUs = NOON_US): readonly Trade[] {
  return decodeFrames(frames, receivedAtUs).of('trade').map(tradeOf);
}

function readings(frame: string): Record<string, unknown> {
  return Object.fromEntries(
    decodeFrames([frame])
      .of('readingValue')
      .map(([, name, value]) => [name, value]),
  );
}

describe.skipIf(!hasKiwoomData)('recorded frames', () => {
  const lines = hasKiwoomData ? readKiwoom('intraday').filter((line) => line.direction === 'in') : [];
  const decoded = lines.map((line) => ({ line, recorded: decodeFrames([line.text], line.receivedAtUs) }));
  const withTrades = decoded.filter(({ recorded }) => recorded.of('trade').length > 0);

  test('70 REAL frames hold 87 trades, with the rows per frame that were counted by hand', () => {
    const expected = kiwoomExpected();
    expect(withTrades.length).toBe(expected.real_0B_frames);
    expect(withTrades.reduce((sum, { recorded }) => sum + recorded.of('trade').length, 0)).toBe(expected.rows_0B);
    const rowsPerFrame: Record<string, number> = {};
    for (const { recorded } of withTrades) {
      const rows = recorded.of('trade').length;
      rowsPerFrame[rows] = (rowsPerFrame[rows] ?? 0) + 1;
    }
    expect(rowsPerFrame).toEqual(expected.rows_per_frame);
  });

  test('nothing is a failure, undecoded or drift', () => {
    for (const { recorded } of decoded) {
      expect([...recorded.of('decodeFailure'), ...recorded.of('undecoded'), ...recorded.of('drift')]).toEqual([]);
    }
  });

  test('cumulative volume rises by the size of each trade within a segment', () => {
    for (const segment of ['A', 'B']) {
      const rows = withTrades.filter(({ line }) => line.segment === segment).flatMap(({ recorded }) => recorded.of('trade').map(tradeOf));
      expect(rows.length).toBeGreaterThan(30);
      for (let i = 1; i < rows.length; i++) expect(rows[i]!.cumulativeVolume - rows[i - 1]!.cumulativeVolume).toBe(rows[i]!.size);
    }
  });

  test('minutes of the venue clock have the volume and value that were counted by hand', () => {
    const sums: Record<string, { volume: number; value: number; rows: number }> = {};
    for (const { line, recorded } of withTrades) {
      for (const trade of recorded.of('trade').map(tradeOf)) {
        const minute = new Date(trade.venueTimeUs / 1000 + 9 * 3_600_000).toISOString().slice(11, 16).replace(':', '');
        sums[`${line.segment} ${minute}`] ??= { volume: 0, value: 0, rows: 0 };
        const sum = sums[`${line.segment} ${minute}`]!;
        sum.volume += trade.size;
        sum.value += trade.size * trade.price;
        sum.rows += 1;
      }
    }
    const expected = kiwoomExpected().minute_candles_by_FID20 as Record<string, { volume: number; value: number; rows: number }>;
    for (const [key, { volume, value, rows }] of Object.entries(expected)) expect(sums[key]).toEqual({ volume, value, rows });
    expect(Object.keys(sums).length).toBe(Object.keys(expected).length);
  });

  test('every row says a trade, a quote and a reading of its other fields, in this order', () => {
    const order = decoded[3]!.recorded.calls.map(([method]) => method).filter((method) => method !== 'readingValue');
    expect(order).toEqual(['trade', 'quote', 'readingBegin', 'readingEnd']);
    const names = new Set(decoded[3]!.recorded.of('readingValue').map(([, name]) => name));
    expect(names.size).toBe(42); // 43 fields, of which FID 20 is the venue time
  });

  test('an accepted order and its fill are notices with all fields', () => {
    const notices = decoded.flatMap(({ recorded }) => recorded.of('noticeBegin'));
    expect(notices.map(([, kind, symbol]) => [kind, symbol])).toEqual([
      ['order', '005930'],
      ['fill', '005930'],
    ]);
    const fields = decoded.flatMap(({ recorded }) => recorded.of('noticeField'));
    expect(fields.length).toBe(70);
    expect(fields).toContainEqual(['noticeField', 'fill_price', '258000']);
    expect(fields).toContainEqual(['noticeField', 'order_state', '체결']);
  });

  test('a registration before the login is counted as a refusal by name', () => {
    const recorded = decodeFrames(
      readKiwoom('offhours')
        .filter((line) => line.direction === 'in')
        .map((line) => line.text),
    );
    const refused = recorded.of('drift').map(([, channel, detail]) => [channel, String(detail).slice(0, 19)]);
    expect(refused).toEqual([
      ['REG', 'return_code 100013:'],
      ['REG', 'return_code 100013:'],
    ]);
    expect(recorded.calls.length).toBe(2);
  });
});

describe('trades', () => {
  test('the sign of the price is a direction and the sign of the size the side of the taker', () => {
    expect(trades([aTradeFrame({})])[0]).toEqual({
      symbol: '005930',
      venueTimeUs: NOON_US - 12_000_000,
      price: 257_750,
      size: 19,
      side: -1,
      tradeId: '',
      cumulativeVolume: 7_198_927,
      condition: 'regular',
    });
    expect(trades([aTradeFrame({ '10': '+258000', '15': '+3' })])[0]).toMatchObject({ price: 258_000, size: 3, side: 1 });
  });

  test('a size without a sign is a trade of a call auction', () => {
    expect(trades([aTradeFrame({ '10': ' 67300', '15': ' 450' })])[0]).toMatchObject({
      price: 67_300,
      size: 450,
      side: 0,
      condition: 'auction',
    });
  });

  test('the suffix of the exchange stays part of the symbol', () => {
    expect(trades([aTradeFrame({}, '005930_NX'), aTradeFrame({}, '005930_AL')]).map((trade) => trade.symbol)).toEqual([
      '005930_NX',
      '005930_AL',
    ]);
  });

  test('the date of a time of day is the one nearest to the receive time', () => {
    const afterMidnightUs = NOON_US + 12 * 3_600_000_000 + 210_000_000; // 00:00:00 the next day in Korea
    expect(trades([aTradeFrame({ '20': '235959' })], afterMidnightUs)[0]!.venueTimeUs).toBe(afterMidnightUs - 1_000_000);
    expect(trades([aTradeFrame({ '20': '000001' })], afterMidnightUs)[0]!.venueTimeUs).toBe(afterMidnightUs + 1_000_000);
  });

  test('a row without a size or a price above 0 is a reading only', () => {
    for (const values of [{ '15': '' }, { '15': '+0' }, { '15': ' 0' }, { '10': ' ' }, { '10': '-0' }]) {
      const recorded = decodeFrames([aTradeFrame(values)]);
      expect(recorded.of('trade')).toEqual([]);
      expect(recorded.of('readingEnd').length, JSON.stringify(values)).toBe(1);
      expect(recorded.of('decodeFailure')).toEqual([]);
    }
  });

  test('a quote needs both best prices above 0', () => {
    const both = decodeFrames([aTradeFrame({ '27': '-258000', '28': '+257500' })]).of('quote');
    expect(both).toEqual([['quote', '005930', NOON_US - 12_000_000, 257_500, Number.NaN, 258_000, Number.NaN, Number.NaN]]);
    expect(decodeFrames([aTradeFrame({ '27': ' 0', '28': '-257500' })]).of('quote')).toEqual([]);
    expect(decodeFrames([aTradeFrame({ '28': '-257500' })]).of('quote')).toEqual([]);
  });

  test('readings have names, real signs where the sign counts, and nothing for empty fields', () => {
    const values = {
      '228': '89.62',
      '12': '-4.18',
      '17': '-261000',
      '1315': '-19',
      '1316': ' 0',
      '851': '',
      '9081': 'NXT',
      '1032': '-47.26',
    };
    expect(readings(aTradeFrame(values))).toMatchObject({
      trade_strength: 89.62,
      change_percent: -4.18,
      high_price: 261_000,
      signed_size: -19,
      signed_sell_size: -19,
      signed_buy_size: 0,
      exchange_code: 2,
      buy_share_percent: 47.26,
    });
    expect(Object.keys(readings(aTradeFrame(values)))).not.toContain('volume_ratio_same_time_previous_day');
  });

  test('several rows of one frame come out in their order, and a bad one costs only itself', () => {
    const rows = ['+1', 'x', '-2', '+3'].map((size) => JSON.parse(aTradeFrame({ '15': size })).data[0]);
    const recorded = decodeFrames([JSON.stringify({ data: rows, trnm: 'REAL' })]);
    expect(recorded.of('trade').map((call) => call[4])).toEqual([1, 2, 3]);
    expect(recorded.of('decodeFailure')).toEqual([['decodeFailure', '0B', 'FID 15: expected a number, found "x"']]);
  });

  test('a frame of many rows says each with its own numbers', () => {
    const rows = Array.from({ length: 40 }, (_, index) => JSON.parse(aTradeFrame({ '15': `+${index + 1}` })).data[0]);
    const recorded = decodeFrames([JSON.stringify({ data: rows, trnm: 'REAL' })]);
    expect(recorded.of('trade').map((call) => call[4])).toEqual(rows.map((_, index) => index + 1));
  });

  test('keys in any order, white space and escapes are read like the wire order', () => {
    const turned =
      ' {"trnm" : "REAL",\n"data":[{"item":"\\u0030\\u00305930","type":"0B","values":{ "13":"9", "15":"+\\u0035" ,"10":"7","\\u00320":"115618"}}]} ';
    expect(trades([turned])[0]).toMatchObject({ symbol: '005930', price: 7, size: 5, side: 1, cumulativeVolume: 9 });
  });
});

describe('what is not as promised', () => {
  test('a missing field that a trade needs is a failure that names it', () => {
    for (const fid of ['20', '10', '15', '13']) {
      const recorded = decodeFrames([aTradeFrame({ [fid]: undefined })]);
      expect(recorded.calls).toEqual([['decodeFailure', '0B', `FID ${fid} is missing`]]);
    }
    expect(decodeFrames([aTradeFrame({ '20': '' })]).calls).toEqual([['decodeFailure', '0B', 'FID 20: expected HHMMSS, found ""']]);
    expect(decodeFrames([aTradeFrame({}, '')]).calls).toEqual([['decodeFailure', '0B', 'a row has no item']]);
  });

  test('a key with a leading zero is another key', () => {
    const frame = aTradeFrame({}).replace('"10":', '"010":"5","10":');
    expect(decodeFrames([frame]).of('drift')).toEqual([['drift', '0B', 'FID 010 is not in the table']]);
    expect(trades([frame])[0]!.price).toBe(257_750);
    const last = aTradeFrame({}).replace('},"type"', ',"010":"5"},"type"');
    expect(trades([last])[0]!.price).toBe(257_750);
  });

  test('an unknown field is drift, and the row is read', () => {
    const recorded = decodeFrames([aTradeFrame({ '7777': '1', '913': 'x', abc: 3 })]);
    expect(recorded.of('drift').map((call) => call[2])).toEqual([
      'FID 7777 is not in the table',
      'FID 913 is not in the table',
      'FID abc is not in the table',
    ]);
    expect(recorded.of('trade').length).toBe(1);
  });

  test('a field that a trade does not need and that is no number is drift and left out', () => {
    const recorded = decodeFrames([aTradeFrame({ '691': 'abc', '311': 5 })]);
    expect(recorded.of('drift').map((call) => call[2])).toEqual([
      'FID 311: expected a number, found no text',
      'FID 691: expected a number, found "abc"',
    ]);
    expect(recorded.of('trade').length).toBe(1);
  });

  test('a row of another type is counted as undecoded', () => {
    const rows = [{ values: {}, type: '0J', item: '001' }, JSON.parse(aTradeFrame({})).data[0], { type: '04' }];
    const recorded = decodeFrames([JSON.stringify({ data: rows, trnm: 'REAL' })]);
    expect(recorded.of('undecoded')).toEqual([
      ['undecoded', '0J'],
      ['undecoded', '04'],
    ]);
    expect(recorded.of('trade').length).toBe(1);
    expect(recorded.of('drift')).toEqual([]);
  });

  test('a type that nobody documented is counted as undecoded and told', () => {
    expect(decodeFrames([aRealFrame('9Z', {})]).calls).toEqual([
      ['undecoded', '9Z'],
      ['drift', 'REAL', 'type "9Z" is not in the table'],
    ]);
  });

  test('a frame that is cut, or followed by more bytes, says nothing but a failure', () => {
    const frame = aTradeFrame({});
    for (const bad of [frame.slice(0, -1), `${frame}x`, '', '[]', '7', frame.replace('"15"', '15'), frame.replace('-19', '-1\n9')]) {
      const recorded = decodeFrames([bad]);
      expect(
        recorded.calls.map(([method]) => method),
        bad,
      ).toEqual(['decodeFailure']);
    }
  });

  test('REAL without a list of rows, and rows without type or values, are failures', () => {
    for (const bad of [
      '{"trnm":"REAL"}',
      '{"trnm":"REAL","data":{}}',
      '{"trnm":"REAL","data":[5]}',
      '{"trnm":"REAL","data":[{"type":"0B","item":"A"}]}',
    ]) {
      expect(
        decodeFrames([bad]).calls.map(([method]) => method),
        bad,
      ).toEqual(['decodeFailure']);
    }
  });
});

describe('control frames', () => {
  test('acknowledgements and PING say nothing', () => {
    const frames = [
      '{"trnm":"LOGIN","return_code":0,"return_msg":"","sor_yn":"Y"}',
      '{"trnm":"REG","return_code":0}',
      '{"trnm":"REMOVE","return_code":"0"}',
      '{"trnm":"CNSRLST","return_code":0,"data":[["0","a"]]}',
      '{"trnm":"CNSRCLR","return_code":0,"seq":"4"}',
    ];
    expect(decodeFrames([...frames, '{"trnm":"PING"}', 'PING']).calls).toEqual([]);
  });

  test('refusals and SYSTEM notices are counted by name', () => {
    const frames = [
      '{"trnm":"LOGIN","return_code":805002,"return_msg":"no token"}',
      '{"trnm":"SYSTEM","code":"R10001","message":"same app key"}',
    ];
    expect(decodeFrames(frames).calls).toEqual([
      ['drift', 'LOGIN', 'return_code 805002: no token'],
      ['drift', 'SYSTEM', 'code R10001: same app key'],
    ]);
  });

  test('other kinds and REST bodies are undecoded, a reply without a code is a failure', () => {
    const frames = ['{"trnm":"OTHER","return_code":0,"data":[]}', '{"token":"x","return_code":0}', '{"trnm":"LOGIN"}'];
    expect(decodeFrames(frames).calls.map((call) => call.slice(0, 2))).toEqual([
      ['undecoded', 'OTHER'],
      ['undecoded', ''],
      ['decodeFailure', 'LOGIN'],
    ]);
  });

  test('what was sent is not decoded', () => {
    const symbols = new SymbolTable();
    const recorded = recordedSink(symbols);
    const record = frameRecord(ENCODER.encode(aTradeFrame({})), NOON_US);
    record.kind = 'frame-out';
    createKiwoomDecoder(recorded.sink, symbols).decode(record);
    expect(recorded.calls).toEqual([]);
  });
});
