import { z } from 'zod';
import { COMMON, codeText, priority } from './venue-config.ts';
import { CHAIN_PRIORITY, NAMED_PRIORITY, type RoomWish, type VenueWishes, type Wish } from './wish.ts';

/** Venues whose channels have the venue's own names: a symbol with channels is all there is to say. */
export const SYMBOL_VENUES = ['coincall-futures', 'binance-spot', 'binance-usdm'] as const;

const symbol = z.strictObject({
  symbol: codeText,
  name: z.string().optional(),
  /** The venue's own names: `orderBook`, `depth@100ms`. */
  channels: z.array(codeText).min(1).optional(),
  priority: priority.optional(),
});

const optionChain = z.strictObject({
  /** The index that the options are on: `BTCUSD`. */
  underlying: codeText,
  /** Nearest expiries; they expire daily at 08:00 UTC and the next take their place. */
  expiries: z.number().int().min(1).max(50),
  /** Strikes nearest to the money of each expiry, each with call and put. */
  strikes: z.number().int().min(1).max(200),
  /** Of each option; empty when only the boards are wanted. */
  channels: z.array(codeText).optional(),
  /** The board of each expiry besides (`tOption`). Default false. */
  board: z.boolean().optional(),
  priority: priority.optional(),
});

export const symbolConfig = z.strictObject({ ...COMMON, symbols: z.array(symbol).optional() });
export const coincallOptionsConfig = z.strictObject({
  ...COMMON,
  symbols: z.array(symbol).optional(),
  chains: z.array(optionChain).optional(),
});

export type SymbolVenueConfig = z.infer<typeof symbolConfig>;
export type CoincallOptionsConfig = z.infer<typeof coincallOptionsConfig>;
export type SymbolEntry = z.infer<typeof symbol>;
export type CoincallChain = z.infer<typeof optionChain>;

/** One push for all options of an expiry; its symbol is the underlying, its option `end` the expiry in ms. */
const BOARD_CHANNEL = 'tOption';
const SAMPLE_EXPIRY_MS = '1798185600000';

/** What a symbol without channels is recorded with. */
const CHANNELS_BY_DEFAULT: Readonly<Record<string, readonly string[]>> = {
  'coincall-options': ['lastTrade', 'orderBook', 'bsInfo'],
  'coincall-futures': ['lastTrade', 'orderBook', 'spotPrice'],
  'binance-spot': ['trade', 'depth@100ms', 'bookTicker'],
  'binance-usdm': ['trade', 'depth@100ms', 'bookTicker'],
};

/** What a table of a venue with symbols asks for. */
export function symbolWishes(venue: string, config: CoincallOptionsConfig | SymbolVenueConfig): VenueWishes {
  const problems: string[] = [];
  const symbols = config.symbols ?? [];
  const chains = 'chains' in config ? (config.chains ?? []) : [];
  return {
    wishes: symbols.map((entry, index) => symbolWish(venue, entry, index)),
    rooms: chains.flatMap((entry, index) => chainRooms(venue, entry, `${venue}.chains[${index}]`, problems)),
    polls: [],
    names: Object.fromEntries(symbols.flatMap(({ symbol: code, name }) => (name === undefined ? [] : [[code, name]]))),
    secrets: [],
    problems,
  };
}

function symbolWish(venue: string, entry: SymbolEntry, index: number): Wish {
  const channelNames = entry.channels ?? CHANNELS_BY_DEFAULT[venue] ?? [];
  return {
    path: `${venue}.symbols[${index}]`,
    kind: 'symbol',
    symbol: entry.symbol,
    channelNames,
    subscriptions: channelNames.map((channel) => ({ channel, symbol: entry.symbol })),
    priority: entry.priority ?? NAMED_PRIORITY,
  };
}

/** Room for the options, and for the boards: one of each expiry. */
function chainRooms(venue: string, entry: CoincallChain, path: string, problems: string[]): readonly RoomWish[] {
  const channels = entry.channels ?? CHANNELS_BY_DEFAULT[venue] ?? [];
  const options: RoomWish = {
    path,
    kind: 'option-chain',
    name: `option chain ${entry.underlying}, expiries ${entry.expiries}`,
    parameters: { per: 'option', underlying: entry.underlying, expiries: String(entry.expiries), strikes: String(entry.strikes) },
    units: entry.expiries * entry.strikes,
    symbolsPerUnit: 2,
    unitName: 'strikes × call and put',
    channelNames: channels,
    channels,
    symbolSuffix: '',
    sampleSymbol: `${entry.underlying}-25DEC26-100000-C`,
    priority: entry.priority ?? CHAIN_PRIORITY,
  };
  const boards: RoomWish = {
    ...options,
    name: `boards of ${entry.underlying}, expiries ${entry.expiries}`,
    parameters: { per: 'expiry', underlying: entry.underlying, expiries: String(entry.expiries) },
    units: entry.expiries,
    symbolsPerUnit: 1,
    unitName: 'expiries',
    channelNames: [BOARD_CHANNEL],
    channels: [BOARD_CHANNEL],
    sampleSymbol: entry.underlying,
    sampleOptions: { end: SAMPLE_EXPIRY_MS },
  };
  const rooms = [...(channels.length > 0 ? [options] : []), ...(entry.board === true ? [boards] : [])];
  if (rooms.length === 0) problems.push(`${path}: records nothing; give it channels or board = true`);
  return rooms;
}
