import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** The two kinds of ZeroMQ socket that a Jupyter client needs: requests and replies, and what the kernel publishes. */
export type ZmtpKind = 'DEALER' | 'SUB';

const GREETING_BYTES = 64;
const MORE = 1;
const LONG = 2;
const COMMAND = 4;
/** A message beyond this is a fault of the other side: no output of a notebook is that large. */
const MESSAGE_BYTES_MAX = 256 * 1024 * 1024;

/**
 * The client's end of one ZeroMQ connection over TCP: ZMTP 3.0 without security (https://rfc.zeromq.org/spec/23/), as much as a Jupyter
 * client speaks. A SUB socket subscribes to everything. The connection is not made again when it is lost.
 */
export class ZmtpSocket {
  readonly #socket: Socket;
  readonly #kind: ZmtpKind;
  readonly #onMessage: (parts: readonly Buffer[]) => void;
  /** Why the connection ended, once; before the handshake it is what `connect` rejects with. */
  onClosed: (reason: Error) => void = () => undefined;
  #received: Buffer = Buffer.alloc(0);
  #isGreeted = false;
  #parts: Buffer[] = [];
  #partBytes = 0;
  #ready!: () => void;
  #failed!: (error: Error) => void;
  readonly #handshake: Promise<void>;

  private constructor(socket: Socket, kind: ZmtpKind, onMessage: (parts: readonly Buffer[]) => void) {
    this.#socket = socket;
    this.#kind = kind;
    this.#onMessage = onMessage;
    this.#handshake = new Promise((resolve, reject) => {
      this.#ready = resolve;
      this.#failed = reject;
    });
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the kernel closed the connection')));
  }

  /** Resolves when both sides have said what they are; rejects when nobody listens there or it is no ZeroMQ. */
  static async connect(port: number, kind: ZmtpKind, onMessage: (parts: readonly Buffer[]) => void): Promise<ZmtpSocket> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const made = new ZmtpSocket(socket, kind, onMessage);
    socket.write(greeting());
    await made.#handshake;
    if (kind === 'SUB') made.send([Buffer.of(1)]);
    return made;
  }

  send(parts: readonly Buffer[]): void {
    const frames = parts.flatMap((part, i) => [frameHeader(i < parts.length - 1 ? MORE : 0, part.length), part]);
    this.#socket.write(Buffer.concat(frames));
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    try {
      if (!this.#isGreeted && this.#received.length >= GREETING_BYTES) this.#greet();
      while (this.#isGreeted && this.#takeFrame());
    } catch (error) {
      this.#fail(error as Error);
      this.#socket.destroy();
    }
  }

  #fail(error: Error): void {
    this.#failed(error);
    this.onClosed(error);
    this.onClosed = () => undefined;
  }

  #greet(): void {
    const [first, major] = [this.#received[0], this.#received[10]];
    const mechanism = this.#received.toString('latin1', 12, 32).replaceAll('\0', '');
    if (first !== 0xff || major !== 3 || mechanism !== 'NULL')
      throw new Error(`not ZMTP 3 without security: ${first} ${major} ${mechanism}`);
    this.#received = this.#received.subarray(GREETING_BYTES);
    this.#isGreeted = true;
    const body = Buffer.concat([text8('READY'), text8('Socket-Type'), text32(this.#kind), text8('Identity'), text32('')]);
    this.#socket.write(Buffer.concat([frameHeader(COMMAND, body.length), body]));
  }

  /** Takes one frame from what was received; false when it is not all there yet. */
  #takeFrame(): boolean {
    const bytes = this.#received;
    if (bytes.length < 2) return false;
    const flags = bytes[0]!;
    const headBytes = (flags & LONG) === 0 ? 2 : 9;
    if (bytes.length < headBytes) return false;
    const length = headBytes === 2 ? bytes[1]! : Number(bytes.readBigUInt64BE(1));
    if (this.#partBytes + length > MESSAGE_BYTES_MAX) throw new Error(`a message of the kernel has more than ${MESSAGE_BYTES_MAX} bytes`);
    if (bytes.length < headBytes + length) return false;
    const body = bytes.subarray(headBytes, headBytes + length);
    this.#received = bytes.subarray(headBytes + length);
    if ((flags & COMMAND) !== 0) this.#command(body);
    else this.#part(body, (flags & MORE) !== 0);
    return true;
  }

  #command(body: Buffer): void {
    const name = body.toString('latin1', 1, 1 + body[0]!);
    if (name === 'READY') this.#ready();
    if (name === 'ERROR') throw new Error(`the kernel refused the connection: ${body.toString('latin1', 7)}`);
  }

  #part(body: Buffer, hasMore: boolean): void {
    this.#parts.push(body);
    this.#partBytes += body.length;
    if (hasMore) return;
    const parts = this.#parts;
    this.#parts = [];
    this.#partBytes = 0;
    this.#onMessage(parts);
  }
}

/** Signature, version 3.0, mechanism NULL, not a server. */
function greeting(): Buffer {
  const bytes = Buffer.alloc(GREETING_BYTES);
  bytes[0] = 0xff;
  bytes[8] = 1;
  bytes[9] = 0x7f;
  bytes[10] = 3;
  bytes.write('NULL', 12, 'latin1');
  return bytes;
}

function frameHeader(flags: number, length: number): Buffer {
  if (length < 256) return Buffer.of(flags, length);
  const header = Buffer.alloc(9);
  header[0] = flags | LONG;
  header.writeBigUInt64BE(BigInt(length), 1);
  return header;
}

function text8(text: string): Buffer {
  return Buffer.concat([Buffer.of(text.length), Buffer.from(text, 'latin1')]);
}

function text32(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, Buffer.from(text, 'latin1')]);
}
