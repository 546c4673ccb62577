import { assertNever, type Clock } from '#domain';
import type { ProtocolFaults } from '#venues';
import type { FaultLog } from './fault-log.ts';
import type { ConnectionFault, Fault, FaultMoment, FaultPlan, FrameFault, WindowFault, WindowFaultKind } from './faults.ts';
import { FrameFaults } from './frame-faults.ts';

/** A connection as the director sees it. */
export interface FaultTarget {
  cut(): void;
  /** Ends the connection with this close code; 1006 ends it without one. */
  closeWith(code: number): void;
  kick(): void;
  stall(durationMs: number): void;
  /** The next `fault.frames` frames are hit. */
  arm(fault: FrameFault): void;
}

export interface FaultDirectorOptions {
  readonly plan: FaultPlan;
  readonly clock: Clock;
  readonly log: FaultLog;
  /** Serves the next frames of the tape without waiting. */
  readonly burst: (frames: number) => void;
}

/** Lets the faults of a plan happen when their moment comes. */
export class FaultDirector {
  readonly #options: FaultDirectorOptions;
  readonly #targets = new Map<string, Set<FaultTarget>>();
  readonly #windows = new Map<string, OpenWindows>();
  readonly #framesServed = new Map<string, number>();
  readonly #cancels = new Set<() => void>();
  /** Faults that wait for a number of frames; small, looked at for every frame. */
  #waiting: { readonly fault: Fault; readonly count: number }[] = [];
  #hasBegun = false;

  constructor(options: FaultDirectorOptions, venues: readonly string[]) {
    this.#options = options;
    for (const venue of venues) this.#windows.set(venue, new OpenWindows());
    for (const fault of options.plan.faults) if (isFromTheStart(fault)) this.#happen(fault, venues);
  }

  /** What the venue's protocol does wrong at this moment: the values change while the server runs. */
  protocolFaults(venue: string): ProtocolFaults {
    return this.#windowsOf(venue);
  }

  /** True while data frames of the venue are left out: acknowledged, and silent. */
  isSilent(venue: string): boolean {
    return this.#windowsOf(venue).acknowledgeOnly;
  }

  /** The faults of single frames of one connection. */
  frameFaults(venue: string, connection: number): FrameFaults {
    return new FrameFaults(this.#options.plan, venue, connection);
  }

  add(venue: string, target: FaultTarget): void {
    const targets = this.#targets.get(venue);
    if (targets === undefined) this.#targets.set(venue, new Set([target]));
    else targets.add(target);
  }

  remove(venue: string, target: FaultTarget): void {
    this.#targets.get(venue)?.delete(target);
  }

  /** The first frame of the tape is about to be served: times count from here. Called again (a tape that loops) it does nothing. */
  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    for (const fault of this.#options.plan.faults) {
      const { when } = fault;
      if (when.kind === 'chance' || isFromTheStart(fault)) continue;
      if (when.kind === 'time') this.#after(when.atMs, () => this.#happen(fault, this.#venuesOf(fault)));
      else this.#waiting.push({ fault, count: when.count });
    }
    for (const venue of this.#windows.keys()) this.#fireFrames(venue, 0);
  }

  /** A frame of the tape was served to the connections of this venue that wanted it. */
  frameServed(venue: string): void {
    if (this.#waiting.length === 0) return;
    const served = (this.#framesServed.get(venue) ?? 0) + 1;
    this.#framesServed.set(venue, served);
    this.#fireFrames(venue, served);
  }

  end(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#waiting = [];
  }

  /** A fault of all venues happens to each when that venue has served its frames; a burst is of the tape, and happens once. */
  #fireFrames(venue: string, served: number): void {
    for (const { fault, count } of [...this.#waiting]) {
      if (count !== served || (fault.venue ?? venue) !== venue) continue;
      if (fault.group === 'feed') this.#waiting = this.#waiting.filter((waiting) => waiting.fault !== fault);
      this.#happen(fault, [venue]);
    }
  }

  #happen(fault: Fault, venues: readonly string[]): void {
    switch (fault.group) {
      case 'feed':
        this.#options.log.note(fault.kind, fault.venue ?? '', -1, -1);
        this.#options.burst(fault.frames);
        return;
      case 'window':
        for (const venue of venues) if ((fault.venue ?? venue) === venue) this.#open(venue, fault);
        return;
      case 'frame':
      case 'connection':
        // A copy: a connection that ends takes itself out.
        for (const venue of venues) for (const target of [...(this.#targets.get(venue) ?? [])]) hit(target, fault);
        return;
      default:
        assertNever(fault);
    }
  }

  #open(venue: string, fault: WindowFault): void {
    const windows = this.#windowsOf(venue);
    this.#options.log.note(fault.kind, venue, -1, -1);
    windows.change(fault.kind, 1);
    if (fault.durationMs !== Number.POSITIVE_INFINITY) this.#after(fault.durationMs, () => windows.change(fault.kind, -1));
  }

  #windowsOf(venue: string): OpenWindows {
    let windows = this.#windows.get(venue);
    if (windows === undefined) {
      windows = new OpenWindows();
      this.#windows.set(venue, windows);
    }
    return windows;
  }

  #venuesOf(fault: Fault): readonly string[] {
    return fault.venue === undefined ? [...this.#windows.keys()] : [fault.venue];
  }

  #after(delayMs: number, action: () => void): void {
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      action();
    });
    this.#cancels.add(cancel);
  }
}

/** Windows of one venue that are open; several of a kind may overlap. */
class OpenWindows implements ProtocolFaults {
  readonly #open: Record<WindowFaultKind, number> = { 'refuse-login': 0, silent: 0, 'mute-heartbeat': 0 };

  get refuseLogin(): boolean {
    return this.#open['refuse-login'] > 0;
  }

  get acknowledgeOnly(): boolean {
    return this.#open.silent > 0;
  }

  get muteHeartbeat(): boolean {
    return this.#open['mute-heartbeat'] > 0;
  }

  change(kind: WindowFaultKind, by: 1 | -1): void {
    this.#open[kind] += by;
  }
}

function hit(target: FaultTarget, fault: FrameFault | ConnectionFault): void {
  if (fault.group === 'frame') {
    target.arm(fault);
    return;
  }
  switch (fault.kind) {
    case 'cut':
      return target.cut();
    case 'close':
      return target.closeWith(fault.amount);
    case 'kick':
      return target.kick();
    case 'stall':
      return target.stall(fault.amount);
    default:
      return assertNever(fault);
  }
}

function isFromTheStart(fault: Fault): boolean {
  return fault.group === 'window' && isZero(fault.when);
}

function isZero(when: FaultMoment): boolean {
  return when.kind === 'time' && when.atMs === 0;
}
