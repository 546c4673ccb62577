import type { Credentials, Grant, GrantRule, RestRequest, RestResponse, RestVerdict } from '../protocol.ts';
import { msOfKstText } from './kst-text.ts';
import { textOf } from './reply.ts';
import { readAnswer } from './rest-codes.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const TOKEN_PATH = '/oauth2/token';
export const REVOKE_PATH = '/oauth2/revoke';

/**
 * The access token (au10001) of REST calls and of LOGIN, 24 hours long. Asked again while it is valid, the venue gives the same one with the
 * same end: in its last ten minutes each use asks again, until there is a new one.
 */
export const TOKEN_GRANT: GrantRule = {
  name: 'token',
  request: tokenRequest,
  read: readToken,
  renewBeforeMs: 10 * MINUTE_MS,
  issueIntervalMs: 1_000,
  isKept: true,
};

/** The official client sends no `api-id` here, though the table of the specification lists it. */
function tokenRequest({ appKey, secretKey }: Credentials): RestRequest {
  return {
    endpoint: 'token',
    method: 'POST',
    path: TOKEN_PATH,
    headers: { 'content-type': 'application/json;charset=UTF-8' },
    body: JSON.stringify({ grant_type: 'client_credentials', appkey: appKey ?? '', secretkey: secretKey ?? '' }),
    meta: { apiId: 'au10001' },
  };
}

function readToken(response: RestResponse, nowMs: number): Grant | RestVerdict {
  const answer = readAnswer(response);
  if (answer.kind !== 'body') return answer;
  const value = textOf(answer.body.token);
  if (value === '') return { kind: 'failed', code: 'KIWOOM_TOKEN_MISSING', message: 'the answer has no token', isFinal: false };
  const endMs = msOfKstText(textOf(answer.body.expires_dt));
  return { kind: 'grant', value, expiresAtMs: Number.isNaN(endMs) ? nowMs + DAY_MS : endMs };
}
