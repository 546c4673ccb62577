import type { Clock } from '#domain';
import type { FaultKind } from './faults.ts';

/** One fault that happened. */
export interface InjectedFault {
  readonly kind: FaultKind;
  readonly venue: string;
  /** Number of the connection at its venue, from 0; -1 for what concerns all of them. */
  readonly connection: number;
  /** Frames of the tape that the connection was to get before. */
  readonly frame: number;
  /** Milliseconds of the server's clock since it was made. */
  readonly atMs: number;
}

/** Injected faults that are kept one by one; those after are only counted. */
const INJECTED_KEPT_MAX = 10_000;

/** What was really done wrong: a fault of a plan may find nobody to hit. */
export class FaultLog {
  readonly #clock: Clock;
  readonly #startNs: bigint;
  readonly #injected: InjectedFault[] = [];
  readonly #counts = new Map<FaultKind, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startNs = clock.monotonicNs();
  }

  /** The first `INJECTED_KEPT_MAX` in order. */
  get injected(): readonly InjectedFault[] {
    return this.#injected;
  }

  count(kind: FaultKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  note(kind: FaultKind, venue: string, connection: number, frame: number): void {
    this.#counts.set(kind, this.count(kind) + 1);
    if (this.#injected.length >= INJECTED_KEPT_MAX) return;
    const atMs = Number(this.#clock.monotonicNs() - this.#startNs) / 1e6;
    this.#injected.push({ kind, venue, connection, frame, atMs });
  }
}
