import { assertNever, type TapeRecord } from '#domain';
import type { ServerAction, ServerSession, ServerSettings } from '../server-protocol.ts';
import { acknowledgementText, PING_PONG, pingPongText, REGISTER, type RegistrationCipher, rejectionText } from './control-frames.ts';
import { CARET, firstValue, isDataFrame, isNoticeFrame, recordCount, trIdOf, valueCount, valuesStart, valuesStop } from './data-frame.ts';
import { fittedFrame, type WidthChoice } from './frame-widths.ts';
import { objectMember, parseObject, textMember, textOfBytes } from './json-object.ts';
import { kstMoment } from './kst-clock.ts';
import { textOfCode } from './message-codes.ts';
import type { IssuedKeys } from './server-keys.ts';
import { Registrations, readHead, readRequest } from './server-registrations.ts';

const PING_INTERVAL_MS = 10_000;
/** Heartbeats without a sign of the client, before it is dropped. The venue drops such clients; after how many is not known. */
const UNANSWERED_MAX = 3;
const NORMAL_CLOSE = 1000;
const POLICY_CLOSE = 1008;
/** Names of one notice on the two hosts end in 0 and 9. */
const REAL_NOTICE = /^(H0(?:ST|IF|GS)CNI)0$/;
const TAKEN: readonly string[] = ['OPSP0000', 'OPSP0001'];

/** What the sessions of one server share. */
export interface SessionDesk {
  readonly settings: ServerSettings;
  readonly keys: IssuedKeys;
  readonly isMock: boolean;
  /** The width that records are cut or filled to; `undefined` leaves them as they are. */
  readonly widths: WidthChoice | undefined;
  /** False when another session that is open uses this app key. */
  claim(appKey: string, session: KisServerSession): boolean;
  release(appKey: string, session: KisServerSession): void;
}

/** One client's connection: registrations, answers, PINGPONG, and which frames of the tape are its. */
export class KisServerSession implements ServerSession {
  readonly #desk: SessionDesk;
  readonly #registrations = new Registrations();
  /** Whose session it is, once a message said so; later messages may bring other approval keys of the same. */
  #appKey: string | undefined;
  #nextPingMs = 0;
  #unanswered = 0;

  constructor(desk: SessionDesk) {
    this.#desk = desk;
  }

  onOpen(nowMs: number): readonly ServerAction[] {
    this.#nextPingMs = nowMs + PING_INTERVAL_MS;
    return [];
  }

  /** A protocol ping or pong of the client: some answer PINGPONG with a pong that carries its text. */
  onControl(): void {
    this.#unanswered = 0;
  }

  onMessage(text: string, nowMs: number): readonly ServerAction[] {
    this.#unanswered = 0;
    if (isPingPong(text)) return [];
    const head = readHead(text);
    if (head.kind === 'rejected') return [reject('', '', head.code)];
    const appKey = this.#desk.keys.ownerOf(head.approvalKey, nowMs);
    if (appKey === undefined || (this.#appKey !== undefined && appKey !== this.#appKey)) {
      return [send(rejectionText('', '', 'OPSP0011', `invalid approval : ${head.approvalKey} (NOT FOUND)`))];
    }
    if (!this.#desk.claim(appKey, this)) return alreadyInUse();
    this.#appKey = appKey;
    const request = readRequest(head.header, head.frame, this.#desk.isMock);
    switch (request.kind) {
      case 'rejected':
        return [reject(request.trId, request.trKey, request.code)];
      case 'request':
        return [this.#answer(request.trId, request.trKey, request.trType === REGISTER, request.rule.key === 'hts-id')];
      default:
        return assertNever(request);
    }
  }

  onTick(nowMs: number): readonly ServerAction[] {
    if (nowMs < this.#nextPingMs || this.#desk.settings.faults.muteHeartbeat) return [];
    if (this.#unanswered >= UNANSWERED_MAX) return [{ kind: 'close', code: POLICY_CLOSE, reason: 'PINGPONG was not answered' }];
    // After a pause of the clock one PINGPONG is enough.
    this.#nextPingMs = Math.max(this.#nextPingMs + PING_INTERVAL_MS, nowMs);
    this.#unanswered += 1;
    const { date, time } = kstMoment(nowMs);
    return [send(pingPongText(`${date}${time}`))];
  }

  deliver(record: TapeRecord): Uint8Array | string | undefined {
    const { bytes, start, end } = record;
    if (!isDataFrame(bytes, start, end) || this.#desk.settings.faults.acknowledgeOnly) return undefined;
    const values = valuesStart(bytes, start, end);
    if (values < 0) return undefined;
    const trId = trIdOf(bytes, start, end);
    if (isNoticeFrame(bytes, start, end)) return this.#encrypted(record, trId, values);
    const symbols = this.#registrations.of(trId);
    if (symbols === undefined || !hasSymbolOf(symbols, bytes, values, end)) return undefined;
    const { widths } = this.#desk;
    const fitted = widths === undefined ? undefined : fittedFrame(bytes, start, end, widths, record.receivedAtUs);
    return fitted ?? record.payload();
  }

  onClose(): void {
    this.#registrations.clear();
    if (this.#appKey !== undefined) this.#desk.release(this.#appKey, this);
    this.#appKey = undefined;
  }

  #answer(trId: string, trKey: string, isRegister: boolean, isEncrypted: boolean): ServerAction {
    const { options, randomHex } = this.#desk.settings;
    // The option `reject` names a code that every registration is refused with: what the venue's own trouble looks like.
    if (isRegister && options.reject !== undefined) return reject(trId, trKey, options.reject);
    const known = this.#registrations.of(trId)?.get(trKey);
    const cipher: RegistrationCipher = known ?? { key: randomHex(16), iv: randomHex(8) };
    const code = isRegister ? this.#registrations.add(trId, trKey, cipher) : this.#registrations.remove(trId, trKey);
    if (code === 'OPSP0008') return reject(trId, trKey, code);
    // Published clients read `output` of every answer that concerns a registration.
    const result = { isOk: TAKEN.includes(code), code, message: textOfCode(code) };
    return send(acknowledgementText({ trId, trKey, isEncrypted }, result, cipher));
  }

  /** A notice, encrypted anew for each client; the tape holds it readable. One that it holds encrypted is nobody's any more and goes as it is. */
  #encrypted(record: TapeRecord, trId: string, values: number): Uint8Array | string | undefined {
    const { bytes, start, end } = record;
    const name = this.#desk.isMock ? trId.replace(REAL_NOTICE, '$19') : trId;
    const [cipher] = this.#registrations.of(name)?.values() ?? [];
    if (cipher === undefined) return undefined;
    if (!bytes.subarray(values, end).includes(CARET)) return record.payload();
    const { key, iv } = cipher;
    const head = textOfBytes(bytes.subarray(start, values)).replace(trId, name);
    return head + this.#desk.settings.cipher.encryptAes256Cbc(key, iv, textOfBytes(bytes.subarray(values, end)));
  }
}

/** What a session is told when another one holds its app key. */
export function alreadyInUse(): readonly ServerAction[] {
  return [
    send(rejectionText('', '', 'OPSP8996', textOfCode('OPSP8996'), '9')),
    { kind: 'close', code: NORMAL_CLOSE, reason: 'ALREADY IN USE appkey' },
  ];
}

/** True when any record of the frame is of a symbol among these: a frame of several symbols goes to all who want one of them. */
function hasSymbolOf(symbols: ReadonlyMap<string, unknown>, bytes: Uint8Array, values: number, end: number): boolean {
  if (isAmong(symbols, firstValue(bytes, values, end))) return true;
  const count = recordCount(bytes, values);
  const width = valueCount(bytes, values, end) / count;
  if (!Number.isSafeInteger(width)) return false;
  let at = values;
  for (let left = count; left > 1; left--) {
    at = valuesStop(bytes, at, end, width) + 1;
    if (isAmong(symbols, firstValue(bytes, at, end))) return true;
  }
  return false;
}

/** An ETN is asked for with a `Q` in front, which its frames may leave out. */
function isAmong(symbols: ReadonlyMap<string, unknown>, symbol: string): boolean {
  return symbols.has(symbol) || symbols.has(`Q${symbol}`);
}

/** The text that was sent, or the same JSON written anew. */
function isPingPong(text: string): boolean {
  const frame = text.includes(PING_PONG) ? parseObject(text) : undefined;
  return frame !== undefined && textMember(objectMember(frame, 'header'), 'tr_id') === PING_PONG;
}

function reject(trId: string, trKey: string, code: string): ServerAction {
  return send(rejectionText(trId, trKey, code, textOfCode(code)));
}

function send(data: string): ServerAction {
  return { kind: 'send', data };
}
