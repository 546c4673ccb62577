import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { assertNever, type Clock } from '#domain';
import type { ServerAction, ServerSession, VenueServer } from '#venues';
import type { FaultDirector, FaultTarget } from './fault-director.ts';
import type { FaultLog } from './fault-log.ts';
import type { ConnectionFaultKind, FrameFault } from './faults.ts';
import { damageFrame } from './frame-damage.ts';
import type { FrameFaults, FrameHit } from './frame-faults.ts';
import { Hold, type Outgoing } from './hold.ts';
import { partialFrame } from './partial-frame.ts';
import type { PingRule, ServedConnection } from './served-connection.ts';
import type { ServedFrames } from './served-frames.ts';

/** A session that can say how many streams its client asked for; of others we only see that they were answered. */
export interface CountingSession extends ServerSession {
  readonly subscriptionCount: number;
}

export interface ConnectionOptions {
  readonly venue: string;
  /** Of its venue, from 0 in the order they came. */
  readonly ordinal: number;
  /** Without the query, which may hold keys. */
  readonly path: string;
  readonly socket: WebSocket;
  readonly raw: Duplex;
  readonly server: VenueServer;
  readonly session: ServerSession;
  readonly clock: Clock;
  readonly director: FaultDirector;
  readonly log: FaultLog;
  readonly frames: ServedFrames;
  readonly ping?: PingRule | undefined;
  /** The client said something, came or went. */
  readonly onActivity: () => void;
}

/** How long a cut waits for the half frame to leave. */
const CUT_WAIT_MS = 1_000;
const TEXT = { binary: false, compress: false };
const BINARY = { binary: true, compress: false };
const ENCODER = new TextEncoder();
/** What a connection that was sent nothing is cut in the middle of. */
const NOTHING_SENT = ENCODER.encode('{}');

/** One client: its venue's session, and the faults between the session and the socket. */
export class Connection implements FaultTarget {
  readonly #options: ConnectionOptions;
  readonly #faults: FrameFaults;
  readonly #hold: Hold;
  #lastSent: Uint8Array = NOTHING_SENT;
  #isCorked = false;
  /** Cut or told to close: nothing more is sent. */
  #isEnding = false;
  #answers = 0;
  #closeCode = 0;
  #pingedAtMs: number;
  #aliveAtMs: number;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#faults = options.director.frameFaults(options.venue, options.ordinal);
    this.#hold = new Hold(options.clock, (held) => {
      for (const outgoing of held) this.#transmit(outgoing);
    });
    this.#pingedAtMs = this.#nowMs();
    this.#aliveAtMs = this.#pingedAtMs;
    const { socket } = options;
    socket.on('message', (data: Buffer) => this.#onMessage(data.toString('utf8')));
    socket.on('pong', () => this.#onLife());
    socket.on('ping', () => this.#onLife());
    // A client that breaks the protocol is closed by `ws` itself; what it did is in the close code.
    socket.on('error', () => undefined);
    socket.on('close', (code) => this.#onClose(code));
    options.director.add(options.venue, this);
    this.act(options.session.onOpen(this.#wallMs()));
  }

  get isOpen(): boolean {
    return this.#closeCode === 0;
  }

  get session(): ServerSession {
    return this.#options.session;
  }

  /** Bytes that the client has not taken yet. */
  get waitingBytes(): number {
    return this.#options.raw.writableLength;
  }

  get hasSubscribed(): boolean {
    const { subscriptionCount } = this.#options.session as Partial<CountingSession>;
    return this.isOpen && (subscriptionCount === undefined ? this.#answers > 0 : subscriptionCount > 0);
  }

  served(): ServedConnection {
    const { venue, ordinal, path, frames } = this.#options;
    return {
      venue,
      ordinal,
      path,
      isOpen: this.isOpen,
      closeCode: this.#closeCode,
      frames: frames.frames,
      bytes: frames.bytes,
      digest: frames.digest(),
      frameDigests: frames.digests,
    };
  }

  /** Sends one frame of the tape, unless a fault has it. The bytes are kept: they may wait in the socket. */
  deliver(bytes: Uint8Array, isBinary: boolean): void {
    const hits = this.#faults.next();
    if (hits.length === 0) this.#post({ kind: 'message', bytes, isBinary });
    else this.#deliverFaulty(bytes, isBinary, hits);
  }

  /** Does what the session says. */
  act(actions: readonly ServerAction[]): void {
    for (const action of actions) {
      switch (action.kind) {
        case 'send': {
          const isText = typeof action.data === 'string';
          this.#post({ kind: 'message', bytes: isText ? ENCODER.encode(action.data) : action.data, isBinary: false });
          break;
        }
        case 'close':
          this.#post(action);
          break;
        default:
          assertNever(action);
      }
    }
  }

  /** About once a second of the server's clock. */
  tick(): void {
    this.act(this.#options.session.onTick(this.#wallMs()));
    const { ping, director, venue } = this.#options;
    if (ping === undefined || !this.isOpen) return;
    const nowMs = this.#nowMs();
    if (nowMs - this.#aliveAtMs > ping.everyMs + ping.pongWithinMs) {
      this.#options.socket.terminate();
    } else if (nowMs - this.#pingedAtMs >= ping.everyMs && !director.protocolFaults(venue).muteHeartbeat && !this.#hold.isOn) {
      this.#pingedAtMs = nowMs;
      this.#options.socket.ping(String(Math.floor(this.#wallMs())));
    }
  }

  /** Resolves when the client took what waits, or is gone. */
  drained(): Promise<void> {
    const { raw } = this.#options;
    return new Promise((resolve) => {
      if (!this.isOpen || raw.destroyed || !raw.writableNeedDrain) {
        resolve();
        return;
      }
      const done = () => {
        raw.off('drain', done);
        raw.off('close', done);
        resolve();
      };
      raw.on('drain', done);
      raw.on('close', done);
    });
  }

  terminate(): void {
    this.#options.socket.terminate();
  }

  cut(): void {
    if (!this.#canHit('cut')) return;
    this.#isEnding = true;
    this.#hold.drop();
    const { raw, clock } = this.#options;
    // The half frame must reach the client: a destroyed socket forgets what it has not written.
    raw.write(partialFrame(this.#lastSent), () => raw.destroy());
    const cancel = clock.after(CUT_WAIT_MS, () => raw.destroy());
    raw.once('close', cancel);
    this.#flush();
  }

  closeWith(code: number): void {
    if (!this.#canHit('close')) return;
    const { raw } = this.#options;
    this.#flush();
    if (code !== 1006) {
      this.#hold.drop();
      this.#post({ kind: 'close', code, reason: '' });
      return;
    }
    this.#isEnding = true;
    this.#hold.drop();
    raw.end(() => raw.destroy());
  }

  kick(): void {
    if (!this.#canHit('kick')) return;
    this.act(this.#options.server.kick(this.#options.session));
  }

  stall(durationMs: number): void {
    if (!this.#canHit('stall')) return;
    this.#hold.for(durationMs);
  }

  arm(fault: FrameFault): void {
    this.#faults.arm(fault);
  }

  #deliverFaulty(bytes: Uint8Array, isBinary: boolean, hits: readonly FrameHit[]): void {
    let frame = bytes;
    let copies = 1;
    for (const { fault, fraction } of hits) {
      switch (fault.kind) {
        case 'drop':
          copies = 0;
          break;
        case 'duplicate':
          copies *= 2;
          break;
        case 'delay':
          this.#hold.for(fault.amount);
          break;
        case 'malformed':
        case 'invalid-utf8':
        case 'wrong-count':
        case 'oversized': {
          const damaged = damageFrame(fault.kind, frame, fraction, fault.amount);
          if (damaged === undefined) continue; // The frame cannot have this damage, so nothing happened.
          frame = damaged;
          break;
        }
        default:
          assertNever(fault.kind);
      }
      this.#options.log.note(fault.kind, this.#options.venue, this.#options.ordinal, this.#faults.frame - 1);
    }
    for (let copy = 0; copy < copies; copy++) this.#post({ kind: 'message', bytes: frame, isBinary });
  }

  #post(outgoing: Outgoing): void {
    if (!this.#hold.isOn) this.#transmit(outgoing);
    else if (!this.#hold.push(outgoing)) this.#options.socket.terminate();
  }

  #transmit(outgoing: Outgoing): void {
    const { socket, raw, frames } = this.#options;
    if (this.#isEnding || socket.readyState !== WebSocket.OPEN) return;
    if (outgoing.kind === 'close') {
      this.#isEnding = true;
      this.#flush();
      socket.close(outgoing.code, outgoing.reason);
      return;
    }
    if (!this.#isCorked) {
      // What is sent in one go leaves in one piece: a write for each frame would cost more than all the rest.
      this.#isCorked = true;
      raw.cork();
      process.nextTick(() => this.#flush());
    }
    this.#lastSent = outgoing.bytes;
    frames.add(outgoing.bytes);
    socket.send(outgoing.bytes, outgoing.isBinary ? BINARY : TEXT);
  }

  #flush(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#options.raw.uncork();
  }

  #canHit(kind: ConnectionFaultKind): boolean {
    if (!this.isOpen || this.#isEnding) return false;
    this.#options.log.note(kind, this.#options.venue, this.#options.ordinal, this.#faults.frame);
    return true;
  }

  #onMessage(text: string): void {
    this.#aliveAtMs = this.#nowMs();
    const actions = this.#options.session.onMessage(text, this.#wallMs());
    if (actions.length > 0) this.#answers += 1;
    this.act(actions);
    this.#options.onActivity();
  }

  #onLife(): void {
    this.#aliveAtMs = this.#nowMs();
    this.#options.session.onControl?.();
  }

  #onClose(code: number): void {
    this.#closeCode = code;
    this.#isEnding = true;
    this.#hold.drop();
    this.#options.director.remove(this.#options.venue, this);
    this.#options.session.onClose();
    this.#options.onActivity();
  }

  #nowMs(): number {
    return Number(this.#options.clock.monotonicNs()) / 1e6;
  }

  #wallMs(): number {
    return Number(this.#options.clock.wallNs() / 1_000_000n);
  }
}
