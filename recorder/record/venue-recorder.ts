import type { Clock } from '#domain';
import { type Cipher, type Subscription, subscriptionKey, type Venue, type VenueProtocol } from '#venues';
import type { Random } from '../net/backoff.ts';
import type { CallHttp } from '../net/http.ts';
import type { OpenSocket } from '../net/socket.ts';
import { plannedSymbol } from '../plan/plan-sockets.ts';
import type { ConnectionPlan, KeyPlan, PlannedSubscription, VenuePlan } from '../plan/recording-plan.ts';
import { slotsOfUnits } from '../plan/slot-planner.ts';
import { ChannelWatch } from './channel-watch.ts';
import { Connection, type ConnectionState } from './connection.ts';
import type { RecordFollower } from './followed-journal.ts';
import type { GrantStore } from './grant-store.ts';
import type { TellRecorder } from './observer.ts';
import { Poller } from './poller.ts';
import { RestCaller, wallMs } from './rest-caller.ts';
import { RoomKeeper, type RoomPort } from './room-keeper.ts';
import type { SubscriptionCounts } from './subscription-ledger.ts';
import type { TapeRecorder } from './tape-recorder.ts';

export interface VenueRecorderOptions {
  readonly plan: VenuePlan;
  readonly protocol: VenueProtocol;
  /** Decoders by venue: rooms find their symbols in what the venue sends. */
  readonly venues: ReadonlyMap<string, Venue>;
  readonly tape: TapeRecorder;
  readonly clock: Clock;
  readonly random: Random;
  readonly openSocket: OpenSocket;
  readonly callHttp: CallHttp;
  readonly cipher: Cipher;
  readonly grantStore: GrantStore;
  readonly tell: TellRecorder;
  readonly signal: AbortSignal;
  readonly isWindowOpen: (market: string) => boolean;
  readonly openSince: (market: string) => bigint | undefined;
  readonly lostSinceNs?: bigint;
}

export interface ConnectionStatus {
  readonly connection: string;
  readonly state: ConnectionState;
  readonly subscriptions: SubscriptionCounts;
  /** The same by the label of the channel. */
  readonly channels: readonly ChannelStatus[];
  readonly connects: number;
  readonly frames: number;
  /** Nanoseconds since the epoch as decimal text; `0` before the first. */
  readonly lastFrameNs: string;
}

export interface ChannelStatus extends SubscriptionCounts {
  readonly channel: string;
}

/** A token or key that is held now. */
export interface GrantStatus {
  readonly key: string;
  readonly grant: string;
  readonly expiresAtMs: number;
}

export interface PollerStatus {
  readonly poller: string;
  readonly polls: number;
  readonly failed: number;
  readonly lastSuccessNs: string;
}

export interface VenueStatus {
  readonly venue: string;
  readonly connections: readonly ConnectionStatus[];
  readonly pollers: readonly PollerStatus[];
  readonly grants: readonly GrantStatus[];
}

const DAY_MINUTES = 1_440;
const SILENCE_CHECK_TICKS = 5;
const MASTERS_CONNECTION = 'rest-masters';
/** Masters that could not be had are asked for again after this; looked at once a minute. */
const MASTERS_RETRY_MS = 5 * 60_000;

/** Everything of one venue: its keys, connections, pollers and masters. */
export class VenueRecorder {
  readonly protocol: VenueProtocol;
  readonly connections: readonly Connection[];
  readonly #options: VenueRecorderOptions;
  readonly #callers: ReadonlyMap<string, RestCaller>;
  readonly #pollers: readonly Poller[];
  readonly #watch: ChannelWatch;
  readonly #rooms: RoomKeeper;
  readonly #priorities = new Map<string, number>();
  /** What strategies watch besides the plan, by symbol. */
  readonly #watched = new Map<string, readonly PlannedSubscription[]>();
  readonly #hasNoSlot = new Set<string>();
  #ticks = 0;
  #mastersMinute: number;
  #mastersAgainAtMs = Number.POSITIVE_INFINITY;

  constructor(options: VenueRecorderOptions) {
    const { plan, protocol } = options;
    this.#options = options;
    this.protocol = protocol;
    this.#callers = new Map(plan.keys.map((key) => [key.name, new RestCaller({ ...options, venue: plan, key })]));
    this.connections = plan.connections.map((connection) => this.#makeConnection(connection));
    this.#rooms = new RoomKeeper({ ...options, decoding: options.venues.get(plan.venue), port: this.#roomPort() });
    this.#pollers = plan.polls.map((poll) => {
      const rule = protocol.polls.find(({ name }) => name === poll.rule)!;
      return new Poller({
        ...options,
        venue: plan,
        key: this.#key(poll.key),
        plan: poll,
        moreOptions: (target) => this.#rooms.pollOptions(poll, target),
        rule,
        grants: protocol.restGrants,
        rest: this.#callers.get(poll.key)!,
        isOpen: () => options.openSince(poll.market) !== undefined,
      });
    });
    this.#watch = new ChannelWatch({ ...options, venue: plan, connections: this.connections });
    this.#mastersMinute = this.#minuteOfDay();
    for (const { subscriptions } of plan.connections) {
      for (const { subscription, priority } of subscriptions) this.#rank(subscription.channel, priority);
    }
  }

  get venue(): string {
    return this.#options.plan.venue;
  }

  /** Who must see this venue's records; `undefined` where nobody learns from them. */
  get follower(): RecordFollower | undefined {
    return this.#rooms.follower;
  }

  get reconnects(): number {
    return this.connections.reduce((sum, { connects }) => sum + Math.max(0, connects - 1), 0);
  }

  start(): void {
    this.#followWindows();
    for (const connection of this.connections) connection.start();
    for (const poller of this.#pollers) poller.start();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.connections.map((connection) => connection.stop()), ...this.#pollers.map((poller) => poller.ended())]);
  }

  /** Called each second. */
  tick(): void {
    this.#ticks += 1;
    this.#rooms.letGo();
    this.#followWindows();
    this.#rooms.fill();
    for (const connection of this.connections) connection.tick();
    if (this.#ticks % SILENCE_CHECK_TICKS === 0) this.#lookForSilence();
    this.#followMasters();
  }

  /** Asks for the day's instruments; the answers are on the tape. What failed is told and asked again; it does not stop the recording. */
  async recordMasters(): Promise<void> {
    const { plan, protocol, clock, signal } = this.#options;
    const key = plan.keys[0];
    const caller = key === undefined ? undefined : this.#callers.get(key.name);
    if (key === undefined || caller === undefined) return;
    this.#mastersAgainAtMs = Number.POSITIVE_INFINITY;
    const granted = await caller.grants(protocol.masterGrants);
    if (signal.aborted) return;
    if (granted.kind === 'refused') return this.#mastersFailed('masters', granted);
    const settings = { credentials: key.credentials, grants: granted.grants, options: plan.options, nowMs: wallMs(clock) };
    for (const request of protocol.masters(settings, [...new Set([...plan.masterSymbols, ...this.#rooms.masterSymbols])])) {
      const verdict = await caller.poll([request], MASTERS_CONNECTION, (asked, response) => protocol.readMaster(asked, response));
      if (signal.aborted) return;
      if (verdict.kind !== 'ok') this.#mastersFailed(request.endpoint, verdict);
    }
  }

  #mastersFailed(endpoint: string, { code, message }: { readonly code: string; readonly message: string }): void {
    const { tell, clock } = this.#options;
    this.#mastersAgainAtMs = Number(clock.monotonicNs() / 1_000_000n) + MASTERS_RETRY_MS;
    tell({ kind: 'rest-failed', venue: this.venue, connection: MASTERS_CONNECTION, endpoint, code, message });
  }

  /** The importance of each planned channel by its label; lower is more important. */
  get priorities(): ReadonlyMap<string, number> {
    return this.#priorities;
  }

  subscribe(subscription: Subscription, priority: number): boolean {
    const { channel } = subscription;
    const candidates = this.connections.filter(
      (connection) => this.#socketOf(connection).carries(channel, this.#options.plan.options) && connection.stopReason === undefined,
    );
    const free = candidates.find((connection) => this.#hasSlotFor(connection, subscription, priority));
    if (free === undefined) {
      this.#options.tape.event('note', this.venue, '', {
        event: 'subscription-without-slot',
        subject: `${channel}|${subscription.symbol}`,
      });
      return false;
    }
    this.#rank(channel, priority);
    return free.want(subscription, priority);
  }

  release(subscription: Subscription): boolean {
    return this.connections.some((connection) => connection.release(subscription));
  }

  /**
   * Takes up a symbol that a strategy watches: its trades and its book, each while its market's window is open. False where the plan has all of
   * it already, or it is watched. The wish is a note on the tape, each subscription too.
   */
  watch(symbol: string): boolean {
    if (this.#watched.has(symbol)) return false;
    const { plan, tape } = this.#options;
    const inPlan = new Set(plan.connections.flatMap(({ subscriptions }) => subscriptions.map(keyOfPlanned)));
    const added = plannedSymbol(this.protocol, plan.environment, symbol).filter((planned) => !inPlan.has(keyOfPlanned(planned)));
    if (added.length === 0) return false;
    this.#watched.set(symbol, added);
    tape.event('note', this.venue, '', { event: 'symbol-watched', subject: symbol });
    this.#followWatched(added);
    return true;
  }

  /** Gives up what `watch` took up; what the plan wants stays. */
  unwatch(symbol: string): boolean {
    const watched = this.#watched.get(symbol);
    if (watched === undefined) return false;
    this.#watched.delete(symbol);
    this.#options.tape.event('note', this.venue, '', { event: 'symbol-released', subject: symbol });
    for (const { subscription } of watched) this.release(subscription);
    this.#hasNoSlot.clear();
    return true;
  }

  stoppedConnections(): readonly string[] {
    return this.connections.flatMap(({ name, stopReason }) =>
      stopReason === undefined ? [] : [`${this.venue} ${name}: ${stopReason.code} ${stopReason.message}`],
    );
  }

  /** True when every connection has stopped for good and nothing is polled. */
  hasNothingLeft(): boolean {
    return this.#pollers.length === 0 && this.connections.every(({ stopReason }) => stopReason !== undefined);
  }

  status(): VenueStatus {
    return {
      venue: this.venue,
      connections: this.connections.map(({ name, state, ledger, connects, frames, lastFrameNs }) => ({
        connection: name,
        state,
        subscriptions: ledger.counts(),
        channels: [...ledger.countsByLabel((channel) => this.protocol.labelOf(channel))].map(([channel, counts]) => ({
          channel,
          ...counts,
        })),
        connects,
        frames,
        lastFrameNs: String(lastFrameNs),
      })),
      pollers: this.#pollers.map(({ name, polls, failed, lastSuccessNs }) => ({
        poller: name,
        polls,
        failed,
        lastSuccessNs: String(lastSuccessNs),
      })),
      grants: [...this.#callers].flatMap(([key, caller]) =>
        caller.grantExpiries().map(({ name, expiresAtMs }) => ({ key, grant: name, expiresAtMs })),
      ),
    };
  }

  /** Holds exactly the planned subscriptions whose market's window is open: the day's and the night's channels change over in one process. */
  #followWindows(): void {
    const { plan, isWindowOpen } = this.#options;
    plan.connections.forEach(({ subscriptions }, i) => {
      for (const { subscription, priority, market } of subscriptions) {
        if (isWindowOpen(market)) this.connections[i]!.plan(subscription, priority);
        else this.connections[i]!.unplan(subscription);
      }
    });
    for (const watched of this.#watched.values()) this.#followWatched(watched);
  }

  #followWatched(watched: readonly PlannedSubscription[]): void {
    for (const { subscription, priority, market } of watched) {
      const isHeld = this.connections.some(({ ledger }) => ledger.isWanted(subscriptionKey(subscription)));
      if (!this.#options.isWindowOpen(market)) this.release(subscription);
      else if (!isHeld && !this.#hasNoSlot.has(subscriptionKey(subscription))) this.#takeUp(subscription, priority);
    }
  }

  /** A subscription without a slot is told once, and tried again with the next symbol that is given up. */
  #takeUp(subscription: Subscription, priority: number): void {
    if (!this.subscribe(subscription, priority)) this.#hasNoSlot.add(subscriptionKey(subscription));
  }

  #lookForSilence(): void {
    const { tape, tell } = this.#options;
    for (const { connection, channel, silentMs } of this.#watch.silent()) {
      tape.event('note', this.venue, connection.name, { event: 'channel-silent', subject: channel, silentMs });
      tell({ kind: 'silent', venue: this.venue, channel, silentMs });
      connection.restart(`channel ${channel} silent for ${Math.round(silentMs / 1000)} s while its market is open`);
    }
  }

  #followMasters(): void {
    const minute = this.#minuteOfDay();
    if (minute === this.#mastersMinute) return;
    const passed = this.protocol.mastersAtUtcMinutes.some((at) => isBetween(at, this.#mastersMinute, minute));
    this.#mastersMinute = minute;
    if (passed || Number(this.#options.clock.monotonicNs() / 1_000_000n) >= this.#mastersAgainAtMs) void this.recordMasters();
  }

  #minuteOfDay(): number {
    return Math.floor(wallMs(this.#options.clock) / 60_000) % DAY_MINUTES;
  }

  #makeConnection(connection: ConnectionPlan): Connection {
    const { plan, protocol, lostSinceNs } = this.#options;
    return new Connection({
      ...this.#options,
      plan: connection,
      venue: plan,
      protocol: protocol.sockets.find(({ name }) => name === connection.socket)!,
      credentials: this.#key(connection.key).credentials,
      rest: this.#callers.get(connection.key)!,
      ...(lostSinceNs === undefined ? {} : { lostSinceNs }),
    });
  }

  /** Whether it fits at the busiest time of the day, beside what is planned, what was added, and what rooms may still need. */
  #hasSlotFor(connection: Connection, subscription: Subscription, priority: number): boolean {
    const { subscriptions, slotsMax } = this.#planOf(connection);
    const added = (found: Subscription): PlannedSubscription => ({
      subscription: found,
      priority,
      market: this.protocol.marketOf(found.channel, found.symbol),
    });
    const all = [
      ...subscriptions,
      ...this.#rooms.reservedOn(connection.name),
      ...connection.ledger.heldSubscriptions().map(added),
      added(subscription),
    ];
    const once = new Map(all.map((planned) => [subscriptionKey(planned.subscription), planned]));
    return slotsOfUnits(this.#socketOf(connection), [{ priority, subscriptions: [...once.values()] }]) <= slotsMax;
  }

  #roomPort(): RoomPort {
    const find = (name: string) => this.connections.find((connection) => connection.name === name)!;
    return {
      isUsed: (name) => find(name).stopReason === undefined,
      wantedOn: (key) => this.connections.find(({ ledger }) => ledger.isWanted(key))?.name,
      fits: (name, subscriptions) => {
        const connection = find(name);
        const slots = this.#socketOf(connection).slotsOf([...connection.ledger.heldSubscriptions(), ...subscriptions]);
        return slots <= this.#planOf(connection).slotsMax;
      },
      want: (name, subscription, priority) => {
        this.#rank(subscription.channel, priority);
        return find(name).want(subscription, priority);
      },
      release: (name, subscription) => find(name).release(subscription),
    };
  }

  #planOf(connection: Connection): ConnectionPlan {
    return this.#options.plan.connections.find(({ name }) => name === connection.name)!;
  }

  #socketOf(connection: Connection) {
    const { socket } = this.#planOf(connection);
    return this.protocol.sockets.find(({ name }) => name === socket)!;
  }

  #key(name: string): KeyPlan {
    return this.#options.plan.keys.find((key) => key.name === name)!;
  }

  #rank(channel: string, priority: number): void {
    const label = this.protocol.labelOf(channel);
    this.#priorities.set(label, Math.min(priority, this.#priorities.get(label) ?? priority));
  }
}

function keyOfPlanned({ subscription }: PlannedSubscription): string {
  return subscriptionKey(subscription);
}

/** Whether minute `at` of the day was passed on the way from `before` (not included) to `now` (included), over midnight too. */
function isBetween(at: number, before: number, now: number): boolean {
  return before < now ? at > before && at <= now : at > before || at <= now;
}
