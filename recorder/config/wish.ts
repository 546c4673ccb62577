import type { Subscription } from '#venues';

/** Lower is more important; what the user numbers 0 to 999 stands between and around these. */
export const NAMED_PRIORITY = 100;
export const CHAIN_PRIORITY = 200;
export const SEARCH_PRIORITY = 300;

/** One thing of the configuration whose subscriptions belong together: a symbol with its channels. */
export interface Wish {
  /** Where it stands: `kis.stocks[0]`. */
  readonly path: string;
  /** What it is, for people: `stock`, `future`, `option`, `symbol`. Equal kinds are counted together. */
  readonly kind: string;
  /** Empty for a channel of the whole market. */
  readonly symbol: string;
  /** What its channels are called in the configuration, for people: `trade`, `book`. */
  readonly channelNames: readonly string[];
  /** In the order of importance. */
  readonly subscriptions: readonly Subscription[];
  readonly priority: number;
}

/** Room for symbols that only the recording finds out, as a number of equal units (a strike has two symbols, a search result one). */
export interface RoomWish {
  readonly path: string;
  readonly kind: 'option-chain' | 'condition';
  /** `option chain 202612 WKI`, `condition 4`: what the records call it. */
  readonly name: string;
  /** What finding the symbols needs: maturity and class, the number of the search. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly units: number;
  readonly symbolsPerUnit: number;
  /** The units for people: `strikes × call and put`, `results`. */
  readonly unitName: string;
  readonly channelNames: readonly string[];
  /** What each symbol is subscribed to. */
  readonly channels: readonly string[];
  /** What stands behind a found code to name the exchange: `_NX`; mostly empty. */
  readonly symbolSuffix: string;
  /** A symbol of the kind that will be found, to ask the venue whether it can be subscribed to. */
  readonly sampleSymbol: string;
  readonly sampleOptions?: Readonly<Record<string, string>>;
  readonly priority: number;
}

export interface PollWish {
  readonly path: string;
  readonly rule: string;
  readonly targets: readonly string[];
  /** Microseconds; undefined takes the rule's own interval. */
  readonly intervalUs: number | undefined;
  readonly options: Readonly<Record<string, string>>;
  readonly market: string;
}

/** What a venue's table asks for, in the venue's own words. */
export interface VenueWishes {
  readonly wishes: readonly Wish[];
  readonly rooms: readonly RoomWish[];
  readonly polls: readonly PollWish[];
  /** Names that people gave to symbols. */
  readonly names: Readonly<Record<string, string>>;
  /** Secrets that this asks for beside those the venue always needs. */
  readonly secrets: readonly string[];
  /** What was asked for and does not exist, each with where it stands and what there is. */
  readonly problems: readonly string[];
}
