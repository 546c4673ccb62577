import { z } from 'zod';
import { COMMON, codeText, priority } from './venue-config.ts';
import { NAMED_PRIORITY, type RoomWish, SEARCH_PRIORITY, type VenueWishes, type Wish } from './wish.ts';

/** Real-time types by what they bring (protocol page of Kiwoom, section 7). */
const STOCK_TYPES = {
  trade: '0B',
  book: '0D',
  quote: '0C',
  expected: '0H',
  program: '0w',
  members: '0F',
  'after-hours-book': '0E',
  'price-change': '0A',
  information: '0g',
  nav: '0G',
} as const;

const MARKET_TYPES = { session: '0s', volatility: '1h' } as const;
const SECTOR_TYPES = { index: '0J', breadth: '0U' } as const;
const NOTICE_TYPES = { order: '00', balance: '04' } as const;
/** Rows of a condition search; its symbol is the number of the search. */
const CONDITION_TYPE = '02';
/** How an item names the exchange (section 4.7). */
const EXCHANGE_SUFFIX = { krx: '', nxt: '_NX', unified: '_AL' } as const;
const CHANNELS_BY_DEFAULT: readonly (keyof typeof STOCK_TYPES)[] = ['trade', 'book'];

const exchange = z.enum(['krx', 'nxt', 'unified']);
const stockChannels = z.array(z.enum(keysOf(STOCK_TYPES))).min(1);

const stock = z.strictObject({
  code: codeText,
  name: z.string().optional(),
  exchange: exchange.optional(),
  channels: stockChannels.optional(),
  priority: priority.optional(),
});

const sector = z.strictObject({
  code: codeText,
  name: z.string().optional(),
  channels: z
    .array(z.enum(keysOf(SECTOR_TYPES)))
    .min(1)
    .optional(),
  priority: priority.optional(),
});

const condition = z.strictObject({
  /** The number of the search, as the list of the account shows it. */
  seq: z.string().regex(/^\d{1,4}$/, 'must be the number of the search in quotes: "4"'),
  name: z.string().optional(),
  /** What the stocks that it finds are subscribed to. */
  channels: stockChannels.optional(),
  exchange: exchange.optional(),
  /** At most so many stocks at a time; they take slots from the start, so that none is missing later. */
  max: z.number().int().min(1).max(200),
  priority: priority.optional(),
});

export const kiwoomConfig = z.strictObject({
  ...COMMON,
  stocks: z.array(stock).optional(),
  sectors: z.array(sector).optional(),
  conditions: z.array(condition).optional(),
  /** Of the whole market: openings and closings, volatility interruptions. */
  market: z.array(z.enum(keysOf(MARKET_TYPES))).optional(),
  /** The owner's orders, fills and balances. */
  notices: z.array(z.enum(keysOf(NOTICE_TYPES))).optional(),
});

export type KiwoomConfig = z.infer<typeof kiwoomConfig>;
export type KiwoomStock = z.infer<typeof stock>;
export type KiwoomSector = z.infer<typeof sector>;
export type KiwoomCondition = z.infer<typeof condition>;

/** What a table `[kiwoom]` asks for. */
export function kiwoomWishes(config: KiwoomConfig): VenueWishes {
  const conditions = (config.conditions ?? []).map((entry, index) => ({ entry, path: `kiwoom.conditions[${index}]` }));
  const named = [...(config.stocks ?? []).map((entry) => ({ code: itemOf(entry), name: entry.name })), ...(config.sectors ?? [])];
  return {
    wishes: [
      ...(config.stocks ?? []).map(stockWish),
      ...(config.sectors ?? []).map(sectorWish),
      ...conditions.map(({ entry, path }) => conditionWish(entry, path)),
      ...(config.market ?? []).map((name, index) => wholeMarket(`kiwoom.market[${index}]`, 'market', name, MARKET_TYPES[name])),
      ...(config.notices ?? []).map((name, index) => wholeMarket(`kiwoom.notices[${index}]`, 'notice', name, NOTICE_TYPES[name])),
    ],
    rooms: conditions.map(({ entry, path }) => conditionRoom(entry, path)),
    polls: [],
    names: Object.fromEntries(named.flatMap(({ code, name }) => (name === undefined ? [] : [[code, name]]))),
    secrets: [],
    problems: [],
  };
}

function stockWish(entry: KiwoomStock, index: number): Wish {
  const channelNames = entry.channels ?? CHANNELS_BY_DEFAULT;
  const symbol = itemOf(entry);
  return {
    path: `kiwoom.stocks[${index}]`,
    kind: 'stock',
    symbol,
    channelNames,
    subscriptions: channelNames.map((name) => ({ channel: STOCK_TYPES[name], symbol })),
    priority: entry.priority ?? NAMED_PRIORITY,
  };
}

function sectorWish(entry: KiwoomSector, index: number): Wish {
  const channelNames = entry.channels ?? keysOf(SECTOR_TYPES);
  return {
    path: `kiwoom.sectors[${index}]`,
    kind: 'sector',
    symbol: entry.code,
    channelNames,
    subscriptions: channelNames.map((name) => ({ channel: SECTOR_TYPES[name], symbol: entry.code })),
    priority: entry.priority ?? NAMED_PRIORITY,
  };
}

function conditionWish(entry: KiwoomCondition, path: string): Wish {
  return {
    path,
    kind: 'condition search',
    symbol: entry.seq,
    channelNames: ['results'],
    subscriptions: [{ channel: CONDITION_TYPE, symbol: entry.seq }],
    priority: entry.priority ?? SEARCH_PRIORITY,
  };
}

function conditionRoom(entry: KiwoomCondition, path: string): RoomWish {
  const channelNames = entry.channels ?? CHANNELS_BY_DEFAULT;
  const symbolSuffix = EXCHANGE_SUFFIX[entry.exchange ?? 'krx'];
  return {
    path,
    kind: 'condition',
    name: `condition ${entry.seq}${entry.name === undefined ? '' : ` ${entry.name}`}`,
    parameters: { seq: entry.seq },
    units: entry.max,
    symbolsPerUnit: 1,
    unitName: 'search results',
    channelNames,
    channels: channelNames.map((name) => STOCK_TYPES[name]),
    symbolSuffix,
    sampleSymbol: `005930${symbolSuffix}`,
    priority: entry.priority ?? SEARCH_PRIORITY,
  };
}

function wholeMarket(path: string, kind: string, name: string, channel: string): Wish {
  return { path, kind, symbol: '', channelNames: [name], subscriptions: [{ channel, symbol: '' }], priority: 0 };
}

function itemOf(entry: { readonly code: string; readonly exchange?: keyof typeof EXCHANGE_SUFFIX | undefined }): string {
  return `${entry.code}${EXCHANGE_SUFFIX[entry.exchange ?? 'krx']}`;
}

function keysOf<T extends Readonly<Record<string, string>>>(table: T): (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[];
}
