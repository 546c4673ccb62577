import type { TapeHealth, VenueHealth } from '#domain';
import type { HealthThresholds } from '../plan/plan-health.ts';
import type { RecordingLimits } from '../plan/recording-plan.ts';
import type { RecordingStatus } from '../record/recorder.ts';
import type { VenueStatus } from '../record/venue-recorder.ts';
import type { VenueExpectation } from './expectations.ts';

/** Everything that the rules look at, at one time. Times are microseconds since the epoch, wall clock. */
export interface HealthFacts {
  readonly nowUs: number;
  /** When this process began to record: before it nothing can have been silent. */
  readonly startedAtUs: number;
  readonly zoneOffsetUs: number;
  readonly session: string;
  /** False where nobody reads the tape: then only the machine is judged. */
  readonly isMonitored: boolean;
  /** What the tape said last; `undefined` before the first. */
  readonly tape: TapeHealth | undefined;
  /** When it said so. */
  readonly tapeAtUs: number;
  /** The same about `RECENT_MS` and an hour ago, or as old as there is; for what only counts up. */
  readonly recently: TapeHealth | undefined;
  readonly hourAgo: TapeHealth | undefined;
  readonly status: RecordingStatus;
  readonly venues: readonly VenueExpectation[];
  /** Whether anything of the venue was expected at that time. */
  readonly wasExpected: (venue: string, timeUs: number) => boolean;
  /** The longest time that the event loop stood still in the last minute. */
  readonly loopDelayMs: number;
  readonly limits: RecordingLimits;
  readonly thresholds: HealthThresholds;
}

/** One venue in the facts. */
export interface VenueFacts {
  readonly venue: string;
  readonly expected: VenueExpectation;
  readonly tape: VenueHealth | undefined;
  readonly recently: VenueHealth | undefined;
  readonly hourAgo: VenueHealth | undefined;
  readonly status: VenueStatus | undefined;
}

/** How far back "lately" goes: a loss is told while it is not older than this. */
export const RECENT_MS = 10 * 60_000;

export function venueFacts(facts: HealthFacts): readonly VenueFacts[] {
  const find = (tape: TapeHealth | undefined, venue: string) => tape?.venues.find((candidate) => candidate.venue === venue);
  return facts.venues.map((expected) => ({
    venue: expected.venue,
    expected,
    tape: find(facts.tape, expected.venue),
    recently: find(facts.recently, expected.venue),
    hourAgo: find(facts.hourAgo, expected.venue),
    status: facts.status.venues.find(({ venue }) => venue === expected.venue),
  }));
}

/** Microseconds of nanoseconds; 0 for `undefined`. */
export function usOf(ns: bigint | undefined): number {
  return ns === undefined ? 0 : Number(ns / 1_000n);
}
