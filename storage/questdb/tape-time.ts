import { TapedeckError } from '#domain';

/** The last time QuestDB can hold (2261-12-31T23:59:59.999999999Z); the first is 1970. */
const TAPE_TIME_MAX = 9_214_646_399_999_999_999n;
/** Before the first record of a session. */
export const NO_TAPE_TIME = -1n;

/**
 * Tape time of a record: its receive time, or one nanosecond after the record before it, whichever is later. It rises strictly, so that its
 * order is the sequence however often the clock repeats itself or goes back, and it depends on nothing but the records before: rows that
 * are sent again have the same key. `QUESTDB_TIME_RANGE` beyond what the server can hold.
 */
export function tapeTime(previous: bigint, receivedAtNs: bigint, sequence: number): bigint {
  const time = receivedAtNs > previous ? receivedAtNs : previous + 1n;
  if (time <= TAPE_TIME_MAX) return time;
  throw new TapedeckError(
    'QUESTDB_TIME_RANGE',
    `record ${sequence} was received at ${receivedAtNs} ns, which QuestDB cannot hold (at most ${TAPE_TIME_MAX}); the journal has it, a copy in QuestDB cannot`,
  );
}
