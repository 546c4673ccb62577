import type { VenueRooms } from './rooms.ts';

/**
 * The client side of a venue's protocol: what to send, and what a frame means to the recorder. Pure: states, messages and rules as
 * data and small functions. Sockets, clocks, files and cryptography belong to the recorder, which drives a session like this:
 *
 *     grants (REST) → open → [login → its reply] → subscribe, in flight ≤ limit, spaced → data → …
 */

/** One stream of data that is wanted: what a line of the recorder's ledger is about. */
export interface Subscription {
  /** The venue's name of the channel: `H0STCNT0`, `0B`, `orderBook`, `depth@100ms`. */
  readonly channel: string;
  /** The venue's symbol or key; empty where the channel is for the whole market. */
  readonly symbol: string;
  /** Further fields the venue needs (a kline's period, a chain's expiry), as texts; part of the key. */
  readonly options?: Readonly<Record<string, string>>;
}

/** What tells subscriptions of one connection apart. */
export function subscriptionKey(subscription: Subscription): string {
  const { channel, symbol, options } = subscription;
  if (options === undefined) return `${channel}|${symbol}`;
  const rest = Object.keys(options)
    .sort()
    .map((name) => `${name}=${options[name]}`);
  return `${channel}|${symbol}|${rest.join('|')}`;
}

/** Secrets by the name the venue gives them (`appKey`, `appSecret`, `apiKey`, `secret`, `htsId`, …). Never written anywhere. */
export type Credentials = Readonly<Record<string, string>>;

/** Cryptography as the caller provides it: a pure folder has none of its own. Texts are UTF-8. */
export interface Cipher {
  /** Lower-case hex. */
  hmacSha256Hex(secret: string, message: string): string;
  /** AES-256-CBC with PKCS7 padding; `undefined` when the text cannot be decrypted. */
  decryptAes256Cbc(key: string, iv: string, base64: string): string | undefined;
  /** The same the other way, as base64. */
  encryptAes256Cbc(key: string, iv: string, text: string): string;
}

/** One REST call. What may be written to the tape is in `meta`; headers and query hold secrets and are never written as they are. */
export interface RestRequest {
  /** What is asked for, as the decoders know it: `stock-minute-bars`, `depth`, `instruments`, `token`. Goes to `meta.endpoint`. */
  readonly endpoint: string;
  readonly method: 'GET' | 'POST';
  /** From the root: `/uapi/…`, without the query. */
  readonly path: string;
  /** Takes part in the URL in this order. */
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text for POST. */
  readonly body?: string;
  /** What a decoder needs to read the answer: `symbol`, `trId`, `params`, … Never a secret. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** A host other than the configured REST base (master files); overridden in tests by the base address of the same name. */
  readonly host?: string;
}

export interface RestResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What an answer to a REST call means to the poller. `wait` puts off every call of the same key. */
export type RestVerdict =
  | {
      readonly kind: 'ok';
      /** More pages: ask these next. */
      readonly next?: readonly RestRequest[];
      /** What the answer does not hold though it was asked for (a list that is cut); becomes a `note` record. */
      readonly incomplete?: string;
    }
  | { readonly kind: 'wait'; readonly code: string; readonly message: string; readonly waitMs: number }
  | { readonly kind: 'renew-grant'; readonly code: string; readonly message: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly isFinal: boolean };

/** A thing that must be had before connecting or asking: an access token, an approval key. */
export interface GrantRule {
  /** `token`, `approval`. */
  readonly name: string;
  request(credentials: Credentials): RestRequest;
  /** Reads the answer. `expiresAtMs` is wall time, ms since the epoch. */
  read(response: RestResponse, nowMs: number): Grant | RestVerdict;
  /** Renew this long before it expires. */
  readonly renewBeforeMs: number;
  /** At most one issue in this time, for the same credentials. */
  readonly issueIntervalMs: number;
  /** True when it is kept over restarts in a file of mode 0600; false when each connect takes a fresh one. */
  readonly isKept: boolean;
}

export interface Grant {
  readonly kind: 'grant';
  readonly value: string;
  readonly expiresAtMs: number;
}

/** Grants by the name of their rule. */
export type Grants = Readonly<Record<string, string>>;

/** What the recorder must do or know after a frame. Data frames are `DATA`, one shared object: nothing is allocated for them. */
export type FrameSignal =
  /** Market data or notices. */
  | { readonly kind: 'data' }
  /** Known, and nothing to do (the answer to our own heartbeat, a system message). */
  | { readonly kind: 'control' }
  /** Send this back now: an echo, a pong in a text frame. */
  | { readonly kind: 'reply'; readonly text: string }
  | { readonly kind: 'logged-in' }
  /** A login refused: `renew` names the grant to throw away before the next try; without it the connection stops. */
  | { readonly kind: 'login-refused'; readonly code: string; readonly message: string; readonly renew?: string }
  /** Registered. Without keys it answers the oldest request in flight (all of its subscriptions). */
  | { readonly kind: 'acknowledged'; readonly keys?: readonly string[] }
  /** Released. Without keys it answers the oldest request in flight. */
  | { readonly kind: 'released'; readonly keys?: readonly string[] }
  /** Not registered. `retryAfterMs` says when it may be asked again; without it the subscription is given up and reported. */
  | {
      readonly kind: 'refused';
      readonly keys?: readonly string[];
      readonly code: string;
      readonly message: string;
      readonly retryAfterMs?: number;
    }
  /** The venue ends this session: close, wait at least so long, connect again. */
  | { readonly kind: 'back-off'; readonly code: string; readonly message: string; readonly waitMs: number }
  /** Connecting again would do harm (kicked by another session of the same key). */
  | { readonly kind: 'stop'; readonly code: string; readonly message: string }
  /** Ask these by REST and record the answers: a depth snapshot after a gap. */
  | { readonly kind: 'ask'; readonly requests: readonly RestRequest[] }
  /** One frame that means several things, in this order. */
  | { readonly kind: 'several'; readonly signals: readonly FrameSignal[] }
  /** Not understood; it is on the tape and is counted. */
  | { readonly kind: 'unknown' };

export const DATA: FrameSignal = { kind: 'data' };
export const CONTROL: FrameSignal = { kind: 'control' };
export const UNKNOWN: FrameSignal = { kind: 'unknown' };

/** How a connection paces itself; every number has its source in the venue's README. */
export interface SocketLimits {
  /** Subscriptions (as `slotsOf` counts them) of one connection. */
  readonly slotsMax: number;
  /** Connections at a time with one set of credentials. */
  readonly connectionsPerKey: number;
  /** Subscriptions in one request. */
  readonly batchMax: number;
  /** Requests waiting for their answer. */
  readonly inFlightMax: number;
  /** At least this between two requests. */
  readonly sendSpacingMs: number;
  /** An answer that does not come in this time breaks the connection. */
  readonly answerTimeoutMs: number;
  /** Not one byte in this time: the connection is dead. */
  readonly silenceTimeoutMs: number;
  /** Send our own heartbeat after this much silence; absent where the venue sends them. */
  readonly heartbeatAfterMs?: number;
  /** Connect anew after this, before the venue cuts; absent where it does not. */
  readonly connectionLifeMs?: number;
  /** The first wait after a lost connection and the longest; between them exponential with full jitter. */
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  /** Connects in an hour before the recorder says so and waits `backoffMaxMs` each time. */
  readonly connectsPerHourMax: number;
}

/** One connection's life, from its open to its end. It holds only what this connection's frames taught it. */
export interface SocketSession {
  /** The first message of the connection, which `logged-in` must answer; absent where there is no login. */
  login?(): string;
  /** One message that asks for all of these (at most `batchMax`). */
  subscribe(subscriptions: readonly Subscription[]): string;
  unsubscribe(subscriptions: readonly Subscription[]): string;
  /** Our heartbeat, where `heartbeatAfterMs` is set. */
  heartbeat?(): string;
  /** Says what the frame `bytes[start, end)` means. Total, never throws; called for every frame after it was journalled. */
  read(bytes: Uint8Array, start: number, end: number): FrameSignal;
  /** The subscription key that a data frame belongs to (the first of several), empty when it cannot be told. Only called while some are unseen. */
  keyOf(bytes: Uint8Array, start: number, end: number): string;
  /** What is journalled instead of an encrypted frame (`meta.decrypted`); `undefined` for all others. Must tell by the first bytes. */
  decrypt?(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined;
  /** REST calls to make once these subscriptions are acknowledged: depth snapshots. */
  afterAcknowledged?(subscriptions: readonly Subscription[]): readonly RestRequest[];
  /** The answer to a call this session asked for; returns calls to make again (a snapshot older than the first delta). */
  answered?(request: RestRequest, response: RestResponse): readonly RestRequest[];
}

export interface SocketSettings {
  readonly credentials: Credentials;
  readonly grants: Grants;
  readonly cipher: Cipher;
  /** The venue's own choices from the configuration: `custtype`, `prehash`, … */
  readonly options: Readonly<Record<string, string>>;
  /** Wall time of the connect, ms since the epoch: signed URLs need it fresh. */
  readonly nowMs: number;
}

/** One kind of websocket connection of a venue (USD-M has two: `public` and `market`). */
export interface SocketProtocol {
  readonly venue: string;
  /** Part of the connection's name: `ws`, `public`, `market`. */
  readonly name: string;
  readonly limits: SocketLimits;
  /** Names of the grants that each connect needs. */
  readonly grants: readonly string[];
  /** Whether this connection carries the channel. */
  carries(channel: string, options: Readonly<Record<string, string>>): boolean;
  /** Slots a plan takes up: a symbol with several channels may count once. */
  slotsOf(subscriptions: readonly Subscription[]): number;
  /** Path and query to add to the websocket base, and headers of the handshake; holds secrets. */
  address(
    settings: SocketSettings,
    subscriptions: readonly Subscription[],
  ): { readonly path: string; readonly headers?: Readonly<Record<string, string>> };
  open(settings: SocketSettings): SocketSession;
  /**
   * What an HTTP status instead of a handshake means (403: a wrong key or signature); `undefined` when it says nothing and the connect is
   * tried again. A refusal ends the connection for good only where it never worked.
   */
  handshakeRefused?(status: number): { readonly code: string; readonly message: string } | undefined;
}

/** One type of data that is asked for again and again. */
export interface PollRule {
  /** `stock-minute`, `option-board`. */
  readonly name: string;
  /** Between two polls of one target unless the configuration says otherwise; ms. */
  readonly intervalMs: number;
  /** At most this many calls a second over all targets of the type; absent where only the key's limit counts. */
  readonly callsPerSecondMax?: number;
  /** The requests of one poll. `target` is a symbol, a maturity, a class code; `options` come from the configuration. */
  requests(target: string, settings: PollSettings): readonly RestRequest[];
  read(request: RestRequest, response: RestResponse): RestVerdict;
}

export interface PollSettings {
  readonly credentials: Credentials;
  readonly grants: Grants;
  readonly options: Readonly<Record<string, string>>;
  readonly nowMs: number;
}

/** REST limits of one set of credentials (or of the address where there are none). */
export interface RestLimits {
  readonly callsPerSecondMax: number;
  readonly timeoutMs: number;
}

export interface VenueHosts {
  readonly rest: string;
  readonly socket: string;
}

/** The client side of one venue. */
export interface VenueProtocol {
  readonly venue: string;
  /** Addresses by environment: `real`, `mock`, … */
  readonly hosts: Readonly<Record<string, VenueHosts>>;
  /** Names of the secrets it cannot do without, and the environment variables they come from by default. */
  readonly secrets: readonly { readonly name: string; readonly variable: string; readonly isRequired: boolean }[];
  readonly grants: readonly GrantRule[];
  /** Names of the grants that polls need. */
  readonly restGrants: readonly string[];
  /** Names of the grants that `masters` need: none where the files are open to all, so that no token is issued for them. */
  readonly masterGrants: readonly string[];
  readonly sockets: readonly SocketProtocol[];
  readonly polls: readonly PollRule[];
  restLimits(environment: string): RestLimits;
  /** What the day's instruments are asked with, at the start and when they change (see `mastersAtUtcMinutes`). */
  masters(settings: PollSettings, symbols: readonly string[]): readonly RestRequest[];
  readMaster(request: RestRequest, response: RestResponse): RestVerdict;
  /** Minutes after midnight UTC at which the instruments are asked again. */
  readonly mastersAtUtcMinutes: readonly number[];
  /** Why this subscription cannot work in this environment (the mock host has few channels); `undefined` when it can. */
  refuses(subscription: Subscription, environment: string): string | undefined;
  /** The label that `Venue.channelOf` gives to frames of this channel. */
  labelOf(channel: string): string;
  /** The market whose calendar a channel follows (`domain/calendar.ts`): `krx-stock`, `krx-derivatives`, `krx-night`, `nxt`, `always`. */
  marketOf(channel: string, symbol: string): string;
  /** Longest silence of a whole channel while its market is open that is still normal; ms. */
  silenceMaxMs(channel: string): number;
  /** How symbols are found that only the recording knows: strikes around the money, results of searches. Absent where no plan has rooms. */
  readonly rooms?: VenueRooms;
}
