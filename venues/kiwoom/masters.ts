import { usageError } from '#domain';
import type { PollSettings, RestRequest, RestResponse, RestVerdict } from '../protocol.ts';
import { EXCHANGE_SUFFIX } from './channel-rules.ts';
import { readAnswer } from './rest-codes.ts';

export const STOCK_INFORMATION_PATH = '/api/dostk/stkinfo';

/** `mrkt_tp` of ka10099 by the name that the option `masters` uses. */
export const STOCK_MARKETS: Readonly<Record<string, string>> = {
  kospi: '0',
  kosdaq: '10',
  etf: '8',
  elw: '3',
  reits: '6',
  konex: '50',
  'k-otc': '30',
};

/** Not a market: the recorded symbols one by one. */
const BY_SYMBOL = 'symbols';
const MARKETS_BY_DEFAULT = 'kospi,kosdaq,etf';
const STOCK_CODE = /^[0-9A-Z]{6}$/;

/**
 * The lists of stocks (ka10099) of the markets that the option `masters` names between commas; `symbols` in it asks for each recorded code
 * alone (ka10100), for markets that no list has. Throws KIWOOM_MASTER_UNKNOWN.
 */
export function masterRequests(settings: PollSettings, symbols: readonly string[]): readonly RestRequest[] {
  const names = (settings.options.masters ?? MARKETS_BY_DEFAULT).split(',').map((name) => name.trim());
  return names.flatMap((name) => {
    if (name === BY_SYMBOL) return codesOf(symbols).map((code) => stockRequest(settings, code));
    if (Object.hasOwn(STOCK_MARKETS, name)) return [listRequest(settings, STOCK_MARKETS[name]!)];
    const known = [...Object.keys(STOCK_MARKETS), BY_SYMBOL].join(', ');
    throw usageError('KIWOOM_MASTER_UNKNOWN', `the option "masters" of kiwoom names "${name}"; write any of ${known} between commas`);
  });
}

/** Reads a page; the next is the same call with the key that came in the headers. */
export function readMaster(request: RestRequest, response: RestResponse): RestVerdict {
  const answer = readAnswer(response);
  if (answer.kind !== 'body') return answer;
  if (response.headers['cont-yn'] !== 'Y') return { kind: 'ok' };
  const nextKey = response.headers['next-key'] ?? '';
  if (nextKey === '') return { kind: 'ok', incomplete: 'the venue says that there are more pages, and gives no key to ask for them' };
  const page = Number(request.meta?.page ?? 1) + 1;
  const headers = { ...request.headers, 'cont-yn': 'Y', 'next-key': nextKey };
  return { kind: 'ok', next: [{ ...request, headers, meta: { ...request.meta, page } }] };
}

function listRequest(settings: PollSettings, market: string): RestRequest {
  return call(settings, 'stock-list', 'ka10099', { mrkt_tp: market }, { market, page: 1 });
}

function stockRequest(settings: PollSettings, code: string): RestRequest {
  return call(settings, 'stock', 'ka10100', { stk_cd: code }, { symbol: code });
}

function call(
  { grants }: PollSettings,
  endpoint: string,
  apiId: string,
  body: Readonly<Record<string, string>>,
  meta: Readonly<Record<string, unknown>>,
): RestRequest {
  return {
    endpoint,
    method: 'POST',
    path: STOCK_INFORMATION_PATH,
    headers: { 'content-type': 'application/json;charset=UTF-8', 'api-id': apiId, authorization: `Bearer ${grants.token ?? ''}` },
    body: JSON.stringify(body),
    meta: { apiId, ...meta },
  };
}

function codesOf(symbols: readonly string[]): readonly string[] {
  const codes = symbols.map((symbol) => symbol.replace(EXCHANGE_SUFFIX, '')).filter((code) => STOCK_CODE.test(code));
  return [...new Set(codes)];
}
