import { TapeRecord } from '../../../domain/record.ts';
import { kisProtocol } from '../../../venues/kis/protocol.ts';
import { kisServer } from '../../../venues/kis/server.ts';
import type { FrameSignal, Grant, RestRequest, RestResponse, SocketSession, SocketSettings } from '../../../venues/protocol.ts';
import type { ServedMarket, ServerAction, ServerSession, ServerSettings, VenueServer } from '../../../venues/server-protocol.ts';
import { randomOf } from '../../seeds.ts';
import { nodeCipher } from './node-cipher.ts';

export const CREDENTIALS = { appKey: 'A'.repeat(36), appSecret: 'S'.repeat(180), htsId: 'trader1' };
export const OTHER_CREDENTIALS = { ...CREDENTIALS, appKey: 'B'.repeat(36) };
/** 2026-10-01 10:00:00 in Korea. */
export const NOW_MS = 1_790_816_400_000;

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

export const bytesOf = (text: string): Uint8Array => ENCODER.encode(text);
export const textOf = (data: Uint8Array | string): string => (typeof data === 'string' ? data : DECODER.decode(data));

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

export function aServer(options: Readonly<Record<string, string>> = {}, parts: Partial<ServerSettings> = {}): VenueServer {
  const random = randomOf(7);
  return kisServer.create({
    cipher: nodeCipher,
    market: aMarket(),
    faults: { refuseLogin: false, acknowledgeOnly: false, muteHeartbeat: false },
    randomHex: (bytes) => Buffer.from(random.bytes(bytes)).toString('hex'),
    options,
    ...parts,
  });
}

/** What the client's REST call gets from the server. */
export function call(server: VenueServer, request: RestRequest, nowMs = NOW_MS): RestResponse {
  const { method, path, query = {}, body = '' } = request;
  const headers = Object.fromEntries(Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  const response = server.rest({ method, path, query, headers, body }, nowMs);
  if (response === undefined) throw new Error(`${path}: the server does not know it`);
  const bytes = typeof response.body === 'string' ? bytesOf(response.body) : response.body;
  return { status: response.status, headers: response.headers, body: bytes };
}

/** A grant got from the server as the recorder gets it. */
export function grantOf(server: VenueServer, name: string, credentials = CREDENTIALS, nowMs = NOW_MS): Grant {
  const rule = kisProtocol.grants.find((known) => known.name === name)!;
  const grant = rule.read(call(server, rule.request(credentials), nowMs), nowMs);
  if (grant.kind !== 'grant') throw new Error(`no ${name}: ${JSON.stringify(grant)}`);
  return grant;
}

export function settingsOf(parts: Partial<SocketSettings> = {}): SocketSettings {
  return { credentials: CREDENTIALS, grants: { approval: 'approval-1' }, cipher: nodeCipher, options: {}, nowMs: NOW_MS, ...parts };
}

/** One client and its connection to the server. */
export interface Dialogue {
  readonly client: SocketSession;
  readonly server: ServerSession;
  /** Sends it to the server and reads every answer. */
  say(text: string): readonly FrameSignal[];
}

export function connect(server: VenueServer, parts: Partial<SocketSettings> = {}): Dialogue {
  const [socket] = kisProtocol.sockets;
  const credentials = parts.credentials ?? CREDENTIALS;
  const approval = grantOf(server, 'approval', credentials as typeof CREDENTIALS).value;
  const settings = settingsOf({ grants: { approval }, ...parts });
  const client = socket!.open(settings);
  const { path } = socket!.address(settings, []);
  const session = server.accept({ method: 'GET', path, query: {}, headers: {}, body: '' }, NOW_MS);
  if (session === undefined || 'refuse' in session) throw new Error('the server refused the connection');
  session.onOpen(NOW_MS);
  return { client, server: session, say: (text) => readAll(client, session.onMessage(text, NOW_MS)) };
}

export function readAll(client: SocketSession, actions: readonly ServerAction[]): readonly FrameSignal[] {
  return sent(actions).map((text) => read(client, text));
}

export function read(client: SocketSession, text: string): FrameSignal {
  const bytes = bytesOf(text);
  return client.read(bytes, 0, bytes.length);
}

/** The texts that the server sends. */
export function sent(actions: readonly ServerAction[]): readonly string[] {
  return actions.flatMap((action) => (action.kind === 'send' ? [textOf(action.data)] : []));
}

/** A `frame-in` record of the tape, not at the start of its buffer. */
export function aRecord(text: string): TapeRecord {
  const record = new TapeRecord();
  record.bytes = bytesOf(`..${text}..`);
  record.start = 2;
  record.end = record.bytes.length - 2;
  record.kind = 'frame-in';
  record.venue = 'kis';
  record.receivedAtUs = NOW_MS * 1000;
  return record;
}

/** What the server delivers of this frame, as text; `undefined` when it is not the client's. */
export function delivered(session: ServerSession, text: string): string | undefined {
  const data = session.deliver(aRecord(text));
  return data === undefined ? undefined : textOf(data);
}
