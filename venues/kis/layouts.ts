/**
 * The fields of each websocket channel, in the order of the wire. Documented by the portal's pages (copied 2026-02) and the later
 * official sample lists; which of them were seen in real frames is in `README.md`. `NAME1..5` stands for NAME1 NAME2 … NAME5.
 */

/** What the rows of a channel are. */
export type RowKind = 'trade' | 'book' | 'expected' | 'status' | 'notice';

export interface ChannelLayouts {
  /** The TR id, as frames carry it. */
  readonly channel: string;
  readonly kind: RowKind;
  /** What the symbol gets behind it, because each exchange has its own book and prints: empty for KRX, `_NX`, `_UN` for both together. */
  readonly suffix: '' | '_NX' | '_UN';
  /** Field names of one record, the documented layout first. No two have the same width. */
  readonly layouts: readonly (readonly string[])[];
  /** Which of the layouts the venue sends today, as far as is known. */
  readonly currentWidth: number;
}

function stockTrade(sideField: string): string {
  return (
    `${STOCK_TRADE_HEAD} ${sideField} SHNU_RATE PRDY_VOL_VRSS_ACML_VOL_RATE OPRC_HOUR OPRC_VRSS_PRPR_SIGN OPRC_VRSS_PRPR HGPR_HOUR ` +
    'HGPR_VRSS_PRPR_SIGN HGPR_VRSS_PRPR LWPR_HOUR LWPR_VRSS_PRPR_SIGN LWPR_VRSS_PRPR BSOP_DATE NEW_MKOP_CLS_CODE TRHT_YN ASKP_RSQN1 ' +
    'BIDP_RSQN1 TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN VOL_TNRT PRDY_SMNS_HOUR_ACML_VOL PRDY_SMNS_HOUR_ACML_VOL_RATE'
  );
}

const STOCK_TRADE_HEAD =
  'MKSC_SHRN_ISCD STCK_CNTG_HOUR STCK_PRPR PRDY_VRSS_SIGN PRDY_VRSS PRDY_CTRT WGHN_AVRG_STCK_PRC STCK_OPRC STCK_HGPR STCK_LWPR ' +
  'ASKP1 BIDP1 CNTG_VOL ACML_VOL ACML_TR_PBMN SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU CTTR SELN_CNTG_SMTN SHNU_CNTG_SMTN';
const STOCK_TRADE_TAIL = 'HOUR_CLS_CODE MRKT_TRTM_CLS_CODE VI_STND_PRC';

function stockBook(depth: number): string {
  return (
    `MKSC_SHRN_ISCD BSOP_HOUR HOUR_CLS_CODE ASKP1..${depth} BIDP1..${depth} ASKP_RSQN1..${depth} BIDP_RSQN1..${depth} ` +
    'TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN OVTM_TOTAL_ASKP_RSQN OVTM_TOTAL_BIDP_RSQN ANTC_CNPR ANTC_CNQN ANTC_VOL ANTC_CNTG_VRSS ' +
    'ANTC_CNTG_VRSS_SIGN ANTC_CNTG_PRDY_CTRT ACML_VOL TOTAL_ASKP_RSQN_ICDC TOTAL_BIDP_RSQN_ICDC OVTM_TOTAL_ASKP_ICDC OVTM_TOTAL_BIDP_ICDC'
  );
}

const STOCK_BOOK = `${stockBook(10)} STCK_DEAL_CLS_CODE`;
const MID_PRICE = 'MID_PRC MIDP_TOTAL_RSQN MIDP_CLS_CODE';
const BOTH_MID_PRICES = 'KMID_PRC KMID_TOTAL_RSQN KMID_CLS_CODE NMID_PRC NMID_TOTAL_RSQN NMID_CLS_CODE';
const STATUS =
  'MKSC_SHRN_ISCD TRHT_YN TR_SUSP_REAS_CNTT MKOP_CLS_CODE ANTC_MKOP_CLS_CODE MRKT_TRTM_CLS_CODE DIVI_APP_CLS_CODE ISCD_STAT_CLS_CODE ' +
  'VI_CLS_CODE OVTM_VI_CLS_CODE';

/** Positions of a futures trade; the names of change, price and open, high, low differ between index and stock futures. */
function futuresTrade(price: string, ohl: string, against: string, best: string): string {
  return (
    `FUTS_SHRN_ISCD BSOP_HOUR ${price} ${ohl} LAST_CNQN ACML_VOL ACML_TR_PBMN HTS_THPR MRKT_BASIS DPRT NMSC_FCTN_STPL_PRC ` +
    `FMSC_FCTN_STPL_PRC SPEAD_PRC HTS_OTST_STPL_QTY OTST_STPL_QTY_ICDC OPRC_HOUR OPRC_VRSS_PRPR_SIGN OPRC_VRSS_${against} HGPR_HOUR ` +
    `HGPR_VRSS_PRPR_SIGN HGPR_VRSS_${against} LWPR_HOUR LWPR_VRSS_PRPR_SIGN LWPR_VRSS_${against} SHNU_RATE CTTR ESDG ` +
    `OTST_STPL_RGBF_QTY_ICDC THPR_BASIS ${best} ASKP_RSQN1 BIDP_RSQN1 ${DERIVATIVE_SUMS}`
  );
}

const DERIVATIVE_SUMS =
  'SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU SELN_CNTG_SMTN SHNU_CNTG_SMTN TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN PRDY_VOL_VRSS_ACML_VOL_RATE';
const FUTURES_TRADE = futuresTrade(
  'FUTS_PRDY_VRSS PRDY_VRSS_SIGN FUTS_PRDY_CTRT FUTS_PRPR',
  'FUTS_OPRC FUTS_HGPR FUTS_LWPR',
  'NMIX_PRPR',
  'FUTS_ASKP1 FUTS_BIDP1',
);
const STOCK_FUTURES_TRADE = futuresTrade(
  'STCK_PRPR PRDY_VRSS_SIGN PRDY_VRSS FUTS_PRDY_CTRT',
  'STCK_OPRC STCK_HGPR STCK_LWPR',
  'PRPR',
  'ASKP1 BIDP1',
);
const OPTION_TRADE =
  'OPTN_SHRN_ISCD BSOP_HOUR OPTN_PRPR PRDY_VRSS_SIGN OPTN_PRDY_VRSS PRDY_CTRT OPTN_OPRC OPTN_HGPR OPTN_LWPR LAST_CNQN ACML_VOL ' +
  'ACML_TR_PBMN HTS_THPR HTS_OTST_STPL_QTY OTST_STPL_QTY_ICDC OPRC_HOUR OPRC_VRSS_PRPR_SIGN OPRC_VRSS_NMIX_PRPR HGPR_HOUR ' +
  'HGPR_VRSS_PRPR_SIGN HGPR_VRSS_NMIX_PRPR LWPR_HOUR LWPR_VRSS_PRPR_SIGN LWPR_VRSS_NMIX_PRPR SHNU_RATE PRMM_VAL INVL_VAL TMVL_VAL ' +
  'DELTA GAMA VEGA THETA RHO HTS_INTS_VLTL ESDG OTST_STPL_RGBF_QTY_ICDC THPR_BASIS UNAS_HIST_VLTL CTTR DPRT MRKT_BASIS OPTN_ASKP1 ' +
  `OPTN_BIDP1 ASKP_RSQN1 BIDP_RSQN1 ${DERIVATIVE_SUMS}`;
const DYNAMIC_LIMIT = 'DYNM_MXPR DYNM_LLAM DYNM_PRC_LIMT_YN';
const TOTALS = 'TOTAL_ASKP_CSNU TOTAL_BIDP_CSNU TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN';
const TOTAL_CHANGES = 'TOTAL_ASKP_RSQN_ICDC TOTAL_BIDP_RSQN_ICDC';

/** Levels `range` of a derivative's book. `product` is FUTS_, OPTN_ or nothing. */
function derivativeLevels(product: string, range: string): string {
  const stems = [`${product}ASKP`, `${product}BIDP`, 'ASKP_CSNU', 'BIDP_CSNU', 'ASKP_RSQN', 'BIDP_RSQN'];
  return stems.map((stem) => stem + range).join(' ');
}

const FUTURES_BOOK_HEAD = `FUTS_SHRN_ISCD BSOP_HOUR ${derivativeLevels('FUTS_', '1..5')}`;
const FUTURES_BOOK = `${FUTURES_BOOK_HEAD} ${TOTALS} ${TOTAL_CHANGES}`;
const OPTION_BOOK = `OPTN_SHRN_ISCD BSOP_HOUR ${derivativeLevels('OPTN_', '1..5')} ${TOTALS} ${TOTAL_CHANGES}`;

function expected(symbol: string): string {
  return `${symbol} BSOP_HOUR ANTC_CNPR ANTC_CNTG_VRSS ANTC_CNTG_VRSS_SIGN ANTC_CNTG_PRDY_CTRT ANTC_MKOP_CLS_CODE`;
}

const NOTICE_HEAD = 'CUST_ID ACNT_NO ODER_NO OODER_NO SELN_BYOV_CLS RCTF_CLS';
const NOTICE_STATE = 'CNTG_QTY CNTG_UNPR STCK_CNTG_HOUR RFUS_YN CNTG_YN ACPT_YN BRNC_NO ODER_QTY ACNT_NAME';
const STOCK_NOTICE = `${NOTICE_HEAD} ODER_KIND ODER_COND STCK_SHRN_ISCD ${NOTICE_STATE}`;
const NIGHT_NOTICE = `${NOTICE_HEAD} ODER_KIND2 STCK_SHRN_ISCD ${NOTICE_STATE} CNTG_ISNM ODER_COND`;
const STOCK_NOTICES = [
  `${STOCK_NOTICE} ORD_COND_PRC ORD_EXG_GB POPUP_YN FILLER CRDT_CLS CRDT_LOAN_DATE CNTG_ISNM40 ODER_PRC`,
  `${STOCK_NOTICE} CNTG_ISNM CRDT_CLS CRDT_LOAN_DATE CNTG_ISNM40 ODER_PRC`,
];
const DERIVATIVE_NOTICE = `${NIGHT_NOTICE} ORD_GRP ORD_GRPSEQ ORDER_PRC`;

/** Every channel that is decoded. */
export const CHANNEL_LAYOUTS: readonly ChannelLayouts[] = [
  channel('H0STCNT0', 'trade', '', stockTrades('CCLD_DVSN'), 47),
  channel('H0UNCNT0', 'trade', '_UN', stockTrades('CNTG_CLS_CODE'), 47),
  channel('H0NXCNT0', 'trade', '_NX', stockTrades('CNTG_CLS_CODE'), 47),
  channel('H0STOUP0', 'trade', '', [stockTrade('CNTG_CLS_CODE')]),
  channel('H0STASP0', 'book', '', [STOCK_BOOK, `${STOCK_BOOK} ${MID_PRICE}`, `${STOCK_BOOK} ${MID_PRICE} MARKET_CLS_CODE`], 63),
  channel('H0UNASP0', 'book', '_UN', [`${STOCK_BOOK} ${BOTH_MID_PRICES}`, `${STOCK_BOOK} ${BOTH_MID_PRICES} ANTC_EXCH_CLS_CODE`], 66),
  channel('H0NXASP0', 'book', '_NX', [`${STOCK_BOOK} ${BOTH_MID_PRICES}`]),
  channel('H0STOAA0', 'book', '', [stockBook(9), stockBook(10)], 58),
  channel('H0STMKO0', 'status', '', [`${STATUS} EXCH_CLS_CODE`, STATUS]),
  // The portal's page leaves the symbol out and has the same width: every real frame has it in front.
  channel('H0UNMKO0', 'status', '_UN', [STATUS]),
  channel('H0NXMKO0', 'status', '_NX', [`${STATUS} EXCH_CLS_CODE`, STATUS]),
  channel('H0IFCNT0', 'trade', '', [`${FUTURES_TRADE} DSCS_BLTR_ACML_QTY ${DYNAMIC_LIMIT}`]),
  channel('H0CFCNT0', 'trade', '', [`${FUTURES_TRADE} DSCS_BLTR_ACML_QTY ${DYNAMIC_LIMIT}`]),
  channel('H0MFCNT0', 'trade', '', [`${FUTURES_TRADE} ${DYNAMIC_LIMIT}`, FUTURES_TRADE]),
  channel('H0ZFCNT0', 'trade', '', [`${STOCK_FUTURES_TRADE} ${DYNAMIC_LIMIT}`]),
  channel('H0IOCNT0', 'trade', '', [`${OPTION_TRADE} AVRG_VLTL DSCS_LRQN_VOL ${DYNAMIC_LIMIT}`]),
  channel('H0ZOCNT0', 'trade', '', [OPTION_TRADE]),
  // Its last three are in another order than those of the other channels.
  channel('H0EUCNT0', 'trade', '', [`${OPTION_TRADE} DYNM_MXPR DYNM_PRC_LIMT_YN DYNM_LLAM`, OPTION_TRADE]),
  channel('H0IFASP0', 'book', '', [FUTURES_BOOK]),
  channel('H0CFASP0', 'book', '', [FUTURES_BOOK]),
  // Of the 46 values of the former night link only the first 36 are known.
  channel('H0MFASP0', 'book', '', [FUTURES_BOOK, `${FUTURES_BOOK_HEAD} ${TOTALS} UNKNOWN_36..45`]),
  channel('H0ZFASP0', 'book', '', [`FUTS_SHRN_ISCD BSOP_HOUR ${derivativeLevels('', '1..10')} ${TOTALS} ${TOTAL_CHANGES}`]),
  channel('H0IOASP0', 'book', '', [OPTION_BOOK]),
  channel('H0EUASP0', 'book', '', [OPTION_BOOK]),
  channel('H0ZOASP0', 'book', '', [`${OPTION_BOOK} ${derivativeLevels('OPTN_', '6..10')}`]),
  channel('H0EUANC0', 'expected', '', [`${expected('OPTN_SHRN_ISCD')} ANTC_CNQN`, expected('OPTN_SHRN_ISCD')]),
  channel('H0ZFANC0', 'expected', '', [`${expected('FUTS_SHRN_ISCD')} ANTC_CNQN`, expected('FUTS_SHRN_ISCD')]),
  channel('H0ZOANC0', 'expected', '', [expected('OPTN_SHRN_ISCD')]),
  channel('H0STCNI0', 'notice', '', STOCK_NOTICES),
  channel('H0STCNI9', 'notice', '', STOCK_NOTICES),
  channel('H0IFCNI0', 'notice', '', [DERIVATIVE_NOTICE]),
  channel('H0IFCNI9', 'notice', '', [DERIVATIVE_NOTICE]),
  channel('H0MFCNI0', 'notice', '', [NIGHT_NOTICE]),
  channel('H0EUCNI0', 'notice', '', [NIGHT_NOTICE]),
];

function stockTrades(sideField: string): readonly string[] {
  const documented = `${stockTrade(sideField)} ${STOCK_TRADE_TAIL}`;
  return [documented, `${documented} MARKET_CLS_CODE`];
}

function channel(
  name: string,
  kind: RowKind,
  suffix: ChannelLayouts['suffix'],
  layouts: readonly string[],
  currentWidth?: number,
): ChannelLayouts {
  const fields = layouts.map(fieldsOf);
  return { channel: name, kind, suffix, layouts: fields, currentWidth: currentWidth ?? fields[0]!.length };
}

function fieldsOf(text: string): readonly string[] {
  return text.split(' ').flatMap((word) => {
    const range = /^(.*?)(\d+)\.\.(\d+)$/.exec(word);
    if (range === null) return [word];
    const first = Number(range[2]);
    return Array.from({ length: Number(range[3]) - first + 1 }, (_, index) => `${range[1]}${first + index}`);
  });
}
