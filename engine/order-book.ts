import { assertNever, type BookEvent, type BookRule, type BookView } from '#domain';
import { ExactSum } from './exact-sum.ts';
import { BookDeltaBuffer } from './order-book-buffer.ts';
import { isCovered, isFirst, isNext } from './order-book-joining.ts';
import { type LevelColumns, PriceLadder } from './price-ladder.ts';

/**
 * What a message did to a book.
 * `snapshot` the book is what the snapshot (and the deltas buffered for it) said · `applied` a delta joined and was applied ·
 * `buffered` a delta waits for a snapshot · `dropped` the message says only what the book holds already (`reason` names it) ·
 * `gap` messages are missing: the book is unknown, and `reason` says between which update ids.
 */
export type BookOutcome = 'snapshot' | 'applied' | 'buffered' | 'dropped' | 'gap';

/**
 * One symbol's order book, rebuilt from snapshots and deltas by the joining rule that each event names.
 *
 * `replace`: every event is a whole book. `binance-spot` and `binance-futures` are the venue's own steps ("How to manage a local
 * order book correctly"): deltas before the snapshot are buffered; those the snapshot covers are dropped (spot `u <= lastUpdateId`,
 * futures `u < lastUpdateId`); the first one applied straddles it (spot `U <= lastUpdateId + 1 <= u`, futures
 * `U <= lastUpdateId <= u`); each next one follows the last (spot `U = previous u + 1`, futures `pu = previous u`). Anything else
 * is a gap: the book is unknown until the next snapshot, and the delta that showed the gap is the first of a new buffer.
 * A snapshot that is not newer than the book is dropped; one that is older than the buffered deltas is a gap, and they are kept.
 */
export class OrderBook implements BookView {
  readonly #bids = new PriceLadder(1);
  readonly #asks = new PriceLadder(-1);
  readonly #buffer = new BookDeltaBuffer();
  readonly #sum = new ExactSum();
  #isKnown = false;
  #updateId = Number.NaN;
  /** Whether a delta was applied on top of the snapshot: the first one joins by its own rule. */
  #hasJoined = false;
  #reason = '';
  #appliedCount = 0;
  #droppedCount = 0;
  #gapCount = 0;

  get isKnown(): boolean {
    return this.#isKnown;
  }

  get bidPrice(): number {
    return this.#bids.bestPrice;
  }

  get bidSize(): number {
    return this.#bids.bestSize;
  }

  get askPrice(): number {
    return this.#asks.bestPrice;
  }

  get askSize(): number {
    return this.#asks.bestSize;
  }

  get midPrice(): number {
    return (this.#bids.bestPrice + this.#asks.bestPrice) / 2;
  }

  get updateId(): number {
    return this.#updateId;
  }

  /** Why the last message was dropped or a gap, or why the book was made unknown; empty after a message that went in. */
  get reason(): string {
    return this.#reason;
  }

  /** Deltas applied so far, those that waited in the buffer included. */
  get appliedCount(): number {
    return this.#appliedCount;
  }

  /** Messages dropped so far because the book held them already. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  get gapCount(): number {
    return this.#gapCount;
  }

  levelCount(side: 1 | -1): number {
    return this.#side(side).count;
  }

  depth(side: 1 | -1, levels: number): number {
    this.#sum.clear();
    this.#side(side).sumSizes(levels, this.#sum);
    return this.#sum.toNumber();
  }

  walk(side: 1 | -1, visit: (price: number, size: number) => boolean): void {
    this.#side(side).walk(visit);
  }

  sizeAt(side: 1 | -1, price: number): number {
    return this.#side(side).sizeAt(price);
  }

  apply(event: Readonly<BookEvent>): BookOutcome {
    this.#reason = '';
    switch (event.rule) {
      case 'replace':
        return this.#replace(event);
      case 'binance-spot':
      case 'binance-futures':
        return event.isSnapshot ? this.#applySnapshot(event, event.rule) : this.#applyDelta(event, event.rule);
      default:
        return assertNever(event.rule);
    }
  }

  /** Makes the book unknown, for example when its feed was lost; buffered deltas are forgotten too. */
  invalidate(reason: string): void {
    this.#forget(reason);
    this.#buffer.clear();
  }

  #replace(event: Readonly<BookEvent>): BookOutcome {
    this.#load(event);
    this.#buffer.clear();
    return 'snapshot';
  }

  #applyDelta(event: Readonly<BookEvent>, rule: BookRule): BookOutcome {
    if (!this.#isKnown) return this.#bufferDelta(event, rule);
    const { firstUpdateId, lastUpdateId } = event;
    if (!this.#hasJoined && isCovered(rule, lastUpdateId, this.#updateId)) {
      return this.#drop(`delta ${firstUpdateId} to ${lastUpdateId} is covered by the snapshot ${this.#updateId}`);
    }
    const joins = this.#hasJoined
      ? isNext(rule, firstUpdateId, event.previousUpdateId, this.#updateId)
      : isFirst(rule, firstUpdateId, lastUpdateId, this.#updateId);
    if (!joins) {
      const last = this.#hasJoined ? `update ${this.#updateId}` : `snapshot ${this.#updateId}`;
      this.#forget(`${last} was followed by delta ${firstUpdateId} to ${lastUpdateId}: updates between them are missing`);
      this.#buffer.push(event);
      return this.#countGap();
    }
    this.#setLevels(event.levels);
    this.#updateId = lastUpdateId;
    this.#hasJoined = true;
    this.#appliedCount++;
    return 'applied';
  }

  #bufferDelta(event: Readonly<BookEvent>, rule: BookRule): BookOutcome {
    const buffer = this.#buffer;
    const follows = buffer.count === 0 || isNext(rule, event.firstUpdateId, event.previousUpdateId, buffer.lastUpdateId);
    if (follows && buffer.canHold(event)) {
      buffer.push(event);
      return 'buffered';
    }
    const last = buffer.lastUpdateId;
    const found = `delta ${event.firstUpdateId} to ${event.lastUpdateId}`;
    this.#reason = follows
      ? `the buffer was full when ${found} came: ${buffer.count} deltas that waited for a snapshot were forgotten`
      : `buffered update ${last} was followed by ${found}: updates between them are missing`;
    buffer.clear();
    buffer.push(event);
    return this.#countGap();
  }

  #applySnapshot(event: Readonly<BookEvent>, rule: BookRule): BookOutcome {
    const snapshotId = event.lastUpdateId;
    if (this.#isKnown && snapshotId <= this.#updateId) {
      return this.#drop(`snapshot ${snapshotId} is not newer than the book, which is at update ${this.#updateId}`);
    }
    const buffer = this.#buffer;
    let first = 0;
    while (first < buffer.count && isCovered(rule, buffer.delta(first).lastUpdateId, snapshotId)) first++;
    if (first < buffer.count) {
      const { firstUpdateId, lastUpdateId } = buffer.delta(first);
      if (!isFirst(rule, firstUpdateId, lastUpdateId, snapshotId)) {
        this.#reason = `snapshot ${snapshotId} is older than the first buffered delta ${firstUpdateId} to ${lastUpdateId}`;
        return this.#countGap();
      }
    }
    this.#load(event);
    this.#droppedCount += first;
    this.#replayBuffer(first);
    return 'snapshot';
  }

  #replayBuffer(first: number): void {
    const buffer = this.#buffer;
    for (let index = first; index < buffer.count; index++) {
      this.#setLevels(buffer.levels(index));
      this.#updateId = buffer.delta(index).lastUpdateId;
      this.#hasJoined = true;
      this.#appliedCount++;
    }
    buffer.clear();
  }

  #load(event: Readonly<BookEvent>): void {
    this.#bids.clear();
    this.#asks.clear();
    this.#setLevels(event.levels);
    this.#isKnown = true;
    this.#hasJoined = false;
    this.#updateId = event.lastUpdateId;
  }

  #setLevels(levels: LevelColumns): void {
    this.#bids.setLevels(levels, 1);
    this.#asks.setLevels(levels, -1);
  }

  #drop(reason: string): BookOutcome {
    this.#reason = reason;
    this.#droppedCount++;
    return 'dropped';
  }

  #countGap(): BookOutcome {
    this.#gapCount++;
    return 'gap';
  }

  #forget(reason: string): void {
    this.#isKnown = false;
    this.#hasJoined = false;
    this.#updateId = Number.NaN;
    this.#bids.clear();
    this.#asks.clear();
    this.#reason = reason;
  }

  #side(side: 1 | -1): PriceLadder {
    return side === 1 ? this.#bids : this.#asks;
  }
}
