import { createServer, type IncomingMessage, type ServerResponse as Reply, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Clock, TapedeckError, type TapeRecord } from '#domain';
import type { ServerSession, VenueServer } from '#venues';
import { Connection } from './connection.ts';
import type { FaultDirector } from './fault-director.ts';
import type { FaultLog } from './fault-log.ts';
import { readBody, serverRequest } from './http-request.ts';
import type { PingRule, ServedConnection } from './served-connection.ts';
import { type RedactFrame, ServedFrames } from './served-frames.ts';

/** Where a venue is served. The two are apart, as they are at the venues. */
export interface ServedAddress {
  readonly venue: string;
  /** `http://127.0.0.1:8101`. */
  readonly rest: string;
  /** `ws://127.0.0.1:8102`. */
  readonly socket: string;
}

export interface VenueHostOptions {
  readonly server: VenueServer;
  /** `127.0.0.1` unless others are to reach it. */
  readonly host: string;
  /** 0: any free port. */
  readonly restPort: number;
  readonly socketPort: number;
  readonly clock: Clock;
  readonly director: FaultDirector;
  readonly log: FaultLog;
  readonly ping?: PingRule | undefined;
  readonly redact?: RedactFrame | undefined;
  readonly keepFrameDigests: boolean;
  readonly onActivity: () => void;
}

/** Connections at a time; the next is refused with 503. */
const CONNECTIONS_MAX = 1_024;
/** Connections that ended and are still listed by `served`; the oldest are forgotten. */
const ENDED_KEPT_MAX = 10_000;
/** A message of a client larger than this ends its connection. */
const MESSAGE_BYTES_MAX = 1024 * 1024;
const TICK_MS = 1_000;
/** Waiting bytes of one client past which a feed without pacing waits for it. */
const SEND_BUFFER_BYTES_MAX = 1024 * 1024;
/** How long (of the server's clock) that wait may be before the client is dropped. */
const DRAIN_WAIT_MAX_MS = 30_000;
/** A paced feed waits for nobody: a client that lets so much wait is dropped, as a venue drops slow ones. */
const SLOW_CLIENT_BYTES_MAX = 64 * 1024 * 1024;
/** As the recorder notes a frame that was no text. */
const BINARY_OPCODE = '"opcode":"binary"';

/** One venue on the network: a server for REST, a server for websockets, and the connections. */
export class VenueHost {
  readonly venue: string;
  readonly #options: VenueHostOptions;
  readonly #rest: Server;
  readonly #socket: Server;
  readonly #upgrades = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload: MESSAGE_BYTES_MAX,
  });
  /** In the order they came. */
  readonly #connections = new Set<Connection>();
  readonly #open = new Set<Connection>();
  #accepted = 0;
  #cancelTick: () => void = () => undefined;
  #copied: { readonly source: ArrayBufferLike; readonly offset: number; readonly bytes: Uint8Array } | undefined;

  constructor(options: VenueHostOptions) {
    this.#options = options;
    this.venue = options.server.venue;
    this.#rest = createServer((request, reply) => void this.#answer(request, reply));
    this.#socket = createServer((_, reply) => send(reply, 426, { upgrade: 'websocket' }, 'this address speaks websocket only\n'));
    this.#socket.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  async listen(): Promise<ServedAddress> {
    const { host, restPort, socketPort } = this.#options;
    const rest = await listen(this.#rest, host, restPort, `${this.venue} REST`);
    const socket = await listen(this.#socket, host, socketPort, `${this.venue} websocket`);
    this.#tickLater();
    const name = host.includes(':') ? `[${host}]` : host;
    return { venue: this.venue, rest: `http://${name}:${rest}`, socket: `ws://${name}:${socket}` };
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Open connections whose client asked for data. */
  get subscribers(): number {
    let count = 0;
    for (const connection of this.#open) if (connection.hasSubscribed) count += 1;
    return count;
  }

  served(): readonly ServedConnection[] {
    return [...this.#connections].map((connection) => connection.served());
  }

  /** Hands a `frame-in` record to every client that asked for it; says whether one did. */
  deliver(record: TapeRecord): boolean {
    if (this.#open.size === 0 || this.#options.director.isSilent(this.venue)) return false;
    this.#copied = undefined;
    const isBinary = record.meta !== '' && record.meta.includes(BINARY_OPCODE);
    let isWanted = false;
    for (const connection of this.#open) {
      const frame = connection.session.deliver(record);
      if (frame === undefined) continue;
      isWanted = true;
      connection.deliver(typeof frame === 'string' ? Buffer.from(frame, 'utf8') : this.#copy(frame), isBinary);
    }
    return isWanted;
  }

  /** Keeps what waits in the sockets within bounds: by waiting for the clients, or, at a pace, by dropping those that do not follow. */
  async settle(isPaced: boolean): Promise<void> {
    for (const connection of [...this.#open]) {
      if (isPaced && connection.waitingBytes > SLOW_CLIENT_BYTES_MAX) connection.terminate();
      else if (!isPaced && connection.waitingBytes > SEND_BUFFER_BYTES_MAX) await this.#waitFor(connection);
    }
  }

  closeAll(code: number, reason: string): void {
    for (const connection of [...this.#open]) connection.act([{ kind: 'close', code, reason }]);
  }

  async stop(): Promise<void> {
    this.#cancelTick();
    for (const connection of [...this.#open]) connection.terminate();
    await Promise.all([close(this.#rest), close(this.#socket)]);
  }

  /** One copy of a frame for all clients: the record is valid only now, and sockets keep what they cannot write at once. */
  #copy(frame: Uint8Array): Uint8Array {
    const known = this.#copied;
    if (known !== undefined && known.source === frame.buffer && known.offset === frame.byteOffset && known.bytes.length === frame.length) {
      return known.bytes;
    }
    const bytes = Buffer.from(frame);
    this.#copied = { source: frame.buffer, offset: frame.byteOffset, bytes };
    return bytes;
  }

  async #waitFor(connection: Connection): Promise<void> {
    const given = new AbortController();
    const timeout = this.#options.clock.sleep(DRAIN_WAIT_MAX_MS, given.signal).then(() => given.signal.aborted);
    const isDrained = await Promise.race([connection.drained().then(() => true), timeout]);
    given.abort();
    if (!isDrained) connection.terminate();
  }

  #tickLater(): void {
    this.#cancelTick = this.#options.clock.after(TICK_MS, () => {
      for (const connection of [...this.#open]) connection.tick();
      this.#tickLater();
    });
  }

  async #answer(request: IncomingMessage, reply: Reply): Promise<void> {
    let body: string | undefined;
    try {
      body = await readBody(request);
    } catch {
      return; // The client went away in the middle of its request.
    }
    if (body === undefined) {
      send(reply, 413, {}, 'the request is too long\n');
      return;
    }
    const answer = this.#options.server.rest(serverRequest(request, body), this.#wallMs());
    if (answer === undefined) send(reply, 404, {}, `${this.venue} has no ${request.method} ${pathOf(request)}\n`);
    else send(reply, answer.status, answer.headers, answer.body);
  }

  #upgrade(request: IncomingMessage, raw: Duplex, head: Buffer): void {
    // The client may break the connection at any moment; `ws` sees to it once it has the socket.
    const onError = () => raw.destroy();
    raw.on('error', onError);
    const verdict =
      this.#open.size >= CONNECTIONS_MAX
        ? { refuse: 503, message: 'too many connections' }
        : this.#options.server.accept(serverRequest(request, ''), this.#wallMs());
    if (verdict === undefined) refuse(raw, 404, `${this.venue} has no websocket at ${pathOf(request)}`);
    else if ('refuse' in verdict) refuse(raw, verdict.refuse, verdict.message);
    else {
      this.#upgrades.handleUpgrade(request, raw, head, (socket) => {
        raw.off('error', onError);
        this.#connect(pathOf(request), raw, socket, verdict);
      });
    }
  }

  #connect(path: string, raw: Duplex, socket: WebSocket, session: ServerSession): void {
    const { server, clock, director, log, ping, redact, keepFrameDigests, onActivity } = this.#options;
    const connection = new Connection({
      venue: this.venue,
      ordinal: this.#accepted++,
      path,
      socket,
      raw,
      server,
      session,
      clock,
      director,
      log,
      frames: new ServedFrames({ keepDigests: keepFrameDigests, redact }),
      ping,
      onActivity,
    });
    this.#connections.add(connection);
    this.#open.add(connection);
    socket.on('close', () => this.#open.delete(connection));
    this.#forgetOldest();
    onActivity();
  }

  #forgetOldest(): void {
    for (const connection of this.#connections) {
      if (this.#connections.size <= ENDED_KEPT_MAX) return;
      if (!connection.isOpen) this.#connections.delete(connection);
    }
  }

  #wallMs(): number {
    return Number(this.#options.clock.wallNs() / 1_000_000n);
  }
}

function listen(server: Server, host: string, port: number, what: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new TapedeckError('SERVE_PORT', `${what} cannot listen on ${host}:${port}: ${cause.message}; choose another --port`, { cause }),
      ),
    );
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function send(reply: Reply, status: number, headers: Readonly<Record<string, string>>, body: Uint8Array | string): void {
  reply.writeHead(status, { ...headers });
  reply.end(body);
}

function refuse(raw: Duplex, status: number, message: string): void {
  const body = Buffer.from(message, 'utf8');
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\n`;
  raw.end(Buffer.concat([Buffer.from(`${head}content-length: ${body.length}\r\n\r\n`), body]), () => raw.destroy());
}

/** Without the query, which may hold keys. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0]!;
}
