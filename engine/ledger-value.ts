import { bookAmount, decimalsOf, type Instrument, type MinorUnits, minorDecimals, powerOfTen, unitsOf } from '#domain';

const POWER_MAX = 22;

/**
 * What a signed size is worth at a price, rounded against us. The same as `bookAmount([size, price, multiplier])`, but without
 * big integers where the product of the decimals' units fits a double: this runs on every price change of an open position.
 */
export function marketValue(size: number, price: number, instrument: Instrument): MinorUnits {
  const { currency, multiplier } = instrument;
  const sizeDecimals = decimalsOf(size);
  const priceDecimals = decimalsOf(price);
  const multiplierDecimals = decimalsOf(multiplier);
  const cut = sizeDecimals + priceDecimals + multiplierDecimals - minorDecimals(currency);
  if (cut <= POWER_MAX && cut >= -POWER_MAX) {
    const units = unitsOf(size, sizeDecimals) * unitsOf(price, priceDecimals) * unitsOf(multiplier, multiplierDecimals);
    // Below 2^53 both the product and the division by a power of ten floor to the exact quotient.
    const value = cut > 0 ? Math.floor(units / powerOfTen(cut)) : units * powerOfTen(-cut);
    if (Number.isSafeInteger(units) && Number.isSafeInteger(value)) return value;
  }
  return bookAmount([size, price, multiplier], currency, 'against-us');
}

/** The part of a cost that leaves with `part` of `whole`, rounded up: what is realised now is never too much. */
export function shareOfCost(cost: MinorUnits, part: bigint, whole: bigint): MinorUnits {
  if (part === whole) return cost;
  const product = BigInt(cost) * part;
  const quotient = product / whole;
  return Number(product > 0n && product % whole !== 0n ? quotient + 1n : quotient);
}
