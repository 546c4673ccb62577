import { RECORD_FIELDS, readSequence } from './record-codec.ts';
import { READ_CHUNK_BYTES, type SegmentReader } from './segment-reader.ts';
import { findRecord } from './segment-scan.ts';

/** A record that verifies after damage. */
export interface FoundRecord {
  /** Where it begins in the segment file. */
  readonly offset: number;
  readonly sequence: number;
  readonly receivedAtNs: bigint;
}

/**
 * The next record that verifies, from `offset` on and with a sequence of at least `sequenceMin`.
 * Windows overlap by half, so that records of up to half a window are always found.
 */
export async function findNextRecord(
  reader: SegmentReader,
  from: number,
  limit: number,
  sequenceMin: number,
): Promise<FoundRecord | undefined> {
  for (let offset = from; offset < limit; offset += READ_CHUNK_BYTES / 2) {
    const bytes = await reader.readBytes(offset, Math.min(READ_CHUNK_BYTES, limit - offset));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const at = findRecord(bytes, view, 0, bytes.length, sequenceMin);
    if (at === undefined) continue;
    return { offset: offset + at, sequence: readSequence(view, at), receivedAtNs: view.getBigInt64(at + RECORD_FIELDS.receivedAtNs, true) };
  }
  return undefined;
}
