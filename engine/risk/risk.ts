import {
  assert,
  type Fill,
  type JsonValue,
  type OrderIntent,
  type Position,
  parseDuration,
  parseZoneOffset,
  type StatusEvent,
  type SymbolId,
} from '#domain';
import { intentProblem } from '../order-form.ts';
import { DailyLossLimit } from './daily-loss-limit.ts';
import { isClosing } from './exposure.ts';
import { HaltRule } from './halt.ts';
import { maximumPositionsRule } from './maximum-positions.ts';
import { OrdersPerMinute } from './orders-per-minute.ts';
import { stopLossRule, takeProfitRule } from './price-exits.ts';
import type { ExitRule, OpeningRule, Refusal, RiskAction, RiskContext } from './rule.ts';
import { type RiskSettings, timeOfDayUs, validateRiskSettings } from './settings.ts';
import { orderSizeRule, positionSizeRule } from './size-limit.ts';
import { TrailingStop } from './trailing-stop.ts';

export type { Refusal, RiskAction, RiskContext, RiskSettings };
export { validateRiskSettings };

/** Rules that make orders of their own; such an order carries the rule's name as `origin` and as `tag`. */
export const EXIT_ORIGINS: readonly string[] = ['stop-loss', 'take-profit', 'trailing-stop', 'daily-loss-limit'];

const NO_ACTIONS: readonly RiskAction[] = [];

/**
 * Stands between what a strategy wants and the broker, and closes positions by rule.
 *
 * Which rules see an intent: `order-form` (sizes and prices that make no order) sees all. Every other rule sees only intents that open or
 * enlarge a position; a reduce-only intent, or one that the open position covers whole, is never refused by them, also not while the
 * symbol is restricted (it rests until the release). Closing orders do count for orders-per-minute.
 *
 * Call `onTime` once a record before everything else, `onStatus` after the engine took a status in, `exits` after each market event of a
 * symbol, `onFill` after the ledger booked, and `check` for every intent (those of `exits` too).
 */
export class Risk {
  /** The limits with every default filled in: part of the run hash. */
  readonly settings: RiskSettings;
  readonly #openingRules: OpeningRule[] = [];
  readonly #exitRules: ExitRule[] = [];
  readonly #openSymbols = new Set<SymbolId>();
  readonly #dailyLoss: DailyLossLimit | undefined;
  readonly #flattens: boolean;
  readonly #halt: HaltRule | undefined;
  readonly #rate: OrdersPerMinute | undefined;
  readonly #trailing: TrailingStop | undefined;
  readonly #hasExits: boolean;
  /** By symbol, the mark at which no rule had anything to say about the position as it is; NaN when that must be found out. */
  readonly #quietMarks: number[] = [];
  /** Currencies whose daily limit was reached by a fill, until `exits` acts on it. */
  readonly #hits: string[] = [];

  constructor(settings: RiskSettings) {
    this.settings = validateRiskSettings(settings);
    const { stopLoss, takeProfit, trailingStop, dailyLossLimit, maximumPositions, orderSize, positionSize, ordersPerMinute, viHalt } =
      this.settings;
    this.#dailyLoss = dailyLossLimit === undefined ? undefined : createDailyLoss(dailyLossLimit);
    this.#flattens = dailyLossLimit?.flatten === true;
    this.#halt = viHalt === undefined ? undefined : new HaltRule(parseDuration(viHalt.coolDown ?? '0', 'cool-down'));
    this.#rate = ordersPerMinute === undefined ? undefined : new OrdersPerMinute(ordersPerMinute);
    if (this.#dailyLoss !== undefined) this.#openingRules.push(this.#dailyLoss);
    if (this.#halt !== undefined) this.#openingRules.push(this.#halt);
    if (orderSize !== undefined) this.#openingRules.push(orderSizeRule(orderSize));
    if (positionSize !== undefined) this.#openingRules.push(positionSizeRule(positionSize));
    if (maximumPositions !== undefined) this.#openingRules.push(maximumPositionsRule(maximumPositions, this.#openSymbols));
    if (this.#rate !== undefined) this.#openingRules.push(this.#rate);
    if (stopLoss !== undefined) this.#exitRules.push(stopLossRule(stopLoss));
    if (takeProfit !== undefined) this.#exitRules.push(takeProfitRule(takeProfit));
    this.#trailing = trailingStop === undefined ? undefined : new TrailingStop(trailingStop.triggerPercent, trailingStop.distancePercent);
    if (this.#trailing !== undefined) this.#exitRules.push(this.#trailing);
    this.#hasExits = this.#exitRules.length > 0 || this.#dailyLoss !== undefined;
  }

  /** What the rules remember of the day: baselines and hits of the daily loss limit, and the trails. */
  state(nameOf: (symbol: SymbolId) => string): { readonly [rule: string]: JsonValue } {
    return { dailyLossLimit: this.#dailyLoss?.state() ?? null, trailingStop: this.#trailing?.state(nameOf) ?? null };
  }

  /** Lets an intent become an order (and counts it as sent), or says which rule refuses it. */
  check(intent: OrderIntent, context: RiskContext): Refusal | undefined {
    const problem = intentProblem(intent);
    if (problem !== undefined) return refusal('order-form', problem);
    if (this.#openingRules.length > 0 && !isClosing(intent, context)) {
      for (const rule of this.#openingRules) {
        const reason = rule.refusal(intent, context);
        if (reason !== undefined) return refusal(rule.name, reason);
      }
    }
    this.#rate?.count(context.nowUs);
    return undefined;
  }

  /** What the rules do about a symbol whose mark may have moved; one an exit of a rule is on its way to is left alone. Free while nothing is open. */
  exits(context: RiskContext, symbol: SymbolId): readonly RiskAction[] {
    if (!this.#hasExits || (this.#openSymbols.size === 0 && this.#hits.length === 0)) return NO_ACTIONS;
    const mark = context.mark(symbol);
    if (mark === this.#quietMarks[symbol] && this.#hits.length === 0) return NO_ACTIONS;
    const position = context.position(symbol);
    if (position.size !== 0) this.#watchLoss(position.currency, context);
    if (this.#hits.length > 0) return this.#actOnHits(context);
    if (position.size === 0) return NO_ACTIONS;
    if (hasRuleExit(position, context)) return NO_ACTIONS;
    const exit = this.#exitOf(position, mark, context);
    if (exit !== undefined) return [exit];
    while (this.#quietMarks.length <= symbol) this.#quietMarks.push(Number.NaN);
    this.#quietMarks[symbol] = mark;
    return NO_ACTIONS;
  }

  /** After the ledger booked the fill. */
  onFill(fill: Fill, context: RiskContext): void {
    const { symbol } = fill;
    if (symbol < this.#quietMarks.length) this.#quietMarks[symbol] = Number.NaN;
    if (context.position(symbol).size !== 0) {
      this.#openSymbols.add(symbol);
    } else {
      this.#openSymbols.delete(symbol);
      for (const rule of this.#exitRules) rule.forget?.(symbol);
    }
    this.#watchLoss(fill.currency, context);
  }

  onStatus(status: Readonly<StatusEvent>, context: RiskContext): void {
    this.#halt?.onStatus(status, context);
  }

  onTime(context: RiskContext): void {
    this.#dailyLoss?.onTime(context);
  }

  #watchLoss(currency: string, context: RiskContext): void {
    if (this.#dailyLoss?.watch(currency, context) !== undefined) this.#hits.push(currency);
  }

  /** The first rule that closes the position. */
  #exitOf(position: Position, mark: number, context: RiskContext): RiskAction | undefined {
    for (const rule of this.#exitRules) {
      const reason = rule.exitReason(position, mark);
      if (reason === undefined) continue;
      return exitAction(rule.name, `${context.instrument(position.symbol).symbol} at ${reason}`, position);
    }
    const reason = this.#flattens ? this.#dailyLoss?.hitReason(position.currency) : undefined;
    return reason === undefined ? undefined : exitAction('daily-loss-limit', reason, position);
  }

  /** The daily limit was just reached: say so, take back orders that would open positions, and close what is open when that is wanted. */
  #actOnHits(context: RiskContext): readonly RiskAction[] {
    const actions: RiskAction[] = [];
    const rule = 'daily-loss-limit';
    for (const currency of this.#hits) {
      const reason = `${rule}: ${this.#dailyLoss?.hitReason(currency) ?? ''}`;
      actions.push({ kind: 'note', rule, symbol: -1, reason });
      for (const order of context.openOrders()) {
        const { symbol, id } = order;
        if (context.instrument(symbol).currency !== currency || isCovered(order, context.position(symbol))) continue;
        actions.push({ kind: 'cancel', orderId: id, rule, symbol, reason });
      }
      if (this.#flattens) this.#flatten(currency, context, actions);
    }
    this.#hits.length = 0;
    return actions;
  }

  #flatten(currency: string, context: RiskContext, actions: RiskAction[]): void {
    for (const symbol of this.#openSymbols) {
      const position = context.position(symbol);
      if (position.currency !== currency || hasRuleExit(position, context)) continue;
      actions.push(exitAction('daily-loss-limit', this.#dailyLoss?.hitReason(currency) ?? '', position));
    }
  }
}

/** Makes the rules of a run; settings that make no sense are a usage error. */
export function createRisk(settings: RiskSettings): Risk {
  return new Risk(settings);
}

function createDailyLoss(limit: NonNullable<RiskSettings['dailyLossLimit']>): DailyLossLimit {
  const zoneOffsetUs = parseZoneOffset(limit.zone ?? 'UTC');
  assert(zoneOffsetUs !== undefined, 'the zone was validated');
  return new DailyLossLimit(limit.loss, timeOfDayUs(limit.resetTime ?? '00:00'), zoneOffsetUs);
}

/** Whether an open order can only make the position smaller. */
function isCovered(order: OrderIntent, position: Position): boolean {
  if (order.reduceOnly === true) return true;
  const direction = order.side === 'buy' ? 1 : -1;
  return direction * position.size < 0 && order.size <= Math.abs(position.size);
}

function refusal(rule: string, reason: string): Refusal {
  return { rule, reason: `${rule}: ${reason}` };
}

function hasRuleExit(position: Position, context: RiskContext): boolean {
  for (const order of context.openOrders(position.symbol)) if (EXIT_ORIGINS.includes(order.origin)) return true;
  return false;
}

function exitAction(rule: string, reason: string, position: Position): RiskAction {
  const { symbol, size } = position;
  const side = size > 0 ? 'sell' : 'buy';
  const intent: OrderIntent = { symbol, side, kind: 'market', size: Math.abs(size), reduceOnly: true, tag: rule };
  return { kind: 'exit', intent, rule, symbol, reason: `${rule}: ${reason}` };
}
