import { plainDecimal } from '#domain';

/** One stock of the venue's list. */
export interface KiwoomStock {
  /** Without a suffix. */
  readonly code: string;
  readonly name: string;
  /** Whether it trades on NXT too. */
  readonly isOnNxt: boolean;
  readonly previousClose?: number;
}

const ENCODER = new TextEncoder();
const DONE = { return_code: 0, return_msg: '정상적으로 처리되었습니다' };
const PRICE_DIGITS = 8;

/** The body that answers ka10099 (all stocks of a market). */
export function encodeStockList(stocks: readonly KiwoomStock[]): Uint8Array {
  return ENCODER.encode(JSON.stringify({ ...DONE, list: stocks.map(stockFields) }));
}

/** The body that answers ka10100 (one stock of the list). */
export function encodeStock(stock: KiwoomStock): Uint8Array {
  return ENCODER.encode(JSON.stringify({ ...stockFields(stock), ...DONE }));
}

function stockFields({ code, name, isOnNxt, previousClose = 0 }: KiwoomStock): Readonly<Record<string, string>> {
  return {
    code,
    name,
    lastPrice: plainDecimal(previousClose).padStart(PRICE_DIGITS, '0'),
    marketCode: '0',
    marketName: '거래소',
    orderWarning: '0',
    nxtEnable: isOnNxt ? 'Y' : 'N',
  };
}
