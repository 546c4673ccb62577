import { isInbound, isOutbound, isoNanoseconds, type Tape, type TapeRecord } from '#domain';
import type { Venue } from '#venues';
import { drive } from '../drive.ts';

/** One record, said so that a person finds it. */
export interface RecordPlace {
  readonly session: string;
  readonly sequence: number;
  readonly kind: string;
  readonly venue: string;
  /** Empty where the record has none, or its venue cannot tell. */
  readonly channel: string;
  readonly receivedAt: string;
}

/** The first record, in the order of play, for which `isIt` holds; `undefined` when there is none. */
export async function findRecord(
  tapes: readonly Tape[],
  venues: ReadonlyMap<string, Venue>,
  isIt: (record: TapeRecord, tape: number, ordinal: number) => boolean,
): Promise<RecordPlace | undefined> {
  const found = new AbortController();
  let place: RecordPlace | undefined;
  let ordinal = 0;
  await drive(
    tapes,
    (record, tape) => {
      if (place === undefined && isIt(record, tape, ordinal)) {
        place = placeOf(record, tapes[tape]!.session, venues);
        found.abort();
      }
      ordinal += 1;
    },
    { signal: found.signal },
  );
  return place;
}

function placeOf(record: TapeRecord, session: string, venues: ReadonlyMap<string, Venue>): RecordPlace {
  const { sequence, kind, venue, bytes, start, end } = record;
  const hasChannel = isInbound(kind) || isOutbound(kind);
  const channel = hasChannel ? (venues.get(venue)?.channelOf(bytes, start, end) ?? '') : '';
  return { session, sequence, kind, venue, channel, receivedAt: isoNanoseconds(record.receivedAtNs) };
}
