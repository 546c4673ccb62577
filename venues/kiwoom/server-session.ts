import type { TapeRecord } from '#domain';
import type { ServerAction, ServerSession, ServerSettings } from '../server-protocol.ts';
import { CHANNEL_RULES, CONDITION_TYPE } from './channel-rules.ts';
import { encodePing } from './encode.ts';
import { conditionNumber } from './frame-rows.ts';
import { parseReply, type Reply, textOf } from './reply.ts';
import type { ServedRows } from './served-rows.ts';
import type { ServedConditions } from './server-conditions.ts';
import { type RegistrationLimits, readEntries, ServerRegistrations } from './server-registrations.ts';
import type { IssuedTokens } from './server-tokens.ts';
import { type KnownSystemCode, SOCKET_CODES, SYSTEM_CODES } from './socket-codes.ts';

const PING_INTERVAL_MS = 10_000;
/** PINGs without an echo, before the session ends. That it ends is reported; after how many is not known. */
const UNANSWERED_MAX = 3;
/** A connection that never logs in is not kept for ever. */
const LOGIN_WAIT_MAX_MS = 60_000;
const SECOND_MS = 1_000;
/** Requests of one `trnm` in a second; the next is refused with 105110. */
const REQUESTS_PER_SECOND = 5;
const NORMAL_CLOSE = 1000;
/** Documented for every error of a search; no six-digit code of one is known. */
const SEARCH_FAILED = 1;
const ENCODER = new TextEncoder();

/** What the sessions of one server share. */
export interface SessionDesk {
  readonly settings: ServerSettings;
  readonly tokens: IssuedTokens;
  readonly conditions: ServedConditions;
  readonly rows: ServedRows;
  readonly limits: RegistrationLimits;
  /** A `return_code` that every registration gets; 0 for none. */
  readonly rejectCode: number;
  /** The session of this app key from now on; an older one is ended. */
  claim(appKey: string, session: KiwoomServerSession): void;
  release(appKey: string, session: KiwoomServerSession): void;
}

/** One client's connection: login, registrations, condition searches, PING, and which frames of the tape are its. */
export class KiwoomServerSession implements ServerSession {
  readonly #desk: SessionDesk;
  readonly #registrations: ServerRegistrations;
  /** Numbers of the searches that run in real time. */
  readonly #searches = new Set<string>();
  /** Times of the last requests by `trnm`, at most `REQUESTS_PER_SECOND` of them. */
  readonly #times = new Map<string, number[]>();
  /** Whose session it is; `undefined` before the login. */
  #appKey: string | undefined;
  #hasListed = false;
  #openedAtMs = 0;
  #nextPingMs = 0;
  #unanswered = 0;
  /** `kicked`: another session has its key, and it is still to be told. */
  #state: 'alive' | 'kicked' | 'ended' = 'alive';

  constructor(desk: SessionDesk) {
    this.#desk = desk;
    this.#registrations = new ServerRegistrations(desk.limits);
  }

  /** Streams that the client asked for. */
  get subscriptionCount(): number {
    return this.#registrations.count + this.#searches.size;
  }

  /** Nothing comes before the reply to LOGIN, not even a PING. */
  onOpen(nowMs: number): readonly ServerAction[] {
    this.#openedAtMs = nowMs;
    return [];
  }

  onMessage(text: string, nowMs: number): readonly ServerAction[] {
    if (this.#state !== 'alive') return this.#state === 'kicked' ? this.end('R10001') : [];
    if (text === 'PING') return this.#echoed();
    const frame = parseReply(ENCODER.encode(text));
    const trnm = frame === undefined ? '' : textOf(frame.trnm);
    if (frame === undefined || trnm === '') return [reply('', 100002)];
    if (trnm === 'LOGIN') return this.#login(frame, nowMs);
    if (this.#appKey === undefined) return [reply(trnm, 100013)];
    if (trnm === 'PING') return this.#echoed();
    return [this.#answer(trnm, frame, nowMs)];
  }

  onTick(nowMs: number): readonly ServerAction[] {
    if (this.#state !== 'alive') return this.#state === 'kicked' ? this.end('R10001') : [];
    if (this.#appKey === undefined) {
      if (nowMs - this.#openedAtMs < LOGIN_WAIT_MAX_MS) return [];
      this.#state = 'ended';
      return [bye()];
    }
    if (nowMs < this.#nextPingMs || this.#desk.settings.faults.muteHeartbeat) return [];
    if (this.#unanswered >= UNANSWERED_MAX) return this.end('R10002');
    // After a pause of the clock one PING is enough.
    this.#nextPingMs = Math.max(this.#nextPingMs + PING_INTERVAL_MS, nowMs);
    this.#unanswered += 1;
    return [{ kind: 'send', data: encodePing() }];
  }

  deliver(record: TapeRecord): Uint8Array | undefined {
    const { rows, settings } = this.#desk;
    rows.read(record);
    // A session that was ended, or lost its key to another, has none.
    if (this.#appKey === undefined || settings.faults.acknowledgeOnly) return undefined;
    for (let row = 0; row < rows.count; row++) {
      if (this.#wants(rows.types[row]!, rows.symbols[row]!)) return record.payload();
    }
    return undefined;
  }

  onClose(): void {
    this.#state = 'ended';
    this.#leave();
  }

  /** Another session took the app key: told at the next tick, as nothing can be sent from here. */
  displace(): void {
    if (this.#state !== 'alive') return;
    this.#state = 'kicked';
    this.#leave();
  }

  /** Ends the session with a SYSTEM notice. */
  end(code: KnownSystemCode): readonly ServerAction[] {
    this.#state = 'ended';
    this.#leave();
    return [send({ trnm: 'SYSTEM', code, message: SYSTEM_CODES[code].text }), bye()];
  }

  #leave(): void {
    this.#registrations.clear();
    this.#searches.clear();
    if (this.#appKey !== undefined) this.#desk.release(this.#appKey, this);
    this.#appKey = undefined;
  }

  #echoed(): readonly ServerAction[] {
    this.#unanswered = 0;
    return [];
  }

  #login(frame: Reply, nowMs: number): readonly ServerAction[] {
    const token = textOf(frame.token);
    const appKey = token === '' ? undefined : this.#desk.tokens.ownerOf(token, nowMs);
    if (appKey === undefined) {
      this.#state = 'ended';
      this.#leave();
      return [reply('LOGIN', token === '' ? 805002 : 805004), bye()];
    }
    if (this.#appKey === undefined) this.#nextPingMs = nowMs + PING_INTERVAL_MS;
    else if (this.#appKey !== appKey) this.#desk.release(this.#appKey, this);
    this.#appKey = appKey;
    this.#desk.claim(appKey, this);
    return [reply('LOGIN', 0, { sor_yn: 'Y' })];
  }

  #answer(trnm: string, frame: Reply, nowMs: number): ServerAction {
    switch (trnm) {
      case 'REG':
      case 'REMOVE':
        return this.#isTooOften(trnm, nowMs) ? reply(trnm, 105110) : this.#register(trnm, frame);
      case 'CNSRLST':
        if (this.#isTooOften(trnm, nowMs)) return reply(trnm, 105110);
        this.#hasListed = true;
        return reply(trnm, 0, { data: this.#desk.conditions.list() });
      case 'CNSRREQ':
      case 'CNSRCLR': {
        const more = { seq: textOf(frame.seq) };
        return this.#isTooOften(trnm, nowMs) ? reply(trnm, 105110, more) : this.#search(trnm, frame, more);
      }
      default:
        return reply(trnm, 105108);
    }
  }

  #register(trnm: 'REG' | 'REMOVE', frame: Reply): ServerAction {
    const entries = readEntries(frame);
    if (entries === undefined) return reply(trnm, 105111);
    const group = textOf(frame.grp_no);
    if (trnm === 'REMOVE') {
      this.#registrations.remove(group, entries);
      return reply(trnm, 0);
    }
    if (this.#desk.rejectCode !== 0) return replyWith(trnm, this.#desk.rejectCode, wordsOf(this.#desk.rejectCode));
    return reply(trnm, this.#registrations.register(group, entries, textOf(frame.refresh) !== '0'));
  }

  #search(trnm: 'CNSRREQ' | 'CNSRCLR', frame: Reply, more: { readonly seq: string }): ServerAction {
    const { conditions, settings } = this.#desk;
    const seq = conditionNumber(more.seq);
    if (trnm === 'CNSRCLR') {
      this.#searches.delete(seq);
      return reply(trnm, 0, more);
    }
    if (!conditions.has(seq)) return replyWith(trnm, SEARCH_FAILED, `조건식이 없습니다. (seq=${more.seq})`, more);
    if (textOf(frame.search_type) !== '1') {
      return reply(trnm, 0, { ...more, cont_yn: 'N', next_key: '', data: conditions.rows(seq, settings.market) });
    }
    if (!this.#hasListed) return replyWith(trnm, SEARCH_FAILED, '조건검색 목록조회(CNSRLST)를 먼저 호출하시기 바랍니다.', more);
    this.#searches.add(seq);
    return reply(trnm, 0, { ...more, data: conditions.codes(seq) });
  }

  #wants(type: string, symbol: string): boolean {
    if (type === CONDITION_TYPE) return this.#searches.has(symbol);
    const items = this.#registrations.itemsOf(type);
    if (items === undefined) return false;
    // Account and market-wide types come whatever the item they were registered with.
    return CHANNEL_RULES.get(type)?.item === 'none' || items.has(symbol);
  }

  #isTooOften(trnm: string, nowMs: number): boolean {
    const times = this.#times.get(trnm) ?? [];
    this.#times.set(trnm, times);
    if (times.length >= REQUESTS_PER_SECOND) {
      if (nowMs - times[0]! < SECOND_MS) return true;
      times.shift();
    }
    times.push(nowMs);
    return false;
  }
}

function reply(trnm: string, code: keyof typeof SOCKET_CODES, more: Reply = {}): ServerAction {
  return replyWith(trnm, code, SOCKET_CODES[code].text, more);
}

function replyWith(trnm: string, code: number, words: string, more: Reply = {}): ServerAction {
  return send({ trnm, return_code: code, return_msg: words, ...more });
}

function wordsOf(code: number): string {
  return Object.hasOwn(SOCKET_CODES, code) ? SOCKET_CODES[code as keyof typeof SOCKET_CODES].text : '';
}

function send(frame: Reply): ServerAction {
  return { kind: 'send', data: JSON.stringify(frame) };
}

function bye(): ServerAction {
  return { kind: 'close', code: NORMAL_CLOSE, reason: 'Bye' };
}
