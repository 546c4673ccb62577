// Loaded into a `tapedeck record` that will be killed (`--import`): the side channel of `npm run kills`. It changes nothing of the recorder but
// the length of its segments; it writes down which frames the journal has taken, and which of them it has called durable. Both files are in the
// page cache at once, so they outlive the process by as much as it got to say.
import { openSync, writeSync } from 'node:fs';
import { JournalWriter } from '../../dist/storage/journal-writer.js';

const { TAPEDECK_KILLS_DURABLE, TAPEDECK_KILLS_TAKEN, TAPEDECK_KILLS_SEGMENT_BYTES } = process.env;
/** Numbers of durable frames, four bytes each, appended. */
const durable = openSync(TAPEDECK_KILLS_DURABLE, 'a');
/**
 * Four bytes each, overwritten: the numbers of the first and the last frame that were taken, how many of them were not written yet, and how old
 * the oldest of those was, in microseconds.
 */
const taken = openSync(TAPEDECK_KILLS_TAKEN, 'w');
const LOOK_MS = 1;

/** Frames that were taken and are not durable yet, oldest first. */
let waiting = [];
let firstTaken = 0;
/** Frames that were taken and are not written yet, oldest first. */
let unwritten = [];
let writer;

function frameNumber(bytes, start, end) {
  const found = /"t":(\d+),/.exec(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1'));
  return found === null ? undefined : Number(found[1]);
}

function fourBytes(numbers) {
  const bytes = Buffer.alloc(numbers.length * 4);
  numbers.forEach((number, i) => void bytes.writeUInt32LE(number, i * 4));
  return bytes;
}

function tell() {
  const records = writer?.durableRecords ?? 0;
  const count = waiting.findIndex(({ sequence }) => sequence >= records);
  const told = waiting.slice(0, count < 0 ? waiting.length : count);
  if (told.length === 0) return;
  waiting = waiting.slice(told.length);
  writeSync(durable, fourBytes(told.map(({ number }) => number)));
}

for (const name of ['create', 'reopen']) {
  const open = JournalWriter[name];
  JournalWriter[name] = async (dataDir, session, options = {}) => {
    const segmentBytesMax = Number(TAPEDECK_KILLS_SEGMENT_BYTES);
    writer = await open(dataDir, session, segmentBytesMax > 0 ? { ...options, segmentBytesMax } : options);
    return writer;
  };
}

const { append } = JournalWriter.prototype;
JournalWriter.prototype.append = function (...words) {
  const sequence = append.apply(this, words);
  const [, , , , kind, , bytes, start, end] = words;
  const number = kind === 'frame-in' ? frameNumber(bytes, start, end) : undefined;
  if (number !== undefined) {
    waiting.push({ sequence, number });
    firstTaken ||= number;
    const nowMs = performance.now();
    unwritten.push({ sequence, takenAtMs: nowMs });
    if (unwritten[0].sequence < writer.writtenRecords) unwritten = unwritten.filter((frame) => frame.sequence >= writer.writtenRecords);
    const oldestUs = Math.round((nowMs - unwritten[0].takenAtMs) * 1000);
    writeSync(taken, fourBytes([firstTaken, number, unwritten.length, oldestUs]), 0, 16, 0);
  }
  return sequence;
};

setInterval(tell, LOOK_MS).unref();
