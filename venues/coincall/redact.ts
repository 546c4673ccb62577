import type { RecordKind } from '#domain';
import { overwriteJsonSecrets } from '../json-secrets.ts';
import type { SecretRange } from '../venue.ts';
import { isMarketCode, leadingCode } from './channel.ts';

/**
 * Keys whose values must not reach a file, in lower case: credentials (the `uuid` of the handshake is the API key in every sample), and
 * account ids of private channels (`u` in documents of May 2023, `uid` and `userId` since).
 */
const SECRET_KEYS: ReadonlySet<string> = new Set([
  'apikey',
  'api_key',
  'x-cc-apikey',
  'apisecret',
  'api_secret',
  'secret',
  'secretkey',
  'sign',
  'signature',
  'token',
  'uuid',
  'u',
  'uid',
  'userid',
  'accountid',
]);
const NONE: readonly SecretRange[] = [];

/** Overwrites the secrets of a frame or body in place. Market data is told by its `dt` and not looked at further. */
export function redact(bytes: Uint8Array, _kind: RecordKind): readonly SecretRange[] {
  const code = leadingCode(bytes, 0, bytes.length);
  return code >= 0 && isMarketCode(code) ? NONE : overwriteJsonSecrets(bytes, SECRET_KEYS);
}
