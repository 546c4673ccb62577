import { canonicalJson, type JsonValue } from '#domain';

/** Numbers that are given in the order in which things were done. */
const GIVEN_IN_ORDER = new Set(['id', 'orderId']);

/** True when two audits hold the same entries, and only their order (with the ids that follow from it) is another. */
export function isSameInAnotherOrder(a: string, b: string): boolean {
  const [first, second] = [entriesOf(a), entriesOf(b)];
  return first.length > 1 && first.length === second.length && sorted(first) === sorted(second) && first.join() !== second.join();
}

function sorted(entries: readonly string[]): string {
  return [...entries].sort().join();
}

function entriesOf(line: string): readonly string[] {
  const { entries } = JSON.parse(line) as { readonly entries: readonly JsonValue[] };
  return entries.map((entry) => canonicalJson(withoutIds(entry)));
}

function withoutIds(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutIds);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !GIVEN_IN_ORDER.has(name));
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutIds(member as JsonValue)]));
}
