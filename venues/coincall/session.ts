import { assert } from '#domain';
import {
  CONTROL,
  DATA,
  type FrameSignal,
  type SocketSession,
  type SocketSettings,
  type Subscription,
  subscriptionKey,
  UNKNOWN,
} from '../protocol.ts';
import { labelOfCode, leadingCode } from './channel.ts';
import { CHANNEL_RULES, type ChannelRule } from './channel-rules.ts';
import { readChoices } from './choices.ts';
import { isObject } from './control.ts';
import type { CoincallVenueId } from './instrument.ts';
import {
  type AnswerFrame,
  HEARTBEAT,
  HEARTBEAT_COMMAND,
  NUMERIC_HEARTBEAT,
  type RequestAction,
  readAnswer,
  requestText,
} from './request-frames.ts';
import { streamOf, streamsOfPush } from './streams.ts';

const TEXT = new TextDecoder();
const TOO_MANY = /too many request/i;
/** The limit counts a second. */
const TOO_MANY_WAIT_MS = 1_000;
/** A refusal that may be about another subscription is asked again after so long, each a second after the one before, so that it is alone then. */
const UNSURE_WAIT_MS = 60_000;
const UNSURE_SPACING_MS = 1_000;
const HEARTBEAT_WAIT_MS = 1_000;

interface Asked {
  readonly action: RequestAction;
  readonly channel: string;
  readonly symbol: string;
  /** The recorder's name of it. */
  readonly key: string;
  /** Another request of the same action and channel was in flight at the same time: an answer without a symbol may be about either. */
  isShared: boolean;
  /** The venue said "too many" while it was in flight: it may have been dropped. */
  isDoubtful: boolean;
}

/**
 * One connection. Answers name the channel and mostly not the symbol: one is about the oldest request of its channel in flight. Where that could
 * be wrong and would cost a subscription (a refusal among several, a dropped message), the subscription is asked for again.
 */
export class CoincallSession implements SocketSession {
  readonly #rules: ReadonlyMap<string, ChannelRule>;
  readonly #isSigned: boolean;
  readonly #secrets: readonly string[];
  /** Oldest first; no more than the recorder lets fly. */
  readonly #inFlight: Asked[] = [];
  /** Subscription keys by stream. */
  readonly #keys = new Map<string, string>();
  #unsure = 0;

  constructor(venue: CoincallVenueId, settings: SocketSettings) {
    this.#rules = CHANNEL_RULES[venue];
    this.#isSigned = readChoices(settings.options).isSigned;
    this.#secrets = Object.values(settings.credentials).filter((text) => text !== '');
  }

  subscribe(subscriptions: readonly Subscription[]): string {
    return this.#request('subscribe', subscriptions);
  }

  unsubscribe(subscriptions: readonly Subscription[]): string {
    return this.#request('unSubscribe', subscriptions);
  }

  heartbeat(): string {
    return this.#isSigned ? HEARTBEAT : NUMERIC_HEARTBEAT;
  }

  read(bytes: Uint8Array, start: number, end: number): FrameSignal {
    const code = leadingCode(bytes, start, end);
    if (code >= 0) return labelOfCode(code) === '' ? UNKNOWN : DATA;
    const text = TEXT.decode(bytes.subarray(start, end));
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return this.#readBare(text);
    }
    return isObject(value) ? this.#readObject(value) : UNKNOWN;
  }

  keyOf(bytes: Uint8Array, start: number, end: number): string {
    for (const stream of streamsOfPush(bytes, start, end)) {
      const key = this.#keys.get(stream);
      if (key !== undefined) return key;
    }
    return '';
  }

  #request(action: RequestAction, subscriptions: readonly Subscription[]): string {
    const [subscription] = subscriptions;
    assert(subscription !== undefined && subscriptions.length === 1, `one subscription a request, not ${subscriptions.length}`);
    const { channel, symbol, options } = subscription;
    const rule = this.#rules.get(channel);
    assert(rule !== undefined, `the plan refuses channels that are none, such as ${channel}`);
    const key = subscriptionKey(subscription);
    if (action === 'subscribe') this.#keys.set(streamOf(channel, symbol, options), key);
    else this.#keys.delete(streamOf(channel, symbol, options));
    const others = this.#inFlight.filter((asked) => asked.action === action && asked.channel === channel);
    for (const other of others) other.isShared = true;
    this.#inFlight.push({ action, channel, symbol, key, isShared: others.length > 0, isDoubtful: false });
    return requestText(action, rule, subscription, this.#isSigned);
  }

  /** Texts without JSON: the heartbeat of the days before July 2023, and the limit. */
  #readBare(text: string): FrameSignal {
    if (text === 'ping') return { kind: 'reply', text: 'pong' };
    if (text === 'pong') return CONTROL;
    return TOO_MANY.test(text) ? this.#tooMany(text) : UNKNOWN;
  }

  #readObject(value: Readonly<Record<string, unknown>>): FrameSignal {
    if (typeof value.dt === 'number') return labelOfCode(value.dt) === '' ? UNKNOWN : DATA;
    const answer = readAnswer(value);
    if (answer !== undefined) return this.#answer(answer);
    if (value.c === HEARTBEAT_COMMAND) return this.#heartbeatAnswer(value.rc);
    // A published client answers this; no document has it.
    if (typeof value.ping === 'number' || typeof value.ping === 'string')
      return { kind: 'reply', text: JSON.stringify({ pong: value.ping }) };
    return this.#readError(value);
  }

  #heartbeatAnswer(rc: unknown): FrameSignal {
    if (rc === 1) return CONTROL;
    const found = typeof rc === 'number' ? `rc ${rc}` : 'no rc';
    return {
      kind: 'back-off',
      code: 'HEARTBEAT',
      message: `the heartbeat was answered with ${found}, not rc 1`,
      waitMs: HEARTBEAT_WAIT_MS,
    };
  }

  #answer({ action, dataType, symbol, isOk, result }: AnswerFrame): FrameSignal {
    const asked = this.#take(action, dataType, symbol);
    if (asked === undefined) return CONTROL;
    const keys = [asked.key];
    // To be refused an end is an end too: there was nothing to end.
    if (action === 'unSubscribe') return { kind: 'released', keys };
    const isSure = symbol === asked.symbol || !asked.isShared;
    if (!isOk) return this.#refusal(asked, 'FAILED', `the answer to ${asked.channel} is "${result}"`, isSure);
    if (!asked.isDoubtful) return { kind: 'acknowledged', keys };
    return this.#refused(asked, 'TOO_MANY_REQUESTS', 'it may have been dropped: it is asked for again', TOO_MANY_WAIT_MS);
  }

  /** Takes the oldest request in flight that the answer can be about; the one of its symbol where the answer names it. */
  #take(action: RequestAction, dataType: string, symbol: string): Asked | undefined {
    // `lastTradeV2` was `lasttradeV2` until 2026-06-09.
    const channel = dataType.toLowerCase();
    const isOf = (asked: Asked) => asked.action === action && asked.channel.toLowerCase() === channel;
    const named = symbol === '' ? -1 : this.#inFlight.findIndex((asked) => isOf(asked) && asked.symbol === symbol);
    const at = named >= 0 ? named : this.#inFlight.findIndex(isOf);
    return at < 0 ? undefined : this.#inFlight.splice(at, 1)[0];
  }

  /** Errors have no documented form: told by the members that REST errors have. They name no request. */
  #readError(value: Readonly<Record<string, unknown>>): FrameSignal {
    const text = [value.msg, value.message, value.error].find((member) => typeof member === 'string');
    if (typeof text !== 'string') return UNKNOWN;
    if (TOO_MANY.test(text)) return this.#tooMany(text);
    const isAlone = this.#inFlight.length === 1;
    const asked = this.#inFlight.shift();
    if (asked === undefined) return UNKNOWN;
    if (asked.action === 'unSubscribe') return { kind: 'released', keys: [asked.key] };
    const code = typeof value.code === 'number' || typeof value.code === 'string' ? String(value.code) : 'ERROR';
    return this.#refusal(asked, code, text, isAlone && !asked.isShared);
  }

  #tooMany(text: string): FrameSignal {
    const asked = this.#inFlight.shift();
    for (const other of this.#inFlight) other.isDoubtful = true;
    // It was a heartbeat that was too many, or nothing of ours.
    if (asked === undefined) return CONTROL;
    return this.#refused(asked, 'TOO_MANY_REQUESTS', text, TOO_MANY_WAIT_MS);
  }

  #refusal(asked: Asked, code: string, message: string, isSure: boolean): FrameSignal {
    if (isSure) return this.#refused(asked, code, message);
    const waitMs = UNSURE_WAIT_MS + UNSURE_SPACING_MS * this.#unsure++;
    return this.#refused(asked, code, `${message}, or another is meant: it is asked for again, alone`, waitMs);
  }

  #refused({ key }: Asked, code: string, message: string, retryAfterMs?: number): FrameSignal {
    const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
    return { kind: 'refused', keys: [key], code, message: this.#withoutSecrets(message), ...retry };
  }

  /** What the venue says goes into logs; it might repeat a key. */
  #withoutSecrets(message: string): string {
    return this.#secrets.reduce((text, secret) => text.replaceAll(secret, '***'), message);
  }
}
