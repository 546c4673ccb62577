import { canonicalJson, type JsonValue, type RecordKind } from '#domain';
import type { Venue } from '#venues';

/** A venue's rule for what must not reach a file, see `Venue.redact`. */
export type Redact = NonNullable<Venue['redact']>;
type Ranges = ReturnType<Redact>;

/** Ranges listed in one meta. Of a payload that has more, all bytes from the first to the last are overwritten, as one range. */
const RANGES_MAX = 1000;
/** What a line that is no record may have been: which one is not known. */
const FRAME_KINDS: readonly RecordKind[] = ['frame-in', 'frame-out', 'http-request', 'http-response'];

const ZERO = 0x30;
const QUESTION_MARK = 0x3f;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const UNICODE_ESCAPE_BYTES = 6;

/** Overwrites the secrets of a frame or body in place, and returns its meta with their ranges. */
export function redactFrame(redact: Redact, kind: RecordKind, meta: string, payload: Uint8Array): string {
  return withRanges(meta, payload, redact(payload, kind));
}

/**
 * The same for a line that is kept word for word because it is no record. A frame in it may stand inside a JSON text, so it is
 * searched as it is and with one level of escapes read.
 */
export function redactLine(redact: Redact, meta: string, line: Uint8Array): string {
  const found: Ranges[] = FRAME_KINDS.map((kind) => redact(line, kind));
  if (line.includes(BACKSLASH)) {
    const unescaped = withoutEscapes(line);
    for (const kind of FRAME_KINDS) found.push(rangesInLine(line, redact(unescaped, kind)));
  }
  const ranges = union(found.flat());
  for (const { start, end } of ranges) line.fill(ZERO, start, end);
  return withRanges(meta, line, ranges);
}

function withRanges(meta: string, payload: Uint8Array, ranges: Ranges): string {
  if (ranges.length === 0) return meta;
  const listed = ranges.length <= RANGES_MAX ? ranges : [{ start: ranges[0]!.start, end: ranges[ranges.length - 1]!.end }];
  if (listed !== ranges) payload.fill(ZERO, listed[0]!.start, listed[0]!.end);
  const members = meta === '' ? {} : (JSON.parse(meta) as { readonly [key: string]: JsonValue });
  return canonicalJson({ ...members, redacted: listed.map(({ start, end }) => [start, end]) });
}

/** In rising order, without overlaps. */
function union(ranges: Ranges): Ranges {
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = joined[joined.length - 1];
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else joined.push({ start, end });
  }
  return joined;
}

/** The line with every `\x` and `\uXXXX` as one byte; a character that has no such byte is `?`, as no key of a secret holds one. */
function withoutEscapes(line: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(line.length);
  let length = 0;
  for (let at = 0; at < line.length; at += stepBytes(line, at)) bytes[length++] = byteAt(line, at);
  return bytes.subarray(0, length);
}

/** Where ranges of the line without its escapes, in rising order, are in the line. */
function rangesInLine(line: Uint8Array, ranges: Ranges): Ranges {
  let at = 0;
  let place = 0;
  const originOf = (wanted: number): number => {
    for (; place < wanted; place++) at += stepBytes(line, at);
    return Math.min(at, line.length);
  };
  return ranges.map(({ start, end }) => ({ start: originOf(start), end: originOf(end) }));
}

function stepBytes(line: Uint8Array, at: number): number {
  if (line[at] !== BACKSLASH) return 1;
  return line[at + 1] === LETTER_U ? UNICODE_ESCAPE_BYTES : 2;
}

function byteAt(line: Uint8Array, at: number): number {
  const step = stepBytes(line, at);
  if (step === 1) return line[at]!;
  if (step === 2) return line[at + 1] ?? QUESTION_MARK;
  const code = Number.parseInt(String.fromCharCode(...line.subarray(at + 2, at + UNICODE_ESCAPE_BYTES)), 16);
  return code < 0x80 ? code : QUESTION_MARK;
}
