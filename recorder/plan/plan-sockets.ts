import { assert, isMarket } from '#domain';
import { type SocketProtocol, type Subscription, subscriptionKey, type VenueProtocol } from '#venues';
import type { VenueConfig } from '../config/recorder-config.ts';
import { symbolWish } from '../config/symbol-wish.ts';
import type { RoomWish } from '../config/wish.ts';
import type { PlanProblem } from './plan-problem.ts';
import type { ConnectionPlan, KeyPlan, PlannedSubscription, RoomPlan } from './recording-plan.ts';
import { planSlots, type SlotConnection } from './slot-planner.ts';
import { isRoom, type SourcedUnit } from './sourced-unit.ts';
import { tooLarge } from './too-large.ts';

export interface SocketsDraft {
  readonly connections: readonly ConnectionPlan[];
  readonly rooms: readonly RoomPlan[];
  readonly problems: readonly PlanProblem[];
}

/** Tells apart the channels of one symbol when frames must be shed: the first ones written are kept longest. */
const PRIORITY_STEPS = 10;

/** Gives every subscription of a venue its connection. */
export function planSockets(config: VenueConfig, protocol: VenueProtocol, keys: readonly KeyPlan[]): SocketsDraft {
  const problems: PlanProblem[] = [...refusals(config, protocol), ...wantedTwice(config)];
  const connections: ConnectionPlan[] = [];
  const places = new Map<RoomWish, { readonly connection: string; readonly units: number }[]>();
  for (const socket of protocol.sockets) {
    const units = unitsOf(config, protocol, socket);
    const slotsMax = Math.min(config.common.slots ?? socket.limits.slotsMax, socket.limits.slotsMax);
    const names = keys.map(({ name }) => name);
    const plan = planSlots(socket, units, names, slotsMax);
    if (plan.left.length > 0) problems.push(tooLarge(config.venue, protocol, socket, units, names, slotsMax));
    for (const connection of plan.connections) {
      connections.push(connectionPlan(connection, socket, slotsMax));
      for (const room of config.wishes.rooms) {
        const count = connection.units.filter(({ source }) => source === room).length;
        if (count > 0) places.set(room, [...(places.get(room) ?? []), { connection: connection.name, units: count }]);
      }
    }
  }
  const rooms = config.wishes.rooms.map((room) => roomPlan(room, protocol, places.get(room) ?? []));
  return { connections, rooms, problems };
}

function connectionPlan(
  { name, key, units, slotsUsed }: SlotConnection<SourcedUnit>,
  socket: SocketProtocol,
  slotsMax: number,
): ConnectionPlan {
  const subscriptions = units.flatMap(({ source, subscriptions: own }) => (isRoom(source) ? [] : own));
  return { name, socket: socket.name, key, subscriptions, slotsUsed, slotsMax };
}

function roomPlan(room: RoomWish, protocol: VenueProtocol, places: RoomPlan['places']): RoomPlan {
  const { kind, name, parameters, symbolSuffix, symbolsPerUnit } = room;
  const channels = room.channels.map((channel, index) => ({
    channel,
    market: protocol.marketOf(channel, room.sampleSymbol),
    priority: priorityOf(room.priority, index),
  }));
  return { kind, name, parameters, symbolSuffix, symbolsPerUnit, channels, places };
}

/** What of the configuration goes over this kind of connection. */
function unitsOf(config: VenueConfig, protocol: VenueProtocol, socket: SocketProtocol): readonly SourcedUnit[] {
  const isFirst = (channel: string) => socketOf(config, protocol, channel) === socket;
  const wished = config.wishes.wishes.flatMap((wish): readonly SourcedUnit[] => {
    const subscriptions = planned(wish.subscriptions, wish.priority, protocol).filter(({ subscription }) => isFirst(subscription.channel));
    return subscriptions.length === 0 ? [] : [{ source: wish, priority: wish.priority, subscriptions }];
  });
  const rooms = config.wishes.rooms.flatMap((room) =>
    Array.from({ length: room.units }, (_, index): SourcedUnit => {
      const subscriptions = planned(roomSubscriptions(room, index), room.priority, protocol);
      return {
        source: room,
        priority: room.priority,
        subscriptions: subscriptions.filter(({ subscription }) => isFirst(subscription.channel)),
      };
    }).filter(({ subscriptions }) => subscriptions.length > 0),
  );
  return [...wished, ...rooms];
}

/** Stands for what a unit will subscribe to, so that its slots can be counted before its symbols are known. */
function roomSubscriptions(room: RoomWish, unit: number): readonly Subscription[] {
  return room.channels.flatMap((channel) =>
    Array.from({ length: room.symbolsPerUnit }, (_, index) => ({ channel, symbol: `${room.name}#${unit}.${index}${room.symbolSuffix}` })),
  );
}

/**
 * What a strategy's `watch` of a symbol comes to on a venue: the channels that the configuration would give it, less those that the venue
 * does not have in this environment.
 */
export function plannedSymbol(protocol: VenueProtocol, environment: string, symbol: string): readonly PlannedSubscription[] {
  return symbolWish(protocol.venue, symbol)
    .flatMap(({ subscriptions, priority }) => planned(subscriptions, priority, protocol))
    .filter(({ subscription }) => protocol.refuses(subscription, environment) === undefined);
}

function planned(subscriptions: readonly Subscription[], priority: number, protocol: VenueProtocol): readonly PlannedSubscription[] {
  return subscriptions.map((subscription, index) => {
    const market = protocol.marketOf(subscription.channel, subscription.symbol);
    assert(isMarket(market), `a channel keeps the hours of a known market: ${subscription.channel} names "${market}"`);
    return { subscription, priority: priorityOf(priority, index), market };
  });
}

function priorityOf(priority: number, index: number): number {
  return priority * PRIORITY_STEPS + Math.min(index, PRIORITY_STEPS - 1);
}

function socketOf({ common }: VenueConfig, protocol: VenueProtocol, channel: string): SocketProtocol | undefined {
  return protocol.sockets.find((socket) => socket.carries(channel, common.options ?? {}));
}

function refusals(config: VenueConfig, protocol: VenueProtocol): readonly PlanProblem[] {
  const environment = config.common.environment ?? 'real';
  const asked = [
    ...config.wishes.wishes.flatMap(({ path, subscriptions }) => subscriptions.map((subscription) => ({ path, subscription }))),
    ...config.wishes.rooms.flatMap(({ path, channels, sampleSymbol: symbol, sampleOptions: options }) =>
      channels.map((channel) => ({ path, subscription: { channel, symbol, ...(options === undefined ? {} : { options }) } })),
    ),
  ];
  return asked.flatMap(({ path, subscription }) => {
    const reason = protocol.refuses(subscription, environment);
    if (reason !== undefined) return [{ code: 'CHANNEL_REFUSED', message: `${path}: ${reason}` }];
    if (socketOf(config, protocol, subscription.channel) !== undefined) return [];
    return [
      { code: 'CHANNEL_UNKNOWN', message: `${path}: no connection of ${config.venue} carries the channel "${subscription.channel}"` },
    ];
  });
}

function wantedTwice({ wishes }: VenueConfig): readonly PlanProblem[] {
  const seen = new Map<string, string>();
  return wishes.wishes.flatMap(({ path, subscriptions }) =>
    subscriptions.flatMap((subscription) => {
      const key = subscriptionKey(subscription);
      const first = seen.get(key);
      seen.set(key, first ?? path);
      if (first === undefined) return [];
      const { channel, symbol } = subscription;
      const what = symbol === '' ? channel : `${channel} of ${symbol}`;
      return [{ code: 'SUBSCRIPTION_TWICE', message: `${path}: ${what} is subscribed to by ${first} already; take one away` }];
    }),
  );
}
