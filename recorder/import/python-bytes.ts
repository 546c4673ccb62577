const BACKSLASH = 0x5c;
const LOWER_B = 0x62;
const LOWER_X = 0x78;
const SINGLE_QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;
/** What `repr(bytes)` writes after a backslash, beside `xHH`. */
const ESCAPES = new Map([
  [0x6e, 0x0a], // n
  [0x72, 0x0d], // r
  [0x74, 0x09], // t
  [BACKSLASH, BACKSLASH],
  [SINGLE_QUOTE, SINGLE_QUOTE],
  [DOUBLE_QUOTE, DOUBLE_QUOTE],
]);

/** True when `bytes[start, end)` begins as Python prints a bytes object: `b'…'`, or `b"…"` where it holds single quotes. */
export function isPythonBytes(bytes: Buffer, start: number, end: number): boolean {
  const quote = bytes[start + 1];
  return end - start >= 2 && bytes[start] === LOWER_B && (quote === SINGLE_QUOTE || quote === DOUBLE_QUOTE);
}

/** The bytes that a Python bytes literal stands for, or `undefined` when it is not one that `repr` writes. */
export function readPythonBytes(bytes: Buffer, start: number, end: number): Buffer | undefined {
  const quote = bytes[start + 1]!;
  const last = end - 1;
  if (end - start < 3 || bytes[last] !== quote) return undefined;
  const content = Buffer.allocUnsafe(end - start);
  let length = 0;
  for (let i = start + 2; i < last; i++) {
    let value = bytes[i]!;
    if (value === quote || value < 0x20 || value > 0x7e) return undefined;
    if (value === BACKSLASH) {
      const isHex = bytes[i + 1] === LOWER_X;
      const escaped = isHex ? hexByte(bytes, i + 2) : ESCAPES.get(bytes[i + 1]!);
      i += isHex ? 3 : 1;
      if (escaped === undefined || i >= last) return undefined;
      value = escaped;
    }
    content[length++] = value;
  }
  return content.subarray(0, length);
}

function hexByte(bytes: Buffer, at: number): number | undefined {
  const high = hexDigit(bytes[at]);
  const low = hexDigit(bytes[at + 1]);
  return high === undefined || low === undefined ? undefined : high * 16 + low;
}

function hexDigit(code: number | undefined): number | undefined {
  if (code === undefined) return undefined;
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  return undefined;
}
