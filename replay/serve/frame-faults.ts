import { faultFraction } from './fault-random.ts';
import type { FaultPlan, FrameFault } from './faults.ts';

/** A fault that hits the frame at hand; `fraction` says where a frame is damaged. */
export interface FrameHit {
  readonly fault: FrameFault;
  readonly fraction: number;
}

interface ChanceFault {
  readonly fault: FrameFault;
  readonly probability: number;
  /** Its place in the plan: two faults of a kind draw apart. */
  readonly index: number;
}

const NO_HITS: readonly FrameHit[] = [];

/** Which frames of one connection go wrong, by the plan's seed and by what was armed. */
export class FrameFaults {
  readonly #seed: number;
  readonly #connection: number;
  readonly #chances: readonly ChanceFault[];
  readonly #armed: { readonly fault: FrameFault; left: number }[] = [];
  #frame = 0;

  constructor(plan: FaultPlan, venue: string, connection: number) {
    this.#seed = plan.seed;
    this.#connection = connection;
    this.#chances = plan.faults.flatMap((fault, index) =>
      fault.group === 'frame' && fault.when.kind === 'chance' && (fault.venue ?? venue) === venue
        ? [{ fault, probability: fault.when.probability, index }]
        : [],
    );
  }

  /** Frames that were asked about so far. */
  get frame(): number {
    return this.#frame;
  }

  arm(fault: FrameFault): void {
    this.#armed.push({ fault, left: fault.frames });
  }

  /** The faults that hit the next frame, in the order of the plan, armed ones last. */
  next(): readonly FrameHit[] {
    const frame = this.#frame++;
    if (this.#chances.length === 0 && this.#armed.length === 0) return NO_HITS;
    const hits: FrameHit[] = [];
    for (const { fault, probability, index } of this.#chances) {
      if (faultFraction(this.#seed, 2 * index, this.#connection, frame) < probability) {
        hits.push({ fault, fraction: faultFraction(this.#seed, 2 * index + 1, this.#connection, frame) });
      }
    }
    for (let index = 0; index < this.#armed.length; ) {
      const armed = this.#armed[index]!;
      hits.push({ fault: armed.fault, fraction: faultFraction(this.#seed, -2 - index, this.#connection, frame) });
      armed.left -= 1;
      if (armed.left === 0) this.#armed.splice(index, 1);
      else index += 1;
    }
    return hits;
  }
}
