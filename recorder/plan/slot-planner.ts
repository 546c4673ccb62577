import type { SocketProtocol } from '#venues';
import { OPEN_TOGETHER } from './market-overlap.ts';
import type { PlannedSubscription } from './recording-plan.ts';

/** Subscriptions that stay on one connection: a symbol with its channels, or one strike of a chain. */
export interface SlotUnit {
  /** Lower is placed first. */
  readonly priority: number;
  readonly subscriptions: readonly PlannedSubscription[];
}

export interface SlotConnection<Unit extends SlotUnit> {
  /** `ws-1`, over all keys. */
  readonly name: string;
  readonly key: string;
  readonly units: readonly Unit[];
  readonly slotsUsed: number;
}

export interface SlotPlan<Unit extends SlotUnit> {
  readonly connections: readonly SlotConnection<Unit>[];
  /** Units that found no place; the plan is impossible when there are any. */
  readonly left: readonly Unit[];
}

/**
 * Puts the units on as few connections as hold them, the most important first, keys in the order given. A connection is full when at some time
 * of the day the subscriptions held then need more than `slotsMax`.
 */
export function planSlots<Unit extends SlotUnit>(
  protocol: SocketProtocol,
  units: readonly Unit[],
  keys: readonly string[],
  slotsMax: number,
): SlotPlan<Unit> {
  const open: { readonly key: string; readonly units: Unit[] }[] = [];
  const left: Unit[] = [];
  const connectionsMax = keys.length * protocol.limits.connectionsPerKey;
  for (const unit of [...units].sort((a, b) => a.priority - b.priority)) {
    const room = open.find(({ units: placed }) => slotsOfUnits(protocol, [...placed, unit]) <= slotsMax);
    if (room !== undefined) room.units.push(unit);
    else if (open.length === connectionsMax || slotsOfUnits(protocol, [unit]) > slotsMax) left.push(unit);
    else open.push({ key: keys[Math.floor(open.length / protocol.limits.connectionsPerKey)]!, units: [unit] });
  }
  return {
    connections: open.map(({ key, units: placed }, index) => ({
      name: `${protocol.name}-${index + 1}`,
      key,
      units: placed,
      slotsUsed: slotsOfUnits(protocol, placed),
    })),
    left,
  };
}

/** Slots at the busiest time of the day. */
export function slotsOfUnits(protocol: SocketProtocol, units: readonly SlotUnit[]): number {
  const subscriptions = units.flatMap((unit) => unit.subscriptions);
  return Math.max(
    0,
    ...OPEN_TOGETHER.map((open) =>
      protocol.slotsOf(subscriptions.flatMap(({ subscription, market }) => (open.some((name) => name === market) ? [subscription] : []))),
    ),
  );
}
