import type { EventSink, SymbolTable } from '#domain';

/** One call of the sink: the method's name, then its arguments. Symbol ids are replaced by names. */
export type SinkCall = readonly [string, ...unknown[]];

/** A sink that keeps what was said to it, so that two decoders can be compared call by call. */
export interface RecordedSink {
  readonly sink: EventSink;
  readonly calls: SinkCall[];
  /** The calls of one method. */
  of(method: keyof EventSink): SinkCall[];
}

/** Methods whose first argument is a symbol id. */
const SYMBOL_METHODS: readonly (keyof EventSink)[] = [
  'trade',
  'quote',
  'bookBegin',
  'bar',
  'optionQuote',
  'auction',
  'status',
  'readingBegin',
  'instrument',
];
const OTHER_METHODS: readonly (keyof EventSink)[] = [
  'bookLevel',
  'bookTotals',
  'bookEnd',
  'readingValue',
  'readingEnd',
  'noticeField',
  'noticeEnd',
  'feedLost',
  'feedBack',
  'decodeFailure',
  'undecoded',
  'drift',
];

export function recordedSink(symbols: SymbolTable): RecordedSink {
  const calls: SinkCall[] = [];
  const nameOf = (id: unknown) => (typeof id === 'number' && id >= 0 ? symbols.name(id).symbol : id);
  const methods: Record<string, (...values: unknown[]) => void> = {
    noticeBegin: (notice, symbol, venueTimeUs) => calls.push(['noticeBegin', notice, nameOf(symbol), venueTimeUs]),
  };
  for (const method of SYMBOL_METHODS) methods[method] = (symbol, ...rest) => calls.push([method, nameOf(symbol), ...rest]);
  for (const method of OTHER_METHODS) methods[method] = (...values) => calls.push([method, ...values]);
  return { sink: methods as unknown as EventSink, calls, of: (method) => calls.filter((call) => call[0] === method) };
}

/** Calls as lines of text, to compare: the wording and channel of a failure are free, its place is not. */
export function comparable(calls: readonly SinkCall[]): readonly string[] {
  return calls.map((call) => (call[0] === 'decodeFailure' ? 'decodeFailure' : call.map(textOf).join(' | ')));
}

function textOf(value: unknown): string {
  if (typeof value === 'object') return JSON.stringify(value);
  return Object.is(value, -0) ? '-0' : typeof value === 'string' ? JSON.stringify(value) : String(value);
}
