import { describe, expect, test } from 'vitest';
import { ExactProductSum, ExactSum } from '../../engine/exact-sum.ts';
import { checkSeeds, type Random } from '../seeds.ts';

const SCALE = 400;

/** Every double here is read as its shortest decimal; the reference keeps whole units of 10^-400. */
function unitsOf(value: number): bigint {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value))!;
  const shift = SCALE - fraction.length + Number(exponent);
  return BigInt(`${sign}${whole}${fraction}${'0'.repeat(shift)}`);
}

function textOf(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const text = `${digits.slice(0, -scale)}.${digits.slice(-scale)}`.replace(/\.?0+$/, '');
  return units < 0n ? `-${text}` : text;
}

function sumOf(values: readonly number[]): ExactSum {
  const sum = new ExactSum();
  for (const value of values) sum.add(value);
  return sum;
}

/** Ordinary sizes, and now and then one that is no short decimal, huge or tiny. */
function randomNumber(random: Random): number {
  const kind = random.integer(0, 9);
  if (kind === 0) return random.fraction();
  if (kind === 1) return random.integer(-9_007_199_254_740_991, 9_007_199_254_740_991);
  if (kind === 2) return Number(`${random.integer(1, 99)}e${random.integer(-30, 30)}`);
  const decimals = random.integer(0, 8);
  return random.integer(-100_000_000, 100_000_000) / Number(`1e${decimals}`);
}

function shuffled(values: readonly number[], random: Random): number[] {
  const result = [...values];
  for (let index = result.length - 1; index > 0; index--) {
    const other = random.integer(0, index);
    [result[index], result[other]] = [result[other]!, result[index]!];
  }
  return result;
}

describe('a sum', () => {
  test('of decimals that doubles cannot add is exact', () => {
    expect(0.1 + 0.2).not.toBe(0.3);
    const sum = sumOf([0.1, 0.2]);
    expect(sum.toText()).toBe('0.3');
    expect(sum.toNumber()).toBe(0.3);
  });

  test('of nothing is 0', () => {
    expect(new ExactSum().toText()).toBe('0');
    expect(Object.is(sumOf([-0]).toNumber(), 0)).toBe(true);
  });

  test('goes on exactly when a finer number comes', () => {
    expect(sumOf([12, 0.5, 0.00000001, 3]).toText()).toBe('15.50000001');
  });

  test('takes a number of 17 digits as the shortest decimal that prints as it', () => {
    expect(sumOf([0.30000000000000004, 1]).toText()).toBe('1.30000000000000004');
  });

  test('grows past 2^53 units without losing one', () => {
    const sum = new ExactSum();
    for (let count = 0; count < 100_000; count++) sum.add(9_007_199.25474099);
    expect(sum.toText()).toBe('900719925474.099');
    sum.add(0.00000001);
    expect(sum.toText()).toBe('900719925474.09900001');
  });

  test('is the same as with big integers, in every order of addition', () => {
    checkSeeds(300, (random) => {
      const values = Array.from({ length: random.integer(1, 60) }, () => randomNumber(random));
      const text = textOf(
        values.reduce((total, value) => total + unitsOf(value), 0n),
        SCALE,
      );
      for (const order of [values, shuffled(values, random)]) {
        const sum = sumOf(order);
        expect(sum.toText()).toBe(text);
        expect(sum.toNumber()).toBe(Number(text));
      }
    });
  });

  test('starts at 0 again after clear, whatever was added before', () => {
    checkSeeds(100, (random) => {
      const sum = new ExactSum();
      for (let round = 0; round < 5; round++) {
        const values = Array.from({ length: random.integer(1, 20) }, () => randomNumber(random));
        sum.clear();
        for (const value of values) sum.add(value);
        expect(sum.toText()).toBe(sumOf(values).toText());
      }
    });
  });

  test('refuses what is no number', () => {
    expect(() => new ExactSum().add(Number.NaN)).toThrow('bug: only finite numbers');
    expect(() => new ExactSum().add(Number.POSITIVE_INFINITY)).toThrow('bug: only finite numbers');
  });
});

describe('a sum of products', () => {
  test('is exact where one product has more digits than a double', () => {
    const sum = new ExactProductSum();
    sum.add(61837.63, 0.12345678);
    sum.add(99_999_999.99, 99_999_999.99);
    expect(sum.toText()).toBe('9999999998007634.2747826314');
  });

  test('is the same as with big integers, in every order of addition', () => {
    checkSeeds(300, (random) => {
      const prices = Array.from({ length: random.integer(1, 40) }, () => randomNumber(random));
      const sizes = prices.map(() => randomNumber(random));
      const total = prices.reduce((sum, price, index) => sum + unitsOf(price) * unitsOf(sizes[index]!), 0n);
      const text = textOf(total, 2 * SCALE);
      const order = shuffled([...prices.keys()], random);
      for (const indexes of [[...prices.keys()], order]) {
        const sum = new ExactProductSum();
        for (const index of indexes) sum.add(prices[index]!, sizes[index]!);
        expect(sum.toText()).toBe(text);
        expect(sum.toNumber()).toBe(Number(text));
      }
    });
  });
});
