import type { SocketProtocol, VenueProtocol } from '#venues';
import type { RoomWish, Wish } from '../config/wish.ts';
import type { PlanProblem } from './plan-problem.ts';
import { planSlots, slotsOfUnits } from './slot-planner.ts';
import { isRoom, type SourcedUnit } from './sourced-unit.ts';

/** Says what does not fit, how large it is and what would fit: a plan that cannot be is refused by name. */
export function tooLarge(
  venue: string,
  protocol: VenueProtocol,
  socket: SocketProtocol,
  units: readonly SourcedUnit[],
  keys: readonly string[],
  slotsMax: number,
): PlanProblem {
  const needed = slotsOfUnits(socket, units);
  const advice = [fewer(socket, units, keys, slotsMax), boards(protocol, units), 'add a key'].filter((text) => text !== '');
  const last = advice.pop();
  return {
    code: 'PLAN_TOO_LARGE',
    message: `${venue}: ${terms(units)} = ${needed} slots do not fit ${capacity(socket, keys, slotsMax)}: ${advice.length === 0 ? last : `${advice.join(', ')} or ${last}`}`,
  };
}

function capacity(socket: SocketProtocol, keys: readonly string[], slotsMax: number): string {
  const { connectionsPerKey } = socket.limits;
  const count = keys.length === 1 ? 'one key' : `${keys.length} keys`;
  if (keys.length === 1 && connectionsPerKey === 1) return `${count} (${slotsMax})`;
  const factors = [keys.length, connectionsPerKey, slotsMax].filter((factor, index) => factor > 1 || index === 2);
  return `${count} (${factors.join(' × ')} = ${keys.length * connectionsPerKey * slotsMax})`;
}

/** `10 strikes × call and put × trade and book + the future A01612 (trade and book)`; equal things are counted. */
function terms(units: readonly SourcedUnit[]): string {
  const sources = [...new Set(units.map(({ source }) => source))];
  const groups = new Map<string, (Wish | RoomWish)[]>();
  // The largest first: it is what must shrink.
  for (const source of sources.sort((a, b) => countOf(b) - countOf(a))) {
    const id = isRoom(source) ? source.name : `${source.kind} ${source.channelNames.join()}`;
    groups.set(id, [...(groups.get(id) ?? []), source]);
  }
  return [...groups.values()].map(term).join(' + ');
}

function term(sources: readonly (Wish | RoomWish)[]): string {
  const first = sources[0]!;
  const channels = listed(first.channelNames);
  if (isRoom(first)) return `${first.units} ${first.unitName} × ${channels}`;
  if (sources.length === 1)
    return first.symbol === '' ? `the ${first.kind} ${channels}` : `the ${first.kind} ${first.symbol} (${channels})`;
  return `${sources.length} ${first.kind}s × ${channels}`;
}

function countOf(source: Wish | RoomWish): number {
  return isRoom(source) ? source.units * source.symbolsPerUnit * source.channels.length : source.subscriptions.length;
}

/** The most units of the largest room that would fit with all else as it is. */
function fewer(socket: SocketProtocol, units: readonly SourcedUnit[], keys: readonly string[], slotsMax: number): string {
  const rooms = [...new Set(units.flatMap(({ source }) => (isRoom(source) ? [source] : [])))];
  const largest = rooms.sort((a, b) => countOf(b) - countOf(a))[0];
  if (largest === undefined) return 'record fewer of them';
  const others = units.filter(({ source }) => source !== largest);
  const own = units.filter(({ source }) => source === largest);
  for (let count = largest.units - 1; count >= 1; count--) {
    if (planSlots(socket, [...others, ...own.slice(0, count)], keys, slotsMax).left.length > 0) continue;
    const noun = largest.unitName.split(' × ')[0]!;
    return `take ${count} ${count === 1 ? noun.replace(/s$/, '') : noun}`;
  }
  return `take ${largest.name} away`;
}

function boards(protocol: VenueProtocol, units: readonly SourcedUnit[]): string {
  const hasBoard = protocol.polls.some(({ name }) => name === 'option-board');
  return hasBoard && units.some(({ source }) => isRoom(source) && source.kind === 'option-chain') ? 'poll the boards' : '';
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}
