/**
 * Says what is wrong with a value that was read from a file, with the path to it, or nothing. Written by hand and small: the library that
 * checks configurations takes longer to load than a short command takes to run, and every command that opens a session reads its manifest.
 */
export type Shape = (value: unknown, path: string) => string | undefined;

/** A safe integer of at least `min`. */
export function wholeNumber(min: number): Shape {
  return (value, path) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min
      ? undefined
      : problem(path, `a whole number of at least ${min}`, value);
}

/** Exactly one of these values. */
export function exactly(...wanted: readonly (string | number)[]): Shape {
  const words = wanted.map((one) => JSON.stringify(one)).join(' or ');
  return (value, path) => (wanted.some((one) => one === value) ? undefined : problem(path, words, value));
}

/** A text, of the pattern where one is given; `words` say what it is. */
export function textOf(words: string, pattern?: RegExp): Shape {
  return (value, path) =>
    typeof value === 'string' && (pattern === undefined || pattern.test(value)) ? undefined : problem(path, words, value);
}

export function listOf(item: Shape): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) return problem(path, 'a list', value);
    for (const [index, one] of value.entries()) {
      const found = item(one, inside(path, String(index)));
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** An object whose members have any names, and all this shape. */
export function mapOf(item: Shape): Shape {
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return problem(path, 'an object', value);
    for (const [name, one] of Object.entries(value)) {
      const found = item(one, inside(path, name));
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** An object with these members and no others. */
export function objectOf(members: Readonly<Record<string, Shape>>): Shape {
  const names = Object.keys(members);
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return problem(path, 'an object', value);
    for (const name of names) {
      const found = members[name]!((value as Readonly<Record<string, unknown>>)[name], inside(path, name));
      if (found !== undefined) return found;
    }
    const unknown = Object.keys(value).find((name) => !names.includes(name));
    return unknown === undefined ? undefined : `${inside(path, unknown)}: there is no such member`;
  };
}

export const COUNT = wholeNumber(0);
export const TEXT = textOf('a text');
export const SHA256 = textOf('a SHA-256 in hex', /^[0-9a-f]{64}$/);
/** An int64 as decimal text. */
export const NANOSECONDS = textOf('nanoseconds as decimal text', /^(0|-?[1-9][0-9]{0,18})$/);

function inside(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function problem(path: string, expected: string, found: unknown): string {
  return `${path === '' ? '' : `${path}: `}expected ${expected}, found ${nameOf(found)}`;
}

/** A value as a message shows it: short, whatever it is. */
function nameOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}
