import type { Credentials, Grant, GrantRule, RestRequest, RestResponse, RestVerdict } from '../protocol.ts';
import { textMember } from './json-object.ts';
import { msOfKstText } from './kst-clock.ts';
import { readAnswer } from './rest-errors.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A key is checked only when a session starts; one that is a few hours old is got anew, because an expired one may be met with silence. */
const APPROVAL_AGE_MAX_MS = 4 * HOUR_MS;

export const TOKEN_PATH = '/oauth2/tokenP';
export const APPROVAL_PATH = '/oauth2/Approval';
export const REVOKE_PATH = '/oauth2/revokeP';

/** The access token of every REST call: 24 hours, one issue a minute, and each issue sends the owner a message. */
export const TOKEN_GRANT: GrantRule = {
  name: 'token',
  request: (credentials) => grantRequest('token', TOKEN_PATH, 'appsecret', credentials),
  read: readToken,
  renewBeforeMs: 10 * MINUTE_MS,
  issueIntervalMs: MINUTE_MS,
  isKept: true,
};

/** The key that a websocket session starts with. The same secret under another name: `secretkey`. */
export const APPROVAL_GRANT: GrantRule = {
  name: 'approval',
  request: (credentials) => grantRequest('approval', APPROVAL_PATH, 'secretkey', credentials),
  read: readApproval,
  renewBeforeMs: DAY_MS - APPROVAL_AGE_MAX_MS,
  issueIntervalMs: 1_000,
  isKept: false,
};

function grantRequest(endpoint: string, path: string, secretField: string, { appKey, appSecret }: Credentials): RestRequest {
  return {
    endpoint,
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ grant_type: 'client_credentials', appkey: appKey ?? '', [secretField]: appSecret ?? '' }),
  };
}

function readToken(response: RestResponse, nowMs: number): Grant | RestVerdict {
  const answer = readAnswer(response);
  if (answer.kind !== 'body') return answer;
  const value = textMember(answer.body, 'access_token');
  if (value === '') return missing('access_token');
  // Within six hours the same token comes again, and nothing says whether `expires_in` then counts from its first issue: the earlier end holds.
  const seconds = Number(answer.body.expires_in);
  const endMs = msOfKstText(textMember(answer.body, 'access_token_token_expired'));
  const expiresAtMs = Math.min(Number.isFinite(seconds) && seconds > 0 ? nowMs + seconds * 1_000 : nowMs + DAY_MS, orElse(endMs, Infinity));
  return { kind: 'grant', value, expiresAtMs };
}

function readApproval(response: RestResponse, nowMs: number): Grant | RestVerdict {
  const answer = readAnswer(response);
  if (answer.kind !== 'body') return answer;
  const value = textMember(answer.body, 'approval_key');
  return value === '' ? missing('approval_key') : { kind: 'grant', value, expiresAtMs: nowMs + DAY_MS };
}

function missing(field: string): RestVerdict {
  return { kind: 'failed', code: 'KIS_GRANT_MISSING', message: `the answer has no ${field}`, isFinal: false };
}

function orElse(value: number, otherwise: number): number {
  return Number.isNaN(value) ? otherwise : value;
}
