import { type Subscription, subscriptionKey } from '#venues';

/**
 * `wanted`: not asked for yet on this connection · `asked`: in flight · `acknowledged`: the venue said yes · `seen`: data came ·
 * `releasing`: asked to end · `refused`: the venue said no, and it is not asked again.
 */
export type SubscriptionState = 'wanted' | 'asked' | 'acknowledged' | 'seen' | 'releasing' | 'refused';

export interface SubscriptionRow {
  readonly key: string;
  readonly subscription: Subscription;
  readonly priority: number;
  readonly state: SubscriptionState;
  /** Why it was refused, or will be asked again. */
  readonly reason: string;
}

interface Row {
  readonly key: string;
  readonly subscription: Subscription;
  priority: number;
  state: SubscriptionState;
  reason: string;
  /** Not asked again before; monotonic ms. */
  notBeforeMs: number;
  isWanted: boolean;
}

export interface SubscriptionCounts {
  readonly wanted: number;
  readonly acknowledged: number;
  readonly seen: number;
  readonly refused: number;
}

/** What one connection was asked to carry, and how far the venue has followed: the truth that is restored after a reconnect. */
export class SubscriptionLedger {
  readonly #rows = new Map<string, Row>();
  #unseen = 0;

  /** Rows that were acknowledged or asked for and have shown no data yet; while it is 0 no frame need be looked at. */
  get unseen(): number {
    return this.#unseen;
  }

  /** Nothing is wanted, and nothing is left to be released. */
  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  /** Adds a wish; false when it is there already. */
  want(subscription: Subscription, priority: number): boolean {
    const key = subscriptionKey(subscription);
    const known = this.#rows.get(key);
    if (known === undefined) {
      this.#rows.set(key, { key, subscription, priority, state: 'wanted', reason: '', notBeforeMs: 0, isWanted: true });
      this.#unseen += 1;
      return true;
    }
    if (known.isWanted) return false;
    known.isWanted = true;
    known.priority = priority;
    if (known.state === 'refused') this.#move(known, 'wanted');
    return true;
  }

  /** Takes a wish back; false when there was none. */
  release(key: string): boolean {
    const row = this.#rows.get(key);
    if (row === undefined || !row.isWanted) return false;
    row.isWanted = false;
    if (row.state === 'wanted' || row.state === 'refused') this.#drop(row);
    return true;
  }

  /** What to ask for next, most important first, at most `limit`. */
  toAsk(nowMs: number, limit: number): readonly Subscription[] {
    return [...this.#rows.values()]
      .filter(({ state, isWanted, notBeforeMs }) => state === 'wanted' && isWanted && notBeforeMs <= nowMs)
      .sort((a, b) => a.priority - b.priority)
      .slice(0, limit)
      .map(({ subscription }) => subscription);
  }

  /** What to end next, at most `limit`. */
  toRelease(limit: number): readonly Subscription[] {
    return [...this.#rows.values()]
      .filter(({ state, isWanted }) => !isWanted && (state === 'acknowledged' || state === 'seen'))
      .slice(0, limit)
      .map(({ subscription }) => subscription);
  }

  asked(keys: readonly string[]): void {
    this.#moveAll(keys, 'asked');
  }

  releasing(keys: readonly string[]): void {
    this.#moveAll(keys, 'releasing');
  }

  acknowledged(keys: readonly string[]): void {
    for (const key of keys) {
      const row = this.#rows.get(key);
      // Data may come before its acknowledgement: it is not taken back.
      if (row !== undefined && row.state !== 'seen') this.#move(row, 'acknowledged');
    }
  }

  released(keys: readonly string[]): void {
    for (const key of keys) {
      const row = this.#rows.get(key);
      if (row === undefined) continue;
      if (row.isWanted) this.#move(row, 'wanted');
      else this.#drop(row);
    }
  }

  /** Refused; asked again from `retryAtMs` on, or never. */
  refused(keys: readonly string[], reason: string, retryAtMs: number | undefined): void {
    for (const key of keys) {
      const row = this.#rows.get(key);
      if (row === undefined) continue;
      row.reason = reason;
      row.notBeforeMs = retryAtMs ?? 0;
      this.#move(row, retryAtMs === undefined ? 'refused' : 'wanted');
    }
  }

  /** Data came. */
  seen(key: string): void {
    const row = this.#rows.get(key);
    if (row !== undefined && row.state !== 'seen' && row.state !== 'releasing') this.#move(row, 'seen');
  }

  /** The connection is gone and with it every registration: all that is wanted must be asked for again. */
  forgetConnection(): void {
    for (const row of [...this.#rows.values()]) {
      if (!row.isWanted) this.#drop(row);
      else if (row.state !== 'refused') this.#move(row, 'wanted');
      row.notBeforeMs = 0;
    }
  }

  rows(): readonly SubscriptionRow[] {
    return [...this.#rows.values()].filter(({ isWanted }) => isWanted);
  }

  wantedSubscriptions(): readonly Subscription[] {
    return this.rows().map(({ subscription }) => subscription);
  }

  isWanted(key: string): boolean {
    return this.#rows.get(key)?.isWanted === true;
  }

  /** Everything that the venue counts, may count, or will: what is wanted, and what is not wanted any more until the venue has released it. */
  heldSubscriptions(): readonly Subscription[] {
    return [...this.#rows.values()].map(({ subscription }) => subscription);
  }

  counts(): SubscriptionCounts {
    let counts = NO_COUNTS;
    for (const { state, isWanted } of this.#rows.values()) if (isWanted) counts = plus(counts, state);
    return counts;
  }

  /** The same by what `labelOf` calls the channel, in the order of the first wish. */
  countsByLabel(labelOf: (channel: string) => string): ReadonlyMap<string, SubscriptionCounts> {
    const byLabel = new Map<string, SubscriptionCounts>();
    for (const { subscription, state, isWanted } of this.#rows.values()) {
      if (!isWanted) continue;
      const label = labelOf(subscription.channel);
      const counts = byLabel.get(label) ?? NO_COUNTS;
      byLabel.set(label, plus(counts, state));
    }
    return byLabel;
  }

  #moveAll(keys: readonly string[], state: SubscriptionState): void {
    for (const key of keys) {
      const row = this.#rows.get(key);
      if (row !== undefined) this.#move(row, state);
    }
  }

  #move(row: Row, state: SubscriptionState): void {
    if (isUnseen(row.state)) this.#unseen -= 1;
    row.state = state;
    if (isUnseen(state)) this.#unseen += 1;
  }

  #drop(row: Row): void {
    if (isUnseen(row.state)) this.#unseen -= 1;
    this.#rows.delete(row.key);
  }
}

const NO_COUNTS: SubscriptionCounts = { wanted: 0, acknowledged: 0, seen: 0, refused: 0 };

function plus(counts: SubscriptionCounts, state: SubscriptionState): SubscriptionCounts {
  return {
    wanted: counts.wanted + 1,
    acknowledged: counts.acknowledged + (state === 'acknowledged' || state === 'seen' ? 1 : 0),
    seen: counts.seen + (state === 'seen' ? 1 : 0),
    refused: counts.refused + (state === 'refused' ? 1 : 0),
  };
}

function isUnseen(state: SubscriptionState): boolean {
  return state === 'wanted' || state === 'asked' || state === 'acknowledged';
}
