import { describe, expect, test } from 'vitest';
import { COUNT, exactly, listOf, NANOSECONDS, objectOf, SHA256, TEXT, textOf, wholeNumber } from '../../storage/manifest-shape.ts';

const FILE = objectOf({ name: TEXT, bytes: COUNT });
const SHAPE = objectOf({ version: exactly(1), from: wholeNumber(-1), files: listOf(FILE) });

describe('a value of the shape has no problem', () => {
  test.each([[{ version: 1, from: -1, files: [] }], [{ files: [{ bytes: 0, name: '' }], from: Number.MAX_SAFE_INTEGER, version: 1 }]])(
    '%j',
    (value) => expect(SHAPE(value, '')).toBeUndefined(),
  );

  test.each([
    [SHA256, '0123456789abcdef'.repeat(4)],
    [NANOSECONDS, '0'],
    [NANOSECONDS, '-9223372036854775808'],
    [textOf('a day', /^\d$/), '7'],
  ])('%# %s %j', (shape, value) => expect(shape(value, '')).toBeUndefined());
});

describe('the first problem is told with its path, what was expected, and what was found', () => {
  const good = { version: 1, from: 0, files: [{ name: 'a', bytes: 1 }] };

  test.each<[unknown, string]>([
    [null, 'expected an object, found null'],
    [[good], 'expected an object, found [{"version":1,"from":0,"files":[{"name":…'],
    [{ ...good, version: 2 }, 'version: expected 1, found 2'],
    [{ ...good, version: '1' }, 'version: expected 1, found "1"'],
    [{ ...good, from: -2 }, 'from: expected a whole number of at least -1, found -2'],
    [{ ...good, from: 0.5 }, 'from: expected a whole number of at least -1, found 0.5'],
    [{ ...good, from: 2 ** 53 }, 'from: expected a whole number of at least -1, found 9007199254740992'],
    [{ ...good, files: { length: 0 } }, 'files: expected a list, found {"length":0}'],
    [{ version: 1, from: 0 }, 'files: expected a list, found nothing'],
    [{ ...good, files: [good.files[0], { name: 5, bytes: 1 }] }, 'files.1.name: expected a text, found 5'],
    [{ ...good, files: [{ name: 'a', bytes: 1, sha: '' }] }, 'files.0.sha: there is no such member'],
    [JSON.parse('{"version":1,"from":0,"files":[],"__proto__":1}'), '__proto__: there is no such member'],
  ])('%j', (value, words) => expect(SHAPE(value, '')).toBe(words));

  test.each([
    [SHA256, 'ABCDEF'.repeat(11), 'a SHA-256 in hex'],
    [NANOSECONDS, '-0', 'nanoseconds as decimal text'],
    [NANOSECONDS, '01', 'nanoseconds as decimal text'],
    [NANOSECONDS, 5, 'nanoseconds as decimal text'],
  ])('%# %s %j', (shape, value, words) => expect(shape(value, 'here')).toMatch(new RegExp(`^here: expected ${words}, found `)));
});
