import type { Cipher, SocketSettings } from '../protocol.ts';
import { type CoincallChoices, readChoices } from './choices.ts';

/** `code` of every handshake: "build connection". */
export const CONNECT_CODE = '10';

/** Upper-case hex HMAC-SHA256 of the handshake; `timeMs` as it stands in the query. Prose of 2023 says Base64, every sample and client says hex. */
export function signatureOf(
  cipher: Cipher,
  { apiKey, secret }: { readonly apiKey: string; readonly secret: string },
  prehash: CoincallChoices['prehash'],
  timeMs: string,
): string {
  return cipher.hmacSha256Hex(secret, `GET/users/self/verify?${prehash}=${apiKey}&ts=${timeMs}`).toUpperCase();
}

/**
 * Path and query of a connection, signed for this moment. The key stands in it as it is: keys are Base64-shaped, and two clients report that the
 * venue answers 403 to one that is percent-encoded. Throws COINCALL_OPTION.
 */
export function handshakePath(path: string, { credentials, cipher, options, nowMs }: SocketSettings): string {
  const { prehash, isSigned } = readChoices(options);
  const { apiKey = '', secret = '' } = credentials;
  if (!isSigned) return `${path}?code=${CONNECT_CODE}&apiKey=${apiKey}`;
  const ts = String(Math.floor(nowMs));
  const sign = signatureOf(cipher, { apiKey, secret }, prehash, ts);
  // `uuid` is the key in every sample, though the table calls it an id of the user's choice.
  return `${path}?code=${CONNECT_CODE}&uuid=${apiKey}&ts=${ts}&sign=${sign}&apiKey=${apiKey}`;
}
