import type { ConnectionHealth } from '#domain';
import type { ConnectionStatus } from '../record/venue-recorder.ts';
import type { Condition } from './alert.ts';
import { clockText, listText, spanText } from './alert-words.ts';
import type { ConnectionExpectation } from './expectations.ts';
import { type HealthFacts, usOf, type VenueFacts } from './health-facts.ts';

/** A connection that is not what the plan wants of it now. */
export function connectionConditions(facts: HealthFacts, venue: VenueFacts): readonly Condition[] {
  return venue.expected.connections.flatMap((expected) => {
    const tape = venue.tape?.connections.find(({ connection }) => connection === expected.connection);
    const status = venue.status?.connections.find(({ connection }) => connection === expected.connection);
    const at = { facts, venue, expected, tape, status };
    return [...stoppedOrDown(at), ...unanswered(at), ...withoutData(at), ...storm(at)];
  });
}

interface At {
  readonly facts: HealthFacts;
  readonly venue: VenueFacts;
  readonly expected: ConnectionExpectation;
  readonly tape: ConnectionHealth | undefined;
  readonly status: ConnectionStatus | undefined;
}

/** Whether a connection carries nothing now though it should; its channels then need no alert of their own. */
export function isDown(tape: ConnectionHealth | undefined): boolean {
  return tape?.isUp !== true;
}

/** Why a connection ended and will not come back; `undefined` while it may. */
export function stopReason(tape: ConnectionHealth | undefined, status: ConnectionStatus | undefined): string | undefined {
  if (tape?.isUp === true) return undefined;
  if (tape?.stopped !== undefined) return tape.stopped;
  return status?.state === 'stopped' ? 'it was refused' : undefined;
}

function stoppedOrDown(at: At): readonly Condition[] {
  const { facts, venue, expected, tape, status } = at;
  const { connection, isWanted } = expected;
  if (!isWanted || !isDown(tape)) return [];
  const reason = stopReason(tape, status);
  const key = `${venue.venue}/${connection}`;
  const last = lastFrameText(tape, facts);
  if (reason !== undefined) {
    return [
      {
        key: `connection-stopped/${key}`,
        severity: 'critical',
        venue: venue.venue,
        title: `${venue.venue} ${connection} stopped for good`,
        message: `${venue.venue} ${connection} will not connect again: ${reason}. ${last}. Mend the cause (another program with the same key, a refused key) and start the recording again: the session goes on.`,
        holdMs: 0,
      },
    ];
  }
  // Nothing was found that it could hold.
  if (!expected.isPlanned && status?.state === 'parked') return [];
  return [
    {
      key: `connection-down/${key}`,
      severity: venue.expected.isDataExpected ? 'critical' : 'warning',
      venue: venue.venue,
      title: `${venue.venue} ${connection} is down`,
      message: `${venue.venue} ${connection} has been down for at least ${spanText(facts.thresholds.downMs)} (now ${status?.state ?? 'unknown'}, ${tape?.connects ?? 0} connects so far). ${last}. It is tried again by itself.`,
      holdMs: facts.thresholds.downMs,
    },
  ];
}

/** Asked for and not acknowledged, or refused by name. */
function unanswered({ facts, venue, expected, tape, status }: At): readonly Condition[] {
  if (status === undefined || isDown(tape) || status.state !== 'open') return [];
  const { wanted, acknowledged, refused } = status.subscriptions;
  const key = `${venue.venue}/${expected.connection}`;
  const where = `${venue.venue} ${expected.connection}`;
  const missing = wanted - acknowledged - refused;
  const lacking = status.channels
    .filter((channel) => channel.wanted > channel.acknowledged + channel.refused)
    .map(({ channel, ...counts }) => `${channel} ${counts.acknowledged} of ${counts.wanted}`);
  const refusedChannels = status.channels.filter((channel) => channel.refused > 0).map(({ channel }) => channel);
  const conditions: Condition[] = [];
  if (missing > 0)
    conditions.push({
      key: `unacknowledged/${key}`,
      severity: 'critical',
      venue: venue.venue,
      title: `${where}: ${missing} of ${wanted} subscriptions are not acknowledged`,
      message: `${where} is open, and ${missing} of ${wanted} subscriptions were not acknowledged in ${spanText(facts.thresholds.unansweredMs)}: ${listText(lacking)}.`,
      holdMs: facts.thresholds.unansweredMs,
    });
  if (refused > 0)
    conditions.push({
      key: `refused/${key}`,
      severity: 'warning',
      venue: venue.venue,
      title: `${where}: ${refused} of ${wanted} subscriptions were refused`,
      message: `The venue refused ${refused} of ${wanted} subscriptions of ${where} (${listText(refusedChannels)}); they are not asked for again. The log has its words.`,
      holdMs: 0,
    });
  return conditions;
}

/** Acknowledged, and not one frame of data since: a test address, or subscriptions that a reconnect did not restore. */
function withoutData({ facts, venue, expected, tape, status }: At): readonly Condition[] {
  if (status === undefined || isDown(tape) || status.state !== 'open') return [];
  const { acknowledged, seen } = status.subscriptions;
  const silentMs = connectionSilenceMs(facts, venue, expected.connection);
  if (acknowledged === 0 || seen > 0 || silentMs === undefined) return [];
  return [
    {
      key: `no-data/${venue.venue}/${expected.connection}`,
      severity: 'critical',
      venue: venue.venue,
      title: `${venue.venue} ${expected.connection} is acknowledged and sends nothing`,
      message: `All ${acknowledged} subscriptions of ${venue.venue} ${expected.connection} are acknowledged, and nothing came since it connected; the tape has had nothing of it for ${spanText(silentMs)} while its market is open. Is this the real address?`,
      holdMs: facts.thresholds.unansweredMs,
    },
  ];
}

/** How long a connection's expected channels have been silent, when that is more than is normal for the most talkative of them. */
export function connectionSilenceMs(facts: HealthFacts, { tape, expected }: VenueFacts, connection: string): number | undefined {
  const channels = expected.channels.filter(({ connections, sinceUs }) => connections.includes(connection) && sinceUs !== undefined);
  if (channels.length === 0) return undefined;
  const fromUs = Math.max(
    facts.startedAtUs,
    ...channels.map(({ sinceUs }) => sinceUs ?? 0),
    ...channels.map(({ channel }) => usOf(tape?.channels.find((candidate) => candidate.channel === channel)?.lastFrameNs)),
  );
  const silentMs = (facts.nowUs - fromUs) / 1_000;
  const limitMs = Math.min(...channels.map(({ silenceMaxMs }) => silenceMaxMs)) * facts.thresholds.silenceTimes;
  return silentMs > limitMs ? silentMs : undefined;
}

function storm({ facts, venue, expected, tape }: At): readonly Condition[] {
  const before = venue.hourAgo?.connections.find(({ connection }) => connection === expected.connection);
  const reconnects = countOf(tape) - countOf(before);
  const limit = facts.thresholds.reconnectsPerHour;
  if (tape === undefined || reconnects < limit) return [];
  const reasons = tape.reconnects
    .map(({ reason, count }) => ({ reason, count: count - (before?.reconnects.find((found) => found.reason === reason)?.count ?? 0) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .map(({ reason, count }) => `${count} × ${reason}`);
  return [
    {
      key: `reconnect-storm/${venue.venue}/${expected.connection}`,
      severity: 'warning',
      venue: venue.venue,
      title: `${venue.venue} ${expected.connection}: ${reconnects} reconnects in an hour`,
      message: `${venue.venue} ${expected.connection} was connected again ${reconnects} times in the last hour (${limit} are an alert): ${listText(reasons, 3)}.`,
      holdMs: 0,
    },
  ];
}

function countOf(connection: ConnectionHealth | undefined): number {
  return connection?.reconnects.reduce((sum, { count }) => sum + count, 0) ?? 0;
}

function lastFrameText(tape: ConnectionHealth | undefined, { zoneOffsetUs }: HealthFacts): string {
  return tape?.lastFrameNs === undefined
    ? 'It never had a frame'
    : `Its last frame came at ${clockText(usOf(tape.lastFrameNs), zoneOffsetUs)}`;
}
