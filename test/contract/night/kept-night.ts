import { isInbound, TapeRecord } from '#domain';
import type { RunningServer } from '#replay';
import { JournalTape, verifySession } from '#storage';
import { VENUES } from '#venues';
import { frameDigest } from '../../../replay/serve/served-frames.ts';

/** What `tapedeck record --json` says of a session. */
export interface SessionEnd {
  readonly session: string;
  readonly records: number;
  readonly frames: number;
  readonly framesShed: number;
  readonly reconnects: number;
  readonly tapeDigest: string;
  readonly reason: string;
}

/** What is on the tapes of a night, read by the simplest code there is and compared with what was sent. */
export interface KeptNight {
  readonly frames: number;
  /** Frames that were sent over a connection that was then lost, and never came. */
  readonly inFlight: number;
  /** What is wrong, in words; nothing for a night that is whole. */
  readonly differences: readonly string[];
  /** Frames by channel. */
  readonly channels: ReadonlyMap<string, number>;
  /** Reasons of losses that were not wanted, and the gap records that follow. */
  readonly losses: readonly string[];
  readonly gaps: number;
  /** Records of a REST answer that says EGW00201. */
  readonly rateLimited: number;
  /** Those that were answered with 200. */
  readonly answered: number;
}

/** Frames under way when a connection breaks: a server that stalls holds those of minutes, and sends them to a recorder that has given it up. */
const IN_FLIGHT_MAX = 1_500;
/** A client that nobody let in has asked for no data; heartbeats may have been sent. */
const UNOPENED_FRAMES_MAX = 5;
/** Each venue has one connection with a socket; polls are connections too. */
const SOCKET = 'ws-1';

export async function keptNight(
  dataDir: string,
  sessions: readonly SessionEnd[],
  server: RunningServer,
  servedBefore: ReadonlyMap<string, number>,
): Promise<KeptNight> {
  const night = new NightReader();
  const differences: string[] = [];
  for (const { session, tapeDigest, framesShed } of sessions) {
    const { ok, problems } = await verifySession(dataDir, session);
    if (!ok) differences.push(`${session} is not whole: ${problems.map(({ message }) => message).join('; ')}`);
    const tape = await JournalTape.open(dataDir, session);
    if ((await tape.digest()) !== tapeDigest) differences.push(`${session}: its digest is not the one that was told`);
    if (framesShed > 0) differences.push(`${session}: ${framesShed} frames were shed`);
    await night.read(tape);
  }
  let inFlight = 0;
  for (const venue of ['kis', 'kiwoom']) {
    const sent = server.served(venue).slice(servedBefore.get(venue) ?? 0);
    const compared = compareLives(venue, night.connects.get(venue) ?? [], sent);
    differences.push(...compared.differences);
    inFlight += compared.inFlight;
  }
  const { frames, channels, losses, gaps, rateLimited, answered } = night;
  return { frames, inFlight, differences, channels, losses, gaps, rateLimited, answered };
}

type Sent = ReturnType<RunningServer['served']>[number];

/** The lives of a connection in order, each beside the one that was sent it; one that the recorder never got open was sent no data. */
function compareLives(
  venue: string,
  lives: readonly (readonly string[])[],
  sent: readonly Sent[],
): { readonly inFlight: number; readonly differences: readonly string[] } {
  const differences: string[] = [];
  let inFlight = 0;
  let next = 0;
  for (const [life, frames] of lives.entries()) {
    const found = sent.findIndex(({ frameDigests }, index) => index >= next && frames.every((digest, i) => digest === frameDigests[i]));
    if (found < 0) {
      differences.push(`${venue} connection ${life}: its ${frames.length} frames are not those of any that was served then`);
      continue;
    }
    const missing = sent[found]!.frameDigests.length - frames.length;
    if (missing > IN_FLIGHT_MAX) differences.push(`${venue} connection ${life}: ${missing} more frames were sent than came`);
    inFlight += missing;
    for (const unopened of sent.slice(next, found)) noteUnopened(venue, unopened, differences);
    next = found + 1;
  }
  for (const unopened of sent.slice(next)) noteUnopened(venue, unopened, differences);
  return { inFlight, differences };
}

function noteUnopened(venue: string, { ordinal, frames }: Sent, differences: string[]): void {
  if (frames > UNOPENED_FRAMES_MAX)
    differences.push(`${venue} connection ${ordinal} of the server: its ${frames} frames are nowhere on the tape`);
}

class NightReader {
  /** Digests of the frames of each connection of a venue, in order. */
  readonly connects = new Map<string, string[][]>();
  readonly channels = new Map<string, number>();
  readonly losses: string[] = [];
  frames = 0;
  gaps = 0;
  rateLimited = 0;
  answered = 0;

  async read(tape: JournalTape): Promise<void> {
    const record = new TapeRecord();
    for await (const batch of tape.batches()) while (batch.next(record)) this.#add(record);
  }

  #add(record: TapeRecord): void {
    const { kind, venue, connection, meta } = record;
    if (kind === 'gap') this.gaps += 1;
    if (kind === 'disconnected') {
      const { expected, reason } = JSON.parse(meta) as { readonly expected?: boolean; readonly reason: string };
      if (expected !== true) this.losses.push(`${venue}: ${reason}`);
    }
    if (kind === 'connected' && connection === SOCKET) this.connects.set(venue, [...(this.connects.get(venue) ?? []), []]);
    if (!isInbound(kind)) {
      if (meta.includes('EGW00201')) this.rateLimited += 1;
      return;
    }
    const channel = VENUES.get(venue)!.channelOf(record.bytes, record.start, record.end);
    if (kind === 'frame-in') {
      this.frames += 1;
      this.channels.set(channel, (this.channels.get(channel) ?? 0) + 1);
      this.connects.get(venue)!.at(-1)!.push(frameDigest(record.payload()));
    } else if (meta.includes('"status":200')) this.answered += 1;
    else if (Buffer.from(record.payload()).includes('EGW00201')) this.rateLimited += 1;
  }
}
