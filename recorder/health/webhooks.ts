import type { Clock } from '#domain';
import type { CallHttp } from '../net/http.ts';
import type { WebhookPlan } from '../plan/plan-health.ts';
import { type Alert, isAtLeast } from './alert.ts';
import { webhookRequest } from './webhook-message.ts';

export interface WebhookOptions {
  readonly hook: WebhookPlan;
  readonly clock: Clock;
  readonly callHttp: CallHttp;
  /** What goes wrong with the webhook itself; never holds its address or token. */
  readonly warn: (message: string) => void;
  /** Another host than Telegram's own, for tests. */
  readonly telegramBase?: string;
}

/** A POST that is not answered in this time has failed. */
const POST_TIMEOUT_MS = 5_000;
/** Alerts that wait for one webhook; beyond, the oldest is given up. */
const WAITING_MAX = 100;
/** Tries of one alert, with waits that double from the first to the longest: about four minutes in all. */
const TRIES_MAX = 7;
const RETRY_MIN_MS = 2_000;
const RETRY_MAX_MS = 120_000;
/** The end of a session waits no longer than this for what was not sent yet. */
const DRAIN_MS = 10_000;

/** Statuses after which the same POST may succeed later; all other refusals are final. */
const MAY_SUCCEED_LATER = new Set([408, 425, 429]);

type Outcome =
  | { readonly kind: 'sent' }
  | { readonly kind: 'again'; readonly reason: string; readonly waitMs: number }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Sends alerts to one address, in order, one at a time. It never rejects and never holds up whoever sends: what cannot be sent in time is given up,
 * counted and logged.
 */
export class Webhook {
  readonly #options: WebhookOptions;
  readonly #waiting: Alert[] = [];
  readonly #ended = new AbortController();
  #running: Promise<void> | undefined;
  /** Alerts that arrived. */
  sent = 0;
  /** POSTs that failed. */
  failed = 0;
  /** Alerts that were given up. */
  lost = 0;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.hook.name;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  send(alert: Alert): void {
    const { hook, warn } = this.#options;
    // A report is wanted on good nights too, whatever the level.
    if (this.#ended.signal.aborted || (alert.state !== 'report' && !isAtLeast(alert.severity, hook.level))) return;
    this.#waiting.push(alert);
    if (this.#waiting.length > WAITING_MAX) {
      // The one in hand may be on its way; the next is the oldest that is not.
      const [given] = this.#waiting.splice(this.#running === undefined ? 0 : 1, 1);
      this.lost += 1;
      warn(`webhook ${hook.name}: ${WAITING_MAX} alerts wait for it; gave up "${given?.title ?? ''}"`);
    }
    this.#start();
  }

  /** Sends what waits, for a while, and ends. */
  async close(): Promise<void> {
    const { clock, hook, warn } = this.#options;
    await Promise.race([this.#running ?? Promise.resolve(), clock.sleep(DRAIN_MS, this.#ended.signal)]);
    this.#ended.abort();
    await this.#running;
    if (this.#waiting.length === 0) return;
    this.lost += this.#waiting.length;
    warn(`webhook ${hook.name}: ${this.#waiting.length} alerts were not sent before the end`);
    this.#waiting.length = 0;
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // What came in while the last run was ending.
      if (this.#waiting.length > 0 && !this.#ended.signal.aborted) this.#start();
    });
  }

  async #run(): Promise<void> {
    for (let alert = this.#waiting[0]; alert !== undefined && !this.#ended.signal.aborted; alert = this.#waiting[0]) {
      if (await this.#deliver(alert)) this.#waiting.shift();
    }
  }

  /** False where the end came in between: it was neither sent nor given up. */
  async #deliver(alert: Alert): Promise<boolean> {
    const { clock, hook, warn } = this.#options;
    for (let tries = 1; ; tries++) {
      const outcome = await this.#post(alert);
      if (outcome.kind === 'sent') {
        this.sent += 1;
        return true;
      }
      this.failed += 1;
      if (this.#ended.signal.aborted) return false;
      if (outcome.kind === 'refused' || tries >= TRIES_MAX) {
        this.lost += 1;
        warn(`webhook ${hook.name}: gave up "${alert.title}" after ${tries} tries: ${outcome.reason}`);
        return true;
      }
      const waitMs = Math.min(RETRY_MAX_MS, Math.max(outcome.waitMs, RETRY_MIN_MS * 2 ** (tries - 1)));
      warn(`webhook ${hook.name}: ${outcome.reason}; "${alert.title}" is tried again in ${Math.round(waitMs / 1000)} s`);
      await clock.sleep(waitMs, this.#ended.signal);
      if (this.#ended.signal.aborted) return false;
    }
  }

  async #post(alert: Alert): Promise<Outcome> {
    const { clock, callHttp, hook, telegramBase } = this.#options;
    const { url, body } = webhookRequest(hook, alert, telegramBase);
    const ended = new AbortController();
    const cancel = clock.after(POST_TIMEOUT_MS, () => ended.abort(new Error(`no answer in ${POST_TIMEOUT_MS / 1000} s`)));
    const stop = () => ended.abort(new Error('the recording ends'));
    this.#ended.signal.addEventListener('abort', stop, { once: true });
    try {
      const { status, headers } = await callHttp({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json' },
        body,
        signal: ended.signal,
      });
      return outcomeOf(status, headers['retry-after']);
    } catch (error) {
      return { kind: 'again', reason: wordsOf(error, ended.signal), waitMs: 0 };
    } finally {
      cancel();
      this.#ended.signal.removeEventListener('abort', stop);
    }
  }
}

function outcomeOf(status: number, retryAfter: string | undefined): Outcome {
  if (status >= 200 && status < 300) return { kind: 'sent' };
  const reason = `it answered ${status}`;
  if (status < 500 && !MAY_SUCCEED_LATER.has(status)) return { kind: 'refused', reason };
  const seconds = Number(retryAfter);
  return { kind: 'again', reason, waitMs: Number.isFinite(seconds) ? Math.max(0, seconds * 1_000) : 0 };
}

/** The kind of failure only: texts of network errors may hold the address, which is a secret here. */
function wordsOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return signal.reason instanceof Error ? signal.reason.message : 'it was ended';
  const cause = error instanceof Error ? error.cause : undefined;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  return /^[A-Z_]{3,40}$/.test(code) ? `it cannot be reached (${code})` : 'it cannot be reached';
}
