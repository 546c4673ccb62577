import { isoMicroseconds } from '#domain';
import type { AlertKind, Condition } from './alert.ts';
import type { AlertDesk } from './alert-desk.ts';
import { type HealthFacts, usOf, type VenueFacts, venueFacts } from './health-facts.ts';
import { lastPollUs } from './silence-rules.ts';

/** What `/readyz` answers: whether data are fresh where the calendar expects them, and how old everything is. */
export interface Readiness {
  readonly ready: boolean;
  readonly session: string;
  readonly at: string;
  /** Some venue should be sending data now. */
  readonly expected: boolean;
  /** Why it is not ready, for people. */
  readonly reasons: readonly string[];
  readonly venues: readonly VenueReadiness[];
}

export interface VenueReadiness {
  readonly venue: string;
  readonly expected: boolean;
  /** Seconds since the last frame of any channel; null before the first. */
  readonly ageSeconds: number | null;
  readonly channels: readonly {
    readonly channel: string;
    readonly expected: boolean;
    readonly ageSeconds: number | null;
    readonly silenceMaxSeconds: number;
  }[];
  readonly connections: readonly { readonly connection: string; readonly wanted: boolean; readonly up: boolean }[];
  readonly polls: readonly { readonly poll: string; readonly expected: boolean; readonly ageSeconds: number | null }[];
}

/** The conditions that mean "data are not fresh", by the first part of their keys. */
const STALE: ReadonlySet<string> = new Set<AlertKind>([
  'channel-silent',
  'connection-stopped',
  'connection-down',
  'no-data',
  'poll-dead',
  'tape-stalled',
  'monitor-behind',
]);

/** `conditions` are those of these facts; one that must hold for a while counts once the desk tells it. */
export function readinessOf(facts: HealthFacts, conditions: readonly Condition[], watched: AlertDesk['watched']): Readiness {
  const firing = new Set(watched.filter(({ state }) => state === 'firing').map(({ key }) => key));
  const venues = venueFacts(facts);
  const stale = conditions.filter(({ key, holdMs }) => STALE.has(key.split('/')[0]!) && (holdMs === 0 || firing.has(key)));
  const silent = venues.filter(({ expected, tape }) => expected.isDataExpected && tape?.lastFrameNs === undefined);
  const reasons = [...stale.map(({ title }) => title), ...silent.map(({ venue }) => `${venue}: nothing was received yet`)];
  return {
    ready: reasons.length === 0,
    session: facts.session,
    at: isoMicroseconds(facts.nowUs),
    expected: venues.some(({ expected }) => expected.isDataExpected),
    reasons,
    venues: venues.map((venue) => venueReadiness(venue, facts.nowUs)),
  };
}

function venueReadiness(facts: VenueFacts, nowUs: number): VenueReadiness {
  const { venue, expected, tape } = facts;
  return {
    venue,
    expected: expected.isDataExpected,
    ageSeconds: ageOf(usOf(tape?.lastFrameNs), nowUs),
    channels: expected.channels.map(({ channel, sinceUs, silenceMaxMs }) => ({
      channel,
      expected: sinceUs !== undefined,
      ageSeconds: ageOf(usOf(tape?.channels.find((found) => found.channel === channel)?.lastFrameNs), nowUs),
      silenceMaxSeconds: silenceMaxMs / 1_000,
    })),
    connections: expected.connections.map(({ connection, isWanted }) => ({
      connection,
      wanted: isWanted,
      up: tape?.connections.find((found) => found.connection === connection)?.isUp === true,
    })),
    polls: expected.polls.map(({ rule, sinceUs }) => ({
      poll: rule,
      expected: sinceUs !== undefined,
      ageSeconds: ageOf(lastPollUs(facts, rule), nowUs),
    })),
  };
}

function ageOf(timeUs: number, nowUs: number): number | null {
  return timeUs === 0 ? null : Math.round((nowUs - timeUs) / 1_000) / 1_000;
}
