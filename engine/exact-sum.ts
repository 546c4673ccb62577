import { assert, decimalsOf, formatUnits, parseDecimal, plainDecimal, powerOfTen, unitsOf } from '#domain';

/**
 * Below 2^51 units the nearest whole number of units is the only one that reads as the double, and rounding finds it;
 * above, two neighbours can print as the same double, so such numbers go through their shortest decimal text.
 */
const UNITS_MAX = 2_251_799_813_685_248;
/** A product of units up to here is exact, and fits beside a low limb below 2^53. */
const PRODUCT_MAX = 8_000_000_000_000_000;
/** The low limb stays below this; the high limb counts multiples of it. */
const LIMB = 1_000_000_000_000_000;
const LIMB_WIDE = 1_000_000_000_000_000n;
/** High limbs up to here give a total below 2^53. */
const HIGH_SAFE_MAX = 7;
/** Numbers with more digits after the point than this are added as big integers. */
const UNIT_DECIMALS_MAX = 15;
/** 10^22 is the last power of ten that a double holds, so that dividing by it is correctly rounded. */
const POWER_EXACT_MAX = 22;

/**
 * Exact sum of decimal numbers, independent of the order of addition. A double stands for the shortest decimal that reads as it
 * (what the venue printed), and is added as a whole number of units of 10^-decimals; a finer number rescales the sum exactly.
 * Adding an ordinary number allocates nothing. Numbers must be finite; there is no other limit on them.
 */
export class ExactSum {
  #decimals = 0;
  readonly #total = new UnitTotal();

  add(value: number): void {
    const units = unitsOf(value, this.#decimals);
    if (units <= UNITS_MAX && units >= -UNITS_MAX) this.#total.add(units);
    else this.#addUncommon(value);
  }

  /** Sets the sum to zero and keeps the decimals it learned. */
  clear(): void {
    // Numbers too large for the decimals of one odd number would stay slow: learn anew.
    if (this.#total.isWide) this.#decimals = 0;
    this.#total.clear(this.#decimals);
  }

  /** The double nearest to the exact sum. */
  toNumber(): number {
    return this.#total.toNumber();
  }

  /** The exact sum as a plain decimal in its shortest form. */
  toText(): string {
    return this.#total.toText();
  }

  #addUncommon(value: number): void {
    const decimals = unitDecimals(value);
    if (decimals <= this.#decimals || decimals > UNIT_DECIMALS_MAX) {
      const { units, decimals: wideDecimals } = exactDecimal(value);
      this.#total.addWide(units, wideDecimals);
      return;
    }
    this.#decimals = decimals;
    this.#total.rescale(decimals);
    this.#total.add(unitsOf(value, decimals));
  }
}

/** Exact Σ price × size; see `ExactSum`. */
export class ExactProductSum {
  #priceDecimals = 0;
  #sizeDecimals = 0;
  readonly #total = new UnitTotal();

  add(price: number, size: number): void {
    const priceUnits = unitsOf(price, this.#priceDecimals);
    const sizeUnits = unitsOf(size, this.#sizeDecimals);
    const product = priceUnits * sizeUnits;
    const areUnits = priceUnits <= UNITS_MAX && priceUnits >= -UNITS_MAX && sizeUnits <= UNITS_MAX && sizeUnits >= -UNITS_MAX;
    if (areUnits && product <= PRODUCT_MAX && product >= -PRODUCT_MAX) this.#total.add(product);
    else this.#addUncommon(price, size);
  }

  /** Sets the sum to zero and keeps the decimals it learned. */
  clear(): void {
    if (this.#total.isWide) {
      this.#priceDecimals = 0;
      this.#sizeDecimals = 0;
    }
    this.#total.clear(this.#priceDecimals + this.#sizeDecimals);
  }

  /** The double nearest to the exact sum. */
  toNumber(): number {
    return this.#total.toNumber();
  }

  /** The exact sum as a plain decimal in its shortest form. */
  toText(): string {
    return this.#total.toText();
  }

  #addUncommon(price: number, size: number): void {
    const priceDecimals = Math.max(unitDecimals(price), this.#priceDecimals);
    const sizeDecimals = Math.max(unitDecimals(size), this.#sizeDecimals);
    const isFiner = priceDecimals > this.#priceDecimals || sizeDecimals > this.#sizeDecimals;
    if (isFiner && priceDecimals <= UNIT_DECIMALS_MAX && sizeDecimals <= UNIT_DECIMALS_MAX) {
      this.#priceDecimals = priceDecimals;
      this.#sizeDecimals = sizeDecimals;
      this.#total.rescale(priceDecimals + sizeDecimals);
      this.add(price, size);
      return;
    }
    const exactPrice = exactDecimal(price);
    const exactSize = exactDecimal(size);
    this.#total.addWide(exactPrice.units * exactSize.units, exactPrice.decimals + exactSize.decimals);
  }
}

/** A whole number of units of 10^-decimals in two limbs, beside a big integer for what does not fit them. */
class UnitTotal {
  #decimals = 0;
  #low = 0;
  // Grows by at most nine an addition, so it stays exact for 10^15 additions.
  #high = 0;
  #wide = 0n;
  #wideDecimals = 0;

  /** True when a number was added as a big integer since the last `clear`. */
  isWide = false;

  /** `units` up to `PRODUCT_MAX` in size. */
  add(units: number): void {
    const low = this.#low + units;
    if (low < LIMB && low > -LIMB) this.#low = low;
    else this.#carry(low);
  }

  addWide(units: bigint, decimals: number): void {
    this.isWide = true;
    const common = Math.max(decimals, this.#wideDecimals);
    this.#wide = this.#wide * widePower(common - this.#wideDecimals) + units * widePower(common - decimals);
    this.#wideDecimals = common;
  }

  /** Goes on with finer units. */
  rescale(decimals: number): void {
    const limbs = this.#limbs() * widePower(decimals - this.#decimals);
    this.#decimals = decimals;
    const high = limbs / LIMB_WIDE;
    if (high > LIMB_WIDE || high < -LIMB_WIDE) {
      this.#low = 0;
      this.#high = 0;
      this.addWide(limbs, decimals);
      return;
    }
    this.#high = Number(high);
    this.#low = Number(limbs % LIMB_WIDE);
  }

  clear(decimals: number): void {
    this.#decimals = decimals;
    this.#low = 0;
    this.#high = 0;
    if (!this.isWide) return;
    this.#wide = 0n;
    this.#wideDecimals = 0;
    this.isWide = false;
  }

  toNumber(): number {
    const high = this.#high;
    if (!this.isWide && high <= HIGH_SAFE_MAX && high >= -HIGH_SAFE_MAX && this.#decimals <= POWER_EXACT_MAX) {
      // Adding 0 turns -0 into 0.
      return (high * LIMB + this.#low) / powerOfTen(this.#decimals) + 0;
    }
    return Number(this.toText());
  }

  toText(): string {
    const decimals = Math.max(this.#decimals, this.#wideDecimals);
    const units = this.#limbs() * widePower(decimals - this.#decimals) + this.#wide * widePower(decimals - this.#wideDecimals);
    return formatUnits(units, decimals);
  }

  #limbs(): bigint {
    return BigInt(this.#high) * LIMB_WIDE + BigInt(this.#low);
  }

  #carry(low: number): void {
    const carry = Math.trunc(low / LIMB);
    this.#high += carry;
    this.#low = low - carry * LIMB;
  }
}

/** Digits after the point of `value`, or one more than units may have when it is no short decimal. */
function unitDecimals(value: number): number {
  const decimals = decimalsOf(value);
  if (decimals > UNIT_DECIMALS_MAX) return UNIT_DECIMALS_MAX + 1;
  const units = unitsOf(value, decimals);
  if (units <= UNITS_MAX && units >= -UNITS_MAX) return decimals;
  // A whole number too large for units is no reason to look for finer ones.
  return decimals === 0 ? 0 : UNIT_DECIMALS_MAX + 1;
}

function exactDecimal(value: number): { readonly units: bigint; readonly decimals: number } {
  assert(Number.isFinite(value), `only finite numbers can be added exactly, not ${value}`);
  const decimal = parseDecimal(plainDecimal(value));
  assert(decimal !== undefined, `${value} must print as a decimal`);
  return decimal;
}

/** 10^exponent as a big integer. */
function widePower(exponent: number): bigint {
  return exponent === 0 ? 1n : BigInt(`1${'0'.repeat(exponent)}`);
}
