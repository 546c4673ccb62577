import type { Subscription } from '../protocol.ts';

/**
 * Items of one group. A limit of a group exists (105118), its size is not known: 100 is what the older interface had, and four such
 * groups hold twice what a connection may.
 */
export const GROUP_ITEMS_MAX = 100;

/** Subscriptions of one group, and those that must wait for a message of their own. */
export interface GroupPart {
  readonly group: string;
  readonly part: readonly Subscription[];
  readonly rest: readonly Subscription[];
}

interface Place {
  readonly group: number;
  readonly channels: Set<string>;
}

/** Which group each item of a connection was registered in, because only that group can release it. Groups are filled one after the other. */
export class RegistrationGroups {
  /** By item; registrations without one (`[""]`) by their type, as they count nowhere. */
  readonly #places = new Map<string, Place>();
  /** Items by group. */
  readonly #counts = new Map<number, number>();

  /** Takes those that are in the group of the first, or fit into it; the others are `rest`. */
  take(subscriptions: readonly Subscription[]): GroupPart {
    let group: number | undefined;
    const part: Subscription[] = [];
    const rest: Subscription[] = [];
    for (const subscription of subscriptions) {
      const wanted = this.#places.get(placeKey(subscription))?.group ?? this.#groupOfNew(subscription, group);
      group ??= wanted;
      if (wanted !== group) {
        rest.push(subscription);
        continue;
      }
      this.#place(subscription, group);
      part.push(subscription);
    }
    return { group: String(group ?? 1), part, rest };
  }

  /** They are not registered any more, or never were. */
  forget(subscriptions: readonly Subscription[]): void {
    for (const subscription of subscriptions) {
      const key = placeKey(subscription);
      const place = this.#places.get(key);
      if (place === undefined || !place.channels.delete(subscription.channel) || place.channels.size > 0) continue;
      this.#places.delete(key);
      if (subscription.symbol !== '') this.#counts.set(place.group, this.#counts.get(place.group)! - 1);
    }
  }

  #groupOfNew({ symbol }: Subscription, current: number | undefined): number {
    if (current !== undefined && (symbol === '' || this.#hasRoom(current))) return current;
    let group = 1;
    while (!this.#hasRoom(group)) group += 1;
    return group;
  }

  #hasRoom(group: number): boolean {
    return (this.#counts.get(group) ?? 0) < GROUP_ITEMS_MAX;
  }

  #place(subscription: Subscription, group: number): void {
    const key = placeKey(subscription);
    const known = this.#places.get(key);
    if (known !== undefined) {
      known.channels.add(subscription.channel);
      return;
    }
    this.#places.set(key, { group, channels: new Set([subscription.channel]) });
    if (subscription.symbol !== '') this.#counts.set(group, (this.#counts.get(group) ?? 0) + 1);
  }
}

function placeKey({ channel, symbol }: Subscription): string {
  return symbol === '' ? `|${channel}` : symbol;
}
