import {
  assert,
  bookAmount,
  exactDecimal,
  type Fill,
  formatUnits,
  type Instrument,
  type MinorUnits,
  type Position,
  powerOfTen,
  type SymbolId,
} from '#domain';
import { averagePrice, type ClosedTrade, RoundTrip } from './ledger-trip.ts';
import { marketValue, shareOfCost } from './ledger-value.ts';

export type { ClosedTrade };

/** The money of one currency, in its minor units. */
export interface AccountView {
  readonly currency: string;
  readonly startMinor: MinorUnits;
  /** Start, minus all that was bought, plus all that was sold, minus fees. Everything settles in full: there is no margin. */
  readonly cashMinor: MinorUnits;
  /** What the open positions cost: above 0 for longs, below 0 (money received) for shorts. */
  readonly costMinor: MinorUnits;
  readonly realisedMinor: MinorUnits;
  readonly feesMinor: MinorUnits;
  /** Value of the open positions at their last known mark, minus their cost. */
  readonly unrealisedMinor: MinorUnits;
}

type Account = { -readonly [Key in keyof AccountView]: AccountView[Key] };

export interface LedgerOptions {
  readonly instrument: (symbol: SymbolId) => Instrument;
  /** Starting cash in minor units by currency; a currency that is not named starts at 0 and shows profit and loss only. */
  readonly startMinor?: Readonly<Record<string, MinorUnits>>;
}

/** One symbol's books; strategies read it as a `Position`. */
class LedgerPosition implements Position {
  readonly symbol: SymbolId;
  instrument: Instrument;
  currency: string;
  /** A fill was booked: what the symbol is worth is fixed from then on. */
  isBooked = false;
  size = 0;
  averagePrice = Number.NaN;
  realisedMinor = 0;
  feesMinor = 0;
  /** The exact size: `units` of 10^-decimals. */
  units = 0n;
  decimals = 0;
  costMinor = 0;
  markPrice = Number.NaN;
  unrealisedMinor = 0;
  trip: RoundTrip | undefined = undefined;

  constructor(symbol: SymbolId, instrument: Instrument) {
    this.symbol = symbol;
    this.instrument = instrument;
    this.currency = instrument.currency;
  }
}

/**
 * Money and positions, per currency in integer minor units, never added across currencies.
 *
 * The identity that holds after every step, exactly:
 *
 *     cash + cost of open positions = start + realised − fees
 *     equity = start + realised + unrealised − fees = cash + value of open positions
 *
 * Positions are kept at average price. Values are rounded `against-us` at each booking: a purchase up, a sale down, the cost that
 * leaves with a partial close up; the rest of the cost stays with the position, so that rounding moves profit but never makes any.
 */
export class Ledger {
  readonly #instrument: (symbol: SymbolId) => Instrument;
  readonly #accounts = new Map<string, Account>();
  readonly #positions: (LedgerPosition | undefined)[] = [];
  readonly #inOrder: LedgerPosition[] = [];
  #isChecked = true;

  constructor(options: LedgerOptions) {
    this.#instrument = options.instrument;
    for (const [currency, startMinor] of Object.entries(options.startMinor ?? {})) {
      assert(Number.isSafeInteger(startMinor), `starting cash is whole minor units, not ${startMinor} ${currency}`);
      this.#accounts.set(currency, emptyAccount(currency, startMinor));
    }
  }

  /** Books a fill; returns the round trip that it ended, if any. `tag` is the order's, for the report. */
  applyFill(fill: Fill, tag = ''): ClosedTrade | undefined {
    const position = this.#open(fill.symbol);
    assert(fill.currency === position.currency, `a fill in ${fill.currency} cannot be booked to a position in ${position.currency}`);
    assert(fill.size > 0 && Number.isSafeInteger(fill.feeMinor), `a fill has a size and a fee: ${fill.size}, ${fill.feeMinor}`);
    position.isBooked = true;
    const sign = fill.side === 'buy' ? 1n : -1n;
    const filled = this.#fillUnits(position, fill.size);
    const held = position.units * -sign;
    const closing = held <= 0n ? 0n : held < filled ? held : filled;
    const closingFee = closing === 0n ? 0 : Number((BigInt(fill.feeMinor) * closing) / filled);
    const trade = closing === 0n ? undefined : this.#close(position, fill, closing, closingFee, tag);
    if (closing < filled) this.#enter(position, fill, filled - closing, fill.feeMinor - closingFee, tag);
    this.#bookFee(position, fill.feeMinor);
    if (Number.isNaN(position.markPrice)) position.markPrice = fill.price;
    this.#revalue(position);
    this.#isChecked = false;
    return trade;
  }

  /** Tells the latest price of a symbol. NaN is no news: the last known mark stays. */
  mark(symbol: SymbolId, price: number): void {
    const position = this.#positions[symbol];
    if (position === undefined || Number.isNaN(price) || price === position.markPrice) return;
    position.markPrice = price;
    if (position.size === 0) return;
    position.trip?.see(price);
    this.#revalue(position);
  }

  /** The position of a symbol, flat where nothing was traded. The object is the ledger's own and changes with the next fill. */
  position(symbol: SymbolId): Position {
    return this.#positions[symbol] ?? this.#open(symbol);
  }

  /** True from the first fill of a symbol on: from then its currency and multiplier stay, whatever a later master says. */
  hasBooked(symbol: SymbolId): boolean {
    return this.#positions[symbol]?.isBooked ?? false;
  }

  /** Takes over a changed definition of a symbol that has no fill yet. */
  redefine(symbol: SymbolId): void {
    const position = this.#positions[symbol];
    if (position === undefined || position.isBooked) return;
    position.instrument = this.#instrument(symbol);
    position.currency = position.instrument.currency;
  }

  /** Every symbol that was asked for or traded, in order of first appearance. */
  get positions(): readonly Position[] {
    return this.#inOrder;
  }

  /** The last known mark of a symbol; NaN before its first. */
  markOf(symbol: SymbolId): number {
    return this.#positions[symbol]?.markPrice ?? Number.NaN;
  }

  unrealisedMinor(symbol: SymbolId): MinorUnits {
    return this.#positions[symbol]?.unrealisedMinor ?? 0;
  }

  /** Start + realised + unrealised − fees of one currency. */
  equityMinor(currency: string): MinorUnits {
    const account = this.#accounts.get(currency);
    if (account === undefined) return 0;
    return account.startMinor + account.realisedMinor + account.unrealisedMinor - account.feesMinor;
  }

  /** Currencies that had starting cash or a position, in order of first appearance. */
  get currencies(): readonly string[] {
    return [...this.#accounts.keys()];
  }

  account(currency: string): AccountView {
    return this.#accounts.get(currency) ?? emptyAccount(currency, 0);
  }

  /** Stops on a bug when the identity above is broken, or when an account is not the sum of its positions. Free when nothing was booked. */
  checkBalance(): void {
    if (this.#isChecked) return;
    for (const account of this.#accounts.values()) {
      const { currency } = account;
      const held = account.cashMinor + account.costMinor;
      const earned = account.startMinor + account.realisedMinor - account.feesMinor;
      assert(Number.isSafeInteger(held) && held === earned, `${currency}: cash + cost is ${held}, start + realised − fees is ${earned}`);
      this.#checkSum(account, 'costMinor');
      this.#checkSum(account, 'realisedMinor');
      this.#checkSum(account, 'feesMinor');
      this.#checkSum(account, 'unrealisedMinor');
    }
    this.#isChecked = true;
  }

  #checkSum(account: Account, field: 'costMinor' | 'realisedMinor' | 'feesMinor' | 'unrealisedMinor'): void {
    let sum = 0;
    for (const position of this.#inOrder) if (position.currency === account.currency) sum += position[field];
    assert(sum === account[field], `${account.currency}: ${field} is ${account[field]}, its positions add up to ${sum}`);
  }

  #open(symbol: SymbolId): LedgerPosition {
    const known = this.#positions[symbol];
    if (known !== undefined) return known;
    const position = new LedgerPosition(symbol, this.#instrument(symbol));
    // A whole market, -1, holds nothing and is in no list.
    if (symbol < 0) return position;
    // Filled up with undefined instead of left with holes, so that reading stays fast.
    while (this.#positions.length <= symbol) this.#positions.push(undefined);
    this.#positions[symbol] = position;
    this.#inOrder.push(position);
    return position;
  }

  #account(currency: string): Account {
    const known = this.#accounts.get(currency);
    if (known !== undefined) return known;
    const account = emptyAccount(currency, 0);
    this.#accounts.set(currency, account);
    return account;
  }

  /** The size in the position's units; a finer size rescales the position exactly. */
  #fillUnits(position: LedgerPosition, size: number): bigint {
    const exact = exactDecimal(size);
    assert(exact !== undefined, `a size is a finite number, not ${size}`);
    if (exact.decimals > position.decimals) {
      position.units *= 10n ** BigInt(exact.decimals - position.decimals);
      position.decimals = exact.decimals;
    }
    return exact.units * 10n ** BigInt(position.decimals - exact.decimals);
  }

  #close(position: LedgerPosition, fill: Fill, units: bigint, feeMinor: MinorUnits, tag: string): ClosedTrade | undefined {
    const size = sizeOf(units, position.decimals);
    const received = this.#exchange(position, fill, size);
    const held = position.units < 0n ? -position.units : position.units;
    const cost = shareOfCost(position.costMinor, units, held);
    this.#moveCost(position, -cost);
    const account = this.#account(position.currency);
    position.realisedMinor += received - cost;
    account.realisedMinor += received - cost;
    this.#resize(position, position.units + (fill.side === 'buy' ? units : -units));
    const trip = position.trip;
    assert(trip !== undefined, 'an open position has a round trip under way');
    trip.exit(fill.price, size, received - cost, feeMinor);
    if (position.units !== 0n) return undefined;
    position.averagePrice = Number.NaN;
    position.trip = undefined;
    return trip.close(fill, tag, position.instrument);
  }

  #enter(position: LedgerPosition, fill: Fill, units: bigint, feeMinor: MinorUnits, tag: string): void {
    const size = sizeOf(units, position.decimals);
    this.#moveCost(position, -this.#exchange(position, fill, size));
    position.averagePrice = averagePrice(position.averagePrice, Math.abs(position.size), fill.price, size);
    this.#resize(position, position.units + (fill.side === 'buy' ? units : -units));
    position.trip ??= new RoundTrip(fill, tag);
    position.trip.enter(fill.price, size, feeMinor);
  }

  /** Moves the money of a trade and returns what came in (below 0 for a purchase). */
  #exchange(position: LedgerPosition, fill: Fill, size: number): MinorUnits {
    const direction = fill.side === 'buy' ? -1 : 1;
    const received = bookAmount([direction, fill.price, size, position.instrument.multiplier], position.currency, 'against-us');
    this.#account(position.currency).cashMinor += received;
    return received;
  }

  #moveCost(position: LedgerPosition, change: MinorUnits): void {
    position.costMinor += change;
    this.#account(position.currency).costMinor += change;
  }

  #bookFee(position: LedgerPosition, feeMinor: MinorUnits): void {
    const account = this.#account(position.currency);
    account.cashMinor -= feeMinor;
    account.feesMinor += feeMinor;
    position.feesMinor += feeMinor;
  }

  #resize(position: LedgerPosition, units: bigint): void {
    position.units = units;
    position.size = sizeOf(units, position.decimals);
  }

  #revalue(position: LedgerPosition): void {
    const value = position.size === 0 ? 0 : marketValue(position.size, position.markPrice, position.instrument);
    const unrealised = value - position.costMinor;
    this.#account(position.currency).unrealisedMinor += unrealised - position.unrealisedMinor;
    position.unrealisedMinor = unrealised;
  }
}

function emptyAccount(currency: string, startMinor: MinorUnits): Account {
  return { currency, startMinor, cashMinor: startMinor, costMinor: 0, realisedMinor: 0, feesMinor: 0, unrealisedMinor: 0 };
}

/** The nearest double of `units` of 10^-decimals. */
function sizeOf(units: bigint, decimals: number): number {
  const whole = Number(units);
  // A safe integer divided by an exact power of ten is the nearest double.
  return Number.isSafeInteger(whole) && decimals <= POWER_MAX ? whole / powerOfTen(decimals) : Number(formatUnits(units, decimals));
}

/** Powers of ten that a double holds exactly. */
const POWER_MAX = 22;
