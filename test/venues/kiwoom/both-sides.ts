import { TapeRecord } from '#domain';
import { Connection } from '../../../recorder/record/connection.ts';
import { TapeRecorder } from '../../../recorder/record/tape-recorder.ts';
import { kiwoomProtocol } from '../../../venues/kiwoom/protocol.ts';
import { kiwoomServer } from '../../../venues/kiwoom/server.ts';
import type { FrameSignal, RestRequest, RestResponse, SocketSession, SocketSettings, Subscription } from '../../../venues/protocol.ts';
import type { ServedMarket, ServerAction, ServerSession, ServerSettings, VenueServer } from '../../../venues/server-protocol.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import { MemoryJournal } from '../../fixtures/memory-journal.ts';
import { type ScriptedSocket, scriptedSockets } from '../../fixtures/scripted-socket.ts';
import { randomOf } from '../../seeds.ts';
import { nodeCipher } from '../kis/node-cipher.ts';

export const CREDENTIALS = { appKey: 'app-key-1', secretKey: 'secret-key-1' };
export const OTHER_CREDENTIALS = { appKey: 'app-key-2', secretKey: 'secret-key-2' };
/** 2026-10-01 10:00:00 in Korea. */
export const NOW_MS = 1_790_816_400_000;
export const [SOCKET] = kiwoomProtocol.sockets as [NonNullable<(typeof kiwoomProtocol.sockets)[0]>];
const [TOKEN] = kiwoomProtocol.grants;

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const NETWORK_MS = 1;

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

export const NO_FAULTS = { refuseLogin: false, acknowledgeOnly: false, muteHeartbeat: false };

export function aServer(options: Readonly<Record<string, string>> = {}, parts: Partial<ServerSettings> = {}): VenueServer {
  const random = randomOf(7);
  return kiwoomServer.create({
    cipher: nodeCipher,
    market: aMarket(),
    faults: NO_FAULTS,
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
  return { status: response.status, headers: response.headers, body: bytesOf(textOf(response.body)) };
}

export function bodyOf(response: RestResponse): Record<string, unknown> {
  return JSON.parse(textOf(response.body)) as Record<string, unknown>;
}

/** A token got from the server as the recorder gets it. */
export function tokenOf(server: VenueServer, credentials = CREDENTIALS, nowMs = NOW_MS): string {
  const grant = TOKEN!.read(call(server, TOKEN!.request(credentials), nowMs), nowMs);
  if (grant.kind !== 'grant') throw new Error(`no token: ${JSON.stringify(grant)}`);
  return grant.value;
}

export function settingsOf(parts: Partial<SocketSettings> = {}): SocketSettings {
  return { credentials: CREDENTIALS, grants: { token: 'token-1' }, cipher: nodeCipher, options: {}, nowMs: NOW_MS, ...parts };
}

export function accept(server: VenueServer, path = '/api/dostk/websocket'): ServerSession {
  const session = server.accept({ method: 'GET', path, query: {}, headers: {}, body: '' }, NOW_MS);
  if (session === undefined || 'refuse' in session) throw new Error('the server refused the connection');
  expectNothing(session.onOpen(NOW_MS));
  return session;
}

function expectNothing(actions: readonly ServerAction[]): void {
  if (actions.length > 0) throw new Error(`the server spoke before the login: ${JSON.stringify(actions)}`);
}

/** One client that is logged in, and its connection to the server. */
export interface Dialogue {
  readonly client: SocketSession;
  readonly server: ServerSession;
  /** Sends it to the server, sends on what the client replies, and returns what the client made of the last answers. */
  say(text: string, nowMs?: number): readonly FrameSignal[];
}

export function connect(server: VenueServer, credentials = CREDENTIALS): Dialogue {
  const client = SOCKET.open(settingsOf({ credentials, grants: { token: tokenOf(server, credentials) } }));
  const session = accept(server);
  const say = (text: string, nowMs = NOW_MS): readonly FrameSignal[] =>
    readAll(client, session.onMessage(text, nowMs)).flatMap((signal) => (signal.kind === 'reply' ? say(signal.text, nowMs) : [signal]));
  const [signal] = say(client.login!());
  if (signal?.kind !== 'logged-in') throw new Error(`not logged in: ${JSON.stringify(signal)}`);
  return { client, server: session, say };
}

export function readAll(client: SocketSession, actions: readonly ServerAction[]): readonly FrameSignal[] {
  return sent(actions).map((text) => read(client, text));
}

/** What the client makes of the text, which does not stand at the start of its buffer. */
export function read(client: SocketSession, text: string): FrameSignal {
  const bytes = bytesOf(`..${text}..`);
  return client.read(bytes, 2, bytes.length - 2);
}

export function keyOf(client: SocketSession, text: string): string {
  const bytes = bytesOf(`..${text}..`);
  return client.keyOf(bytes, 2, bytes.length - 2);
}

/** The texts that the server sends. */
export function sent(actions: readonly ServerAction[]): readonly string[] {
  return actions.flatMap((action) => (action.kind === 'send' ? [textOf(action.data)] : []));
}

export function frames(actions: readonly ServerAction[]): readonly Record<string, unknown>[] {
  return sent(actions).map((text) => JSON.parse(text) as Record<string, unknown>);
}

/** What the server delivers of this frame, as text; `undefined` when it is not the client's. */
export function delivered(session: ServerSession, text: string): string | undefined {
  const record = new TapeRecord();
  record.bytes = bytesOf(`..${text}..`);
  record.start = 2;
  record.end = record.bytes.length - 2;
  record.kind = 'frame-in';
  record.venue = 'kiwoom';
  const data = session.deliver(record);
  return data === undefined ? undefined : textOf(data);
}

/** The recorder's own connection, talking to the server over a network that takes a millisecond, on a clock that the test moves. */
export interface RecordedDialogue {
  readonly connection: Connection;
  readonly clock: ManualClock;
  readonly journal: MemoryJournal;
  readonly sockets: readonly ScriptedSocket[];
  readonly told: readonly object[];
  readonly dropped: readonly string[];
  /** Moves the clock on, a second at a time, ticking both sides. */
  run(seconds: number): Promise<void>;
  /** The server sends this frame of the tape to whom it belongs. */
  serve(text: string): Promise<void>;
}

export function record(
  server: VenueServer,
  subscriptions: readonly Subscription[],
  parts: { readonly credentials?: typeof CREDENTIALS; readonly change?: (text: string) => string } = {},
): RecordedDialogue {
  const { credentials = CREDENTIALS, change = (text: string) => text } = parts;
  const clock = new ManualClock(BigInt(NOW_MS) * 1_000_000n);
  const journal = new MemoryJournal();
  const nowMs = () => NOW_MS + clock.nowMs;
  const sessions = new Map<ScriptedSocket, ServerSession>();
  const act = (socket: ScriptedSocket, actions: readonly ServerAction[]) =>
    clock.after(NETWORK_MS, () => {
      for (const action of actions) {
        if (socket.isOver) return;
        if (action.kind === 'send') socket.say(change(textOf(action.data)));
        else socket.end(action.code, action.reason);
        if (socket.isOver) sessions.get(socket)?.onClose();
      }
    });
  const { open, sockets } = scriptedSockets((socket) => {
    const session = accept(server);
    sessions.set(socket, session);
    socket.onSend = (text) => act(socket, session.onMessage(text, nowMs()));
    clock.after(NETWORK_MS, () => socket.accept());
  });
  const told: object[] = [];
  const dropped: string[] = [];
  const connection = new Connection({
    plan: { name: 'ws-1', socket: 'ws', key: 'main', subscriptions: [], slotsUsed: 0, slotsMax: 200 },
    venue: {
      venue: 'kiwoom',
      environment: 'real',
      hosts: kiwoomProtocol.hosts.real!,
      hostOverrides: {},
      options: {},
      keys: [],
      connections: [],
      polls: [],
      rooms: [],
      names: {},
      masterSymbols: [],
    },
    protocol: SOCKET,
    credentials,
    tape: new TapeRecorder({
      journal,
      clock,
      venues: new Map(),
      waitingBytesMax: 1e9,
      tierOf: () => 0,
      onFailed: (error) => {
        throw error;
      },
    }),
    rest: {
      grants: () => Promise.resolve({ kind: 'granted', grants: { token: tokenOf(server, credentials, nowMs()) } }),
      dropGrant: (name) => dropped.push(name),
      ask: () => undefined,
    },
    openSocket: open,
    cipher: nodeCipher,
    clock,
    random: () => 0,
    tell: (news) => told.push(news),
  });
  subscriptions.forEach((subscription, i) => {
    connection.want(subscription, i);
  });
  connection.start();
  const live = () => [...sessions].filter(([socket]) => !socket.isOver);
  return {
    connection,
    clock,
    journal,
    sockets,
    told,
    dropped,
    run: async (seconds) => {
      for (let i = 0; i < seconds; i++) {
        await clock.advance(1_000);
        for (const [socket, session] of live()) act(socket, session.onTick(nowMs()));
        connection.tick();
      }
    },
    serve: async (text) => {
      for (const [socket, session] of live()) {
        const data = delivered(session, text);
        if (data !== undefined) socket.say(data);
      }
      await clock.advance(0);
    },
  };
}
