import { isInbound, TapeRecord } from '#domain';
import { openTape } from '#replay';
import { VENUES } from '#venues';

/** What one venue has on a tape, counted by the simplest code there is, beside the counters that the pages use. */
export interface CountedVenue {
  frames: number;
  bytes: number;
  rows: number;
  lastFrameNs: bigint;
  /** Gap records, and losses that have none yet. */
  gaps: number;
  /** Connects after a loss. */
  reconnects: number;
  readonly channels: Map<string, { frames: number; bytes: number; lastFrameNs: bigint }>;
  /** By connection: it is open. Only those with a life on the tape. */
  readonly up: Map<string, boolean>;
  /** Reasons of the losses, in order. */
  readonly losses: string[];
}

/** The first `records` records of a session that may still grow. */
export async function countTape(dataDir: string, session: string, records: number): Promise<ReadonlyMap<string, CountedVenue>> {
  const venues = new Map<string, CountedVenue>();
  const lost = new Set<string>();
  const record = new TapeRecord();
  for await (const batch of (await openTape(dataDir, session)).batches()) {
    while (batch.next(record)) {
      if (record.sequence >= records) break;
      if (record.venue !== '') count(record, venueOf(venues, record.venue), lost);
    }
    if (record.sequence >= records) break;
  }
  for (const key of lost) venueOf(venues, key.split(' ')[0]!).gaps += 1;
  return venues;
}

function venueOf(venues: Map<string, CountedVenue>, venue: string): CountedVenue {
  const known = venues.get(venue);
  if (known !== undefined) return known;
  const none = { frames: 0, bytes: 0, rows: 0, lastFrameNs: 0n, gaps: 0, reconnects: 0 };
  const made = { ...none, channels: new Map(), up: new Map(), losses: [] };
  venues.set(venue, made);
  return made;
}

function count(record: TapeRecord, venue: CountedVenue, lost: Set<string>): void {
  const { kind, connection, receivedAtNs, payloadLength: bytes } = record;
  const key = `${record.venue} ${connection}`;
  venue.rows += 1;
  if (isInbound(kind)) {
    const label = VENUES.get(record.venue)!.channelOf(record.bytes, record.start, record.end);
    const channel = venue.channels.get(label) ?? { frames: 0, bytes: 0, lastFrameNs: 0n };
    venue.channels.set(label, { frames: channel.frames + 1, bytes: channel.bytes + bytes, lastFrameNs: receivedAtNs });
    venue.frames += 1;
    venue.bytes += bytes;
    venue.lastFrameNs = receivedAtNs;
  } else if (kind === 'disconnected') {
    const { expected, reason } = JSON.parse(record.meta) as { readonly expected?: boolean; readonly reason: string };
    venue.up.set(connection, false);
    if (expected === true) return;
    venue.losses.push(reason);
    lost.add(key);
  } else if (kind === 'gap') {
    venue.gaps += 1;
    lost.delete(key);
  } else if (kind === 'connected') {
    // Every connect but the first comes after a loss: these recordings end nothing that is wanted.
    if (venue.up.has(connection)) venue.reconnects += 1;
    venue.up.set(connection, true);
  }
}
