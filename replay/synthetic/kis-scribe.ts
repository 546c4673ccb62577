import { MINUTE_US, SECOND_US } from '#domain';
import {
  encodeKisBooks,
  encodeKisExpectedPrices,
  encodeKisStatuses,
  encodeKisTrades,
  type Listing,
  type MarketMoment,
  type RestRequest,
  type TradingPhase,
} from '#venues';
import { type KnownInstrument, kisBody } from './kis-bodies.ts';
import { kisMaster } from './kis-masters.ts';
import { directionCode, kisBook, kisTrade } from './kis-rows.ts';
import { MinuteBars } from './minute-bars.ts';
import { percentChange, rounded } from './printed-number.ts';
import type { ScribePoll, VenueScribe } from './scribe.ts';

interface Channels {
  readonly trade: string;
  readonly book: string;
  /** Of expected prices, where there is one. */
  readonly expected?: string;
}

const STOCK: Channels = { trade: 'H0STCNT0', book: 'H0STASP0' };
const DERIVATIVES: Readonly<Record<string, Channels>> = {
  'future day': { trade: 'H0IFCNT0', book: 'H0IFASP0' },
  'option day': { trade: 'H0IOCNT0', book: 'H0IOASP0' },
  'future night': { trade: 'H0MFCNT0', book: 'H0MFASP0' },
  'option night': { trade: 'H0EUCNT0', book: 'H0EUASP0', expected: 'H0EUANC0' },
};
const STATUS = 'H0STMKO0';
/** Codes of the market's operation: the opening auction begins, the open, the closing auction begins, the close. */
const PHASE_CODES: Readonly<Record<TradingPhase, string>> = {
  'opening-auction': '110',
  regular: '112',
  'closing-auction': '121',
  closed: '129',
};
const BOARD_EVERY_US = 5 * SECOND_US;
const BARS_EVERY_US = MINUTE_US;

/** KIS: stocks, index futures and options by day and by night, boards and minute bars by REST. */
export class KisScribe implements VenueScribe {
  readonly venue = 'kis';
  readonly symbols: readonly string[];
  readonly polls: readonly ScribePoll[];
  readonly #listings: readonly Listing[];
  readonly #told: ReadonlySet<string>;
  readonly #known = new Map<string, KnownInstrument>();

  constructor(listings: readonly Listing[]) {
    this.#listings = listings.filter(({ segment }) => segment === 'kospi' || segment === 'kosdaq' || segment === 'krx-derivatives');
    this.symbols = this.#listings.map(({ symbol }) => symbol);
    this.#told = new Set(this.symbols);
    this.polls = pollsOf(this.#listings);
  }

  tell(moment: MarketMoment, send: (frame: Uint8Array) => void): void {
    const { listing, trades, phase, session } = moment;
    if (!this.#told.has(listing.symbol)) return;
    this.#remember(moment);
    const isStock = listing.kind === 'stock';
    if (isStock && (moment.isNewPhase || moment.interruption !== undefined)) send(statusFrame(moment));
    const channels = isStock ? STOCK : DERIVATIVES[`${listing.kind} ${session}`]!;
    if (trades.length > 0) {
      send(
        encodeKisTrades(
          channels.trade,
          trades.map((trade) => kisTrade(moment, trade)),
        ),
      );
    }
    if (channels.expected !== undefined && !Number.isNaN(moment.expectedPrice)) send(expectedFrame(channels.expected, moment));
    if (phase !== 'closed') send(encodeKisBooks(channels.book, [kisBook(moment)]));
  }

  answer(request: RestRequest): Uint8Array | undefined {
    return kisMaster(request.endpoint, this.#listings) ?? kisBody(request, this.#known);
  }

  #remember(moment: MarketMoment): void {
    const { symbol } = moment.listing;
    const bars = this.#known.get(symbol)?.bars ?? new MinuteBars();
    for (const trade of moment.trades) bars.add(moment.timeUs, trade);
    this.#known.set(symbol, { moment, bars });
  }
}

function pollsOf(listings: readonly Listing[]): readonly ScribePoll[] {
  const maturities = new Set(listings.flatMap(({ kind, maturity }) => (kind === 'option' && maturity !== undefined ? [maturity] : [])));
  const futures = listings.filter(({ kind }) => kind === 'future');
  return [
    ...[...maturities].map((target) => ({ rule: 'option-board', target, everyUs: BOARD_EVERY_US })),
    ...(futures.length === 0 ? [] : [{ rule: 'futures-board', target: 'KOSPI200', everyUs: BOARD_EVERY_US }]),
    ...listings
      .filter(({ kind }) => kind === 'stock')
      .map(({ symbol }) => ({ rule: 'stock-minute', target: symbol, everyUs: BARS_EVERY_US })),
    ...futures.map(({ symbol }) => ({ rule: 'derivative-minute', target: symbol, everyUs: BARS_EVERY_US })),
  ];
}

function statusFrame({ listing, phase, isInterrupted }: MarketMoment): Uint8Array {
  const status = { symbol: listing.symbol, phase: PHASE_CODES[phase], isHalted: false, isInterrupted };
  return encodeKisStatuses(STATUS, [status]);
}

function expectedFrame(channel: string, moment: MarketMoment): Uint8Array {
  const { listing, timeUs, expectedPrice, expectedSize, previousClose } = moment;
  const readings = {
    expected_change: rounded(expectedPrice - previousClose, 2),
    expected_change_percent: percentChange(previousClose, expectedPrice),
    expected_direction_code: directionCode(moment, expectedPrice),
    expected_operation_code: 311,
  };
  return encodeKisExpectedPrices(channel, [
    { symbol: listing.symbol, venueTimeUs: timeUs, price: expectedPrice, size: expectedSize, readings },
  ]);
}
