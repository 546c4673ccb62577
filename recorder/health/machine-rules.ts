import type { TapeHealth } from '#domain';
import type { VenueProtocol } from '#venues';
import type { AlertKind, Condition } from './alert.ts';
import { bytesText, clockText, shareText, spanText } from './alert-words.ts';
import { type HealthFacts, RECENT_MS, usOf, type VenueFacts } from './health-facts.ts';

/** The write queue may fill for as long as this: a slow sync. */
const QUEUE_HOLD_MS = 10_000;
/** An estimate may waver for as long as this: a seal writes much and removes it again. */
const FORECAST_HOLD_MS = 60_000;

/** The process and its machine: disk, write queue, loop, tape, restarts. */
export function machineConditions(facts: HealthFacts): readonly Condition[] {
  return [...diskLow(facts), ...diskForecast(facts), ...queue(facts), ...loop(facts), ...restarted(facts), ...oldTape(facts)];
}

function about(key: AlertKind, severity: Condition['severity'], title: string, message: string, holdMs = 0): readonly Condition[] {
  return [{ key, severity, venue: '', title, message, holdMs }];
}

function diskLow({ status: { disk }, limits, tape }: HealthFacts): readonly Condition[] {
  const isLow = Number.isFinite(disk.shedTier) || (disk.freeBytes !== undefined && disk.freeBytes < limits.diskFreeMinBytes);
  if (!isLow && tape?.isDiskLow !== true) return [];
  const free = disk.freeBytes === undefined ? 'little room' : `${bytesText(disk.freeBytes)} free`;
  return about(
    'disk-low',
    'critical',
    `The disk has ${free}`,
    `The disk of the data folder has ${free}, and ${bytesText(limits.diskFreeMinBytes)} is the floor: channels are not kept, the least important first, until there is room. Remove sealed sessions (docs/keeping.md) or enlarge the disk.`,
  );
}

/** `full at 03:40`, while there is still time to do something. */
function diskForecast({ status: { disk }, limits, thresholds, nowUs, zoneOffsetUs }: HealthFacts): readonly Condition[] {
  const { freeBytes, fullAtNs, bytesPerSecond } = disk;
  if (freeBytes === undefined || fullAtNs === undefined || freeBytes < limits.diskFreeMinBytes) return [];
  const leftMs = (usOf(fullAtNs) - nowUs) / 1_000;
  if (leftMs > thresholds.forecastMs) return [];
  const at = clockText(usOf(fullAtNs), zoneOffsetUs).slice(0, 5);
  return about(
    'disk-forecast',
    'warning',
    `The disk will be full at ${at}`,
    `The disk of the data folder has ${bytesText(freeBytes)} free and loses ${bytesText(bytesPerSecond * 3_600)} an hour: it is full at ${at}, in ${spanText(leftMs)}; below ${bytesText(limits.diskFreeMinBytes)} channels are not kept any more, the least important first.`,
    FORECAST_HOLD_MS,
  );
}

function queue({ status, limits, thresholds }: HealthFacts): readonly Condition[] {
  const share = status.waitingBytes / limits.waitingBytesMax;
  if (share < thresholds.queueShare) return [];
  return about(
    'write-queue',
    'warning',
    `${bytesText(status.waitingBytes)} wait for the disk`,
    `${bytesText(status.waitingBytes)} of frames wait to be written, ${shareText(share)} of the ${bytesText(limits.waitingBytesMax)} after which channels are shed: the disk does not follow.`,
    QUEUE_HOLD_MS,
  );
}

function loop({ loopDelayMs, thresholds }: HealthFacts): readonly Condition[] {
  if (loopDelayMs < thresholds.loopMs) return [];
  return about(
    'loop-stalled',
    'warning',
    `The recorder stood still for ${spanText(loopDelayMs)}`,
    `In the last minute the recorder's event loop stood still for ${spanText(loopDelayMs)}: receive times are late by up to that, and ticks are missing on the tape. Something took the processor (swap, another program, a suspended machine).`,
  );
}

/** A new process on a tape that had begun before. */
function restarted({ tape, nowUs, startedAtUs, zoneOffsetUs, session }: HealthFacts): readonly Condition[] {
  if (tape === undefined || tape.restarts === 0 || nowUs - startedAtUs > RECENT_MS * 1_000) return [];
  const lost = tape.venues.flatMap(({ gaps }) => gaps).filter(({ toNs }) => toNs !== undefined && usOf(toNs) >= startedAtUs);
  const fromUs = Math.min(...lost.map(({ fromNs }) => usOf(fromNs)));
  const hole = lost.length === 0 ? '' : ` Nothing was recorded from ${clockText(fromUs, zoneOffsetUs)} until the connections were back.`;
  return about(
    'restarted',
    'warning',
    `The recorder was started again in mid-session`,
    `The recorder of ${session} was started at ${clockText(startedAtUs, zoneOffsetUs)} on a session that was open already (restart ${tape.restarts}): it goes on in a new segment, and what was written before is kept.${hole} If nobody started it, look for why it ended (the system's journal, out of memory).`,
  );
}

/**
 * The tape, as it is read from the disk, does not come along: the recorder makes no records, or they are not written, or whoever counts them is slow.
 * While it is old, no other rule that reads it can be trusted.
 */
function oldTape(facts: HealthFacts): readonly Condition[] {
  const { tape, status } = facts;
  const ageMs = tapeAgeMs(facts);
  if (!facts.isMonitored || ageMs < facts.thresholds.lagMs) return [];
  const behind = status.records - (tape?.records ?? 0);
  const title = behind <= 0 ? `No record for ${spanText(ageMs)}` : `What is counted is ${spanText(ageMs)} behind the tape`;
  const message =
    behind <= 0
      ? `The tape has had no record for ${spanText(ageMs)}, and a tick is due each second: the recorder stands still.`
      : `The newest record that was read back is ${spanText(ageMs)} old, and ${behind} records are not counted yet: ${bytesText(status.waitingBytes)} wait for the disk; else the monitor cannot follow. Ages and counts of channels are not to be trusted until it does; recording goes on.`;
  return about(behind <= 0 ? 'tape-stalled' : 'monitor-behind', behind <= 0 ? 'critical' : 'warning', title, message);
}

/** How old the newest record is that was counted, milliseconds. */
export function tapeAgeMs({ tape, nowUs, startedAtUs }: Pick<HealthFacts, 'tape' | 'nowUs' | 'startedAtUs'>): number {
  return (nowUs - Math.max(startedAtUs, usOf(lastRecordNs(tape)))) / 1_000;
}

function lastRecordNs(tape: TapeHealth | undefined): bigint | undefined {
  return tape?.lastRecordNs;
}

/** Tokens that polls need and that were not renewed in time. */
export function tokenConditions(facts: HealthFacts, venue: VenueFacts, protocol: VenueProtocol | undefined): readonly Condition[] {
  if (protocol === undefined || !venue.expected.polls.some(({ sinceUs }) => sinceUs !== undefined)) return [];
  return (venue.status?.grants ?? []).flatMap(({ key, grant, expiresAtMs }) => {
    const rule = protocol.grants.find(({ name }) => name === grant);
    const leftMs = expiresAtMs - facts.nowUs / 1_000;
    // It should have been renewed when `renewBeforeMs` were left; half of that has passed too.
    if (rule === undefined || !protocol.restGrants.includes(grant) || leftMs > rule.renewBeforeMs / 2) return [];
    const when = leftMs > 0 ? `expires in ${spanText(leftMs)}` : `expired ${spanText(-leftMs)} ago`;
    return [
      {
        key: `token/${venue.venue}/${key}/${grant}`,
        severity: 'critical',
        venue: venue.venue,
        title: `${venue.venue}: the ${grant} of key ${key} ${when}`,
        message: `The ${grant} of key ${key} of ${venue.venue} ${when} and was not renewed: REST calls of this key will fail. Look at the log for the venue's answer.`,
        holdMs: 0,
      },
    ];
  });
}
