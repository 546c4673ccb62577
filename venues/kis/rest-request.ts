import { type JsonObject, objectMember, parseObject, textMember } from './json-object.ts';

/** The request that a REST body answers, as the `meta` of its record names it; what it does not name is empty. */
export interface RestQuestion {
  readonly endpoint: string;
  readonly trId: string;
  /** With the exchange's suffix behind it, as the events name it. */
  readonly symbol: string;
  /** `FID_COND_MRKT_DIV_CODE`: which market was asked about. */
  readonly market: string;
  /** Of the bars asked for. */
  readonly intervalSeconds: number;
  /** Of the answer; 200 where the meta does not say. */
  readonly status: number;
}

const BAR_SECONDS = 60;
/** Markets of stocks whose symbols have a suffix, because their prints and bars are not those of KRX. */
const SUFFIXES: Readonly<Record<string, string>> = { NX: '_NX', UN: '_UN' };

/** Reads the meta of a record. An empty or foreign one gives a question that names nothing. */
export function readQuestion(meta: string): RestQuestion {
  const object: JsonObject = parseObject(meta) ?? {};
  const params = objectMember(object, 'params');
  const market = textMember(params, 'FID_COND_MRKT_DIV_CODE') || textMember(object, 'market');
  const symbol = textMember(object, 'symbol') || textMember(params, 'FID_INPUT_ISCD');
  const seconds = Number(textMember(params, 'FID_HOUR_CLS_CODE') || textMember(object, 'intervalSeconds'));
  const status = object.status;
  return {
    endpoint: textMember(object, 'endpoint'),
    trId: textMember(object, 'trId'),
    symbol: symbol === '' || !Object.hasOwn(SUFFIXES, market) ? symbol : symbol + SUFFIXES[market]!,
    market,
    intervalSeconds: Number.isSafeInteger(seconds) && seconds > 0 ? seconds : BAR_SECONDS,
    status: typeof status === 'number' ? status : 200,
  };
}
