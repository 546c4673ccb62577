import { expect, test } from 'vitest';
import { type AuditEntry, type Candle, canonicalJson, type Fill, type JsonValue, type Order, type OrderIntent, SymbolTable } from '#domain';
import { auditLine } from '../../replay/audit-line.ts';

const symbols = new SymbolTable();
const BTC = symbols.intern('binance-spot', 'BTCUSDT');
const ODD = symbols.intern('kiwoom', '삼성"전자\n');

const intent: OrderIntent = { symbol: BTC, side: 'buy', kind: 'market', size: 1.5 };
const rich: OrderIntent = {
  symbol: ODD,
  side: 'sell',
  kind: 'stop-limit',
  size: 0.1,
  limitPrice: 1e-7,
  stopPrice: 1e21,
  reduceOnly: false,
  tag: 'a"b\u2028',
};
const progress = {
  id: 3,
  submittedAtUs: 1_723_161_254_087_891,
  submittedAtSequence: 9,
  origin: 'stop-loss',
  state: 'resting',
  filledSize: 0,
} as const;
const candle: Candle = {
  symbol: BTC,
  interval: '1m',
  openTimeUs: 60_000_000,
  closeTimeUs: 120_000_000,
  open: 1.25,
  high: 2,
  low: -0,
  close: Number.NaN,
  volume: 3,
  value: Number.NaN,
  buyVolume: 0,
  trades: Number.NaN,
  exact: { volume: '3.000001', value: '', buyVolume: '0' },
  flags: [],
};
const fill: Fill = {
  orderId: 3,
  symbol: BTC,
  side: 'sell',
  price: 61_837.63,
  size: 0.00001,
  liquidity: 'maker',
  currency: 'USDT',
  feeMinor: -12,
  midPrice: Number.NaN,
  timeUs: 5,
};

const ENTRIES: readonly AuditEntry[] = [
  { kind: 'candle', candle },
  { kind: 'candle', candle: { ...candle, flags: ['no-trade', 'gap'] } },
  { kind: 'late-trade', symbol: ODD, interval: '1s 1m', venueTimeUs: Number.NaN, price: 1, size: 2 },
  { kind: 'intent', intent, origin: 'strategy' },
  { kind: 'intent', intent: { ...intent, limitPrice: 7 }, origin: 'strategy' },
  { kind: 'intent', intent: { ...intent, reduceOnly: true }, origin: 'strategy' },
  { kind: 'intent', intent: rich, origin: '"' },
  { kind: 'refusal', intent: { ...intent, size: Number.POSITIVE_INFINITY }, rule: 'order-form', reason: 'size is Infinity' },
  { kind: 'order', order: { ...intent, ...progress } },
  { kind: 'order', order: { ...rich, ...progress } },
  { kind: 'cancel', orderId: 3, reason: 'cancelled by the strategy' },
  { kind: 'rejection', orderId: 4, reason: '\\' },
  { kind: 'fill', fill },
  { kind: 'fill', fill: { ...fill, midPrice: 61_837.635 } },
  { kind: 'rule', rule: 'stop-loss', symbol: -1, reason: 'r' },
  { kind: 'book', symbol: BTC, state: 'unknown', reason: 'gap' },
  { kind: 'feed', venue: 'kiwoom', connection: '1', state: 'lost', reason: 'x' },
  { kind: 'status', symbol: ODD, status: 'halt', isRestricted: true, code: '' },
  { kind: 'subscription', action: 'watch', venue: 'kiwoom', symbol: '005930' },
  { kind: 'timer', name: 'close "now"' },
];

/** The slow form: the entry as a value, sorted by the canonical writer. */
function entryValue(entry: AuditEntry): JsonValue {
  const value = JSON.parse(JSON.stringify(entry)) as Record<string, JsonValue>;
  const named = { ...value, ...('symbol' in entry && entry.kind !== 'subscription' ? { symbol: nameOf(entry.symbol) } : {}) };
  switch (entry.kind) {
    case 'candle': {
      const { volume, value: sum, buyVolume } = entry.candle.exact;
      const { exact: _, ...rest } = value.candle as Record<string, JsonValue>;
      return { ...named, candle: { ...rest, symbol: nameOf(entry.candle.symbol), volume, value: sum, buyVolume } };
    }
    case 'intent':
    case 'refusal':
      return { ...named, intent: orderValue(entry.intent) };
    case 'order':
      return { ...named, order: orderValue(entry.order) };
    case 'fill':
      return { ...named, fill: { ...(value.fill as Record<string, JsonValue>), symbol: nameOf(entry.fill.symbol) } };
    default:
      return named;
  }
}

/** The order's kind is its `type`: `kind` is the entry's word. */
function orderValue(order: OrderIntent | Order): JsonValue {
  const { kind, ...rest } = JSON.parse(JSON.stringify(order)) as Record<string, JsonValue>;
  return { ...rest, type: kind, symbol: nameOf(order.symbol) };
}

function nameOf(id: number): string {
  if (id < 0) return '*';
  const { venue, symbol } = symbols.name(id);
  return `${venue}:${symbol}`;
}

test.each(ENTRIES.map((entry) => [entry.kind, entry] as const))('a line with a %s is what the canonical writer writes', (_, entry) => {
  const step = { sequence: 12, tape: 0, event: -1, timeUs: 1_723_161_254_087_891 };
  expect(auditLine({ ...step, entries: [entry] }, symbols)).toBe(canonicalJson({ ...step, entries: [entryValue(entry)] }));
});

test('several entries stand in their order', () => {
  const entries = [ENTRIES[12]!, ENTRIES[3]!];
  const step = { sequence: 0, tape: 1, event: 0, timeUs: 0 };
  expect(auditLine({ ...step, entries }, symbols)).toBe(canonicalJson({ ...step, entries: entries.map(entryValue) }));
});

test('a number that must be there is a bug when it is not', () => {
  const entries: AuditEntry[] = [{ kind: 'fill', fill: { ...fill, price: Number.NaN } }];
  expect(() => auditLine({ sequence: 0, tape: 0, event: 0, timeUs: 0, entries }, symbols)).toThrow('bug');
});
