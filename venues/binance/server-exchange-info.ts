import { microsecondsFromCivil } from '#domain';
import type { ServedBook } from '../server-protocol.ts';
import type { BinanceVenueId } from './decode.ts';
import { instrumentOf } from './instrument.ts';
import { printedStep, SPOT_DECIMALS, type Steps, stepsOf } from './server-numbers.ts';

/** Perpetual contracts say that they are delivered on 25 December 2100. */
const NEVER_DELIVERED_MS = 4_133_404_800_000;

/** `symbol=A` or `symbols=["A","B"]`; `undefined` asks for all. */
export function wantedSymbols(query: Readonly<Record<string, string>>): readonly string[] | undefined {
  if (query.symbol !== undefined) return [query.symbol];
  if (query.symbols === undefined) return undefined;
  try {
    const list: unknown = JSON.parse(query.symbols);
    return Array.isArray(list) ? list.map(String) : [query.symbols];
  } catch {
    return [query.symbols];
  }
}

/** A recorded body with only these symbols; `undefined` when it does not have them all. */
export function withSymbols(body: Uint8Array, wanted: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  try {
    const info: unknown = JSON.parse(new TextDecoder().decode(body));
    if (typeof info !== 'object' || info === null || !('symbols' in info) || !Array.isArray(info.symbols)) return undefined;
    const rows: readonly unknown[] = info.symbols;
    const symbols = wanted.flatMap(
      (name) => rows.find((row) => typeof row === 'object' && row !== null && 'symbol' in row && row.symbol === name) ?? [],
    );
    return symbols.length === wanted.length ? { ...info, symbols } : undefined;
  } catch {
    return undefined;
  }
}

/** One row of `symbols`: names and steps as the tape shows them, the rest as the venue writes it for an ordinary symbol. */
export function symbolInfo(venue: BinanceVenueId, symbol: string, book: ServedBook | undefined): Readonly<Record<string, unknown>> {
  const isSpot = venue === 'binance-spot';
  const { currency, kind } = instrumentOf(venue, isSpot, symbol);
  const pair = symbol.split('_', 1)[0]!;
  const baseAsset = currency === '' ? pair : pair.slice(0, pair.length - currency.length);
  const steps = book === undefined ? { price: 2, size: isSpot ? 5 : 3 } : stepsOf(book);
  const common = { symbol, status: 'TRADING', baseAsset, quoteAsset: currency, filters: filtersOf(steps, isSpot) };
  if (isSpot) {
    return {
      ...common,
      baseAssetPrecision: SPOT_DECIMALS,
      quotePrecision: SPOT_DECIMALS,
      quoteAssetPrecision: SPOT_DECIMALS,
      orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET'],
      icebergAllowed: true,
      ocoAllowed: true,
      isSpotTradingAllowed: true,
      isMarginTradingAllowed: false,
      permissions: ['SPOT'],
      permissionSets: [['SPOT']],
    };
  }
  const isPerpetual = kind !== 'future';
  return {
    ...common,
    pair,
    contractType: isPerpetual ? 'PERPETUAL' : 'CURRENT_QUARTER',
    deliveryDate: isPerpetual ? NEVER_DELIVERED_MS : deliveryMs(symbol),
    onboardDate: 0,
    marginAsset: currency,
    pricePrecision: steps.price,
    quantityPrecision: steps.size,
    baseAssetPrecision: SPOT_DECIMALS,
    quotePrecision: SPOT_DECIMALS,
    underlyingType: 'COIN',
    underlyingSubType: [],
    orderTypes: ['LIMIT', 'MARKET'],
    timeInForce: ['GTC', 'IOC', 'FOK', 'GTX'],
  };
}

/** `PRICE_FILTER` first: some clients take the first filter for the price's. */
function filtersOf(steps: Steps, isSpot: boolean): readonly Readonly<Record<string, unknown>>[] {
  const [tickSize, stepSize] = [printedStep(steps.price), printedStep(steps.size)];
  const lot = { minQty: stepSize, maxQty: '9000000.00000000', stepSize };
  const notional = isSpot
    ? {
        filterType: 'NOTIONAL',
        minNotional: '5.00000000',
        applyMinToMarket: true,
        maxNotional: '9000000.00000000',
        applyMaxToMarket: false,
      }
    : { filterType: 'MIN_NOTIONAL', notional: '5' };
  return [
    { filterType: 'PRICE_FILTER', minPrice: tickSize, maxPrice: '1000000.00000000', tickSize },
    { filterType: 'LOT_SIZE', ...lot },
    { filterType: 'MARKET_LOT_SIZE', ...lot },
    notional,
  ];
}

/** `BTCUSDT_250328` is delivered on 28 March 2025 at 08:00 UTC. */
function deliveryMs(symbol: string): number {
  const match = /_(\d\d)(\d\d)(\d\d)$/.exec(symbol);
  if (match === null) return NEVER_DELIVERED_MS;
  const [year, month, day] = [2000 + Number(match[1]), Number(match[2]), Number(match[3])];
  return microsecondsFromCivil({ year, month, day, hour: 8, minute: 0, second: 0, microsecond: 0 }) / 1000;
}
