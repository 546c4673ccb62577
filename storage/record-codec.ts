import { crc32 } from 'node:zlib';
import { RECORD_KINDS, type RecordKind, TapedeckError } from '#domain';

/** Bytes of a record before its names: crc, length, sequence, two times, kind, three lengths (`storage/FORMAT.md`). */
export const RECORD_HEADER_BYTES = 40;
/** A payload is at most 64 MiB: a reader must be able to hold one record. */
export const PAYLOAD_BYTES_MAX = 64 * 1024 * 1024;
export const META_BYTES_MAX = 1024 * 1024;
export const NAME_BYTES_MAX = 255;
/** No record is longer; a length field above it is damage (or the mark of a footer). */
export const RECORD_BYTES_MAX = RECORD_HEADER_BYTES + 2 * NAME_BYTES_MAX + META_BYTES_MAX + PAYLOAD_BYTES_MAX;

/** Offsets of the fields of a record. */
export const RECORD_FIELDS = {
  crc: 0,
  length: 4,
  sequence: 8,
  receivedAtNs: 16,
  monotonicNs: 24,
  kind: 32,
  venueLength: 33,
  connectionLength: 34,
  reserved: 35,
  metaLength: 36,
} as const;

const KIND_CODES: ReadonlyMap<string, number> = new Map(RECORD_KINDS.map((kind, code) => [kind, code]));
const TWO_TO_32 = 4_294_967_296;

/** The byte that stands for a kind: its place in `RECORD_KINDS`. */
export function kindCode(kind: RecordKind): number {
  const code = KIND_CODES.get(kind);
  if (code === undefined) throw new Error(`bug: "${String(kind)}" is no record kind`);
  return code;
}

/**
 * Writes one record at `at`, crc included, and returns its end.
 * The caller made sure of the room (`recordBytes`) and of the limits (`checkRecordLimits`).
 */
export function encodeRecord(
  target: Uint8Array,
  view: DataView,
  at: number,
  sequence: number,
  receivedAtNs: bigint,
  monotonicNs: bigint,
  venue: Uint8Array,
  connection: Uint8Array,
  kind: number,
  meta: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const metaStart = at + RECORD_HEADER_BYTES + venue.length + connection.length;
  const payloadStart = metaStart + meta.length;
  const recordEnd = payloadStart + (end - start);
  view.setUint32(at + 4, recordEnd - at, true);
  view.setUint32(at + 8, sequence % TWO_TO_32, true);
  view.setUint32(at + 12, (sequence / TWO_TO_32) >>> 0, true);
  view.setBigInt64(at + 16, receivedAtNs, true);
  view.setBigInt64(at + 24, monotonicNs, true);
  target[at + 32] = kind;
  target[at + 33] = venue.length;
  target[at + 34] = connection.length;
  target[at + 35] = 0;
  view.setUint32(at + 36, meta.length, true);
  copyShort(target, at + RECORD_HEADER_BYTES, venue);
  copyShort(target, at + RECORD_HEADER_BYTES + venue.length, connection);
  if (meta.length > 0) target.set(meta, metaStart);
  if (end > start) target.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), payloadStart);
  view.setUint32(at, crc32(target.subarray(at + 4, recordEnd)), true);
  return recordEnd;
}

/** Bytes of a whole record. */
export function recordBytes(venue: Uint8Array, connection: Uint8Array, meta: Uint8Array, payloadLength: number): number {
  return RECORD_HEADER_BYTES + venue.length + connection.length + meta.length + payloadLength;
}

/** Refuses what the format cannot hold: `RECORD_PAYLOAD_TOO_LARGE`, `RECORD_META_TOO_LARGE`, `RECORD_NAME_TOO_LONG`. */
export function checkRecordLimits(venue: Uint8Array, connection: Uint8Array, meta: Uint8Array, payloadLength: number): void {
  if (payloadLength > PAYLOAD_BYTES_MAX) {
    throw new TapedeckError(
      'RECORD_PAYLOAD_TOO_LARGE',
      `a payload of ${payloadLength} bytes cannot be recorded: the limit is ${PAYLOAD_BYTES_MAX} bytes; split it, or keep it outside the tape and note its digest`,
    );
  }
  if (meta.length > META_BYTES_MAX) {
    throw new TapedeckError(
      'RECORD_META_TOO_LARGE',
      `meta of ${meta.length} bytes cannot be recorded: the limit is ${META_BYTES_MAX} bytes`,
    );
  }
  if (venue.length > NAME_BYTES_MAX || connection.length > NAME_BYTES_MAX) {
    throw new TapedeckError(
      'RECORD_NAME_TOO_LONG',
      `venue (${venue.length} bytes) and connection (${connection.length} bytes) may have ${NAME_BYTES_MAX} bytes of UTF-8 each`,
    );
  }
}

/** Sequence of the record at `at`. */
export function readSequence(view: DataView, at: number): number {
  return view.getUint32(at + 8, true) + view.getUint32(at + 12, true) * TWO_TO_32;
}

/** What is wrong with the fields of a record header, or `undefined`. The header must be inside the view; the crc is not looked at. */
export function recordHeaderFault(view: DataView, at: number): string | undefined {
  const length = view.getUint32(at + RECORD_FIELDS.length, true);
  if (length < RECORD_HEADER_BYTES || length > RECORD_BYTES_MAX) return `length ${length} is impossible`;
  const kind = view.getUint8(at + RECORD_FIELDS.kind);
  if (kind >= RECORD_KINDS.length) return `kind ${kind} is unknown`;
  if (view.getUint8(at + RECORD_FIELDS.reserved) !== 0) return 'the reserved byte is not 0';
  const names = view.getUint8(at + RECORD_FIELDS.venueLength) + view.getUint8(at + RECORD_FIELDS.connectionLength);
  if (RECORD_HEADER_BYTES + names + view.getUint32(at + RECORD_FIELDS.metaLength, true) > length)
    return 'its parts are longer than the record';
  return undefined;
}

// Names have a few bytes: a call of `set` costs more than the loop.
function copyShort(target: Uint8Array, at: number, source: Uint8Array): void {
  for (let i = 0; i < source.length; i++) target[at + i] = source[i]!;
}
