import type { Instrument } from '#domain';

export const KIWOOM_VENUE = 'kiwoom';

/**
 * What trading a symbol means: one won a share and won of price. No call of the venue names tick sizes, and the exchange's
 * depend on the price, so there is none here.
 */
export function kiwoomInstrument(symbol: string, name = ''): Instrument {
  const instrument: Instrument = { venue: KIWOOM_VENUE, symbol, kind: 'stock', currency: 'KRW', multiplier: 1 };
  return name === '' ? instrument : { ...instrument, name };
}
