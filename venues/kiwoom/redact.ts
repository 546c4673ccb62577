import { asciiBytes, BACKSLASH, hasBytes } from '../json-scan.ts';
import { overwriteJsonSecrets } from '../json-secrets.ts';
import type { SecretRange } from '../venue.ts';

/** Keys whose values are secrets or personal data, in lower case: the account number of notices, tokens and keys, account numbers of REST bodies. */
const SECRET_KEYS: ReadonlySet<string> = new Set([
  '9201',
  'token',
  'access_token',
  'appkey',
  'secretkey',
  'authorization',
  'acctno',
  'acnt_no',
]);

/** How a REAL frame begins and ends on the wire. One spelled in another way is searched like any other frame. */
const REAL_START = asciiBytes('{"data":[{"values":{"');
const REAL_END = asciiBytes('}],"trnm":"REAL"}');
/**
 * The one secret of a REAL frame: rows of types `00` and `04` name the account, and may stand behind rows of a market. Without its
 * first quote, because the search looks at every byte that is like the first one: nines are rarer than quotes.
 */
const ACCOUNT_KEY_END = asciiBytes('9201"');
/** Of the runtime, for any `Uint8Array`. (Its `includes` would look for the key as one element of a plain `Uint8Array`.) */
const { indexOf } = Buffer.prototype;
const NOTHING: readonly SecretRange[] = [];

/**
 * Overwrites the secrets of a frame or body in place, with `0`, or with `1` where a bare number stands (JSON has no number `000`),
 * and returns their ranges in rising order. The length stays, and so does everything else.
 */
export function redactKiwoom(bytes: Uint8Array): readonly SecretRange[] {
  return isMarketData(bytes) ? NOTHING : overwriteJsonSecrets(bytes, SECRET_KEYS);
}

function isMarketData(bytes: Uint8Array): boolean {
  const { length } = bytes;
  if (length < REAL_START.length + REAL_END.length) return false;
  if (!hasBytes(bytes, 0, length, REAL_START) || !hasBytes(bytes, length - REAL_END.length, length, REAL_END)) return false;
  // The searches of the runtime read 2 kB in less than half a microsecond; looking at the rows one by one would take longer.
  // The venue writes no escapes here: a frame with one might spell the key with it.
  return indexOf.call(bytes, ACCOUNT_KEY_END) < 0 && indexOf.call(bytes, BACKSLASH) < 0;
}
