import type { Subscription } from '#venues';
import type { RoomPlan } from '../plan/recording-plan.ts';

/** What takes one place of a room: the two sides of a strike, the board of a maturity, a stock that a search found. */
export interface RoomUnit {
  /** Tells units of one room apart. */
  readonly key: string;
  /** What it is subscribed to on one channel of the room. */
  subscriptionsOn(channel: string): readonly Subscription[];
}

/** A room chose strikes around the money. */
export interface RoomCentred {
  readonly maturity: string;
  /** The price of the underlying, and the listed strike nearest to it. */
  readonly money: number;
  readonly centre: number;
}

/** What a room wants now. */
export interface RoomLook {
  /** Most important first; may be more than there are places. */
  readonly units: readonly RoomUnit[];
  /** Why it does not have what it should; empty when it has. */
  readonly waitsFor: string;
  /** What it chose anew since the last look. */
  readonly centred: readonly RoomCentred[];
}

/** One room of the plan: it knows what should be in it, never who gets which slot. */
export interface Room {
  readonly plan: RoomPlan;
  look(nowMs: number): RoomLook;
}
