import { formatDuration, isoMicroseconds, KRX_HOLIDAYS_KNOWN_UNTIL, MILLISECOND_US } from '#domain';
import type { VenueProtocol } from '#venues';
import { busiestSum } from './market-overlap.ts';
import { describeHealth } from './plan-health.ts';
import type { SecretState } from './plan-keys.ts';
import type { PlanProblem } from './plan-problem.ts';
import type { RecordingDraft } from './plan-recording.ts';
import type { ConnectionPlan, KeyPlan, PollPlan, RoomPlan, ScheduleWindow, VenuePlan } from './recording-plan.ts';

/** What `config check` shows: counts and names, never the value of a secret. */
export interface PlanReport {
  readonly session: string;
  readonly data: string;
  /** ISO 8601, UTC; null where only a signal ends the recording. */
  readonly stopsAt: string | null;
  readonly schedule: readonly string[];
  readonly venues: readonly VenueReport[];
  /** How the recording watches itself; empty where `[health]` is absent. */
  readonly health: readonly string[];
  readonly notes: readonly string[];
  readonly problems: readonly PlanProblem[];
}

export interface VenueReport {
  readonly venue: string;
  readonly environment: string;
  readonly rest: string;
  readonly socket: string;
  readonly keys: readonly KeyReport[];
  readonly connections: readonly ConnectionReport[];
  readonly rooms: readonly RoomReport[];
  readonly polls: readonly PollReport[];
}

export interface KeyReport {
  readonly name: string;
  readonly secrets: readonly Pick<SecretState, 'secret' | 'variable' | 'state'>[];
  /** At the busiest time of the day. */
  readonly callsPerSecond: number;
  readonly callsPerSecondMax: number;
}

export interface ConnectionReport {
  readonly name: string;
  readonly key: string;
  readonly slotsUsed: number;
  readonly slotsMax: number;
  readonly subscriptions: number;
  /** Subscriptions by the market whose hours they keep. */
  readonly markets: Readonly<Record<string, number>>;
}

export interface RoomReport {
  readonly name: string;
  readonly places: RoomPlan['places'];
  readonly symbolsPerUnit: number;
  readonly channels: readonly string[];
}

export interface PollReport {
  readonly rule: string;
  readonly key: string;
  readonly targets: number;
  readonly every: string;
  readonly market: string;
  readonly callsPerSecond: number;
}

export function reportPlan(draft: RecordingDraft, protocols: ReadonlyMap<string, VenueProtocol>): PlanReport {
  const { plan, secrets, health, problems } = draft;
  return {
    session: plan.session,
    data: plan.dataDir,
    stopsAt: plan.stopAtUs === undefined ? null : isoMicroseconds(plan.stopAtUs),
    schedule: plan.schedule.map(windowText),
    venues: plan.venues.map((venue) => venueReport(venue, secrets)),
    health: describeHealth(health),
    notes: [...plan.venues.flatMap((venue) => addressNotes(venue, protocols.get(venue.venue))), ...calendarNotes(draft)],
    problems,
  };
}

function venueReport(plan: VenuePlan, secrets: readonly SecretState[]): VenueReport {
  const { venue, environment, hosts, connections, rooms, polls } = plan;
  return {
    venue,
    environment,
    rest: hosts.rest,
    socket: hosts.socket,
    keys: plan.keys.map((key) =>
      keyReport(
        key,
        polls,
        secrets.filter((state) => state.venue === venue && state.key === key.name),
      ),
    ),
    connections: connections.map(connectionReport),
    rooms: rooms.map(({ name, places, symbolsPerUnit, channels }) => ({
      name,
      places,
      symbolsPerUnit,
      channels: channels.map(({ channel }) => channel),
    })),
    polls: polls.map((poll) => ({
      rule: poll.rule,
      key: poll.key,
      targets: poll.targets.length,
      every: formatDuration(poll.intervalMs * MILLISECOND_US),
      market: poll.market,
      callsPerSecond: rounded(rateOf(poll)),
    })),
  };
}

function keyReport(key: KeyPlan, polls: readonly PollPlan[], secrets: readonly SecretState[]): KeyReport {
  const own = polls.filter((poll) => poll.key === key.name);
  return {
    name: key.name,
    secrets: secrets.map(({ secret, variable, state }) => ({ secret, variable, state })),
    callsPerSecond: rounded(busiestSum(own.map((poll) => ({ market: poll.market, amount: rateOf(poll) })))),
    callsPerSecondMax: key.restCallsPerSecondMax,
  };
}

function connectionReport({ name, key, slotsUsed, slotsMax, subscriptions }: ConnectionPlan): ConnectionReport {
  const markets: Record<string, number> = {};
  for (const { market } of subscriptions) markets[market] = (markets[market] ?? 0) + 1;
  return { name, key, slotsUsed, slotsMax, subscriptions: subscriptions.length, markets };
}

function rateOf({ targets, intervalMs }: PollPlan): number {
  return (targets.length * 1000) / intervalMs;
}

function rounded(rate: number): number {
  return Math.round(rate * 100) / 100;
}

/** A test address that says yes and sends nothing once cost two days: any other address than the venue's own is worth a line. */
function addressNotes({ venue, environment, hosts }: VenuePlan, protocol: VenueProtocol | undefined): readonly string[] {
  const own = protocol?.hosts[environment];
  const notes: string[] = [];
  if (environment !== 'real') notes.push(`${venue}: this is the venue's ${environment} environment, not the real market`);
  if (own !== undefined && own.socket !== hosts.socket)
    notes.push(`${venue}: the websocket address is not the venue's own (${own.socket})`);
  if (own !== undefined && own.rest !== hosts.rest) notes.push(`${venue}: the REST address is not the venue's own (${own.rest})`);
  return notes;
}

function calendarNotes({ plan }: RecordingDraft): readonly string[] {
  const isKorean = plan.venues.some(({ connections, polls }) =>
    [...connections.flatMap(({ subscriptions }) => subscriptions), ...polls].some(({ market }) => market !== 'always'),
  );
  return isKorean ? [`KRX holidays are known until ${KRX_HOLIDAYS_KNOWN_UNTIL}; [calendar] adds to them`] : [];
}

/** The report for people. */
export function describePlan(report: PlanReport): string {
  const ends = report.stopsAt === null ? 'until it is stopped' : `until ${report.stopsAt}`;
  const when = report.schedule.length === 0 ? ends : `${report.schedule.join('; ')}, ${ends}`;
  return [
    `session ${report.session} in ${report.data}, ${when}`,
    ...report.venues.flatMap(venueLines),
    ...report.health,
    ...report.notes.map((note) => `note: ${note}`),
    ...report.problems.map(({ code, message }) => `problem: ${message} [${code}]`),
  ].join('\n');
}

function venueLines(venue: VenueReport): readonly string[] {
  return [
    `${venue.venue} (${venue.environment})`,
    `  websocket ${venue.socket}, REST ${venue.rest}`,
    ...venue.keys.flatMap(keyLines),
    ...venue.connections.map(connectionLine),
    ...venue.rooms.map(roomLine),
    ...venue.polls.map(
      ({ rule, key, targets, every, market, callsPerSecond }) =>
        `  poll ${rule}: ${counted(targets, 'target')} every ${every} with key ${key}${market === 'always' ? '' : ` in ${market} hours`}, ${callsPerSecond} calls/s`,
    ),
  ];
}

function keyLines({ name, secrets, callsPerSecond, callsPerSecondMax }: KeyReport): readonly string[] {
  const states = secrets.map(({ secret, variable, state }) => `${secret} ${state} (${variable})`);
  const held = states.length === 0 ? 'no secrets needed' : states.join(', ');
  return [`  key ${name}: ${held}; REST ${callsPerSecond} of ${callsPerSecondMax} calls/s`];
}

function connectionLine({ name, key, slotsUsed, slotsMax, subscriptions, markets }: ConnectionReport): string {
  const parts = Object.entries(markets).map(([market, count]) => `${market} ${count}`);
  const detail = parts.length === 0 ? '' : ` (${parts.join(', ')})`;
  return `  connection ${name} with key ${key}: ${slotsUsed} of ${slotsMax} slots, ${counted(subscriptions, 'subscription')}${detail}`;
}

function roomLine({ name, places, symbolsPerUnit, channels }: RoomReport): string {
  const symbols = places.map(({ connection, units }) => `${units * symbolsPerUnit} symbols on ${connection}`);
  return `  room for ${name}: ${symbols.join(', ')}, each with ${channels.join(' ')}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const WEEKDAY_NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

function windowText({ days, startUs, stopUs }: ScheduleWindow): string {
  const name = typeof days === 'string' ? days : days.map((day) => WEEKDAY_NAMES[day]).join(' ');
  return `${name} ${clockText(startUs)}–${clockText(stopUs)}`;
}

function clockText(ofDayUs: number): string {
  const minutes = Math.floor(ofDayUs / 60_000_000) % 1440;
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
