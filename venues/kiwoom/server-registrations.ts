import { isReply, type Reply, textOf } from './reply.ts';
import type { KnownSocketCode } from './socket-codes.ts';

/** A registration's items and types, as its message named them. */
export interface RegistrationEntry {
  readonly items: readonly string[];
  readonly types: readonly string[];
}

export interface RegistrationLimits {
  /** Items of the connection. */
  readonly itemsMax: number;
  readonly groupItemsMax: number;
}

/** Types by item, by group. */
type Groups = Map<string, Map<string, Set<string>>>;

/** Reads `data`; `undefined` when it is not a list of objects with lists of texts, which the venue refuses. */
export function readEntries(frame: Reply): readonly RegistrationEntry[] | undefined {
  if (!Array.isArray(frame.data)) return undefined;
  const entries: RegistrationEntry[] = [];
  for (const part of frame.data as readonly unknown[]) {
    if (!isReply(part)) return undefined;
    // Types of the whole market are registered with [""]; some clients leave the item out.
    const items = part.item === undefined ? [''] : textsOf(part.item);
    const types = textsOf(part.type);
    if (items === undefined || types === undefined) return undefined;
    entries.push({ items: items.length === 0 ? [''] : items, types });
  }
  return entries;
}

/** What one connection is registered for. */
export class ServerRegistrations {
  readonly #limits: RegistrationLimits;
  #groups: Groups = new Map();
  /** The same by type, over all groups. */
  #wanted = new Map<string, Set<string>>();

  constructor(limits: RegistrationLimits) {
    this.#limits = limits;
  }

  /** Registrations of an item for a type. */
  get count(): number {
    let count = 0;
    for (const items of this.#wanted.values()) count += items.size;
    return count;
  }

  /** The items registered for the type; `undefined` when there are none. */
  itemsOf(type: string): ReadonlySet<string> | undefined {
    return this.#wanted.get(type);
  }

  /** All of it, or nothing and the code of the limit. Without `keeps` the group's earlier registrations end. */
  register(group: string, entries: readonly RegistrationEntry[], keeps: boolean): KnownSocketCode {
    const groups = copyOf(this.#groups);
    if (!keeps) groups.delete(group);
    const items = groups.get(group) ?? new Map<string, Set<string>>();
    groups.set(group, items);
    forEachPair(entries, (item, type) => {
      const types = items.get(item);
      if (types === undefined) items.set(item, new Set([type]));
      else types.add(type);
    });
    if (countItems([items]) > this.#limits.groupItemsMax) return 105118;
    if (countItems(groups.values()) > this.#limits.itemsMax) return 105115;
    this.#set(groups);
    return 0;
  }

  /** What was not registered is released all the same. Without a group it is released in all. */
  remove(group: string, entries: readonly RegistrationEntry[]): void {
    const groups = copyOf(this.#groups);
    for (const [name, items] of groups) {
      if (group !== '' && name !== group) continue;
      forEachPair(entries, (item, type) => {
        const types = items.get(item);
        types?.delete(type);
        if (types?.size === 0) items.delete(item);
      });
    }
    this.#set(groups);
  }

  clear(): void {
    this.#set(new Map());
  }

  #set(groups: Groups): void {
    this.#groups = groups;
    this.#wanted = new Map();
    for (const items of groups.values()) {
      for (const [item, types] of items) {
        for (const type of types) {
          const wanted = this.#wanted.get(type);
          if (wanted === undefined) this.#wanted.set(type, new Set([item]));
          else wanted.add(item);
        }
      }
    }
  }
}

/** An item counts once whatever the number of types and groups; `[""]` does not count. */
function countItems(groups: Iterable<ReadonlyMap<string, unknown>>): number {
  const items = new Set<string>();
  for (const group of groups) for (const item of group.keys()) items.add(item);
  items.delete('');
  return items.size;
}

function forEachPair(entries: readonly RegistrationEntry[], visit: (item: string, type: string) => void): void {
  for (const { items, types } of entries) {
    for (const item of items) for (const type of types) visit(item, type);
  }
}

function copyOf(groups: Groups): Groups {
  return new Map([...groups].map(([name, items]) => [name, new Map([...items].map(([item, types]) => [item, new Set(types)]))]));
}

function textsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((text) => typeof text === 'string') ? value.map(textOf) : undefined;
}
