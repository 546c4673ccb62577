import { plainDecimal } from '#domain';
import type { ServedBook } from '../server-protocol.ts';

/** Spot prints this many digits after the point. */
export const SPOT_DECIMALS = 8;

/** Digits after the point of prices and sizes. */
export interface Steps {
  readonly price: number;
  readonly size: number;
}

/** Levels from the best that tell the steps of price and size. */
const STEP_LEVELS = 100;

/** The steps of price and size, as far as the book shows them. */
export function stepsOf(book: ServedBook): Steps {
  let price = 0;
  let size = 0;
  for (const side of [book.bids, book.asks]) {
    for (const level of side.slice(0, STEP_LEVELS)) {
      price = Math.max(price, digitsAfterPoint(level[0]));
      size = Math.max(size, digitsAfterPoint(level[1]));
    }
  }
  return { price, size };
}

/** A number with at least so many digits after the point, as the venue prints it. */
export function printed(value: number, decimals: number): string {
  const text = plainDecimal(value);
  const missing = decimals - digitsAfterPoint(value);
  if (missing <= 0) return text;
  return `${text}${text.includes('.') ? '' : '.'}${'0'.repeat(missing)}`;
}

/** One step of so many digits: 2 gives `0.01`. */
export function printedStep(decimals: number): string {
  return decimals === 0 ? '1' : `0.${'0'.repeat(decimals - 1)}1`;
}

function digitsAfterPoint(value: number): number {
  const text = plainDecimal(value);
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}
