import { describe, expect, test } from 'vitest';
import { amountOf, readAmount } from '../../venues/json-amount.ts';
import { checkSeeds } from '../seeds.ts';

/** What is read of a JSON text that stands before digits; `undefined` where it is no amount. */
function read(text: string): number | undefined {
  const bytes = new TextEncoder().encode(`${text}5`);
  const out = new Float64Array(1);
  return readAmount(bytes, 0, bytes.length - 1, out, 0) === bytes.length - 1 ? out[0]! : undefined;
}

describe('an amount', () => {
  test.each([
    ['30783000.00000000', 30783000],
    ['-1.5', -1.5],
    ['0E-8', 0],
    ['1.05E-4', 0.000105],
    ['1.7976931348623157E308', Number.MAX_VALUE],
    ['"0.40000000 "', 0.4],
    ['" 1.5"', 1.5],
    ['"1.05E-4"', 0.000105],
    ['"007"', 7],
    ['"\\u0031.5"', 1.5],
    ['-0', 0],
    ['"-0.0"', 0],
    ['null', Number.NaN],
    ['""', Number.NaN],
    ['"  "', Number.NaN],
  ])('is read from %s', (text, value) => {
    expect(read(text)).toBe(value);
    expect(amountOf(JSON.parse(text))).toBe(value);
  });

  test.each([
    'true',
    '{}',
    '[]',
    '"x"',
    '"1,5"',
    '"1."',
    '".5"',
    '"+1"',
    '"1 2"',
    '"NaN"',
    '"\\t1"',
    '1e400',
    '"1e400"',
    `"${'9'.repeat(400)}"`,
  ])('is not read from %s', (text) => {
    expect(read(text)).toBeUndefined();
    expect(amountOf(JSON.parse(text))).toBeUndefined();
  });

  test.each(['', '-', '01', '-01', '1.', '.5', '+1', '"1', '"1\\', 'nul', '1e', '1e+'])('is not read from %j, which is no JSON', (text) => {
    expect(read(text)).toBeUndefined();
  });
});

test('numbers are the nearest doubles of what is printed', () => {
  checkSeeds(200, (random) => {
    const digits = Array.from({ length: random.integer(1, 25) }, () => random.integer(0, 9)).join('');
    const point = random.integer(1, digits.length);
    const whole = digits.slice(0, point).replace(/^0+(?=\d)/, '');
    const fraction = point < digits.length ? `.${digits.slice(point)}` : '';
    const exponent = random.chance(0.3) ? `E${random.integer(-30, 30)}` : '';
    const text = `${random.chance(0.5) ? '-' : ''}${whole}${fraction}${exponent}`;
    expect(read(text), text).toBe(Number(text) + 0);
    expect(read(`"${text} "`), text).toBe(Number(text) + 0);
  });
});
