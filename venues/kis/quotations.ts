import { isNight, kstMoment, nightMoment } from './kst-clock.ts';

/** What a poll may be told by the configuration (`options`) and by the moment. */
export interface QuotationSettings {
  readonly options: Readonly<Record<string, string>>;
  readonly nowMs: number;
}

/** One REST call for market data: an entry here is all that a new data type needs on both sides of the protocol. */
export interface Quotation {
  /** What the configuration calls the poll; absent for what is only served. */
  readonly poll?: string;
  /** What records and decoders call it. */
  readonly endpoint: string;
  readonly trId: string;
  readonly path: string;
  /** Whether the mock host has it. */
  readonly isOnMock: boolean;
  readonly intervalMs: number;
  readonly callsPerSecondMax?: number;
  /** Pages read of one answer (`tr_cont`); bars page by date and hour instead. */
  readonly pagesMax: number;
  /** The query for one target: a symbol, a maturity, a class code. */
  params(target: string, settings: QuotationSettings): Readonly<Record<string, string>>;
  /** Query fields that tell one answer of this type from another, by the name they get in the record's meta. */
  readonly identity: Readonly<Record<string, string>>;
}

const STOCK = '/uapi/domestic-stock/v1/quotations/';
const DERIVATIVE = '/uapi/domestic-futureoption/v1/quotations/';
const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const INTERVAL_MS = 2 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;
const PAGES_MAX = 10;
/** The class of KOSPI 200 is an empty text on the wire; a configuration may name it. */
const KOSPI200_CLASS = 'KOSPI200';
const SYMBOL = { symbol: 'FID_INPUT_ISCD', market: 'FID_COND_MRKT_DIV_CODE' };

/** Every type of market data that is asked for by REST. Field names and values as the portal documents them. */
export const QUOTATIONS: readonly Quotation[] = [
  {
    poll: 'stock-minute',
    endpoint: 'stock-minute-bars',
    trId: 'FHKST03010200',
    path: `${STOCK}inquire-time-itemchartprice`,
    isOnMock: true,
    intervalMs: INTERVAL_MS,
    pagesMax: 1,
    params: (symbol, settings) => ({
      ...stock(symbol, settings),
      FID_INPUT_HOUR_1: kstMoment(settings.nowMs).time,
      FID_PW_DATA_INCU_YN: 'Y',
      FID_ETC_CLS_CODE: '',
    }),
    identity: SYMBOL,
  },
  {
    poll: 'stock-past-minute',
    endpoint: 'stock-past-minute-bars',
    trId: 'FHKST03010230',
    path: `${STOCK}inquire-time-dailychartprice`,
    isOnMock: false,
    intervalMs: HOUR_MS,
    pagesMax: 1,
    params: (symbol, settings) => ({
      ...stock(symbol, settings),
      FID_INPUT_HOUR_1: kstMoment(settings.nowMs).time,
      FID_INPUT_DATE_1: kstMoment(settings.nowMs).date,
      FID_PW_DATA_INCU_YN: 'Y',
      FID_FAKE_TICK_INCU_YN: '',
    }),
    identity: SYMBOL,
  },
  {
    poll: 'stock-price',
    endpoint: 'stock-price',
    trId: 'FHKST01010100',
    path: `${STOCK}inquire-price`,
    isOnMock: true,
    intervalMs: INTERVAL_MS,
    pagesMax: 1,
    params: stock,
    identity: SYMBOL,
  },
  {
    endpoint: 'product-info',
    trId: 'CTPF1604R',
    path: `${STOCK}search-info`,
    isOnMock: false,
    intervalMs: DAY_MS,
    pagesMax: 1,
    params: (symbol, { options }) => ({ PDNO: symbol, PRDT_TYPE_CD: options.productType ?? '300' }),
    identity: { symbol: 'PDNO' },
  },
  {
    poll: 'holidays',
    endpoint: 'holidays',
    trId: 'CTCA0903R',
    path: `${STOCK}chk-holiday`,
    isOnMock: false,
    intervalMs: DAY_MS,
    pagesMax: 1,
    params: (_, { nowMs }) => ({ BASS_DT: kstMoment(nowMs).date, CTX_AREA_NK: '', CTX_AREA_FK: '' }),
    identity: {},
  },
  {
    poll: 'derivative-minute',
    endpoint: 'derivative-minute-bars',
    trId: 'FHKIF03020200',
    path: `${DERIVATIVE}inquire-time-fuopchartprice`,
    isOnMock: false,
    intervalMs: INTERVAL_MS,
    pagesMax: 1,
    params: derivativeBars,
    identity: { ...SYMBOL, intervalSeconds: 'FID_HOUR_CLS_CODE' },
  },
  {
    poll: 'derivative-price',
    endpoint: 'derivative-price',
    trId: 'FHMIF10000000',
    path: `${DERIVATIVE}inquire-price`,
    isOnMock: true,
    intervalMs: INTERVAL_MS,
    pagesMax: 1,
    params: derivative,
    identity: SYMBOL,
  },
  {
    poll: 'derivative-book',
    endpoint: 'derivative-book',
    trId: 'FHMIF10010000',
    path: `${DERIVATIVE}inquire-asking-price`,
    isOnMock: true,
    intervalMs: INTERVAL_MS,
    pagesMax: 1,
    params: derivative,
    identity: SYMBOL,
  },
  {
    poll: 'option-board',
    endpoint: 'option-board',
    trId: 'FHPIF05030100',
    path: `${DERIVATIVE}display-board-callput`,
    isOnMock: false,
    intervalMs: INTERVAL_MS,
    callsPerSecondMax: 1,
    pagesMax: 1,
    params: (maturity, { options }) => ({
      FID_COND_MRKT_DIV_CODE: 'O',
      FID_COND_SCR_DIV_CODE: '20503',
      FID_MRKT_CLS_CODE: 'CO',
      FID_MTRT_CNT: maturity,
      FID_MRKT_CLS_CODE1: 'PO',
      FID_COND_MRKT_CLS_CODE: classOf(options.class ?? ''),
    }),
    identity: { maturity: 'FID_MTRT_CNT', market: 'FID_COND_MRKT_CLS_CODE' },
  },
  {
    poll: 'futures-board',
    endpoint: 'futures-board',
    trId: 'FHPIF05030200',
    path: `${DERIVATIVE}display-board-futures`,
    isOnMock: false,
    intervalMs: INTERVAL_MS,
    pagesMax: PAGES_MAX,
    params: (target) => ({
      FID_COND_MRKT_DIV_CODE: 'F',
      FID_COND_SCR_DIV_CODE: '20503',
      FID_COND_MRKT_CLS_CODE: classOf(target),
    }),
    identity: { market: 'FID_COND_MRKT_CLS_CODE' },
  },
  {
    poll: 'expiry-list',
    endpoint: 'expiry-list',
    trId: 'FHPIO056104C0',
    path: `${DERIVATIVE}display-board-option-list`,
    isOnMock: false,
    intervalMs: HOUR_MS,
    pagesMax: PAGES_MAX,
    params: (target) => ({
      FID_COND_SCR_DIV_CODE: '509',
      FID_COND_MRKT_DIV_CODE: '',
      FID_COND_MRKT_CLS_CODE: classOf(target),
    }),
    identity: { market: 'FID_COND_MRKT_CLS_CODE' },
  },
];

const BY_ENDPOINT: ReadonlyMap<string, Quotation> = new Map(QUOTATIONS.map((quotation) => [quotation.endpoint, quotation]));
const BY_PATH: ReadonlyMap<string, Quotation> = new Map(QUOTATIONS.map((quotation) => [quotation.path, quotation]));

export function quotationOf(endpoint: string): Quotation | undefined {
  return BY_ENDPOINT.get(endpoint);
}

export function quotationAt(path: string): Quotation | undefined {
  return BY_PATH.get(path);
}

/** The identity of a query, by its names in meta. */
export function identityOf(quotation: Quotation, query: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(quotation.identity).map(([name, field]) => [name, query[field] ?? '']));
}

function stock(symbol: string, { options }: QuotationSettings): Readonly<Record<string, string>> {
  return { FID_COND_MRKT_DIV_CODE: options.market ?? 'J', FID_INPUT_ISCD: symbol };
}

function derivative(symbol: string, settings: QuotationSettings): Readonly<Record<string, string>> {
  return { FID_COND_MRKT_DIV_CODE: derivativeMarket(symbol, settings), FID_INPUT_ISCD: symbol };
}

function derivativeBars(symbol: string, settings: QuotationSettings): Readonly<Record<string, string>> {
  const market = derivativeMarket(symbol, settings);
  const { date, time } = market === 'CM' || market === 'EU' ? nightMoment(settings.nowMs) : kstMoment(settings.nowMs);
  return {
    FID_COND_MRKT_DIV_CODE: market,
    FID_INPUT_ISCD: symbol,
    FID_HOUR_CLS_CODE: settings.options.intervalSeconds ?? '60',
    FID_PW_DATA_INCU_YN: 'Y',
    FID_FAKE_TICK_INCU_YN: 'N',
    FID_INPUT_DATE_1: date,
    FID_INPUT_HOUR_1: time,
  };
}

/**
 * F and O by day, CM and EU by night: futures and spreads, options. Only index products can be told by their code; those on stocks
 * and commodities (JF, JO, CF) are named by the configuration (`market`).
 */
function derivativeMarket(symbol: string, { options, nowMs }: QuotationSettings): string {
  if (options.market !== undefined) return options.market;
  const isOption = /^[BC23]/.test(symbol);
  if (isNight(nowMs)) return isOption ? 'EU' : 'CM';
  return isOption ? 'O' : 'F';
}

function classOf(target: string): string {
  return target === KOSPI200_CLASS ? '' : target;
}
