import { CHANNEL_RULES, type ChannelRule, keyProblem } from './channel-rules.ts';
import { REGISTER, type RegistrationCipher, UNREGISTER } from './control-frames.ts';
import { type JsonObject, objectMember, parseObject, textMember } from './json-object.ts';

/** Registrations of one session, over all channels, notices included. */
const REGISTRATIONS_MAX = 41;

/** A request as far as it could be read, or the code of what is wrong with it. */
export type ServerRequestFrame =
  | { readonly kind: 'request'; readonly trId: string; readonly trKey: string; readonly trType: string; readonly rule: ChannelRule }
  | { readonly kind: 'rejected'; readonly code: string; readonly trId: string; readonly trKey: string };

/** Head of a request: who asks. `code` where it is refused before its body is looked at. */
export type RequestHead =
  | { readonly kind: 'head'; readonly approvalKey: string; readonly header: JsonObject; readonly frame: JsonObject }
  | { readonly kind: 'rejected'; readonly code: string };

/** Reads who asks, in the order in which a parser meets what is missing. Unknown members of the head are nothing to it. */
export function readHead(text: string): RequestHead {
  const frame = parseObject(text);
  if (frame === undefined) return { kind: 'rejected', code: 'OPSP9999' };
  if (!Object.hasOwn(frame, 'header')) return { kind: 'rejected', code: 'OPSP9998' };
  const header = objectMember(frame, 'header');
  const approvalKey = textMember(header, 'approval_key');
  if (approvalKey !== '') return { kind: 'head', approvalKey, header, frame };
  // The first form of the protocol had the app key and its secret in every message; it is not taken any more.
  if (textMember(header, 'appkey') === '') return { kind: 'rejected', code: 'OPSP9996' };
  return { kind: 'rejected', code: textMember(header, 'appsecret') === '' ? 'OPSP8995' : 'OPSP9994' };
}

/** Reads what is asked for. */
export function readRequest(header: JsonObject, frame: JsonObject, isMock: boolean): ServerRequestFrame {
  const input = objectMember(objectMember(frame, 'body'), 'input');
  const trId = textMember(input, 'tr_id');
  const trKey = textMember(input, 'tr_key');
  const code = customerProblem(header) ?? bodyProblem(header, frame, input);
  if (code !== undefined) return { kind: 'rejected', code, trId, trKey };
  const rule = CHANNEL_RULES.get(trId);
  const isHere = rule !== undefined && (rule.host === 'both' || (rule.host === 'mock') === isMock);
  if (!isHere) return { kind: 'rejected', code: 'OPSP8991', trId, trKey };
  // The login of the owner may be any text, but not none.
  const isKey = rule.key === 'hts-id' ? trKey !== '' : keyProblem(rule, trKey) === undefined;
  if (!isKey) return { kind: 'rejected', code: 'OPSP8992', trId, trKey };
  return { kind: 'request', trId, trKey, trType: typeOf(header), rule };
}

function customerProblem(header: JsonObject): string | undefined {
  const custtype = textMember(header, 'custtype');
  if (custtype === '') return 'OPSP9997';
  if (custtype !== 'P' && custtype !== 'B') return 'OPSP8998';
  return custtype === 'B' && textMember(header, 'personalseckey') === '' ? 'OPSP8994' : undefined;
}

function bodyProblem(header: JsonObject, frame: JsonObject, input: JsonObject): string | undefined {
  const trType = typeOf(header);
  if (trType !== REGISTER && trType !== UNREGISTER) return 'OPSP8997';
  if (!Object.hasOwn(frame, 'body')) return 'OPSP9992';
  if (!Object.hasOwn(objectMember(frame, 'body'), 'input')) return 'OPSP9991';
  if (!Object.hasOwn(input, 'tr_key')) return 'OPSP9990';
  return typeof input.tr_key === 'string' ? undefined : 'OPSP8993';
}

/** Some clients write it as a number. */
function typeOf(header: JsonObject): string {
  return typeof header.tr_type === 'number' ? String(header.tr_type) : textMember(header, 'tr_type');
}

/** What one session is registered for, each with the key and vector it was acknowledged with. */
export class Registrations {
  /** By TR id, then `tr_key`. */
  readonly #byChannel = new Map<string, Map<string, RegistrationCipher>>();
  #count = 0;

  of(trId: string): ReadonlyMap<string, RegistrationCipher> | undefined {
    return this.#byChannel.get(trId);
  }

  /** `OPSP0000`, `OPSP0002` or `OPSP0008`. */
  add(trId: string, trKey: string, cipher: RegistrationCipher): string {
    if (this.#byChannel.get(trId)?.has(trKey)) return 'OPSP0002';
    if (this.#count >= REGISTRATIONS_MAX) return 'OPSP0008';
    const channel = this.#byChannel.get(trId) ?? new Map<string, RegistrationCipher>();
    channel.set(trKey, cipher);
    this.#byChannel.set(trId, channel);
    this.#count += 1;
    return 'OPSP0000';
  }

  /** `OPSP0001` or `OPSP0003`. */
  remove(trId: string, trKey: string): string {
    const channel = this.#byChannel.get(trId);
    if (channel === undefined || !channel.delete(trKey)) return 'OPSP0003';
    if (channel.size === 0) this.#byChannel.delete(trId);
    this.#count -= 1;
    return 'OPSP0001';
  }

  clear(): void {
    this.#byChannel.clear();
    this.#count = 0;
  }
}
