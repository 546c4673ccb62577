import type { Subscription } from '../protocol.ts';

/** What an item of the type names. `none`: registered as `[""]`, for the whole market or the account. `condition`: the number of a search. */
export type ItemForm = 'none' | 'stock' | 'sector' | 'gold' | 'condition';

/** What the recorder and the server must know about a real-time type; its fields are another table (`fids.ts`). */
export interface ChannelRule {
  readonly type: string;
  readonly item: ItemForm;
  /**
   * Longest silence of the whole type in an open market that is no alarm, minutes. Our judgement, not the venue's: an alarm costs a connect,
   * so that one thinly traded symbol and the ten minutes of an auction must fit in.
   */
  readonly silenceMaxMinutes: number;
}

/** The type of condition search: it comes of CNSRREQ, every other of REG. */
export const CONDITION_TYPE = '02';

/** Speaks when something happens, and some days nothing does: a week is more than any session. */
const SELDOM = 7 * 24 * 60;

const RULES: readonly (readonly [type: string, item: ItemForm, silenceMaxMinutes: number])[] = [
  ['00', 'none', SELDOM],
  ['04', 'none', SELDOM],
  ['0A', 'stock', SELDOM],
  ['0B', 'stock', 30],
  ['0C', 'stock', 15],
  // Silent from 15:30 until the after-market.
  ['0D', 'stock', 15],
  ['0E', 'stock', SELDOM],
  ['0F', 'stock', 30],
  ['0G', 'stock', 30],
  ['0H', 'stock', SELDOM],
  ['0I', 'gold', SELDOM],
  ['0J', 'sector', 15],
  ['0U', 'sector', 15],
  ['0g', 'stock', SELDOM],
  ['0m', 'stock', 60],
  ['0s', 'none', SELDOM],
  ['0u', 'stock', 60],
  ['0w', 'stock', 30],
  ['1h', 'none', SELDOM],
  [CONDITION_TYPE, 'condition', SELDOM],
];

/** Every type that can be had, by its name; case matters. */
export const CHANNEL_RULES: ReadonlyMap<string, ChannelRule> = new Map(
  RULES.map(([type, item, silenceMaxMinutes]) => [type, { type, item, silenceMaxMinutes }]),
);

/** How an item names another exchange than KRX: NXT, or both together. */
export const EXCHANGE_SUFFIX = /_(?:NX|AL)$/;

const ITEM_FORMS: Readonly<Record<ItemForm, { readonly form: RegExp; readonly words: string }>> = {
  none: { form: /^$/, words: 'is registered for the whole market: its symbol is empty' },
  stock: { form: /^[0-9A-Z]{6}(?:_NX|_AL)?$/, words: 'needs a code of six characters, with _NX or _AL behind it for another exchange' },
  sector: { form: /^\d{3}(?:_NX|_AL)?$/, words: 'needs the three digits of a sector: 001, 101, 201' },
  gold: { form: /^MG[DU]$/, words: 'needs MGD (won a gram) or MGU (dollars an ounce)' },
  condition: { form: /^\d{1,4}$/, words: 'needs the number of a condition search' },
};

/**
 * Why this subscription cannot work. The venue itself acknowledges codes that do not exist, and then sends nothing: what can be told from
 * the form is told here.
 */
export function problemOf({ channel, symbol }: Subscription, environment: string): string | undefined {
  const rule = CHANNEL_RULES.get(channel);
  if (rule === undefined) return `Kiwoom has no real-time type "${channel}"`;
  const { form, words } = ITEM_FORMS[rule.item];
  if (!form.test(symbol)) return `${channel} ${words}, not "${symbol}"`;
  if (environment === 'mock' && EXCHANGE_SUFFIX.test(symbol)) {
    return `the mock host has KRX only: use ${symbol.replace(EXCHANGE_SUFFIX, '')}, or the real host for ${symbol}`;
  }
  return undefined;
}

/** NXT and the unified market keep NXT's hours; the prices of gold abroad keep none that a calendar here knows. */
export function marketOf(channel: string, symbol: string): string {
  if (CHANNEL_RULES.get(channel)?.item === 'gold') return 'always';
  return EXCHANGE_SUFFIX.test(symbol) ? 'nxt' : 'krx-stock';
}
