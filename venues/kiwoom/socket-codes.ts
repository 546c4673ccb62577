/** What a `return_code` of the websocket means for the request it answers. */
export type CodeMeaning =
  | { readonly kind: 'done' }
  /** Only this request: asked again after `retryAfterMs`, or given up without it. */
  | { readonly kind: 'refused'; readonly retryAfterMs?: number }
  /** The venue does not know (any more) who this is: only another connection and login help. */
  | { readonly kind: 'back-off'; readonly waitMs: number };

export interface SocketCode {
  /** `return_msg`: the venue's words where somebody saw them (100013, 805004), ours elsewhere. */
  readonly text: string;
  readonly meaning: CodeMeaning;
}

/** About five REG a second pass; a second later the window is empty. */
const TOO_MANY_RETRY_MS = 1_000;
const LOGIN_AGAIN_MS = 5_000;
const REFUSED: CodeMeaning = { kind: 'refused' };

/** Every code known. Those with a hundred thousand come from the websocket's gateway, whatever was asked. */
export const SOCKET_CODES = {
  0: { text: '', meaning: { kind: 'done' } },
  100002: { text: '필수 파라미터가 없습니다. (TRNM)', meaning: REFUSED },
  // The wire really says `%s`.
  100013: {
    text: '로그인 인증이 들어오기 전에 다른 전문이 들어왔습니다. 해당 전문은 무시됩니다. (TRNM=%s)',
    meaning: { kind: 'back-off', waitMs: LOGIN_AGAIN_MS },
  },
  105108: { text: '정의되지 않은 TRNM 입니다.', meaning: REFUSED },
  105110: { text: '요청 건수를 초과하였습니다.', meaning: { kind: 'refused', retryAfterMs: TOO_MANY_RETRY_MS } },
  105111: { text: '실시간 등록에 실패하였습니다.', meaning: REFUSED },
  105115: { text: '접속당 실시간 등록 건수를 초과하였습니다.', meaning: REFUSED },
  105118: { text: '그룹당 실시간 등록 건수를 초과하였습니다.', meaning: REFUSED },
  805002: { text: '토큰이 없습니다. 접속을 종료합니다', meaning: { kind: 'back-off', waitMs: LOGIN_AGAIN_MS } },
  805004: {
    text: '토큰 인증에 실패했습니다. 접속을 종료합니다 [CODE=8005, MESSAGE=Token이 유효하지 않습니다]',
    meaning: { kind: 'back-off', waitMs: LOGIN_AGAIN_MS },
  },
} as const satisfies Readonly<Record<number, SocketCode>>;

export type KnownSocketCode = keyof typeof SOCKET_CODES;

/** What the code says of a request; one that no table holds refuses it for good. */
export function meaningOf(code: number): CodeMeaning {
  return Object.hasOwn(SOCKET_CODES, code) ? SOCKET_CODES[code as KnownSocketCode].meaning : REFUSED;
}

/** What the venue's SYSTEM notices mean; an unknown one is only noted, and the close that may follow is handled as any close. */
export type SystemMeaning = { readonly kind: 'stop' } | { readonly kind: 'back-off'; readonly waitMs: number };

export interface SystemCode {
  /** Our words: nobody published the venue's. */
  readonly text: string;
  readonly meaning: SystemMeaning;
}

export const SYSTEM_CODES = {
  // Whoever comes back would only be the next to kick.
  R10001: { text: '동일한 App key로 다른 접속이 발생하여 접속을 종료합니다', meaning: { kind: 'stop' } },
  R10002: { text: 'PING 응답이 없어 접속을 종료합니다', meaning: { kind: 'back-off', waitMs: 1_000 } },
  R10004: { text: '로그인 인증 후 이용하시기 바랍니다', meaning: { kind: 'back-off', waitMs: LOGIN_AGAIN_MS } },
} as const satisfies Readonly<Record<string, SystemCode>>;

export type KnownSystemCode = keyof typeof SYSTEM_CODES;

export function systemMeaningOf(code: string): SystemMeaning | undefined {
  return Object.hasOwn(SYSTEM_CODES, code) ? SYSTEM_CODES[code as KnownSystemCode].meaning : undefined;
}
