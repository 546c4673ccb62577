import { BookSide } from './book-side.ts';
import type { PriceLadder } from './price-ladder.ts';
import type { SeededRandom } from './random.ts';

/** A synthetic trade: the taker's side, and where in the book it hit. */
export interface SyntheticTrade {
  readonly side: 1 | -1;
  readonly tick: number;
  readonly lots: number;
}

/** What makers and takers go by: a `MarketMood`, or what follows from one. */
export interface BookMood {
  /** The price that makers believe in; above 0. */
  readonly fairPrice: number;
  /** How busy takers are; 1 is ordinary. */
  readonly activity: number;
  /** From −1 (sellers) to 1 (buyers). */
  readonly lean: number;
}

export interface BookShape {
  readonly ladder: PriceLadder;
  /** Levels each side holds after every moment. */
  readonly levels: number;
  /** Most ticks between two neighbouring levels. */
  readonly levelGapTicksMax: number;
  readonly typicalLots: number;
  /** Makers close the holes that takers leave between levels: no gap stays wider than `levelGapTicksMax`. */
  readonly isDense?: boolean;
  /** What an ordinary taker takes, as a part of an ordinary level; `TAKER_PART` unless told. */
  readonly takerPart?: number;
}

/** Most levels a taker eats in one moment; makers cancel what is left in the way. */
const SWEEP_LEVELS_MAX = 3;
const NOISE_TRADES_MAX = 6;
const RESIZED_LEVELS_MAX = 4;
const TAKER_PART = 0.25;

/** A book whose makers follow the mood's price and whose takers hit it. It is never crossed and never empty. */
export class InstrumentBook {
  readonly bids = new BookSide(1);
  readonly asks = new BookSide(-1);
  readonly #shape: BookShape;
  readonly #mood: BookMood;
  readonly #random: SeededRandom;

  constructor(shape: BookShape, mood: BookMood, random: SeededRandom) {
    this.#shape = shape;
    this.#mood = mood;
    this.#random = random;
    this.#quoteAround();
  }

  /** One moment: takers first, then makers. The trades are in the order they happened. */
  move(trades: SyntheticTrade[]): void {
    const bidTick = this.#shape.ladder.tickBelow(this.#mood.fairPrice);
    this.#sweep(this.asks, 1, bidTick, trades);
    this.#sweep(this.bids, -1, bidTick + 1, trades);
    this.#takeSome(trades);
    this.#quoteAround();
    for (let count = this.#random.integer(0, RESIZED_LEVELS_MAX); count > 0; count--) this.#resizeOne();
  }

  /** One moment without takers, as in a call auction: makers follow the fair price. */
  makeQuotes(): void {
    this.#quoteAround();
  }

  /** Takers eat the levels that the fair price has reached or passed. */
  #sweep(side: BookSide, taker: 1 | -1, limitTick: number, trades: SyntheticTrade[]): void {
    for (let eaten = 0; eaten < SWEEP_LEVELS_MAX && side.count > 0; eaten++) {
      const tick = side.ticks[0]!;
      if (tick !== limitTick && !side.isBetter(tick, limitTick)) return;
      trades.push({ side: taker, tick, lots: side.lots[0]! });
      side.set(tick, 0);
    }
  }

  /** Small takers at the best levels, more of them when the market is busy. */
  #takeSome(trades: SyntheticTrade[]): void {
    const { activity, lean } = this.#mood;
    const { takerPart = TAKER_PART } = this.#shape;
    let expected = 0.7 * activity;
    for (let count = 0; count < NOISE_TRADES_MAX && this.#random.chance(expected); count++) {
      const taker = this.#random.chance(0.5 + 0.35 * lean) ? 1 : -1;
      const side = taker === 1 ? this.asks : this.bids;
      if (side.count < 2) return;
      const tick = side.ticks[0]!;
      const there = side.lots[0]!;
      const lots = Math.min(there, this.#lots(takerPart * Math.max(1, activity)));
      trades.push({ side: taker, tick, lots });
      side.set(tick, there - lots);
      expected = Math.min(expected, 0.75);
    }
  }

  /** Makers leave what the fair price crossed, quote next to it, and keep the number of levels. */
  #quoteAround(): void {
    const bidTick = this.#shape.ladder.tickBelow(this.#mood.fairPrice);
    this.#requote(this.bids, bidTick);
    this.#requote(this.asks, bidTick + 1);
  }

  #requote(side: BookSide, bestTick: number): void {
    const { levels, levelGapTicksMax } = this.#shape;
    while (side.count > 0 && side.isBetter(side.ticks[0]!, bestTick)) side.set(side.ticks[0]!, 0);
    if (side.ticks[0] !== bestTick) side.set(bestTick, this.#makerLots(side));
    if (this.#shape.isDense === true) this.#closeHoles(side);
    while (side.count > levels) side.set(side.ticks[side.count - 1]!, 0);
    while (side.count < levels) {
      const last = side.ticks[side.count - 1]!;
      side.set(last - side.side * this.#random.integer(1, levelGapTicksMax), this.#makerLots(side));
    }
  }

  #closeHoles(side: BookSide): void {
    const { levels, levelGapTicksMax } = this.#shape;
    for (let index = 1; index < Math.min(levels, side.count); index++) {
      const before = side.ticks[index - 1]!;
      const farthest = before - side.side * levelGapTicksMax;
      if (side.isBetter(farthest, side.ticks[index]!))
        side.set(before - side.side * this.#random.integer(1, levelGapTicksMax), this.#makerLots(side));
    }
  }

  #resizeOne(): void {
    const side = this.#random.chance(0.5) ? this.bids : this.asks;
    // The product of two fractions favours the levels near the best one, where makers are busiest.
    const index = Math.floor(this.#random.fraction() * this.#random.fraction() * side.count);
    side.set(side.ticks[index]!, this.#makerLots(side));
  }

  #makerLots(side: BookSide): number {
    return this.#lots(1 + side.side * this.#mood.lean);
  }

  /** Mostly about `factor` × the typical lots, now and then several times as much; at least 1. */
  #lots(factor: number): number {
    const r = this.#random.fraction();
    return 1 + Math.floor(this.#shape.typicalLots * factor * (0.2 + r + 3 * r * r * r * r * r * r));
  }
}
