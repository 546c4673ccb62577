import type { Instrument } from '#domain';
import type { ChainRooms, ChainStrike, ChainWish, OptionChain, PriceSource, VenueRooms } from '../rooms.ts';

const KOSPI200 = 'KOSPI200';
const KOSDAQ150 = 'KOSDAQ150';

/** By the two characters behind the kind in a code (protocol page of KIS, section 9): the class, as `FID_COND_MRKT_CLS_CODE` names it, and its underlying. */
const OPTION_CLASSES: Readonly<Record<string, { readonly name: string; readonly underlying: string }>> = {
  '01': { name: KOSPI200, underlying: KOSPI200 },
  '05': { name: 'MKI', underlying: KOSPI200 },
  '06': { name: 'KQI', underlying: KOSDAQ150 },
  '09': { name: 'WKI', underlying: KOSPI200 },
  AF: { name: 'WKM', underlying: KOSPI200 },
};
/** Futures whose price is that of the index, but for some days of interest. */
const FUTURES: Readonly<Record<string, string>> = { '01': KOSPI200, '05': KOSPI200, '06': KOSDAQ150 };
/** Codes of the indices themselves, as masters and quotes name them. */
const INDICES: Readonly<Record<string, string>> = { '2001': KOSPI200, '3003': KOSDAQ150 };
const FUTURE = /^[A1](..)...$/;
/** Behind every rank of a future: by night an index stands still. */
const LAST_RANK = '~';
/**
 * `C 202610 1,125.0`, `미니C 202610 1,120.0`, `위클리M C 2609W4   970.0`, `F 202612`: the maturity stands behind the letter of the kind. Weekly
 * options have year, month and week (names in the master files of 2026).
 */
const MATURITY = /[CFP]\s*(?:(\d{6})|(\d{4})W(\d))(?:\s|$)/;

const BOARD_POLL = 'option-board';
/** Strikes asked for beside a cut board when nobody says how many: their calls and puts are as many as one poll asks besides. */
const BOARD_STRIKES = 18;

const CHAINS: ChainRooms = {
  masterEndpoints: new Set(['master-index-derivatives']),
  priceLabels: new Set(['H0IFCNT0', 'H0IFASP0', 'H0MFCNT0', 'H0MFASP0', 'H0UPCNT0']),
  priceEndpoints: new Set(['derivative-minute-bars', 'derivative-price', 'derivative-book', 'futures-board']),
  // Rows of options name no price of the index.
  selfTellingChannels: new Set(),
  wishOf: ({ class: name = '', maturity = '' }) => ({ name, maturity, maturities: 1, per: 'strike' }),
  // The file lists every option there is.
  masterSymbolsOf: () => [],
  chainsOf,
  sourceOf,
  boardPolls: { wishOf: boardWishOf, optionsOf: (symbols) => ({ supplement: symbols.join(',') }) },
};

/** Rooms of KIS: options on indices by class and maturity. Strikes, sides and maturities come of the master file, the class of the product in the code. */
export const KIS_ROOMS: VenueRooms = { chains: CHAINS };

interface GrowingChain {
  readonly name: string;
  readonly underlying: string;
  readonly maturity: string;
  readonly strikes: Map<number, { call?: string; put?: string }>;
}

/** The file names no last day: what is not in the next one is gone. */
function chainsOf(instruments: Iterable<Instrument>): readonly OptionChain[] {
  const chains = new Map<string, GrowingChain>();
  for (const { symbol, strike, optionType, name } of instruments) {
    const product = symbol.slice(1, 3);
    if (strike === undefined || optionType === undefined || !Object.hasOwn(OPTION_CLASSES, product)) continue;
    const maturity = maturityOf(name);
    if (maturity === '') continue;
    const optionClass = OPTION_CLASSES[product]!;
    const key = `${optionClass.name} ${maturity}`;
    let chain = chains.get(key);
    if (chain === undefined) {
      chain = { ...optionClass, maturity, strikes: new Map() };
      chains.set(key, chain);
    }
    const sides = chain.strikes.get(strike) ?? {};
    sides[optionType] = symbol;
    chain.strikes.set(strike, sides);
  }
  return [...chains.values()].sort((a, b) => (a.maturity < b.maturity ? -1 : 1)).map(grown);
}

function grown({ name, underlying, maturity, strikes }: GrowingChain): OptionChain {
  const pairs: ChainStrike[] = [];
  for (const [strike, { call, put }] of strikes) {
    if (call !== undefined && put !== undefined) pairs.push({ strike, call, put });
  }
  return { name, underlying, maturity, expiresAtUs: Number.NaN, strikes: pairs.sort((a, b) => a.strike - b.strike) };
}

function sourceOf(symbol: string, instrument: Instrument | undefined): PriceSource | undefined {
  if (Object.hasOwn(INDICES, symbol)) return { underlying: INDICES[symbol]!, rank: LAST_RANK, reading: 'index_price' };
  const product = FUTURE.exec(symbol)?.[1];
  if (product === undefined || !Object.hasOwn(FUTURES, product)) return undefined;
  // The nearest future first; of one month the large contract.
  const maturity = maturityOf(instrument?.name) || symbol.slice(3);
  return { underlying: FUTURES[product]!, rank: `${maturity} ${product}`, reading: 'price' };
}

/** `202612`, or `261203` for the third week; empty where the name has none. */
function maturityOf(name: string | undefined): string {
  const found = name === undefined ? null : MATURITY.exec(name);
  if (found === null) return '';
  return found[1] ?? `${found[2]!}0${found[3]!}`;
}

/** The option `strikes` says how many; the class is empty or `KOSPI200` for the monthly options. */
function boardWishOf(rule: string, target: string, options: Readonly<Record<string, string>>): ChainWish | undefined {
  if (rule !== BOARD_POLL) return undefined;
  const strikes = Number(options.strikes ?? BOARD_STRIKES);
  const name = options.class === undefined || options.class === '' ? KOSPI200 : options.class;
  return { name, maturity: target, maturities: 1, per: 'strike', strikes: strikes > 0 ? strikes : BOARD_STRIKES };
}
