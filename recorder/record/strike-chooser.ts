import type { ChainStrike, OptionChain } from '#venues';
import type { ChainMarket } from './chain-market.ts';
import { hasMovedPast, nearestStrikes } from './strike-choice.ts';

/** At least this between two choices around the money of one maturity: a market that swings must not cost subscriptions without end. */
export const RECENTRE_INTERVAL_MS = 30_000;

/** The strikes of one maturity as they were chosen last. */
export interface StrikeChoice {
  /** The price of the underlying then, and the listed strike nearest to it. */
  readonly money: number;
  readonly centre: number;
  readonly chosenAtMs: number;
  /** Nearest to the money first. */
  readonly strikes: readonly ChainStrike[];
}

/**
 * Chooses the strikes around the money. They are chosen anew when the money moved by more than one strike, and no sooner than `RECENTRE_INTERVAL_MS`
 * after the last time; at once when a chosen strike is not listed any more.
 */
export class StrikeChooser {
  readonly #market: ChainMarket;
  readonly #strikesMax: number;
  /** By maturity. */
  readonly #choices = new Map<string, StrikeChoice>();

  /** `strikesMax` of each maturity. */
  constructor(market: ChainMarket, strikesMax: number) {
    this.#market = market;
    this.#strikesMax = strikesMax;
  }

  /** The choice that holds now, the same object as long as it does; `undefined` while nobody told the money. */
  choose(chain: OptionChain, nowMs: number): StrikeChoice | undefined {
    const money = this.#market.money(chain, nowMs);
    const known = this.#choices.get(chain.maturity);
    if (money === undefined || (known !== undefined && this.#holds(known, chain, money, nowMs))) return known;
    const strikes = nearestStrikes(chain.strikes, money, this.#strikesMax);
    const centre = strikes[0]?.strike;
    if (centre === undefined) return undefined;
    const choice = { money, centre, chosenAtMs: nowMs, strikes };
    this.#choices.set(chain.maturity, choice);
    return choice;
  }

  /** Forgets the maturities that are gone. */
  keepOnly(chains: readonly OptionChain[]): void {
    for (const known of this.#choices.keys()) if (!chains.some(({ maturity }) => maturity === known)) this.#choices.delete(known);
  }

  #holds(choice: StrikeChoice, chain: OptionChain, money: number, nowMs: number): boolean {
    const listed = new Set(chain.strikes.map(({ call }) => call));
    const isWhole = choice.strikes.length === Math.min(this.#strikesMax, chain.strikes.length);
    if (!isWhole || !choice.strikes.every(({ call }) => listed.has(call))) return false;
    return nowMs - choice.chosenAtMs < RECENTRE_INTERVAL_MS || !hasMovedPast(chain.strikes, choice.centre, money);
  }
}
