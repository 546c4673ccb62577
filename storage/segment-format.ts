import { crc32 } from 'node:zlib';
import { assert } from '#domain';

/** Version of segment, index and manifest; a reader refuses what it does not know. */
export const JOURNAL_FORMAT_VERSION = 1;
export const SEGMENT_HEADER_BYTES = 64;
export const SEGMENT_FOOTER_BYTES = 96;
/** Stands where a record has its length, and is no possible length: a footer is never a torn record. */
export const FOOTER_MARK = 0xffff_ffff;

const HEADER_MAGIC = asciiBytes('TAPEDECK');
const FOOTER_MAGIC = asciiBytes('TDJCLOSE');
const DIGEST_BYTES = 32;

export interface SegmentHeader {
  /** From 1, +1. */
  readonly number: number;
  readonly firstSequence: number;
  /** SHA-256 of all records of the session before this segment. */
  readonly digestBefore: Uint8Array;
}

export interface SegmentFooter {
  readonly records: number;
  readonly firstSequence: number;
  /** `firstSequence - 1` when there is no record. */
  readonly lastSequence: number;
  /** Receive times of the first and the last record, nanoseconds; 0 when there is none. */
  readonly firstReceivedAtNs: bigint;
  readonly lastReceivedAtNs: bigint;
  /** Bytes of all records of the segment. */
  readonly recordBytes: number;
  /** SHA-256 of all records of the session up to the end of this segment. */
  readonly digestAfter: Uint8Array;
}

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  assert(header.digestBefore.length === DIGEST_BYTES, 'a digest has 32 bytes');
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(HEADER_MAGIC, 0);
  view.setUint32(12, JOURNAL_FORMAT_VERSION, true);
  view.setUint32(16, header.number, true);
  view.setBigUint64(24, BigInt(header.firstSequence), true);
  bytes.set(header.digestBefore, 32);
  view.setUint32(8, crc32(bytes.subarray(12)), true);
  return bytes;
}

/** The header at the start of `bytes`, or what is wrong with it. */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeader | string {
  if (bytes.length < SEGMENT_HEADER_BYTES) return `the header has ${bytes.length} of ${SEGMENT_HEADER_BYTES} bytes`;
  if (!startsWith(bytes, 0, HEADER_MAGIC)) return 'it does not start with TAPEDECK';
  const view = new DataView(bytes.buffer, bytes.byteOffset, SEGMENT_HEADER_BYTES);
  if (view.getUint32(8, true) !== crc32(bytes.subarray(12, SEGMENT_HEADER_BYTES))) return 'the crc of the header is wrong';
  const version = view.getUint32(12, true);
  if (version !== JOURNAL_FORMAT_VERSION) return `format version ${version} is unknown (this program reads ${JOURNAL_FORMAT_VERSION})`;
  if (view.getUint32(20, true) !== 0) return 'the reserved bytes of the header are not 0';
  return {
    number: view.getUint32(16, true),
    firstSequence: Number(view.getBigUint64(24, true)),
    digestBefore: bytes.slice(32, SEGMENT_HEADER_BYTES),
  };
}

export function encodeSegmentFooter(footer: SegmentFooter): Uint8Array {
  assert(footer.digestAfter.length === DIGEST_BYTES, 'a digest has 32 bytes');
  const bytes = new Uint8Array(SEGMENT_FOOTER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, FOOTER_MARK, true);
  bytes.set(FOOTER_MAGIC, 8);
  view.setBigUint64(16, BigInt(footer.records), true);
  view.setBigUint64(24, BigInt(footer.firstSequence), true);
  view.setBigInt64(32, BigInt(footer.lastSequence), true);
  view.setBigInt64(40, footer.firstReceivedAtNs, true);
  view.setBigInt64(48, footer.lastReceivedAtNs, true);
  view.setBigUint64(56, BigInt(footer.recordBytes), true);
  bytes.set(footer.digestAfter, 64);
  view.setUint32(0, crc32(bytes.subarray(4)), true);
  return bytes;
}

/** True when the eight bytes at `at` begin a footer, whole or torn. */
export function isFooterMark(view: DataView, at: number): boolean {
  return view.getUint32(at + 4, true) === FOOTER_MARK;
}

/** The footer at the start of `bytes`, or what is wrong with it. */
export function decodeSegmentFooter(bytes: Uint8Array): SegmentFooter | string {
  if (bytes.length < SEGMENT_FOOTER_BYTES) return `the footer has ${bytes.length} of ${SEGMENT_FOOTER_BYTES} bytes`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, SEGMENT_FOOTER_BYTES);
  if (!isFooterMark(view, 0) || !startsWith(bytes, 8, FOOTER_MAGIC)) return 'there is no footer';
  if (view.getUint32(0, true) !== crc32(bytes.subarray(4, SEGMENT_FOOTER_BYTES))) return 'the crc of the footer is wrong';
  return {
    records: Number(view.getBigUint64(16, true)),
    firstSequence: Number(view.getBigUint64(24, true)),
    lastSequence: Number(view.getBigInt64(32, true)),
    firstReceivedAtNs: view.getBigInt64(40, true),
    lastReceivedAtNs: view.getBigInt64(48, true),
    recordBytes: Number(view.getBigUint64(56, true)),
    digestAfter: bytes.slice(64, SEGMENT_FOOTER_BYTES),
  };
}

/** ASCII text as bytes, for magic words. */
export function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** True when `word` is in `bytes` at `at`. */
export function startsWith(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  return word.every((byte, i) => bytes[at + i] === byte);
}
