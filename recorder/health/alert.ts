import type { AlertLevel } from '../plan/plan-health.ts';

/** Everything that a rule may find; `docs/operations.md` says of each what to do. */
export const ALERT_KINDS = [
  'channel-silent',
  'no-data',
  'poll-dead',
  'connection-down',
  'connection-stopped',
  'unacknowledged',
  'refused',
  'reconnect-storm',
  'frames-dropped',
  'gap',
  'decode-failures',
  'drift',
  'late-trades',
  'volume-missing',
  'clock-behind',
  'clock-ahead',
  'token',
  'disk-low',
  'disk-forecast',
  'write-queue',
  'loop-stalled',
  'tape-stalled',
  'monitor-behind',
  'restarted',
] as const;

export type AlertKind = (typeof ALERT_KINDS)[number];

/** What is wrong now, as a rule found it. */
export interface Condition {
  /** What it is about: `channel-silent/kis/H0STCNT0`. Equal keys are one alert, however often it is found. */
  readonly key: AlertKind | `${AlertKind}/${string}`;
  readonly severity: AlertLevel;
  /** Empty for what concerns the whole recorder. */
  readonly venue: string;
  readonly title: string;
  /** With the numbers, and what to look at. */
  readonly message: string;
  /** It must be found for so long before it is told. */
  readonly holdMs: number;
}

/** Something that happened once: a stop fired, an order was refused. */
export interface AlertEvent {
  /** Equal keys with equal words are told once in a while only. */
  readonly key: string;
  readonly severity: AlertLevel;
  readonly venue?: string;
  readonly title: string;
  readonly message: string;
}

/** `firing`: new, or worse than before · `repeated`: still there · `resolved`: over · `event`: happened once · `report`: the report of a session. */
export type AlertState = 'firing' | 'repeated' | 'resolved' | 'event' | 'report';

/** One message to whoever watches. Times are microseconds since the epoch. */
export interface Alert {
  readonly key: string;
  readonly state: AlertState;
  readonly severity: AlertLevel;
  readonly venue: string;
  readonly title: string;
  readonly message: string;
  readonly session: string;
  readonly atUs: number;
  /** When it began, for what lasts. */
  readonly sinceUs?: number;
}

const RANK: Readonly<Record<AlertLevel, number>> = { info: 0, warning: 1, critical: 2 };

export function isAtLeast(severity: AlertLevel, level: AlertLevel): boolean {
  return RANK[severity] >= RANK[level];
}
