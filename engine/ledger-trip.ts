import { bookAmount, type Fill, type Instrument, type MinorUnits, type SymbolId } from '#domain';
import { addDecimals } from './order-decimals.ts';

/** One round trip: from flat to flat, or through zero. Prices are averages over its entries and over its exits. */
export interface ClosedTrade {
  readonly symbol: SymbolId;
  readonly side: 'long' | 'short';
  readonly entryTimeUs: number;
  readonly entryPrice: number;
  readonly exitTimeUs: number;
  readonly exitPrice: number;
  /** All that was entered, which is all that was exited. */
  readonly size: number;
  readonly currency: string;
  readonly grossMinor: MinorUnits;
  readonly feesMinor: MinorUnits;
  /** `grossMinor − feesMinor`. */
  readonly netMinor: MinorUnits;
  /** Tag of the first entry and of the last exit; empty where the order had none. */
  readonly entryTag: string;
  readonly exitTag: string;
  /** How far the mark went against and for us from the entry price, for the whole size; 0 or more. */
  readonly adverseMinor: MinorUnits;
  readonly favourableMinor: MinorUnits;
}

/** A round trip that is under way. */
export class RoundTrip {
  readonly #side: 1 | -1;
  readonly #entryTimeUs: number;
  readonly #entryTag: string;
  #entrySize = 0;
  #entryPrice = Number.NaN;
  #exitSize = 0;
  #exitPrice = Number.NaN;
  #grossMinor = 0;
  #feesMinor = 0;
  #markMin = Number.POSITIVE_INFINITY;
  #markMax = Number.NEGATIVE_INFINITY;

  constructor(fill: Fill, tag: string) {
    this.#side = fill.side === 'buy' ? 1 : -1;
    this.#entryTimeUs = fill.timeUs;
    this.#entryTag = tag;
  }

  enter(price: number, size: number, feeMinor: MinorUnits): void {
    this.#entryPrice = averagePrice(this.#entryPrice, this.#entrySize, price, size);
    this.#entrySize = addDecimals(this.#entrySize, size);
    this.#feesMinor += feeMinor;
    this.see(price);
  }

  exit(price: number, size: number, grossMinor: MinorUnits, feeMinor: MinorUnits): void {
    this.#exitPrice = averagePrice(this.#exitPrice, this.#exitSize, price, size);
    this.#exitSize = addDecimals(this.#exitSize, size);
    this.#grossMinor += grossMinor;
    this.#feesMinor += feeMinor;
    this.see(price);
  }

  see(mark: number): void {
    if (mark < this.#markMin) this.#markMin = mark;
    if (mark > this.#markMax) this.#markMax = mark;
  }

  close(fill: Fill, tag: string, instrument: Instrument): ClosedTrade {
    const down = this.#excursion(this.#entryPrice - this.#markMin, instrument);
    const up = this.#excursion(this.#markMax - this.#entryPrice, instrument);
    return {
      symbol: fill.symbol,
      side: this.#side > 0 ? 'long' : 'short',
      entryTimeUs: this.#entryTimeUs,
      entryPrice: this.#entryPrice,
      exitTimeUs: fill.timeUs,
      exitPrice: this.#exitPrice,
      size: this.#entrySize,
      currency: fill.currency,
      grossMinor: this.#grossMinor,
      feesMinor: this.#feesMinor,
      netMinor: this.#grossMinor - this.#feesMinor,
      entryTag: this.#entryTag,
      exitTag: tag,
      adverseMinor: this.#side > 0 ? down : up,
      favourableMinor: this.#side > 0 ? up : down,
    };
  }

  #excursion(distance: number, instrument: Instrument): MinorUnits {
    return bookAmount([Math.max(0, distance), this.#entrySize, instrument.multiplier], instrument.currency, 'half-even');
  }
}

/** The size-weighted average; a position built at one price keeps exactly that price. */
export function averagePrice(average: number, size: number, price: number, added: number): number {
  return size === 0 || average === price ? price : (average * size + price * added) / (size + added);
}
