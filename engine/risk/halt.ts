import { formatDuration, type OrderIntent, type StatusEvent, type SymbolId } from '#domain';
import type { OpeningRule, RiskContext } from './rule.ts';

/** Refuses opening orders while the venue restricts a symbol (VI, 변동성완화장치, or a halt), and for a while after it was released. */
export class HaltRule implements OpeningRule {
  readonly name = 'vi-halt';
  readonly #coolDownUs: number;
  readonly #restricted = new Set<SymbolId>();
  readonly #releasedAtUs = new Map<SymbolId, number>();

  constructor(coolDownUs: number) {
    this.#coolDownUs = coolDownUs;
  }

  /** After the engine took the status in. Symbol -1, the whole market, is kept like a symbol of its own. */
  onStatus(status: Readonly<StatusEvent>, context: RiskContext): void {
    const { symbol } = status;
    const isRestricted = symbol < 0 ? status.isRestricted : context.isRestricted(symbol);
    if (isRestricted) this.#restricted.add(symbol);
    else if (this.#restricted.delete(symbol)) this.#releasedAtUs.set(symbol, context.nowUs);
  }

  refusal(intent: OrderIntent, context: RiskContext): string | undefined {
    const { symbol } = intent;
    const name = context.instrument(symbol).symbol;
    if (context.isRestricted(symbol)) return `${name} is restricted by the venue`;
    return this.#coolDown(symbol, name, context.nowUs) ?? this.#coolDown(-1, 'the market', context.nowUs);
  }

  #coolDown(symbol: SymbolId, name: string, nowUs: number): string | undefined {
    const sinceUs = nowUs - (this.#releasedAtUs.get(symbol) ?? Number.NEGATIVE_INFINITY);
    if (sinceUs >= this.#coolDownUs) return undefined;
    return `${name} was released ${formatDuration(sinceUs)} ago and the cool-down is ${formatDuration(this.#coolDownUs)}`;
  }
}
