import type { Listing, OptionNumbers } from './listing.ts';

export type MarketSession = 'day' | 'night' | 'always';
/** `closed` is said once, when trading ends. */
export type TradingPhase = 'opening-auction' | 'regular' | 'closing-auction' | 'closed';

/** What the trades of one session added up to. Sizes and prices as the venue prints them; NaN prices before the first trade. */
export interface SessionSums {
  readonly openPrice: number;
  readonly highPrice: number;
  readonly lowPrice: number;
  readonly lastPrice: number;
  /** Microseconds since the epoch. */
  readonly openedAtUs: number;
  readonly highAtUs: number;
  readonly lowAtUs: number;
  readonly volume: number;
  /** Sum of price × size. */
  readonly value: number;
  readonly buyTrades: number;
  readonly sellTrades: number;
  readonly buyVolume: number;
  readonly sellVolume: number;
}

export interface MarketTrade {
  readonly price: number;
  readonly size: number;
  /** The taker's; 0 in call auctions. */
  readonly side: 1 | -1 | 0;
  readonly condition: 'regular' | 'auction';
  /** With this trade. */
  readonly sums: SessionSums;
}

export interface MarketLevel {
  readonly price: number;
  readonly size: number;
  readonly orders: number;
  /** Against the book before it. */
  readonly change: number;
}

export interface MarketSide {
  /** Best first. */
  readonly levels: readonly MarketLevel[];
  readonly total: number;
  readonly totalOrders: number;
  readonly totalChange: number;
}

/** A volatility interruption (VI) that began or ended in this moment. */
export interface Interruption {
  readonly isOn: boolean;
  /** Of the trade that triggered it. */
  readonly price: number;
  /** What the price is compared with. */
  readonly referencePrice: number;
  /** 1 up, -1 down. */
  readonly direction: 1 | -1;
  readonly triggeredAtUs: number;
  readonly releasedAtUs: number;
  /** Of the session, with this one. */
  readonly count: number;
}

/** What one instrument says at one instant. */
export interface MarketMoment {
  /** Microseconds since the epoch, whole milliseconds. */
  readonly timeUs: number;
  readonly listing: Listing;
  readonly session: MarketSession;
  readonly phase: TradingPhase;
  /** The first moment of this phase. */
  readonly isNewPhase: boolean;
  /** Yesterday's close. */
  readonly previousClose: number;
  /** Prices stay within these: 0 and infinite where there is no limit. */
  readonly lowestPrice: number;
  readonly highestPrice: number;
  /** In the order they happened. */
  readonly trades: readonly MarketTrade[];
  /** After the trades. Sides that hold nothing are empty. */
  readonly bids: MarketSide;
  readonly asks: MarketSide;
  /** Of a call auction, NaN while there is none. */
  readonly expectedPrice: number;
  readonly expectedSize: number;
  readonly isInterrupted: boolean;
  readonly interruption: Interruption | undefined;
  readonly sums: SessionSums;
  readonly openInterest: number;
  readonly option: OptionNumbers | undefined;
}
