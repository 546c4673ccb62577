import {
  assertNever,
  type Candle,
  type Desk,
  type Fill,
  type MarketEvent,
  type Order,
  type Strategy,
  TapedeckError,
  usageError,
} from '#domain';

/** What a strategy is told besides the event itself, in the order it happened. */
export type StrategyMessage =
  | { readonly kind: 'candle'; readonly candle: Candle }
  | { readonly kind: 'timer'; readonly name: string }
  | { readonly kind: 'order'; readonly order: Order }
  | { readonly kind: 'fill'; readonly fill: Fill };

/** Exit code of a usage error. */
const USAGE = 2;

/** Calls the hooks of a strategy; what one throws stops the run with the record at which it did. */
export class StrategyRunner {
  readonly #strategy: Strategy;
  readonly #desk: Desk;
  /** Whether candles are wanted at all: most of them are not. */
  readonly hearsCandles: boolean;

  constructor(strategy: Strategy, desk: Desk) {
    this.#strategy = strategy;
    this.#desk = desk;
    this.hearsCandles = strategy.onCandle !== undefined;
  }

  setup(): void {
    try {
      this.#strategy.setup?.(this.#desk);
    } catch (error) {
      // What it asked for in the wrong way is told as that: nothing has been played yet.
      if (error instanceof TapedeckError && error.exitCode === USAGE)
        throw usageError(error.code, `the strategy's setup: ${error.message}`, error);
      throw failure('setup', 'before the first record', error);
    }
  }

  deliver(messages: readonly StrategyMessage[], sequence: number): void {
    for (const message of messages) {
      try {
        this.#deliverOne(message);
      } catch (error) {
        throw failure(`the hook for a ${message.kind}`, `at record ${sequence}`, error);
      }
    }
  }

  tell(event: MarketEvent, sequence: number): void {
    try {
      this.#tell(event);
    } catch (error) {
      throw failure(`the hook for ${event.kind} events`, `at record ${sequence}`, error);
    }
  }

  #deliverOne(message: StrategyMessage): void {
    const strategy = this.#strategy;
    switch (message.kind) {
      case 'candle':
        return strategy.onCandle?.(message.candle, this.#desk);
      case 'timer':
        return strategy.onTimer?.(message.name, this.#desk);
      case 'order':
        return strategy.onOrder?.(message.order, this.#desk);
      case 'fill':
        return strategy.onFill?.(message.fill, this.#desk);
      default:
        return assertNever(message);
    }
  }

  #tell(event: MarketEvent): void {
    const strategy = this.#strategy;
    switch (event.kind) {
      case 'trade':
        return strategy.onTrade?.(event, this.#desk);
      case 'quote':
        return strategy.onQuote?.(event, this.#desk);
      case 'book':
        return strategy.onBook?.(event, this.#desk);
      case 'bar':
        return strategy.onBar?.(event, this.#desk);
      case 'option-quote':
        return strategy.onOptionQuote?.(event, this.#desk);
      case 'auction':
        return strategy.onAuction?.(event, this.#desk);
      case 'status':
        return strategy.onStatus?.(event, this.#desk);
      case 'reading':
        return strategy.onReading?.(event, this.#desk);
      case 'notice':
        return;
      case 'feed-lost':
      case 'feed-back':
        return strategy.onGap?.(event, this.#desk);
      default:
        return assertNever(event);
    }
  }
}

function failure(hook: string, where: string, error: unknown): TapedeckError {
  const text = error instanceof Error ? error.message : String(error);
  return new TapedeckError('STRATEGY_FAILED', `the strategy threw in ${hook} ${where}: ${text}`, { cause: error });
}
