import { type Tape, TapeRecord } from '#domain';
import { LOOK_AHEAD_RECORDS_MAX } from './first-books.ts';

/** Ids of the venues whose records are near the start of a tape, in order of appearance. */
export async function venuesOfTape(tape: Tape): Promise<readonly string[]> {
  const venues = new Set<string>();
  const record = new TapeRecord();
  let records = 0;
  for await (const batch of tape.batches()) {
    while (batch.next(record)) {
      if (record.venue !== '') venues.add(record.venue);
      records += 1;
      if (records === LOOK_AHEAD_RECORDS_MAX) return [...venues];
    }
  }
  return [...venues];
}
