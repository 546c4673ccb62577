import { asciiText } from '../byte-number.ts';
import { asciiBytes, BACKSLASH, COLON, hasBytes, OPEN_BRACE, OPEN_BRACKET, QUOTE, skipSpace } from '../json-scan.ts';
import { overwriteJsonSecrets } from '../json-secrets.ts';
import type { SecretRange } from '../venue.ts';
import { TR_ID_BYTES } from './channel-finder.ts';
import { isDataFrame } from './data-frame.ts';
import { isNoticeChannel, noticeSecrets } from './redact-notice.ts';

/** Keys whose values are secrets or name a person, in lower case. */
const SECRET_KEYS: ReadonlySet<string> = new Set([
  ...['approval_key', 'appkey', 'appsecret', 'secretkey', 'personalseckey', 'access_token', 'refresh_token', 'token', 'authorization'],
  ...['key', 'iv', 'cano', 'acnt_no', 'cust_id', 'hts_id', 'user_id', 'my_htsid'],
]);
/** The key of a notice channel's registration is the owner's login. */
const NOTICE_SECRET_KEYS: ReadonlySet<string> = new Set([...SECRET_KEYS, 'tr_key']);
const MESSAGE_KEY = asciiBytes('"msg1"');
/** Refusals repeat the approval key they did not take: what is behind the colon goes. */
const APPROVAL_KEY = /approval[^:]*: *(?! |NOT FOUND)(.+?)(?: *\(NOT FOUND\).*)?$/d;
/** No word of the venue's messages is so long, and every key of its is longer. */
const LONG_WORD = /[0-9A-Za-z+/=-]{20,}/g;
const ZERO = 0x30;
const NOTHING: readonly SecretRange[] = [];

/**
 * Overwrites the secrets of a frame or body in place and returns their ranges in rising order. The length stays, and so does everything
 * else. Frames of market data are told by their first bytes.
 */
export function redactKis(bytes: Uint8Array): readonly SecretRange[] {
  if (isDataFrame(bytes, 0, bytes.length)) return isNoticeChannel(bytes) ? overwritten(bytes, noticeSecrets(bytes)) : NOTHING;
  const open = skipSpace(bytes, 0, bytes.length);
  if (bytes[open] !== OPEN_BRACE && bytes[open] !== OPEN_BRACKET) return NOTHING;
  const messages = overwritten(bytes, messageSecrets(bytes));
  const values = overwriteJsonSecrets(bytes, namesNotice(bytes) ? NOTICE_SECRET_KEYS : SECRET_KEYS);
  return messages.length === 0 ? values : [...values, ...messages].sort((a, b) => a.start - b.start);
}

function overwritten(bytes: Uint8Array, ranges: readonly SecretRange[]): readonly SecretRange[] {
  for (const { start, end } of ranges) bytes.fill(ZERO, start, end);
  return ranges;
}

/** True when a notice channel stands between quotes anywhere. */
function namesNotice(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(QUOTE); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) {
    if (isNoticeChannel(bytes, at + 1, at + 1 + TR_ID_BYTES)) return true;
  }
  return false;
}

function messageSecrets(bytes: Uint8Array): readonly SecretRange[] {
  const ranges: SecretRange[] = [];
  for (let at = bytes.indexOf(QUOTE); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) {
    if (!hasBytes(bytes, at, bytes.length, MESSAGE_KEY)) continue;
    const colon = skipSpace(bytes, at + MESSAGE_KEY.length, bytes.length);
    const quote = bytes[colon] === COLON ? skipSpace(bytes, colon + 1, bytes.length) : bytes.length;
    if (bytes[quote] === QUOTE) ranges.push(...secretsOfMessage(bytes, quote + 1));
  }
  return ranges;
}

function secretsOfMessage(bytes: Uint8Array, start: number): readonly SecretRange[] {
  let stop = start;
  while (stop < bytes.length && bytes[stop] !== QUOTE) stop += bytes[stop] === BACKSLASH ? 2 : 1;
  const text = asciiText(bytes, start, Math.min(stop, bytes.length));
  const approvalKey = APPROVAL_KEY.exec(text)?.indices?.[1];
  if (approvalKey !== undefined) return [{ start: start + approvalKey[0], end: start + approvalKey[1] }];
  return [...text.matchAll(LONG_WORD)].map(({ index, 0: word }) => ({ start: start + index, end: start + index + word.length }));
}
