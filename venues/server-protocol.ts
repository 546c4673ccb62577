/**
 * The server side of a venue's protocol: what `tapedeck serve` answers. Pure like the client side: sockets, clocks and the tape belong to
 * `replay/serve`. It enforces what the venue enforces and bears what published clients do (the venue pages' section of that name).
 */
import type { TapeRecord } from '#domain';
import type { Cipher } from './protocol.ts';

/** What the served tape holds at this moment, for REST answers "as of now". Prices and sizes as the venue printed them. */
export interface ServedMarket {
  /** Engine time of the tape, µs since the epoch: what the venue's clock says. */
  readonly nowUs: number;
  /** Symbols seen so far or listed by the tape's masters, of this venue. */
  symbols(): readonly string[];
  /** Levels from the best outwards; `undefined` before the first book. */
  book(symbol: string): ServedBook | undefined;
  /** Price of the last trade; NaN before the first. */
  lastPrice(symbol: string): number;
  /** The body of the last REST answer of this endpoint on the tape up to now (with these `meta` fields equal), exactly as recorded. */
  recorded(endpoint: string, meta: Readonly<Record<string, unknown>>): Uint8Array | undefined;
}

export interface ServedBook {
  readonly lastUpdateId: number;
  readonly venueTimeUs: number;
  readonly bids: readonly (readonly [price: number, size: number])[];
  readonly asks: readonly (readonly [price: number, size: number])[];
}

export interface ServerRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ServerResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/** Faults a venue's protocol takes part in; those of the socket itself (drop, delay, cut, …) belong to `replay/serve`. */
export interface ProtocolFaults {
  /** Refuses every login and key, as the venue does. */
  readonly refuseLogin: boolean;
  /** Acknowledges and then sends nothing. */
  readonly acknowledgeOnly: boolean;
  /** Leaves heartbeats unsent or unanswered. */
  readonly muteHeartbeat: boolean;
}

export type ServerAction =
  | { readonly kind: 'send'; readonly data: string | Uint8Array }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string };

export interface ServerSettings {
  readonly cipher: Cipher;
  readonly market: ServedMarket;
  readonly faults: ProtocolFaults;
  /** `documented` or `current` widths, and other choices by venue. */
  readonly options: Readonly<Record<string, string>>;
  /** Hex text of `bytes` random bytes from the seed: keys, tokens. */
  randomHex(bytes: number): string;
}

/** One client's connection. */
export interface ServerSession {
  onOpen(nowMs: number): readonly ServerAction[];
  onMessage(text: string, nowMs: number): readonly ServerAction[];
  /** Called about once a second of the server's clock: heartbeats, limits, ends of life. */
  onTick(nowMs: number): readonly ServerAction[];
  /**
   * The bytes of a `frame-in` record that this client is to get: the record's own bytes wherever it can be (byte for byte), an envelope
   * written anew only where the client asked under another name. `undefined` when it did not subscribe to it.
   */
  deliver(record: TapeRecord): Uint8Array | string | undefined;
  /** A protocol ping or pong of the client, which some send instead of the venue's own. */
  onControl?(): void;
  onClose(): void;
}

/** One venue's server: shared by its connections, because keys, tokens and limits are. */
export interface VenueServer {
  readonly venue: string;
  /** Answers one REST call; `undefined` when the path is none of this venue. */
  rest(request: ServerRequest, nowMs: number): ServerResponse | undefined;
  /** Lets a client in, or says with which HTTP status it is refused. `undefined`: the path is none of this venue. */
  accept(request: ServerRequest, nowMs: number): ServerSession | { readonly refuse: number; readonly message: string } | undefined;
  /** Ends another session of the same key as the venue does (`R10001`, `OPSP8996`): what the session is sent. */
  kick(session: ServerSession): readonly ServerAction[];
}

/** How `serve` makes one. */
export interface ServerProtocol {
  readonly venue: string;
  create(settings: ServerSettings): VenueServer;
}
