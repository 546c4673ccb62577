import { MINUTE_US } from '#domain';
import type { MarketTrade } from '#venues';

/** The trades of one minute. */
export interface MinuteBar {
  readonly openTimeUs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Value of the session with the last trade of the bar. */
  readonly sessionValue: number;
}

/** What the venues answer at once holds no more. */
const BARS_MAX = 30;

/** Minute bars of one symbol, oldest first, the newest still growing. Minutes without a trade have none. */
export class MinuteBars {
  #bars: MinuteBar[] = [];

  get bars(): readonly MinuteBar[] {
    return this.#bars;
  }

  add(timeUs: number, { price, size, sums }: MarketTrade): void {
    const openTimeUs = Math.floor(timeUs / MINUTE_US) * MINUTE_US;
    const last = this.#bars.at(-1);
    if (last?.openTimeUs === openTimeUs) {
      this.#bars[this.#bars.length - 1] = {
        openTimeUs,
        open: last.open,
        high: Math.max(last.high, price),
        low: Math.min(last.low, price),
        close: price,
        volume: last.volume + size,
        sessionValue: sums.value,
      };
      return;
    }
    this.#bars.push({ openTimeUs, open: price, high: price, low: price, close: price, volume: size, sessionValue: sums.value });
    if (this.#bars.length > BARS_MAX) this.#bars.shift();
  }
}
