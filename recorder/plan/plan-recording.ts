import { KNOWN_CLOSED_DAYS, KRX_LATE_DAYS, KST_OFFSET_US, MILLISECOND_US, parseZoneOffset } from '#domain';
import type { VenueProtocol } from '#venues';
import type { Variables } from '../config/env-file.ts';
import { type RecorderConfig, type VenueConfig, venuesOf } from '../config/recorder-config.ts';
import { retentionPolicy } from '../config/retention-config.ts';
import type { CalendarConfig, LimitsConfig } from '../config/session-config.ts';
import { bytesOf, durationOf } from '../config/texts.ts';
import { draftHealth, type HealthDraft } from './plan-health.ts';
import { planKeys, type SecretState } from './plan-keys.ts';
import { planPolls } from './plan-polls.ts';
import { type PlanProblem, planError } from './plan-problem.ts';
import { planSockets } from './plan-sockets.ts';
import type { RecordingLimits, RecordingPlan, VenuePlan } from './recording-plan.ts';
import { scheduleOf, sessionName, stopAt } from './schedule.ts';

export interface PlanSettings {
  /** By venue id: `PROTOCOLS` of `#venues`. */
  readonly protocols: ReadonlyMap<string, VenueProtocol>;
  /** The environment, joined with the variables of `--env-file`. */
  readonly variables: Variables;
  /** Wall time, microseconds since the epoch: the session's name and `until` depend on it. */
  readonly nowUs: number;
}

/** A plan with everything that is wrong with it; only one without problems can be recorded. */
export interface RecordingDraft {
  readonly plan: RecordingPlan;
  readonly secrets: readonly SecretState[];
  /** How it would watch itself, of the same configuration. */
  readonly health: HealthDraft;
  readonly problems: readonly PlanProblem[];
}

const DEFAULT_LIMITS: RecordingLimits = {
  waitingBytesMax: 64 * 1024 * 1024,
  startupTimeoutMs: 60_000,
  diskFreeMinBytes: 2 * 1024 * 1024 * 1024,
};

/** Resolves a configuration into what the recorder does. Throws one error with every problem (`PlanProblem`), exit code 2. */
export function planRecording(config: RecorderConfig, settings: PlanSettings): RecordingPlan {
  const { plan, problems } = draftRecording(config, settings);
  if (problems.length > 0) throw planError(problems);
  return plan;
}

/** The same without throwing, for `config check`: a plan is worth seeing even while a secret is missing. */
export function draftRecording(config: RecorderConfig, settings: PlanSettings): RecordingDraft {
  const session = config.session ?? {};
  const zoneOffsetUs = parseZoneOffset(session.zone ?? 'Asia/Seoul') ?? KST_OFFSET_US;
  const stopAtUs = stopAt(session, settings.nowUs, zoneOffsetUs);
  const drafts = venuesOf(config).map((venue) => draftVenue(venue, settings));
  const plan: RecordingPlan = {
    dataDir: session.data ?? './data',
    session: sessionName(session, settings.nowUs, zoneOffsetUs),
    venues: drafts.flatMap((draft) => draft.plan ?? []),
    ...calendarOf(config.calendar ?? {}),
    limits: limitsOf(config.limits ?? {}),
    zoneOffsetUs,
    ...(config.retention === undefined ? {} : { retention: retentionPolicy(config.retention) }),
    ...(stopAtUs === undefined ? {} : { stopAtUs }),
    schedule: scheduleOf(session, zoneOffsetUs),
  };
  const health = draftHealth(config, settings.variables);
  const problems = [...drafts.flatMap((draft) => draft.problems), ...emptyPlan(plan, drafts), ...health.problems];
  if (stopAtUs !== undefined && stopAtUs <= settings.nowUs)
    problems.push({
      code: 'UNTIL_PAST',
      message: `session.until: ${session.until} has passed; write a later time, or a time of day for the next one`,
    });
  return { plan, secrets: drafts.flatMap((draft) => draft.secrets), health, problems };
}

interface VenueDraft {
  readonly plan: VenuePlan | undefined;
  readonly secrets: readonly SecretState[];
  readonly problems: readonly PlanProblem[];
}

function draftVenue(config: VenueConfig, { protocols, variables }: PlanSettings): VenueDraft {
  const { venue, common, wishes } = config;
  const protocol = protocols.get(venue);
  if (protocol === undefined) {
    const known = [...protocols.keys()].join(', ');
    return failed({ code: 'VENUE_UNKNOWN', message: `${venue}: this version cannot record it; it can record ${known}` });
  }
  const environment = common.environment ?? 'real';
  const hosts = protocol.hosts[environment];
  if (hosts === undefined) {
    const known = Object.keys(protocol.hosts).join(' or ');
    return failed({ code: 'ENVIRONMENT_UNKNOWN', message: `${venue}.environment: there is no "${environment}"; write ${known}` });
  }
  const { keys, secrets, problems: keyProblems } = planKeys(config, protocol, variables);
  const sockets = planSockets(config, protocol, keys);
  const polls = planPolls(config, protocol, keys);
  const words = wishes.problems.map((message) => ({ code: 'CONFIG_INVALID', message }));
  return {
    plan: {
      venue,
      environment,
      hosts: { rest: trimmed(common.endpoints?.rest ?? hosts.rest), socket: trimmed(common.endpoints?.socket ?? hosts.socket) },
      hostOverrides: hostOverrides(common.endpoints?.hosts ?? {}),
      options: common.options ?? {},
      keys,
      connections: sockets.connections,
      polls: polls.polls,
      rooms: sockets.rooms,
      names: wishes.names,
      masterSymbols: [
        ...new Set(wishes.wishes.flatMap(({ kind, symbol }) => (symbol === '' || kind === 'condition search' ? [] : [symbol]))),
      ],
    },
    secrets,
    problems: [
      ...new Map([...words, ...keyProblems, ...sockets.problems, ...polls.problems].map((found) => [found.message, found])).values(),
    ],
  };
}

function failed(problem: PlanProblem): VenueDraft {
  return { plan: undefined, secrets: [], problems: [problem] };
}

/** Paths are added to these, and begin with a slash. */
function trimmed(base: string): string {
  return base.replace(/\/+$/, '');
}

/** Hosts may be written with or without their scheme; requests name them with it. */
function hostOverrides(hosts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(hosts).map(([host, base]) => [trimmed(host.includes('://') ? host : `https://${host}`), trimmed(base)]),
  );
}

function calendarOf({ closed = [], night = [], open = [], late = {} }: CalendarConfig): Pick<RecordingPlan, 'holidays' | 'lateDays'> {
  const holidays = Object.entries(KNOWN_CLOSED_DAYS).map(([market, known]) => {
    const days = [...known, ...closed, ...(market === 'krx-night' ? night : [])];
    return [market, [...new Set(days)].filter((day) => !open.includes(day)).sort()] as const;
  });
  return { holidays: Object.fromEntries(holidays), lateDays: { ...KRX_LATE_DAYS, ...late } };
}

function limitsOf({ waiting, startup, disk }: LimitsConfig): RecordingLimits {
  return {
    waitingBytesMax: waiting === undefined ? DEFAULT_LIMITS.waitingBytesMax : bytesOf(waiting),
    startupTimeoutMs: startup === undefined ? DEFAULT_LIMITS.startupTimeoutMs : durationOf(startup) / MILLISECOND_US,
    diskFreeMinBytes: disk === undefined ? DEFAULT_LIMITS.diskFreeMinBytes : bytesOf(disk),
  };
}

/** A recording of nothing would run a whole night without a word. */
function emptyPlan(plan: RecordingPlan, drafts: readonly VenueDraft[]): readonly PlanProblem[] {
  if (drafts.length === 0)
    return [{ code: 'PLAN_EMPTY', message: 'no venue is configured; add a table such as [kis] or [binance-spot] (docs/configuration.md)' }];
  return plan.venues
    .filter(({ connections, polls, rooms }) => connections.length + polls.length + rooms.length === 0)
    .map(({ venue }) => ({ code: 'PLAN_EMPTY', message: `${venue}: nothing is to be recorded; name symbols, subscriptions or polls` }));
}
