import { asciiBytes, hasBytes } from '../json-scan.ts';
import type { SecretRange } from '../venue.ts';
import { findChannel, TR_ID_BYTES } from './channel-finder.ts';
import { CARET, recordCount, valueCount, valuesStart } from './data-frame.ts';
import { layoutOf } from './row-layout.ts';

/** `0|` or `1|`, then the TR id. */
const TR_START = 2;
const UPPER_C = 0x43;
const UPPER_N = 0x4e;
const UPPER_I = 0x49;
const UPPER_D = 0x44;
/** Orders and fills of overseas futures. */
const ORDERS_ABROAD = [asciiBytes('HDFFF1C0'), asciiBytes('HDFFF2C0')];
/** Login, account and owner's name. */
const SECRET_FIELDS = ['CUST_ID', 'ACNT_NO', 'ACNT_NAME'];

/** True when a TR id of the owner's own orders stands there: `H0STCNI0`, `H0EUCNI0`, …, and those of overseas futures. */
export function isNoticeChannel(bytes: Uint8Array, start = TR_START, stop = start + TR_ID_BYTES): boolean {
  if (stop - start !== TR_ID_BYTES || stop > bytes.length) return false;
  if (bytes[start + 4] === UPPER_C && bytes[start + 5] === UPPER_N && bytes[start + 6] === UPPER_I) return true;
  return bytes[start + 1] === UPPER_D && ORDERS_ABROAD.some((trId) => hasBytes(bytes, start, stop, trId));
}

/**
 * The ranges that name the owner in a decrypted notice: by position in a channel whose fields are known, else every value, because it
 * cannot be told which ones do. An encrypted notice, which has no caret, says nothing to anybody.
 */
export function noticeSecrets(bytes: Uint8Array): readonly SecretRange[] {
  const values = valuesStart(bytes, 0, bytes.length);
  if (values < 0) return []; // cut in its head: there is no value yet
  if (!bytes.subarray(values).includes(CARET)) return [];
  const channel = findChannel(bytes, TR_START);
  const width = valueCount(bytes, values, bytes.length) / recordCount(bytes, values);
  const layout = channel === undefined || !Number.isInteger(width) ? undefined : layoutOf(channel, width);
  if (layout === undefined) return rangesOf(bytes, values, () => true);
  const secret = new Set(SECRET_FIELDS.map((name) => layout.fields.indexOf(name)));
  return rangesOf(bytes, values, (index) => secret.has(index % width));
}

/** The values from `start` whose index is wanted; empty ones are left out. */
function rangesOf(bytes: Uint8Array, start: number, isWanted: (index: number) => boolean): readonly SecretRange[] {
  const ranges: SecretRange[] = [];
  let index = 0;
  for (let at = start; at < bytes.length; at++) {
    const first = at;
    while (at < bytes.length && bytes[at] !== CARET) at++;
    if (at > first && isWanted(index)) ranges.push({ start: first, end: at });
    index++;
  }
  return ranges;
}
