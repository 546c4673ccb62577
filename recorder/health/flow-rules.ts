import type { VenueHealth, VolumeHealth } from '#domain';
import type { Condition } from './alert.ts';
import { clockText, listText, shareText, spanText } from './alert-words.ts';
import { type HealthFacts, RECENT_MS, usOf, type VenueFacts } from './health-facts.ts';

/** Fewer events or samples than this say nothing about a share or a median. */
const EVENTS_MIN = 100;
/** A median of the clock may be off for as long as this without an alert: a burst after a reconnect. */
const CLOCK_HOLD_MS = 60_000;
const LATELY = `in the last ${spanText(RECENT_MS)}`;

/** What came and is not whole, or not understood: counted over the last minutes, so that an alert ends when it stops. */
export function flowConditions(facts: HealthFacts, venue: VenueFacts): readonly Condition[] {
  const { tape } = venue;
  if (tape === undefined) return [];
  return [
    ...dropped(venue, tape),
    ...gaps(facts, tape),
    ...undecodable(facts, venue, tape),
    ...drift(venue, tape),
    ...late(facts, venue, tape),
    ...volume(facts, venue, tape),
    ...clock(facts, venue, tape),
  ];
}

function dropped({ recently }: VenueFacts, tape: VenueHealth): readonly Condition[] {
  const more = droppedOf(tape) - droppedOf(recently);
  if (more <= 0) return [];
  const reasons = tape.dropped.map(({ reason, frames }) => `${reason} ${frames}`);
  return [
    {
      key: `frames-dropped/${tape.venue}`,
      severity: 'critical',
      venue: tape.venue,
      title: `${tape.venue}: ${more} frames were not kept`,
      message: `${more} frames of ${tape.venue} were not kept ${LATELY} (in all: ${listText(reasons)}): the disk cannot follow or is nearly full. The least important channels go first; the tape has a gap record for each.`,
      holdMs: 0,
    },
  ];
}

function droppedOf(tape: VenueHealth | undefined): number {
  return tape?.dropped.reduce((sum, { frames }) => sum + frames, 0) ?? 0;
}

/** What was shed is told by `dropped`. A hole while nothing was expected, or shorter than a reconnect takes, is in the counts only. */
function gaps(facts: HealthFacts, tape: VenueHealth): readonly Condition[] {
  const { nowUs, thresholds, zoneOffsetUs } = facts;
  const found = tape.gaps.filter(({ fromNs, toNs, reason }) => {
    const fromUs = usOf(fromNs);
    const toUs = toNs === undefined ? nowUs : usOf(toNs);
    if (reason === 'shed' || toUs < nowUs - RECENT_MS * 1_000 || toUs - fromUs < thresholds.gapMs * 1_000) return false;
    return facts.wasExpected(tape.venue, fromUs) || facts.wasExpected(tape.venue, toUs);
  });
  const last = found[found.length - 1];
  if (last === undefined) return [];
  const texts = found.map(({ connection, channel, fromNs, toNs, reason }) => {
    const until = toNs === undefined ? 'still open' : clockText(usOf(toNs), zoneOffsetUs);
    return `${[connection, channel].filter((part) => part !== '').join(' ')} ${clockText(usOf(fromNs), zoneOffsetUs)}–${until} (${reason})`;
  });
  return [
    {
      key: `gap/${tape.venue}`,
      severity: 'warning',
      venue: tape.venue,
      title: `${tape.venue}: ${found.length === 1 ? 'a hole' : `${found.length} holes`} in the tape`,
      message: `${LATELY.replace('in', 'In')} ${tape.venue} had ${listText(texts)}; ${tape.gapTotal} gaps in this session.`,
      holdMs: 0,
    },
  ];
}

function undecodable({ thresholds }: HealthFacts, { recently }: VenueFacts, tape: VenueHealth): readonly Condition[] {
  const more = tape.decodeFailures - (recently?.decodeFailures ?? 0);
  if (more < thresholds.decodeFailures) return [];
  const channels = tape.channels
    .map(({ channel, decodeFailures }) => ({
      channel,
      more: decodeFailures - (recently?.channels.find((found) => found.channel === channel)?.decodeFailures ?? 0),
    }))
    .filter((found) => found.more > 0)
    .map((found) => `${found.channel} ${found.more}`);
  const where = channels.length === 0 ? '' : ` (${listText(channels)})`;
  return [
    {
      key: `decode-failures/${tape.venue}`,
      severity: 'warning',
      venue: tape.venue,
      title: `${tape.venue}: ${more} frames could not be decoded`,
      message: `${more} frames of ${tape.venue}${where} could not be decoded ${LATELY}, ${tape.decodeFailures} in all. They are on the tape; tapedeck inspect has the reasons.`,
      holdMs: 0,
    },
  ];
}

function drift({ recently }: VenueFacts, tape: VenueHealth): readonly Condition[] {
  const more = tape.drift - (recently?.drift ?? 0);
  if (more <= 0) return [];
  return [
    {
      key: `drift/${tape.venue}`,
      severity: 'warning',
      venue: tape.venue,
      title: `${tape.venue}: a layout has changed`,
      message: `${tape.venue} sent ${more} fields or layouts ${LATELY} that the decoder does not know (${tape.drift} in all). What is known is decoded; tapedeck inspect names them.`,
      holdMs: 0,
    },
  ];
}

function late({ thresholds }: HealthFacts, { recently }: VenueFacts, tape: VenueHealth): readonly Condition[] {
  const trades = tape.lateTrades - (recently?.lateTrades ?? 0);
  const events = eventsOf(tape) - eventsOf(recently);
  if (events < EVENTS_MIN || trades / events <= thresholds.lateShare) return [];
  return [
    {
      key: `late-trades/${tape.venue}`,
      severity: 'warning',
      venue: tape.venue,
      title: `${tape.venue}: ${shareText(trades / events)} of the trades come late`,
      message: `${trades} trades of ${tape.venue} ${LATELY} came after their candle had closed: ${shareText(trades / events)} of ${events} events, and ${shareText(thresholds.lateShare)} is an alert. Candles do not hold them; look at the clock and at the connection.`,
      holdMs: 0,
    },
  ];
}

/** Events that carry a venue time. */
function eventsOf(tape: VenueHealth | undefined): number {
  return tape?.channels.reduce((sum, { delay }) => sum + delay.counts.reduce((all, count) => all + count, 0), 0) ?? 0;
}

/** The venue's own day counter beside what is on the tape: what a frame with several records read as one would lose. */
function volume({ thresholds }: HealthFacts, { recently }: VenueFacts, tape: VenueHealth): readonly Condition[] {
  const day = Math.max(...tape.volumeAudit.map((row) => row.day));
  const short = tape.volumeAudit
    .filter((row) => row.day === day)
    .map((row) => ({ symbol: row.symbol, ...increaseOf(row, recently?.volumeAudit ?? []) }))
    .filter(({ missing, traded }) => missing > 0 && missing > thresholds.volumeShare * traded)
    .sort((a, b) => b.missing / b.traded - a.missing / a.traded);
  if (short.length === 0) return [];
  const texts = short.map(({ symbol, missing, traded }) => `${symbol} ${missing} of ${traded} (${shareText(missing / traded)})`);
  return [
    {
      key: `volume-missing/${tape.venue}`,
      severity: 'warning',
      venue: tape.venue,
      title: `${tape.venue}: traded volume of ${short.length === 1 ? 'a symbol' : `${short.length} symbols`} is missing`,
      message: `By the venue's own day counters volume is missing on the tape ${LATELY}: ${listText(texts)}. A hole in the connection explains it, else trades were lost or misread.`,
      holdMs: 0,
    },
  ];
}

function increaseOf(row: VolumeHealth, before: readonly VolumeHealth[]): { readonly missing: number; readonly traded: number } {
  const last = before.find(({ symbol, day }) => symbol === row.symbol && day === row.day);
  const missing = row.missing - (last?.missing ?? 0);
  return { missing, traded: Math.max(missing, row.venueTotal - (last?.venueTotal ?? 0)) };
}

/** A receive clock behind the venue's puts trades into the future; one far ahead makes them late. */
function clock({ thresholds }: HealthFacts, { expected }: VenueFacts, tape: VenueHealth): readonly Condition[] {
  const { samples, medianUs, minUs } = tape.clock;
  if (samples < EVENTS_MIN || !expected.isDataExpected) return [];
  const numbers = `The median of receive time minus venue time is ${Math.round(medianUs / 1_000)} ms over the last samples, the least of the session ${Math.round(minUs / 1_000)} ms.`;
  if (medianUs < -thresholds.clockBehindMs * 1_000) {
    return [
      {
        key: `clock-behind/${tape.venue}`,
        severity: 'critical',
        venue: tape.venue,
        title: `The clock is ${spanText(-medianUs / 1_000)} behind ${tape.venue}`,
        message: `${numbers} This machine's clock is behind the venue's: look at its time service (chronyc tracking, timedatectl).`,
        holdMs: CLOCK_HOLD_MS,
      },
    ];
  }
  if (medianUs <= thresholds.clockAheadMs * 1_000) return [];
  return [
    {
      key: `clock-ahead/${tape.venue}`,
      severity: 'warning',
      venue: tape.venue,
      title: `${tape.venue} comes ${spanText(medianUs / 1_000)} late`,
      message: `${numbers} Either this machine's clock is ahead (chronyc tracking, timedatectl) or the venue's data come late.`,
      holdMs: CLOCK_HOLD_MS,
    },
  ];
}
