import type { JsonValue } from '#domain';

/** One member that two JSON values do not agree on; `undefined` where one of them has none. */
export interface JsonDifference {
  /** `entries[0].order.size` */
  readonly path: string;
  readonly expected: JsonValue | undefined;
  readonly found: JsonValue | undefined;
}

type JsonObject = { readonly [key: string]: JsonValue | undefined };

/** Member by member, in order of the expected value's keys and then those that only the found one has. */
export function jsonDifferences(expected: JsonValue | undefined, found: JsonValue | undefined, path = ''): JsonDifference[] {
  if (Array.isArray(expected) && Array.isArray(found)) {
    const length = Math.max(expected.length, found.length);
    return Array.from({ length }, (_, i) => jsonDifferences(expected[i], found[i], `${path}[${i}]`)).flat();
  }
  if (isObject(expected) && isObject(found)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(found)]);
    return [...keys].flatMap((key) => jsonDifferences(expected[key], found[key], path === '' ? key : `${path}.${key}`));
  }
  return Object.is(expected, found) ? [] : [{ path, expected, found }];
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** For a text: JSON, or what says that there is none. */
export function valueText(value: JsonValue | undefined): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}

/** As JSON would carry it: `undefined` members go. */
export function plainMembers(value: unknown): { [key: string]: JsonValue } {
  return JSON.parse(JSON.stringify(value)) as { [key: string]: JsonValue };
}
