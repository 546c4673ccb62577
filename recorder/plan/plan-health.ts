import { HOUR_US, KST_OFFSET_US, MILLISECOND_US, MINUTE_US, parseZoneOffset } from '#domain';
import type { Variables } from '../config/env-file.ts';
import {
  type ALERT_LEVELS,
  type HealthConfig,
  type ListenAddress,
  listenAddress,
  type ThresholdsConfig,
  type WebhookConfig,
} from '../config/health-config.ts';
import type { RecorderConfig } from '../config/recorder-config.ts';
import { bytesOf, durationOf, timeOfDayUs } from '../config/texts.ts';
import { type PlanProblem, planError } from './plan-problem.ts';

export type AlertLevel = (typeof ALERT_LEVELS)[number];

/** How a recording watches itself, resolved from `[health]`. */
export interface HealthPlan {
  /** `undefined` where no server is wanted. */
  readonly listen: ListenAddress | undefined;
  readonly webhooks: readonly WebhookPlan[];
  /** Microseconds after local midnight at which a report is sent; `undefined` where only the end of a session sends one. */
  readonly morningUs: number | undefined;
  /** Of the session's zone, east of UTC. */
  readonly zoneOffsetUs: number;
  readonly repeatMs: number;
  readonly thresholds: HealthThresholds;
  readonly logBytesMax: number;
}

/** Where alerts go. Addresses and tokens are secrets. */
export type WebhookPlan = WebhookTarget & { readonly name: string; readonly level: AlertLevel };

type WebhookTarget =
  | { readonly kind: 'json' | 'slack'; readonly url: string }
  | { readonly kind: 'telegram'; readonly token: string; readonly chat: string };

/** From where on something is an alert; `docs/operations.md` says what each means. */
export interface HealthThresholds {
  readonly silenceTimes: number;
  readonly downMs: number;
  readonly unansweredMs: number;
  readonly pollIntervals: number;
  readonly reconnectsPerHour: number;
  readonly gapMs: number;
  readonly decodeFailures: number;
  readonly lateShare: number;
  readonly volumeShare: number;
  readonly clockBehindMs: number;
  readonly clockAheadMs: number;
  readonly queueShare: number;
  readonly forecastMs: number;
  readonly loopMs: number;
  readonly lagMs: number;
}

export const DEFAULT_THRESHOLDS: HealthThresholds = {
  silenceTimes: 1,
  downMs: 60_000,
  unansweredMs: 60_000,
  pollIntervals: 10,
  reconnectsPerHour: 6,
  gapMs: 5_000,
  decodeFailures: 1,
  lateShare: 0.01,
  volumeShare: 0.001,
  clockBehindMs: 200,
  clockAheadMs: 10_000,
  queueShare: 0.25,
  forecastMs: 12 * 3_600_000,
  loopMs: 3_000,
  lagMs: 30_000,
};

const DEFAULT_LISTEN: ListenAddress = { host: '127.0.0.1', port: 9464 };
const DEFAULT_REPEAT_MS = (4 * HOUR_US) / MILLISECOND_US;
const DEFAULT_LOG_BYTES = 10 * 1024 * 1024;

/** What is known of a webhook's secret; never its value. */
export interface WebhookState {
  readonly name: string;
  readonly kind: WebhookPlan['kind'];
  readonly variable: string;
  readonly state: 'present' | 'empty' | 'missing' | 'invalid';
}

export interface HealthDraft {
  readonly health: HealthPlan;
  readonly webhooks: readonly WebhookState[];
  /** False where the configuration has no such table, and all of this is by default. */
  readonly isConfigured: boolean;
  readonly problems: readonly PlanProblem[];
}

/** Resolves `[health]`; throws one error with every problem, exit code 2. */
export function planHealth(config: RecorderConfig, variables: Variables): HealthPlan {
  const { health, problems } = draftHealth(config, variables);
  if (problems.length > 0) throw planError(problems);
  return health;
}

/** The same without throwing, for `config check`. */
export function draftHealth({ health: given, session }: RecorderConfig, variables: Variables): HealthDraft {
  const health: HealthConfig = given ?? {};
  const hooks = (health.webhooks ?? []).map((hook, index) => draftWebhook(hook, index, variables));
  const names = hooks.map(({ state }) => state.name);
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].map((name) => ({
    code: 'CONFIG_INVALID',
    message: `health.webhooks: two are named "${name}"; give each its own name`,
  }));
  return {
    health: {
      listen: health.listen === 'off' ? undefined : (listenAddress(health.listen ?? '') ?? DEFAULT_LISTEN),
      webhooks: hooks.flatMap(({ plan }) => plan ?? []),
      morningUs: health.morning === undefined ? undefined : timeOfDayUs(health.morning),
      zoneOffsetUs: parseZoneOffset(session?.zone ?? 'Asia/Seoul') ?? KST_OFFSET_US,
      repeatMs: milliseconds(health.repeat) ?? DEFAULT_REPEAT_MS,
      thresholds: thresholdsOf(health.thresholds ?? {}),
      logBytesMax: health.log === undefined ? DEFAULT_LOG_BYTES : bytesOf(health.log),
    },
    webhooks: hooks.map(({ state }) => state),
    isConfigured: given !== undefined,
    problems: [...hooks.flatMap(({ problems }) => problems), ...twice],
  };
}

interface WebhookDraft {
  readonly plan?: WebhookPlan;
  readonly state: WebhookState;
  readonly problems: readonly PlanProblem[];
}

function draftWebhook(hook: WebhookConfig, index: number, variables: Variables): WebhookDraft {
  const path = `health.webhooks[${index}]`;
  const { kind, name = `${kind}-${index + 1}`, level = 'info' } = hook;
  const [key, variable] = kind === 'telegram' ? (['token', hook.token] as const) : (['url', hook.url] as const);
  const problems = [...misplaced(hook, path)];
  if (variable === undefined) {
    problems.push(invalid(`${path}.${key}: is missing; write the name of the variable that holds it`));
    return { state: { name, kind, variable: '', state: 'missing' }, problems };
  }
  if (kind === 'telegram' && hook.chat === undefined)
    problems.push(invalid(`${path}.chat: is missing; write the chat that the bot writes to, in quotes: "-1001234567890"`));
  const value = (variables[variable] ?? '').trim();
  const state = stateOf(kind, variables[variable]);
  if (state !== 'present')
    problems.push({
      code: 'SECRET_MISSING',
      message: `${path}: the variable ${variable} (${key}) is ${STATE_WORDS[state]}; set it in the environment or in the file of --env-file`,
    });
  if (problems.length > 0) return { state: { name, kind, variable, state }, problems };
  const target: WebhookTarget = kind === 'telegram' ? { kind, token: value, chat: hook.chat! } : { kind, url: value };
  return { plan: { ...target, name, level }, state: { name, kind, variable, state }, problems };
}

const STATE_WORDS: Readonly<Record<Exclude<WebhookState['state'], 'present'>, string>> = {
  missing: 'not set',
  empty: 'set but empty',
  invalid: 'no http address',
};

function stateOf(kind: WebhookPlan['kind'], value: string | undefined): WebhookState['state'] {
  if (value === undefined) return 'missing';
  if (value.trim() === '') return 'empty';
  return kind !== 'telegram' && !/^https?:\/\/[^\s/]+/.test(value.trim()) ? 'invalid' : 'present';
}

function misplaced(hook: WebhookConfig, path: string): PlanProblem[] {
  const foreign = hook.kind === 'telegram' ? (['url'] as const) : (['token', 'chat'] as const);
  return foreign.filter((key) => hook[key] !== undefined).map((key) => invalid(`${path}.${key}: a webhook of kind ${hook.kind} has none`));
}

function invalid(message: string): PlanProblem {
  return { code: 'CONFIG_INVALID', message };
}

function thresholdsOf(given: ThresholdsConfig): HealthThresholds {
  const usual = DEFAULT_THRESHOLDS;
  return {
    silenceTimes: given.silence ?? usual.silenceTimes,
    downMs: milliseconds(given.down) ?? usual.downMs,
    unansweredMs: milliseconds(given.unanswered) ?? usual.unansweredMs,
    pollIntervals: given.polls ?? usual.pollIntervals,
    reconnectsPerHour: given.reconnects ?? usual.reconnectsPerHour,
    gapMs: milliseconds(given.gap) ?? usual.gapMs,
    decodeFailures: given.failures ?? usual.decodeFailures,
    lateShare: given.late ?? usual.lateShare,
    volumeShare: given.volume ?? usual.volumeShare,
    clockBehindMs: milliseconds(given.behind) ?? usual.clockBehindMs,
    clockAheadMs: milliseconds(given.ahead) ?? usual.clockAheadMs,
    queueShare: given.queue ?? usual.queueShare,
    forecastMs: milliseconds(given.forecast) ?? usual.forecastMs,
    loopMs: milliseconds(given.loop) ?? usual.loopMs,
    lagMs: milliseconds(given.lag) ?? usual.lagMs,
  };
}

function milliseconds(text: string | undefined): number | undefined {
  return text === undefined ? undefined : durationOf(text) / MILLISECOND_US;
}

/** Secrets of the plan, for whoever must keep them out of texts. */
export function secretsOfHealth({ webhooks }: Pick<HealthPlan, 'webhooks'>): readonly string[] {
  return webhooks.map((hook) => (hook.kind === 'telegram' ? hook.token : hook.url));
}

/** Lines of `config check`; none where the table is absent. */
export function describeHealth({ health, webhooks, isConfigured }: HealthDraft): readonly string[] {
  if (!isConfigured) return [];
  const { listen, morningUs } = health;
  const where = listen === undefined ? 'no pages' : `pages on http://${listen.host}:${listen.port}`;
  const hooks = webhooks.map(({ name, kind, variable, state }) => `${name} (${kind}, ${variable} ${state})`);
  const report = morningUs === undefined ? 'at the end of a session' : `at ${ofDayText(morningUs)} and at the end of a session`;
  const open = listen !== undefined && !isLoopback(listen.host);
  return [
    `health: ${where}; alerts to ${hooks.length === 0 ? 'the log only' : `${hooks.join(', ')}; report ${report}`}`,
    ...(open
      ? ['note: the health pages can be read by everybody who reaches this machine; they hold no secret, but they need no key either']
      : []),
  ];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

function ofDayText(ofDayUs: number): string {
  const minutes = Math.floor(ofDayUs / MINUTE_US);
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
