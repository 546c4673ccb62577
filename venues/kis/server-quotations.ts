import { krxTickSize } from '../krx-tick-size.ts';
import type { ServedBook, ServedMarket, ServerRequest, ServerResponse } from '../server-protocol.ts';
import type { JsonObject } from './json-object.ts';
import { kstMoment } from './kst-clock.ts';
import { MASTER_FILES, MASTER_FOLDER } from './masters.ts';
import { identityOf, type Quotation, quotationAt } from './quotations.ts';
import { gatewayError, json } from './server-keys.ts';
import { storedZip } from './stored-zip.ts';

const DERIVATIVE_BOOK_LEVELS = 5;
const STOCK_PRODUCT = '300';
/** The `rt_cd` that published clients read as "nothing found"; the code beside it is ours, the venue's is not known. */
const NOTHING_FOUND = '7';
const ZIP_MARK = 0x50;
/** Market divisions of the stock and of the derivative services. */
const DIVISIONS: ReadonlySet<string> = new Set(['J', 'NX', 'UN', 'W', 'F', 'O', 'JF', 'JO', 'CF', 'CM', 'EU']);
const DIVISION = 'FID_COND_MRKT_DIV_CODE';

/**
 * Answers the market data services as of now: with the body that the tape recorded last for the same symbol, maturity or class, else
 * with what the market's last price and book say. A list that the tape does not have is empty. `undefined`: no such path.
 */
export function answerQuotation(request: ServerRequest, market: ServedMarket, isMock: boolean): ServerResponse | undefined {
  const quotation = quotationAt(request.path);
  if (quotation === undefined) return undefined;
  if (isMock && !quotation.isOnMock) return gatewayError(500, 'EGW00213');
  const query = upperNames(request.query);
  const division = query[DIVISION];
  if (request.headers.tr_id !== quotation.trId) return service('OPSQ0002', '없는 서비스 코드 입니다.');
  if (division !== undefined && division !== '' && !DIVISIONS.has(division)) {
    return service('OPSQ2001', 'ERROR : INPUT INVALID_CHECK_MRKT_DIV_CODE');
  }
  const headers = { tr_id: quotation.trId, tr_cont: '', gt_uid: '' };
  const recorded = market.recorded(quotation.endpoint, identityOf(quotation, query));
  if (recorded !== undefined) return { ...json(200, {}, headers), body: recorded };
  const outputs = outputsOf(quotation, query, market);
  if (outputs === undefined) return json(200, { rt_cd: NOTHING_FOUND, msg_cd: 'NOTHING_FOUND', msg1: '조회할 자료가 없습니다.' }, headers);
  return json(200, { ...outputs, rt_cd: '0', msg_cd: 'MCA00000', msg1: '정상처리 되었습니다.' }, headers);
}

/** A master file of the tape, as the zip that the venue keeps. */
export function answerMaster(path: string, market: ServedMarket): ServerResponse | undefined {
  const found = Object.values(MASTER_FILES).find(({ file }) => path === `${MASTER_FOLDER}${file}.zip`);
  if (found === undefined) return undefined;
  const content = market.recorded(found.endpoint, { file: found.file });
  if (content === undefined)
    return { status: 404, headers: { 'content-type': 'text/html' }, body: '<html><body>404 Not Found</body></html>' };
  const isZip = content[0] === ZIP_MARK && content[1] === 0x4b;
  return { status: 200, headers: { 'content-type': 'application/zip' }, body: isZip ? content : storedZip(found.file, content) };
}

function outputsOf({ endpoint }: Quotation, query: Readonly<Record<string, string>>, market: ServedMarket): JsonObject | undefined {
  const symbol = query.FID_INPUT_ISCD ?? '';
  switch (endpoint) {
    case 'stock-price':
      return { output: stockPrice(symbol, market) };
    case 'product-info':
      return productInfo(query);
    case 'derivative-price':
      return { output1: derivativePrice(symbol, market), output2: {}, output3: {} };
    case 'derivative-book':
      return { output1: derivativePrice(symbol, market), output2: derivativeBook(market.book(symbol), market) };
    case 'futures-board':
    case 'expiry-list':
      return { output1: [] };
    case 'option-board':
      return { output1: [], output2: [] };
    case 'holidays':
      return { ctx_area_nk: '', ctx_area_fk: '', output: [] };
    default:
      return { output1: {}, output2: [] };
  }
}

/** The fields that published clients insist on. What the tape does not say is flat: no change, no volume. */
function stockPrice(symbol: string, market: ServedMarket): JsonObject {
  const price = amount(market.lastPrice(symbol), 0);
  const { date } = kstMoment(market.nowUs / 1000);
  return {
    iscd_stat_cls_code: '55',
    rprs_mrkt_kor_name: '',
    bstp_kor_isnm: '',
    temp_stop_yn: 'N',
    stck_prpr: price,
    aspr_unit: String(krxTickSize(Number(price))),
    prdy_vrss: '0',
    prdy_vrss_sign: '3',
    prdy_ctrt: '0.00',
    acml_tr_pbmn: '0',
    acml_vol: '0',
    prdy_vrss_vol_rate: '0.00',
    stck_oprc: price,
    stck_hgpr: price,
    stck_lwpr: price,
    stck_mxpr: price,
    stck_llam: price,
    stck_sdpr: price,
    hts_avls: '0',
    per: '0.00',
    pbr: '0.00',
    eps: '0.00',
    bps: '0.00',
    w52_hgpr: price,
    w52_hgpr_date: date,
    w52_lwpr: price,
    w52_lwpr_date: date,
    stck_shrn_iscd: symbol,
    mrkt_warn_cls_code: '00',
    short_over_yn: 'N',
    vi_cls_code: 'N',
  };
}

function productInfo(query: Readonly<Record<string, string>>): JsonObject | undefined {
  const symbol = query.PDNO ?? '';
  if (query.PRDT_TYPE_CD !== STOCK_PRODUCT || symbol === '') return undefined;
  return {
    output: {
      pdno: symbol,
      prdt_type_cd: STOCK_PRODUCT,
      prdt_name: symbol,
      prdt_name120: symbol,
      prdt_abrv_name: symbol,
      prdt_eng_name: symbol,
      prdt_eng_name120: symbol,
      prdt_eng_abrv_name: symbol,
      std_pdno: symbol,
      shtn_pdno: symbol,
    },
  };
}

function derivativePrice(symbol: string, market: ServedMarket): JsonObject {
  const price = amount(market.lastPrice(symbol), 2);
  return {
    hts_kor_isnm: symbol,
    futs_shrn_iscd: symbol,
    futs_prpr: price,
    futs_prdy_vrss: '0.00',
    prdy_vrss_sign: '3',
    futs_prdy_ctrt: '0.00',
    futs_oprc: price,
    futs_hgpr: price,
    futs_lwpr: price,
    acml_vol: '0',
    acml_tr_pbmn: '0',
    hts_otst_stpl_qty: '0',
    otst_stpl_qty_icdc: '0',
  };
}

function derivativeBook(book: ServedBook | undefined, market: ServedMarket): JsonObject {
  const output: Record<string, string> = {};
  for (let level = 1; level <= DERIVATIVE_BOOK_LEVELS; level++) {
    const [askPrice, askSize] = book?.asks[level - 1] ?? [0, 0];
    const [bidPrice, bidSize] = book?.bids[level - 1] ?? [0, 0];
    output[`futs_askp${level}`] = amount(askPrice, 2);
    output[`futs_bidp${level}`] = amount(bidPrice, 2);
    output[`askp_rsqn${level}`] = amount(askSize, 0);
    output[`bidp_rsqn${level}`] = amount(bidSize, 0);
    output[`askp_csnu${level}`] = '0';
    output[`bidp_csnu${level}`] = '0';
  }
  output.total_askp_rsqn = total(book?.asks);
  output.total_bidp_rsqn = total(book?.bids);
  output.total_askp_csnu = '0';
  output.total_bidp_csnu = '0';
  const timeUs = book?.venueTimeUs ?? Number.NaN;
  output.aspr_acpt_hour = kstMoment((Number.isFinite(timeUs) ? timeUs : market.nowUs) / 1000).time;
  return output;
}

/** The total of the levels shown, as the venue counts it. */
function total(levels: ServedBook['asks'] | undefined): string {
  const shown = (levels ?? []).slice(0, DERIVATIVE_BOOK_LEVELS);
  return amount(
    shown.reduce((sum, [, size]) => sum + size, 0),
    0,
  );
}

function amount(value: number, decimals: number): string {
  return Number.isFinite(value) ? value.toFixed(decimals) : (0).toFixed(decimals);
}

function service(code: string, message: string): ServerResponse {
  return json(200, { rt_cd: '1', msg_cd: code, msg1: message });
}

/** Published clients write the names of the query in either case. */
function upperNames(query: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name.toUpperCase(), value]));
}
