import {
  type BookView,
  type Candle,
  type Desk,
  type Instrument,
  type OptionQuoteEvent,
  type Order,
  type OrderIntent,
  type Position,
  type SymbolId,
  type SymbolTable,
  usageError,
} from '#domain';
import type { CandleDesk } from './candle-desk.ts';
import type { Ledger } from './ledger.ts';
import type { OptionChain } from './option-chain.ts';
import type { PaperBroker } from './paper-broker.ts';
import type { SymbolStates } from './symbol-state.ts';
import type { TimerQueue } from './timer-queue.ts';

/** What the desk reads, and where a strategy's wishes go until its step reaches risk. */
export interface DeskHost {
  readonly nowUs: number;
  readonly symbols: SymbolTable;
  readonly states: SymbolStates;
  readonly candles: CandleDesk;
  readonly ledger: Ledger;
  readonly broker: PaperBroker;
  readonly optionChain: OptionChain;
  readonly timers: TimerQueue;
  wishOrder(intent: OrderIntent): void;
  wishCancel(orderId: number): void;
  wishSubscription(action: 'watch' | 'release', venue: string, symbol: string): void;
}

/** Candles that stay readable when a strategy does not say how many. */
const CANDLE_HISTORY_DEFAULT = 500;

/** The strategy's desk over an engine's state: reads through, and only collects what is asked for. */
export class EngineDesk implements Desk {
  readonly #host: DeskHost;
  #isSetup = true;

  constructor(host: DeskHost) {
    this.#host = host;
  }

  /** From here on candles can no longer be asked for. */
  endSetup(): void {
    this.#isSetup = false;
  }

  get nowUs(): number {
    return this.#host.nowUs;
  }

  get symbols(): readonly SymbolId[] {
    return this.#host.states.ids;
  }

  instrument(symbol: SymbolId): Instrument {
    return this.#host.states.of(symbol).instrument;
  }

  find(venue: string, symbol: string): SymbolId | undefined {
    return this.#host.symbols.find(venue, symbol);
  }

  book(symbol: SymbolId): BookView {
    return this.#host.states.of(symbol).book;
  }

  position(symbol: SymbolId): Position {
    return this.#host.ledger.position(symbol);
  }

  openOrders(symbol?: SymbolId): readonly Order[] {
    return this.#host.broker.openOrders(symbol);
  }

  candles(symbol: SymbolId, interval: string): readonly Candle[] {
    return this.#host.candles.closed(symbol, interval);
  }

  formingCandle(symbol: SymbolId, interval: string): Candle | undefined {
    return this.#host.candles.forming(this.#host.states.of(symbol), interval);
  }

  optionChain(venue: string): ReadonlyMap<SymbolId, Readonly<OptionQuoteEvent>> {
    return this.#host.optionChain.of(venue);
  }

  useCandles(
    interval: string,
    options: { readonly symbol?: { readonly venue: string; readonly symbol: string }; readonly history?: number } = {},
  ): void {
    if (!this.#isSetup)
      throw usageError(
        'CANDLES_LATE',
        `candles ${interval} are asked for in setup, so that they start with the tape: move useCandles there`,
      );
    const history = options.history ?? CANDLE_HISTORY_DEFAULT;
    this.#host.candles.use(interval, { symbol: options.symbol, history, isForStrategy: true });
  }

  setTimer(name: string, atUs: number): void {
    if (!Number.isFinite(atUs))
      throw usageError('TIMER_TIME', `timer "${name}" needs a time in microseconds, not ${atUs}${this.#timeAdvice()}`);
    this.#host.timers.set(name, atUs);
  }

  submit(intent: OrderIntent): void {
    this.#host.wishOrder(intent);
  }

  cancel(orderId: number): void {
    this.#host.wishCancel(orderId);
  }

  watch(venue: string, symbol: string): void {
    this.#host.wishSubscription('watch', venue, symbol);
  }

  release(venue: string, symbol: string): void {
    this.#host.wishSubscription('release', venue, symbol);
  }

  /** Engine time is that of the records. */
  #timeAdvice(): string {
    if (Number.isFinite(this.#host.nowUs)) return '';
    return ': before the first record there is no time yet (desk.nowUs is -Infinity), so set it from the first event on, or name a time of its own';
  }
}
