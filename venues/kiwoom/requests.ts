import type { Subscription } from '../protocol.ts';

/** Items of one object of `data`: every item is registered for every type. */
interface DataEntry {
  readonly item: string[];
  readonly type: readonly string[];
}

export function loginText(token: string): string {
  return JSON.stringify({ trnm: 'LOGIN', token });
}

/** `refresh` 1 keeps what was registered before; what 0 drops, the group or all, is not documented. */
export function registerText(group: string, subscriptions: readonly Subscription[]): string {
  return JSON.stringify({ trnm: 'REG', grp_no: group, refresh: '1', data: dataOf(subscriptions) });
}

export function removeText(group: string, subscriptions: readonly Subscription[]): string {
  return JSON.stringify({ trnm: 'REMOVE', grp_no: group, data: dataOf(subscriptions) });
}

/** The list of the account's condition searches (ka10171). It must be asked for before the first search in real time. */
export function conditionListText(): string {
  return JSON.stringify({ trnm: 'CNSRLST' });
}

/** A condition search in real time (ka10173): the codes that meet it now, then every change as type `02`. */
export function conditionText(seq: string): string {
  return JSON.stringify({ trnm: 'CNSRREQ', seq, search_type: '1', stex_tp: 'K' });
}

export function conditionClearText(seq: string): string {
  return JSON.stringify({ trnm: 'CNSRCLR', seq });
}

/** All types of an item in one object, and items with the same types together. */
function dataOf(subscriptions: readonly Subscription[]): readonly DataEntry[] {
  const types = new Map<string, string[]>();
  for (const { channel, symbol } of subscriptions) {
    const known = types.get(symbol);
    if (known === undefined) types.set(symbol, [channel]);
    else if (!known.includes(channel)) known.push(channel);
  }
  const entries = new Map<string, DataEntry>();
  for (const [item, type] of types) {
    const key = [...type].sort().join();
    const entry = entries.get(key);
    if (entry === undefined) entries.set(key, { item: [item], type });
    else entry.item.push(item);
  }
  return [...entries.values()];
}
