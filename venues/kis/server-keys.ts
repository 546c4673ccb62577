import type { ServerRequest, ServerResponse, ServerSettings } from '../server-protocol.ts';
import { APPROVAL_PATH, REVOKE_PATH, TOKEN_PATH } from './grants.ts';
import { type JsonObject, parseObject, textMember } from './json-object.ts';
import { kstText } from './kst-clock.ts';

const APP_KEY_CHARACTERS = 36;
const APP_SECRET_CHARACTERS = 180;
/** As JSON Web Tokens are long here: below the documented 350. */
const TOKEN_BYTES = 160;
const SECOND_MS = 1_000;
const TOKEN_INTERVAL_MS = 60 * SECOND_MS;
/** Asked again within six hours, the venue gives the same token. */
const SAME_TOKEN_MS = 6 * 3_600 * SECOND_MS;
const LIFE_MS = 24 * 3_600 * SECOND_MS;
/** Approval keys remembered; the oldest is forgotten. A published client takes one for every message. */
const APPROVALS_MAX = 4_096;

/** The gateway's errors, with the words of its table. */
const GATEWAY_ERRORS = {
  EGW00103: '유효하지 않은 AppKey입니다.',
  EGW00105: '유효하지 않은 AppSecret입니다.',
  EGW00116: '지원하지 않는 권한부여 타입(grant_type)입니다.',
  EGW00121: '유효하지 않은 token 입니다.',
  EGW00122: 'token을 찾을 수 없습니다.',
  EGW00123: '기간이 만료된 token 입니다.',
  EGW00133: '접근토큰 발급 잠시 후 다시 시도하세요(1분당 1회)',
  EGW00201: '초당 거래건수를 초과하였습니다.',
  EGW00202: 'GW라우팅 중 오류가 발생했습니다.',
  EGW00213: '모의투자 TR 이 아닙니다.',
} as const;

export type GatewayError = keyof typeof GATEWAY_ERRORS;

interface IssuedToken {
  readonly value: string;
  readonly issuedAtMs: number;
  /** When it was last given out: a second issue is refused for a minute after. */
  givenAtMs: number;
}

/** Keys and tokens that one server gave out, and the calls made with them: shared by its connections. */
export class IssuedKeys {
  readonly #settings: ServerSettings;
  readonly #callsPerSecondMax: number;
  /** By app key. */
  readonly #tokens = new Map<string, IssuedToken>();
  readonly #approvals = new Map<string, { readonly appKey: string; readonly issuedAtMs: number }>();
  /** Times of the last calls, by app key; no more than the limit of them. */
  readonly #calls = new Map<string, number[]>();

  constructor(settings: ServerSettings, callsPerSecondMax: number) {
    this.#settings = settings;
    this.#callsPerSecondMax = callsPerSecondMax;
  }

  /** Answers the paths below `/oauth2/`; `undefined` for any other. */
  answer(request: ServerRequest, nowMs: number): ServerResponse | undefined {
    const body = parseObject(request.body) ?? {};
    switch (request.path) {
      case TOKEN_PATH:
        return this.#giveToken(body, nowMs);
      case APPROVAL_PATH:
        return this.#giveApproval(body, nowMs);
      case REVOKE_PATH:
        return this.#revoke(body);
      default:
        return undefined;
    }
  }

  /** Why a call with these headers is refused; `undefined` when it is let through, and counted. */
  refusalOf({ headers }: ServerRequest, nowMs: number): ServerResponse | undefined {
    const appKey = headers.appkey ?? '';
    const wrong = this.#credentialError(appKey, headers.appsecret ?? '');
    if (wrong !== undefined) return gatewayError(403, wrong);
    const token = this.#tokens.get(appKey);
    if (token === undefined || headers.authorization !== `Bearer ${token.value}`) return gatewayError(500, 'EGW00121');
    if (nowMs >= token.issuedAtMs + LIFE_MS) return gatewayError(500, 'EGW00123');
    return this.#isTooOften(appKey, nowMs) ? gatewayError(500, 'EGW00201') : undefined;
  }

  /** Whose approval key it is; `undefined` for one never given out, or older than a day. */
  ownerOf(approvalKey: string, nowMs: number): string | undefined {
    const approval = this.#approvals.get(approvalKey);
    if (approval === undefined || nowMs >= approval.issuedAtMs + LIFE_MS || this.#settings.faults.refuseLogin) return undefined;
    return approval.appKey;
  }

  #giveToken(body: JsonObject, nowMs: number): ServerResponse {
    const appKey = textMember(body, 'appkey');
    const wrong = this.#grantError(body, appKey, textMember(body, 'appsecret'));
    if (wrong !== undefined) return gatewayError(403, wrong);
    const last = this.#tokens.get(appKey);
    if (last !== undefined && nowMs < last.givenAtMs + TOKEN_INTERVAL_MS) return gatewayError(403, 'EGW00133');
    const isSame = last !== undefined && nowMs < last.issuedAtMs + SAME_TOKEN_MS;
    const token = isSame ? last : { value: this.#settings.randomHex(TOKEN_BYTES), issuedAtMs: nowMs, givenAtMs: nowMs };
    token.givenAtMs = nowMs;
    this.#tokens.set(appKey, token);
    const endMs = token.issuedAtMs + LIFE_MS;
    return json(200, {
      access_token: token.value,
      access_token_token_expired: kstText(endMs),
      token_type: 'Bearer',
      expires_in: Math.floor((endMs - nowMs) / SECOND_MS),
    });
  }

  #giveApproval(body: JsonObject, nowMs: number): ServerResponse {
    const appKey = textMember(body, 'appkey');
    const wrong = this.#grantError(body, appKey, textMember(body, 'secretkey'));
    if (wrong !== undefined) return gatewayError(403, wrong);
    const key = uuidOf(this.#settings.randomHex(16));
    this.#approvals.set(key, { appKey, issuedAtMs: nowMs });
    const [oldest] = this.#approvals.keys();
    if (this.#approvals.size > APPROVALS_MAX && oldest !== undefined) this.#approvals.delete(oldest);
    return json(200, { approval_key: key });
  }

  #revoke(body: JsonObject): ServerResponse {
    const appKey = textMember(body, 'appkey');
    if (this.#tokens.get(appKey)?.value !== textMember(body, 'token')) return gatewayError(403, 'EGW00121');
    this.#tokens.delete(appKey);
    return json(200, { code: 200, message: '접근토큰 폐기에 성공하였습니다' });
  }

  #grantError(body: JsonObject, appKey: string, secret: string): GatewayError | undefined {
    if (textMember(body, 'grant_type') !== 'client_credentials') return 'EGW00116';
    return this.#settings.faults.refuseLogin ? 'EGW00103' : this.#credentialError(appKey, secret);
  }

  /** The options `appKey` and `appSecret` name the one pair that is known; without them the lengths of real ones are checked. */
  #credentialError(appKey: string, secret: string): GatewayError | undefined {
    const { appKey: knownKey, appSecret: knownSecret } = this.#settings.options;
    if (knownKey === undefined ? appKey.length !== APP_KEY_CHARACTERS : appKey !== knownKey) return 'EGW00103';
    if (knownSecret === undefined ? secret.length !== APP_SECRET_CHARACTERS : secret !== knownSecret) return 'EGW00105';
    return undefined;
  }

  /** A call is too many when the limit was reached in the second before it. Refused calls do not count. */
  #isTooOften(appKey: string, nowMs: number): boolean {
    const calls = this.#calls.get(appKey) ?? [];
    if (calls.length >= this.#callsPerSecondMax) {
      if (nowMs - calls[0]! < SECOND_MS) return true;
      calls.shift();
    }
    calls.push(nowMs);
    this.#calls.set(appKey, calls);
    return false;
  }
}

/** A refusal of the gateway. */
export function gatewayError(status: number, code: GatewayError): ServerResponse {
  const message = GATEWAY_ERRORS[code];
  // The token paths say it their way, the services theirs; both readers are served.
  return json(status, { error_code: code, error_description: message, rt_cd: '1', msg_cd: code, msg1: message });
}

export function json(status: number, body: JsonObject, headers: Readonly<Record<string, string>> = {}): ServerResponse {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body: JSON.stringify(body) };
}

function uuidOf(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
