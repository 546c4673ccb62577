/**
 * What goes wrong while a tape is served: a plan that is the same for the same text and seed. Its text is a list of
 *
 *     [venue/]kind[@moment | :probability][:amount]        or        seed=NUMBER
 *
 * such as `cut@30s,stall@45s:20s,drop:0.01,seed=7`. A moment is a time of the server's clock since the first frame of the tape (`30s`,
 * `500ms`, `2m`), or `#500`: once 500 frames of the venue were served.
 */

/** Happen to single frames: with a probability each, or to the next `frames` of every connection once the moment has come. */
export type FrameFaultKind = 'drop' | 'duplicate' | 'delay' | 'malformed' | 'invalid-utf8' | 'wrong-count' | 'oversized';
/** Happen once, to every connection that is open at the moment. */
export type ConnectionFaultKind = 'cut' | 'close' | 'kick' | 'stall';
/** Hold for a time, or for good. */
export type WindowFaultKind = 'refuse-login' | 'silent' | 'mute-heartbeat';
export type FaultKind = FrameFaultKind | ConnectionFaultKind | WindowFaultKind | 'burst';

export type FaultMoment =
  | { readonly kind: 'time'; readonly atMs: number }
  /** Once so many frames of the venue were served. */
  | { readonly kind: 'frames'; readonly count: number };

export interface FrameFault {
  readonly group: 'frame';
  readonly kind: FrameFaultKind;
  /** Only this venue; all of them when absent. */
  readonly venue?: string;
  readonly when: FaultMoment | { readonly kind: 'chance'; readonly probability: number };
  /** Frames of each connection that are hit once the moment has come. */
  readonly frames: number;
  /** `delay`: milliseconds; `oversized`: bytes of the frame; else 0. */
  readonly amount: number;
}

export interface ConnectionFault {
  readonly group: 'connection';
  readonly kind: ConnectionFaultKind;
  readonly venue?: string;
  readonly when: FaultMoment;
  /** `close`: its code (1006 drops the connection without one); `stall`: milliseconds; else 0. */
  readonly amount: number;
}

export interface WindowFault {
  readonly group: 'window';
  readonly kind: WindowFaultKind;
  readonly venue?: string;
  /** A window at time 0 begins when the server listens: logins come before the first frame. */
  readonly when: FaultMoment;
  /** Infinity: for good. */
  readonly durationMs: number;
}

/** The next `frames` of the tape are served without waiting for their times; pacing goes on from there. */
export interface BurstFault {
  readonly group: 'feed';
  readonly kind: 'burst';
  readonly venue?: string;
  readonly when: FaultMoment;
  readonly frames: number;
}

export type Fault = FrameFault | ConnectionFault | WindowFault | BurstFault;

export interface FaultPlan {
  /** Decides which frames a probability hits, and where a frame is damaged. */
  readonly seed: number;
  readonly faults: readonly Fault[];
}

export const NO_FAULTS: FaultPlan = { seed: 1, faults: [] };
