import type { EventSink, SymbolTable } from '#domain';

const EVENT_CALLS = ['trade', 'quote', 'bookBegin', 'bar', 'optionQuote', 'auction', 'status', 'readingBegin'] as const;
const OTHER_CALLS = [
  'bookLevel',
  'bookTotals',
  'bookEnd',
  'readingValue',
  'readingEnd',
  'noticeBegin',
  'noticeField',
  'noticeEnd',
] as const;
const NOTE_CALLS = ['feedLost', 'feedBack', 'undecoded', 'drift'] as const;

/** A sink that keeps every call as one line, symbols by name and numbers exactly, so that two decoders can be compared. */
export interface CallLog {
  readonly sink: EventSink;
  /** The lines since the last time; a failure is `failed`, its reasons are in `reasons`. */
  take(): string[];
  readonly reasons: string[];
}

export function createCallLog(symbols: SymbolTable): CallLog {
  let lines: string[] = [];
  const reasons: string[] = [];
  const methods: Record<string, (...values: unknown[]) => void> = {};
  for (const name of EVENT_CALLS) {
    methods[name] = (symbol, ...rest) => lines.push([name, symbols.name(symbol as number).symbol, ...rest.map(exactText)].join(' '));
  }
  for (const name of [...OTHER_CALLS, ...NOTE_CALLS]) methods[name] = (...values) => lines.push([name, ...values.map(exactText)].join(' '));
  methods.decodeFailure = (channel, reason) => {
    lines.push('failed');
    reasons.push(`${String(channel)}: ${String(reason)}`);
  };
  const take = (): string[] => {
    const taken = lines;
    lines = [];
    return taken;
  };
  return { sink: methods as unknown as EventSink, take, reasons };
}

function exactText(value: unknown): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
