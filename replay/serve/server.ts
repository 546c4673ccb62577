import { type Clock, type Tape, type TapeRecord, usageError } from '#domain';
import type { Cipher, ServerProtocol, Venue } from '#venues';
import { FaultDirector } from './fault-director.ts';
import { FaultLog, type InjectedFault } from './fault-log.ts';
import { seededHex } from './fault-random.ts';
import { type FaultKind, type FaultPlan, NO_FAULTS } from './faults.ts';
import { findFirstBooks } from './first-books.ts';
import type { PingRule, ServedConnection } from './served-connection.ts';
import { MarketOfTape } from './served-market.ts';
import { type FeedPosition, type FeedSpeed, type FeedTarget, TapeFeed } from './tape-feed.ts';
import { type ServedAddress, VenueHost } from './venue-host.ts';

/** A venue's server; one that pings its clients says how. */
export interface PingingProtocol extends ServerProtocol {
  readonly ping?: PingRule;
}

/** One venue to serve, and how. */
export interface ServedVenue {
  readonly protocol: PingingProtocol;
  /** 0 or absent: any free port. */
  readonly restPort?: number;
  readonly socketPort?: number;
  /** The venue's own choices: widths of layouts, which stream lives where. */
  readonly options?: Readonly<Record<string, string>>;
}

export interface ServeOptions {
  /** A recorded session, or a `ProducedTape` of a synthetic market. */
  readonly tape: Tape;
  /** Decoders, for REST answers as of the moment of the tape; and redaction, for the digests of what was served. */
  readonly venues: ReadonlyMap<string, Venue>;
  readonly servers: readonly ServedVenue[];
  readonly clock: Clock;
  readonly cipher: Cipher;
  /** Tape seconds in a second of the clock; 1 unless told. */
  readonly speed?: FeedSpeed;
  /** The tape stands still until so many connections have subscribed; 1 unless told, 0 starts at once, Infinity waits for `resume`. */
  readonly subscribersToStart?: number;
  /** How long the clients must have been quiet before it starts: they ask for one stream after the other. 500 ms unless told. */
  readonly quietBeforeStartMs?: number;
  readonly isLooping?: boolean;
  /** At the end of the tape connections stay open (heartbeats go on), or are closed with 1000. Stay open unless told. */
  readonly atEnd?: 'stay-open' | 'close';
  readonly faults?: FaultPlan;
  /** Address to listen on; loopback unless told. */
  readonly host?: string;
  /** Keeps the digest of every single frame (`ServedConnection.frameDigests`). */
  readonly keepFrameDigests?: boolean;
}

export interface RunningServer {
  readonly addresses: readonly ServedAddress[];
  readonly position: FeedPosition;
  /** What went wrong on purpose, in order. */
  readonly injected: readonly InjectedFault[];
  /** Resolves at the end of the tape or with `stop`; rejects when the tape cannot be read. */
  readonly ended: Promise<void>;
  injectedCount(kind: FaultKind): number;
  /** What each connection of the venue was sent so far, in the order they came. */
  served(venue: string): readonly ServedConnection[];
  pause(): void;
  /** Goes on, or starts before the subscribers are there. */
  resume(): void;
  /** Frames between here and there are not served; resolves when REST answers as of there. */
  seek(target: FeedTarget): Promise<void>;
  setSpeed(speed: FeedSpeed): void;
  /** Resolves when no connection is open, or after this long of the clock. */
  disconnected(waitMaxMs: number): Promise<void>;
  /** Breaks every connection that is open and frees the ports. */
  stop(): Promise<void>;
}

const HOST_DEFAULT = '127.0.0.1';
const QUIET_BEFORE_START_MS = 500;

/** Serves a tape as its venues would: their own protocols over real sockets. Resolves when every venue listens. */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  checkOptions(options);
  const server = new TapeServer(options, new MarketOfTape(options.venues, await findFirstBooks(options.tape, options.venues)));
  await server.listen();
  return server;
}

class TapeServer implements RunningServer {
  readonly #options: ServeOptions;
  readonly #market: MarketOfTape;
  readonly #hosts: ReadonlyMap<string, VenueHost>;
  readonly #feed: TapeFeed;
  readonly #director: FaultDirector;
  readonly #log: FaultLog;
  #addresses: readonly ServedAddress[] = [];
  #isWaiting = true;
  #cancelStart: () => void = () => undefined;
  #end: () => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;
  /** Woken whenever a client says something, comes or goes. */
  #onChange: (() => void)[] = [];
  readonly ended: Promise<void>;

  constructor(options: ServeOptions, market: MarketOfTape) {
    this.#options = options;
    this.#market = market;
    this.#log = new FaultLog(options.clock);
    const plan = options.faults ?? NO_FAULTS;
    const burst = (frames: number): void => this.#feed.burst(frames);
    const venues = options.servers.map(({ protocol }) => protocol.venue);
    this.#director = new FaultDirector({ plan, clock: options.clock, log: this.#log, burst }, venues);
    this.#hosts = new Map(options.servers.map((served) => [served.protocol.venue, this.#host(served, plan.seed)]));
    this.#feed = new TapeFeed({
      tape: options.tape,
      clock: options.clock,
      speed: options.speed ?? 1,
      isLooping: options.isLooping ?? false,
      visit: (record, isServed) => this.#visit(record, isServed),
      onPass: () => market.reset(),
      onBegin: () => this.#director.begin(),
      onEnd: () => this.#onEnd(),
      settle: (isPaced) => this.#settle(isPaced),
    });
    this.ended = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    // Whoever does not ask for the end must not be killed by it.
    this.ended.catch(() => undefined);
  }

  async listen(): Promise<void> {
    try {
      const addresses: ServedAddress[] = [];
      for (const host of this.#hosts.values()) addresses.push(await host.listen());
      this.#addresses = addresses;
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#feed.run().then(this.#end, this.#fail);
    this.#onActivity();
  }

  get addresses(): readonly ServedAddress[] {
    return this.#addresses;
  }

  get position(): FeedPosition {
    return this.#feed.position;
  }

  get injected(): readonly InjectedFault[] {
    return this.#log.injected;
  }

  injectedCount(kind: FaultKind): number {
    return this.#log.count(kind);
  }

  served(venue: string): readonly ServedConnection[] {
    return this.#hosts.get(venue)?.served() ?? [];
  }

  pause(): void {
    this.#isWaiting = false;
    this.#cancelStart();
    this.#feed.pause();
  }

  resume(): void {
    this.#isWaiting = false;
    this.#cancelStart();
    this.#feed.resume();
  }

  seek(target: FeedTarget): Promise<void> {
    return this.#feed.seek(target);
  }

  setSpeed(speed: FeedSpeed): void {
    checkSpeed(speed);
    this.#feed.setSpeed(speed);
  }

  async disconnected(waitMaxMs: number): Promise<void> {
    const over = new AbortController();
    const timeout = this.#options.clock.sleep(waitMaxMs, over.signal).then(() => over.abort());
    while (!over.signal.aborted && [...this.#hosts.values()].some((host) => host.openCount > 0)) {
      await Promise.race([timeout, new Promise<void>((resolve) => this.#onChange.push(resolve))]);
    }
    over.abort();
  }

  async stop(): Promise<void> {
    this.#cancelStart();
    this.#isWaiting = false;
    this.#feed.stop();
    this.#director.end();
    await Promise.all([...this.#hosts.values()].map((host) => host.stop()));
    this.#end();
  }

  #host(served: ServedVenue, seed: number): VenueHost {
    const { clock, cipher, venues, host, keepFrameDigests } = this.#options;
    const { protocol, restPort, socketPort, options } = served;
    let keys = 0;
    const server = protocol.create({
      cipher,
      market: this.#market.view(protocol.venue),
      faults: this.#director.protocolFaults(protocol.venue),
      options: options ?? {},
      randomHex: (bytes) => seededHex(seed, keys++, bytes),
    });
    const venue = venues.get(protocol.venue);
    const redact = venue?.redact === undefined ? undefined : (bytes: Uint8Array) => void venue.redact?.(bytes, 'frame-in');
    return new VenueHost({
      server,
      host: host ?? HOST_DEFAULT,
      restPort: restPort ?? 0,
      socketPort: socketPort ?? 0,
      clock,
      director: this.#director,
      log: this.#log,
      ping: protocol.ping,
      redact,
      keepFrameDigests: keepFrameDigests ?? false,
      onActivity: () => this.#onActivity(),
    });
  }

  #visit(record: TapeRecord, isServed: boolean): void {
    this.#market.visit(record);
    if (!isServed) return;
    if (this.#hosts.get(record.venue)?.deliver(record) === true) this.#director.frameServed(record.venue);
  }

  /** Starts the tape once enough clients have subscribed and have been quiet for a while. */
  #onActivity(): void {
    const waiting = this.#onChange;
    this.#onChange = [];
    for (const wake of waiting) wake();
    if (!this.#isWaiting) return;
    this.#cancelStart();
    const { subscribersToStart = 1, quietBeforeStartMs = QUIET_BEFORE_START_MS, clock } = this.#options;
    if (subscribersToStart === 0) {
      this.resume();
      return;
    }
    let subscribers = 0;
    for (const host of this.#hosts.values()) subscribers += host.subscribers;
    if (subscribers >= subscribersToStart) this.#cancelStart = clock.after(quietBeforeStartMs, () => this.resume());
  }

  #onEnd(): void {
    if (this.#options.atEnd === 'close') {
      for (const host of this.#hosts.values()) host.closeAll(1000, 'the tape has ended');
    }
    this.#end();
  }

  async #settle(isPaced: boolean): Promise<void> {
    for (const host of this.#hosts.values()) await host.settle(isPaced);
  }
}

function checkOptions({ servers, speed, subscribersToStart }: ServeOptions): void {
  if (servers.length === 0) throw usageError('SERVE_NOTHING', 'there is no venue to serve: name one whose protocol is known');
  const venues = servers.map(({ protocol }) => protocol.venue);
  const twice = venues.find((venue, index) => venues.indexOf(venue) !== index);
  if (twice !== undefined) throw usageError('SERVE_TWICE', `venue ${twice} is to be served twice; once is enough`);
  checkSpeed(speed ?? 1);
  if (subscribersToStart !== undefined && !(subscribersToStart >= 0)) {
    throw usageError('SERVE_SUBSCRIBERS', `subscribers to wait for must be 0 or more, not ${subscribersToStart}`);
  }
}

function checkSpeed(speed: FeedSpeed): void {
  if (speed !== 'max' && !(speed > 0 && Number.isFinite(speed))) {
    throw usageError('SERVE_SPEED', `the speed must be a number above 0 or max, not ${speed}`);
  }
}
