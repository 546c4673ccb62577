import { isSubscriptionWindow, type MarketHolidays, marketPhase } from '#domain';
import type { VenueProtocol } from '#venues';
import type { RecordingPlan, RoomPlan, VenuePlan } from '../plan/recording-plan.ts';
import { planHolidays } from '../plan/schedule.ts';

/** What should be there now, by the plan and the calendar. Times are microseconds since the epoch. */
export interface VenueExpectation {
  readonly venue: string;
  /** Some channel or poll of it should have spoken by now, had it been silent for long enough. */
  readonly isDataExpected: boolean;
  readonly channels: readonly ChannelExpectation[];
  readonly connections: readonly ConnectionExpectation[];
  readonly polls: readonly PollExpectation[];
}

export interface ChannelExpectation {
  /** The label that is on the tape's columns. */
  readonly channel: string;
  readonly connections: readonly string[];
  /** Since when data are expected, the latest of its open markets; `undefined` while none is open. */
  readonly sinceUs: number | undefined;
  readonly markets: readonly string[];
  /** The longest silence of the whole channel that is normal. */
  readonly silenceMaxMs: number;
  /** False where only the recording finds out whether there is a symbol to ask for (a condition search may find none). */
  readonly isPlanned: boolean;
}

export interface ConnectionExpectation {
  readonly connection: string;
  /** A subscription of it should be held now: its markets' windows with their lead and trail. */
  readonly isWanted: boolean;
  /** False where only results of searches are on it, so that it may have nothing to hold. */
  readonly isPlanned: boolean;
  readonly connectsPerHourMax: number;
}

export interface PollExpectation {
  readonly rule: string;
  readonly intervalMs: number;
  readonly sinceUs: number | undefined;
}

/** A channel that may be silent for longer than this proves nothing by its silence. */
const SELDOM_MS = 24 * 3_600_000;

interface ChannelModel {
  readonly channel: string;
  readonly silenceMaxMs: number;
  readonly markets: Set<string>;
  readonly connections: Set<string>;
  isPlanned: boolean;
}

interface VenueModel {
  readonly plan: VenuePlan;
  readonly protocol: VenueProtocol;
  readonly channels: readonly ChannelModel[];
}

/** Answers what a plan expects at any time; made once for a plan, pure. */
export class Expectations {
  readonly #venues: readonly VenueModel[];
  readonly #holidays: MarketHolidays;

  constructor(plan: RecordingPlan, protocols: ReadonlyMap<string, VenueProtocol>) {
    this.#holidays = planHolidays(plan);
    this.#venues = plan.venues.flatMap((venue) => {
      const protocol = protocols.get(venue.venue);
      return protocol === undefined ? [] : [{ plan: venue, protocol, channels: channelsOf(venue, protocol) }];
    });
  }

  at(nowUs: number): readonly VenueExpectation[] {
    const since = remember((market) => openSince(market, nowUs, this.#holidays));
    const isHeld = remember((market) => isSubscriptionWindow(market, nowUs, this.#holidays));
    return this.#venues.map((model) => expectationOf(model, since, isHeld));
  }

  /** Whether anything of the venue was expected at that time. */
  expected(venue: string, timeUs: number): boolean {
    return this.at(timeUs).some((expectation) => expectation.venue === venue && expectation.isDataExpected);
  }
}

function expectationOf(
  { plan, protocol, channels }: VenueModel,
  since: (market: string) => number | undefined,
  isHeld: (market: string) => boolean,
): VenueExpectation {
  const expectedChannels = channels.map(
    (channel): ChannelExpectation => ({
      channel: channel.channel,
      connections: [...channel.connections],
      sinceUs: latest([...channel.markets].map(since)),
      markets: [...channel.markets],
      silenceMaxMs: channel.silenceMaxMs,
      isPlanned: channel.isPlanned,
    }),
  );
  const polls = plan.polls.map(({ rule, intervalMs, market }) => ({ rule, intervalMs, sinceUs: since(market) }));
  return {
    venue: plan.venue,
    isDataExpected:
      expectedChannels.some(({ isPlanned, sinceUs }) => isPlanned && sinceUs !== undefined) ||
      polls.some(({ sinceUs }) => sinceUs !== undefined),
    channels: expectedChannels,
    connections: plan.connections.map(({ name, socket, subscriptions }) => ({
      connection: name,
      isWanted: [...subscriptions, ...roomsOn(plan, name).flatMap(({ channels }) => channels)].some(({ market }) => isHeld(market)),
      isPlanned: subscriptions.length > 0 || roomsOn(plan, name).some(({ kind }) => kind === 'option-chain'),
      connectsPerHourMax: protocol.sockets.find((candidate) => candidate.name === socket)?.limits.connectsPerHourMax ?? 0,
    })),
    polls,
  };
}

/** The channels whose silence would mean something, each once by its label. */
function channelsOf(plan: VenuePlan, protocol: VenueProtocol): readonly ChannelModel[] {
  const byLabel = new Map<string, ChannelModel>();
  const add = (channel: string, market: string, connection: string, isPlanned: boolean) => {
    const label = protocol.labelOf(channel);
    const silenceMaxMs = protocol.silenceMaxMs(channel);
    if (label === '' || silenceMaxMs > SELDOM_MS) return;
    const known = byLabel.get(label);
    const model = known ?? { channel: label, silenceMaxMs, markets: new Set(), connections: new Set(), isPlanned };
    // Several names of one label (`kline_1m`, `kline_1h`): the most talkative of them decides.
    byLabel.set(label, { ...model, silenceMaxMs: Math.min(model.silenceMaxMs, silenceMaxMs), isPlanned: model.isPlanned || isPlanned });
    model.markets.add(market);
    model.connections.add(connection);
  };
  for (const { name, subscriptions } of plan.connections)
    for (const { subscription, market } of subscriptions) add(subscription.channel, market, name, true);
  for (const { kind, channels, places } of plan.rooms)
    for (const { channel, market } of channels)
      for (const { connection } of places) add(channel, market, connection, kind === 'option-chain');
  return [...byLabel.values()];
}

function roomsOn(plan: VenuePlan, connection: string): readonly RoomPlan[] {
  return plan.rooms.filter(({ places }) => places.some((place) => place.connection === connection));
}

function openSince(market: string, nowUs: number, holidays: MarketHolidays): number | undefined {
  const { expectsData, startsAtUs } = marketPhase(market, nowUs, holidays);
  if (!expectsData) return undefined;
  return Number.isFinite(startsAtUs) ? startsAtUs : 0;
}

function latest(times: readonly (number | undefined)[]): number | undefined {
  return times.reduce((a, b) => (b === undefined ? a : a === undefined || b > a ? b : a), undefined);
}

/** Markets are few and subscriptions many: each is looked up once. */
function remember<T>(find: (market: string) => T): (market: string) => T {
  const known = new Map<string, T>();
  return (market) => {
    if (!known.has(market)) known.set(market, find(market));
    return known.get(market)!;
  };
}
