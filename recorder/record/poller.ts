import type { Clock } from '#domain';
import type { PollRule } from '#venues';
import { RateLimiter } from '../net/rate-limiter.ts';
import type { KeyPlan, PollPlan, VenuePlan } from '../plan/recording-plan.ts';
import type { TellRecorder } from './observer.ts';
import { type RestCaller, wallMs } from './rest-caller.ts';
import type { TapeRecorder } from './tape-recorder.ts';

export interface PollerOptions {
  readonly venue: VenuePlan;
  readonly key: KeyPlan;
  readonly plan: PollPlan;
  /** Options beside those of the plan that only the recording finds out, asked before each poll of a target. */
  readonly moreOptions: (target: string) => Readonly<Record<string, string>>;
  readonly rule: PollRule;
  /** Names of the grants that REST calls of the venue need. */
  readonly grants: readonly string[];
  readonly rest: RestCaller;
  readonly tape: TapeRecorder;
  readonly clock: Clock;
  readonly tell: TellRecorder;
  readonly signal: AbortSignal;
  /** Whether this type of data is expected now. */
  readonly isOpen: () => boolean;
}

/** Polls in a row that may fail before the tape says that data is missing. */
const FAILURES_MAX = 3;
/** The longest pause after failures, as a multiple of the interval and in all. */
const PAUSE_MS_MAX = 60_000;

/**
 * Asks for one type of data again and again, every target at its interval. Its health is told from answers, never from a flag: `lastSuccessNs` is
 * the receive time of the last good one, and a loop that broke is started again and told.
 */
export class Poller {
  readonly #options: PollerOptions;
  readonly #limiter: RateLimiter | undefined;
  readonly #loops: Promise<void>[] = [];
  #isConnected = false;
  #failures = 0;
  #lastSuccessNs = 0n;
  #lossReason = '';
  polls = 0;
  failed = 0;

  constructor(options: PollerOptions) {
    this.#options = options;
    const { callsPerSecondMax } = options.rule;
    this.#limiter = callsPerSecondMax === undefined ? undefined : new RateLimiter(options.clock, callsPerSecondMax);
  }

  get name(): string {
    return `rest-${this.#options.plan.rule}`;
  }

  get venue(): string {
    return this.#options.venue.venue;
  }

  /** Receive time of the last good answer; 0 before the first. */
  get lastSuccessNs(): bigint {
    return this.#lastSuccessNs;
  }

  start(): void {
    const { plan } = this.#options;
    plan.targets.forEach((target, i) => {
      // Spread over the interval, so that the calls of many targets do not come in one burst.
      this.#loops.push(this.#run(target, (plan.intervalMs * i) / plan.targets.length));
    });
  }

  /** Resolves when every loop has ended; the signal ends them. */
  async ended(): Promise<void> {
    await Promise.all(this.#loops);
  }

  async #run(target: string, delayMs: number): Promise<void> {
    const { clock, signal, plan, isOpen, tell } = this.#options;
    await clock.sleep(delayMs, signal);
    while (!signal.aborted) {
      const startedMs = Number(clock.monotonicNs()) / 1e6;
      try {
        if (isOpen()) await this.#poll(target);
      } catch (error) {
        tell({ kind: 'note', message: `bug: the poller ${this.name} threw for ${target}: ${String(error)}; it goes on` });
      }
      const tookMs = Number(clock.monotonicNs()) / 1e6 - startedMs;
      await clock.sleep(Math.max(1, this.#pauseMs(plan.intervalMs) - tookMs), signal);
    }
  }

  #pauseMs(intervalMs: number): number {
    if (this.#failures < FAILURES_MAX) return intervalMs;
    return Math.max(intervalMs, Math.min(PAUSE_MS_MAX, intervalMs * (this.#failures - FAILURES_MAX + 2)));
  }

  async #poll(target: string): Promise<void> {
    const { rest, rule, plan, moreOptions, key, clock, signal, grants } = this.#options;
    await this.#limiter?.turn(signal);
    const granted = await rest.grants(grants);
    if (signal.aborted) return;
    if (granted.kind === 'refused') {
      if (granted.waitMs > 0) await clock.sleep(granted.waitMs, signal);
      return this.#fail(granted.code, granted.message);
    }
    const requests = rule.requests(target, {
      credentials: key.credentials,
      grants: granted.grants,
      options: { ...plan.options, ...moreOptions(target) },
      nowMs: wallMs(clock),
    });
    const verdict = await rest.poll(requests, this.name, (request, response) => rule.read(request, response));
    this.polls += 1;
    if (signal.aborted) return;
    if (verdict.kind === 'ok') return this.#succeed();
    if (verdict.kind === 'renew-grant') for (const name of grants) rest.dropGrant(name);
    this.#fail(verdict.code, verdict.message);
  }

  #succeed(): void {
    const { tape, clock, venue } = this.#options;
    if (!this.#isConnected) {
      if (this.#lossReason !== '') {
        tape.event('gap', this.venue, this.name, {
          fromNs: String(this.#lastSuccessNs),
          toNs: String(clock.wallNs()),
          reason: this.#lossReason,
        });
      }
      tape.event('connected', this.venue, this.name, { host: venue.hosts.rest });
      this.#isConnected = true;
      this.#lossReason = '';
    }
    this.#failures = 0;
    this.#lastSuccessNs = clock.wallNs();
  }

  #fail(code: string, message: string): void {
    const { tape, tell } = this.#options;
    this.#failures += 1;
    this.failed += 1;
    tell({ kind: 'rest-failed', venue: this.venue, connection: this.name, endpoint: this.#options.plan.rule, code, message });
    if (this.#failures !== FAILURES_MAX || !this.#isConnected) return;
    this.#isConnected = false;
    this.#lossReason = `${FAILURES_MAX} polls in a row failed: ${code}: ${message}`;
    tape.event('disconnected', this.venue, this.name, { code: 0, reason: this.#lossReason });
  }
}
