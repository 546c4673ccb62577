import type { Clock } from '#domain';
import { type Subscription, subscriptionKey, type Venue, type VenueProtocol } from '#venues';
import type { PlannedSubscription, PollPlan, RoomPlan, VenuePlan } from '../plan/recording-plan.ts';
import { BoardSymbols } from './board-symbols.ts';
import { ChainMarket } from './chain-market.ts';
import type { RecordFollower } from './followed-journal.ts';
import type { TellRecorder } from './observer.ts';
import { OptionRoom } from './option-room.ts';
import { wallMs } from './rest-caller.ts';
import type { Room, RoomLook, RoomUnit } from './room.ts';
import { RoomListener } from './room-listener.ts';
import { type RoomLane, RoomSeats, unitsOf } from './room-seats.ts';
import { SearchReader } from './search-reader.ts';
import { SearchRoom } from './search-room.ts';
import type { TapeRecorder } from './tape-recorder.ts';

/** The subscriptions of the venue's connections, through the door that everybody uses while the recording runs. */
export interface RoomPort {
  /** False for a connection that has stopped for good. */
  isUsed(connection: string): boolean;
  /** The connection that is asked for this key, whoever asked; `undefined` where none is. */
  wantedOn(key: string): string | undefined;
  /** Whether these have a slot now, beside everything that the venue may still count. */
  fits(connection: string, subscriptions: readonly Subscription[]): boolean;
  /** Each change is a record; false where there is nothing to change. */
  want(connection: string, subscription: Subscription, priority: number): boolean;
  release(connection: string, subscription: Subscription): boolean;
}

export interface RoomKeeperOptions {
  readonly plan: VenuePlan;
  readonly protocol: VenueProtocol;
  /** Reads the venue's frames; `undefined` where this version has no decoder for it. */
  readonly decoding: Venue | undefined;
  readonly port: RoomPort;
  readonly tape: TapeRecorder;
  readonly clock: Clock;
  readonly tell: TellRecorder;
  readonly isWindowOpen: (market: string) => boolean;
}

/** A unit that finds no slot for so long is told: somebody else took it. */
const NO_SLOT_TELL_MS = 60_000;

interface KeptRoom {
  readonly plan: RoomPlan;
  readonly room: Room;
  readonly seats: RoomSeats;
  seated: readonly RoomUnit[];
  /** What it was said to wait for last. */
  said: string;
  /** Since when units of it wait for a slot. */
  blockedSinceMs: number | undefined;
  isBlockTold: boolean;
}

/** Subscriptions of one unit on one connection: they are asked for together or not at all. */
interface Wish {
  readonly kept: KeptRoom;
  readonly connection: string;
  readonly subscriptions: Map<string, { readonly subscription: Subscription; readonly priority: number }>;
}

/**
 * Keeps the rooms of one venue filled: options around the money, boards of the nearest maturities, results of condition searches. It learns from the
 * tape's own frames, and changes subscriptions once a second. What is not wanted any more is released first, and what is new is asked for when the
 * venue can no longer count the old: a room never holds more than its slots at any moment.
 */
export class RoomKeeper {
  readonly #options: RoomKeeperOptions;
  readonly #rooms: readonly KeptRoom[];
  readonly #listener: RoomListener | undefined;
  readonly #boards: BoardSymbols | undefined;
  /** What the plan itself subscribes to is nobody else's to release. */
  readonly #planned: ReadonlySet<string>;
  /** What the rooms asked for, by key. */
  readonly #owned = new Map<string, { readonly connection: string; readonly subscription: Subscription }>();
  #wishes: readonly Wish[] = [];

  constructor(options: RoomKeeperOptions) {
    const { plan, protocol, decoding } = options;
    const { rooms = {} } = protocol;
    const { chains } = rooms;
    this.#options = options;
    this.#planned = new Set(
      plan.connections.flatMap(({ subscriptions }) => subscriptions.map((planned) => subscriptionKey(planned.subscription))),
    );
    const market =
      decoding !== undefined && chains !== undefined && needsMarket(plan, protocol) ? new ChainMarket(decoding, chains) : undefined;
    this.#rooms = plan.rooms.map((room) => this.#kept(room, market));
    const found = this.#rooms.flatMap(({ room }) => (room instanceof SearchRoom ? [room] : []));
    const searches =
      decoding !== undefined && rooms.searches !== undefined && found.length > 0
        ? new SearchReader(decoding, rooms.searches, found)
        : undefined;
    if (market !== undefined && chains?.boardPolls !== undefined) this.#boards = new BoardSymbols(market, chains.boardPolls);
    if (decoding !== undefined && (market ?? searches) !== undefined)
      this.#listener = new RoomListener({ ...options, venue: decoding, rooms, market, searches });
  }

  /** Who must see the venue's records; `undefined` where there is nothing to learn from them. */
  get follower(): RecordFollower | undefined {
    return this.#listener;
  }

  /** Symbols that the masters must be asked for beside those of the plan. */
  get masterSymbols(): readonly string[] {
    const { plan, protocol } = this.#options;
    const chains = plan.rooms.filter(({ kind }) => kind === 'option-chain');
    return chains.flatMap(({ parameters }) => protocol.rooms?.chains?.masterSymbolsOf(parameters) ?? []);
  }

  /** Called each second, before the connections' own changes: releases what is not wanted any more. */
  letGo(): void {
    const { port, clock } = this.#options;
    this.#listener?.tick();
    const nowMs = wallMs(clock);
    this.#wishes = withoutDoubles(this.#rooms.flatMap((kept) => this.#wishesOf(kept, nowMs)));
    const connections = new Map(this.#wishes.flatMap((wish) => [...wish.subscriptions.keys()].map((key) => [key, wish.connection])));
    for (const [key, { connection, subscription }] of this.#owned) {
      if (connections.get(key) !== connection) port.release(connection, subscription);
      else if (port.wantedOn(key) === connection) continue;
      // Moved, not wanted any more, or released by somebody else: then it is asked for again.
      this.#owned.delete(key);
    }
  }

  /** Called each second, after `letGo`: asks for what is missing, the most important first. */
  fill(): void {
    const { port } = this.#options;
    const blocked = new Set<KeptRoom>();
    for (const { kept, connection, subscriptions } of this.#wishes) {
      const missing = [...subscriptions].filter(([key]) => port.wantedOn(key) === undefined);
      if (missing.length === 0) continue;
      const asked = missing.map(([, { subscription }]) => subscription);
      if (!port.fits(connection, asked)) {
        blocked.add(kept);
        continue;
      }
      for (const [key, { subscription, priority }] of missing) {
        if (port.want(connection, subscription, priority)) this.#owned.set(key, { connection, subscription });
      }
    }
    this.#tellBlocked(blocked);
  }

  /** All that rooms may hold on a connection, at whatever time of the day: these slots are not for others. */
  reservedOn(connection: string): readonly PlannedSubscription[] {
    return this.#rooms.flatMap(({ plan, seats, seated }) =>
      plan.channels.flatMap(({ channel, market, priority }) => {
        const own = seated.filter((unit) => seats.connectionOf(unit, channel) === connection);
        const subscriptions = [...own.flatMap((unit) => unit.subscriptionsOn(channel)), ...seats.freeOn(connection, channel)];
        return subscriptions.map((subscription) => ({ subscription, market, priority }));
      }),
    );
  }

  /** What a poll is told beside its plan: the symbols around the money, where its answer is cut. */
  pollOptions(plan: PollPlan, target: string): Readonly<Record<string, string>> {
    return this.#boards?.optionsOf(plan, target, wallMs(this.#options.clock)) ?? {};
  }

  #kept(plan: RoomPlan, market: ChainMarket | undefined): KeptRoom {
    const lanes = this.#lanesOf(plan);
    const room = this.#roomOf(plan, unitsOf(lanes), market);
    return { plan, room, seats: new RoomSeats(plan, lanes), seated: [], said: '', blockedSinceMs: undefined, isBlockTold: false };
  }

  #roomOf(plan: RoomPlan, unitsMax: number, market: ChainMarket | undefined): Room {
    const { decoding, protocol } = this.#options;
    const { chains, searches } = protocol.rooms ?? {};
    if (plan.kind === 'option-chain' && chains !== undefined && market !== undefined) return new OptionRoom(plan, unitsMax, chains, market);
    if (plan.kind === 'condition' && searches !== undefined && decoding !== undefined)
      return new SearchRoom(plan, searches.searchOf(plan.parameters));
    return { plan, look: () => ({ units: [], waitsFor: 'a version that can find its symbols: this one cannot', centred: [] }) };
  }

  /** A channel goes to the kind of connection that carries it first, as the planner had it. */
  #lanesOf({ channels, places }: RoomPlan): readonly RoomLane[] {
    const { plan, protocol } = this.#options;
    const socketOf = (channel: string) => protocol.sockets.find((socket) => socket.carries(channel, plan.options))?.name;
    return protocol.sockets.flatMap(({ name }): readonly RoomLane[] => {
      const connections = plan.connections.flatMap((connection) => (connection.socket === name ? [connection.name] : []));
      const carried = channels.flatMap(({ channel }) => (socketOf(channel) === name ? [channel] : []));
      return carried.length === 0
        ? []
        : [{ channels: carried, places: places.filter(({ connection }) => connections.includes(connection)) }];
    });
  }

  #wishesOf(kept: KeptRoom, nowMs: number): readonly Wish[] {
    const { port, isWindowOpen } = this.#options;
    const look = kept.room.look(nowMs);
    this.#say(kept, look);
    kept.seated = kept.seats.seat(look.units, (connection) => port.isUsed(connection));
    const open = kept.plan.channels.filter(({ market }) => isWindowOpen(market));
    return kept.seated.flatMap((unit) => {
      const wishes = new Map<string, Wish>();
      for (const { channel, priority } of open) {
        const connection = kept.seats.connectionOf(unit, channel);
        if (connection === undefined) continue;
        const wish = wishes.get(connection) ?? { kept, connection, subscriptions: new Map() };
        wishes.set(connection, wish);
        for (const subscription of unit.subscriptionsOn(channel)) {
          const key = subscriptionKey(subscription);
          if (!this.#planned.has(key)) wish.subscriptions.set(key, { subscription, priority });
        }
      }
      return [...wishes.values()];
    });
  }

  /** Says once what a room waits for and that it has it, and each choice of strikes. */
  #say(kept: KeptRoom, { waitsFor, centred }: RoomLook): void {
    const { plan, tape, tell } = this.#options;
    const { name } = kept.plan;
    for (const choice of centred) tape.event('note', plan.venue, '', { event: 'room-centred', subject: name, ...choice });
    if (waitsFor === kept.said) return;
    kept.said = waitsFor;
    if (waitsFor === '') {
      tape.event('note', plan.venue, '', { event: 'room-ready', subject: name });
      return;
    }
    tape.event('note', plan.venue, '', { event: 'room-waiting', subject: name, reason: waitsFor });
    tell({ kind: 'note', message: `${plan.venue}: the room "${name}" waits for ${waitsFor}` });
  }

  #tellBlocked(blocked: ReadonlySet<KeptRoom>): void {
    const { plan, tape, tell, clock } = this.#options;
    const nowMs = wallMs(clock);
    for (const kept of this.#rooms) {
      kept.blockedSinceMs = blocked.has(kept) ? (kept.blockedSinceMs ?? nowMs) : undefined;
      if (kept.isBlockTold || kept.blockedSinceMs === undefined || nowMs - kept.blockedSinceMs < NO_SLOT_TELL_MS) continue;
      kept.isBlockTold = true;
      tape.event('note', plan.venue, '', { event: 'room-without-slot', subject: kept.plan.name });
      tell({ kind: 'note', message: `${plan.venue}: the room "${kept.plan.name}" finds no slot; release what was added while recording` });
    }
  }
}

function needsMarket({ rooms, polls }: VenuePlan, protocol: VenueProtocol): boolean {
  const boards = protocol.rooms?.chains?.boardPolls;
  return (
    rooms.some(({ kind }) => kind === 'option-chain') ||
    polls.some(({ rule, targets, options }) => targets.some((target) => boards?.wishOf(rule, target, options) !== undefined))
  );
}

/** What several units want is had by the first of them only. */
function withoutDoubles(wishes: readonly Wish[]): readonly Wish[] {
  const seen = new Set<string>();
  for (const { subscriptions } of wishes) {
    for (const key of subscriptions.keys()) {
      if (seen.has(key)) subscriptions.delete(key);
      else seen.add(key);
    }
  }
  return wishes;
}
