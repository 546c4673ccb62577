import { z } from 'zod';
import type { RetentionPolicy, RetentionRule } from '#storage';
import { bytesOf, bytesText } from './texts.ts';

const KEEP_DAYS_MAX = 36_500;

const limits = {
  /** Journals whose last record is older are removed. */
  keepDays: z.number().int().min(1).max(KEEP_DAYS_MAX).optional(),
  /** Journals take at most so much together; the oldest are removed first. */
  maxBytes: bytesText.optional(),
};

const ruleConfig = z.strictObject({
  /** `korea-*`; `*` stands for any characters, `?` for one. */
  sessions: z.string().regex(/^[A-Za-z0-9._*?-]{1,100}$/, 'must be a session name, with * for any characters and ? for one'),
  venue: z.string().min(1).optional(),
  ...limits,
});

/** Which journals are removed once their session is closed, sealed, verified, and copied. Without the table nothing ever is. */
export const retentionConfig = z.strictObject({
  ...limits,
  /** Folder (of another disk) that closed and sealed sessions are copied to. */
  copyTo: z.string().min(1).optional(),
  /** The first one that matches a session counts; one without limits keeps its sessions for ever. */
  rules: z.array(ruleConfig).min(1).optional(),
});

export type RetentionConfig = z.infer<typeof retentionConfig>;

export function retentionPolicy({ keepDays, maxBytes, copyTo, rules = [] }: RetentionConfig): RetentionPolicy {
  const all = [...rules, { sessions: '*', keepDays, maxBytes }];
  return { rules: all.map(ruleOf), ...(copyTo === undefined ? {} : { copyDir: copyTo }) };
}

function ruleOf(rule: {
  readonly sessions: string;
  readonly venue?: string | undefined;
  readonly keepDays?: number | undefined;
  readonly maxBytes?: string | undefined;
}): RetentionRule {
  const { sessions, venue, keepDays, maxBytes } = rule;
  return {
    sessions,
    ...(venue === undefined ? {} : { venue }),
    ...(keepDays === undefined ? {} : { keepDays }),
    ...(maxBytes === undefined ? {} : { bytesMax: bytesOf(maxBytes) }),
  };
}
