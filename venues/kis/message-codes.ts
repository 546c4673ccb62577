/** What an answer of the websocket (`body.msg_cd`) means for the request it answers. */
export type CodeMeaning =
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'released' }
  /** Only this subscription: asked again after `retryAfterMs`, or given up without it. */
  | { readonly kind: 'refused'; readonly retryAfterMs?: number }
  /** The approval key is not taken: with `renew` another is got, without it the configuration is wrong. */
  | { readonly kind: 'login-refused'; readonly renew?: string }
  | { readonly kind: 'back-off'; readonly waitMs: number };

export interface MessageCode {
  /** `msg1` as the venue's table prints it. */
  readonly text: string;
  readonly meaning: CodeMeaning;
}

/** A retry sooner than 15–20 s keeps the slot of a lost session locked (observed). */
export const IN_USE_WAIT_MS = 20_000;
/** The venue's own trouble: the same request works a moment later. */
const TROUBLE_RETRY_MS = 5_000;
const SHORTAGE_RETRY_MS = 30_000;

const REFUSED: CodeMeaning = { kind: 'refused' };
const TROUBLE: CodeMeaning = { kind: 'refused', retryAfterMs: TROUBLE_RETRY_MS };
const SHORTAGE: CodeMeaning = { kind: 'refused', retryAfterMs: SHORTAGE_RETRY_MS };
const MISCONFIGURED: CodeMeaning = { kind: 'login-refused' };
/** A wrong app key is told apart by the call that gets the next approval key: it fails for good. */
const RENEW: CodeMeaning = { kind: 'login-refused', renew: 'approval' };

/** Every code known, by name. */
export const MESSAGE_CODES: Readonly<Record<string, MessageCode>> = {
  OPSP0000: { text: 'SUBSCRIBE SUCCESS', meaning: { kind: 'acknowledged' } },
  OPSP0001: { text: 'UNSUBSCRIBE SUCCESS', meaning: { kind: 'released' } },
  // What was wanted is so already.
  OPSP0002: { text: 'ALREADY IN SUBSCRIBE', meaning: { kind: 'acknowledged' } },
  OPSP0003: { text: 'UNSUBSCRIBE ERROR(not found!)', meaning: { kind: 'released' } },
  OPSP0007: { text: 'SUBSCRIBE INTERNAL ERROR', meaning: TROUBLE },
  OPSP0008: { text: 'MAX SUBSCRIBE OVER', meaning: REFUSED },
  OPSP0009: { text: 'SUBSCRIBE ERROR : mci send failed', meaning: TROUBLE },
  OPSP0010: { text: 'SUBSCRIBE WARNING : invalid appkey', meaning: RENEW },
  OPSP0011: { text: 'invalid approval : NOT FOUND', meaning: RENEW },
  OPSP8991: { text: 'SUBSCRIBE ERROR : invalid tr_id', meaning: REFUSED },
  OPSP8992: { text: 'SUBSCRIBE ERROR : invalid tr_key', meaning: REFUSED },
  OPSP8993: { text: 'JSON PARSING ERROR : invalid tr_key', meaning: REFUSED },
  OPSP8994: { text: 'JSON PARSING ERROR : personalseckey not found', meaning: MISCONFIGURED },
  OPSP8995: { text: 'JSON PARSING ERROR : appsecret not found', meaning: MISCONFIGURED },
  OPSP8996: { text: 'ALREADY IN USE appkey', meaning: { kind: 'back-off', waitMs: IN_USE_WAIT_MS } },
  OPSP8997: { text: 'JSON PARSING ERROR : invalid tr_type', meaning: REFUSED },
  OPSP8998: { text: 'JSON PARSING ERROR : invalid custtype', meaning: MISCONFIGURED },
  OPSP8999: { text: 'resource not available (ALLOC_CALL_PARAM)', meaning: SHORTAGE },
  OPSP9990: { text: 'JSON PARSING ERROR : tr_key not found', meaning: REFUSED },
  OPSP9991: { text: 'JSON PARSING ERROR : input not found', meaning: REFUSED },
  OPSP9992: { text: 'JSON PARSING ERROR : body not found', meaning: REFUSED },
  OPSP9993: { text: 'JSON PARSING ERROR : internal error', meaning: TROUBLE },
  OPSP9994: { text: 'JSON PARSING ERROR : INVALID appkey', meaning: RENEW },
  OPSP9995: { text: 'JSON PARSING ERROR : resource not available', meaning: SHORTAGE },
  OPSP9996: { text: 'JSON PARSING ERROR : appkey', meaning: RENEW },
  OPSP9997: { text: 'JSON PARSING ERROR : custtype not found', meaning: MISCONFIGURED },
  OPSP9998: { text: 'JSON PARSING ERROR : header not found', meaning: REFUSED },
  OPSP9999: { text: 'JSON PARSING ERROR : invalid json format', meaning: REFUSED },
};

/** What a code means; `undefined` for one that no table holds. */
export function meaningOf(code: string): CodeMeaning | undefined {
  return Object.hasOwn(MESSAGE_CODES, code) ? MESSAGE_CODES[code]!.meaning : undefined;
}

/** The venue's words for a code. */
export function textOfCode(code: string): string {
  return Object.hasOwn(MESSAGE_CODES, code) ? MESSAGE_CODES[code]!.text : code;
}
