import { createHash } from 'node:crypto';
import { type RecordBody, TapeRecord } from '#domain';
import type { Cipher, ServedMarket, ServerAction, ServerProtocol, ServerRequest, ServerSession, Venue, VenueServer } from '#venues';
import type { CallHttp } from '../../recorder/net/http.ts';
import type { OpenSocket, RecorderSocket, SocketHandlers } from '../../recorder/net/socket.ts';
import { FaultDirector, type FaultTarget } from '../../replay/serve/fault-director.ts';
import { FaultLog } from '../../replay/serve/fault-log.ts';
import { seededHex } from '../../replay/serve/fault-random.ts';
import type { FaultPlan, FrameFault } from '../../replay/serve/faults.ts';
import { damageFrame } from '../../replay/serve/frame-damage.ts';
import type { FrameFaults } from '../../replay/serve/frame-faults.ts';
import type { ManualClock } from '../fixtures/manual-clock.ts';

export interface InMemoryVenueOptions {
  readonly server: ServerProtocol;
  readonly venue: Venue;
  readonly clock: ManualClock;
  readonly cipher: Cipher;
  readonly plan: FaultPlan;
  /** Market frames, served one after the other and again from the start. */
  readonly frames: readonly Uint8Array[];
  readonly everyMs: number;
  readonly options?: Readonly<Record<string, string>>;
  /** False for long runs: only counts and one rolling digest are kept. */
  readonly keepDigests?: boolean;
}

/** The way of a message from one side to the other. */
const LATENCY_MS = 2;

/**
 * One venue without a network: the pure server behind scripted sockets and a clock that a test moves, with the faults of `serve`. What was handed
 * to the client is kept, so that it can be compared with the tape.
 */
export class InMemoryVenue {
  readonly log: FaultLog;
  readonly links: Link[] = [];
  readonly #options: InMemoryVenueOptions;
  readonly #server: VenueServer;
  readonly #director: FaultDirector;
  readonly #record = new TapeRecord();
  #next = 0;
  #keys = 0;
  restCalls = 0;
  /** Over the digests of all frames that were handed to clients, in order. */
  readonly #handedHash = createHash('sha256');
  handedFrames = 0;

  constructor(options: InMemoryVenueOptions) {
    this.#options = options;
    const { clock, plan, server } = options;
    this.log = new FaultLog(clock);
    this.#director = new FaultDirector({ plan, clock, log: this.log, burst: (frames) => this.#serve(frames) }, [server.venue]);
    this.#server = server.create({
      cipher: options.cipher,
      market: emptyMarket(() => Number(clock.wallNs() / 1_000n)),
      faults: this.#director.protocolFaults(server.venue),
      options: options.options ?? {},
      randomHex: (bytes) => seededHex(plan.seed, this.#keys++, bytes),
    });
    this.#director.begin();
    this.#feed();
    this.#tick();
  }

  readonly openSocket: OpenSocket = (url, headers, handlers) => {
    const link = new Link(this, url, handlers);
    this.links.push(link);
    const answer = this.#server.accept(requestOf('GET', url, headers, ''), this.#wallMs());
    this.later(() => {
      if (answer === undefined) link.lose(1006, 'Unexpected server response: 404');
      else if ('refuse' in answer) link.lose(1006, `Unexpected server response: ${answer.refuse}`);
      else link.accept(answer, this.#director.frameFaults(this.#options.server.venue, this.links.length - 1));
    });
    return link;
  };

  readonly callHttp: CallHttp = ({ method, url, headers, body, signal }) => {
    this.restCalls += 1;
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      this.later(() => {
        const answer = this.#server.rest(requestOf(method, url, headers, body ?? ''), this.#wallMs());
        const content = answer?.body ?? '';
        resolve({
          status: answer?.status ?? 404,
          headers: answer?.headers ?? {},
          body: typeof content === 'string' ? new TextEncoder().encode(content) : content.slice(),
        });
      });
    });
  };

  /** Digests of all frames that were handed to clients over links whose path has this text, in order, as they are after redaction. */
  handed(path = ''): readonly string[] {
    return this.links.filter((link) => link.url.includes(path)).flatMap(({ handed }) => handed);
  }

  /** Keeps what a client is about to get. */
  hand(link: Link, bytes: Uint8Array): void {
    const digest = this.digestOf(bytes);
    this.handedFrames += 1;
    this.#handedHash.update(digest);
    if (this.#options.keepDigests !== false) link.handed.push(digest);
  }

  /** Ends the count of what was handed over. */
  handedDigest(): string {
    return this.#handedHash.digest('hex');
  }

  /** After redaction, as the tape has it. */
  digestOf(bytes: Uint8Array): string {
    const copy = bytes.slice();
    this.#options.venue.redact?.(copy, 'frame-in');
    return createHash('sha256').update(copy).digest('hex');
  }

  later(action: () => void): void {
    this.#options.clock.after(LATENCY_MS, action);
  }

  kick(session: ServerSession): readonly ServerAction[] {
    return this.#server.kick(session);
  }

  wallMs(): number {
    return this.#wallMs();
  }

  clock(): ManualClock {
    return this.#options.clock;
  }

  note(link: Link, kind: FrameFault['kind'], frame: number): void {
    this.log.note(kind, this.#options.server.venue, this.links.indexOf(link), frame);
  }

  opened(link: Link): void {
    this.#director.add(this.#options.server.venue, link);
  }

  ended(link: Link): void {
    this.#director.remove(this.#options.server.venue, link);
  }

  #feed(): void {
    this.#options.clock.after(this.#options.everyMs, () => {
      this.#serve(1);
      this.#feed();
    });
  }

  #tick(): void {
    this.#options.clock.after(1_000, () => {
      for (const link of this.links) link.tick();
      this.#tick();
    });
  }

  #serve(count: number): void {
    const { frames, server, clock } = this.#options;
    for (let i = 0; i < count; i++) {
      const record = this.#record;
      record.kind = 'frame-in';
      record.venue = server.venue;
      record.bytes = frames[this.#next++ % frames.length]!;
      record.start = 0;
      record.end = record.bytes.length;
      record.setTimesNs(clock.wallNs(), clock.monotonicNs());
      this.#director.frameServed(server.venue);
      if (this.#director.isSilent(server.venue)) continue;
      for (const link of this.links) link.offer(record);
    }
  }

  #wallMs(): number {
    return Number(this.#options.clock.wallNs() / 1_000_000n);
  }
}

/** One connection between the recorder and the venue. */
export class Link implements RecorderSocket, FaultTarget {
  readonly url: string;
  readonly handed: string[] = [];
  readonly #venue: InMemoryVenue;
  readonly #handlers: SocketHandlers;
  #session: ServerSession | undefined;
  #faults: FrameFaults | undefined;
  #heldUntilMs = 0;
  #waiting: (() => void)[] = [];
  #isOver = false;

  constructor(venue: InMemoryVenue, url: string, handlers: SocketHandlers) {
    this.url = url;
    this.#venue = venue;
    this.#handlers = handlers;
  }

  get isOpen(): boolean {
    return this.#session !== undefined && !this.#isOver;
  }

  accept(session: ServerSession, faults: FrameFaults): void {
    if (this.#isOver) return;
    this.#session = session;
    this.#faults = faults;
    this.#venue.opened(this);
    this.#handlers.onOpen();
    this.act(session.onOpen(this.#venue.wallMs()));
  }

  send(text: string): void {
    this.#venue.later(() => {
      if (this.isOpen) this.act(this.#session!.onMessage(text, this.#venue.wallMs()));
    });
  }

  close(code: number, reason: string): void {
    this.#venue.later(() => this.lose(code, reason));
  }

  terminate(): void {
    this.lose(1006, '');
  }

  tick(): void {
    if (this.isOpen) this.act(this.#session!.onTick(this.#venue.wallMs()));
  }

  offer(record: TapeRecord): void {
    if (!this.isOpen) return;
    const out = this.#session!.deliver(record);
    if (out === undefined) return;
    let bytes: Uint8Array = typeof out === 'string' ? new TextEncoder().encode(out) : out.slice();
    let copies = 1;
    for (const { fault, fraction } of this.#faults!.next()) {
      if (fault.kind === 'drop') copies = 0;
      else if (fault.kind === 'duplicate') copies *= 2;
      else if (fault.kind === 'delay') this.stall(fault.amount);
      else bytes = damageFrame(fault.kind, bytes, fraction, fault.amount) ?? bytes;
      this.#venue.note(this, fault.kind, this.#faults!.frame - 1);
    }
    for (let copy = 0; copy < copies; copy++) this.#post(bytes);
  }

  act(actions: readonly ServerAction[]): void {
    for (const action of actions) {
      if (action.kind === 'close') this.#hold(() => this.lose(action.code, action.reason));
      else this.#post(typeof action.data === 'string' ? new TextEncoder().encode(action.data) : action.data);
    }
  }

  cut(): void {
    this.lose(1006, '');
  }

  closeWith(code: number): void {
    this.lose(code, '');
  }

  kick(): void {
    if (this.isOpen) this.act(this.#venue.kick(this.#session!));
  }

  stall(durationMs: number): void {
    const clock = this.#venue.clock();
    const untilMs = clock.nowMs + durationMs;
    if (untilMs <= this.#heldUntilMs) return;
    this.#heldUntilMs = untilMs;
    clock.after(durationMs, () => {
      if (clock.nowMs < this.#heldUntilMs) return;
      this.#heldUntilMs = 0;
      for (const action of this.#waiting.splice(0)) action();
    });
  }

  arm(fault: FrameFault): void {
    this.#faults?.arm(fault);
  }

  /** The connection ends, whoever wanted it. */
  lose(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#session?.onClose();
    this.#venue.ended(this);
    this.#handlers.onClose(code, reason);
  }

  #post(bytes: Uint8Array): void {
    this.#hold(() => {
      if (this.#isOver) return;
      this.#venue.hand(this, bytes);
      this.#handlers.onMessage(bytes.slice(), false);
    });
  }

  /** Now, or when a stall is over. Nothing that was held leaves a connection that ended. */
  #hold(action: () => void): void {
    if (this.#heldUntilMs > this.#venue.clock().nowMs) this.#waiting.push(action);
    else action();
  }
}

/** Frames as bodies of records, for who wants a tape of them. */
export function bodiesOf(venue: string, frames: readonly Uint8Array[]): readonly RecordBody[] {
  return frames.map((payload, i) => ({
    receivedAtNs: BigInt(i),
    monotonicNs: BigInt(i),
    venue,
    connection: 'c',
    kind: 'frame-in',
    meta: '',
    payload,
  }));
}

function emptyMarket(nowUs: () => number): ServedMarket {
  return {
    get nowUs() {
      return nowUs();
    },
    symbols: () => [],
    book: () => ({ lastUpdateId: Number.MAX_SAFE_INTEGER - 1, venueTimeUs: nowUs(), bids: [[1, 1]], asks: [[2, 1]] }),
    lastPrice: () => 1,
    recorded: () => undefined,
  };
}

function requestOf(method: string, url: string, headers: Readonly<Record<string, string>>, body: string): ServerRequest {
  const { pathname, searchParams } = new URL(url);
  return {
    method,
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body,
  };
}
