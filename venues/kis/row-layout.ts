import { assertNever } from '#domain';
import { type FieldReading, fieldMeaning } from './fields.ts';
import { CHANNEL_LAYOUTS, type ChannelLayouts } from './layouts.ts';

/** Fields of the widest record, and one more that no record fills. */
export const COLUMNS_MAX = 128;
/** The column of a field that a layout does not have: its value is always NaN. */
export const ABSENT = COLUMNS_MAX - 1;

/** What `RowLayout.reads` holds. */
export const READ_NUMBER = 0;
export const READ_CODE = 1;
export const READ_FLAG = 2;
export const READ_TIME = 3;
export const READ_DATE = 4;
export const READ_SYMBOL = 5;
export const READ_TEXT = 6;
const READS: Readonly<Record<FieldReading, number>> = {
  number: READ_NUMBER,
  code: READ_CODE,
  flag: READ_FLAG,
  time: READ_TIME,
  date: READ_DATE,
  symbol: READ_SYMBOL,
  text: READ_TEXT,
};

/** Where one side of a book is: columns of its levels, best first. */
export interface SideColumns {
  readonly side: 1 | -1;
  readonly price: Int32Array;
  readonly size: Int32Array;
  readonly orders: Int32Array;
}

/** Where the fields of a record are, by what they mean; `ABSENT` for those that the layout lacks. One shape for all channels. */
export interface RowLayout {
  readonly channel: string;
  readonly fields: readonly string[];
  readonly reads: Uint8Array;
  /** 1 for a field that makes the record bad when it cannot be read; any other is left out and told as drift. */
  readonly isRequired: Uint8Array;
  readonly symbol: number;
  readonly time: number;
  readonly date: number;
  readonly price: number;
  readonly size: number;
  readonly volume: number;
  readonly tradeClass: number;
  readonly operation: number;
  readonly isOption: boolean;
  readonly volatility: number;
  readonly delta: number;
  readonly gamma: number;
  readonly theta: number;
  readonly vega: number;
  readonly rho: number;
  readonly theory: number;
  readonly openInterest: number;
  readonly bids: SideColumns;
  readonly asks: SideColumns;
  readonly bidTotal: number;
  readonly askTotal: number;
  readonly bidOrders: number;
  readonly askOrders: number;
  readonly bidChange: number;
  readonly askChange: number;
  readonly expectedPrice: number;
  readonly expectedSize: number;
  readonly halted: number;
  /** Numbers that no other event of the record says. */
  readonly reading: Int32Array;
  readonly readingNames: readonly string[];
  /**
   * The same, but only at times: of a trade channel what the print says, when a record has none; of the others what is expected, while
   * there is an expected price (without one the venue fills these fields with the difference to nothing).
   */
  readonly otherReading: Int32Array;
  readonly otherReadingNames: readonly string[];
}

/** A channel with its layouts by width. */
export interface Channel {
  readonly table: ChannelLayouts;
  /** Widths rising. */
  readonly layouts: readonly RowLayout[];
}

const SYMBOL_FIELDS = ['MKSC_SHRN_ISCD', 'FUTS_SHRN_ISCD', 'OPTN_SHRN_ISCD'];
const PRICE_FIELDS = ['STCK_PRPR', 'FUTS_PRPR', 'OPTN_PRPR'];
const PRINT_FIELDS = [...PRICE_FIELDS, 'CNTG_VOL', 'LAST_CNQN', 'ACML_VOL'];
const SIDE_STEMS = { bid: ['BIDP', 'FUTS_BIDP', 'OPTN_BIDP'], ask: ['ASKP', 'FUTS_ASKP', 'OPTN_ASKP'] };
const DEPTH_MAX = 10;
const LEVEL = /^(?:FUTS_|OPTN_)?(?:ASKP|BIDP)(?:_RSQN|_CSNU)?\d+$/;
const OPTION_FIELDS = ['DELTA', 'GAMA', 'VEGA', 'THETA', 'RHO', 'HTS_INTS_VLTL', 'HTS_THPR', 'HTS_OTST_STPL_QTY'];
const TOTAL_FIELDS = [
  'TOTAL_ASKP_RSQN',
  'TOTAL_BIDP_RSQN',
  'TOTAL_ASKP_CSNU',
  'TOTAL_BIDP_CSNU',
  'TOTAL_ASKP_RSQN_ICDC',
  'TOTAL_BIDP_RSQN_ICDC',
];
const EXPECTED_FIELDS = new Set(['ANTC_VOL', 'ANTC_CNTG_VRSS', 'ANTC_CNTG_VRSS_SIGN', 'ANTC_CNTG_PRDY_CTRT']);

/** Every channel, compiled. */
export const CHANNELS: readonly Channel[] = CHANNEL_LAYOUTS.map((table) => ({
  table,
  layouts: [...table.layouts].sort((a, b) => a.length - b.length).map((fields) => compile(table, fields)),
}));

/** The layout of this width, else the longest that is shorter; `undefined` for records narrower than all. */
export function layoutOf(channel: Channel, width: number): RowLayout | undefined {
  const { layouts } = channel;
  for (let index = layouts.length - 1; index >= 0; index--) {
    const layout = layouts[index]!;
    if (layout.fields.length <= width) return layout;
  }
  return undefined;
}

function compile(table: ChannelLayouts, fields: readonly string[]): RowLayout {
  const column = (...names: readonly string[]) => {
    const found = fields.findIndex((name) => names.includes(name));
    return found < 0 ? ABSENT : found;
  };
  const isNotice = table.kind === 'notice';
  const isOption = table.kind === 'trade' && fields.includes('DELTA');
  const said = saidFields(table, isOption);
  const told = isNotice ? [] : fields.filter((name) => !said(name) && fieldMeaning(name).reading !== '');
  const always = told.filter((name) => !EXPECTED_FIELDS.has(name));
  const atTimes =
    table.kind === 'trade' ? fields.filter((name) => PRINT_FIELDS.includes(name)) : told.filter((name) => EXPECTED_FIELDS.has(name));
  return {
    channel: table.channel,
    fields,
    reads: Uint8Array.from(fields, (name) => (isNotice ? READ_TEXT : READS[fieldMeaning(name).reads])),
    isRequired: Uint8Array.from(fields, (name) => (isRequired(table, name) ? 1 : 0)),
    symbol: column(...(isNotice ? ['STCK_SHRN_ISCD'] : SYMBOL_FIELDS)),
    time: column('STCK_CNTG_HOUR', 'BSOP_HOUR'),
    date: column('BSOP_DATE'),
    price: column(...PRICE_FIELDS),
    size: column('CNTG_VOL', 'LAST_CNQN'),
    volume: column('ACML_VOL'),
    tradeClass: column('CCLD_DVSN', 'CNTG_CLS_CODE'),
    operation: column('NEW_MKOP_CLS_CODE'),
    isOption,
    volatility: column('HTS_INTS_VLTL'),
    delta: column('DELTA'),
    gamma: column('GAMA'),
    theta: column('THETA'),
    vega: column('VEGA'),
    rho: column('RHO'),
    theory: column('HTS_THPR'),
    openInterest: column('HTS_OTST_STPL_QTY'),
    bids: sideColumns(column, 1, SIDE_STEMS.bid, 'BIDP'),
    asks: sideColumns(column, -1, SIDE_STEMS.ask, 'ASKP'),
    bidTotal: column('TOTAL_BIDP_RSQN'),
    askTotal: column('TOTAL_ASKP_RSQN'),
    bidOrders: column('TOTAL_BIDP_CSNU'),
    askOrders: column('TOTAL_ASKP_CSNU'),
    bidChange: column('TOTAL_BIDP_RSQN_ICDC'),
    askChange: column('TOTAL_ASKP_RSQN_ICDC'),
    expectedPrice: column('ANTC_CNPR'),
    expectedSize: column('ANTC_CNQN'),
    halted: column('TRHT_YN'),
    reading: Int32Array.from(always, (name) => column(name)),
    readingNames: always.map((name) => fieldMeaning(name).reading),
    otherReading: Int32Array.from(atTimes, (name) => column(name)),
    otherReadingNames: atTimes.map((name) => fieldMeaning(name).reading),
  };
}

/** Which fields the events of a channel say besides its reading. */
function saidFields({ kind }: ChannelLayouts, isOption: boolean): (name: string) => boolean {
  switch (kind) {
    case 'trade': {
      const said = [...PRINT_FIELDS, 'CCLD_DVSN', 'CNTG_CLS_CODE', ...(isOption ? OPTION_FIELDS : [])];
      return (name) => LEVEL.test(name) || said.includes(name);
    }
    case 'book':
      return (name) => LEVEL.test(name) || TOTAL_FIELDS.includes(name) || name === 'ANTC_CNPR' || name === 'ANTC_CNQN';
    case 'expected':
      return (name) => name === 'ANTC_CNPR' || name === 'ANTC_CNQN';
    case 'status':
      return (name) => name === 'TRHT_YN';
    case 'notice':
      return () => true;
    default:
      return assertNever(kind);
  }
}

function isRequired({ kind }: ChannelLayouts, name: string): boolean {
  const { reads } = fieldMeaning(name);
  switch (kind) {
    case 'trade':
      return reads === 'symbol' || reads === 'time' || PRINT_FIELDS.includes(name);
    case 'book':
      return reads === 'symbol' || reads === 'time' || LEVEL.test(name);
    case 'expected':
      return reads === 'symbol' || reads === 'time' || name === 'ANTC_CNPR';
    case 'status':
      return reads === 'symbol' || reads === 'flag';
    case 'notice':
      return false;
    default:
      return assertNever(kind);
  }
}

function sideColumns(column: (...names: readonly string[]) => number, side: 1 | -1, prices: readonly string[], stem: string): SideColumns {
  const levels = Array.from({ length: DEPTH_MAX }, (_, index) => index + 1).filter(
    (n) => column(...prices.map((price) => price + n)) !== ABSENT,
  );
  return {
    side,
    price: Int32Array.from(levels, (n) => column(...prices.map((price) => price + n))),
    size: Int32Array.from(levels, (n) => column(`${stem}_RSQN${n}`)),
    orders: Int32Array.from(levels, (n) => column(`${stem}_CSNU${n}`)),
  };
}
