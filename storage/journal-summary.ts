import { type Disk, journalError } from './journal-disk.ts';
import { RECORD_FIELDS } from './record-codec.ts';
import { SEGMENT_HEADER_BYTES } from './segment-format.ts';
import { ReadBuffer, SegmentReader } from './segment-reader.ts';
import { type SessionPaths, segmentNumber } from './session-paths.ts';

/** What an open session holds so far. */
export interface JournalSummary {
  readonly records: number;
  /** Of the first and the last whole record; 0 when there is none. */
  readonly firstReceivedAtNs: bigint;
  readonly lastReceivedAtNs: bigint;
}

/** Counts the records of an open session: closed segments by their footers, the last one by reading it. */
export async function summarizeJournal(disk: Disk, paths: SessionPaths): Promise<JournalSummary> {
  const total = { records: 0, firstReceivedAtNs: 0n, lastReceivedAtNs: 0n };
  try {
    for (const name of await disk.list(paths.journalDir)) {
      const number = segmentNumber(name);
      if (number === undefined) continue;
      const part = await summarizeSegment(disk, paths, number, total.records);
      if (part.records === 0) continue;
      if (total.records === 0) total.firstReceivedAtNs = part.firstReceivedAtNs;
      total.lastReceivedAtNs = part.lastReceivedAtNs;
      total.records += part.records;
    }
  } catch (error) {
    throw journalError(error, `cannot read ${paths.journalDir}`);
  }
  return total;
}

async function summarizeSegment(disk: Disk, paths: SessionPaths, number: number, firstSequence: number): Promise<JournalSummary> {
  const reader = await SegmentReader.open(disk, paths.journalDir, number);
  try {
    const size = await reader.size();
    return (await reader.closingFooter(size)) ?? (await countRecords(reader, size, firstSequence));
  } finally {
    await reader.close();
  }
}

async function countRecords(reader: SegmentReader, size: number, firstSequence: number): Promise<JournalSummary> {
  const buffer = new ReadBuffer();
  const total = { records: 0, firstReceivedAtNs: 0n, lastReceivedAtNs: 0n };
  for (let offset = SEGMENT_HEADER_BYTES; ; ) {
    const { scan, isWhole } = await reader.readRecords(buffer, offset, size, firstSequence + total.records);
    if (scan.records > 0) {
      if (total.records === 0) total.firstReceivedAtNs = buffer.view.getBigInt64(scan.start + RECORD_FIELDS.receivedAtNs, true);
      total.lastReceivedAtNs = buffer.view.getBigInt64(scan.lastStart + RECORD_FIELDS.receivedAtNs, true);
      total.records += scan.records;
      offset += scan.end;
    }
    if (isWhole || scan.stop.kind === 'bad' || scan.stop.kind === 'footer') return total;
  }
}
