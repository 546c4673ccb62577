import type { BarEvent, BookEvent, BookRule, TradeEvent } from '#domain';
import { EventRegister, type MarketEvent, MINUTE_US } from '#domain';

/** A trade of symbol 0 with only the fields a test is about. */
export function aTrade(fields: Partial<TradeEvent> = {}): TradeEvent {
  return {
    kind: 'trade',
    symbol: 0,
    venueTimeUs: 0,
    price: 100,
    size: 1,
    side: 1,
    tradeId: '',
    cumulativeVolume: Number.NaN,
    condition: 'regular',
    ...fields,
  };
}

/** A one minute bar of symbol 0 with only the fields a test is about. */
export function aBar(fields: Partial<BarEvent> = {}): BarEvent {
  return {
    kind: 'bar',
    symbol: 0,
    intervalUs: MINUTE_US,
    openTimeUs: 0,
    open: 100,
    high: 100,
    low: 100,
    close: 100,
    volume: 1,
    value: 100,
    trades: 1,
    isFinal: false,
    isHistory: false,
    ...fields,
  };
}

export interface BookMessage {
  readonly rule?: BookRule;
  readonly isSnapshot?: boolean;
  /** U, u, pu. */
  readonly ids?: readonly [first: number, last: number, previous?: number];
  readonly bids?: readonly (readonly [price: number, size: number])[];
  readonly asks?: readonly (readonly [price: number, size: number])[];
}

/** Makes book events as a decoder does: through one register, whose event is the same object each time. */
export function bookMaker(): (message: BookMessage) => Readonly<BookEvent> {
  let last: BookEvent | undefined;
  const keep = (event: MarketEvent) => {
    if (event.kind === 'book') last = event;
  };
  const unexpected = () => {
    throw new Error('a register that only makes books said something else');
  };
  const register = new EventRegister({ onEvent: keep, onDecodeFailure: unexpected, onUndecoded: unexpected, onDrift: unexpected });
  return ({ rule = 'replace', isSnapshot = false, ids, bids = [], asks = [] }) => {
    register.bookBegin(0, Number.NaN, isSnapshot, rule, ids?.[0] ?? Number.NaN, ids?.[1] ?? Number.NaN, ids?.[2] ?? Number.NaN);
    for (const [price, size] of bids) register.bookLevel(1, price, size, Number.NaN, Number.NaN);
    for (const [price, size] of asks) register.bookLevel(-1, price, size, Number.NaN, Number.NaN);
    register.bookEnd();
    return last!;
  };
}
