/** Name under which the starter file is best saved. */
export const STARTER_FILE_NAME = 'my-strategy.ts';

/** A user's first strategy file: it works as it is, and names every hook. */
export const STARTER_FILE_TEXT = `// A strategy of your own. Run it with: tapedeck replay SESSION --strategy ./${STARTER_FILE_NAME} --set size=0.01
//
// A hook may depend only on what it is given: no clock, no randomness, no files, no network. Only then does the same tape
// give the same decisions. Types are removed before the file is run.
import type { Candle, Desk, Parameters, Strategy, StrategyDefinition } from 'tapedeck';

/** Buys when a candle closes above the highest close before it, sells when it closes below the lowest. */
class Breakout implements Strategy {
  readonly #interval: string;
  readonly #lookback: number;
  readonly #size: number;

  constructor(parameters: Parameters) {
    this.#interval = String(parameters.interval);
    this.#lookback = Number(parameters.lookback);
    this.#size = Number(parameters.size);
  }

  // Called once, before the first record: candles are asked for here.
  setup(desk: Desk): void {
    desk.useCandles(this.#interval, { history: this.#lookback + 1 });
  }

  // A candle closed. Other hooks, all optional: onTrade, onQuote, onBook, onBar, onOptionQuote, onAuction, onStatus, onReading,
  // onOrder, onFill, onGap, onTimer.
  onCandle(candle: Candle, desk: Desk): void {
    if (candle.interval !== this.#interval) return;
    const { symbol } = candle;
    const candles = desk.candles(symbol, this.#interval);
    if (candles.length <= this.#lookback || desk.openOrders(symbol).length > 0) return;

    // The last candle is the one that just closed.
    const closes = candles.slice(-this.#lookback - 1, -1).map(({ close }) => close);
    const held = desk.position(symbol).size;
    if (held === 0 && candle.close > Math.max(...closes)) {
      desk.submit({ symbol, side: 'buy', kind: 'market', size: this.#size, tag: 'breakout' });
    } else if (held > 0 && candle.close < Math.min(...closes)) {
      // Reduce-only orders never open a position, and are never refused by limits on opening.
      desk.submit({ symbol, side: 'sell', kind: 'market', size: held, reduceOnly: true, tag: 'breakdown' });
    }
  }
}

export const strategy: StrategyDefinition = {
  name: 'my-strategy',
  description: 'Buys a new high of the last candles, sells a new low.',
  parameters: {
    interval: { default: '1m', doc: 'Candles to look at.' },
    lookback: { default: 10, min: 1, doc: 'Candles that make the high and the low.' },
    size: { default: 1, min: 0, doc: 'Size of a position.' },
  },
  create: (parameters) => new Breakout(parameters),
};
`;
