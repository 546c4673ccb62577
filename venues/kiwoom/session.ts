import { assert, assertNever } from '#domain';
import { asciiBytes, hasBytes } from '../json-scan.ts';
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
import { isBarePing } from './channel.ts';
import { CHANNEL_RULES, CONDITION_TYPE } from './channel-rules.ts';
import { missingCondition } from './condition-list.ts';
import { conditionNumber, FrameRows } from './frame-rows.ts';
import { RegistrationGroups } from './registration-groups.ts';
import { parseReply, type Reply, textOf } from './reply.ts';
import { conditionClearText, conditionListText, conditionText, loginText, registerText, removeText } from './requests.ts';
import { errorOf, innerCodeOf, returnCodeOf } from './rest-codes.ts';
import { meaningOf, systemMeaningOf } from './socket-codes.ts';

/** How a REAL frame ends on the wire. */
const REAL_END = asciiBytes('],"trnm":"REAL"}');
const PING = 'PING';
const REQUESTS: ReadonlySet<string> = new Set(['REG', 'REMOVE', 'CNSRLST', 'CNSRREQ', 'CNSRCLR']);
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

/** The one request in flight: its answer names nothing, so that the order tells. */
interface Asked {
  /** What its answer will be called. */
  readonly trnm: string;
  readonly action: 'subscribe' | 'unsubscribe';
  readonly part: readonly Subscription[];
  /** Of the same batch, but no part of this message. */
  readonly rest: readonly Subscription[];
}

type Verdict = Extract<FrameSignal, { kind: 'acknowledged' | 'released' | 'refused' }>;

/**
 * One connection: LOGIN, one request at a time, the echo of PING, and which registration a frame belongs to.
 *
 * A batch may hold what does not fit one message (a condition search beside registrations, two groups). Then only its first part is sent;
 * once that is answered the rest is handed back to be asked for again (`released` means "not registered" to the recorder). As a frame gives
 * one signal, the verdict on the part is said with the next answer, or waits in `#owed` for the next frame of data: an acknowledgement can,
 * and a refused part is asked for once more after the rest, so that its refusal need not.
 */
export class KiwoomSession implements SocketSession {
  readonly #token: string;
  readonly #secrets: readonly string[];
  readonly #groups = new RegistrationGroups();
  readonly #rows = new FrameRows();
  /** The recorder's name of what is registered, by `<type>|<item>`. */
  readonly #keys = new Map<string, string>();
  #isLoggedIn = false;
  /** The account's searches, once they were asked for. */
  #conditionList: Reply | undefined;
  #asked: Asked | undefined;
  /** Refused while others of their batch waited: asked for after these. */
  readonly #postponed = new Set<string>();
  #owed: Verdict[] = [];

  constructor({ grants, credentials }: SocketSettings) {
    this.#token = grants.token ?? '';
    this.#secrets = [...Object.values(credentials), ...Object.values(grants)].filter((text) => text !== '');
  }

  login(): string {
    return loginText(this.#token);
  }

  subscribe(subscriptions: readonly Subscription[]): string {
    for (const subscription of subscriptions) this.#keys.set(wireKey(subscription), subscriptionKey(subscription));
    const [first, ...others] = [...subscriptions].sort((a, b) => this.#turnOf(a) - this.#turnOf(b));
    assert(first !== undefined, 'a request is for one subscription at least');
    if (first.channel === CONDITION_TYPE) {
      const isListed = this.#conditionList !== undefined && missingCondition(this.#conditionList, first.symbol) === undefined;
      this.#asked = { trnm: isListed ? 'CNSRREQ' : 'CNSRLST', action: 'subscribe', part: [first], rest: others };
      return isListed ? conditionText(first.symbol) : conditionListText();
    }
    const { registrations, conditions } = byRequest([first, ...others]);
    const { group, part, rest } = this.#groups.take(registrations);
    this.#asked = { trnm: 'REG', action: 'subscribe', part, rest: [...rest, ...conditions] };
    return registerText(group, part);
  }

  unsubscribe(subscriptions: readonly Subscription[]): string {
    const [first, ...others] = subscriptions;
    assert(first !== undefined, 'a request is for one subscription at least');
    if (first.channel === CONDITION_TYPE) {
      this.#asked = { trnm: 'CNSRCLR', action: 'unsubscribe', part: [first], rest: others };
      return conditionClearText(first.symbol);
    }
    const { registrations, conditions } = byRequest(subscriptions);
    const { group, part, rest } = this.#groups.take(registrations);
    this.#asked = { trnm: 'REMOVE', action: 'unsubscribe', part, rest: [...rest, ...conditions] };
    return removeText(group, part);
  }

  read(bytes: Uint8Array, start: number, end: number): FrameSignal {
    if (end - start > REAL_END.length && hasBytes(bytes, end - REAL_END.length, end, REAL_END)) return this.#data();
    if (isBarePing(bytes, start, end)) return { kind: 'reply', text: PING };
    const frame = parseReply(bytes.subarray(start, end));
    if (frame === undefined) return UNKNOWN;
    const trnm = textOf(frame.trnm);
    if (trnm === PING) return { kind: 'reply', text: DECODER.decode(bytes.subarray(start, end)) };
    if (trnm === 'REAL') return this.#data();
    if (trnm === 'LOGIN') return this.#loginAnswer(frame);
    if (trnm === 'SYSTEM') return this.#system(frame);
    return REQUESTS.has(trnm) ? this.#answer(trnm, frame) : UNKNOWN;
  }

  keyOf(bytes: Uint8Array, start: number, end: number): string {
    if (this.#rows.read(bytes, start, end) === 0) return '';
    const type = this.#rows.type(0);
    if (type === '') return '';
    const key = `${type}|${this.#rows.symbol(0, type)}`;
    return this.#keys.get(key) ?? key;
  }

  #loginAnswer(frame: Reply): FrameSignal {
    const returnCode = returnCodeOf(frame);
    if (Number.isNaN(returnCode)) return UNKNOWN;
    if (returnCode === 0) {
      if (this.#isLoggedIn) return CONTROL;
      this.#isLoggedIn = true;
      return { kind: 'logged-in' };
    }
    const message = this.#messageOf(frame);
    const code = innerCodeOf(message) || String(returnCode);
    const refused = { kind: 'login-refused', code, message } as const;
    // Keys that are wrong stay wrong with another token.
    return errorOf(code)?.meaning === 'final' ? refused : { ...refused, renew: 'token' };
  }

  #system(frame: Reply): FrameSignal {
    const code = textOf(frame.code);
    const meaning = systemMeaningOf(code);
    const message = this.#withoutSecrets(textOf(frame.message));
    return meaning === undefined ? CONTROL : { ...meaning, code, message };
  }

  /** What comes in the name of a request that is not in flight was asked by nobody here. */
  #answer(trnm: string, frame: Reply): FrameSignal {
    const asked = this.#asked;
    const returnCode = returnCodeOf(frame);
    if (asked === undefined || asked.trnm !== trnm || Number.isNaN(returnCode)) return CONTROL;
    const meaning = meaningOf(returnCode);
    const code = { code: innerCodeOf(textOf(frame.return_msg)) || String(returnCode), message: this.#messageOf(frame) };
    switch (meaning.kind) {
      case 'back-off':
        return { kind: 'back-off', ...code, waitMs: meaning.waitMs };
      case 'done':
        return trnm === 'CNSRLST' ? this.#conditionsListed(asked, frame) : this.#settle(asked, doneVerdict(asked));
      case 'refused':
        return this.#settle(asked, refusedVerdict(asked, { ...code, ...meaning }));
      default:
        return assertNever(meaning);
    }
  }

  #conditionsListed(asked: Asked, frame: Reply): FrameSignal {
    const { symbol } = asked.part[0]!;
    this.#conditionList = frame;
    const missing = missingCondition(frame, symbol);
    if (missing !== undefined) {
      return this.#settle(asked, {
        kind: 'refused',
        keys: asked.part.map(subscriptionKey),
        code: 'KIWOOM_CONDITION_UNKNOWN',
        message: missing,
      });
    }
    this.#asked = { ...asked, trnm: 'CNSRREQ' };
    return { kind: 'reply', text: conditionText(symbol) };
  }

  #settle(asked: Asked, verdict: Verdict): FrameSignal {
    const { action, part, rest } = asked;
    this.#asked = undefined;
    if (verdict.kind !== 'acknowledged') this.#forget(part);
    if (rest.length === 0) {
      for (const subscription of part) this.#postponed.delete(subscriptionKey(subscription));
      return this.#withOwed(verdict);
    }
    // What was to be subscribed is not; what was to be released is still there.
    if (action === 'unsubscribe') {
      this.#owed.push(verdict);
      return this.#withOwed({ kind: 'acknowledged', keys: rest.map(subscriptionKey) });
    }
    this.#forget(rest);
    const isAskedAgain = verdict.kind === 'refused' && (verdict.retryAfterMs !== undefined || this.#postpone(part));
    if (!isAskedAgain) this.#owed.push(verdict);
    return this.#withOwed({ kind: 'released', keys: [...(isAskedAgain ? part : []), ...rest].map(subscriptionKey) });
  }

  /** False when all of them had their second turn. */
  #postpone(part: readonly Subscription[]): boolean {
    const before = this.#postponed.size;
    for (const subscription of part) this.#postponed.add(subscriptionKey(subscription));
    return this.#postponed.size > before;
  }

  #turnOf(subscription: Subscription): 0 | 1 {
    return this.#postponed.size > 0 && this.#postponed.has(subscriptionKey(subscription)) ? 1 : 0;
  }

  /** Nothing has to be sent back for data: it can carry what is owed. */
  #data(): FrameSignal {
    if (this.#owed.length === 0) return DATA;
    const [first, ...others] = this.#owed;
    this.#owed = others;
    return this.#withOwed(first!);
  }

  /** The verdict together with those of its kind that are owed; the others go on waiting. */
  #withOwed(verdict: Verdict): Verdict {
    if (this.#owed.length === 0 || verdict.kind === 'refused') return verdict;
    const same = this.#owed.filter(({ kind }) => kind === verdict.kind);
    this.#owed = this.#owed.filter(({ kind }) => kind !== verdict.kind);
    return { kind: verdict.kind, keys: [...same.flatMap(({ keys }) => keys ?? []), ...(verdict.keys ?? [])] };
  }

  #forget(subscriptions: readonly Subscription[]): void {
    this.#groups.forget(subscriptions);
    for (const subscription of subscriptions) this.#keys.delete(wireKey(subscription));
  }

  #messageOf(frame: Reply): string {
    return this.#withoutSecrets(textOf(frame.return_msg));
  }

  /** No message was seen that repeats a token; one that did must not carry it into a log. */
  #withoutSecrets(message: string): string {
    return this.#secrets.reduce((text, secret) => text.replaceAll(secret, '***'), message);
  }
}

function doneVerdict({ action, part }: Asked): Verdict {
  return { kind: action === 'subscribe' ? 'acknowledged' : 'released', keys: part.map(subscriptionKey) };
}

/** A release that the venue has no time for leaves things as they are, to be asked again; any other refused release has nothing to release. */
function refusedVerdict(
  { action, part }: Asked,
  why: { readonly code: string; readonly message: string; readonly retryAfterMs?: number },
): Verdict {
  const keys = part.map(subscriptionKey);
  if (action === 'subscribe') return { kind: 'refused', keys, code: why.code, message: why.message, ...retry(why.retryAfterMs) };
  return { kind: why.retryAfterMs === undefined ? 'released' : 'acknowledged', keys };
}

function retry(retryAfterMs: number | undefined): { readonly retryAfterMs?: number } {
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

/** Searches have requests of their own. */
function byRequest(subscriptions: readonly Subscription[]) {
  return {
    registrations: subscriptions.filter(({ channel }) => channel !== CONDITION_TYPE),
    conditions: subscriptions.filter(({ channel }) => channel === CONDITION_TYPE),
  };
}

/** What rows of the wire name a registration by. */
function wireKey({ channel, symbol }: Subscription): string {
  if (channel === CONDITION_TYPE) return `${channel}|${conditionNumber(symbol)}`;
  return CHANNEL_RULES.get(channel)?.item === 'none' ? `${channel}|` : `${channel}|${symbol}`;
}
