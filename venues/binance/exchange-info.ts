import { type EventSink, exactDecimal, type Instrument, type InstrumentKind, type SymbolTable, type TapeRecord } from '#domain';

/** `meta.endpoint` of an `exchangeInfo` answer, as the recorder writes it. */
export const EXCHANGE_INFO = 'exchange-info';
const MARK = `"endpoint":"${EXCHANGE_INFO}"`;

export function isExchangeInfo(meta: string): boolean {
  return meta.includes(MARK);
}

/**
 * Says the instruments of an `exchangeInfo` body (developers.binance.com, "Exchange information"): tick size from `PRICE_FILTER`, lot size from
 * `LOT_SIZE`, the kind from `contractType`. It comes a few times a day, so clarity goes before speed.
 */
export function sayExchangeInfo(venue: string, record: TapeRecord, sink: EventSink, symbols: SymbolTable): void {
  const rows = readRows(record.payload());
  if (rows === undefined) {
    sink.decodeFailure(EXCHANGE_INFO, 'expected an object with a list "symbols"');
    return;
  }
  for (const row of rows) {
    const instrument = instrumentOfRow(venue, row);
    if (instrument === undefined) {
      sink.decodeFailure(EXCHANGE_INFO, 'expected "symbol" and "quoteAsset" in every row of "symbols"');
      return;
    }
    sink.instrument(symbols.intern(venue, instrument.symbol), instrument);
  }
}

type Row = Readonly<Record<string, unknown>>;

function readRows(payload: Uint8Array): readonly Row[] | undefined {
  try {
    const body: unknown = JSON.parse(new TextDecoder().decode(payload));
    if (typeof body !== 'object' || body === null || !('symbols' in body) || !Array.isArray(body.symbols)) return undefined;
    const rows: readonly unknown[] = body.symbols;
    return rows.every((row) => typeof row === 'object' && row !== null) ? (rows as readonly Row[]) : undefined;
  } catch {
    return undefined;
  }
}

function instrumentOfRow(venue: string, row: Row): Instrument | undefined {
  const { symbol, quoteAsset, marginAsset, deliveryDate } = row;
  if (typeof symbol !== 'string' || symbol === '' || typeof quoteAsset !== 'string') return undefined;
  const kind = kindOf(venue, row.contractType);
  const tickSize = filterStep(row, 'PRICE_FILTER', 'tickSize');
  const lotSize = filterStep(row, 'LOT_SIZE', 'stepSize');
  return {
    venue,
    symbol,
    kind,
    currency: typeof marginAsset === 'string' && marginAsset !== '' ? marginAsset : quoteAsset,
    multiplier: 1,
    ...(tickSize === undefined ? {} : { tickSize }),
    ...(lotSize === undefined ? {} : { lotSize }),
    // A perpetual carries a date far in the future that means nothing.
    ...(kind === 'future' && typeof deliveryDate === 'number' && Number.isSafeInteger(deliveryDate * 1000)
      ? { expiryUs: deliveryDate * 1000 }
      : {}),
  };
}

function kindOf(venue: string, contractType: unknown): InstrumentKind {
  if (venue === 'binance-spot') return 'spot';
  if (contractType === 'PERPETUAL') return 'perpetual';
  return typeof contractType === 'string' && contractType !== '' ? 'future' : 'unknown';
}

function filterStep(row: Row, filterType: string, member: string): number | undefined {
  if (!Array.isArray(row.filters)) return undefined;
  for (const filter of row.filters as readonly unknown[]) {
    if (typeof filter !== 'object' || filter === null || (filter as Row).filterType !== filterType) continue;
    const step = Number((filter as Row)[member]);
    if (step > 0 && exactDecimal(step) !== undefined) return step;
  }
  return undefined;
}
