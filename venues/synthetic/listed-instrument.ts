import { powerOfTen } from '#domain';
import { InstrumentBook, type SyntheticTrade } from './instrument-book.ts';
import type { Listing } from './listing.ts';
import type { Interruption, MarketMoment, MarketTrade, TradingPhase } from './market-moment.ts';
import { LimitedPricing, PRICE_LIMIT_PERCENT, type Pricing } from './pricing.ts';
import type { SeededRandom } from './random.ts';
import type { SessionClock, SessionState } from './session-clock.ts';
import { SessionTally } from './session-tally.ts';
import { EMPTY_SIDE, ShownSide } from './shown-side.ts';
import { InterruptionRule } from './volatility-interruption.ts';

const GAP_US_MIN = 20_000;
/** Expected prices come less often than trades. */
const AUCTION_GAP_FACTOR = 3;
const ACTIVITY_MIN = 0.4;
/** An auction begins with so many times the lots of a level. */
const AUCTION_START_LOTS = 3;
/** Books are deep: takers move prices less than news does. */
const TAKER_PART = 0.06;
const PERCENT = 100;

/** One instrument that trades by its hours: call auctions, continuous trading, interruptions, and what its day adds up to. */
export class ListedInstrument {
  readonly listing: Listing;
  /** When it has something to say again; infinite when it never will. */
  nextUs: number;
  readonly #pricing: LimitedPricing;
  readonly #clock: SessionClock;
  readonly #random: SeededRandom;
  readonly #book: InstrumentBook;
  readonly #bids: ShownSide;
  readonly #asks: ShownSide;
  readonly #tally: SessionTally;
  readonly #interruptions: InterruptionRule;
  readonly #lotPower: number;
  #phase: TradingPhase = 'closed';
  #sessionKey = '';
  #previousClose: number;
  #lowest = 0;
  #highest = Number.POSITIVE_INFINITY;
  #expectedTick = Number.NaN;
  #expectedLots = 0;

  constructor(listing: Listing, pricing: Pricing, clock: SessionClock, random: SeededRandom, startUs: number) {
    this.listing = listing;
    this.nextUs = startUs;
    this.#pricing = new LimitedPricing(pricing, listing.ladder);
    this.#clock = clock;
    this.#random = random;
    this.#lotPower = powerOfTen(listing.lotDecimals);
    this.#previousClose = listing.startPrice;
    this.#tally = new SessionTally(this.#lotPower);
    this.#interruptions = new InterruptionRule(random);
    this.#bids = new ShownSide(listing, this.#lotPower);
    this.#asks = new ShownSide(listing, this.#lotPower);
    this.#setLimits();
    this.#pricing.advance(startUs);
    this.#book = new InstrumentBook({ ...listing, isDense: true, takerPart: TAKER_PART }, this.#pricing, random);
  }

  /** Moves to `nextUs`; `undefined` when nothing is to be said there. */
  step(): MarketMoment | undefined {
    const timeUs = this.nextUs;
    if (timeUs >= (this.listing.expiryUs ?? Number.POSITIVE_INFINITY)) {
      this.nextUs = Number.POSITIVE_INFINITY;
      return undefined;
    }
    const state = this.#clock.at(timeUs);
    // A closed market has no session to be new in.
    const isNewPhase = state.phase !== this.#phase || (state.phase !== 'closed' && keyOf(state) !== this.#sessionKey);
    if (isNewPhase) this.#enter(state, timeUs);
    this.#pricing.advance(timeUs);
    const trades: MarketTrade[] = [];
    const interruption = this.#trade(state, timeUs, isNewPhase, trades);
    this.#showBook();
    this.nextUs = this.#nextUs(state, timeUs);
    if (state.phase === 'closed' && !isNewPhase) return undefined;
    return this.#moment(state, timeUs, isNewPhase, trades, interruption);
  }

  /** A new session forgets the last one, but for its last price. */
  #enter(state: SessionState, timeUs: number): void {
    const isNewSession = state.phase !== 'closed' && keyOf(state) !== this.#sessionKey;
    this.#phase = state.phase;
    if (isNewSession) {
      this.#sessionKey = keyOf(state);
      const { lastPrice } = this.#tally.sums;
      if (!Number.isNaN(lastPrice)) this.#previousClose = lastPrice;
      this.#setLimits();
      this.#tally.clear();
      this.#interruptions.startDay();
      this.#clearAuction();
    }
    if (state.phase === 'regular') this.#pricing.openSession(timeUs);
  }

  /** What happens in this moment; returns the interruption that began or ended. */
  #trade(state: SessionState, timeUs: number, isNewPhase: boolean, trades: MarketTrade[]): Interruption | undefined {
    const isOver = this.#interruptions.isOn && (timeUs >= this.#interruptions.endsAtUs || state.phase !== 'regular');
    const ended = isOver ? this.#interruptions.end(timeUs) : undefined;
    if (state.phase === 'opening-auction' || state.phase === 'closing-auction' || this.#interruptions.isOn) {
      this.#expect();
      return ended;
    }
    const isAfterAuction = this.#expectedLots > 0 && (isNewPhase || ended !== undefined);
    if (isAfterAuction) this.#printAuction(timeUs, trades);
    else if (state.phase === 'regular') return this.#tradeOn(timeUs, trades);
    return ended;
  }

  #expect(): void {
    const { ladder, typicalLots } = this.listing;
    this.#book.makeQuotes();
    this.#expectedTick = ladder.tickBelow(this.#pricing.fairPrice);
    this.#expectedLots += this.#random.integer(0, typicalLots) + (this.#expectedLots === 0 ? AUCTION_START_LOTS * typicalLots : 0);
  }

  #printAuction(timeUs: number, trades: MarketTrade[]): void {
    const price = this.listing.ladder.priceOf(this.#expectedTick);
    const lots = this.#expectedLots;
    const sums = this.#tally.add(timeUs, price, lots, 0);
    trades.push({ price, size: lots / this.#lotPower, side: 0, condition: 'auction', sums });
    this.#interruptions.setReference(price);
    this.#clearAuction();
    this.#book.makeQuotes();
  }

  /** Continuous trading, up to the trade that triggers an interruption. */
  #tradeOn(timeUs: number, trades: MarketTrade[]): Interruption | undefined {
    const done: SyntheticTrade[] = [];
    this.#book.move(done);
    for (const { side, tick, lots } of done) {
      const price = this.listing.ladder.priceOf(tick);
      if (!(price > 0)) continue;
      const sums = this.#tally.add(timeUs, price, lots, side);
      trades.push({ price, size: lots / this.#lotPower, side, condition: 'regular', sums });
      if (this.listing.kind === 'stock' && this.#interruptions.isTriggeredBy(price)) return this.#interruptions.begin(timeUs, price);
    }
    return undefined;
  }

  #clearAuction(): void {
    this.#expectedTick = Number.NaN;
    this.#expectedLots = 0;
  }

  #setLimits(): void {
    const { kind, ladder } = this.listing;
    if (kind !== 'stock') return;
    const close = this.#previousClose;
    const lowest = ladder.tickBelow((close * (PERCENT - PRICE_LIMIT_PERCENT)) / PERCENT);
    const isExact = ladder.priceOf(lowest) * PERCENT >= close * (PERCENT - PRICE_LIMIT_PERCENT);
    // Limits are rounded towards yesterday's close.
    this.#lowest = ladder.priceOf(isExact ? lowest : lowest + 1);
    this.#highest = ladder.priceOf(ladder.tickBelow((close * (PERCENT + PRICE_LIMIT_PERCENT)) / PERCENT));
    this.#pricing.setLimits(this.#lowest, this.#highest);
  }

  #showBook(): void {
    this.#bids.show(this.#book.bids, this.#lowest, this.#highest);
    this.#asks.show(this.#book.asks, this.#lowest, this.#highest);
  }

  #nextUs(state: SessionState, timeUs: number): number {
    if (state.phase === 'closed') return state.endsAtUs;
    const isAuction = state.phase !== 'regular' || this.#interruptions.isOn;
    const meanUs = (this.listing.momentUs * (isAuction ? AUCTION_GAP_FACTOR : 1)) / Math.max(ACTIVITY_MIN, this.#pricing.activity);
    const gapUs = Math.max(GAP_US_MIN, meanUs * (0.3 + 1.4 * this.#random.fraction()));
    // Venues print no finer times than milliseconds.
    const soonUs = timeUs + Math.floor(gapUs / 1000) * 1000;
    return Math.min(soonUs, state.endsAtUs, this.#interruptions.endsAtUs);
  }

  #moment(
    state: SessionState,
    timeUs: number,
    isNewPhase: boolean,
    trades: readonly MarketTrade[],
    interruption: Interruption | undefined,
  ): MarketMoment {
    const { ladder, openInterest = 0 } = this.listing;
    const hasExpected = this.#expectedLots > 0;
    const isClosed = state.phase === 'closed';
    return {
      timeUs,
      listing: this.listing,
      session: state.session,
      phase: state.phase,
      isNewPhase,
      previousClose: this.#previousClose,
      lowestPrice: this.#lowest,
      highestPrice: this.#highest,
      trades,
      bids: isClosed ? EMPTY_SIDE : this.#bids.side,
      asks: isClosed ? EMPTY_SIDE : this.#asks.side,
      expectedPrice: hasExpected ? ladder.priceOf(this.#expectedTick) : Number.NaN,
      expectedSize: hasExpected ? this.#expectedLots / this.#lotPower : Number.NaN,
      isInterrupted: this.#interruptions.isOn,
      interruption,
      sums: this.#tally.sums,
      // One in four trades opens a position that nobody closes.
      openInterest: openInterest + Math.floor(this.#tally.sums.volume / 4),
      option: this.#pricing.option,
    };
  }
}

function keyOf({ session, tradeDate }: SessionState): string {
  return `${session} ${tradeDate}`;
}
