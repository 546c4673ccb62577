import type { RestResponse, RestVerdict } from '../protocol.ts';
import { type JsonObject, parseObjectBytes, textMember } from './json-object.ts';

/** What the venue's advice says for EGW00201: at least a second. */
const TOO_MANY_WAIT_MS = 1_000;
/** One token a minute (observed). */
const TOKEN_WAIT_MS = 60_000;

type ErrorMeaning = 'too-many' | 'token-too-often' | 'token' | 'final';

/** Codes with a meaning of their own; every other is a failure that may pass. The status of the answer says little: EGW00123 came with 500 and with 200. */
const ERROR_CODES: Readonly<Record<string, ErrorMeaning>> = {
  EGW00201: 'too-many',
  EGW00133: 'token-too-often',
  EGW00121: 'token',
  EGW00122: 'token',
  EGW00123: 'token',
  // The key, the secret, the kind of customer: nothing that a second call changes.
  EGW00003: 'final',
  EGW00004: 'final',
  EGW00102: 'final',
  EGW00103: 'final',
  EGW00104: 'final',
  EGW00105: 'final',
  EGW00206: 'final',
  EGW00208: 'final',
  EGW00210: 'final',
  EGW00213: 'final',
  EGW00304: 'final',
  // A parameter that cannot be: the market division, a field's length, a TR that is none.
  OPSQ0002: 'final',
  OPSQ2001: 'final',
  OPSQ2002: 'final',
};

/** Why the answer is none, or its object. */
export function readAnswer(response: RestResponse): { readonly kind: 'body'; readonly body: JsonObject } | RestVerdict {
  const body = parseObjectBytes(response.body);
  const code = body === undefined ? '' : errorCode(body, response.status);
  if (body !== undefined && code === '' && response.status < 300) return { kind: 'body', body };
  return failureOf(code, body === undefined ? '' : errorMessage(body), response.status);
}

function failureOf(code: string, message: string, status: number): RestVerdict {
  const said = { code: code === '' ? `HTTP_${status}` : code, message: message === '' ? `HTTP status ${status}, no message` : message };
  switch (Object.hasOwn(ERROR_CODES, code) ? ERROR_CODES[code] : statusMeaning(status)) {
    case 'too-many':
      return { kind: 'wait', ...said, waitMs: TOO_MANY_WAIT_MS };
    case 'token-too-often':
      return { kind: 'wait', ...said, waitMs: TOKEN_WAIT_MS };
    case 'token':
      return { kind: 'renew-grant', ...said };
    case 'final':
      return { kind: 'failed', ...said, isFinal: true };
    default:
      return { kind: 'failed', ...said, isFinal: false };
  }
}

function statusMeaning(status: number): ErrorMeaning | undefined {
  if (status === 429) return 'too-many';
  if (status === 401) return 'token';
  return status === 404 ? 'final' : undefined;
}

/** `error_code` of the gateway, `msg_cd` of a service that says no (`rt_cd` is not 0); empty where nothing is wrong. */
function errorCode(body: JsonObject, status: number): string {
  const code = textMember(body, 'error_code');
  if (code !== '') return code;
  const result = textMember(body, 'rt_cd');
  if (status >= 300) return textMember(body, 'msg_cd');
  return result === '' || result === '0' ? '' : textMember(body, 'msg_cd') || `RT_CD_${result}`;
}

function errorMessage(body: JsonObject): string {
  return (textMember(body, 'error_description') || textMember(body, 'msg1')).trim();
}
