import { assert } from './assert.ts';

/** Powers of ten that a double holds exactly (10^0 to 10^22). */
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const INTEGER_MAX = Number.MAX_SAFE_INTEGER;
/** Digits after the point that a finite sum may carry before it is refused as no decimal number. */
export const DECIMALS_MAX = 18;

/** 10^exponent, exact for 0 to 22. */
export function powerOfTen(exponent: number): number {
  const power = POWERS_OF_TEN[exponent];
  assert(power !== undefined, `powers of ten go from 0 to 22, not ${exponent}`);
  return power;
}

/**
 * The whole number of units of 10^-decimals that `value` is the nearest double of, or NaN when there is none.
 * Division by a power of ten is correctly rounded, so the test is exact: units/10^d is the double nearest to that decimal.
 */
export function unitsOf(value: number, decimals: number): number {
  const power = POWERS_OF_TEN[decimals]!;
  const units = Math.round(value * power);
  return units <= INTEGER_MAX && units >= -INTEGER_MAX && units / power === value ? units : Number.NaN;
}

/** As `decimalsOf` for numbers of at most 15 significant digits, of which only one decimal reads as the number; -1 for all others. */
export function shortDecimals(value: number): number {
  for (let decimals = 0; decimals < 16; decimals++) {
    const power = POWERS_OF_TEN[decimals]!;
    const units = Math.round(value * power);
    if (units > SHORT_MAX || units < -SHORT_MAX) return -1;
    if (units / power === value) return decimals;
  }
  return -1;
}

/** Exact units and decimals of a double, taken as the shortest decimal that reads as it; `undefined` for what is not finite. */
export function exactDecimal(value: number): { readonly units: bigint; readonly decimals: number } | undefined {
  const decimals = shortDecimals(value);
  if (decimals < 0) return parseDecimal(plainDecimal(value));
  return { units: BigInt(Math.round(value * POWERS_OF_TEN[decimals]!)), decimals };
}

const SHORT_MAX = 999_999_999_999_999;

/** Digits after the point of the shortest decimal that reads as `value`: 0.25 has 2, 100 has 0. */
export function decimalsOf(value: number): number {
  for (let decimals = 0; decimals < 16; decimals++) {
    if (!Number.isNaN(unitsOf(value, decimals))) return decimals;
  }
  const text = plainDecimal(value);
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}

/** `units` of 10^-decimals as text in its shortest form: 1250 units of two decimals are `12.5`. */
export function formatUnits(units: bigint, decimals: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  const sign = units < 0n ? '-' : '';
  return fraction === '' ? sign + whole : `${sign}${whole}.${fraction}`;
}

/** The shortest decimal that reads back as `value`, without an exponent. */
export function plainDecimal(value: number): string {
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text === '-0' ? '0' : text;
  const [, sign = '', head = '', tail = '', exponentText = '0'] = match;
  const exponent = Number(exponentText);
  const digits = head + tail;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  return sign + digits.padEnd(exponent + 1, '0');
}

/** Exact units and decimals of a plain decimal text such as `-12.50` (`{units: -125n, decimals: 1}`), or `undefined`. */
export function parseDecimal(text: string): { readonly units: bigint; readonly decimals: number } | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fractionText = ''] = match;
  if (whole === '' && fractionText === '') return undefined;
  const fraction = fractionText.replace(/0+$/, '');
  const magnitude = BigInt(`${whole}${fraction}` || '0');
  return { units: sign === '-' ? -magnitude : magnitude, decimals: fraction.length };
}
