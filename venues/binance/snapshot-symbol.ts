import type { SymbolId, SymbolTable, TapeRecord } from '#domain';

/** Requests and connections that are remembered; past it the oldest is forgotten. */
export const REQUESTS_MAX = 1024;
const DEPTH_REQUEST = /\/depth\?[^"\s]*?\bsymbol=([^&"\s]+)/;
const NAMES_SHOWN = 5;

/**
 * Which instrument a REST depth body is of, as the body does not say. In this order: the symbol or the URL in its own meta; the request with its
 * `requestId`; where it has none, the latest depth request of its connection; where the tape holds no request, the only
 * symbol that had depth deltas so far. Several symbols are a failure: a book of the wrong symbol would be worse than none.
 */
export class SnapshotSymbols {
  readonly #venue: string;
  readonly #symbols: SymbolTable;
  readonly #byRequest = new Map<string, string>();
  readonly #byConnection = new Map<string, string>();
  readonly #withDeltas = new Set<SymbolId>();
  #lastWithDelta: SymbolId = -1;
  /** Why `symbolOf` returned -1. */
  reason = '';

  constructor(venue: string, symbols: SymbolTable) {
    this.#venue = venue;
    this.#symbols = symbols;
  }

  /** Remembers a depth request: the URL is in `meta.url`, or the payload is the request line. */
  noteRequest(record: TapeRecord): void {
    const meta = readMeta(record.meta);
    const symbol = symbolOfUrl(meta.url === '' ? new TextDecoder().decode(record.payload()) : meta.url);
    if (symbol === '') return;
    remember(this.#byConnection, record.connection, symbol);
    if (meta.requestId !== '') remember(this.#byRequest, requestKey(record, meta), symbol);
  }

  noteDelta(symbol: SymbolId): void {
    if (symbol === this.#lastWithDelta) return;
    this.#lastWithDelta = symbol;
    this.#withDeltas.add(symbol);
  }

  /** The symbol of the REST depth body in `record`, or -1 and the `reason`. */
  symbolOf(record: TapeRecord): SymbolId {
    const meta = readMeta(record.meta);
    const own = meta.symbol === '' ? symbolOfUrl(meta.url) : meta.symbol;
    const asked = meta.requestId === '' ? this.#byConnection.get(record.connection) : this.#byRequest.get(requestKey(record, meta));
    const name = own === '' ? asked : own;
    if (name !== undefined) return this.#symbols.intern(this.#venue, name);
    if (this.#withDeltas.size === 1) return this.#lastWithDelta;
    this.reason =
      this.#withDeltas.size === 0
        ? 'expected to know the symbol of a REST depth body, which names none: found no request and no depth delta before it'
        : `expected to know the symbol of a REST depth body, which names none: found no request and depth deltas of ${this.#names()}`;
    return -1;
  }

  #names(): string {
    const names = [...this.#withDeltas].slice(0, NAMES_SHOWN).map((id) => this.#symbols.name(id).symbol);
    const rest = this.#withDeltas.size - names.length;
    return `${this.#withDeltas.size} symbols (${names.join(', ')}${rest > 0 ? `, and ${rest} more` : ''})`;
  }
}

interface RequestMeta {
  readonly requestId: string;
  readonly url: string;
  /** As our own recorder writes it. */
  readonly symbol: string;
}

const NO_META: RequestMeta = { requestId: '', url: '', symbol: '' };

function readMeta(meta: string): RequestMeta {
  if (meta === '') return NO_META;
  try {
    const value: unknown = JSON.parse(meta);
    if (typeof value !== 'object' || value === null) return NO_META;
    const { requestId, url, symbol, endpoint } = value as Partial<Record<'requestId' | 'url' | 'symbol' | 'endpoint', unknown>>;
    const isId = typeof requestId === 'string' || typeof requestId === 'number';
    return {
      requestId: isId ? String(requestId) : '',
      url: typeof url === 'string' ? url : '',
      symbol: endpoint === 'depth' && typeof symbol === 'string' ? symbol : '',
    };
  } catch {
    return NO_META; // Meta that is no JSON tells nothing; the record stays as it is.
  }
}

function symbolOfUrl(url: string): string {
  const symbol = DEPTH_REQUEST.exec(url)?.[1] ?? '';
  try {
    return decodeURIComponent(symbol).toUpperCase();
  } catch {
    return symbol.toUpperCase(); // A stray percent sign: take the name as it was asked.
  }
}

function requestKey(record: TapeRecord, meta: RequestMeta): string {
  return `${record.connection}\u0000${meta.requestId}`;
}

function remember(map: Map<string, string>, key: string, symbol: string): void {
  map.delete(key);
  map.set(key, symbol);
  if (map.size <= REQUESTS_MAX) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
