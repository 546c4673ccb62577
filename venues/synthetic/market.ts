import { assert, type BookRule, type EventSink, powerOfTen, SECOND_US, type SymbolId, type SymbolTable } from '#domain';
import type { BookSide } from './book-side.ts';
import { InstrumentBook, type SyntheticTrade } from './instrument-book.ts';
import { MarketMood } from './mood.ts';
import { evenLadder, krxLadder, type PriceLadder } from './price-ladder.ts';
import { createRandom, type SeededRandom } from './random.ts';

/** One symbol of a synthetic market. `cryptoPair` and `krxStock` fill it. */
export interface SyntheticSymbol {
  readonly venue: string;
  readonly symbol: string;
  readonly startPrice: number;
  readonly ladder: PriceLadder;
  /** Sizes are whole multiples of 10^-lotDecimals. */
  readonly lotDecimals: number;
  /** What an ordinary level of the book holds, in lots. */
  readonly typicalLots: number;
  /** Levels of each side, at least 10. */
  readonly levels: number;
  readonly levelGapTicksMax: number;
  /** How book messages join; with `replace` each one is the whole book. */
  readonly rule: BookRule;
  /** Trades carry the volume of the day, as Korean brokers send it. */
  readonly hasCumulativeVolume: boolean;
}

export interface SyntheticMarketOptions {
  /** Any safe integer. The same options give the same market on every machine. */
  readonly seed: number;
  readonly symbols: readonly SyntheticSymbol[];
  /** Where the symbols get the ids that the events carry. */
  readonly table: SymbolTable;
  /** A whole millisecond. */
  readonly startUs: number;
  readonly durationUs: number;
  /** Mean time between two moments of an ordinary market; 250 ms when not given. */
  readonly momentUs?: number;
  /** `u-shape`: busy at both ends, calm in the middle. */
  readonly dayPattern?: 'flat' | 'u-shape';
}

/** What one symbol says at one instant; valid until the next step is asked for. */
export interface SyntheticStep {
  readonly timeUs: number;
  readonly symbol: SymbolId;
  /** Trades, then the book message they and the makers caused, then the quote when the best level changed. */
  say(sink: EventSink): void;
}

export interface SyntheticMarket {
  /** All steps in order of time, ties in the order of the symbols; each call starts over with the same steps. */
  steps(): Generator<SyntheticStep, void, undefined>;
}

const MOMENT_US = 250_000;
const MOMENT_US_MIN = 20_000;
const LEVELS_MIN = 10;
const FIRST_UPDATE_ID = 1_000_000;
const FIRST_TRADE_ID = 5_000_000;

/** A pair such as BTCUSDT with price steps of 0.01 and sizes of 0.00001, its book in snapshot and deltas. */
export function cryptoPair(symbol: string, startPrice: number, venue = 'binance-spot'): SyntheticSymbol {
  return {
    venue,
    symbol,
    startPrice,
    ladder: evenLadder(1, 2),
    lotDecimals: 5,
    typicalLots: Math.max(100, Math.floor(1_200_000_000 / startPrice)),
    levels: 20,
    levelGapTicksMax: Math.max(2, Math.floor(startPrice / 1000)),
    rule: venue === 'binance-usdm' ? 'binance-futures' : 'binance-spot',
    hasCumulativeVolume: false,
  };
}

/** A stock with whole won and the price steps of KRX, its book as ten whole levels. */
export function krxStock(symbol: string, startPrice: number, venue = 'kiwoom'): SyntheticSymbol {
  const typicalLots = Math.max(5, Math.floor(50_000_000 / startPrice));
  const ladder = krxLadder();
  return {
    venue,
    symbol,
    startPrice,
    ladder,
    lotDecimals: 0,
    typicalLots,
    levels: 10,
    levelGapTicksMax: 1,
    rule: 'replace',
    hasCumulativeVolume: true,
  };
}

/** A market that only its options decide: regimes to trade, clustered volume, a book that is never crossed, ids without gaps. */
export function createSyntheticMarket(options: SyntheticMarketOptions): SyntheticMarket {
  assert(options.startUs % 1000 === 0, 'a synthetic market starts at a whole millisecond: venues print no finer time');
  for (const symbol of options.symbols) assert(symbol.levels >= LEVELS_MIN, `a synthetic book has at least ${LEVELS_MIN} levels`);
  return { steps: () => stepsOf(options) };
}

function* stepsOf(options: SyntheticMarketOptions): Generator<SyntheticStep, void, undefined> {
  const streams = options.symbols.map((symbol, index) => new SymbolStream(symbol, options, createRandom(options.seed + index * 7_919)));
  const endUs = options.startUs + options.durationUs;
  for (;;) {
    let next: SymbolStream | undefined;
    for (const stream of streams) {
      if (next === undefined || stream.nextUs < next.nextUs) next = stream;
    }
    if (next === undefined || next.nextUs >= endUs) return;
    next.advance();
    yield next;
  }
}

class SymbolStream implements SyntheticStep {
  readonly symbol: SymbolId;
  timeUs: number;
  nextUs: number;
  readonly #spec: SyntheticSymbol;
  readonly #options: SyntheticMarketOptions;
  readonly #random: SeededRandom;
  readonly #mood: MarketMood;
  readonly #book: InstrumentBook;
  readonly #lotPower: number;
  readonly #trades: SyntheticTrade[] = [];
  #isSnapshot = false;
  #hasStarted = false;
  #updateId = FIRST_UPDATE_ID;
  #previousUpdateId = FIRST_UPDATE_ID;
  #firstTradeId = FIRST_TRADE_ID;
  #volumeLots = 0;
  #best = '';
  #hasNewBest = false;

  constructor(spec: SyntheticSymbol, options: SyntheticMarketOptions, random: SeededRandom) {
    this.symbol = options.table.intern(spec.venue, spec.symbol);
    this.timeUs = options.startUs;
    this.nextUs = options.startUs;
    this.#spec = spec;
    this.#options = options;
    this.#random = random;
    this.#mood = new MarketMood(random, spec.startPrice);
    this.#book = new InstrumentBook(spec, this.#mood, random);
    this.#lotPower = powerOfTen(spec.lotDecimals);
  }

  /** Moves to `nextUs`: the first time to the snapshot, then by one moment. */
  advance(): void {
    const { bids, asks } = this.#book;
    const elapsedUs = this.nextUs - this.timeUs;
    this.timeUs = this.nextUs;
    this.#isSnapshot = !this.#hasStarted;
    this.#hasStarted = true;
    this.#firstTradeId += this.#trades.length;
    this.#volumeLots += this.#trades.reduce((sum, trade) => sum + trade.lots, 0);
    this.#trades.length = 0;
    bids.clearChanges();
    asks.clearChanges();
    if (!this.#isSnapshot) {
      this.#mood.advance(elapsedUs / SECOND_US, this.#busyness());
      this.#book.move(this.#trades);
    }
    this.#previousUpdateId = this.#updateId;
    this.#updateId += bids.changes.size + asks.changes.size;
    this.#noteBest();
    this.nextUs += this.#gapUs();
  }

  say(sink: EventSink): void {
    this.#sayTrades(sink);
    const { bids, asks } = this.#book;
    if (this.#isSnapshot || this.#spec.rule === 'replace') this.#sayBook(sink, true);
    else if (bids.changes.size + asks.changes.size > 0) this.#sayBook(sink, false);
    if (this.#hasNewBest) this.#sayQuote(sink);
  }

  #sayTrades(sink: EventSink): void {
    let volumeLots = this.#volumeLots;
    this.#trades.forEach((trade, index) => {
      volumeLots += trade.lots;
      const cumulativeVolume = this.#spec.hasCumulativeVolume ? volumeLots / this.#lotPower : Number.NaN;
      const price = this.#spec.ladder.priceOf(trade.tick);
      const id = this.#spec.hasCumulativeVolume ? '' : this.#firstTradeId + index;
      sink.trade(this.symbol, this.timeUs, price, trade.lots / this.#lotPower, trade.side, id, cumulativeVolume, 'regular');
    });
  }

  #sayBook(sink: EventSink, isWhole: boolean): void {
    const { rule } = this.#spec;
    // Futures join the first delta by an overlap (U <= lastUpdateId <= u), all others by pu; spot always by U = last + 1.
    const overlap = rule === 'binance-futures' && this.#previousUpdateId === FIRST_UPDATE_ID ? 1 : 0;
    const firstId = rule === 'replace' || isWhole ? Number.NaN : this.#previousUpdateId + 1 - overlap;
    const previousId = rule === 'binance-futures' && !isWhole ? this.#previousUpdateId - overlap : Number.NaN;
    sink.bookBegin(this.symbol, this.timeUs, isWhole, rule, firstId, this.#idOrNaN(), previousId);
    for (const side of [this.#book.bids, this.#book.asks]) {
      if (isWhole) for (let i = 0; i < side.count; i++) this.#sayLevel(sink, side, side.ticks[i]!, side.lots[i]!);
      else for (const [tick, lots] of side.changes) this.#sayLevel(sink, side, tick, lots);
    }
    sink.bookEnd();
  }

  #sayLevel(sink: EventSink, side: BookSide, tick: number, lots: number): void {
    sink.bookLevel(side.side, this.#spec.ladder.priceOf(tick), lots / this.#lotPower, Number.NaN, Number.NaN);
  }

  #sayQuote(sink: EventSink): void {
    const { bids, asks } = this.#book;
    const { priceOf } = this.#spec.ladder;
    const power = this.#lotPower;
    const [bidPrice, askPrice] = [priceOf(bids.ticks[0]!), priceOf(asks.ticks[0]!)];
    sink.quote(this.symbol, this.timeUs, bidPrice, bids.lots[0]! / power, askPrice, asks.lots[0]! / power, this.#idOrNaN());
  }

  /** The id of the book as it is now: a quote's is that of the book message said with it. */
  #idOrNaN(): number {
    return this.#spec.rule === 'replace' ? Number.NaN : this.#updateId;
  }

  #noteBest(): void {
    const { bids, asks } = this.#book;
    const best = `${bids.ticks[0]} ${bids.lots[0]} ${asks.ticks[0]} ${asks.lots[0]}`;
    this.#hasNewBest = best !== this.#best;
    this.#best = best;
  }

  /** Busy markets have more moments; times stay whole milliseconds, because venues print no finer ones. */
  #gapUs(): number {
    const meanUs = (this.#options.momentUs ?? MOMENT_US) / Math.max(0.4, this.#mood.activity);
    const gapUs = Math.max(MOMENT_US_MIN, meanUs * (0.3 + 1.4 * this.#random.fraction()));
    return Math.floor(gapUs / 1000) * 1000;
  }

  #busyness(): number {
    if (this.#options.dayPattern !== 'u-shape') return 1;
    const position = (2 * (this.timeUs - this.#options.startUs)) / this.#options.durationUs - 1; // −1 at the start, 1 at the end
    return 0.6 + 1.6 * position * position;
  }
}
