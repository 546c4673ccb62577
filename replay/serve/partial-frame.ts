/** Flags and opcodes of RFC 6455, section 5.2. */
const FIN_TEXT = 0x81;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/**
 * The beginning of a text frame whose header promises all of `payload` and that breaks off in its middle: what a client has of a frame
 * when the connection is cut. Frames of a server are not masked.
 */
export function partialFrame(payload: Uint8Array): Buffer {
  const header = frameHeader(payload.length);
  return Buffer.concat([header, payload.subarray(0, Math.floor(payload.length / 2))]);
}

function frameHeader(length: number): Buffer {
  if (length < LENGTH_16) return Buffer.from([FIN_TEXT, length]);
  if (length < 0x1_0000) {
    const header = Buffer.from([FIN_TEXT, LENGTH_16, 0, 0]);
    header.writeUInt16BE(length, 2);
    return header;
  }
  const header = Buffer.alloc(10);
  header[0] = FIN_TEXT;
  header[1] = LENGTH_64;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}
