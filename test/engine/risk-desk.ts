import type { Fill, Instrument, MinorUnits, Order, OrderIntent, Position, StatusEvent, SymbolId } from '../../domain/index.ts';
import { Ledger } from '../../engine/ledger.ts';
import { createRisk, type Risk, type RiskAction, type RiskContext, type RiskSettings } from '../../engine/risk/risk.ts';

const NAMES = ['BTCUSDT', 'ETHUSDT', '005930'];

/** Risk over a real ledger: fills are booked as the test says. */
export class RiskDesk implements RiskContext {
  readonly risk: Risk;
  readonly ledger: Ledger;
  readonly orders: Order[] = [];
  readonly restricted = new Set<SymbolId>();
  readonly #marks: number[] = [];
  nowUs = 0;

  constructor(settings: RiskSettings) {
    this.risk = createRisk(settings);
    this.ledger = new Ledger({ instrument: (symbol) => this.instrument(symbol) });
    this.risk.onTime(this);
  }

  position(symbol: SymbolId): Position {
    return this.ledger.position(symbol);
  }
  mark(symbol: SymbolId): number {
    return this.#marks[symbol] ?? Number.NaN;
  }
  equityMinor(currency: string): MinorUnits {
    return this.ledger.equityMinor(currency);
  }
  openOrders(symbol?: SymbolId): readonly Order[] {
    return this.orders.filter((order) => symbol === undefined || order.symbol === symbol);
  }
  isRestricted(symbol: SymbolId): boolean {
    return this.restricted.has(symbol);
  }
  instrument(symbol: SymbolId): Instrument {
    const currency = symbol === 2 ? 'KRW' : 'USDT';
    return { venue: 'x', symbol: NAMES[symbol] ?? '', kind: 'perpetual', currency, multiplier: 1 };
  }

  at(nowUs: number): this {
    this.nowUs = nowUs;
    this.risk.onTime(this);
    return this;
  }

  /** `check`, as the reason or `ok`. */
  check(intent: Partial<OrderIntent> = {}): string {
    return this.risk.check({ symbol: 0, side: 'buy', kind: 'market', size: 1, ...intent }, this)?.reason ?? 'ok';
  }

  fill(side: 'buy' | 'sell', size: number, price: number, symbol = 0, feeMinor = 0): void {
    const { currency } = this.instrument(symbol);
    const fill: Fill = {
      orderId: 1,
      symbol,
      side,
      price,
      size,
      liquidity: 'taker',
      currency,
      feeMinor,
      midPrice: Number.NaN,
      timeUs: this.nowUs,
    };
    this.ledger.applyFill(fill);
    this.risk.onFill(fill, this);
  }

  /** A new mark; what the rules do about it. */
  moveTo(price: number, symbol = 0): readonly RiskAction[] {
    this.#marks[symbol] = price;
    this.ledger.mark(symbol, price);
    return this.risk.exits(this, symbol);
  }

  open(order: Partial<Order>): void {
    this.orders.push({
      symbol: 0,
      side: 'buy',
      kind: 'limit',
      size: 1,
      limitPrice: 1,
      id: this.orders.length + 1,
      submittedAtUs: 0,
      submittedAtSequence: 0,
      origin: 'strategy',
      state: 'resting',
      filledSize: 0,
      ...order,
    });
  }

  status(symbol: SymbolId, isRestricted: boolean): void {
    if (symbol >= 0 && isRestricted) this.restricted.add(symbol);
    if (!isRestricted) this.restricted.delete(symbol);
    const status: StatusEvent = {
      kind: 'status',
      symbol,
      venueTimeUs: 0,
      status: 'volatility-interruption',
      isRestricted,
      code: '',
      price: Number.NaN,
    };
    this.risk.onStatus(status, this);
  }
}

/** Exits as `sell 2: reason`, cancels as `cancel 3: reason`, notes as their reason. */
export function actionTexts(actions: readonly RiskAction[]): string[] {
  return actions.map((action) => {
    switch (action.kind) {
      case 'exit':
        return `${action.intent.side} ${action.intent.size} of ${action.symbol}: ${action.reason}`;
      case 'cancel':
        return `cancel ${action.orderId}`;
      case 'note':
        return action.reason;
      default:
        return action satisfies never;
    }
  });
}
