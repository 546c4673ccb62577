import type { PollRule, PollSettings, RestRequest, RestResponse, RestVerdict } from '../protocol.ts';
import { type JsonObject, rowsMember, textMember } from './json-object.ts';
import { identityOf, QUOTATIONS, type Quotation, quotationOf } from './quotations.ts';
import { readAnswer } from './rest-errors.ts';

/** Each list of the option board stops at so many rows (documented), the highest strikes first. */
const BOARD_ROWS_MAX = 100;
/** Symbols that one poll of a cut board asks one by one; more than these take turns. */
const SUPPLEMENTS_MAX = 36;
/** Headers that corporations send besides, by the option or secret that holds them. */
const CORPORATE_HEADERS: readonly (readonly [header: string, option: string])[] = [
  ['mac_address', 'macAddress'],
  ['phone_number', 'phoneNumber'],
  ['ip_addr', 'ipAddress'],
];

/** The polls that a configuration can name, one for each quotation that has a name. */
export const KIS_POLLS: readonly PollRule[] = QUOTATIONS.flatMap((quotation) =>
  quotation.poll === undefined ? [] : [pollOf(quotation, quotation.poll)],
);

function pollOf(quotation: Quotation, name: string): PollRule {
  const { intervalMs, callsPerSecondMax } = quotation;
  return {
    name,
    intervalMs,
    ...(callsPerSecondMax === undefined ? {} : { callsPerSecondMax }),
    requests: (target, settings) => [requestOf(quotation, target, settings, moreOf(quotation, settings))],
    read: readQuotation,
  };
}

function requestOf(quotation: Quotation, target: string, settings: PollSettings, more: Readonly<Record<string, unknown>>): RestRequest {
  const params = quotation.params(target, settings);
  return {
    endpoint: quotation.endpoint,
    method: 'GET',
    path: quotation.path,
    query: params,
    headers: headersOf(quotation.trId, settings),
    meta: { trId: quotation.trId, ...identityOf(quotation, params), params, ...more },
  };
}

function headersOf(trId: string, { credentials, grants, options }: PollSettings): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    authorization: `Bearer ${grants.token ?? ''}`,
    appkey: credentials.appKey ?? '',
    appsecret: credentials.appSecret ?? '',
    tr_id: trId,
    custtype: options.custtype ?? 'P',
  };
  if (headers.custtype !== 'B') return headers;
  headers.personalseckey = credentials.personalSecKey ?? '';
  headers.seq_no = '001';
  for (const [header, option] of CORPORATE_HEADERS) {
    const value = options[option];
    if (value !== undefined) headers[header] = value;
  }
  return headers;
}

/** Reads the answer to any request of a poll, of its first page or of one asked besides. */
function readQuotation(request: RestRequest, response: RestResponse): RestVerdict {
  const answer = readAnswer(response);
  if (answer.kind !== 'body') return answer;
  const next = [...nextPage(request, response), ...supplements(request, answer.body)];
  const isCut = request.endpoint === 'option-board' && isCutBoard(answer.body);
  return {
    kind: 'ok',
    ...(next.length === 0 ? {} : { next }),
    ...(isCut ? { incomplete: `the board stops at ${BOARD_ROWS_MAX} strikes a side; ${next.length} symbols are asked one by one` } : {}),
  };
}

/** `F` and `M` say that more pages follow, `D` and `E` that this was the last. */
function nextPage(request: RestRequest, response: RestResponse): readonly RestRequest[] {
  const more = response.headers.tr_cont ?? '';
  if (more !== 'F' && more !== 'M') return [];
  const page = typeof request.meta?.page === 'number' ? request.meta.page : 1;
  if (page >= (quotationOf(request.endpoint)?.pagesMax ?? 1)) return [];
  return [{ ...request, headers: { ...request.headers, tr_cont: 'N' }, meta: { ...request.meta, page: page + 1 } }];
}

/** The symbols of `options.supplement` (codes between commas) that this poll may have to ask one by one, and their market. */
function moreOf({ endpoint }: Quotation, { options, nowMs }: PollSettings): Readonly<Record<string, unknown>> {
  const symbols = (options.supplement ?? '').split(',').flatMap((symbol) => (symbol.trim() === '' ? [] : [symbol.trim()]));
  if (endpoint !== 'option-board' || symbols.length === 0) return {};
  if (symbols.length <= SUPPLEMENTS_MAX) return { supplement: symbols };
  // Spread by the golden ratio: a plain count would miss some symbols for ever where the poll's interval and their number have a common divisor.
  const first = (Math.imul(Math.floor(nowMs / 1_000), 0x9e37_79b1) >>> 8) % symbols.length;
  return { supplement: [...symbols, ...symbols].slice(first, first + SUPPLEMENTS_MAX) };
}

/** When the board was cut: the wanted symbols that it leaves out, each by its own quote. The records of these say that it was. */
function supplements(request: RestRequest, body: JsonObject): readonly RestRequest[] {
  const quotation = quotationOf('derivative-price');
  const wanted: unknown = request.meta?.supplement;
  if (quotation === undefined || !Array.isArray(wanted) || !isCutBoard(body)) return [];
  const there = new Set([...boardRows(body, 'output1'), ...boardRows(body, 'output2')]);
  return wanted.flatMap((symbol: unknown) => {
    if (typeof symbol !== 'string' || there.has(symbol)) return [];
    const params = { FID_COND_MRKT_DIV_CODE: 'O', FID_INPUT_ISCD: symbol };
    const meta = {
      trId: quotation.trId,
      ...identityOf(quotation, params),
      params,
      supplementTo: request.meta?.maturity ?? '',
      truncated: true,
    };
    const headers = { ...request.headers, tr_id: quotation.trId };
    return [{ endpoint: quotation.endpoint, method: 'GET', path: quotation.path, query: params, headers, meta }];
  });
}

/** True for an option board of which at least one list may go on behind its last row. */
function isCutBoard(body: JsonObject): boolean {
  return rowsMember(body, 'output1').length >= BOARD_ROWS_MAX || rowsMember(body, 'output2').length >= BOARD_ROWS_MAX;
}

function boardRows(body: JsonObject, list: string): readonly string[] {
  return rowsMember(body, list).map((row) => textMember(row, 'optn_shrn_iscd').trim());
}
