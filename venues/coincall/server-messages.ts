import { labelOfCode } from './channel.ts';
import { CHANNEL_RULES, type ChannelRule, isDetail, isSymbol } from './channel-rules.ts';
import { isObject } from './control.ts';
import type { CoincallVenueId } from './instrument.ts';
import { ACTIONS, HEARTBEAT_COMMAND, type RequestAction, SUBSCRIBE_COMMAND } from './request-frames.ts';
import { streamOf } from './streams.ts';

/** Symbols of one request (documented for `orderBook` of options). */
const SYMBOLS_MAX = 100;

/** What a client said, as far as it is something. */
export type ClientMessage =
  | { readonly kind: 'heartbeat' }
  /** The text `ping`, the heartbeat before July 2023. */
  | { readonly kind: 'ping' }
  /** An answer to a ping that we did not send: some clients do. */
  | { readonly kind: 'pong' }
  | ClientRequest
  | { readonly kind: 'invalid' };

export interface ClientRequest {
  readonly kind: 'request';
  readonly action: RequestAction;
  /** As the client wrote it. */
  readonly dataType: string;
  /** The channel's name; empty where the venue has none. */
  readonly channel: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** In the numeric form of the first documents, whose answer nobody has shown. */
  readonly isNumeric: boolean;
}

const INVALID: ClientMessage = { kind: 'invalid' };
const NO_PAYLOAD: Readonly<Record<string, unknown>> = {};

/** Total: any text is a message. */
export function readMessage(venue: CoincallVenueId, text: string): ClientMessage {
  const bare = text.trim();
  if (bare === 'ping' || bare === 'pong') return { kind: bare };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return INVALID;
  }
  if (!isObject(value)) return INVALID;
  if (typeof value.action === 'string') return readRequest(venue, value, value.action.toLowerCase());
  if (value.c === HEARTBEAT_COMMAND) return { kind: 'heartbeat' };
  if (value.c === SUBSCRIBE_COMMAND) return readNumeric(value);
  return Object.hasOwn(value, 'pong') ? { kind: 'pong' } : INVALID;
}

function readRequest(venue: CoincallVenueId, value: Readonly<Record<string, unknown>>, actionName: string): ClientMessage {
  if (actionName === 'heartbeat') return { kind: 'heartbeat' };
  const action = ACTIONS.get(actionName);
  const { dataType, payload } = value;
  if (action === undefined || typeof dataType !== 'string') return INVALID;
  return {
    ...{ kind: 'request', action, dataType, channel: channelNamed(venue, dataType) },
    ...{ payload: isObject(payload) ? payload : NO_PAYLOAD, isNumeric: false },
  };
}

/** `{"c":20,"dt":5,"d":{"s":…}}`: a client of 2026 still writes it. There is no numeric form of an end. */
function readNumeric({ dt, d }: Readonly<Record<string, unknown>>): ClientMessage {
  if (typeof dt !== 'number') return INVALID;
  const { s, pe, end } = isObject(d) ? d : NO_PAYLOAD;
  const payload = {
    ...(s === undefined ? {} : { symbol: s }),
    ...(pe === undefined ? {} : { period: pe }),
    ...(end === undefined ? {} : { end }),
  };
  const label = labelOfCode(dt);
  return { kind: 'request', action: 'subscribe', dataType: label === '' ? String(dt) : label, channel: label, payload, isNumeric: true };
}

/** `lastTradeV2` was printed `lasttradeV2` until 2026-06-09, and clients kept it. */
function channelNamed(venue: CoincallVenueId, dataType: string): string {
  if (CHANNEL_RULES[venue].has(dataType)) return dataType;
  return dataType === 'lasttradeV2' ? 'lastTradeV2' : '';
}

/** The streams that a request is about; `undefined` for one that the venue refuses. */
export function streamsOfRequest(venue: CoincallVenueId, { channel, payload }: ClientRequest): readonly string[] | undefined {
  const rule = CHANNEL_RULES[venue].get(channel);
  const symbols = rule === undefined ? undefined : symbolsOf(rule, payload.symbol);
  if (rule === undefined || symbols === undefined) return undefined;
  if (rule.detail === undefined) return symbols.map((symbol) => streamOf(channel, symbol));
  const value = payload[rule.detail];
  // A client may write the expiry as a text.
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  const { detail } = rule;
  return isDetail(detail, text) ? symbols.map((symbol) => streamOf(channel, symbol, { [detail]: text })) : undefined;
}

function symbolsOf(rule: ChannelRule, symbol: unknown): readonly string[] | undefined {
  // A channel without symbols does not look at its payload.
  if (rule.symbol === 'none' || symbol === undefined || symbol === '') return isSymbol(rule, '') ? [''] : undefined;
  const isList = Array.isArray(symbol);
  const symbols: readonly unknown[] = isList ? symbol : [symbol];
  const mayBeList = rule.isBatched === true || rule.symbol === 'optional';
  if (isList && (!mayBeList || symbols.length === 0 || symbols.length > SYMBOLS_MAX)) return undefined;
  return symbols.every((name): name is string => typeof name === 'string' && isSymbol(rule, name)) ? symbols : undefined;
}
