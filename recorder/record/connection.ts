import { assertNever, type Clock } from '#domain';
import {
  type Cipher,
  type FrameSignal,
  type RestRequest,
  type SocketProtocol,
  type SocketSession,
  type Subscription,
  subscriptionKey,
  UNKNOWN,
} from '#venues';
import { Backoff, type Random } from '../net/backoff.ts';
import type { OpenSocket, RecorderSocket } from '../net/socket.ts';
import type { ConnectionPlan, VenuePlan } from '../plan/recording-plan.ts';
import type { TellRecorder } from './observer.ts';
import type { GrantRefusal, GrantResult, OnAnswer } from './rest-caller.ts';
import type { SubscriptionLedger } from './subscription-ledger.ts';
import { SubscriptionRequests } from './subscription-requests.ts';
import type { Stamp, TapeRecorder } from './tape-recorder.ts';

/** `parked`: nothing is wanted of it now, so it holds no slot at the venue. */
export type ConnectionState = 'idle' | 'parked' | 'waiting' | 'granting' | 'connecting' | 'logging-in' | 'open' | 'closing' | 'stopped';

/** REST as a connection needs it. */
export interface ConnectionRest {
  grants(names: readonly string[]): Promise<GrantResult>;
  dropGrant(name: string): void;
  ask(requests: readonly RestRequest[], connection: string, onAnswer: OnAnswer): void;
}

export interface ConnectionOptions {
  readonly plan: ConnectionPlan;
  readonly venue: VenuePlan;
  readonly protocol: SocketProtocol;
  readonly credentials: Readonly<Record<string, string>>;
  readonly tape: TapeRecorder;
  readonly rest: ConnectionRest;
  readonly openSocket: OpenSocket;
  readonly cipher: Cipher;
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: TellRecorder;
  /** The last record that an earlier process left in this session, when there was one: the hole begins there. */
  readonly lostSinceNs?: bigint;
}

/** Why we close a connection ourselves. */
interface Closing {
  readonly reason: string;
  /** At least this before the next try. */
  readonly waitMs?: number;
  /** Nobody wants it any more: the silence that follows is no hole. */
  readonly isExpected?: boolean;
}

const CLOSE_NORMAL = 1000;
/** How `ws` says that a server answered a handshake with an HTTP status. */
const UNEXPECTED_STATUS = /Unexpected server response: (\d{3})/;
/** A connection that lasted this long was a good one: the next failure waits the shortest time again. */
const GOOD_AFTER_MS = 60_000;
/** A clean close that is not answered in this time is cut. */
const CLOSE_TIMEOUT_MS = 3_000;
/** Refused logins in a row after which a connection gives up. */
const LOGIN_REFUSALS_MAX = 3;
/** Kept to be told of by name; beyond, only the connection's own life tells. */
const HANDSHAKE_TIMEOUT_MS = 15_000;

const encoder = new TextEncoder();

/**
 * One websocket connection's whole life, the same for every venue: grants, connect, login, subscriptions at the venue's pace, data, heartbeats,
 * silence, and back again after any loss. Every frame is on the tape before anything reacts to it; every turn of its life is a record.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #requests: SubscriptionRequests;
  readonly #backoff: Backoff;
  #state: ConnectionState = 'idle';
  #socket: RecorderSocket | undefined;
  #session: SocketSession | undefined;
  #lastLifeMs = 0;
  #openedAtMs = 0;
  #openedAtNs = 0n;
  #stateSinceMs = 0;
  #lastFrameNs = 0n;
  #lost: { readonly fromNs: bigint; readonly reason: string } | undefined;
  #signal: FrameSignal = UNKNOWN;
  /** When the bytes came that are being read; `undefined` for a socket that does not tell. */
  #arrived: Stamp | undefined;
  #cancelTimer: (() => void) | undefined;
  #whenClosed: (() => void) | undefined;
  #loginRefusals = 0;
  #wasLive = false;
  #stopReason: { readonly code: string; readonly message: string } | undefined;
  #closing: Closing | undefined;
  connects = 0;
  frames = 0;
  /** Every wish was acknowledged at some time: its start went well, whatever came later. */
  hasBeenLive = false;
  /** Data of a subscription came at some time. */
  hasHadData = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { limits } = options.protocol;
    this.#requests = new SubscriptionRequests({ limits, clock: options.clock, send: (text) => this.#transmit(text) });
    this.#backoff = new Backoff({
      minMs: limits.backoffMinMs,
      maxMs: limits.backoffMaxMs,
      attemptsPerHourMax: limits.connectsPerHourMax,
      random: options.random,
    });
    if (options.lostSinceNs !== undefined) this.#lost = { fromNs: options.lostSinceNs, reason: 'the recorder was not running' };
  }

  get ledger(): SubscriptionLedger {
    return this.#requests.ledger;
  }

  get name(): string {
    return this.#options.plan.name;
  }

  get venue(): string {
    return this.#options.venue.venue;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Why it will not connect again; `undefined` while it may. */
  get stopReason(): { readonly code: string; readonly message: string } | undefined {
    return this.#stopReason;
  }

  /** True when all that is wanted and was not refused is acknowledged. */
  get isLive(): boolean {
    const { wanted, acknowledged, refused } = this.ledger.counts();
    return this.#state === 'open' && acknowledged + refused >= wanted;
  }

  /** Receive time of the last frame; 0 before the first. */
  get lastFrameNs(): bigint {
    return this.#lastFrameNs;
  }

  /** Wall time of the last handshake; 0 before the first. */
  get openedAtNs(): bigint {
    return this.#openedAtNs;
  }

  start(): void {
    if (this.#state !== 'idle') return;
    if (this.ledger.isEmpty) this.#enter('parked');
    else this.#connect();
  }

  /** Adds a subscription, now or after the next connect. */
  want(subscription: Subscription, priority: number): boolean {
    if (!this.ledger.want(subscription, priority)) return false;
    this.#note('subscription-wanted', subscriptionKey(subscription));
    this.#wasLive = false;
    this.#requests.pump();
    return true;
  }

  release(subscription: Subscription): boolean {
    const key = subscriptionKey(subscription);
    if (!this.ledger.release(key)) return false;
    this.#note('subscription-released', key);
    this.#requests.pump();
    return true;
  }

  /** The plan wants it now; a record is made only when that is new and the recording has begun. */
  plan(subscription: Subscription, priority: number): void {
    if (this.#state === 'idle') this.ledger.want(subscription, priority);
    else this.want(subscription, priority);
  }

  /** The plan does not want it now. */
  unplan(subscription: Subscription): void {
    this.release(subscription);
  }

  /** Ends the connection cleanly, so that the venue frees its slot; resolves when the socket is gone. */
  async stop(): Promise<void> {
    this.#stopReason ??= { code: 'STOPPED', message: 'the recording ends' };
    this.#cancelTimer?.();
    this.#requests.end();
    if (this.#socket === undefined) {
      this.#enter('stopped');
      return;
    }
    await new Promise<void>((resolve) => {
      this.#whenClosed = resolve;
      this.#close({ reason: 'the recording ends', isExpected: true });
    });
  }

  /** Called each second: everything that happens because nothing happened. */
  tick(): void {
    const { limits } = this.#options.protocol;
    const nowMs = this.#nowMs();
    if (this.#state === 'parked' && !this.ledger.isEmpty) return this.#connect();
    if (this.#state === 'open' && this.ledger.isEmpty) return this.#close({ reason: 'nothing is wanted of it now', isExpected: true });
    if (this.#state === 'connecting' && nowMs - this.#stateSinceMs > HANDSHAKE_TIMEOUT_MS)
      return this.#cut('the handshake was not answered');
    if (this.#state === 'closing' && nowMs - this.#stateSinceMs > CLOSE_TIMEOUT_MS) return this.#socket?.terminate();
    if (this.#state !== 'open' && this.#state !== 'logging-in') return;
    const silentMs = nowMs - this.#lastLifeMs;
    if (silentMs > limits.silenceTimeoutMs) return this.#cut(`silent for ${Math.round(silentMs / 1000)} s`);
    const overdue = this.#requests.overdue(nowMs);
    if (overdue !== undefined) return this.#cut(overdue);
    if (this.#state !== 'open') return;
    if (nowMs - this.#openedAtMs > GOOD_AFTER_MS) this.#backoff.succeed();
    if (limits.connectionLifeMs !== undefined && nowMs - this.#openedAtMs > limits.connectionLifeMs) {
      return this.#close({ reason: 'renewed before the venue cuts it' });
    }
    if (limits.heartbeatAfterMs !== undefined && silentMs >= limits.heartbeatAfterMs) this.#beat(nowMs);
    this.#requests.pump();
  }

  /** Cuts the connection and connects again: the recorder found it dead though it is open. */
  restart(reason: string): void {
    if (this.#state === 'open' || this.#state === 'logging-in') this.#cut(reason);
  }

  #connect(): void {
    const { protocol, rest } = this.#options;
    this.#enter('granting');
    this.#backoff.attempt(this.#nowMs());
    rest.grants(protocol.grants).then(
      (result) => {
        if (this.#state !== 'granting') return;
        if (result.kind === 'granted') this.#open(result.grants);
        else this.#grantRefused(result);
      },
      (error: unknown) => this.#giveUp('GRANT_FAILED', error instanceof Error ? error.message : String(error)),
    );
  }

  #grantRefused(refusal: GrantRefusal): void {
    if (refusal.isFinal && !this.hasBeenLive) return this.#giveUp(refusal.code, refusal.message);
    this.#wait(`${refusal.code}: ${refusal.message}`, refusal.waitMs);
  }

  #open(grants: Readonly<Record<string, string>>): void {
    const { protocol, venue, credentials, cipher, clock, openSocket } = this.#options;
    const settings = { credentials, grants, cipher, options: venue.options, nowMs: Number(clock.wallNs() / 1_000_000n) };
    const { path, headers } = protocol.address(settings, this.ledger.wantedSubscriptions());
    this.#session = protocol.open(settings);
    this.#closing = undefined;
    this.#arrived = undefined;
    this.#enter('connecting');
    this.#socket = openSocket(`${venue.hosts.socket}${path}`, headers ?? {}, {
      onOpen: () => this.#onOpen(),
      onBytes: () => {
        this.#arrived = this.#options.tape.stamp();
      },
      onMessage: (bytes, isBinary) => this.#onMessage(bytes, isBinary),
      isBehind: () => this.#options.tape.isBehind,
      onLife: () => {
        this.#lastLifeMs = this.#nowMs();
      },
      onClose: (code, reason) => this.#onClose(code, reason),
    });
  }

  #onOpen(): void {
    const { tape, venue, tell } = this.#options;
    const nowMs = this.#nowMs();
    this.connects += 1;
    this.#openedAtMs = nowMs;
    this.#openedAtNs = this.#options.clock.wallNs();
    this.#lastLifeMs = nowMs;
    this.#requests.connected();
    this.#tellGap();
    tape.event('connected', this.venue, this.name, { host: venue.hosts.socket, attempt: this.connects });
    tell({ kind: 'connected', venue: this.venue, connection: this.name });
    const login = this.#session?.login?.();
    if (login === undefined) return this.#beginRequests();
    this.#enter('logging-in');
    this.#requests.login(login);
  }

  /** The hole since the last frame, as a record of its own: from when, to when, why. */
  #tellGap(): void {
    const { tape, clock } = this.#options;
    if (this.#lost === undefined) return;
    tape.event('gap', this.venue, this.name, {
      fromNs: String(this.#lost.fromNs),
      toNs: String(clock.wallNs()),
      reason: this.#lost.reason,
    });
    this.#lost = undefined;
  }

  readonly #look = (bytes: Uint8Array): void => {
    this.#signal = this.#read(bytes);
  };

  #onMessage(bytes: Uint8Array, isBinary: boolean): void {
    const { tape } = this.#options;
    // Stamp first: decrypting must not leak into the receive time.
    const stamp = this.#arrived ?? tape.stamp();
    const session = this.#session!;
    this.#signal = UNKNOWN;
    const plain = session.decrypt?.(bytes, 0, bytes.length);
    const meta = plain === undefined ? (isBinary ? BINARY : undefined) : DECRYPTED;
    this.#lastFrameNs = tape.frame(this.venue, this.name, 'frame-in', meta, plain ?? bytes, this.#look, stamp);
    this.#lastLifeMs = stamp.nowMs;
    this.frames += 1;
    const signal = this.#signal;
    if (signal.kind === 'data') {
      this.hasHadData = true;
      if (this.ledger.unseen > 0) this.ledger.seen(session.keyOf(plain ?? bytes, 0, (plain ?? bytes).length));
      return;
    }
    this.#react(signal);
  }

  #read(bytes: Uint8Array): FrameSignal {
    try {
      return this.#session!.read(bytes, 0, bytes.length);
    } catch (error) {
      // Promised not to happen; a frame must reach the tape even so, and the bug must not be silent.
      this.#options.tell({ kind: 'note', message: `bug: the ${this.venue} session threw while it read a frame: ${String(error)}` });
      return UNKNOWN;
    }
  }

  #react(signal: FrameSignal): void {
    switch (signal.kind) {
      case 'data':
      case 'control':
      case 'unknown':
        return;
      case 'reply':
        return this.#requests.send(signal.text);
      case 'logged-in':
        return this.#loggedIn();
      case 'login-refused':
        return this.#loginRefused(signal);
      case 'acknowledged':
        return this.#acknowledged(signal.keys);
      case 'released':
        this.#requests.released(signal.keys);
        return this.#requests.pump();
      case 'refused':
        return this.#refused(signal);
      case 'back-off':
        return this.#close({ reason: `${signal.code}: ${signal.message}`, waitMs: signal.waitMs });
      case 'stop':
        return this.#giveUp(signal.code, signal.message);
      case 'ask':
        return this.#ask(signal.requests);
      case 'several':
        for (const one of signal.signals) this.#react(one);
        return;
      default:
        assertNever(signal);
    }
  }

  #ask(requests: readonly RestRequest[]): void {
    const session = this.#session;
    // An answer that comes after the connection ended concerns nobody; it is on the tape all the same.
    this.#options.rest.ask(requests, this.name, (request, response) =>
      session !== undefined && session === this.#session ? (session.answered?.(request, response) ?? []) : [],
    );
  }

  #loggedIn(): void {
    if (this.#state !== 'logging-in') return;
    this.#loginRefusals = 0;
    this.#beginRequests();
  }

  #beginRequests(): void {
    this.#enter('open');
    this.#requests.begin(this.#session!);
  }

  #loginRefused({ code, message, renew }: Extract<FrameSignal, { kind: 'login-refused' }>): void {
    this.#loginRefusals += 1;
    // A key that worked before is not wrong: the venue's own trouble is waited out, within the budget of connects.
    if (!this.hasBeenLive && (renew === undefined || this.#loginRefusals >= LOGIN_REFUSALS_MAX)) {
      return this.#giveUp(code, `login refused ${this.#loginRefusals} times: ${message}`);
    }
    if (renew !== undefined) this.#options.rest.dropGrant(renew);
    this.#close({ reason: `login refused, ${code}: ${message}` });
  }

  #acknowledged(keys: readonly string[] | undefined): void {
    const done = this.#requests.acknowledged(keys);
    const requests = this.#session?.afterAcknowledged?.(done) ?? [];
    if (requests.length > 0) this.#ask(requests);
    this.#tellLive();
    this.#requests.pump();
  }

  #tellLive(): void {
    if (this.#wasLive || !this.isLive) return;
    this.#wasLive = true;
    this.hasBeenLive = true;
    this.#options.tell({ kind: 'live', venue: this.venue, connection: this.name });
  }

  #refused({ keys, code, message, retryAfterMs }: Extract<FrameSignal, { kind: 'refused' }>): void {
    for (const key of this.#requests.refused(`${code}: ${message}`, retryAfterMs, keys)) {
      this.#note('subscription-refused', key, { code, message });
      this.#options.tell({
        kind: 'refused',
        venue: this.venue,
        connection: this.name,
        key,
        code,
        message,
        isFinal: retryAfterMs === undefined,
      });
    }
    this.#tellLive();
    this.#requests.pump();
  }

  #beat(nowMs: number): void {
    const text = this.#session?.heartbeat?.();
    if (text !== undefined) this.#requests.beat(text, nowMs);
  }

  #transmit(text: string): void {
    this.#options.tape.frame(this.venue, this.name, 'frame-out', undefined, encoder.encode(text));
    this.#socket?.send(text);
  }

  /** Cuts without a farewell: nobody is there to answer it. */
  #cut(reason: string): void {
    this.#closing = { reason };
    this.#socket?.terminate();
  }

  #close(closing: Closing): void {
    this.#closing = closing;
    this.#enter('closing');
    this.#requests.end();
    this.#socket?.close(CLOSE_NORMAL, '');
  }

  #giveUp(code: string, message: string): void {
    this.#stopReason = { code, message };
    this.#note('connection-stopped', this.name, { code, message });
    this.#options.tell({ kind: 'stopped', venue: this.venue, connection: this.name, code, message });
    if (this.#socket === undefined) this.#enter('stopped');
    else this.#close({ reason: `${code}: ${message}` });
  }

  #onClose(code: number, reason: string): void {
    const { tape, tell, clock } = this.#options;
    if (this.#socket === undefined) return;
    const wasOpen = this.#state !== 'connecting';
    const words = this.#closing?.reason ?? (reason === '' ? `closed with code ${code}` : `${reason} (code ${code})`);
    this.#socket = undefined;
    this.#session = undefined;
    this.#requests.disconnected();
    this.#wasLive = false;
    if (wasOpen) {
      const isExpected = this.#closing?.isExpected === true;
      tape.event('disconnected', this.venue, this.name, { code, reason: words, ...(isExpected ? { expected: true } : {}) });
      // Nothing can be said of the time after the last frame: the hole begins there.
      if (!isExpected) this.#lost ??= { fromNs: this.#lastFrameNs === 0n ? clock.wallNs() : this.#lastFrameNs, reason: words };
    } else {
      this.#note('connect-failed', this.name, { code, reason: words });
      const refusal = this.#refusedHandshake(words);
      if (refusal !== undefined && !this.hasBeenLive) {
        this.#stopReason ??= refusal;
        this.#note('connection-stopped', this.name, { ...refusal });
        tell({ kind: 'stopped', venue: this.venue, connection: this.name, ...refusal });
      }
    }
    tell({ kind: 'disconnected', venue: this.venue, connection: this.name, code, reason: words });
    if (this.#stopReason !== undefined) {
      this.#enter('stopped');
      this.#whenClosed?.();
      return;
    }
    if (this.ledger.isEmpty) this.#enter('parked');
    else this.#wait(words, this.#closing?.waitMs ?? 0);
  }

  #refusedHandshake(words: string): { readonly code: string; readonly message: string } | undefined {
    const status = UNEXPECTED_STATUS.exec(words)?.[1];
    return status === undefined ? undefined : this.#options.protocol.handshakeRefused?.(Number(status));
  }

  #wait(reason: string, atLeastMs: number): void {
    const nowMs = this.#nowMs();
    this.#enter('waiting');
    const waitMs = this.#backoff.nextWaitMs(nowMs, atLeastMs);
    this.#options.tell({ kind: 'waiting', venue: this.venue, connection: this.name, waitMs, reason });
    this.#cancelTimer = this.#options.clock.after(waitMs, () => this.#connect());
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    this.#stateSinceMs = this.#nowMs();
  }

  #note(event: string, subject: string, more: Readonly<Record<string, string | number>> = {}): void {
    this.#options.tape.event('note', this.venue, this.name, { event, subject, ...more });
  }

  #nowMs(): number {
    return Number(this.#options.clock.monotonicNs() / 1_000_000n);
  }
}

const BINARY = { opcode: 'binary' };
const DECRYPTED = { decrypted: true };
