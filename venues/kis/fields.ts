/**
 * How one field of the venue is read. `number` a decimal · `code` digits, or one letter counted from A = 10 · `flag` Y or N ·
 * `text` kept as it is · `symbol` `time` `date` the row's own.
 */
export type FieldReading = 'number' | 'code' | 'flag' | 'text' | 'symbol' | 'time' | 'date';

export interface FieldMeaning {
  readonly reads: FieldReading;
  /** The name of its number in a reading; empty where it has none. */
  readonly reading: string;
}

/** Numbers by the venue's name, which is the same in every channel and, in lower case, in REST bodies. */
const NUMBERS: Readonly<Record<string, string>> = {
  STCK_PRPR: 'price',
  FUTS_PRPR: 'price',
  OPTN_PRPR: 'price',
  UNCH_PRPR: 'converted_price',
  CNTG_VOL: 'size',
  LAST_CNQN: 'size',
  ACML_VOL: 'cumulative_volume',
  ACML_TR_PBMN: 'cumulative_value',
  PRDY_VRSS: 'change',
  FUTS_PRDY_VRSS: 'change',
  OPTN_PRDY_VRSS: 'change',
  PRDY_CTRT: 'change_percent',
  FUTS_PRDY_CTRT: 'change_percent',
  OPTN_PRDY_CTRT: 'change_percent',
  WGHN_AVRG_STCK_PRC: 'average_price',
  STCK_OPRC: 'open_price',
  FUTS_OPRC: 'open_price',
  OPTN_OPRC: 'open_price',
  STCK_HGPR: 'high_price',
  FUTS_HGPR: 'high_price',
  OPTN_HGPR: 'high_price',
  STCK_LWPR: 'low_price',
  FUTS_LWPR: 'low_price',
  OPTN_LWPR: 'low_price',
  OPRC_HOUR: 'open_hhmmss',
  HGPR_HOUR: 'high_hhmmss',
  LWPR_HOUR: 'low_hhmmss',
  OPRC_VRSS_PRPR: 'change_from_open',
  OPRC_VRSS_NMIX_PRPR: 'change_from_open',
  HGPR_VRSS_PRPR: 'change_from_high',
  HGPR_VRSS_NMIX_PRPR: 'change_from_high',
  LWPR_VRSS_PRPR: 'change_from_low',
  LWPR_VRSS_NMIX_PRPR: 'change_from_low',
  SELN_CNTG_CSNU: 'sell_trades',
  SHNU_CNTG_CSNU: 'buy_trades',
  NTBY_CNTG_CSNU: 'net_buy_trades',
  SELN_CNTG_SMTN: 'sell_volume',
  SHNU_CNTG_SMTN: 'buy_volume',
  SHNU_RATE: 'buy_share_percent',
  CTTR: 'trade_strength',
  TDAY_RLTV: 'trade_strength',
  PRDY_VOL_VRSS_ACML_VOL_RATE: 'volume_percent_of_previous_day',
  VOL_TNRT: 'turnover_percent',
  PRDY_SMNS_HOUR_ACML_VOL: 'volume_same_time_previous_day',
  PRDY_SMNS_HOUR_ACML_VOL_RATE: 'volume_percent_of_same_time_previous_day',
  VI_STND_PRC: 'volatility_reference_price',
  HTS_THPR: 'theoretical_price',
  MRKT_BASIS: 'market_basis',
  BASIS: 'basis',
  THPR_BASIS: 'theoretical_basis',
  ESDG: 'theory_gap',
  DPRT: 'theory_gap_percent',
  NMSC_FCTN_STPL_PRC: 'near_month_price',
  FMSC_FCTN_STPL_PRC: 'far_month_price',
  SPEAD_PRC: 'spread_price',
  HTS_OTST_STPL_QTY: 'open_interest',
  OTST_STPL_QTY_ICDC: 'open_interest_change',
  OTST_STPL_RGBF_QTY_ICDC: 'open_interest_last_change',
  RGBF_VRSS_ICDC: 'last_change',
  DSCS_BLTR_ACML_QTY: 'negotiated_volume',
  DSCS_LRQN_VOL: 'negotiated_volume',
  DYNM_MXPR: 'dynamic_upper_limit_price',
  DYNM_LLAM: 'dynamic_lower_limit_price',
  PRMM_VAL: 'premium',
  INVL_VAL: 'intrinsic_value',
  TMVL_VAL: 'time_value',
  DELTA: 'delta',
  DELTA_VAL: 'delta',
  GAMA: 'gamma',
  VEGA: 'vega',
  THETA: 'theta',
  RHO: 'rho',
  HTS_INTS_VLTL: 'implied_volatility_percent',
  UNAS_HIST_VLTL: 'historical_volatility_percent',
  HIST_VLTL: 'historical_volatility_percent',
  AVRG_VLTL: 'average_volatility_percent',
  OVTM_TOTAL_ASKP_RSQN: 'after_hours_ask_size',
  OVTM_TOTAL_BIDP_RSQN: 'after_hours_bid_size',
  OVTM_TOTAL_ASKP_ICDC: 'after_hours_ask_size_change',
  OVTM_TOTAL_BIDP_ICDC: 'after_hours_bid_size_change',
  TOTAL_ASKP_RSQN: 'total_ask_size',
  TOTAL_BIDP_RSQN: 'total_bid_size',
  TOTAL_ASKP_CSNU: 'total_ask_orders',
  TOTAL_BIDP_CSNU: 'total_bid_orders',
  TOTAL_ASKP_RSQN_ICDC: 'total_ask_size_change',
  TOTAL_BIDP_RSQN_ICDC: 'total_bid_size_change',
  ANTC_CNPR: 'expected_price',
  FUTS_ANTC_CNPR: 'expected_price',
  ANTC_CNQN: 'expected_size',
  ANTC_VOL: 'expected_volume',
  ANTC_CNTG_VRSS: 'expected_change',
  FUTS_ANTC_CNTG_VRSS: 'expected_change',
  ANTC_CNTG_PRDY_CTRT: 'expected_change_percent',
  MID_PRC: 'mid_price',
  MIDP_TOTAL_RSQN: 'mid_price_size',
  KMID_PRC: 'krx_mid_price',
  KMID_TOTAL_RSQN: 'krx_mid_price_size',
  NMID_PRC: 'nxt_mid_price',
  NMID_TOTAL_RSQN: 'nxt_mid_price_size',
  FUTS_ASKP: 'ask_price',
  OPTN_ASKP: 'ask_price',
  FUTS_BIDP: 'bid_price',
  OPTN_BIDP: 'bid_price',
  SELN_RSQN: 'ask_size',
  SHNU_RSQN: 'bid_size',
  ACPR: 'strike',
  NMIX_SDPR: 'index_base_price',
  FUTS_SDPR: 'base_price',
  FUTS_MXPR: 'upper_limit_price',
  OPTN_MXPR: 'upper_limit_price',
  FUTS_LLAM: 'lower_limit_price',
  OPTN_LLAM: 'lower_limit_price',
  CRBR_APLY_MXPR: 'circuit_breaker_upper_limit_price',
  CRBR_APLY_LLAM: 'circuit_breaker_lower_limit_price',
  FUTS_LSTN_MEDM_HGPR: 'contract_high_price',
  FUTS_LSTN_MEDM_LWPR: 'contract_low_price',
  HTS_RMNN_DYNU: 'days_to_expiry',
  STCK_PRDY_CLPR: 'previous_close',
  FUTS_PRDY_CLPR: 'previous_close',
  FUTS_PRDY_OPRC: 'previous_open_price',
  FUTS_PRDY_HGPR: 'previous_high_price',
  FUTS_PRDY_LWPR: 'previous_low_price',
  PRDY_VOL: 'previous_volume',
  PRDY_NMIX: 'previous_index',
  KOSPI200_NMIX: 'index_price',
  KOSPI200_PRDY_VRSS: 'index_change',
  KOSPI200_PRDY_CTRT: 'index_change_percent',
  BSTP_NMIX_PRPR: 'index_price',
  BSTP_NMIX_PRDY_VRSS: 'index_change',
  BSTP_NMIX_PRDY_CTRT: 'index_change_percent',
};

const CODES: Readonly<Record<string, string>> = {
  CCLD_DVSN: 'trade_class',
  CNTG_CLS_CODE: 'trade_class',
  PRDY_VRSS_SIGN: 'direction_code',
  OPRC_VRSS_PRPR_SIGN: 'direction_code_from_open',
  HGPR_VRSS_PRPR_SIGN: 'direction_code_from_high',
  LWPR_VRSS_PRPR_SIGN: 'direction_code_from_low',
  ANTC_CNTG_VRSS_SIGN: 'expected_direction_code',
  KOSPI200_PRDY_VRSS_SIGN: 'index_direction_code',
  NEW_MKOP_CLS_CODE: 'operation_code',
  HOUR_CLS_CODE: 'hour_code',
  MRKT_TRTM_CLS_CODE: 'extension_code',
  MARKET_CLS_CODE: 'market_code',
  STCK_DEAL_CLS_CODE: 'deal_code',
  MIDP_CLS_CODE: 'mid_price_side_code',
  KMID_CLS_CODE: 'krx_mid_price_side_code',
  NMID_CLS_CODE: 'nxt_mid_price_side_code',
  ANTC_EXCH_CLS_CODE: 'expected_exchange_code',
  ANTC_MKOP_CLS_CODE: 'expected_operation_code',
  DIVI_APP_CLS_CODE: 'allocation_code',
  ISCD_STAT_CLS_CODE: 'issue_status_code',
  EXCH_CLS_CODE: 'exchange_code',
};

const FLAGS: Readonly<Record<string, string>> = { TRHT_YN: 'is_halted', DYNM_PRC_LIMT_YN: 'has_dynamic_limit' };
const SYMBOLS = ['MKSC_SHRN_ISCD', 'FUTS_SHRN_ISCD', 'OPTN_SHRN_ISCD'];
const TIMES = ['STCK_CNTG_HOUR', 'BSOP_HOUR'];
const DATES = ['BSOP_DATE'];
/** Levels of one side of a book as the channels name them: stem of the price, then of sizes and order counts. */
const LEVEL_DEPTH = 10;
const LEVELS: Readonly<Record<string, string>> = {
  ASKP: 'ask_price',
  FUTS_ASKP: 'ask_price',
  OPTN_ASKP: 'ask_price',
  BIDP: 'bid_price',
  FUTS_BIDP: 'bid_price',
  OPTN_BIDP: 'bid_price',
  ASKP_RSQN: 'ask_size',
  BIDP_RSQN: 'bid_size',
  ASKP_CSNU: 'ask_orders',
  BIDP_CSNU: 'bid_orders',
};

const MEANINGS: ReadonlyMap<string, FieldMeaning> = new Map([
  ...entries(NUMBERS, 'number'),
  ...entries(CODES, 'code'),
  ...entries(FLAGS, 'flag'),
  ...entries(nameless(SYMBOLS), 'symbol'),
  ...entries(nameless(TIMES), 'time'),
  ...entries(nameless(DATES), 'date'),
  ...entries(levels(), 'number'),
]);
const TEXT: FieldMeaning = { reads: 'text', reading: '' };

/** What a field means, by the venue's name in upper case; a field that no table names is a text. */
export function fieldMeaning(name: string): FieldMeaning {
  return MEANINGS.get(name) ?? TEXT;
}

/** True for a field whose meaning is known. */
export function isKnownField(name: string): boolean {
  return MEANINGS.has(name);
}

function entries(names: Readonly<Record<string, string>>, reads: FieldReading): [string, FieldMeaning][] {
  return Object.entries(names).map(([name, reading]) => [name, { reads, reading }]);
}

function nameless(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, '']));
}

function levels(): Readonly<Record<string, string>> {
  const numbers = Array.from({ length: LEVEL_DEPTH }, (_, index) => index + 1);
  return Object.fromEntries(Object.entries(LEVELS).flatMap(([stem, reading]) => numbers.map((n) => [`${stem}${n}`, `${reading}_${n}`])));
}
