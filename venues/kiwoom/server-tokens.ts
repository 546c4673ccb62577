import { usageError } from '#domain';
import type { ServerRequest, ServerResponse, ServerSettings } from '../server-protocol.ts';
import { REVOKE_PATH, TOKEN_PATH } from './grants.ts';
import { kstText } from './kst-text.ts';
import { parseReply, type Reply, textOf } from './reply.ts';
import { KIND_TEXTS, REST_ERRORS, type RestErrorCode } from './rest-codes.ts';

/** As long as those that were seen. */
const TOKEN_BYTES = 43;
const LIFE_MS = 24 * 3_600_000;
const DONE = { return_code: 0, return_msg: '정상적으로 처리되었습니다' };
const ENCODER = new TextEncoder();

interface IssuedToken {
  readonly value: string;
  readonly endMs: number;
}

/** Tokens that one server gave out: shared by its connections. */
export class IssuedTokens {
  readonly #settings: ServerSettings;
  /** By app key. */
  readonly #tokens = new Map<string, IssuedToken>();

  /** Throws KIWOOM_SERVE_OPTION. */
  constructor(settings: ServerSettings) {
    const { appKey, secretKey } = settings.options;
    if ((appKey === undefined) !== (secretKey === undefined)) {
      throw usageError('KIWOOM_SERVE_OPTION', 'the options "appKey" and "secretKey" of kiwoom name one pair: give both, or neither');
    }
    this.#settings = settings;
  }

  /** Answers the paths below `/oauth2/`; `undefined` for any other. */
  answer(request: ServerRequest, nowMs: number): ServerResponse | undefined {
    if (request.path !== TOKEN_PATH && request.path !== REVOKE_PATH) return undefined;
    const body = parseReply(ENCODER.encode(request.body));
    if (body === undefined) return restError(1517, '파라미터=body 실패사유=JSON');
    return request.path === TOKEN_PATH ? this.#issue(body, nowMs) : this.#revoke(body);
  }

  /** Whose token it is; `undefined` for one that is over, or was never given out. */
  ownerOf(token: string, nowMs: number): string | undefined {
    if (this.#settings.faults.refuseLogin) return undefined;
    for (const [appKey, { value, endMs }] of this.#tokens) {
      if (value === token && nowMs < endMs) return appKey;
    }
    return undefined;
  }

  #issue(body: Reply, nowMs: number): ServerResponse {
    const grantType = textOf(body.grant_type);
    if (grantType === '') return restError(8011);
    if (grantType !== 'client_credentials') return restError(8012);
    const wrong = this.#pairError(body);
    if (wrong !== undefined) return restError(wrong);
    const appKey = textOf(body.appkey);
    const last = this.#tokens.get(appKey);
    // Asked again while it is valid, the venue gives the same token with the same end.
    const token = last !== undefined && nowMs < last.endMs ? last : this.#newToken(nowMs);
    this.#tokens.set(appKey, token);
    return json(200, {
      expires_dt: kstText(token.endMs),
      return_msg: DONE.return_msg,
      token_type: 'bearer',
      return_code: 0,
      token: token.value,
    });
  }

  #newToken(nowMs: number): IssuedToken {
    return { value: this.#settings.randomHex(TOKEN_BYTES), endMs: nowMs + LIFE_MS };
  }

  #revoke(body: Reply): ServerResponse {
    const wrong = this.#pairError(body);
    if (wrong !== undefined) return restError(wrong);
    const token = textOf(body.token);
    if (token === '') return restError(8016);
    if (this.#tokens.get(textOf(body.appkey))?.value !== token) return restError(8015, '실패사유=Token');
    this.#tokens.delete(textOf(body.appkey));
    return json(200, DONE);
  }

  /** Without the options any pair is known. */
  #pairError(body: Reply): RestErrorCode | undefined {
    const { appKey, secretKey } = this.#settings.options;
    const given = { appKey: textOf(body.appkey), secretKey: textOf(body.secretkey) };
    if (given.appKey === '' || given.secretKey === '') return 8020;
    if (this.#settings.faults.refuseLogin || (appKey !== undefined && given.appKey !== appKey)) return 8001;
    return secretKey !== undefined && given.secretKey !== secretKey ? 8002 : undefined;
  }
}

/** A refusal as the venue words it: HTTP 200 (429 for 1700), the code in brackets. `detail` is what it fills in. */
export function restError(code: RestErrorCode, detail = ''): ServerResponse {
  const { returnCode, text } = REST_ERRORS[code];
  const words = detail === '' ? text : `${text}. ${detail}`;
  return json(code === 1700 ? 429 : 200, { return_code: returnCode, return_msg: `${KIND_TEXTS[returnCode]}[${code}:${words}]` });
}

export function json(status: number, body: Reply, headers: Readonly<Record<string, string>> = {}): ServerResponse {
  return { status, headers: { 'content-type': 'application/json;charset=UTF-8', ...headers }, body: JSON.stringify(body) };
}
