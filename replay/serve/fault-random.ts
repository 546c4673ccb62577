/**
 * A number from 0 (inclusive) to 1 (exclusive) that only its arguments decide: which fault, on which connection, at which frame. It keeps
 * no state, so what happens to one frame does not depend on how many others were served before, nor in which order connections came.
 */
export function faultFraction(seed: number, fault: number, connection: number, frame: number): number {
  let hash = mix(seed | 0, Math.floor(seed / 4_294_967_296) | 0);
  hash = mix(hash, fault);
  hash = mix(hash, connection);
  hash = mix(hash, frame);
  return (finish(hash) >>> 0) / 4_294_967_296;
}

/** Hex text of `bytes` bytes that only the seed and the ordinal of the call decide: keys and tokens of a served venue. */
export function seededHex(seed: number, ordinal: number, bytes: number): string {
  let text = '';
  for (let index = 0; index < bytes; index++) {
    text += Math.floor(faultFraction(seed, -1, ordinal, index) * 256)
      .toString(16)
      .padStart(2, '0');
  }
  return text;
}

/** One round of MurmurHash3 (Austin Appleby, public domain), 32 bits. */
function mix(hash: number, value: number): number {
  let k = Math.imul(value | 0, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const mixed = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
