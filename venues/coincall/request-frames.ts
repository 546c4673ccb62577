import type { Subscription } from '../protocol.ts';
import type { ChannelRule } from './channel-rules.ts';
import { isObject } from './control.ts';

export type RequestAction = 'subscribe' | 'unSubscribe';

/** The heartbeat since July 2023, and the numeric one of the first generation, which is still answered. */
export const HEARTBEAT = '{"action":"heartbeat"}';
export const NUMERIC_HEARTBEAT = '{"c":11}';

/** Commands of the numeric protocol. */
export const HEARTBEAT_COMMAND = 11;
export const SUBSCRIBE_COMMAND = 20;

/** One request of one subscription. Documents of the first generation give the symbols of `position` as a list. */
export function requestText(
  action: RequestAction,
  rule: ChannelRule,
  { channel, symbol, options }: Subscription,
  isSigned: boolean,
): string {
  if (symbol === '') return JSON.stringify({ action, dataType: channel });
  const name = rule.symbol === 'optional' && !isSigned ? [symbol] : symbol;
  const payload = { symbol: name, period: options?.period, end: options?.end === undefined ? undefined : Number(options.end) };
  return JSON.stringify({ action, dataType: channel, payload });
}

/** An acknowledgement or a refusal. */
export interface AnswerFrame {
  readonly action: RequestAction;
  readonly dataType: string;
  /** Empty where the payload is not repeated, as on the wire of 2025. */
  readonly symbol: string;
  readonly isOk: boolean;
  readonly result: string;
}

/** Reads `{"action":"SUBSCRIBE","dataType":…,"result":…}`; `undefined` for any other value. */
export function readAnswer(value: unknown): AnswerFrame | undefined {
  if (!isObject(value) || typeof value.action !== 'string' || typeof value.dataType !== 'string') return undefined;
  const action = ACTIONS.get(value.action.toLowerCase());
  if (action === undefined || !Object.hasOwn(value, 'result')) return undefined;
  const symbol = isObject(value.payload) ? value.payload.symbol : undefined;
  const only: unknown = Array.isArray(symbol) && symbol.length === 1 ? symbol[0] : symbol;
  const result = typeof value.result === 'string' ? value.result : typeof value.result;
  return {
    action,
    dataType: value.dataType,
    symbol: typeof only === 'string' ? only : '',
    isOk: result.toLowerCase() === 'success',
    result,
  };
}

/** Clients write `unSubscribe`, answers come in capitals. */
export const ACTIONS: ReadonlyMap<string, RequestAction> = new Map([
  ['subscribe', 'subscribe'],
  ['unsubscribe', 'unSubscribe'],
]);
