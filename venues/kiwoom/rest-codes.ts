import type { RestResponse, RestVerdict } from '../protocol.ts';
import { parseReply, type Reply, textOf } from './reply.ts';

/** What an error means for who asked: wait, get another token, give up (nothing that a second call changes), or perhaps later. */
type ErrorMeaning = 'too-many' | 'renew' | 'final' | 'passing';

export interface RestError {
  /** The code of its kind that the body carries: 1 wrong address or call, 2 bad input, 3 authentication, 5 too many. */
  readonly returnCode: 1 | 2 | 3 | 5;
  /** The venue's words, without what it fills in. */
  readonly text: string;
  readonly meaning: ErrorMeaning;
}

/** Every error the venue documents, and two that clients met. Adding one is adding its line. */
const ERRORS = {
  1501: { returnCode: 1, text: 'API ID가 Null이거나 값이 없습니다', meaning: 'final' },
  1504: { returnCode: 1, text: '해당 URI에서는 지원하는 API ID가 아닙니다', meaning: 'final' },
  1505: { returnCode: 1, text: '해당 API ID는 존재하지 않습니다', meaning: 'final' },
  1511: { returnCode: 2, text: '필수 입력 값에 값이 존재하지 않습니다', meaning: 'final' },
  1512: { returnCode: 2, text: 'Http header에 값이 설정되지 않았거나 읽을 수 없습니다', meaning: 'final' },
  1513: { returnCode: 3, text: 'Http Header에 authorization 필드가 설정되어 있어야 합니다', meaning: 'final' },
  1514: { returnCode: 3, text: '입력으로 들어온 Http Header의 authorization 필드 형식이 맞지 않습니다', meaning: 'final' },
  1515: { returnCode: 3, text: 'Http Header의 authorization 필드 내 Grant Type이 미리 정의된 형식이 아닙니다', meaning: 'final' },
  1516: { returnCode: 3, text: 'Http Header의 authorization 필드 내 Token이 정의되어 있지 않습니다', meaning: 'final' },
  1517: { returnCode: 2, text: '입력 값 형식이 올바르지 않습니다', meaning: 'final' },
  // A list of more instruments than one call may name: the same words and kind as 1700, and waiting does not help.
  1634: { returnCode: 5, text: '허용된 요청 개수를 초과하였습니다', meaning: 'final' },
  1687: { returnCode: 5, text: '재귀 호출이 발생하여 API 호출을 제한합니다', meaning: 'too-many' },
  1700: { returnCode: 5, text: '허용된 API 요청 개수를 초과하였습니다', meaning: 'too-many' },
  1701: { returnCode: 5, text: '허용된 요청 개수를 초과하였습니다', meaning: 'too-many' },
  1702: { returnCode: 5, text: '허용된 요청 개수를 초과하였습니다', meaning: 'too-many' },
  1901: { returnCode: 2, text: '시장 코드값이 존재하지 않습니다', meaning: 'final' },
  1902: { returnCode: 2, text: '종목 정보가 없습니다. 입력한 종목코드 값을 확인바랍니다', meaning: 'final' },
  1999: { returnCode: 1, text: '예기치 못한 에러가 발생했습니다', meaning: 'passing' },
  8001: { returnCode: 3, text: 'App Key와 Secret Key 검증에 실패했습니다', meaning: 'final' },
  8002: { returnCode: 3, text: 'App Key와 Secret Key 검증에 실패했습니다', meaning: 'final' },
  8003: { returnCode: 3, text: 'Access Token을 조회하는데 실패했습니다', meaning: 'renew' },
  8005: { returnCode: 3, text: 'Token이 유효하지 않습니다', meaning: 'renew' },
  8006: { returnCode: 3, text: 'Access Token을 생성하는데 실패했습니다', meaning: 'passing' },
  8009: { returnCode: 3, text: 'Access Token을 발급하는데 실패했습니다', meaning: 'passing' },
  // A token belongs to the address that got it: this address must get its own.
  8010: { returnCode: 3, text: 'Token을 발급받은 IP와 서비스를 요청한 IP가 동일하지 않습니다', meaning: 'renew' },
  8011: { returnCode: 3, text: 'Access Token을 발급하는데 실패했습니다. 입력값에 grant_type이 들어오지 않았습니다', meaning: 'final' },
  8012: { returnCode: 3, text: 'Access Token을 발급하는데 실패했습니다. grant_type의 값이 맞지 않습니다', meaning: 'final' },
  8015: { returnCode: 3, text: 'Access Token을 폐기하는데 실패했습니다', meaning: 'passing' },
  8016: { returnCode: 3, text: 'Access Token을 폐기하는데 실패했습니다. 입력값에 Token이 들어오지 않았습니다', meaning: 'final' },
  8020: { returnCode: 3, text: '입력파라미터로 appkey 또는 secretkey가 들어오지 않았습니다', meaning: 'final' },
  8030: { returnCode: 3, text: '투자구분(실전/모의)이 달라서 Appkey를 사용할수가 없습니다', meaning: 'final' },
  // The official client gets a new token for it: the kept one may be of the other environment.
  8031: { returnCode: 3, text: '투자구분(실전/모의)이 달라서 Token를 사용할수가 없습니다', meaning: 'renew' },
  8040: { returnCode: 3, text: '단말기 인증에 실패했습니다', meaning: 'final' },
  8050: { returnCode: 3, text: '지정단말기 인증에 실패했습니다', meaning: 'final' },
  8103: { returnCode: 3, text: '토큰 인증 또는 단말기인증에 실패했습니다', meaning: 'renew' },
} as const satisfies Readonly<Record<string, RestError>>;

export type RestErrorCode = keyof typeof ERRORS;

/** Every documented error by its code. */
export const REST_ERRORS: Readonly<Record<RestErrorCode, RestError>> = ERRORS;

/** The words that stand before the brackets, by kind. */
export const KIND_TEXTS: Readonly<Record<RestError['returnCode'], string>> = {
  1: '잘못된 요청입니다',
  2: '입력 값 오류입니다',
  3: '인증에 실패했습니다',
  5: '허용된 요청 개수를 초과하였습니다',
};

/** `[8005:…]` in REST bodies, `[1634]` of some calls, `[CODE=8005, MESSAGE=…]` on the websocket. */
const INNER_CODE = /\[(\d{4})[:\]]|CODE=(\d{4})/;
const RETURN_CODE = /^ *-?\d{1,12} *$/;
/** The allowance is counted by the second. */
const TOO_MANY_WAIT_MS = 1_000;

/** The `return_code` of a reply, which may be a number or its digits; NaN where there is none. */
export function returnCodeOf(reply: Reply): number {
  const code = reply.return_code;
  if (typeof code === 'number') return Number.isSafeInteger(code) ? code : Number.NaN;
  return typeof code === 'string' && RETURN_CODE.test(code) ? Number(code) : Number.NaN;
}

/** The code that a message carries in brackets, which says more than its `return_code`; empty where there is none. */
export function innerCodeOf(message: string): string {
  const found = INNER_CODE.exec(message);
  return found?.[1] ?? found?.[2] ?? '';
}

export function errorOf(code: string): RestError | undefined {
  return Object.hasOwn(REST_ERRORS, code) ? REST_ERRORS[Number(code) as RestErrorCode] : undefined;
}

/** Why the answer is none, or its object. Errors come with HTTP 200, but for 1700 (429). */
export function readAnswer(response: RestResponse): { readonly kind: 'body'; readonly body: Reply } | RestVerdict {
  const body = parseReply(response.body);
  const returnCode = body === undefined ? Number.NaN : returnCodeOf(body);
  if (body !== undefined && returnCode === 0 && response.status === 200) return { kind: 'body', body };
  const message = body === undefined ? '' : textOf(body.return_msg);
  const known = innerCodeOf(message) || (errorOf(String(returnCode)) === undefined ? '' : String(returnCode));
  return failureOf(known, returnCode, message, response.status);
}

function failureOf(inner: string, returnCode: number, message: string, status: number): RestVerdict {
  const unnamed = Number.isNaN(returnCode) || returnCode === 0 ? `HTTP_${status}` : `RETURN_CODE_${returnCode}`;
  const said = {
    code: inner === '' ? unnamed : inner,
    message: message === '' ? `HTTP status ${status}, and no body that says more` : message,
  };
  switch (errorOf(inner)?.meaning ?? unnamedMeaning(returnCode, status)) {
    case 'too-many':
      return { kind: 'wait', ...said, waitMs: TOO_MANY_WAIT_MS };
    case 'renew':
      return { kind: 'renew-grant', ...said };
    case 'final':
      return { kind: 'failed', ...said, isFinal: true };
    default:
      return { kind: 'failed', ...said, isFinal: false };
  }
}

function unnamedMeaning(returnCode: number, status: number): ErrorMeaning {
  if (status === 429 || returnCode === 5) return 'too-many';
  if (status === 401 || returnCode === 3) return 'renew';
  return status === 404 || returnCode === 1 || returnCode === 2 ? 'final' : 'passing';
}
