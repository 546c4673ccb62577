import { type InspectReport, isoNanoseconds } from '#domain';
import { columns, formatCount } from './output.ts';

/** Rows of a list that can grow without end; `--json` has them all. */
const ROWS_SHOWN = 20;
const WORDS_SHOWN = 72;

/** What `inspect` prints for a person: what is on the tape, then what is not, the longest lists cut. */
export function inspectionText(report: InspectReport): string {
  const sections = [
    head(report),
    columns(
      ['venue', 'channel', 'symbol', 'frames', 'events'],
      report.channels.map((row) => [row.venue, row.channel, row.symbol ?? '', row.frames, row.events]),
    ),
    connections(report),
    gaps(report),
    notes(report),
    volumes(report),
    drift(report),
    failures(report),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function head(report: InspectReport): string {
  const events = Object.entries(report.events).filter(([, events]) => events > 0);
  const counts: readonly (readonly [words: string, count: number])[] = [
    ['decode failures', report.decodeFailures],
    ['late trades', report.lateTrades],
    ['reconnects', report.connections.reduce((sum, { connects }) => sum + Math.max(0, connects - 1), 0)],
    ['gaps', report.gaps.length],
    ['notes', report.notes],
    ['times that go back', report.backwardTimes],
  ];
  return [
    `session ${report.session}: ${formatCount(report.records)} records, ${formatCount(report.frames.in)} frames in, ${formatCount(report.frames.out)} out`,
    `tape digest ${report.tapeDigest}`,
    `events ${events.map(([kind, events]) => `${kind} ${formatCount(events)}`).join(', ') || 'none'}`,
    counts.map(([words, count]) => `${words} ${formatCount(count)}`).join(', '),
  ].join('\n');
}

/** A capture of one connection that never broke says nothing here. */
function connections({ connections }: InspectReport): string {
  if (connections.length < 2 && connections.every(({ connects }) => connects < 2)) return '';
  const rows = connections.map((row) => [
    row.venue,
    row.connection,
    row.connects,
    row.disconnects,
    instant(row.firstNs),
    instant(row.lastNs),
  ]);
  return columns(['venue', 'connection', 'connects', 'disconnects', 'first record at', 'last record at'], rows);
}

function gaps({ gaps }: InspectReport): string {
  const rows = gaps.map((gap) => [
    gap.venue,
    gap.connection ?? '',
    gap.symbol ?? gap.channel ?? '',
    gap.fromSequence,
    gap.toSequence,
    instant(gap.fromNs),
    lasted(gap.fromNs, gap.toNs),
    cut(gap.reason),
  ]);
  return list(['gap in', 'connection', 'of', 'from record', 'to record', 'from', 'lasted', 'reason'], rows, 'gaps');
}

function notes({ noteKinds }: InspectReport): string {
  const rows = noteKinds.map((row) => [row.venue, row.connection, cut(row.what), row.count, row.firstSequence, cut(row.first)]);
  return list(['note of', 'connection', 'what', 'times', 'first record', 'the first'], rows, 'kinds of notes');
}

function volumes({ volumeAudit }: InspectReport): string {
  if (volumeAudit.length === 0) return '';
  const rows = volumeAudit.map((row) => [row.venue, row.symbol, row.venueTotal, row.seen, row.missing]);
  return `volume audit (the venue’s own day counter beside what is on the tape)\n${columns(['venue', 'symbol', 'venue', 'seen', 'missing'], rows)}`;
}

/** The most frequent kinds first: a field that every frame has comes before an odd one. */
function drift(report: InspectReport): string {
  const byCount = [...report.drift].sort((a, b) => b.count - a.count || a.firstSequence - b.firstSequence);
  const rows = byCount.map((row) => [row.venue, row.channel, cut(row.detail), row.count, row.firstSequence]);
  return list(['drift in', 'channel', 'what', 'times', 'first record'], rows, 'kinds of drift');
}

function failures({ failures, decodeFailures }: InspectReport): string {
  const lines = failures
    .slice(0, ROWS_SHOWN)
    .map(({ sequence, venue, channel, reason }) => `record ${sequence} ${venue} ${channel}: ${reason}`);
  const more = decodeFailures - lines.length;
  return [...lines, ...(more > 0 ? [`and ${formatCount(more)} more decode failures`] : [])].join('\n');
}

function list(header: readonly string[], rows: readonly (readonly (string | number)[])[], what: string): string {
  if (rows.length === 0) return '';
  const more = rows.length - ROWS_SHOWN;
  return columns(header, rows.slice(0, ROWS_SHOWN)) + (more > 0 ? `\nand ${formatCount(more)} more ${what}; --json lists them` : '');
}

function cut(words: string): string {
  return words.length <= WORDS_SHOWN ? words : `${words.slice(0, WORDS_SHOWN - 1)}…`;
}

function instant(nanoseconds: string): string {
  return isoNanoseconds(BigInt(nanoseconds));
}

function lasted(fromNs: string, toNs: string): string {
  return `${(Number(BigInt(toNs) - BigInt(fromNs)) / 1e9).toFixed(3)} s`;
}
