import { type JsonObject, objectMember, parseObject, textMember } from './json-object.ts';

/** `tr_type` of a request. */
export const REGISTER = '1';
export const UNREGISTER = '2';
export const PING_PONG = 'PINGPONG';
/** What the venue puts in the head of an answer when it could not read the request's. */
const NO_TR = '(null)';

/** Whom a request comes from. All of it is secret but `custtype`. */
export interface Requester {
  readonly approvalKey: string;
  /** `P` a person, `B` a corporation. */
  readonly custtype: string;
  /** Corporations only; empty otherwise. */
  readonly personalSecKey: string;
}

/** One (tr_id, tr_key) to register or unregister. */
export function requestText(requester: Requester, trType: typeof REGISTER | typeof UNREGISTER, trId: string, trKey: string): string {
  const { approvalKey, custtype, personalSecKey } = requester;
  return JSON.stringify({
    header: {
      approval_key: approvalKey,
      ...(personalSecKey === '' ? {} : { personalseckey: personalSecKey }),
      custtype,
      tr_type: trType,
      'content-type': 'utf-8',
    },
    body: { input: { tr_id: trId, tr_key: trKey } },
  });
}

/** A JSON frame of the venue, as far as the session needs it; what is missing is empty. */
export interface ControlFrame {
  /** Of the answered request, or `PINGPONG`; `(null)` where the venue could not tell, empty where it sent no head. */
  readonly trId: string;
  readonly trKey: string;
  /** `OPSP0000`, …; empty where it is no answer. */
  readonly code: string;
  readonly message: string;
  readonly isOk: boolean;
  /** Key and initial vector of an encrypted channel; empty where the answer brings none. */
  readonly key: string;
  readonly iv: string;
}

/** Reads a control frame; `undefined` when the text is no JSON object. */
export function readControlFrame(text: string): ControlFrame | undefined {
  const frame = parseObject(text);
  if (frame === undefined) return undefined;
  const header = objectMember(frame, 'header');
  const body = objectMember(frame, 'body');
  const output = objectMember(body, 'output');
  return {
    trId: textMember(header, 'tr_id'),
    trKey: textMember(header, 'tr_key'),
    code: textMember(body, 'msg_cd').trim(),
    message: textMember(body, 'msg1').trim(),
    isOk: textMember(body, 'rt_cd') === '0',
    key: textMember(output, 'key'),
    iv: textMember(output, 'iv'),
  };
}

/** Key and initial vector of one registration, as the venue hands them out with every acknowledgement, plain channels too. */
export interface RegistrationCipher {
  /** 32 characters, used as their UTF-8 bytes. */
  readonly key: string;
  /** 16 characters. */
  readonly iv: string;
}

/** The venue's answer to a request that it took. */
export function acknowledgementText(
  head: { readonly trId: string; readonly trKey: string; readonly isEncrypted: boolean },
  result: { readonly isOk: boolean; readonly code: string; readonly message: string },
  cipher: RegistrationCipher,
): string {
  return answerText(headerOf(head.trId, head.trKey, head.isEncrypted), {
    rt_cd: result.isOk ? '0' : '1',
    msg_cd: result.code,
    msg1: result.message,
    output: { iv: cipher.iv, key: cipher.key },
  });
}

/** The venue's answer to a request that it refused. With an empty TR id, the head says `(null)` (observed). */
export function rejectionText(trId: string, trKey: string, code: string, message: string, rtCode = '1'): string {
  return answerText(headerOf(trId === '' ? NO_TR : trId, trId === '' ? '' : trKey, false), { rt_cd: rtCode, msg_cd: code, msg1: message });
}

/** The venue's heartbeat; `dateTime` is `YYYYMMDDHHMMSS` in Korea. */
export function pingPongText(dateTime: string): string {
  return JSON.stringify({ header: { tr_id: PING_PONG, datetime: dateTime } });
}

function headerOf(trId: string, trKey: string, isEncrypted: boolean): JsonObject {
  return { tr_id: trId, tr_key: trKey, encrypt: isEncrypted ? 'Y' : 'N' };
}

function answerText(header: JsonObject, body: JsonObject): string {
  return JSON.stringify({ header, body });
}
