import type { Clock } from '#domain';
import type { AlertLevel } from '../plan/plan-health.ts';
import { type Alert, type AlertEvent, type AlertState, type Condition, isAtLeast } from './alert.ts';
import type { Findings } from './alert-rules.ts';

export interface AlertDeskOptions {
  readonly clock: Clock;
  readonly session: string;
  /** An alert that goes on is sent again after this. */
  readonly repeatMs: number;
  readonly send: (alert: Alert) => void;
}

/** One condition that is watched: it must hold before it is told, and must be gone for a while before it is over. */
export interface WatchedAlert {
  readonly key: string;
  readonly severity: AlertLevel;
  readonly venue: string;
  readonly title: string;
  readonly message: string;
  readonly state: 'pending' | 'firing';
  readonly sinceUs: number;
}

interface Watched {
  condition: Condition;
  readonly sinceMs: number;
  readonly sinceUs: number;
  isFiring: boolean;
  sentAtMs: number;
  sentSeverity: AlertLevel;
  goneAtMs: number | undefined;
}

/** An alert is over when its condition was not found for so long: what comes and goes is one alert. */
const CLEAR_MS = 60_000;
/** Alerts at a time. More than a plan's channels can make; what is beyond is counted and not watched. */
const WATCHED_MAX = 1_000;
/** The same event in the same words is told once in this time. */
const EVENT_AGAIN_MS = 60_000;
/** Events in a minute, above which they are only counted; the count is told. */
const EVENTS_PER_MINUTE_MAX = 30;
const MINUTE_MS = 60_000;

/**
 * Decides what is told and when: each condition once, again after a while, and that it is over. It keeps no clock of its own: `update` is called
 * every few seconds with what is wrong.
 */
export class AlertDesk {
  readonly #options: AlertDeskOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #eventsAtMs = new Map<string, number>();
  #minuteStartMs = Number.NEGATIVE_INFINITY;
  #eventsThisMinute = 0;
  #eventsHeldBack = 0;
  /** Conditions that were not watched because there were too many. */
  overflowed = 0;

  constructor(options: AlertDeskOptions) {
    this.#options = options;
  }

  /** What is firing or on its way to it, in the order it was found. */
  get watched(): readonly WatchedAlert[] {
    return [...this.#watched.values()].map(({ condition: { key, severity, venue, title, message }, isFiring, sinceUs }) => ({
      key,
      severity,
      venue,
      title,
      message,
      state: isFiring ? 'firing' : 'pending',
      sinceUs,
    }));
  }

  update({ conditions, isBlind }: Findings): void {
    const nowMs = this.#nowMs();
    const found = new Set<string>();
    for (const condition of conditions) {
      found.add(condition.key);
      this.#found(condition, nowMs);
    }
    if (!isBlind) for (const [key, watched] of this.#watched) if (!found.has(key)) this.#missed(key, watched, nowMs);
    this.#tellHeldBack(nowMs);
  }

  /** Tells of something that happened once. */
  tell({ key, severity, venue = '', title, message }: AlertEvent): void {
    const nowMs = this.#nowMs();
    const words = `${key}\u0000${title}\u0000${message}`;
    for (const [old, atMs] of this.#eventsAtMs) if (nowMs - atMs >= EVENT_AGAIN_MS) this.#eventsAtMs.delete(old);
    if (this.#eventsAtMs.has(words)) return;
    this.#tellHeldBack(nowMs);
    if (this.#eventsThisMinute >= EVENTS_PER_MINUTE_MAX) {
      this.#eventsHeldBack += 1;
      return;
    }
    this.#eventsAtMs.set(words, nowMs);
    this.#eventsThisMinute += 1;
    this.#send('event', { key, severity, venue, title, message });
  }

  /** The session is over: what still fires is told to be over with it. */
  close(): void {
    for (const { condition, isFiring, sinceUs } of this.#watched.values()) {
      if (isFiring) this.#send('resolved', { ...condition, message: `The session ended while this was so: ${condition.message}` }, sinceUs);
    }
    this.#watched.clear();
    this.#tellHeldBack(Number.POSITIVE_INFINITY);
  }

  #found(condition: Condition, nowMs: number): void {
    let watched = this.#watched.get(condition.key);
    if (watched === undefined) {
      if (this.#watched.size >= WATCHED_MAX) {
        this.overflowed += 1;
        return;
      }
      watched = {
        condition,
        sinceMs: nowMs,
        sinceUs: this.#nowUs(),
        isFiring: false,
        sentAtMs: 0,
        sentSeverity: condition.severity,
        goneAtMs: undefined,
      };
      this.#watched.set(condition.key, watched);
    }
    watched.condition = condition;
    watched.goneAtMs = undefined;
    if (nowMs - watched.sinceMs < condition.holdMs) return;
    const isWorse = watched.isFiring && !isAtLeast(watched.sentSeverity, condition.severity);
    if (!watched.isFiring || isWorse) this.#tellCondition('firing', watched, nowMs);
    else if (nowMs - watched.sentAtMs >= this.#options.repeatMs) this.#tellCondition('repeated', watched, nowMs);
  }

  #missed(key: string, watched: Watched, nowMs: number): void {
    if (!watched.isFiring) {
      this.#watched.delete(key);
      return;
    }
    watched.goneAtMs ??= nowMs;
    if (nowMs - watched.goneAtMs < CLEAR_MS) return;
    this.#watched.delete(key);
    this.#send('resolved', watched.condition, watched.sinceUs);
  }

  #tellCondition(state: AlertState, watched: Watched, nowMs: number): void {
    watched.isFiring = true;
    watched.sentAtMs = nowMs;
    watched.sentSeverity = watched.condition.severity;
    this.#send(state, watched.condition, watched.sinceUs);
  }

  /** Starts a new minute of events, and says how many the last one held back. */
  #tellHeldBack(nowMs: number): void {
    if (nowMs - this.#minuteStartMs < MINUTE_MS) return;
    this.#minuteStartMs = nowMs;
    this.#eventsThisMinute = 0;
    const count = this.#eventsHeldBack;
    this.#eventsHeldBack = 0;
    if (count === 0) return;
    const message = `${count} more events came within a minute than the ${EVENTS_PER_MINUTE_MAX} that are sent; the log and the tape have all of them.`;
    this.#send('event', {
      key: 'events-held-back',
      severity: 'warning',
      venue: '',
      title: `${count} events were not sent one by one`,
      message,
    });
  }

  #send(
    state: AlertState,
    { key, severity, venue, title, message }: Pick<Alert, 'key' | 'severity' | 'venue' | 'title' | 'message'>,
    sinceUs?: number,
  ): void {
    const { session, send } = this.#options;
    send({
      key,
      state,
      severity,
      venue,
      title,
      message,
      session,
      atUs: this.#nowUs(),
      ...(sinceUs === undefined ? {} : { sinceUs }),
    });
  }

  #nowMs(): number {
    return Number(this.#options.clock.monotonicNs() / 1_000_000n);
  }

  #nowUs(): number {
    return Number(this.#options.clock.wallNs() / 1_000n);
  }
}
