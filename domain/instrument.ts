export type InstrumentKind = 'spot' | 'stock' | 'future' | 'perpetual' | 'option' | 'index' | 'unknown';

/** What trading a symbol means in money. Looked up from the venue or the tape's masters, never guessed from a price. */
export interface Instrument {
  readonly venue: string;
  readonly symbol: string;
  readonly kind: InstrumentKind;
  /** The currency of prices, values, profit and fees. */
  readonly currency: string;
  /** Money per price point and unit of size: 1 for stocks and spot, 250,000 for a KOSPI 200 future. */
  readonly multiplier: number;
  readonly name?: string;
  /** Smallest price step; absent where the tape does not say. */
  readonly tickSize?: number;
  /** Smallest size step; absent where the tape does not say. */
  readonly lotSize?: number;
  readonly strike?: number;
  readonly expiryUs?: number;
  readonly optionType?: 'call' | 'put';
}
