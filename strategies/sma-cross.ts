import {
  type Candle,
  type Desk,
  formatCandleInterval,
  type Parameters,
  parseCandleInterval,
  type Strategy,
  type StrategyDefinition,
  type SymbolId,
  usageError,
} from '#domain';

/** Buys when the fast average of closes crosses above the slow one, and closes (or turns short) when it crosses below. */
export const SMA_CROSS: StrategyDefinition = {
  name: 'sma-cross',
  description: 'Follows the crossing of a fast and a slow simple moving average of candle closes.',
  parameters: {
    interval: { default: '1m', doc: 'Candles to look at, such as 1s, 1m or 100t.' },
    fast: { default: 5, min: 1, max: 10_000, doc: 'Candles in the fast average; below slow.' },
    slow: { default: 20, min: 2, max: 10_000, doc: 'Candles in the slow average.' },
    size: { default: 1, min: 0, doc: 'Size of a position, in units of the instrument.' },
    direction: {
      default: 'long-only',
      choices: ['long-only', 'long-short'],
      doc: 'What to hold after a cross below: nothing, or a short.',
    },
  },
  create: (parameters) => new SmaCross(parameters),
};

class SmaCross implements Strategy {
  readonly #interval: string;
  readonly #fast: number;
  readonly #slow: number;
  readonly #size: number;
  readonly #isShortAllowed: boolean;
  /** Which average was above at the last candle, by symbol: 1 the fast, -1 the slow; absent until the slow one is full. */
  readonly #above: (1 | -1 | undefined)[] = [];

  constructor(parameters: Parameters) {
    // `60s` comes back on candles as `1m`.
    this.#interval = formatCandleInterval(parseCandleInterval(String(parameters.interval)));
    this.#fast = wholeCandles('fast', parameters.fast);
    this.#slow = wholeCandles('slow', parameters.slow);
    this.#size = Number(parameters.size);
    this.#isShortAllowed = parameters.direction === 'long-short';
    if (this.#fast >= this.#slow) {
      throw usageError('PARAMETER_INVALID', `sma-cross: fast is ${this.#fast} and must be below slow, which is ${this.#slow}`);
    }
    if (!(this.#size > 0)) throw usageError('PARAMETER_INVALID', `sma-cross: size is ${parameters.size} and must be above 0`);
  }

  setup(desk: Desk): void {
    desk.useCandles(this.#interval, { history: this.#slow });
  }

  onCandle(candle: Candle, desk: Desk): void {
    if (candle.interval !== this.#interval) return;
    const { symbol } = candle;
    const candles = desk.candles(symbol, this.#interval);
    if (candles.length < this.#slow) return;
    const difference = averageClose(candles, this.#fast) - averageClose(candles, this.#slow);
    if (difference === 0) return;
    const above = difference > 0 ? 1 : -1;
    const before = this.#above[symbol];
    this.#remember(symbol, above);
    if (before === undefined || before === above) return;
    this.#turn(symbol, above, desk);
  }

  /** Closes what is on the wrong side and opens what is wanted, as two orders: a limit on opening must not stop the closing. */
  #turn(symbol: SymbolId, above: 1 | -1, desk: Desk): void {
    for (const order of desk.openOrders(symbol)) if (order.origin === 'strategy') desk.cancel(order.id);
    const side = above > 0 ? 'buy' : 'sell';
    const tag = above > 0 ? 'cross-above' : 'cross-below';
    const held = desk.position(symbol).size;
    if (held * above < 0) desk.submit({ symbol, side, kind: 'market', size: Math.abs(held), reduceOnly: true, tag });
    const isWanted = above > 0 || this.#isShortAllowed;
    if (isWanted && held * above <= 0) desk.submit({ symbol, side, kind: 'market', size: this.#size, tag });
  }

  #remember(symbol: SymbolId, above: 1 | -1): void {
    while (this.#above.length <= symbol) this.#above.push(undefined);
    this.#above[symbol] = above;
  }
}

/** Mean close of the last `count` candles. */
function averageClose(candles: readonly Candle[], count: number): number {
  let sum = 0;
  for (let i = candles.length - count; i < candles.length; i++) sum += candles[i]!.close;
  return sum / count;
}

function wholeCandles(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw usageError('PARAMETER_INVALID', `sma-cross: ${name} is ${String(value)} and must be a whole number above 0`);
}
