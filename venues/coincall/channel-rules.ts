import { assertNever } from '#domain';
import type { Subscription } from '../protocol.ts';
import type { CoincallVenueId } from './instrument.ts';
import { PERIOD_NAMES } from './period.ts';
import { chainDay } from './streams.ts';

/** What stands in `payload.symbol`: one contract, an underlying (which is also the future), either or nothing, nothing. */
type SymbolForm = 'contract' | 'underlying' | 'optional' | 'none';

/** How a channel is asked for, and how long all its symbols together may be silent. */
export interface ChannelRule {
  readonly symbol: SymbolForm;
  /** A further field of the payload, which is also the name of the subscription's option. */
  readonly detail?: 'period' | 'end';
  /** `payload.symbol` may be a list (documented since 2024). */
  readonly isBatched?: boolean;
  readonly silenceMaxMinutes: number;
}

const PERIODS: readonly string[] = PERIOD_NAMES.split(' ');
const CONTRACT = /^[A-Z0-9]+USD-[1-9]\d?(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)\d{2}-\d+(?:\.\d+)?-[CP]$/;
const UNDERLYING = /^[A-Z0-9]+USD$/;
/** Contracts of a quiet chain may not trade for hours; a push of unknown content may never come. */
const SELDOM = 6 * 60;
/** Orders, fills and requests for quotes: no silence is an alarm. */
const OWN: ChannelRule = { symbol: 'none', silenceMaxMinutes: Number.POSITIVE_INFINITY };

/** Every channel of the documents of 2023 (both generations) and of those since, by the venue's `dataType`. */
const OPTIONS: Readonly<Record<string, ChannelRule>> = {
  kline: { symbol: 'contract', detail: 'period', silenceMaxMinutes: 30 },
  bsInfo: { symbol: 'contract', isBatched: true, silenceMaxMinutes: 5 },
  tOption: { symbol: 'underlying', detail: 'end', silenceMaxMinutes: 5 },
  orderBook: { symbol: 'contract', isBatched: true, silenceMaxMinutes: 5 },
  lastTrade: { symbol: 'contract', isBatched: true, silenceMaxMinutes: SELDOM },
  lastTradeV2: { symbol: 'contract', silenceMaxMinutes: SELDOM },
  spotPrice: { symbol: 'underlying', silenceMaxMinutes: SELDOM },
  fillSignal: { symbol: 'contract', silenceMaxMinutes: SELDOM },
  accountBalance: OWN,
  order: OWN,
  trade: OWN,
  position: { ...OWN, symbol: 'optional' },
  positionEvent: OWN,
  blockTrade: OWN,
  blockTradeDetail: OWN,
  blockTradePublic: OWN,
  rfqMaker: OWN,
  rfqTaker: OWN,
  rfqQuote: OWN,
  quoteReceived: OWN,
};

const FUTURES: Readonly<Record<string, ChannelRule>> = {
  spotPrice: { symbol: 'underlying', isBatched: true, silenceMaxMinutes: 2 },
  kline: { symbol: 'underlying', detail: 'period', silenceMaxMinutes: 5 },
  orderBook: { symbol: 'underlying', isBatched: true, silenceMaxMinutes: 1 },
  lastTrade: { symbol: 'underlying', isBatched: true, silenceMaxMinutes: 30 },
  lastTradeV2: { symbol: 'underlying', isBatched: true, silenceMaxMinutes: 30 },
  premiumIndex: { symbol: 'underlying', isBatched: true, silenceMaxMinutes: 5 },
  fillSignal: OWN,
  order: OWN,
  trade: OWN,
  position: OWN,
  positionEvent: OWN,
};

export const CHANNEL_RULES: Readonly<Record<CoincallVenueId, ReadonlyMap<string, ChannelRule>>> = {
  'coincall-options': new Map(Object.entries(OPTIONS)),
  'coincall-futures': new Map(Object.entries(FUTURES)),
};

/** Why this cannot be subscribed to; `undefined` when it can. */
export function subscriptionProblem(venue: CoincallVenueId, { channel, symbol, options = {} }: Subscription): string | undefined {
  const rules = CHANNEL_RULES[venue];
  const rule = rules.get(channel);
  if (rule === undefined) return `${venue} has no channel "${channel}"; it has ${[...rules.keys()].join(' ')}`;
  if (!isSymbol(rule, symbol)) return `${channel} takes ${SYMBOL_WORDS[rule.symbol]}, not "${symbol}"`;
  const extra = Object.keys(options).find((name) => name !== rule.detail);
  if (extra !== undefined) return `${channel} takes no option "${extra}"`;
  return rule.detail === undefined || isDetail(rule.detail, options[rule.detail] ?? '') ? undefined : DETAIL_WORDS[rule.detail];
}

/** Whether the channel takes this symbol; empty where there is none. */
export function isSymbol({ symbol: form }: ChannelRule, symbol: string): boolean {
  switch (form) {
    case 'contract':
      return CONTRACT.test(symbol);
    case 'underlying':
      return UNDERLYING.test(symbol);
    case 'optional':
      return symbol === '' || CONTRACT.test(symbol) || UNDERLYING.test(symbol);
    case 'none':
      return symbol === '';
    default:
      return assertNever(form);
  }
}

export function isDetail(detail: 'period' | 'end', text: string): boolean {
  return detail === 'period' ? PERIODS.includes(text) : chainDay(Number(text)) !== '';
}

const SYMBOL_WORDS: Readonly<Record<SymbolForm, string>> = {
  contract: 'an option such as BTCUSD-25DEC26-100000-C',
  underlying: 'a name such as BTCUSD',
  optional: 'a name such as BTCUSD, or none',
  none: 'no symbol',
};

const DETAIL_WORDS = {
  period: `a kline needs the option "period", one of ${PERIOD_NAMES}`,
  end: 'tOption needs the option "end": the expiry in ms since the epoch, such as 1798185600000',
};
