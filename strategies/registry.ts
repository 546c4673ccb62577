import type { StrategyDefinition } from '#domain';
import { BOOK_IMBALANCE } from './book-imbalance.ts';
import { SMA_CROSS } from './sma-cross.ts';

/** Every strategy that comes with tapedeck, by name in alphabetical order. */
export const STRATEGIES: readonly StrategyDefinition[] = [BOOK_IMBALANCE, SMA_CROSS];
