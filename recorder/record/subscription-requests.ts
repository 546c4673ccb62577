import type { Clock } from '#domain';
import { type SocketProtocol, type SocketSession, type Subscription, subscriptionKey } from '#venues';
import { SubscriptionLedger } from './subscription-ledger.ts';

/** A request that the venue has not answered yet. */
interface InFlight {
  readonly action: 'subscribe' | 'unsubscribe' | 'login';
  readonly keys: readonly string[];
  readonly sentAtMs: number;
}

export interface SubscriptionRequestsOptions {
  readonly limits: SocketProtocol['limits'];
  readonly clock: Clock;
  /** Writes a text to the socket. */
  readonly send: (text: string) => void;
}

/** What one connection asks of its venue, at the venue's pace, and what is still to be answered. */
export class SubscriptionRequests {
  readonly ledger = new SubscriptionLedger();
  readonly #options: SubscriptionRequestsOptions;
  /** Of the connection that is open for requests; login comes before. */
  #session: SocketSession | undefined;
  #inFlight: InFlight[] = [];
  #lastSentMs = Number.NEGATIVE_INFINITY;
  #cancelPump: (() => void) | undefined;

  constructor(options: SubscriptionRequestsOptions) {
    this.#options = options;
  }

  /** A connection was made: nothing was sent on it. */
  connected(): void {
    this.#inFlight = [];
    this.#lastSentMs = Number.NEGATIVE_INFINITY;
  }

  login(text: string): void {
    this.send(text);
    this.#inFlight.push({ action: 'login', keys: [], sentAtMs: this.#lastSentMs });
  }

  /** The venue takes requests from here on. */
  begin(session: SocketSession): void {
    this.#inFlight = [];
    this.#session = session;
    this.pump();
  }

  /** No request goes out any more on this connection; those in flight may still be answered. */
  end(): void {
    this.#session = undefined;
    this.#cancelPump?.();
  }

  /** The connection is gone, and all that the venue knew of it. */
  disconnected(): void {
    this.end();
    this.#inFlight = [];
    this.ledger.forgetConnection();
  }

  /** Sends the next requests that the venue's pace allows, and comes back when there are more. */
  pump(): void {
    const { limits } = this.#options;
    while (this.#session !== undefined && this.#inFlight.length < limits.inFlightMax) {
      const nowMs = this.#nowMs();
      const toRelease = this.ledger.toRelease(limits.batchMax);
      const toAsk = toRelease.length > 0 ? [] : this.ledger.toAsk(nowMs, limits.batchMax);
      if (toRelease.length + toAsk.length === 0) return;
      const waitMs = this.#lastSentMs + limits.sendSpacingMs - nowMs;
      if (waitMs > 0) return this.#pumpAfter(waitMs);
      if (toRelease.length > 0) this.#request(this.#session, 'unsubscribe', toRelease, nowMs);
      else this.#request(this.#session, 'subscribe', toAsk, nowMs);
    }
  }

  /** These were acknowledged; without keys those of the oldest request. Returns their subscriptions. */
  acknowledged(keys = this.#oldest('subscribe')): readonly Subscription[] {
    this.ledger.acknowledged(keys);
    this.#settle(keys);
    return this.ledger
      .rows()
      .filter(({ key }) => keys.includes(key))
      .map(({ subscription }) => subscription);
  }

  released(keys: readonly string[] | undefined): void {
    this.ledger.released(keys ?? this.#oldest('unsubscribe'));
    this.#settle(keys);
  }

  /** These were refused; without keys those of the oldest request. Returns them. */
  refused(reason: string, retryAfterMs: number | undefined, keys = this.#oldest('subscribe')): readonly string[] {
    this.ledger.refused(keys, reason, retryAfterMs === undefined ? undefined : this.#nowMs() + retryAfterMs);
    this.#settle(keys);
    return keys;
  }

  /** Why the venue is taken for dead: it did not answer a request in time. */
  overdue(nowMs: number): string | undefined {
    const { answerTimeoutMs } = this.#options.limits;
    const oldest = this.#inFlight[0];
    if (oldest === undefined || nowMs - oldest.sentAtMs <= answerTimeoutMs) return undefined;
    return `${oldest.action} was not answered in ${answerTimeoutMs / 1000} s (${oldest.keys.join(', ')})`;
  }

  /** Keeps a connection alive on which we sent nothing for a while. */
  beat(text: string, nowMs: number): void {
    if (nowMs - this.#lastSentMs >= (this.#options.limits.heartbeatAfterMs ?? 0) / 2) this.send(text);
  }

  send(text: string): void {
    this.#lastSentMs = this.#nowMs();
    this.#options.send(text);
  }

  #pumpAfter(waitMs: number): void {
    this.#cancelPump?.();
    this.#cancelPump = this.#options.clock.after(waitMs, () => this.pump());
  }

  #request(session: SocketSession, action: 'subscribe' | 'unsubscribe', subscriptions: readonly Subscription[], nowMs: number): void {
    const keys = subscriptions.map(subscriptionKey);
    const text = session[action](subscriptions);
    if (action === 'subscribe') this.ledger.asked(keys);
    else this.ledger.releasing(keys);
    this.#inFlight.push({ action, keys, sentAtMs: nowMs });
    this.send(text);
  }

  /** The keys of the oldest request of this kind in flight. */
  #oldest(action: InFlight['action']): readonly string[] {
    return this.#inFlight.find((request) => request.action === action)?.keys ?? [];
  }

  /** Takes the requests out of flight that these keys answer; without keys the oldest. */
  #settle(keys: readonly string[] | undefined): void {
    if (keys === undefined) this.#inFlight.shift();
    else this.#inFlight = this.#inFlight.filter((request) => !request.keys.some((key) => keys.includes(key)));
  }

  #nowMs(): number {
    return Number(this.#options.clock.monotonicNs() / 1_000_000n);
  }
}
