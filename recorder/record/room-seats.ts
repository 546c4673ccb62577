import type { Subscription } from '#venues';
import type { RoomPlan } from '../plan/recording-plan.ts';
import type { RoomUnit } from './room.ts';

/** Places of a room on connections of one kind, with the channels that these carry. A unit takes one in each lane. */
export interface RoomLane {
  readonly channels: readonly string[];
  /** Most important first. */
  readonly places: RoomPlan['places'];
}

/** Who sits where: a unit keeps its connection as long as it is wanted, so that nothing is subscribed anew without need. */
export class RoomSeats {
  readonly #plan: RoomPlan;
  readonly #lanes: readonly { readonly lane: RoomLane; readonly seats: Map<string, string> }[];

  constructor(plan: RoomPlan, lanes: readonly RoomLane[]) {
    this.#plan = plan;
    this.#lanes = lanes.map((lane) => ({ lane, seats: new Map() }));
  }

  /** Gives the most important units a seat each, as many as there are on connections that are still used; returns those that have one. */
  seat(units: readonly RoomUnit[], isUsed: (connection: string) => boolean): readonly RoomUnit[] {
    const seated = units.slice(
      0,
      unitsOf(
        this.#lanes.map(({ lane }) => lane),
        isUsed,
      ),
    );
    const keys = new Set(seated.map(({ key }) => key));
    for (const { lane, seats } of this.#lanes) {
      for (const [key, connection] of seats) if (!keys.has(key) || !isUsed(connection)) seats.delete(key);
      for (const { key } of seated) {
        const place = seats.has(key)
          ? undefined
          : lane.places.find(({ connection, units: room }) => isUsed(connection) && taken(seats, connection) < room);
        if (place !== undefined) seats.set(key, place.connection);
      }
    }
    return seated;
  }

  /** Where a seated unit has the channel; `undefined` where no connection of the room carries it. */
  connectionOf(unit: RoomUnit, channel: string): string | undefined {
    return this.#lanes.find(({ lane }) => lane.channels.includes(channel))?.seats.get(unit.key);
  }

  /** Stands for what may still be seated on a connection and have the channel. */
  freeOn(connection: string, channel: string): readonly Subscription[] {
    const { name, symbolsPerUnit, symbolSuffix } = this.#plan;
    const found = this.#lanes.find(({ lane }) => lane.channels.includes(channel));
    const units = found?.lane.places.find((place) => place.connection === connection)?.units ?? 0;
    const free = found === undefined ? 0 : Math.max(0, units - taken(found.seats, connection));
    return Array.from({ length: free * symbolsPerUnit }, (_, i) => ({ channel, symbol: `${name}#${i}${symbolSuffix}` }));
  }
}

/** How many units the lanes have room for on connections that are used. */
export function unitsOf(lanes: readonly RoomLane[], isUsed: (connection: string) => boolean = () => true): number {
  const sums = lanes.map(({ places }) => places.reduce((sum, { connection, units }) => sum + (isUsed(connection) ? units : 0), 0));
  return sums.length === 0 ? 0 : Math.min(...sums);
}

function taken(seats: ReadonlyMap<string, string>, connection: string): number {
  let count = 0;
  for (const seat of seats.values()) if (seat === connection) count += 1;
  return count;
}
