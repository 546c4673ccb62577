import { createReadStream } from 'node:fs';
import { open, truncate } from 'node:fs/promises';
import { type RunPaths, RunWriter, readAudits, runError } from './run-store.ts';

/** An unfinished run that goes on. */
export interface ResumedRun {
  readonly writer: RunWriter;
  /** The audits it has already, in order: the engine that goes on must make the same ones again before it makes new ones. */
  readonly kept: AsyncIterable<string>;
  readonly keptAudits: number;
  /** Audits that were cut: torn by the crash, or of records that the recovered tape does not have. */
  readonly cutAudits: number;
}

const LINE_FEED = 0x0a;
/** The end of every audit line: members stand in canonical order. */
const TAIL = /"sequence":(\d{1,16}),"tape":\d+,"timeUs":-?\d+\}$/;
/** The tail is at most this long. */
const TAIL_BYTES_MAX = 120;

/**
 * Opens the audits of an unfinished run to append to them, cut back to a tape of `tapeRecords` records: a torn last line goes, and so does every
 * audit of a record that the tape lost in the crash (audits reach the disk after their records, so there should be none).
 */
export async function resumeRun(paths: RunPaths, tapeRecords: number): Promise<ResumedRun> {
  try {
    const { keptBytes, keptAudits, cutAudits } = await measure(paths.audits, tapeRecords);
    await truncate(paths.audits, keptBytes);
    const writer = new RunWriter(paths, await open(paths.audits, 'a'));
    return { writer, kept: readAudits(paths, keptBytes), keptAudits, cutAudits };
  } catch (error) {
    throw runError(error, paths.audits);
  }
}

interface Measured {
  readonly keptBytes: number;
  readonly keptAudits: number;
  readonly cutAudits: number;
}

async function measure(path: string, tapeRecords: number): Promise<Measured> {
  let keptBytes = 0;
  let keptAudits = 0;
  let cutAudits = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path)) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      if (cutAudits === 0 && sequenceOf(bytes, start, end) < tapeRecords) {
        keptBytes += end + 1 - start;
        keptAudits += 1;
      } else {
        cutAudits += 1;
      }
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
  return { keptBytes, keptAudits, cutAudits: cutAudits + (rest.length > 0 ? 1 : 0) };
}

/** The record of an audit; infinite for a line that is none. */
function sequenceOf(bytes: Buffer, start: number, end: number): number {
  const tail = TAIL.exec(bytes.toString('latin1', Math.max(start, end - TAIL_BYTES_MAX), end));
  return tail === null ? Number.POSITIVE_INFINITY : Number(tail[1]);
}
