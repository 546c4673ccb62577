import { KNOWN_HOLIDAYS, type Market, marketPhase } from '#domain';
import type { MarketSession, TradingPhase } from './market-moment.ts';

export interface SessionState {
  readonly session: MarketSession;
  readonly phase: TradingPhase;
  /** Empty while closed. */
  readonly tradeDate: string;
  /** The state holds until before this. */
  readonly endsAtUs: number;
}

const PHASES: Readonly<Record<string, TradingPhase>> = {
  'opening-auction': 'opening-auction',
  regular: 'regular',
  'closing-auction': 'closing-auction',
};

/** The hours of one kind of instrument, by the calendar: auctions and continuous trading; all else counts as closed. */
export class SessionClock {
  readonly #markets: readonly (readonly [market: Market, session: MarketSession])[];
  #state: SessionState = { session: 'day', phase: 'closed', tradeDate: '', endsAtUs: Number.NEGATIVE_INFINITY };

  /** Markets that follow each other, each with what its session is called. */
  constructor(markets: readonly (readonly [market: Market, session: MarketSession])[]) {
    this.#markets = markets;
  }

  /** Times must not fall from call to call. */
  at(timeUs: number): SessionState {
    if (timeUs >= this.#state.endsAtUs) this.#state = this.#look(timeUs);
    return this.#state;
  }

  #look(timeUs: number): SessionState {
    let endsAtUs = Number.POSITIVE_INFINITY;
    let last: MarketSession = 'day';
    for (const [market, session] of this.#markets) {
      const found = marketPhase(market, timeUs, KNOWN_HOLIDAYS);
      const phase = PHASES[found.phase];
      if (phase !== undefined) return { session, phase, tradeDate: found.tradeDate, endsAtUs: found.endsAtUs };
      endsAtUs = Math.min(endsAtUs, found.endsAtUs);
      last = session;
    }
    return { session: last, phase: 'closed', tradeDate: '', endsAtUs };
  }
}
