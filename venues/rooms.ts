import type { Instrument } from '#domain';

/**
 * What a recorder must be told of a venue to fill rooms: slots kept for symbols that only the recording finds out. Pure facts and
 * functions; which symbol gets a slot and when is the recorder's business.
 */
export interface VenueRooms {
  /** Options around the money, and boards of whole maturities. */
  readonly chains?: ChainRooms;
  /** Results of condition searches. */
  readonly searches?: SearchRooms;
}

/** A strike with both of its sides; one that is listed with one side only is left out of a chain. */
export interface ChainStrike {
  readonly strike: number;
  /** The venue's symbols. */
  readonly call: string;
  readonly put: string;
}

/** The options of one maturity. */
export interface OptionChain {
  /** What a plan calls the options: the class at KIS (`KOSPI200`, `WKI`), the underlying at Coincall (`BTCUSD`). */
  readonly name: string;
  /** Text that sorts by time among the maturities of the same name: `202612`, `261203`, `1798185600000`. */
  readonly maturity: string;
  /** Whose price is the money; several chains may share one. */
  readonly underlying: string;
  /** From here on it does not trade, microseconds since the epoch; NaN where only the next masters tell. */
  readonly expiresAtUs: number;
  /** From the lowest. */
  readonly strikes: readonly ChainStrike[];
}

/** What a room asks for of the chains of one name. */
export interface ChainWish {
  readonly name: string;
  /** The first maturity; where it is not listed (any more) the next one takes its place. Empty takes the nearest. */
  readonly maturity: string;
  /** How many maturities, from the first on. */
  readonly maturities: number;
  /** `strike`: call and put of a strike are a unit · `maturity`: the board of a maturity is one. */
  readonly per: 'strike' | 'maturity';
  /** Strikes of each maturity; as many as the room has places for where absent. */
  readonly strikes?: number;
}

/** A symbol whose price is the money of some chains. */
export interface PriceSource {
  readonly underlying: string;
  /** Of several sources that told a price lately the one whose rank comes first (by code unit) counts: the nearest future. */
  readonly rank: string;
  /** The name of the number in a reading that is its price; other numbers are of other things. */
  readonly reading: string;
}

export interface ChainRooms {
  /** `meta.endpoint` of the masters that list the options. */
  readonly masterEndpoints: ReadonlySet<string>;
  /** Labels (`Venue.channelOf`) of frames, and `meta.endpoint` of polls, that may tell the price of an underlying. */
  readonly priceLabels: ReadonlySet<string>;
  readonly priceEndpoints: ReadonlySet<string>;
  /** Channels of an option that tell the price of its own underlying: a room that has one can begin without knowing the money. */
  readonly selfTellingChannels: ReadonlySet<string>;
  /** Reads the parameters of a room of the plan. */
  wishOf(parameters: Readonly<Record<string, string>>): ChainWish;
  /** Symbols that the masters must be asked for, so that the chains of such a room are listed. */
  masterSymbolsOf(parameters: Readonly<Record<string, string>>): readonly string[];
  /** What of these instruments can be subscribed to at `nowUs`, maturities of one name nearest first. */
  chainsOf(instruments: Iterable<Instrument>, nowUs: number): readonly OptionChain[];
  /** Whose money the price of this symbol is; `instrument` is what the masters said of it. */
  sourceOf(symbol: string, instrument: Instrument | undefined): PriceSource | undefined;
  /** What a subscription to a channel that brings a whole maturity names; absent where there is no such channel. */
  boardOf?(chain: OptionChain): { readonly symbol: string; readonly options: Readonly<Record<string, string>> };
  /** Polls of boards that are cut, and can be told which symbols matter. */
  readonly boardPolls?: {
    /** What the poll is about; `undefined` for polls that need no symbols. */
    wishOf(rule: string, target: string, options: Readonly<Record<string, string>>): ChainWish | undefined;
    /** The options that tell it. */
    optionsOf(symbols: readonly string[]): Readonly<Record<string, string>>;
  };
}

/** A symbol that entered the result of a search, or left it. */
export interface SearchChange {
  readonly search: string;
  /** Without what names the exchange. */
  readonly code: string;
  readonly isIn: boolean;
}

export interface SearchRooms {
  /** Labels of frames that hold results. */
  readonly labels: ReadonlySet<string>;
  /** The search that a room of the plan shows. */
  searchOf(parameters: Readonly<Record<string, string>>): string;
  /** The search of which the frame `bytes[start, end)` is the whole result, empty or not; `undefined` for all other frames. Total. */
  wholeResultOf(bytes: Uint8Array, start: number, end: number): string | undefined;
  /** What a reading says of the result of a search; `undefined` for all others. */
  changeOf(channel: string, symbol: string, names: readonly string[], values: readonly number[]): SearchChange | undefined;
}
