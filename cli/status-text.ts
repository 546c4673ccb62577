import { type HealthGap, isoNanoseconds, type VenueHealth } from '#domain';
import { duration, offsetWords } from '#report';
import type { DiskForecast } from './disk-forecast.ts';
import { columns, formatBytes, formatCount } from './output.ts';
import type { SessionStatus } from './session-status.ts';

/** Gaps of a session that are listed, the last ones: `--json` has more. */
const GAPS_SHOWN = 10;
const REASON_SHOWN = 60;

/** What `status` prints of one session for a person. */
export function statusText(status: SessionStatus): string {
  const { health } = status;
  const lines = [
    `session ${status.session}: ${stateWords(status)}, ${ageWords(status)}`,
    ...(health.damage === undefined ? [] : [`! the tape cannot be read any further: ${health.damage}`]),
    ...(health.isDiskLow ? ['! the disk is low: frames of the least important channels are not kept'] : []),
    ...health.venues.flatMap(troubles),
    venueTable(health.venues),
    ...gapLines(health.venues),
    diskWords(status.disk),
  ];
  return lines.join('\n');
}

function stateWords({ state, writer, health }: SessionStatus): string {
  const restarts = health.restarts === 0 ? '' : `, started again ${health.restarts === 1 ? 'once' : `${health.restarts} times`}`;
  if (state !== 'open') return `${state}${restarts}`;
  return `${writer === undefined ? 'open, but NOBODY RECORDS it' : `recorded by process ${writer}`}${restarts}`;
}

function ageWords({ ageSeconds }: SessionStatus): string {
  return ageSeconds === undefined ? 'no record yet' : `last record ${duration(ageSeconds * 1e6)} ago`;
}

function troubles({ venue, connections, dropped }: VenueHealth): readonly string[] {
  return [
    ...connections.flatMap(({ connection, stopped }) =>
      stopped === undefined ? [] : [`! ${venue} ${connection} stopped for good: ${stopped}`],
    ),
    ...dropped.map(({ reason, frames }) => `! ${venue}: ${formatCount(frames)} frames not kept: ${reason}`),
  ];
}

function venueTable(venues: readonly VenueHealth[]): string {
  const rows = venues.map((venue) => [
    venue.venue,
    timeWords(venue.firstFrameNs),
    timeWords(venue.lastFrameNs),
    venue.rows,
    formatBytes(venue.bytes),
    venue.gapTotal,
    venue.connections.reduce((sum, { reconnects }) => sum + reconnects.reduce((all, { count }) => all + count, 0), 0),
    upWords(venue),
    venue.lateTrades,
    venue.clock.samples === 0 ? '' : offsetWords(venue.clock.medianUs),
  ]);
  return columns(['venue', 'first frame', 'last frame', 'rows', 'bytes', 'gaps', 'reconnects', 'up', 'late', 'clock'], rows);
}

/** `2 of 3` connections and pollers. */
function upWords({ connections }: VenueHealth): string {
  return `${connections.filter(({ isUp }) => isUp).length} of ${connections.length}`;
}

function gapLines(venues: readonly VenueHealth[]): readonly string[] {
  const all = venues.flatMap(({ venue, gaps }) => gaps.map((gap) => ({ venue, gap })));
  const total = venues.reduce((sum, { gapTotal }) => sum + gapTotal, 0);
  const shown = all.slice(-GAPS_SHOWN).map(({ venue, gap }) => `  ${gapWords(venue, gap)}`);
  return total > shown.length ? [`  the last ${shown.length} of ${formatCount(total)} gaps:`, ...shown] : shown;
}

function gapWords(venue: string, { connection, channel, symbol, fromNs, toNs, reason }: HealthGap): string {
  const place = [venue, connection, channel, symbol].filter((name) => name !== '').join(' ');
  const words = reason.length <= REASON_SHOWN ? reason : `${reason.slice(0, REASON_SHOWN - 1)}…`;
  if (toNs === undefined) return `gap ${place}: since ${timeWords(fromNs)}, NOT OVER, ${words}`;
  return `gap ${place}: ${timeWords(fromNs)} to ${timeWords(toNs)} (${duration(Number(toNs - fromNs) / 1_000)}), ${words}`;
}

function diskWords({ freeBytes, bytesPerHour, fullAtNs }: DiskForecast): string {
  const left = `disk: ${formatBytes(freeBytes)} left`;
  if (bytesPerHour === undefined) return left;
  const pace = `${left}; the journal grows by ${formatBytes(Math.round(bytesPerHour))} an hour`;
  return fullAtNs === undefined ? pace : `${pace}: full at ${timeWords(fullAtNs)}`;
}

/** To the second. */
function timeWords(nanoseconds: bigint | undefined): string {
  return nanoseconds === undefined ? 'none' : isoNanoseconds((nanoseconds / 1_000_000_000n) * 1_000_000_000n);
}
