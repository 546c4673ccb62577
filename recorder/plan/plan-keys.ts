import type { VenueProtocol } from '#venues';
import type { Variables } from '../config/env-file.ts';
import type { VenueConfig } from '../config/recorder-config.ts';
import type { PlanProblem } from './plan-problem.ts';
import type { KeyPlan } from './recording-plan.ts';

/** What is known of one secret; never its value. */
export interface SecretState {
  readonly venue: string;
  readonly key: string;
  readonly secret: string;
  readonly variable: string;
  readonly state: 'present' | 'empty' | 'missing';
  readonly isRequired: boolean;
}

export interface KeysDraft {
  readonly keys: readonly KeyPlan[];
  readonly secrets: readonly SecretState[];
  readonly problems: readonly PlanProblem[];
}

/** The name of the one key of a venue that needs no secrets. */
const NO_KEY = 'none';
const FIRST_KEY = 'main';

/** The sets of credentials of a venue, with the values of their variables. */
export function planKeys({ venue, common, wishes }: VenueConfig, protocol: VenueProtocol, variables: Variables): KeysDraft {
  const environment = common.environment ?? 'real';
  const restCallsPerSecondMax = protocol.restLimits(environment).callsPerSecondMax;
  if (protocol.secrets.length === 0 && common.keys === undefined)
    return { keys: [{ name: NO_KEY, credentials: {}, restCallsPerSecondMax }], secrets: [], problems: [] };
  const entries = common.keys ?? [{ name: FIRST_KEY }];
  const problems = [
    ...namesTwice(venue, entries),
    ...unknownSecrets(venue, entries, protocol),
    ...secretOptions(venue, common.options, protocol),
  ];
  const secrets = entries.flatMap(({ name, secrets: named }) =>
    protocol.secrets.flatMap(({ name: secret, variable: usual, isRequired }): readonly SecretState[] => {
      const variable = named?.[secret] ?? usual;
      const value = variables[variable];
      const needed = isRequired || wishes.secrets.includes(secret);
      // A secret that nobody asked for and nobody set is not worth a line.
      if (value === undefined && !needed && named?.[secret] === undefined) return [];
      const state = value === undefined ? 'missing' : value.trim() === '' ? 'empty' : 'present';
      return [{ venue, key: name, secret, variable, state, isRequired: needed || named?.[secret] !== undefined }];
    }),
  );
  const keys = entries.map(({ name, rate }) => ({
    name,
    credentials: Object.fromEntries(
      secrets.flatMap((found) => (found.key === name && found.state === 'present' ? [[found.secret, variables[found.variable]!]] : [])),
    ),
    restCallsPerSecondMax: Math.min(rate ?? restCallsPerSecondMax, restCallsPerSecondMax),
  }));
  return { keys, secrets, problems: [...problems, ...missing(secrets), ...sameSecrets(venue, keys)] };
}

function missing(secrets: readonly SecretState[]): readonly PlanProblem[] {
  return secrets
    .filter(({ state, isRequired }) => isRequired && state !== 'present')
    .map(({ venue, key, secret, variable, state }) => ({
      code: 'SECRET_MISSING',
      message: `${venue}, key ${key}: the variable ${variable} (${secret}) is ${state === 'empty' ? 'set but empty' : 'not set'}; set it in the environment or in the file of --env-file`,
    }));
}

function namesTwice(venue: string, entries: readonly { readonly name: string }[]): readonly PlanProblem[] {
  const names = entries.map(({ name }) => name);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].map((name) => ({
    code: 'KEY_TWICE',
    message: `${venue}.keys: two keys are named "${name}"; give each its own name`,
  }));
}

/** Two keys with one app key would put each other out of their session. */
function sameSecrets(venue: string, keys: readonly KeyPlan[]): readonly PlanProblem[] {
  const seen = new Map<string, string>();
  return keys.flatMap(({ name, credentials }) => {
    const id = credentials.appKey ?? credentials.apiKey;
    if (id === undefined) return [];
    const other = seen.get(id);
    seen.set(id, other ?? name);
    if (other === undefined || other === name) return [];
    return [
      {
        code: 'KEY_TWICE',
        message: `${venue}.keys: "${other}" and "${name}" hold the same app key, and a venue ends the older of two sessions; name other variables or drop one`,
      },
    ];
  });
}

function unknownSecrets(
  venue: string,
  entries: readonly { readonly name: string; readonly secrets?: Readonly<Record<string, string>> | undefined }[],
  protocol: VenueProtocol,
): readonly PlanProblem[] {
  const known = protocol.secrets.map(({ name }) => name);
  return entries.flatMap(({ name, secrets }) =>
    Object.keys(secrets ?? {})
      .filter((secret) => !known.includes(secret))
      .map((secret) => ({
        code: 'CONFIG_INVALID',
        message: `${venue}.keys "${name}": there is no secret "${secret}"; ${known.length === 0 ? 'this venue needs none' : `there are ${known.join(', ')}`}`,
      })),
  );
}

function secretOptions(
  venue: string,
  options: Readonly<Record<string, string>> | undefined,
  protocol: VenueProtocol,
): readonly PlanProblem[] {
  return Object.keys(options ?? {})
    .filter((name) => protocol.secrets.some((secret) => secret.name.toLowerCase() === name.toLowerCase()))
    .map((name) => ({
      code: 'SECRET_IN_CONFIG',
      message: `${venue}.options.${name}: a secret never stands in the configuration; put it into an environment variable and name that in ${venue}.keys`,
    }));
}
