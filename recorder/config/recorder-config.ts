import { z } from 'zod';
import { healthConfig } from './health-config.ts';
import { kisConfig, kisWishes } from './kis-config.ts';
import { kiwoomConfig, kiwoomWishes } from './kiwoom-config.ts';
import { retentionConfig } from './retention-config.ts';
import { calendarConfig, limitsConfig, sessionConfig } from './session-config.ts';
import { coincallOptionsConfig, symbolConfig, symbolWishes } from './symbol-config.ts';
import { durationOf } from './texts.ts';
import type { CommonConfig } from './venue-config.ts';
import { NAMED_PRIORITY, type VenueWishes } from './wish.ts';

/** The whole configuration of a recording, as TOML and as the builder makes it: texts as they were written, nothing filled in. */
export const recorderConfigSchema = z.strictObject({
  session: sessionConfig.optional(),
  calendar: calendarConfig.optional(),
  limits: limitsConfig.optional(),
  retention: retentionConfig.optional(),
  health: healthConfig.optional(),
  kis: kisConfig.optional(),
  kiwoom: kiwoomConfig.optional(),
  'coincall-options': coincallOptionsConfig.optional(),
  'coincall-futures': symbolConfig.optional(),
  'binance-spot': symbolConfig.optional(),
  'binance-usdm': symbolConfig.optional(),
});

export type RecorderConfig = z.infer<typeof recorderConfigSchema>;

export interface VenueConfig {
  readonly venue: string;
  readonly common: CommonConfig;
  readonly wishes: VenueWishes;
}

/** The venues of a configuration in the order of this list, each with what it asks for. */
export function venuesOf(config: RecorderConfig): readonly VenueConfig[] {
  const { kis, kiwoom } = config;
  const venues: VenueConfig[] = [];
  if (kis !== undefined) venues.push(withSubscriptions('kis', kis, kisWishes(kis)));
  if (kiwoom !== undefined) venues.push(withSubscriptions('kiwoom', kiwoom, kiwoomWishes(kiwoom)));
  for (const venue of ['coincall-options', 'coincall-futures', 'binance-spot', 'binance-usdm'] as const) {
    const table = config[venue];
    if (table !== undefined) venues.push(withSubscriptions(venue, table, symbolWishes(venue, table)));
  }
  return venues;
}

/** Adds what a table asks for by the venue's own names. */
function withSubscriptions(venue: string, common: CommonConfig, own: VenueWishes): VenueConfig {
  const wishes = (common.subscriptions ?? []).flatMap(({ channels, symbols, options, priority }, index) =>
    (symbols ?? ['']).map((symbol) => ({
      path: `${venue}.subscriptions[${index}]`,
      kind: symbol === '' ? 'market' : 'symbol',
      symbol,
      channelNames: channels,
      subscriptions: channels.map((channel) => ({ channel, symbol, ...(options === undefined ? {} : { options }) })),
      priority: priority ?? NAMED_PRIORITY,
    })),
  );
  const polls = (common.polls ?? []).map(({ rule, targets, every, options, market }, index) => ({
    path: `${venue}.polls[${index}]`,
    rule,
    targets,
    intervalUs: every === undefined ? undefined : durationOf(every),
    options: options ?? {},
    market: market ?? 'always',
  }));
  return { venue, common, wishes: { ...own, wishes: [...own.wishes, ...wishes], polls: [...own.polls, ...polls] } };
}
