import { canonicalJson, KST_OFFSET_US, MINUTE_US, microsecondsFromCivil, type RecordAppender, SECOND_US } from '#domain';
import { recordSyntheticSession } from '#replay';
import { JournalTape, JournalWriter, sealTape } from '#storage';
import { channelLabel } from '#venues';

const SEED = 7;
/** A Thursday in Seoul, one minute before stocks open. */
const START_US = microsecondsFromCivil({ year: 2026, month: 10, day: 15, hour: 8, minute: 59, second: 0, microsecond: 0 }) - KST_OFFSET_US;
const DURATION_US = 7 * MINUTE_US;
const LOSS = { venue: 'kiwoom', fromUs: START_US + 3 * MINUTE_US, toUs: START_US + 3 * MINUTE_US + 40 * SECOND_US };

/**
 * Records and seals the opening of a synthetic market as KIS and Kiwoom tell it, with the websocket of Kiwoom down for 40 seconds: something
 * for a notebook to find. The same bytes every time.
 */
export async function sealSampleSession(dataDir: string, session: string): Promise<void> {
  const writer = await JournalWriter.create(dataDir, session);
  const options = { seed: SEED, venues: ['kis', 'kiwoom'], startUs: START_US, durationUs: DURATION_US };
  await recordSyntheticSession(options, losingFrames(writer));
  await writer.close();
  await sealTape(await JournalTape.open(dataDir, session), { dataDir, channelOf: channelLabel });
}

/** The records of a recorder that lost its connection: what came meanwhile is missing, and the tape says so. */
function losingFrames(appender: RecordAppender): RecordAppender {
  const nothing = new Uint8Array(0);
  let state: 'before' | 'lost' | 'after' = 'before';
  const append: RecordAppender['append'] = (receivedAtNs, monotonicNs, venue, connection, kind, ...rest) => {
    const say = (event: 'disconnected' | 'gap' | 'connected', meta: Readonly<Record<string, string>>) =>
      appender.append(receivedAtNs, monotonicNs, LOSS.venue, connection, event, canonicalJson(meta), nothing, 0, 0);
    const isConcerned = venue === LOSS.venue && kind === 'frame-in';
    const atUs = Number(receivedAtNs / 1_000n);
    if (isConcerned && state === 'before' && atUs >= LOSS.fromUs) {
      state = 'lost';
      say('disconnected', { reason: 'connection reset' });
    }
    if (isConcerned && state === 'lost') {
      if (atUs < LOSS.toUs) return -1;
      state = 'after';
      say('gap', { fromNs: String(BigInt(LOSS.fromUs) * 1_000n), toNs: String(receivedAtNs), reason: 'connection reset' });
      say('connected', { attempt: '2' });
    }
    return appender.append(receivedAtNs, monotonicNs, venue, connection, kind, ...rest);
  };
  return { append, drain: () => appender.drain() };
}
