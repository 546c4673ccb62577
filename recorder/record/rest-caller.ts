import { assertNever, type Clock, type JsonValue } from '#domain';
import type { GrantRule, Grants, RestRequest, RestResponse, RestVerdict, VenueProtocol } from '#venues';
import type { CallHttp } from '../net/http.ts';
import { RateLimiter } from '../net/rate-limiter.ts';
import { firstZipEntry } from '../net/zip.ts';
import type { KeyPlan, VenuePlan } from '../plan/recording-plan.ts';
import type { GrantStore, KeptGrant } from './grant-store.ts';
import type { TellRecorder } from './observer.ts';
import type { RecordMeta, TapeRecorder } from './tape-recorder.ts';

export interface GrantRefusal {
  readonly kind: 'refused';
  readonly code: string;
  readonly message: string;
  readonly isFinal: boolean;
  readonly waitMs: number;
}

export type GrantResult = { readonly kind: 'granted'; readonly grants: Grants } | GrantRefusal;

/** How a call ended: with an answer, or with the reason why there is none. */
export type CallResult =
  | { readonly kind: 'answered'; readonly response: RestResponse; readonly requestId: number }
  | { readonly kind: 'unanswered'; readonly message: string };

/** Takes an answer, and returns what is to be asked again (nothing when it was good). */
export type OnAnswer = (request: RestRequest, response: RestResponse) => readonly RestRequest[];

export interface RestCallerOptions {
  readonly venue: VenuePlan;
  readonly key: KeyPlan;
  readonly protocol: VenueProtocol;
  readonly tape: TapeRecorder;
  readonly clock: Clock;
  readonly callHttp: CallHttp;
  readonly grantStore: GrantStore;
  readonly tell: TellRecorder;
  readonly signal: AbortSignal;
}

/** Tries of a request that a connection asks for (a depth snapshot) before it is given up and told. */
const ASK_TRIES_MAX = 5;
const ASK_RETRY_MS = 2_000;
const REFUSED_RETRY_MS = 10_000;
/** Pages of one answer; a venue that goes on for ever is stopped here, and told. */
export const PAGES_MAX = 200;

const encoder = new TextEncoder();

/** All REST calls of one key of one venue: paced by its limit, journalled as request and answer, with the grants they need. */
export class RestCaller {
  readonly #options: RestCallerOptions;
  readonly #limiter: RateLimiter;
  readonly #grants = new Map<string, KeptGrant>();
  readonly #issuing = new Map<string, Promise<GrantResult>>();

  constructor(options: RestCallerOptions) {
    this.#options = options;
    this.#limiter = new RateLimiter(options.clock, options.key.restCallsPerSecondMax);
  }

  /** The grants by name, issued, renewed or taken from the store. */
  async grants(names: readonly string[]): Promise<GrantResult> {
    const grants: Record<string, string> = {};
    for (const name of names) {
      const rule = this.#options.protocol.grants.find((candidate) => candidate.name === name);
      if (rule === undefined) return refusal('GRANT_UNKNOWN', `${this.#options.venue.venue} has no grant "${name}"`, true, 0);
      const result = await this.#grant(rule);
      if (result.kind === 'refused') return result;
      Object.assign(grants, result.grants);
    }
    return { kind: 'granted', grants };
  }

  /** When the grants that are held expire, ms since the epoch; never their values. */
  grantExpiries(): readonly { readonly name: string; readonly expiresAtMs: number }[] {
    return [...this.#grants].map(([name, { expiresAtMs }]) => ({ name, expiresAtMs }));
  }

  /** The venue refused it: the next `grants` asks for a new one. */
  dropGrant(name: string): void {
    const { grantStore, venue, key } = this.#options;
    this.#grants.delete(name);
    void grantStore.forget(venue.venue, name, key.credentials);
  }

  /** Asks and records; says nothing back: the answer is on the tape, where the decoder reads it. */
  ask(requests: readonly RestRequest[], connection: string, onAnswer: OnAnswer): void {
    for (const request of requests) void this.#askUntilAnswered(request, connection, onAnswer);
  }

  /** One call with all its pages. */
  async poll(
    requests: readonly RestRequest[],
    connection: string,
    read: (request: RestRequest, response: RestResponse) => RestVerdict,
  ): Promise<RestVerdict> {
    const queue = [...requests];
    for (let pages = 0; queue.length > 0; pages++) {
      const request = queue.shift()!;
      if (pages >= PAGES_MAX) return failed('PAGES_MAX', `${request.endpoint} has more than ${PAGES_MAX} pages`);
      const result = await this.call(request, connection);
      if (result.kind === 'unanswered') return failed('UNANSWERED', result.message);
      const verdict = read(request, result.response);
      if (verdict.kind === 'wait') this.#limiter.holdOff(verdict.waitMs);
      if (verdict.kind !== 'ok') {
        this.#noteRefusal(request, connection, result.requestId, verdict.code);
        return verdict;
      }
      if (verdict.incomplete !== undefined) {
        const { tape, venue } = this.#options;
        tape.event('note', venue.venue, connection, { event: 'answer-incomplete', subject: request.endpoint, reason: verdict.incomplete });
      }
      queue.push(...(verdict.next ?? []));
    }
    return { kind: 'ok' };
  }

  /** Venues say no in bodies that arrive well: the tape must tell such an answer from a good one. Its words are in the answer, redacted. */
  #noteRefusal(request: RestRequest, connection: string, requestId: number, code: string): void {
    const { tape, venue } = this.#options;
    tape.event('note', venue.venue, connection, { event: 'request-refused', requestId, subject: request.endpoint, code });
  }

  /** One call: waits for its turn, records the request, calls, records the answer or why there is none. */
  async call(request: RestRequest, connection: string): Promise<CallResult> {
    const { tape, venue, signal } = this.#options;
    await this.#limiter.turn(signal);
    if (signal.aborted) return { kind: 'unanswered', message: 'the recording ends' };
    // The sequence of the request's own record: unique on the tape, over restarts too.
    const requestId = tape.records;
    const meta = {
      ...(request.meta as RecordMeta | undefined),
      endpoint: request.endpoint,
      method: request.method,
      path: request.path,
      requestId,
    };
    tape.frame(venue.venue, connection, 'http-request', meta, encoder.encode(request.body ?? ''));
    try {
      const answer = await this.#send(request);
      const { response, more } = unpacked(request, answer);
      // A copy goes to the journal: secrets are overwritten in it, and the caller still needs them.
      tape.frame(venue.venue, connection, 'http-response', { ...meta, ...more, status: response.status }, response.body.slice());
      return { kind: 'answered', response, requestId };
    } catch (error) {
      const message = wordsOf(error);
      tape.event('note', venue.venue, connection, { event: 'request-failed', requestId, subject: request.endpoint, reason: message });
      return { kind: 'unanswered', message };
    }
  }

  async #send(request: RestRequest): Promise<RestResponse> {
    const { protocol, venue, clock, callHttp, signal } = this.#options;
    const base = request.host === undefined ? venue.hosts.rest : (venue.hostOverrides[request.host] ?? request.host);
    const query = request.query === undefined ? '' : `?${new URLSearchParams(request.query).toString()}`;
    const { timeoutMs } = protocol.restLimits(venue.environment);
    const ended = new AbortController();
    const cancel = clock.after(timeoutMs, () => ended.abort(new Error(`no answer in ${timeoutMs / 1000} s`)));
    const stop = () => ended.abort(new Error('the recording ends'));
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await callHttp({
        method: request.method,
        url: `${base}${request.path}${query}`,
        headers: request.headers ?? {},
        ...(request.body === undefined ? {} : { body: request.body }),
        signal: ended.signal,
      });
    } finally {
      cancel();
      signal.removeEventListener('abort', stop);
    }
  }

  async #askUntilAnswered(request: RestRequest, connection: string, onAnswer: OnAnswer): Promise<void> {
    const { clock, signal, tell, venue } = this.#options;
    let message = '';
    for (let tries = 0; tries < ASK_TRIES_MAX && !signal.aborted; tries++) {
      const result = await this.call(request, connection);
      if (result.kind === 'answered' && result.response.status === 200) {
        if (onAnswer(request, result.response).length === 0) return;
        message = 'the answer was older than what it was asked for';
        continue;
      }
      message = result.kind === 'answered' ? `HTTP ${result.response.status}` : result.message;
      await clock.sleep(ASK_RETRY_MS * (tries + 1), signal);
    }
    if (!signal.aborted)
      tell({ kind: 'rest-failed', venue: venue.venue, connection, endpoint: request.endpoint, code: 'ASK_FAILED', message });
  }

  async #grant(rule: GrantRule): Promise<GrantResult> {
    const { clock, grantStore, venue, key } = this.#options;
    const nowMs = wallMs(clock);
    let known = this.#grants.get(rule.name);
    if (known === undefined && rule.isKept) known = await grantStore.load(venue.venue, rule.name, key.credentials);
    if (known !== undefined && known.expiresAtMs - rule.renewBeforeMs > nowMs) {
      this.#grants.set(rule.name, known);
      return granted(rule.name, known.value);
    }
    // Two connections that need it at the same moment share one issue.
    const issuing = this.#issuing.get(rule.name) ?? this.#issue(rule, known).finally(() => this.#issuing.delete(rule.name));
    this.#issuing.set(rule.name, issuing);
    return issuing;
  }

  async #issue(rule: GrantRule, last: KeptGrant | undefined): Promise<GrantResult> {
    const { clock, grantStore, venue, key } = this.#options;
    const sinceMs = last === undefined ? Number.POSITIVE_INFINITY : wallMs(clock) - last.issuedAtMs;
    if (sinceMs < rule.issueIntervalMs) {
      return refusal(
        'GRANT_TOO_SOON',
        `a ${rule.name} was issued ${Math.round(sinceMs / 1000)} s ago`,
        false,
        rule.issueIntervalMs - sinceMs,
      );
    }
    const request = rule.request(key.credentials);
    const connection = `rest-${rule.name}`;
    const result = await this.call(request, connection);
    if (result.kind === 'unanswered') return refusal('UNANSWERED', `${rule.name}: ${result.message}`, false, 0);
    const read = rule.read(result.response, wallMs(clock));
    if (read.kind !== 'grant') {
      const refused = refusalOf(rule.name, read);
      this.#noteRefusal(request, connection, result.requestId, refused.code);
      return refused;
    }
    const grant = { ...read, issuedAtMs: wallMs(clock) };
    this.#grants.set(rule.name, grant);
    if (rule.isKept) await grantStore.save(venue.venue, rule.name, key.credentials, grant);
    return granted(rule.name, grant.value);
  }
}

function granted(name: string, value: string): GrantResult {
  return { kind: 'granted', grants: { [name]: value } };
}

function refusal(code: string, message: string, isFinal: boolean, waitMs: number): GrantRefusal {
  return { kind: 'refused', code, message, isFinal, waitMs };
}

function failed(code: string, message: string): RestVerdict {
  return { kind: 'failed', code, message, isFinal: false };
}

function refusalOf(name: string, verdict: RestVerdict): GrantRefusal {
  switch (verdict.kind) {
    case 'wait':
      return refusal(verdict.code, `${name}: ${verdict.message}`, false, verdict.waitMs);
    case 'failed':
      return refusal(verdict.code, `${name}: ${verdict.message}`, verdict.isFinal, REFUSED_RETRY_MS);
    case 'renew-grant':
      return refusal(verdict.code, `${name}: ${verdict.message}`, false, REFUSED_RETRY_MS);
    case 'ok':
      return refusal('GRANT_EMPTY', `${name}: the answer holds none`, false, REFUSED_RETRY_MS);
    default:
      return assertNever(verdict);
  }
}

/** Inflates a zipped master file, so that the tape holds what the decoder reads. */
function unpacked(request: RestRequest, answer: RestResponse): { response: RestResponse; more: Readonly<Record<string, JsonValue>> } {
  if (request.meta?.unzip !== true || answer.status !== 200) return { response: answer, more: {} };
  const entry = firstZipEntry(answer.body);
  if ('reason' in entry) return { response: answer, more: { zipDamaged: entry.reason } };
  return { response: { ...answer, body: entry.bytes }, more: { unzipped: entry.name } };
}

/** `fetch failed` says nothing; its cause does. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

export function wallMs(clock: Clock): number {
  return Number(clock.wallNs() / 1_000_000n);
}
