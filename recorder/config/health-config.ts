import { z } from 'zod';
import { bytesText, durationText, timeOfDayText } from './texts.ts';
import { variableName } from './venue-config.ts';

export const WEBHOOK_KINDS = ['json', 'slack', 'telegram'] as const;
export const ALERT_LEVELS = ['info', 'warning', 'critical'] as const;

const webhookConfig = z.strictObject({
  kind: z.enum(WEBHOOK_KINDS),
  /** What logs call it; the kind and its number where absent. */
  name: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, 'must be of a-z 0-9 -')
    .optional(),
  /** The variable that holds the address (`json`, `slack`): whoever knows it can post, so it is a secret. */
  url: variableName.optional(),
  /** The variable that holds the bot's token (`telegram`). */
  token: variableName.optional(),
  /** The chat that the bot writes to (`telegram`). */
  chat: z.string().min(1).max(64).optional(),
  /** Alerts below this are not sent here. Default `info`: all. */
  level: z.enum(ALERT_LEVELS).optional(),
});

const share = z.number().positive().max(1);

const thresholdsConfig = z.strictObject({
  /** Times the longest normal silence of a channel. Default 1. */
  silence: z.number().positive().max(100).optional(),
  /** A wanted connection is down. Default 60s. */
  down: durationText.optional(),
  /** A subscription is asked for and not acknowledged, or acknowledged and without data. Default 60s. */
  unanswered: durationText.optional(),
  /** Intervals since the last good answer of a poll. Default 10, and at least a minute. */
  polls: z.number().min(2).max(10_000).optional(),
  /** Reconnects of one connection in an hour. Default 6. */
  reconnects: z.number().int().positive().optional(),
  /** The shortest hole that is worth an alert. Default 5s. */
  gap: durationText.optional(),
  /** Decode failures of a venue in ten minutes. Default 1. */
  failures: z.number().int().positive().optional(),
  /** Share of late trades in ten minutes. Default 0.01. */
  late: share.optional(),
  /** Share of a symbol's traded volume in ten minutes that is not on the tape. Default 0.001. */
  volume: share.optional(),
  /** Our clock is behind the venue's. Default 200ms. */
  behind: durationText.optional(),
  /** Our clock is ahead of the venue's, or its data are late. Default 10s. */
  ahead: durationText.optional(),
  /** Share of `limits.waiting` that waits for the disk. Default 0.25. */
  queue: share.optional(),
  /** The disk will be full within this. Default 12h. */
  forecast: durationText.optional(),
  /** The event loop stood still. Default 3s. */
  loop: durationText.optional(),
  /** What is counted is so much older than what is recorded. Default 30s. */
  lag: durationText.optional(),
});

export const healthConfig = z.strictObject({
  /** Address of `/healthz`, `/readyz` and `/metrics`; `off` for none. Default 127.0.0.1:9464. */
  listen: z
    .string()
    .refine((text) => text === 'off' || listenAddress(text) !== undefined, 'must be an address such as 127.0.0.1:9464, or "off"')
    .optional(),
  webhooks: z.array(webhookConfig).min(1).max(10).optional(),
  /** A report is sent at this time too, in the zone of the session. */
  morning: timeOfDayText.optional(),
  /** An alert that goes on is sent again after this. Default 4h. */
  repeat: durationText.optional(),
  thresholds: thresholdsConfig.optional(),
  /** A log file is closed at this size. Default 10MiB. */
  log: bytesText.optional(),
});

export type HealthConfig = z.infer<typeof healthConfig>;
export type WebhookConfig = z.infer<typeof webhookConfig>;
export type ThresholdsConfig = z.infer<typeof thresholdsConfig>;

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:9464`, `[::1]:9464`, `localhost:0` (any free port); `undefined` for what is none. */
export function listenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-f:]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return undefined;
  return { host: match[1] ?? match[2]!, port };
}
