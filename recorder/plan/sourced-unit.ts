import type { RoomWish, Wish } from '../config/wish.ts';
import type { SlotUnit } from './slot-planner.ts';

/** A wish with its subscriptions on one kind of connection, or one unit of a room. */
export interface SourcedUnit extends SlotUnit {
  readonly source: Wish | RoomWish;
}

export function isRoom(source: Wish | RoomWish): source is RoomWish {
  return 'units' in source;
}
