import type { Subscription } from '#venues';
import type { RoomPlan } from '../plan/recording-plan.ts';
import type { Room, RoomLook, RoomUnit } from './room.ts';

/** A symbol that left the result keeps its place so long, unless another needs it: at the edge of a condition stocks come and go by the second. */
export const LEFT_KEEPS_MS = 60_000;
/** Results remembered beyond those that have a place; of more the oldest are forgotten. */
const RESULTS_MAX = 2_000;

interface Result {
  /** Rises with every entry: the highest is the newest. */
  readonly entry: number;
  /** When it left the result; `undefined` while it is in it. */
  readonly leftAtMs: number | undefined;
}

/** What a condition search finds, newest first; behind what is in the result now, what left it a short time ago. */
export class SearchRoom implements Room {
  readonly plan: RoomPlan;
  readonly search: string;
  readonly #results = new Map<string, Result>();
  #entries = 0;
  #isTold = false;

  constructor(plan: RoomPlan, search: string) {
    this.plan = plan;
    this.search = search;
  }

  enter(code: string): void {
    this.#isTold = true;
    const known = this.#results.get(code);
    if (known !== undefined && known.leftAtMs === undefined) return;
    this.#entries += 1;
    this.#results.delete(code);
    this.#results.set(code, { entry: this.#entries, leftAtMs: undefined });
    if (this.#results.size > RESULTS_MAX) this.#results.delete(this.#results.keys().next().value!);
  }

  leave(code: string, nowMs: number): void {
    const known = this.#results.get(code);
    if (known !== undefined && known.leftAtMs === undefined) this.#results.set(code, { entry: known.entry, leftAtMs: nowMs });
  }

  /** The whole result: what is not in it has left. Its first is taken for the newest; what was known keeps its place in the order. */
  replace(codes: readonly string[], nowMs: number): void {
    this.#isTold = true;
    const now = new Set(codes);
    for (const code of this.#results.keys()) if (!now.has(code)) this.leave(code, nowMs);
    for (const code of [...codes].reverse()) this.enter(code);
  }

  look(nowMs: number): RoomLook {
    for (const [code, { leftAtMs }] of this.#results) {
      if (leftAtMs !== undefined && nowMs - leftAtMs >= LEFT_KEEPS_MS) this.#results.delete(code);
    }
    const units = [...this.#results].sort(([, a], [, b]) => order(a, b)).map(([code]) => this.#unit(code));
    return { units, waitsFor: this.#isTold ? '' : `the first result of search ${this.search}`, centred: [] };
  }

  #unit(code: string): RoomUnit {
    const symbol = `${code}${this.plan.symbolSuffix}`;
    return { key: code, subscriptionsOn: (channel): readonly Subscription[] => [{ channel, symbol }] };
  }
}

/** Those in the result before those that left it, the newest first. */
function order(a: Result, b: Result): number {
  const hasLeft = Number(a.leftAtMs !== undefined) - Number(b.leftAtMs !== undefined);
  return hasLeft || b.entry - a.entry;
}
