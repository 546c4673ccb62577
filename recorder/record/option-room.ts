import type { ChainRooms, ChainStrike, ChainWish, OptionChain } from '#venues';
import type { RoomPlan } from '../plan/recording-plan.ts';
import type { ChainMarket } from './chain-market.ts';
import type { Room, RoomCentred, RoomLook, RoomUnit } from './room.ts';
import { middleStrike } from './strike-choice.ts';
import { type StrikeChoice, StrikeChooser } from './strike-chooser.ts';

/** Strikes around the money, or boards, of the nearest maturities of one name. */
export class OptionRoom implements Room {
  readonly plan: RoomPlan;
  readonly #rooms: ChainRooms;
  readonly #market: ChainMarket;
  readonly #wish: ChainWish;
  readonly #chooser: StrikeChooser;
  readonly #tellsItself: boolean;
  /** By maturity, as it was told last. */
  #told = new Map<string, StrikeChoice>();

  /** `unitsMax` is how many units the room has places for. */
  constructor(plan: RoomPlan, unitsMax: number, rooms: ChainRooms, market: ChainMarket) {
    this.plan = plan;
    this.#rooms = rooms;
    this.#market = market;
    this.#wish = rooms.wishOf(plan.parameters);
    this.#chooser = new StrikeChooser(market, this.#wish.strikes ?? unitsMax);
    this.#tellsItself = plan.channels.some(({ channel }) => rooms.selfTellingChannels.has(channel));
  }

  look(nowMs: number): RoomLook {
    const { name, maturity, per } = this.#wish;
    const chains = this.#market.chainsOf(this.#wish, nowMs);
    this.#chooser.keepOnly(chains);
    if (!this.#market.hasList) return waiting('the masters that list its options');
    if (chains.length === 0) return waiting(`options of ${name}${maturity === '' ? '' : ` of ${maturity} or later`} in the masters`);
    if (per === 'maturity') return { units: chains.map((chain) => this.#board(chain)), waitsFor: '', centred: [] };
    return this.#lookAtStrikes(chains, nowMs);
  }

  #lookAtStrikes(chains: readonly OptionChain[], nowMs: number): RoomLook {
    const units: RoomUnit[] = [];
    const centred: RoomCentred[] = [];
    const told = new Map<string, StrikeChoice>();
    let waitsFor = '';
    for (const chain of chains) {
      const { maturity } = chain;
      const choice = this.#chooser.choose(chain, nowMs);
      for (const strike of choice?.strikes ?? this.#firstStrikes(chain)) units.push(this.#strike(strike));
      if (choice === undefined) {
        waitsFor ||= this.#moneyWait(chain);
        continue;
      }
      if (this.#told.get(maturity) !== choice) centred.push({ maturity, money: choice.money, centre: choice.centre });
      told.set(maturity, choice);
    }
    this.#told = told;
    return { units, waitsFor, centred };
  }

  /** Where options tell their own money one is enough to learn it; elsewhere strikes without the money would be a guess. */
  #firstStrikes(chain: OptionChain): readonly ChainStrike[] {
    const middle = this.#tellsItself ? middleStrike(chain.strikes) : undefined;
    return middle === undefined ? [] : [middle];
  }

  #moneyWait({ underlying, maturity }: OptionChain): string {
    if (this.#tellsItself) return `the price of ${underlying}, which its first options will tell (${maturity})`;
    return `the price of ${underlying} (${maturity}): it is known from a future or an index recorded beside the options`;
  }

  #strike({ call, put }: ChainStrike): RoomUnit {
    const { symbolSuffix } = this.plan;
    const symbols = [`${call}${symbolSuffix}`, `${put}${symbolSuffix}`];
    return { key: call, subscriptionsOn: (channel) => symbols.map((symbol) => ({ channel, symbol })) };
  }

  #board(chain: OptionChain): RoomUnit {
    const board = this.#rooms.boardOf?.(chain);
    return { key: chain.maturity, subscriptionsOn: (channel) => (board === undefined ? [] : [{ channel, ...board }]) };
  }
}

function waiting(waitsFor: string): RoomLook {
  return { units: [], waitsFor, centred: [] };
}
