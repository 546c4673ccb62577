import { type JsonValue, type Position, plainDecimal, type SymbolId } from '#domain';
import { subtractDecimals } from '../order-decimals.ts';
import { readable } from './exposure.ts';
import { hasGained, isClearlyBelow } from './price-exits.ts';
import type { ExitRule } from './rule.ts';

interface Trail {
  side: 1 | -1;
  bestPrice: number;
  isArmed: boolean;
}

/**
 * Follows the best mark since the position was opened. Armed once the profit has reached `triggerPercent` of the average entry;
 * from then on it closes the position when the mark is `distancePercent` of the best price, or more, away from it.
 */
export class TrailingStop implements ExitRule {
  readonly name = 'trailing-stop';
  readonly #triggerPercent: number;
  readonly #distancePercent: number;
  readonly #trails = new Map<SymbolId, Trail>();

  constructor(triggerPercent: number, distancePercent: number) {
    this.#triggerPercent = triggerPercent;
    this.#distancePercent = distancePercent;
  }

  exitReason(position: Position, mark: number): string | undefined {
    if (Number.isNaN(mark)) return undefined;
    const trail = this.#trail(position, mark);
    if (trail.side * (mark - trail.bestPrice) > 0) trail.bestPrice = mark;
    if (!trail.isArmed && hasGained(position, mark, (position.averagePrice * this.#triggerPercent) / 100)) trail.isArmed = true;
    const limit = (trail.bestPrice * this.#distancePercent) / 100;
    if (!trail.isArmed || isClearlyBelow(trail.side * (trail.bestPrice - mark), limit)) return undefined;
    const back = trail.side * subtractDecimals(trail.bestPrice, mark);
    if (back < limit) return undefined;
    const percent = readable((back / trail.bestPrice) * 100);
    return `${plainDecimal(mark)} is ${percent} % from the best price of ${plainDecimal(trail.bestPrice)} and the distance is ${readable(this.#distancePercent)} %`;
  }

  forget(symbol: SymbolId): void {
    this.#trails.delete(symbol);
  }

  /** Best price and whether it is armed, by symbol. */
  state(nameOf: (symbol: SymbolId) => string): JsonValue {
    return Object.fromEntries([...this.#trails].map(([symbol, { bestPrice, isArmed }]) => [nameOf(symbol), { bestPrice, isArmed }]));
  }

  #trail(position: Position, mark: number): Trail {
    const side = position.size > 0 ? 1 : -1;
    const known = this.#trails.get(position.symbol);
    // A position that was turned over in one fill is a new one.
    if (known !== undefined && known.side === side) return known;
    const trail: Trail = { side, bestPrice: mark, isArmed: false };
    this.#trails.set(position.symbol, trail);
    return trail;
  }
}
