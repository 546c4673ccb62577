import type { Fill, Instrument, MinorUnits, Order, OrderIntent } from '#domain';

/** What a report prints about a model, so that nobody has to guess what a result assumes. */
export interface ModelDescription {
  readonly name: string;
  readonly assumptions: readonly string[];
}

/** How long a message of ours travels to the venue. */
export interface LatencyModel extends ModelDescription {
  orderLatencyUs(intent: OrderIntent): number;
  cancelLatencyUs(order: Order): number;
}

/** What a fill costs besides its price: commissions and taxes, in minor units, rounded against us; below 0 is a rebate. */
export interface FeeModel extends ModelDescription {
  feeMinor(
    instrument: Instrument,
    side: Fill['side'],
    liquidity: Fill['liquidity'],
    price: number,
    size: number,
    timeUs: number,
  ): MinorUnits;
}

/** How much worse than the tape's price a taker fills. */
export interface SlippageModel extends ModelDescription {
  /** `direction` is 1 for a buy and -1 for a sell. */
  takerPrice(direction: 1 | -1, price: number): number;
}

/** What the tape showed about the price a resting order waits at: traded or offered at it, or strictly better for us (`through`). */
export type QueueEvidence = 'trade-at' | 'trade-through' | 'book-at' | 'book-through';

/** Where a resting limit order stands, and what lets it fill. */
export interface QueueModel extends ModelDescription {
  /** Size in front of an order that starts to rest where the tape shows `visibleSize`; NaN where the tape does not show that price. */
  sizeAhead(visibleSize: number): number;
  /** Whether this evidence fills an order (for `trade-at`: once the size ahead has traded away). */
  accepts(evidence: QueueEvidence): boolean;
}

/** How much of what the tape shows is ours to take. */
export interface FillModel extends ModelDescription {
  /** Our part of a printed trade or of a bar's volume, in whole steps of `decimals` digits. */
  printedPart(size: number, decimals: number): number;
  /** What happens to the rest of a market order when the visible liquidity is used up. */
  readonly marketRest: 'wait' | 'cancel';
}
