import { z } from 'zod';
import { durationText } from './texts.ts';

/** A symbol is text: `005930` as a number would lose its zeros. */
export const codeText = z.string().min(1).max(64).regex(/^\S+$/, 'must not hold blanks');

export const priority = z.number().int().min(0).max(999);

const VARIABLE_ADVICE =
  'must be the name of an environment variable such as KIS_APP_KEY, never a secret itself: put the secret into the environment or an --env-file';

/**
 * The name of an environment variable, never a secret. Keys and tokens of the venues hold small letters or are long runs without an
 * underscore; what looks like one is refused before it spreads.
 */
export const variableName = z
  .string()
  .refine((text) => /^[A-Z][A-Z0-9_]{0,63}$/.test(text) && (text.includes('_') || text.length < 20), VARIABLE_ADVICE);

const keyConfig = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,32}$/, 'must be of a-z 0-9 -'),
  /** The variable that holds each secret, by the venue's name of the secret; the venue's usual variables where absent. */
  secrets: z.record(z.string(), variableName).optional(),
  /** REST calls a second with this key, when less than the venue allows (new customers of KIS: 3). */
  rate: z.number().positive().optional(),
});

export const subscriptionConfig = z.strictObject({
  channels: z.array(codeText).min(1),
  /** Without symbols the channel is asked for the whole market. */
  symbols: z.array(codeText).min(1).optional(),
  /** Further fields of the subscription, as texts: a kline's `period`. */
  options: z.record(z.string(), z.string()).optional(),
  priority: priority.optional(),
});

export const pollConfig = z.strictObject({
  /** Name of the venue's data type: `option-board`. */
  rule: z.string(),
  targets: z.array(codeText).min(1),
  every: durationText.optional(),
  options: z.record(z.string(), z.string()).optional(),
  /** Polled only while this market expects data. Default `always`. */
  market: z.enum(['krx-stock', 'krx-derivatives', 'krx-night', 'nxt', 'always']).optional(),
});

/** A base address is shown by `config check`, so it must not hold a name and a password. */
function baseAddress(protocol: RegExp, example: string) {
  return z.url({ protocol, error: `must be a base address: ${example}` }).refine((text) => !text.includes('@'), {
    error: `must be a base address without a password: ${example}`,
    abort: true,
  });
}

/** What every venue's table may hold. */
export const COMMON = {
  /** `real` (the default), `mock`. */
  environment: z.string().optional(),
  /** The venue's own choices: `custtype`, `prehash`. */
  options: z.record(z.string(), z.string()).optional(),
  /** Other base addresses than the environment's: a server on this machine. */
  endpoints: z
    .strictObject({
      rest: baseAddress(/^https?$/, 'http://127.0.0.1:8080').optional(),
      socket: baseAddress(/^wss?$/, 'ws://127.0.0.1:8081').optional(),
      /** Addresses to use instead of other hosts (master files), by the host's name. */
      hosts: z.record(z.string(), baseAddress(/^https?$/, 'http://127.0.0.1:8080')).optional(),
    })
    .optional(),
  /** Sets of credentials, in the order they are filled; one named `main` where absent. */
  keys: z.array(keyConfig).min(1).optional(),
  /** Slots to use of each connection, when fewer than the venue allows. */
  slots: z.number().int().positive().optional(),
  /** Anything by the venue's own names of channels. */
  subscriptions: z.array(subscriptionConfig).optional(),
  polls: z.array(pollConfig).optional(),
} as const;

const commonConfig = z.strictObject(COMMON);

export type CommonConfig = z.infer<typeof commonConfig>;
export type KeyConfig = z.infer<typeof keyConfig>;
export type SubscriptionConfig = z.infer<typeof subscriptionConfig>;
export type PollConfig = z.infer<typeof pollConfig>;
