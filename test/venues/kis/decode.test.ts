import { describe, expect, test } from 'vitest';
import { aFrame, aRow, decodeFrames, fieldsOf, kst, reading, readingsOf } from './kis-frames.ts';

const NONE = Number.NaN;
/** 11:56:28, the time that made-up rows have, on the day of their receive time. */
const ROW_US = kst('2026-09-22T11:56:28');

/** A frame of 46 fields, in the manner of the portal's example. */
const STOCK_TRADE =
  '0|H0STCNT0|001|005930^093354^71900^5^-100^-0.14^72023.83^72100^72400^71700^71900^71800^1^3052507^219853241700^5105^6937^1832^84.90^' +
  '1366314^1159996^1^0.39^20.28^090020^5^-200^090820^5^-500^092619^2^200^20260922^20^N^65945^216924^1118750^2199206^0.05^2424142^125.92^0^^72100';

describe('trades', () => {
  test('a stock trade is the print, the best prices and a reading with the rest', () => {
    const read = decodeFrames(STOCK_TRADE);
    const time = kst('2026-09-22T09:33:54');
    expect(read.calls.slice(0, 3)).toEqual([
      ['trade', '005930', time, 71900, 1, 1, '', 3052507, 'regular'],
      ['quote', '005930', time, 71800, 216924, 71900, 65945, NONE],
      ['readingBegin', '005930', time, 'H0STCNT0'],
    ]);
    expect(readingsOf(read)).toEqual({
      direction_code: 5,
      change: -100,
      change_percent: -0.14,
      average_price: 72023.83,
      open_price: 72100,
      high_price: 72400,
      low_price: 71700,
      cumulative_value: 219853241700,
      sell_trades: 5105,
      buy_trades: 6937,
      net_buy_trades: 1832,
      trade_strength: 84.9,
      sell_volume: 1366314,
      buy_volume: 1159996,
      buy_share_percent: 0.39,
      volume_percent_of_previous_day: 20.28,
      open_hhmmss: 90020,
      direction_code_from_open: 5,
      change_from_open: -200,
      high_hhmmss: 90820,
      direction_code_from_high: 5,
      change_from_high: -500,
      low_hhmmss: 92619,
      direction_code_from_low: 2,
      change_from_low: 200,
      operation_code: 20,
      is_halted: 0,
      total_ask_size: 1118750,
      total_bid_size: 2199206,
      turnover_percent: 0.05,
      volume_same_time_previous_day: 2424142,
      volume_percent_of_same_time_previous_day: 125.92,
      hour_code: 0,
      volatility_reference_price: 72100,
    });
  });

  test('the class of a trade is its side: 1 bought, 5 sold, 3 an auction', () => {
    const sides = ['1', '5', '3', ''].map(
      (code) => decodeFrames(aFrame('H0STCNT0', { STCK_PRPR: '10', CNTG_VOL: '2', CCLD_DVSN: code })).of('trade')[0],
    );
    expect(sides.map((call) => [call![5], call![8]])).toEqual([
      [1, 'regular'],
      [-1, 'regular'],
      [0, 'auction'],
      [0, 'regular'],
    ]);
  });

  test('block and basket trades are off the book', () => {
    const conditions = ['20', '21', '22', '23', '2', ''].map(
      (code) =>
        decodeFrames(aFrame('H0STCNT0', { STCK_PRPR: '10', CNTG_VOL: '2', CCLD_DVSN: '1', NEW_MKOP_CLS_CODE: code })).of('trade')[0]![8],
    );
    expect(conditions).toEqual(['regular', 'regular', 'off-book', 'off-book', 'regular', 'regular']);
  });

  test('a class that no table has is drift, once', () => {
    const frame = aFrame('H0STCNT0', { STCK_PRPR: '10', CNTG_VOL: '2', CCLD_DVSN: '7' });
    expect(decodeFrames(frame, frame).of('drift')).toEqual([['drift', 'H0STCNT0', 'CCLD_DVSN 7 is not in the table']]);
  });

  test('a record without a print says its price and volume in the reading', () => {
    const read = decodeFrames(aFrame('H0STCNT0', { STCK_PRPR: '71900', CNTG_VOL: '0', ACML_VOL: '12', BIDP1: '71800' }));
    expect(read.of('trade')).toEqual([]);
    expect(read.of('quote').length).toBe(1);
    expect(readingsOf(read)).toMatchObject({ price: 71900, size: 0, cumulative_volume: 12 });
  });

  test('other exchanges have symbols of their own', () => {
    const symbols = ['H0STCNT0', 'H0NXCNT0', 'H0UNCNT0'].map(
      (channel) => decodeFrames(aFrame(channel, { STCK_PRPR: '1', CNTG_VOL: '1' })).of('trade')[0]![1],
    );
    expect(symbols).toEqual(['005930', '005930_NX', '005930_UN']);
  });

  test('the price of a future stands behind its change', () => {
    const texts = {
      FUTS_SHRN_ISCD: 'A01612',
      FUTS_PRDY_VRSS: '-3.20',
      FUTS_PRPR: '1080.30',
      LAST_CNQN: '3',
      ACML_VOL: '90',
      HTS_OTST_STPL_QTY: '250000',
    };
    const best = { FUTS_ASKP1: '1080.35', FUTS_BIDP1: '1080.30', ASKP_RSQN1: '4', BIDP_RSQN1: '5', MRKT_BASIS: '0.71', HTS_THPR: '1079.9' };
    const read = decodeFrames(aFrame('H0IFCNT0', { ...texts, ...best, DYNM_PRC_LIMT_YN: 'N', DYNM_MXPR: '1100.1' }));
    expect(read.calls.slice(0, 2)).toEqual([
      ['trade', 'A01612', ROW_US, 1080.3, 3, 0, '', 90, 'regular'],
      ['quote', 'A01612', ROW_US, 1080.3, 5, 1080.35, 4, NONE],
    ]);
    expect(readingsOf(read)).toEqual({
      change: -3.2,
      theoretical_price: 1079.9,
      market_basis: 0.71,
      open_interest: 250000,
      total_ask_size: 0,
      total_bid_size: 0,
      dynamic_upper_limit_price: 1100.1,
      has_dynamic_limit: 0,
    });
  });

  test('an option trade carries its greeks, volatility as a fraction', () => {
    const greeks = { DELTA: '0.5123', GAMA: '0.0021', VEGA: '1.02', THETA: '-0.33', RHO: '0.11', HTS_INTS_VLTL: '23.45' };
    const texts = {
      OPTN_SHRN_ISCD: 'B01612A40',
      OPTN_PRPR: '12.35',
      LAST_CNQN: '1',
      ACML_VOL: '7',
      HTS_THPR: '12.2',
      HTS_OTST_STPL_QTY: '900',
    };
    const read = decodeFrames(
      aFrame('H0EUCNT0', { ...greeks, ...texts, OPTN_BIDP1: '12.3', BIDP_RSQN1: '8', DYNM_PRC_LIMT_YN: 'Y', DYNM_LLAM: '1.5' }),
    );
    expect(read.calls).toEqual([
      ['trade', 'B01612A40', ROW_US, 12.35, 1, 0, '', 7, 'regular'],
      ['quote', 'B01612A40', ROW_US, 12.3, 8, NONE, NONE, NONE],
      [
        'optionQuote',
        'B01612A40',
        ROW_US,
        23.45 / 100,
        NONE,
        NONE,
        0.5123,
        0.0021,
        -0.33,
        1.02,
        0.11,
        12.2,
        NONE,
        900,
        12.3,
        8,
        NONE,
        NONE,
      ],
      ['readingBegin', 'B01612A40', ROW_US, 'H0EUCNT0'],
      ['readingValue', 'total_ask_size', 0],
      ['readingValue', 'total_bid_size', 0],
      ['readingValue', 'has_dynamic_limit', 1],
      ['readingValue', 'dynamic_lower_limit_price', 1.5],
      ['readingEnd'],
    ]);
  });

  test('the words for nothing are no values', () => {
    const read = decodeFrames(
      aFrame('H0EUCNT0', { OPTN_PRPR: '1', LAST_CNQN: '1', DELTA: '-nan', GAMA: 'nan', VEGA: '(null)', THETA: '', ESDG: ' ' }),
    );
    expect(read.of('optionQuote')[0]!.slice(6, 10)).toEqual([NONE, NONE, NONE, NONE]);
    expect([...read.of('drift'), ...read.of('decodeFailure')]).toEqual([]);
  });

  test('a night trade belongs to the day nearest to its receive time', () => {
    const read = reading();
    read.frame(aFrame('H0MFCNT0', { BSOP_HOUR: '235959', FUTS_PRPR: '1', LAST_CNQN: '1' }), kst('2026-09-23T00:00:01'));
    read.frame(aFrame('H0MFCNT0', { BSOP_HOUR: '000002', FUTS_PRPR: '1', LAST_CNQN: '1' }), kst('2026-09-22T23:59:59'));
    read.frame(aFrame('H0MFCNT0', { BSOP_HOUR: '011400', FUTS_PRPR: '1', LAST_CNQN: '1' }), kst('2026-09-23T01:14:02'));
    expect(read.of('trade').map((call) => call[2])).toEqual([
      kst('2026-09-22T23:59:59'),
      kst('2026-09-23T00:00:02'),
      kst('2026-09-23T01:14:00'),
    ]);
  });

  test('the date of a stock trade counts, not the day it was received', () => {
    const read = reading();
    read.frame(aFrame('H0STCNT0', { STCK_PRPR: '1', CNTG_VOL: '1', BSOP_DATE: '20260921' }), kst('2026-09-22T06:00:00'));
    expect(read.of('trade')[0]![2]).toBe(kst('2026-09-21T11:56:28'));
  });
});

describe('books', () => {
  test('every one of the 38 fields of a night option book comes out', () => {
    const numbers = fieldsOf('H0EUASP0').slice(2);
    const values = numbers.map((_, index) => String(index + 1));
    const read = decodeFrames(`0|H0EUASP0|001|B01612A40^115628^${values.join('^')}`);
    expect(read.calls).toEqual([
      ['bookBegin', 'B01612A40', ROW_US, true, 'replace', NONE, NONE, NONE],
      ...[0, 1, 2, 3, 4].map((level) => ['bookLevel', 1, 6 + level, 26 + level, 16 + level, NONE]),
      ...[0, 1, 2, 3, 4].map((level) => ['bookLevel', -1, 1 + level, 21 + level, 11 + level, NONE]),
      ['bookTotals', 34, 33, 32, 31, 36, 35, NONE, NONE],
      ['bookEnd'],
    ]);
  });

  test('a price of 0 is no level, and no expected price is no auction', () => {
    const texts = {
      ASKP1: '72000',
      ASKP_RSQN1: '5',
      BIDP1: '71900',
      BIDP_RSQN1: '7',
      ANTC_CNPR: '0',
      ANTC_CNTG_VRSS: '-72000',
      ANTC_CNTG_PRDY_CTRT: '-100.00',
    };
    const read = decodeFrames(aFrame('H0STASP0', { ...texts, HOUR_CLS_CODE: '0', MARKET_CLS_CODE: '2' }));
    expect(read.of('bookLevel')).toEqual([
      ['bookLevel', 1, 71900, 7, NONE, NONE],
      ['bookLevel', -1, 72000, 5, NONE, NONE],
    ]);
    expect(read.of('auction')).toEqual([]);
    expect(readingsOf(read)).toEqual({
      hour_code: 0,
      market_code: 2,
      after_hours_ask_size: 0,
      after_hours_bid_size: 0,
      after_hours_ask_size_change: 0,
      after_hours_bid_size_change: 0,
    });
  });

  test('an expected price is an auction, with what is expected of it', () => {
    const texts = {
      HOUR_CLS_CODE: 'A',
      ANTC_CNPR: '72100',
      ANTC_CNQN: '1500',
      ANTC_VOL: '90',
      ANTC_CNTG_VRSS: '100',
      ANTC_CNTG_VRSS_SIGN: '2',
    };
    const read = decodeFrames(aFrame('H0STASP0', texts));
    expect(read.of('auction')).toEqual([['auction', '005930', ROW_US, 72100, 1500]]);
    expect(readingsOf(read)).toMatchObject({ hour_code: 10, expected_volume: 90, expected_change: 100, expected_direction_code: 2 });
  });

  test('ten levels are read wherever the channel puts the second five', () => {
    const read = decodeFrames(
      aFrame('H0ZOASP0', { OPTN_ASKP1: '1', ASKP_RSQN1: '2', OPTN_ASKP10: '9', ASKP_RSQN10: '8', ASKP_CSNU10: '7' }),
    );
    expect(read.of('bookLevel')).toEqual([
      ['bookLevel', -1, 1, 2, 0, NONE],
      ['bookLevel', -1, 9, 8, 7, NONE],
    ]);
  });

  test('a price without a size fails the record, a size without a price is drift', () => {
    expect(decodeFrames(aFrame('H0IFASP0', { FUTS_BIDP1: '5', BIDP_RSQN1: '' })).of('decodeFailure')).toEqual([
      ['decodeFailure', 'H0IFASP0', 'record 1 of 1: BIDP_RSQN1: expected the size of a level that has a price'],
    ]);
    expect(decodeFrames(aFrame('H0IFASP0', { BIDP_RSQN2: '5' })).of('drift')).toEqual([
      ['drift', 'H0IFASP0', 'BIDP_RSQN2: a size without a price'],
    ]);
  });
});

describe('auctions and market operation', () => {
  test('an expected price of a night option is an auction', () => {
    const read = decodeFrames(
      aFrame('H0EUANC0', { ANTC_CNPR: '3.15', ANTC_CNQN: '40', ANTC_MKOP_CLS_CODE: '311', ANTC_CNTG_VRSS: '-0.05' }),
    );
    expect(read.of('auction')).toEqual([['auction', '005930', ROW_US, 3.15, 40]]);
    expect(readingsOf(read)).toEqual({ expected_operation_code: 311, expected_change: -0.05 });
    expect(decodeFrames(aFrame('H0EUANC0', { ANTC_CNPR: '3.15' }, 7)).of('auction')).toEqual([['auction', '005930', ROW_US, 3.15, NONE]]);
    expect(decodeFrames(aFrame('H0EUANC0', { ANTC_CNPR: '0.00', ANTC_CNTG_VRSS: '-3.2' })).calls).toEqual([]);
  });

  test('a phase is said with the code that the venue sends, known or not', () => {
    const read = decodeFrames(aFrame('H0STMKO0', { TRHT_YN: 'N', MKOP_CLS_CODE: 'AB1', VI_CLS_CODE: 'N', ISCD_STAT_CLS_CODE: '55' }));
    expect(read.of('status')).toEqual([['status', '005930', NONE, 'phase', false, 'AB1', NONE]]);
    expect(readingsOf(read)).toEqual({ issue_status_code: 55 });
  });

  test('restrictions are said while they last and once when they end, ends first', () => {
    const status = (halted: string, interrupted: string, width = 11) =>
      aFrame(
        'H0STMKO0',
        { TRHT_YN: halted, TR_SUSP_REAS_CNTT: halted === 'Y' ? '공시' : '(null)', VI_CLS_CODE: interrupted, OVTM_VI_CLS_CODE: 'N' },
        width,
      );
    const read = decodeFrames(
      status('N', 'N'),
      status('N', 'Y'),
      status('Y', 'N', 10),
      status('Y', 'N'),
      status('N', 'N'),
      status('N', 'N'),
    );
    expect(read.of('status').map((call) => call.slice(3, 6))).toEqual([
      ['volatility-interruption', true, 'Y'],
      ['volatility-interruption', false, 'N'],
      ['halt', true, '공시'],
      ['halt', true, '공시'],
      ['halt', false, ''],
    ]);
  });

  test('the unified channel has the symbol in front, whatever its page says', () => {
    const read = decodeFrames('0|H0UNMKO0|001|000660^N^(null)^112^^^^^N^N');
    expect(read.of('status')).toEqual([['status', '000660_UN', NONE, 'phase', false, '112', NONE]]);
  });
});

describe('notices', () => {
  const NOTICE = {
    CUST_ID: '0000',
    ACNT_NO: '0000000000',
    ODER_NO: '0000012345',
    STCK_SHRN_ISCD: '005930',
    STCK_CNTG_HOUR: '115628',
    CNTG_UNPR: '000071900',
  };

  test('a decrypted notice is a fill or an order, with every field as printed', () => {
    const fill = decodeFrames(aFrame('H0STCNI0', { ...NOTICE, CNTG_YN: '2', CNTG_ISNM40: '삼성전자' }).replace('0|', '1|'));
    expect(fill.calls[0]).toEqual(['noticeBegin', 'fill', '005930', ROW_US]);
    expect(fill.of('noticeField').map((call) => call[1])).toEqual(fieldsOf('H0STCNI0'));
    expect(fill.of('noticeField')).toContainEqual(['noticeField', 'CNTG_UNPR', '000071900']);
    expect(fill.of('noticeField')).toContainEqual(['noticeField', 'CNTG_ISNM40', '삼성전자']);
    expect(decodeFrames(aFrame('H0EUCNI0', { ...NOTICE, STCK_SHRN_ISCD: 'B01612A40', CNTG_YN: '1' })).calls[0]).toEqual([
      'noticeBegin',
      'order',
      'B01612A40',
      ROW_US,
    ]);
  });

  test('a notice that nobody decrypted is a failure that says so', () => {
    expect(decodeFrames('1|H0STCNI0|001|aGVsbG8gd29ybGQ=').calls).toEqual([
      ['decodeFailure', 'H0STCNI0', 'the notice was recorded without being decrypted'],
    ]);
  });
});

describe('frames', () => {
  test('every record of a frame comes out, and a bad one does not stop the others', () => {
    const row = (price: string, time = '115628') => aRow('H0STCNT0', { STCK_PRPR: price, CNTG_VOL: '1', STCK_CNTG_HOUR: time });
    const read = decodeFrames(`0|H0STCNT0|004|${[row('1'), row('2', '996199'), row('x'), row('4')].join('^')}`);
    expect(read.of('trade').map((call) => call[3])).toEqual([1, 4]);
    expect(read.of('decodeFailure').map((call) => call[2])).toEqual([
      'record 2 of 4: STCK_CNTG_HOUR: expected HHMMSS, found "996199"',
      'record 3 of 4: STCK_PRPR: expected a number, found "x"',
    ]);
  });

  test('each known width is read by its own layout, without drift', () => {
    for (const [channel, widths] of Object.entries({
      H0STCNT0: [46, 47],
      H0STASP0: [59, 62, 63],
      H0UNASP0: [65, 66],
      H0MFCNT0: [46, 49],
      H0EUCNT0: [53, 56],
    })) {
      for (const width of widths) {
        const read = decodeFrames(
          aFrame(channel, { STCK_PRPR: '5', FUTS_PRPR: '5', OPTN_PRPR: '5', CNTG_VOL: '1', LAST_CNQN: '1', MARKET_CLS_CODE: '2' }, width),
        );
        expect([...read.of('drift'), ...read.of('decodeFailure')], `${channel} ${width}`).toEqual([]);
        expect(read.calls.length, `${channel} ${width}`).toBeGreaterThan(2);
      }
    }
  });

  test('a wider frame is read by the longest layout that fits, and is drift once', () => {
    const row = `${aRow('H0STCNT0', { STCK_PRPR: '5', CNTG_VOL: '1' })}^new^`;
    const read = decodeFrames(`0|H0STCNT0|002|${row}^${row}`, `0|H0STCNT0|001|${row}`);
    expect(read.of('trade').length).toBe(3);
    expect(read.of('drift')).toEqual([['drift', 'H0STCNT0', '49 fields a record: the first 47 are read, 2 are not known']]);
  });

  test('what is not divisible by its count, narrower, or has no count is a failure', () => {
    const row = aRow('H0STCNT0', { STCK_PRPR: '5', CNTG_VOL: '1' }, 46);
    const failures = [
      `0|H0STCNT0|003|${row}^${row}`,
      `0|H0STCNT0|001|${row.slice(0, row.lastIndexOf('^'))}`,
      `0|H0STCNT0|000|${row}`,
      `0|H0STCNT0|1x|${row}`,
      '0|H0STCNT0|001',
    ];
    for (const frame of failures) {
      const { calls } = decodeFrames(frame);
      expect(
        calls.map((call) => call[0]),
        frame,
      ).toEqual(['decodeFailure']);
    }
  });

  test('an optional field that cannot be read is drift, and the record comes out', () => {
    const read = decodeFrames(aFrame('H0STCNT0', { STCK_PRPR: '5', CNTG_VOL: '1', CTTR: '1e5', TRHT_YN: 'X', BSOP_DATE: '20261301' }));
    expect(read.of('trade').length).toBe(1);
    expect(read.of('drift').map((call) => call[2])).toEqual([
      'CTTR: expected a number, found "1e5"',
      'BSOP_DATE: expected YYYYMMDD, found "20261301"',
      'TRHT_YN: expected Y or N, found "X"',
    ]);
  });

  test('channels whose decoder is not written are counted, and unknown ones are drift besides', () => {
    expect(decodeFrames('0|H0STPGM0|001|005930^1').calls).toEqual([['undecoded', 'H0STPGM0']]);
    expect(decodeFrames('0|H0ZZZZZ0|001|1').calls).toEqual([
      ['undecoded', 'H0ZZZZZ0'],
      ['drift', '', 'TR id "H0ZZZZZ0" is not in the table'],
    ]);
  });

  test('bytes that are no UTF-8 do not stop a frame', () => {
    const bytes = new TextEncoder().encode(aFrame('H0STMKO0', { TRHT_YN: 'Y', TR_SUSP_REAS_CNTT: '@@', MKOP_CLS_CODE: '112' }));
    bytes.fill(0xb0, bytes.indexOf(0x40), bytes.indexOf(0x40) + 1);
    expect(
      decodeFrames(bytes)
        .of('status')
        .map((call) => call[5]),
    ).toEqual(['112', '\ufffd@']);
  });

  test('PINGPONG, acknowledgements and rejections say nothing; a code that no table has is drift', () => {
    const answer = (code: string) => `{"header":{"tr_id":"H0STCNT0"},"body":{"rt_cd":"1","msg_cd":"${code}","msg1":"some words"}}`;
    const ping = '{"header":{"tr_id":"PINGPONG","datetime":"20260922115628"}}';
    expect(decodeFrames(ping, answer('OPSP0000'), answer('OPSP8996'), answer('OPSP0011')).calls).toEqual([]);
    expect(decodeFrames(answer('OPSP7777')).calls).toEqual([['drift', '', 'msg_cd OPSP7777: some words']]);
    expect(decodeFrames('{"a":1}').calls).toEqual([['undecoded', '']]);
    expect(decodeFrames('hello').of('decodeFailure').length).toBe(1);
  });
});
