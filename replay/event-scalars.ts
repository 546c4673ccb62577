import type { MarketEvent, SymbolId } from '#domain';

export type EventScalar = number | string | boolean;

/** What members of events are: scalars, lists of them, and the levels and totals of a book. */
type EventMember = EventScalar | ArrayLike<number | string> | Readonly<Record<string, number | ArrayLike<number>>>;

/**
 * Appends everything an event says to `out`, its symbol by name (ids differ from decoder to decoder), in the order of its members: two events
 * are the same exactly when the lists are, compared by `Object.is`. Lists are preceded by their length.
 */
export function pushScalars(event: MarketEvent, symbolText: (id: SymbolId) => string, out: EventScalar[]): void {
  for (const [name, value] of Object.entries(event) as [string, EventMember][]) {
    if (name === 'symbol') out.push(symbolText(value as SymbolId));
    else if (typeof value !== 'object') out.push(value);
    else if (Array.isArray(value)) out.push(value.length, ...(value as EventScalar[]));
    else pushObject(value as Readonly<Record<string, number | ArrayLike<number>>>, out);
  }
}

/** Book levels are the first `count` entries of each column; totals are plain numbers. */
function pushObject(members: Readonly<Record<string, number | ArrayLike<number>>>, out: EventScalar[]): void {
  for (const value of Object.values(members)) {
    if (typeof value === 'number') out.push(value);
    else for (let i = 0; i < Number(members.count); i++) out.push(value[i]!);
  }
}

export function areSameScalars(a: readonly EventScalar[], b: readonly EventScalar[]): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}
