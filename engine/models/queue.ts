import type { QueueEvidence, QueueModel } from './model.ts';

/**
 * - A resting order starts behind all that is visible at its price; where the tape does not show the price, behind everything.
 * - Only trades at its price that hit its side move it forward; cancels in front of it never help.
 * - It fills from what trades at its price beyond the size ahead, and when a trade or the opposite side of the book goes strictly through its price.
 */
export const BEHIND_QUEUE: QueueModel = {
  name: 'behind-queue',
  assumptions: [
    'a resting order starts behind all that is visible at its price, and behind everything where its price is not visible',
    'only trades at its price that hit its side move it forward; cancels in front of it never help',
    'it fills from trades at its price beyond the size ahead, and when a trade or the opposite best price goes strictly through its price',
  ],
  sizeAhead: (visibleSize) => (Number.isNaN(visibleSize) ? Number.POSITIVE_INFINITY : visibleSize),
  accepts: (evidence) => evidence !== 'book-at',
};

/** - A resting order fills only when a trade prints strictly through its price; the book and trades at its price say nothing. */
export const TRADE_THROUGH: QueueModel = {
  name: 'trade-through',
  assumptions: ['a resting order fills only from trades printed strictly through its price'],
  sizeAhead: () => 0,
  accepts: (evidence) => evidence === 'trade-through',
};

/** - A resting order is first in its queue: any trade at its price that hits its side, and any opposite price at it, fills it. Optimistic. */
export const OPTIMISTIC_TOUCH: QueueModel = {
  name: 'optimistic-touch',
  assumptions: ['optimistic: a resting order is first in its queue and fills as soon as its price is touched'],
  sizeAhead: () => 0,
  accepts: (_evidence: QueueEvidence) => true,
};

export const QUEUE_MODELS: readonly QueueModel[] = [BEHIND_QUEUE, TRADE_THROUGH, OPTIMISTIC_TOUCH];
