import { z } from 'zod';
import type { Subscription } from '#venues';
import { durationOf, durationText } from './texts.ts';
import { COMMON, codeText, priority } from './venue-config.ts';
import { CHAIN_PRIORITY, NAMED_PRIORITY, type PollWish, type RoomWish, type VenueWishes, type Wish } from './wish.ts';

const sessions = z.array(z.enum(['day', 'night'])).min(1);

const stock = z.strictObject({
  code: codeText,
  name: z.string().optional(),
  exchange: z.enum(['krx', 'nxt', 'unified']).optional(),
  channels: z.array(z.enum(['trade', 'book', 'expected', 'operation', 'program', 'members'])).optional(),
  /** Polls the venue's own bars of this length beside the channels. */
  interval: z.enum(['1m']).optional(),
  every: durationText.optional(),
  priority: priority.optional(),
});

const derivative = z.strictObject({
  code: codeText,
  name: z.string().optional(),
  /** By the first character of the code where absent: B, C, 2 and 3 are options, all others futures. */
  kind: z.enum(['future', 'option']).optional(),
  product: z.enum(['index', 'stock', 'commodity']).optional(),
  sessions: sessions.optional(),
  channels: z.array(z.enum(['trade', 'book', 'expected'])).optional(),
  interval: z.enum(['30s', '1m', '1h']).optional(),
  every: durationText.optional(),
  priority: priority.optional(),
});

const chain = z.strictObject({
  /** `202612`; weeklies `YYMMWW`, such as `261203`. */
  maturity: z.string().regex(/^\d{6}$/, 'must be six digits in quotes: "202612", or year, month and week of a weekly: "261203"'),
  underlying: z.enum(['KOSPI200', 'MKI', 'WKM', 'WKI', 'KQI']).optional(),
  /** Strikes nearest to the money, each with call and put. */
  strikes: z.number().int().min(1).max(200),
  sessions: sessions.optional(),
  /** Empty when only the board is polled. */
  channels: z.array(z.enum(['trade', 'book', 'expected'])).optional(),
  /** Polls the whole board of the maturity (`every` is its interval). Default false. */
  board: z.boolean().optional(),
  every: durationText.optional(),
  priority: priority.optional(),
});

export const kisConfig = z.strictObject({
  ...COMMON,
  stocks: z.array(stock).optional(),
  derivatives: z.array(derivative).optional(),
  chains: z.array(chain).optional(),
  /** The owner's orders and fills; needs the secret `htsId`. */
  notices: z.array(z.enum(['stock', 'derivative', 'night-future', 'night-option'])).optional(),
});

export type KisConfig = z.infer<typeof kisConfig>;
export type KisStock = z.infer<typeof stock>;
export type KisDerivative = z.infer<typeof derivative>;
export type KisChain = z.infer<typeof chain>;

type ChannelTable = Readonly<Record<string, string>>;

/** TR ids by what they bring (protocol page of KIS, section 5). */
const STOCK_CHANNELS: Readonly<Record<'krx' | 'nxt' | 'unified', ChannelTable>> = {
  krx: { trade: 'H0STCNT0', book: 'H0STASP0', expected: 'H0STANC0', operation: 'H0STMKO0', program: 'H0STPGM0', members: 'H0STMBC0' },
  nxt: { trade: 'H0NXCNT0', book: 'H0NXASP0', expected: 'H0NXANC0', operation: 'H0NXMKO0', program: 'H0NXPGM0', members: 'H0NXMBC0' },
  unified: { trade: 'H0UNCNT0', book: 'H0UNASP0', expected: 'H0UNANC0', operation: 'H0UNMKO0', program: 'H0UNPGM0', members: 'H0UNMBC0' },
};

interface DerivativeFamily {
  readonly day: ChannelTable;
  readonly night: ChannelTable;
  /** The market division that bars are asked with. */
  readonly dayDivision: string;
  readonly nightDivision: string;
}

const NIGHT_FUTURES: ChannelTable = { trade: 'H0MFCNT0', book: 'H0MFASP0' };

const DERIVATIVES: Readonly<Record<string, DerivativeFamily>> = {
  'index future': { day: { trade: 'H0IFCNT0', book: 'H0IFASP0' }, night: NIGHT_FUTURES, dayDivision: 'F', nightDivision: 'CM' },
  'index option': {
    day: { trade: 'H0IOCNT0', book: 'H0IOASP0' },
    night: { trade: 'H0EUCNT0', book: 'H0EUASP0', expected: 'H0EUANC0' },
    dayDivision: 'O',
    nightDivision: 'EU',
  },
  'stock future': {
    day: { trade: 'H0ZFCNT0', book: 'H0ZFASP0', expected: 'H0ZFANC0' },
    night: {},
    dayDivision: 'JF',
    nightDivision: '',
  },
  'stock option': {
    day: { trade: 'H0ZOCNT0', book: 'H0ZOASP0', expected: 'H0ZOANC0' },
    night: {},
    dayDivision: 'JO',
    nightDivision: '',
  },
  // Of the commodities only the US dollar and the treasury bonds have a night session.
  'commodity future': { day: { trade: 'H0CFCNT0', book: 'H0CFASP0' }, night: NIGHT_FUTURES, dayDivision: 'CF', nightDivision: 'CM' },
};

const NOTICE_CHANNELS: Readonly<Record<string, string>> = {
  stock: 'H0STCNI0',
  derivative: 'H0IFCNI0',
  'night-future': 'H0MFCNI0',
  'night-option': 'H0EUCNI0',
};
/** The mock host has its own names (protocol page of KIS, section 1), and none for the night. */
const MOCK_NOTICE_CHANNELS: Readonly<Record<string, string>> = { ...NOTICE_CHANNELS, stock: 'H0STCNI9', derivative: 'H0IFCNI9' };

const CHANNELS_BY_DEFAULT = ['trade', 'book'];
const BAR_SECONDS: Readonly<Record<string, string>> = { '30s': '30', '1m': '60', '1h': '3600' };
/** The class of the monthly options; KIS itself has an empty text for it. */
const MONTHLY_CLASS = 'KOSPI200';

/** What a table `[kis]` asks for. */
export function kisWishes(config: KisConfig): VenueWishes {
  const problems: string[] = [];
  const stocks = (config.stocks ?? []).map((entry, index) => ({ entry, path: `kis.stocks[${index}]` }));
  const derivatives = (config.derivatives ?? []).map((entry, index) => ({ entry, path: `kis.derivatives[${index}]` }));
  const chains = (config.chains ?? []).map((entry, index) => ({ entry, path: `kis.chains[${index}]` }));
  return {
    wishes: [
      ...stocks.flatMap(({ entry, path }) => stockWish(entry, path)),
      ...derivatives.flatMap(({ entry, path }) => derivativeWish(entry, path, problems)),
      ...noticeWishes(config),
    ],
    rooms: chains.flatMap(({ entry, path }) => chainRoom(entry, path, problems)),
    polls: [
      ...stocks.flatMap(({ entry, path }) => stockPolls(entry, path)),
      ...derivatives.flatMap(({ entry, path }) => derivativePolls(entry, path, problems)),
      ...chains.flatMap(({ entry, path }) => chainPolls(entry, path)),
    ],
    names: Object.fromEntries(
      [...stocks, ...derivatives].flatMap(({ entry }) => (entry.name === undefined ? [] : [[entry.code, entry.name]])),
    ),
    secrets: (config.notices ?? []).length > 0 ? ['htsId'] : [],
    problems,
  };
}

function stockWish(entry: KisStock, path: string): readonly Wish[] {
  const channelNames = entry.channels ?? CHANNELS_BY_DEFAULT;
  const table = STOCK_CHANNELS[entry.exchange ?? 'krx'];
  const subscriptions = channelNames.map((name) => ({ channel: table[name]!, symbol: entry.code }));
  if (subscriptions.length === 0) return [];
  return [{ path, kind: 'stock', symbol: entry.code, channelNames, subscriptions, priority: entry.priority ?? NAMED_PRIORITY }];
}

function stockPolls(entry: KisStock, path: string): readonly PollWish[] {
  if (entry.interval === undefined) return [];
  const exchange = entry.exchange ?? 'krx';
  const options = { market: { krx: 'J', nxt: 'NX', unified: 'UN' }[exchange] };
  // The unified market begins with NXT's pre-market and ends with its after-market.
  const market = exchange === 'krx' ? 'krx-stock' : 'nxt';
  return [{ path, rule: 'stock-minute', targets: [entry.code], intervalUs: intervalOf(entry.every), options, market }];
}

function derivativeWish(entry: KisDerivative, path: string, problems: string[]): readonly Wish[] {
  const { kind, family, name } = familyOf(entry);
  if (family === undefined) {
    problems.push(`${path}: there is no ${name}; write product = "index" or "stock"`);
    return [];
  }
  const channelNames = entry.channels ?? CHANNELS_BY_DEFAULT;
  const subscriptions = channelsOf(family, channelNames, entry.sessions, `${path}.channels`, name, problems).map(
    (channel): Subscription => ({ channel, symbol: entry.code }),
  );
  if (subscriptions.length === 0) return [];
  return [{ path, kind, symbol: entry.code, channelNames, subscriptions, priority: entry.priority ?? NAMED_PRIORITY }];
}

/** Bars are asked for by day with one division and by night with another. */
function derivativePolls(entry: KisDerivative, path: string, problems: string[]): readonly PollWish[] {
  const { family } = familyOf(entry);
  if (entry.interval === undefined || family === undefined) return [];
  const intervalSeconds = BAR_SECONDS[entry.interval]!;
  return sessionsOf(family, entry.sessions, path, problems).map((session) => ({
    path,
    rule: 'derivative-minute',
    targets: [entry.code],
    intervalUs: intervalOf(entry.every),
    options: { market: session === 'day' ? family.dayDivision : family.nightDivision, intervalSeconds },
    market: session === 'day' ? 'krx-derivatives' : 'krx-night',
  }));
}

function chainRoom(entry: KisChain, path: string, problems: string[]): readonly RoomWish[] {
  const family = DERIVATIVES['index option']!;
  const channelNames = entry.channels ?? CHANNELS_BY_DEFAULT;
  const channels = channelsOf(family, channelNames, entry.sessions, `${path}.channels`, 'index option', problems);
  if (channels.length === 0) {
    if (entry.board !== true) problems.push(`${path}: records nothing; give it channels or board = true`);
    return [];
  }
  const underlying = entry.underlying ?? MONTHLY_CLASS;
  return [
    {
      path,
      kind: 'option-chain',
      name: `option chain ${entry.maturity} ${underlying}`,
      parameters: { maturity: entry.maturity, class: underlying },
      units: entry.strikes,
      symbolsPerUnit: 2,
      unitName: 'strikes × call and put',
      channelNames,
      channels,
      symbolSuffix: '',
      sampleSymbol: 'B01612A40',
      priority: entry.priority ?? CHAIN_PRIORITY,
    },
  ];
}

function chainPolls(entry: KisChain, path: string): readonly PollWish[] {
  if (entry.board !== true) return [];
  // At night the board stays frozen at the day's close, so it is polled by day only.
  const options = { class: entry.underlying ?? MONTHLY_CLASS, strikes: String(entry.strikes) };
  return [
    { path, rule: 'option-board', targets: [entry.maturity], intervalUs: intervalOf(entry.every), options, market: 'krx-derivatives' },
  ];
}

function noticeWishes(config: KisConfig): readonly Wish[] {
  const table = config.environment === 'mock' ? MOCK_NOTICE_CHANNELS : NOTICE_CHANNELS;
  return (config.notices ?? []).map((name, index) => ({
    path: `kis.notices[${index}]`,
    kind: 'notice',
    symbol: '',
    channelNames: [name],
    // Without a symbol: the protocol puts the owner's HTS id there, which is a secret.
    subscriptions: [{ channel: table[name]!, symbol: '' }],
    priority: 0,
  }));
}

function familyOf(entry: KisDerivative): {
  readonly kind: 'future' | 'option';
  readonly name: string;
  readonly family: DerivativeFamily | undefined;
} {
  const kind = entry.kind ?? (/^[BC23]/.test(entry.code) ? 'option' : 'future');
  const name = `${entry.product ?? 'index'} ${kind}`;
  return { kind, name, family: DERIVATIVES[name] };
}

/** Sessions that were asked for; without a wish, those that the product has. */
function sessionsOf(
  family: DerivativeFamily,
  wanted: readonly ('day' | 'night')[] | undefined,
  path: string,
  problems: string[],
): readonly ('day' | 'night')[] {
  const hasNight = Object.keys(family.night).length > 0;
  if (wanted === undefined) return hasNight ? ['day', 'night'] : ['day'];
  if (wanted.includes('night') && !hasNight) problems.push(`${path}.sessions: this product has no night session; write ["day"]`);
  return wanted.filter((session) => session === 'day' || hasNight);
}

/** The TR ids of the channels over all sessions, trade before book; a channel must exist in at least one of them. */
function channelsOf(
  family: DerivativeFamily,
  names: readonly string[],
  wanted: readonly ('day' | 'night')[] | undefined,
  path: string,
  product: string,
  problems: string[],
): readonly string[] {
  const sessions = sessionsOf(family, wanted, path.replace(/\.channels$/, ''), problems);
  return names.flatMap((name) => {
    const found = sessions.flatMap((session) => family[session][name] ?? []);
    if (found.length === 0) problems.push(`${path}: the ${product} has no channel "${name}" by ${sessions.join(' and ')}`);
    return found;
  });
}

function intervalOf(every: string | undefined): number | undefined {
  return every === undefined ? undefined : durationOf(every);
}
