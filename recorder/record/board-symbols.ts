import type { ChainRooms } from '#venues';
import type { PollPlan } from '../plan/recording-plan.ts';
import type { ChainMarket } from './chain-market.ts';
import { StrikeChooser } from './strike-chooser.ts';

/** Tells polls of boards that are cut which symbols are around the money, so that those are asked for one by one. */
export class BoardSymbols {
  readonly #market: ChainMarket;
  readonly #boards: NonNullable<ChainRooms['boardPolls']>;
  /** By what a poll is about. */
  readonly #choosers = new Map<string, StrikeChooser>();

  constructor(market: ChainMarket, boards: NonNullable<ChainRooms['boardPolls']>) {
    this.#market = market;
    this.#boards = boards;
  }

  /** Options beside those of the plan; none for other polls, and before masters and money are known. */
  optionsOf({ rule, options }: PollPlan, target: string, nowMs: number): Readonly<Record<string, string>> {
    const wish = this.#boards.wishOf(rule, target, options);
    const chain = wish === undefined ? undefined : this.#market.chainsOf(wish, nowMs)[0];
    // The board is of this maturity alone: the symbols of the next one are none of its.
    if (wish === undefined || chain?.maturity !== wish.maturity) return {};
    const strikesMax = wish.strikes ?? 0;
    const key = `${wish.name} ${wish.maturity} ${strikesMax}`;
    const chooser = this.#choosers.get(key) ?? new StrikeChooser(this.#market, strikesMax);
    this.#choosers.set(key, chooser);
    const strikes = chooser.choose(chain, nowMs)?.strikes ?? [];
    return strikes.length === 0 ? {} : this.#boards.optionsOf(strikes.flatMap(({ call, put }) => [call, put]));
  }
}
