import { type EventSink, type Instrument, MILLISECOND_US, type SymbolTable } from '#domain';
import { amountOf } from '../json-amount.ts';
import { isObject, labelOfControl, sayRefusal } from './control.ts';
import { type CoincallVenueId, CURRENCY } from './instrument.ts';

type JsonObject = { readonly [key: string]: unknown };

const SYMBOL_PATTERN = /^[!#-[\]-~]{1,64}$/;

/**
 * Reads REST bodies. What was asked for is `endpoint` of the record's meta (`instruments`, `symbols`, `config`, `server-time`); a body without
 * one is told by what it holds. Masters come a few times a day: `JSON.parse` will do.
 */
export class RestBodies {
  readonly #sink: EventSink;
  readonly #symbols: SymbolTable;
  readonly #venue: CoincallVenueId;
  /** What all bodies together said of a future: names are in one, price and size steps in another. */
  readonly #futures = new Map<string, Instrument>();

  constructor(venue: CoincallVenueId, sink: EventSink, symbols: SymbolTable) {
    this.#venue = venue;
    this.#sink = sink;
    this.#symbols = symbols;
  }

  say(body: unknown, text: string, meta: string): void {
    const asked = readMeta(meta);
    const label = asked.endpoint === '' ? labelOfControl(body) : asked.endpoint;
    if (!isObject(body) || amountOf(body.code) !== 0) {
      if (isObject(body) && Object.hasOwn(body, 'code')) sayRefusal(this.#sink, label, text);
      else if (asked.status >= 400) sayRefusal(this.#sink, label, `HTTP ${asked.status}: ${text}`);
      else this.#sink.decodeFailure(label, 'expected an object with a code, found none');
      return;
    }
    this.#sayData(label, body.data);
  }

  /** A body that is no JSON: an error page, or a failure. */
  sayText(text: string, meta: string): void {
    const { endpoint, status } = readMeta(meta);
    if (status >= 400) sayRefusal(this.#sink, endpoint, `HTTP ${status}: ${text}`);
    else this.#sink.decodeFailure(endpoint, 'expected a JSON object, found other text');
  }

  #sayData(label: string, data: unknown): void {
    switch (label) {
      case 'instruments':
        this.#sayRows(label, data, this.#venue === 'coincall-options' ? (row) => this.#option(row) : (row) => this.#future(row));
        return;
      case 'symbols':
        this.#sayRows(label, data, (row) => this.#named(row));
        return;
      case 'config':
        this.#sayConfig(data);
        return;
      case 'server-time':
        if (!(amountOf(isObject(data) ? data.serverTime : undefined)! > 0))
          this.#sink.decodeFailure(label, 'expected "serverTime", found none');
        return;
      default:
        this.#sink.undecoded(label);
    }
  }

  #sayRows(label: string, data: unknown, read: (row: JsonObject) => Instrument | string): void {
    if (!Array.isArray(data)) return this.#sink.decodeFailure(label, 'expected a list as "data", found none');
    for (const row of data) {
      const instrument = isObject(row) ? read(row) : 'expected an object as a row of "data", found none';
      if (typeof instrument === 'string') this.#sink.decodeFailure(label, instrument);
      else this.#sayInstrument(instrument);
    }
  }

  #sayInstrument(instrument: Instrument): void {
    this.#sink.instrument(this.#symbols.intern(this.#venue, instrument.symbol), instrument);
  }

  #option(row: JsonObject): Instrument | string {
    const { symbolName, strike, expirationTimestamp } = row;
    const expiryUs = (amountOf(expirationTimestamp) ?? Number.NaN) * MILLISECOND_US;
    if (!isSymbol(symbolName)) return 'expected a name as "symbolName", found none';
    if (!(amountOf(strike)! > 0)) return `expected a positive "strike" of ${symbolName}, found none`;
    if (!(expiryUs > 0 && Number.isSafeInteger(expiryUs)))
      return `expected milliseconds as "expirationTimestamp" of ${symbolName}, found none`;
    const side = symbolName.endsWith('-C') ? 'call' : symbolName.endsWith('-P') ? 'put' : undefined;
    return {
      ...{ venue: this.#venue, symbol: symbolName, kind: 'option', currency: CURRENCY, multiplier: 1 },
      ...steps(row.tickSize, row.minQty),
      ...{ strike: amountOf(strike)!, expiryUs },
      ...(side === undefined ? {} : { optionType: side }),
    };
  }

  /** A row of the futures instruments: its `ticker_id` is `BTC-USD` where frames say `BTCUSD`. */
  #future(row: JsonObject): Instrument | string {
    const { ticker_id: id, quote_currency: quote, product_type: product } = row;
    if (!isSymbol(id)) return 'expected a name as "ticker_id", found none';
    const isPerpetual = product === undefined || product === 'Perpetual';
    return this.#merged(id.replace('-', ''), { kind: isPerpetual ? 'perpetual' : 'future', currency: isSymbol(quote) ? quote : CURRENCY });
  }

  #named(row: JsonObject): Instrument | string {
    const { symbol, displayName, quoteToken } = row;
    if (!isSymbol(symbol)) return 'expected a name as "symbol", found none';
    const name = isSymbol(displayName) ? { name: displayName } : {};
    return this.#merged(symbol, { ...name, ...(isSymbol(quoteToken) ? { currency: quoteToken } : {}) });
  }

  /** Fees and limits of all underlyings. Price and size steps of the futures are nowhere else; those of options come with each contract. */
  #sayConfig(data: unknown): void {
    const futures = isObject(data) ? data.futuresConfig : undefined;
    if (!isObject(data) || !(isObject(futures) || isObject(data.optionConfig))) {
      this.#sink.decodeFailure('config', 'expected "futuresConfig" or "optionConfig", found neither');
      return;
    }
    if (this.#venue === 'coincall-options' || !isObject(futures)) return;
    for (const [symbol, row] of Object.entries(futures)) {
      if (!isObject(row) || !isSymbol(symbol))
        this.#sink.decodeFailure('config', 'expected an object by symbol in "futuresConfig", found none');
      else
        this.#sayInstrument(
          this.#merged(symbol, { ...steps(row.tickSize, row.minQty), ...(isSymbol(row.settle) ? { currency: row.settle } : {}) }),
        );
    }
  }

  #merged(symbol: string, told: Partial<Instrument>): Instrument {
    const known = this.#futures.get(symbol) ?? { venue: this.#venue, symbol, kind: 'perpetual', currency: CURRENCY, multiplier: 1 };
    const merged = { ...known, ...told };
    this.#futures.set(symbol, merged);
    return merged;
  }
}

/** Price and size steps where they are positive numbers. */
function steps(tickSize: unknown, lotSize: unknown): { readonly tickSize?: number; readonly lotSize?: number } {
  const tick = amountOf(tickSize) ?? Number.NaN;
  const lot = amountOf(lotSize) ?? Number.NaN;
  return { ...(tick > 0 ? { tickSize: tick } : {}), ...(lot > 0 ? { lotSize: lot } : {}) };
}

function isSymbol(value: unknown): value is string {
  return typeof value === 'string' && SYMBOL_PATTERN.test(value);
}

function readMeta(meta: string): { readonly endpoint: string; readonly status: number } {
  try {
    const value: unknown = meta === '' ? undefined : JSON.parse(meta);
    if (!isObject(value)) return { endpoint: '', status: 0 };
    const { endpoint, status } = value;
    return { endpoint: typeof endpoint === 'string' ? endpoint : '', status: typeof status === 'number' ? status : 0 };
  } catch {
    return { endpoint: '', status: 0 }; // Meta that is no JSON tells nothing; the record stays as it is.
  }
}
