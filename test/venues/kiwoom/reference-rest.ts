import { z } from 'zod';
import { acceptedReply, type Said, trim } from './reference-text.ts';

const Meta = z.looseObject({ apiId: z.string().min(1) });
const Stock = z.record(z.string(), z.unknown());

/** What a REST body means: `body` is its JSON object, if it is one. */
export function sayReferenceBody(said: Said, body: Record<string, unknown> | undefined, metaText: string): void {
  const { sink } = said;
  const apiId = apiIdOf(metaText);
  if (apiId === undefined) return sink.undecoded('');
  const isStocks = ['ka10001', 'ka10099', 'ka10100'].includes(apiId);
  if (body === undefined) return isStocks ? sink.decodeFailure(apiId, 'no JSON object') : sink.undecoded(apiId);
  const isKnown = isStocks || ['au10001', 'au10002'].includes(apiId);
  if (!acceptedReply(said, apiId, body, isKnown) || !isStocks) return;
  const stocks = apiId === 'ka10099' ? body.list : [body];
  if (!Array.isArray(stocks)) return sink.decodeFailure(apiId, 'list');
  for (const stock of stocks) sayStock(said, apiId, Stock.safeParse(stock).success ? (stock as Record<string, unknown>) : {});
}

function sayStock({ sink, symbolOf }: Said, apiId: string, stock: Readonly<Record<string, unknown>>): void {
  const text = (key: string) => (typeof stock[key] === 'string' ? trim(stock[key]) : '');
  const [code, name] = apiId === 'ka10001' ? [text('stk_cd'), text('stk_nm')] : [text('code'), text('name')];
  if (code === '') return sink.decodeFailure(apiId, 'code');
  const names = name === '' ? {} : { name };
  const variants = /_(AL|NX)$/.test(code) ? [''] : text('nxtEnable') === 'Y' ? ['', '_AL', '_NX'] : ['', '_AL'];
  for (const suffix of variants) {
    const symbol = code + suffix;
    sink.instrument(symbolOf(symbol), { venue: 'kiwoom', symbol, kind: 'stock', currency: 'KRW', multiplier: 1, ...names });
  }
}

function apiIdOf(metaText: string): string | undefined {
  try {
    return Meta.parse(JSON.parse(metaText)).apiId;
  } catch {
    return undefined;
  }
}
