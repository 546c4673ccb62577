import { assert } from './assert.ts';
import { formatUnits, parseDecimal, plainDecimal, powerOfTen, shortDecimals } from './decimal.ts';

/** Whole minor units of one currency. Never added across currencies. */
export type MinorUnits = number;

/** Digits after the point of the minor unit: KRW has none, USDT books millionths. Unknown currencies book 1e-6. */
const MINOR_DECIMALS: Readonly<Record<string, number>> = { KRW: 0, JPY: 0, USD: 6, USDT: 6, USDC: 6, FDUSD: 6, BUSD: 6, BTC: 8, ETH: 8 };

export function minorDecimals(currency: string): number {
  return MINOR_DECIMALS[currency] ?? 6;
}

/** How an amount that falls between two minor units is booked. `against-us` is the pessimistic one: towards −∞. */
export type MoneyRounding = 'half-even' | 'against-us' | 'in-our-favour';

/**
 * Books `price × quantity × multiplier` as minor units, exactly: each factor is taken as the shortest decimal that
 * prints as that double, multiplied as integers, and rounded once by name.
 */
export function bookAmount(factors: readonly number[], currency: string, rounding: MoneyRounding): MinorUnits {
  const small = smallAmount(factors, minorDecimals(currency), rounding);
  return Number.isNaN(small) ? largeAmount(factors, currency, rounding) : small;
}

/** The same in plain numbers, as long as every product is a safe integer; NaN when one is not. Ten times as fast. */
function smallAmount(factors: readonly number[], minor: number, rounding: MoneyRounding): number {
  let units = 1;
  let decimals = 0;
  for (let i = 0; i < factors.length; i++) {
    const factor = factors[i]!;
    const places = shortDecimals(factor);
    if (places < 0) return Number.NaN;
    units *= Math.round(factor * powerOfTen(places));
    decimals += places;
    if (!Number.isSafeInteger(units)) return Number.NaN;
  }
  if (Math.abs(decimals - minor) > POWER_MAX) return Number.NaN;
  if (decimals <= minor) {
    const scaled = units * powerOfTen(minor - decimals);
    return Number.isSafeInteger(scaled) ? scaled + 0 : Number.NaN;
  }
  const divisor = powerOfTen(decimals - minor);
  const rest = units % divisor; // exact, with the sign of units
  const quotient = (units - rest) / divisor - (rest < 0 ? 1 : 0);
  const above = rest < 0 ? rest + divisor : rest;
  if (above === 0 || rounding === 'against-us') return quotient + 0;
  if (rounding === 'in-our-favour') return quotient + 1;
  const twice = above * 2;
  if (twice !== divisor) return (twice > divisor ? quotient + 1 : quotient) + 0;
  return (quotient % 2 === 0 ? quotient : quotient + 1) + 0;
}

/** Past this a power of ten times two is no safe integer any more. */
const POWER_MAX = 15;

function largeAmount(factors: readonly number[], currency: string, rounding: MoneyRounding): MinorUnits {
  let units = 1n;
  let decimals = 0;
  for (const factor of factors) {
    const parsed = parseDecimal(plainDecimal(factor));
    assert(parsed !== undefined, `an amount is made of finite numbers, not ${factor}`);
    units *= parsed.units;
    decimals += parsed.decimals;
  }
  const minor = Number(rescale(units, decimals, minorDecimals(currency), rounding));
  assert(Number.isSafeInteger(minor), `${currency} amount ${minor} is outside the exact range of the ledger`);
  return minor;
}

/** Minor units as a plain number of the currency, for reports; the ledger itself never uses it. */
export function majorUnits(minor: MinorUnits, currency: string): number {
  return Number(formatMoney(minor, currency));
}

/** Minor units as an exact decimal text of the currency: 1500000 USDT minor units are `1.5`. */
export function formatMoney(minor: MinorUnits, currency: string): string {
  return formatUnits(BigInt(minor), minorDecimals(currency));
}

/** Changes the number of decimals, rounding by name when digits are cut. */
export function rescale(units: bigint, from: number, to: number, rounding: MoneyRounding): bigint {
  if (to >= from) return units * 10n ** BigInt(to - from);
  const divisor = 10n ** BigInt(from - to);
  const quotient = floorDivide(units, divisor);
  const rest = units - quotient * divisor;
  if (rest === 0n) return quotient;
  if (rounding === 'against-us') return quotient;
  if (rounding === 'in-our-favour') return quotient + 1n;
  const twice = rest * 2n;
  if (twice !== divisor) return twice > divisor ? quotient + 1n : quotient;
  return quotient % 2n === 0n ? quotient : quotient + 1n;
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a < 0n && a % b !== 0n ? quotient - 1n : quotient;
}
