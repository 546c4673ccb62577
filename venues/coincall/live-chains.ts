import { type Instrument, MILLISECOND_US } from '#domain';

export interface LiveStrike {
  readonly strike: number;
  /** Name of the call; absent where only the put is listed. */
  readonly call?: string;
  readonly put?: string;
}

/** The contracts of one expiry that can still be subscribed to. */
export interface LiveChain {
  /** `BTCUSD`: what `tOption` is asked for with. */
  readonly underlying: string;
  /** The expiry, ms since the epoch: the `end` of `tOption`. Contracts expire at 08:00 UTC. */
  readonly endMs: number;
  /** From the lowest. */
  readonly strikes: readonly LiveStrike[];
}

/**
 * What of these instruments has not expired at `nowUs`, by underlying (in the order they come) and expiry (nearest first). Strike, side and expiry are those
 * the masters told; an instrument without them is no contract. At the instant of its expiry a contract is dead.
 */
export function liveChains(instruments: Iterable<Instrument>, nowUs: number): readonly LiveChain[] {
  const byUnderlying = new Map<string, Map<number, Map<number, LiveStrike>>>();
  for (const { symbol, strike, expiryUs, optionType } of instruments) {
    if (strike === undefined || expiryUs === undefined || optionType === undefined || expiryUs <= nowUs) continue;
    const chains = entryOf(byUnderlying, symbol.split('-', 1)[0]!);
    const strikes = entryOf(chains, expiryUs / MILLISECOND_US);
    strikes.set(strike, { ...(strikes.get(strike) ?? { strike }), [optionType]: symbol });
  }
  return [...byUnderlying].flatMap(([underlying, chains]) =>
    [...chains]
      .sort(([left], [right]) => left - right)
      .map(([endMs, strikes]) => ({ underlying, endMs, strikes: [...strikes.values()].sort((left, right) => left.strike - right.strike) })),
  );
}

function entryOf<Key, Inner, Value>(map: Map<Key, Map<Inner, Value>>, key: Key): Map<Inner, Value> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const created = new Map<Inner, Value>();
  map.set(key, created);
  return created;
}
