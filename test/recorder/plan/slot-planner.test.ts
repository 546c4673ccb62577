import { describe, expect, test } from 'vitest';
import { OPEN_TOGETHER } from '../../../recorder/plan/market-overlap.ts';
import type { PlannedSubscription } from '../../../recorder/plan/recording-plan.ts';
import { planSlots, type SlotUnit, slotsOfUnits } from '../../../recorder/plan/slot-planner.ts';
import { scriptedProtocol } from '../../fixtures/scripted-protocol.ts';
import { checkSeeds, type Random } from '../../seeds.ts';

const MARKETS = ['krx-stock', 'krx-derivatives', 'krx-night', 'nxt', 'always'];

test('day and night derivatives are never open together; the evening of the stocks meets the night', () => {
  const sets = OPEN_TOGETHER.map((set) => set.join(' '));
  expect(sets).toEqual(['krx-stock krx-derivatives nxt always', 'krx-stock krx-night nxt always']);
});

function unitOf(random: Random, index: number): SlotUnit {
  const count = random.integer(1, 4);
  const subscriptions = Array.from({ length: count }, (_, channel): PlannedSubscription => {
    return { subscription: { channel: `c${channel}`, symbol: `s${index}` }, priority: 0, market: random.pick(MARKETS) };
  });
  return { priority: random.integer(0, 3), subscriptions };
}

describe('for any plan', () => {
  test('no connection is ever fuller than it may be, no unit is lost or doubled, and one is left out only where it fits nowhere', () => {
    checkSeeds(150, (random) => {
      const slotsMax = random.integer(2, 9);
      const connectionsPerKey = random.integer(1, 2);
      const countsSymbols = random.chance(0.3);
      const socket = scriptedProtocol({ venue: 'x', channels: { c0: 'always' }, slotsMax, connectionsPerKey, countsSymbols }).sockets[0]!;
      const keys = Array.from({ length: random.integer(1, 3) }, (_, index) => `key${index}`);
      const units = Array.from({ length: random.integer(0, 25) }, (_, index) => unitOf(random, index));
      const { connections, left } = planSlots(socket, units, keys, slotsMax);

      const placed = connections.flatMap((connection) => connection.units);
      expect(new Set([...placed, ...left])).toEqual(new Set(units));
      expect(placed.length + left.length).toBe(units.length);
      expect(new Set(connections.map(({ name }) => name)).size).toBe(connections.length);
      for (const key of keys)
        expect(connections.filter((connection) => connection.key === key).length).toBeLessThanOrEqual(connectionsPerKey);
      for (const { units: own, slotsUsed } of connections) {
        expect(slotsUsed).toBe(slotsOfUnits(socket, own));
        expect(slotsUsed).toBeLessThanOrEqual(slotsMax);
        expect(own.map(({ priority }) => priority)).toEqual([...own.map(({ priority }) => priority)].sort((a, b) => a - b));
      }
      for (const unit of left) {
        if (connections.length < keys.length * connectionsPerKey) expect(slotsOfUnits(socket, [unit])).toBeGreaterThan(slotsMax);
        for (const { units: own } of connections) expect(slotsOfUnits(socket, [...own, unit])).toBeGreaterThan(slotsMax);
      }
    });
  });
});
