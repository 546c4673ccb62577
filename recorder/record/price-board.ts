import type { OptionChain, PriceSource } from '#venues';

/** A price told longer ago than this counts only while no other was told since. */
const PRICE_FRESH_MS = 60_000;

interface ToldPrice {
  readonly price: number;
  readonly toldAtMs: number;
  readonly rank: string;
}

/** Last prices of underlyings, by who told them, and forwards of single maturities as their own options tell them. */
export class PriceBoard {
  readonly #sources = new Map<string, Map<string, ToldPrice>>();
  readonly #forwards = new Map<string, Map<string, ToldPrice>>();

  tell({ underlying, rank }: Pick<PriceSource, 'underlying' | 'rank'>, symbol: string, price: number, nowMs: number): void {
    mapOf(this.#sources, underlying).set(symbol, { price, toldAtMs: nowMs, rank });
  }

  tellForward({ underlying, maturity }: OptionChain, price: number, nowMs: number): void {
    // The maturity as a rank: where one has no price of its own, the nearest one's is taken.
    mapOf(this.#forwards, underlying).set(maturity, { price, toldAtMs: nowMs, rank: maturity });
  }

  /** The money of a chain: the forward of its own maturity, else the price of the underlying, else another maturity's forward; `undefined` before any. */
  money({ underlying, maturity }: OptionChain, nowMs: number): number | undefined {
    const forwards = this.#forwards.get(underlying);
    const own = forwards?.get(maturity);
    if (own !== undefined && nowMs - own.toldAtMs <= PRICE_FRESH_MS) return own.price;
    return (best(this.#sources.get(underlying), nowMs) ?? own ?? best(forwards, nowMs))?.price;
  }
}

/** Of those told lately the first by rank; else the one told last. */
function best(told: ReadonlyMap<string, ToldPrice> | undefined, nowMs: number): ToldPrice | undefined {
  let found: ToldPrice | undefined;
  for (const price of told?.values() ?? []) if (found === undefined || isBetter(price, found, nowMs)) found = price;
  return found;
}

function isBetter(a: ToldPrice, b: ToldPrice, nowMs: number): boolean {
  const isFreshA = nowMs - a.toldAtMs <= PRICE_FRESH_MS;
  const isFreshB = nowMs - b.toldAtMs <= PRICE_FRESH_MS;
  if (isFreshA && isFreshB) return a.rank < b.rank;
  return a.toldAtMs > b.toldAtMs;
}

function mapOf(maps: Map<string, Map<string, ToldPrice>>, key: string): Map<string, ToldPrice> {
  let map = maps.get(key);
  if (map === undefined) {
    map = new Map();
    maps.set(key, map);
  }
  return map;
}
