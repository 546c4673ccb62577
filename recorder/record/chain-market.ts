import { type BarEvent, EventRegister, type Instrument, type MarketEvent, MILLISECOND_US, SymbolTable, type TapeRecord } from '#domain';
import type { ChainRooms, ChainWish, Decoder, OptionChain, Venue } from '#venues';
import { PriceBoard } from './price-board.ts';
import { moneyOfEvent } from './underlying-price.ts';

/** What the tape of one venue told of options so far: which are listed, by its masters, and where the money is, by its frames. Read by the production decoder. */
export class ChainMarket {
  readonly #venue: Venue;
  readonly #rooms: ChainRooms;
  readonly #symbols = new SymbolTable();
  readonly #prices = new PriceBoard();
  readonly #decoder: Decoder;
  /** By the request that listed them: a new answer takes the place of the one before. */
  readonly #lists = new Map<string, ReadonlyMap<string, Instrument>>();
  #chains: readonly OptionChain[] = [];
  #chainOfSymbol: ReadonlyMap<string, OptionChain> = new Map();
  /** When the chains must be worked out anew because one of them expires; -Infinity after new masters. */
  #chainsUntilUs = Number.NEGATIVE_INFINITY;
  #youngestBarUs = Number.NEGATIVE_INFINITY;
  #nowMs = 0;

  constructor(venue: Venue, rooms: ChainRooms) {
    this.#venue = venue;
    this.#rooms = rooms;
    this.#decoder = venue.createDecoder(
      listening((event) => this.#hear(event)),
      this.#symbols,
    );
  }

  /** True once masters listed any option. */
  get hasList(): boolean {
    return this.#lists.size > 0;
  }

  /** Reads masters; false when they hold no instrument of an option, in which case those known before stay. */
  readMasters(request: string, record: TapeRecord): boolean {
    const symbols = new SymbolTable();
    const list = new Map<string, Instrument>();
    let options = 0;
    // A fresh decoder says every instrument, one that read the list before only what changed: what is gone would stay.
    const sink = listening(undefined, (instrument) => {
      list.set(instrument.symbol, instrument);
      if (instrument.strike !== undefined) options += 1;
    });
    this.#venue.createDecoder(sink, symbols).decode(record);
    if (options === 0) return false;
    this.#lists.set(request, list);
    this.#chainsUntilUs = Number.NEGATIVE_INFINITY;
    return true;
  }

  readPrices(record: TapeRecord, nowMs: number): void {
    this.#nowMs = nowMs;
    this.#youngestBarUs = Number.NEGATIVE_INFINITY;
    this.#decoder.decode(record);
  }

  /** The chains that a wish is about, nearest first; fewer where fewer are listed. */
  chainsOf(wish: ChainWish, nowMs: number): readonly OptionChain[] {
    this.#followExpiries(nowMs);
    const named = this.#chains.filter(({ name, maturity }) => name === wish.name && maturity >= wish.maturity);
    return named.slice(0, wish.maturities);
  }

  money(chain: OptionChain, nowMs: number): number | undefined {
    return this.#prices.money(chain, nowMs);
  }

  #hear(event: MarketEvent): void {
    if (!('symbol' in event) || event.symbol < 0) return;
    const { symbol } = this.#symbols.name(event.symbol);
    if (event.kind === 'option-quote') {
      const chain = this.#chainOfSymbol.get(symbol);
      const forward = moneyOfEvent(event, '');
      if (chain !== undefined && forward > 0) this.#prices.tellForward(chain, forward, this.#nowMs);
      return;
    }
    const source = this.#rooms.sourceOf(symbol, this.#instrumentOf(symbol));
    if (source === undefined || (event.kind === 'bar' && !this.#isYoungest(event))) return;
    const price = moneyOfEvent(event, source.reading);
    if (price > 0) this.#prices.tell(source, symbol, price, this.#nowMs);
  }

  /** An answer with bars holds a history, in whatever order. */
  #isYoungest({ openTimeUs }: BarEvent): boolean {
    if (openTimeUs < this.#youngestBarUs) return false;
    this.#youngestBarUs = openTimeUs;
    return true;
  }

  #instrumentOf(symbol: string): Instrument | undefined {
    for (const list of this.#lists.values()) {
      const instrument = list.get(symbol);
      if (instrument !== undefined) return instrument;
    }
    return undefined;
  }

  #followExpiries(nowMs: number): void {
    const nowUs = nowMs * MILLISECOND_US;
    if (nowUs < this.#chainsUntilUs) return;
    const instruments = [...this.#lists.values()].flatMap((list) => [...list.values()]);
    this.#chains = this.#rooms.chainsOf(instruments, nowUs);
    this.#chainOfSymbol = new Map(
      this.#chains.flatMap((chain) =>
        chain.strikes.flatMap(({ call, put }): [string, OptionChain][] => [
          [call, chain],
          [put, chain],
        ]),
      ),
    );
    // NaN where the venue names no expiry: only new masters change the list then.
    this.#chainsUntilUs = Math.min(
      Number.POSITIVE_INFINITY,
      ...this.#chains.flatMap(({ expiresAtUs }) => (expiresAtUs > 0 ? [expiresAtUs] : [])),
    );
  }
}

/** A sink of which only this is listened to; what else a frame says, good or bad, is the replay's business. */
function listening(onEvent: ((event: MarketEvent) => void) | undefined, onInstrument?: (instrument: Instrument) => void): EventRegister {
  return new EventRegister({
    onEvent: (event) => onEvent?.(event),
    onDecodeFailure: () => undefined,
    onUndecoded: () => undefined,
    onDrift: () => undefined,
    onInstrument: (_, instrument) => onInstrument?.(instrument),
  });
}
