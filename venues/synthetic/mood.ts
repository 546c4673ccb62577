import { assert } from '#domain';
import type { SeededRandom } from './random.ts';

/** How a market behaves for a while. */
interface Regime {
  readonly name: 'quiet' | 'range' | 'up' | 'down' | 'storm';
  /** Basis points a second. */
  readonly drift: number;
  /** Basis points per square root of a second. */
  readonly volatility: number;
  /** How busy takers are; 1 is ordinary. */
  readonly activity: number;
  /** Part of the distance to the price at its start that is undone each second. */
  readonly pull: number;
  readonly secondsMin: number;
  readonly secondsMax: number;
  /** How often it is chosen, out of the sum of all. */
  readonly weight: number;
}

const REGIMES: readonly Regime[] = [
  { name: 'quiet', drift: 0, volatility: 0.35, activity: 0.5, pull: 0, secondsMin: 60, secondsMax: 240, weight: 2 },
  { name: 'range', drift: 0, volatility: 0.8, activity: 0.9, pull: 0.01, secondsMin: 180, secondsMax: 720, weight: 3 },
  { name: 'up', drift: 0.11, volatility: 0.7, activity: 1.3, pull: 0, secondsMin: 240, secondsMax: 900, weight: 3 },
  { name: 'down', drift: -0.11, volatility: 0.75, activity: 1.4, pull: 0, secondsMin: 240, secondsMax: 900, weight: 3 },
  { name: 'storm', drift: 0, volatility: 2.2, activity: 3, pull: 0, secondsMin: 15, secondsMax: 60, weight: 1 },
];
const BASIS_POINT = 0.0001;
/** Of the difference between drift regimes, what shows in order sizes and takers' sides: 1 is all on one side. */
const LEAN_OF_TREND = 0.55;
const BURST_CHANCE_A_SECOND = 0.02;
const BURST_ACTIVITY = 3;
const ACTIVITY_DECAY_A_SECOND = 0.15;
const PRICE_FLOOR_OF_START = 0.05;

/** The price makers believe in, and how busy takers are: regimes of drift and volatility, with bursts of activity. */
export class MarketMood {
  readonly #random: SeededRandom;
  readonly #startPrice: number;
  #fairPrice: number;
  #regime: Regime = REGIMES[1]!;
  #secondsLeft = 0;
  #anchorPrice: number;
  #activity = 1;

  constructor(random: SeededRandom, startPrice: number) {
    this.#random = random;
    this.#startPrice = startPrice;
    this.#fairPrice = startPrice;
    this.#anchorPrice = startPrice;
    this.#choose();
  }

  get fairPrice(): number {
    return this.#fairPrice;
  }

  /** 1 is ordinary; volume clusters because bursts decay slowly. */
  get activity(): number {
    return this.#activity;
  }

  /** From −1 (sellers) to 1 (buyers). */
  get lean(): number {
    return this.#regime.drift > 0 ? LEAN_OF_TREND : this.#regime.drift < 0 ? -LEAN_OF_TREND : 0;
  }

  /** Lets time pass; `busyness` is the factor of the time of day. */
  advance(seconds: number, busyness: number): void {
    this.#secondsLeft -= seconds;
    if (this.#secondsLeft <= 0) this.#choose();
    const regime = this.#regime;
    const noise = regime.volatility * Math.sqrt(seconds * busyness) * this.#random.bell();
    const pull = regime.pull * seconds * (this.#anchorPrice / this.#fairPrice - 1);
    this.#fairPrice *= 1 + (regime.drift * seconds + noise) * BASIS_POINT + pull;
    this.#fairPrice = Math.max(this.#fairPrice, this.#startPrice * PRICE_FLOOR_OF_START);
    const rest = regime.activity * busyness - this.#activity;
    this.#activity += rest * Math.min(1, ACTIVITY_DECAY_A_SECOND * seconds);
    if (this.#random.chance(BURST_CHANCE_A_SECOND * seconds)) this.#activity += BURST_ACTIVITY * this.#random.fraction();
  }

  #choose(): void {
    let ticket = this.#random.integer(
      1,
      REGIMES.reduce((sum, regime) => sum + regime.weight, 0),
    );
    const chosen = REGIMES.find((regime) => {
      ticket -= regime.weight;
      return ticket <= 0;
    });
    assert(chosen !== undefined, 'the ticket is at most the sum of all weights');
    this.#regime = chosen;
    this.#secondsLeft = this.#random.integer(chosen.secondsMin, chosen.secondsMax);
    this.#anchorPrice = this.#fairPrice;
  }
}
