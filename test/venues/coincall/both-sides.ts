import { createHmac } from 'node:crypto';
import { TapeRecord } from '../../../domain/record.ts';
import type { CoincallVenueId } from '../../../venues/coincall/instrument.ts';
import { coincallFuturesProtocol, coincallOptionsProtocol } from '../../../venues/coincall/protocol.ts';
import { coincallFuturesServer, coincallOptionsServer } from '../../../venues/coincall/server.ts';
import type {
  Cipher,
  FrameSignal,
  RestRequest,
  RestResponse,
  SocketSession,
  SocketSettings,
  Subscription,
} from '../../../venues/protocol.ts';
import type {
  ServedMarket,
  ServerAction,
  ServerRequest,
  ServerSession,
  ServerSettings,
  VenueServer,
} from '../../../venues/server-protocol.ts';

/** Invented, in the shape of real ones; the key and secret of the documented test vectors. */
export const CREDENTIALS = { apiKey: 'aGVsbG8rd29ybGQ/PT0=', secret: 'demo-secret' };
/** 2026-12-24 07:00:00 UTC. */
export const NOW_MS = 1_798_095_600_000;
export const CALL = 'BTCUSD-25DEC26-100000-C';
export const PUT = 'BTCUSD-25DEC26-100000-P';
/** 2026-12-25 08:00:00 UTC. */
export const END = '1798185600000';

export const OPTIONS: CoincallVenueId = 'coincall-options';
export const FUTURES: CoincallVenueId = 'coincall-futures';

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
export const bytesOf = (text: string): Uint8Array => ENCODER.encode(text);
export const textOf = (data: Uint8Array | string): string => (typeof data === 'string' ? data : DECODER.decode(data));

const unused = () => {
  throw new Error('nothing is encrypted at Coincall');
};
export const CIPHER: Cipher = {
  hmacSha256Hex: (secret, message) => createHmac('sha256', secret).update(message).digest('hex'),
  decryptAes256Cbc: unused,
  encryptAes256Cbc: unused,
};

export const protocolOf = (venue: CoincallVenueId) => (venue === OPTIONS ? coincallOptionsProtocol : coincallFuturesProtocol);

export function settingsOf(parts: Partial<SocketSettings> = {}): SocketSettings {
  return { credentials: CREDENTIALS, grants: {}, cipher: CIPHER, options: {}, nowMs: NOW_MS, ...parts };
}

export function aSession(venue: CoincallVenueId = OPTIONS, parts: Partial<SocketSettings> = {}): SocketSession {
  return protocolOf(venue).sockets[0]!.open(settingsOf(parts));
}

/** A market of nothing, with what the test is about. */
export function aMarket(parts: Partial<ServedMarket> = {}): ServedMarket {
  return {
    nowUs: NOW_MS * 1000,
    symbols: () => [],
    book: () => undefined,
    lastPrice: () => Number.NaN,
    recorded: () => undefined,
    ...parts,
  };
}

export function aServer(
  venue: CoincallVenueId = OPTIONS,
  options: Readonly<Record<string, string>> = {},
  parts: Partial<ServerSettings> = {},
): VenueServer {
  return (venue === OPTIONS ? coincallOptionsServer : coincallFuturesServer).create({
    cipher: CIPHER,
    market: aMarket(),
    faults: { refuseLogin: false, acknowledgeOnly: false, muteHeartbeat: false },
    randomHex: () => '',
    options,
    ...parts,
  });
}

/** The request of a path with its query, read as the server's own host reads it: a plus stays a plus. */
export function requestOf(address: string, method = 'GET'): ServerRequest {
  const [path = '', query = ''] = address.split('?', 2);
  const members = query.split('&').filter((part) => part !== '');
  const pairs = members.map((part) => {
    const [name = '', ...value] = part.split('=');
    return [name, decodeURIComponent(value.join('='))] as const;
  });
  return { method, path, query: Object.fromEntries(pairs), headers: {}, body: '' };
}

export function addressOf(venue: CoincallVenueId = OPTIONS, parts: Partial<SocketSettings> = {}): string {
  return protocolOf(venue).sockets[0]!.address(settingsOf(parts), []).path;
}

/** Why the server refuses this handshake; `undefined` when it lets the client in. */
export function refusalOf(server: VenueServer, address: string, nowMs = NOW_MS): string | undefined {
  const verdict = server.accept(requestOf(address), nowMs);
  if (verdict === undefined) return 'no such path';
  return 'refuse' in verdict ? `${verdict.refuse} ${verdict.message}` : undefined;
}

/** One client and its connection to the server. */
export interface Dialogue {
  readonly client: SocketSession;
  readonly server: ServerSession;
  /** Sends it to the server and reads every answer. */
  say(text: string, nowMs?: number): readonly FrameSignal[];
  subscribe(subscription: Subscription): readonly FrameSignal[];
  /** What the server delivers of this frame of the tape; `undefined` when it is not the client's. */
  delivered(text: string): string | undefined;
}

export function connect(server: VenueServer, parts: Partial<SocketSettings> = {}): Dialogue {
  const venue = server.venue as CoincallVenueId;
  const client = aSession(venue, parts);
  const session = server.accept(requestOf(addressOf(venue, parts)), NOW_MS);
  if (session === undefined || 'refuse' in session) throw new Error(`the server refused the connection: ${session?.message}`);
  session.onOpen(NOW_MS);
  const say = (text: string, nowMs = NOW_MS) => readAll(client, session.onMessage(text, nowMs));
  return {
    client,
    server: session,
    say,
    subscribe: (subscription) => say(client.subscribe([subscription])),
    delivered: (text) => delivered(session, text),
  };
}

export function readAll(client: SocketSession, actions: readonly ServerAction[]): readonly FrameSignal[] {
  return sent(actions).map((text) => read(client, text));
}

export function read(client: SocketSession, text: string): FrameSignal {
  const bytes = bytesOf(`?${text}?`);
  return client.read(bytes, 1, bytes.length - 1);
}

export function keyOf(client: SocketSession, text: string): string {
  const bytes = bytesOf(`?${text}?`);
  return client.keyOf(bytes, 1, bytes.length - 1);
}

/** The texts that the server sends. */
export function sent(actions: readonly ServerAction[]): readonly string[] {
  return actions.flatMap((action) => (action.kind === 'send' ? [textOf(action.data)] : []));
}

let sequence = 0;

/** A `frame-in` record of the tape, not at the start of its buffer. */
export function aRecord(text: string): TapeRecord {
  const record = new TapeRecord();
  record.sequence = sequence++;
  record.bytes = bytesOf(`..${text}..`);
  record.start = 2;
  record.end = record.bytes.length - 2;
  record.kind = 'frame-in';
  record.receivedAtUs = NOW_MS * 1000;
  return record;
}

export function delivered(session: ServerSession, text: string): string | undefined {
  const data = session.deliver(aRecord(text));
  return data === undefined ? undefined : textOf(data);
}

/** What the client's REST call gets from the server. */
export function call(server: VenueServer, request: Pick<RestRequest, 'path' | 'query'>, nowMs = NOW_MS): RestResponse {
  const { path, query = {} } = request;
  const response = server.rest({ method: 'GET', path, query, headers: {}, body: '' }, nowMs);
  if (response === undefined) throw new Error(`${path}: the server does not know it`);
  const bytes = typeof response.body === 'string' ? bytesOf(response.body) : response.body;
  return { status: response.status, headers: response.headers, body: bytes };
}
