import { type ChannelRow, type InspectReport, isoNanoseconds } from '#domain';
import { auditWords, candleWords, offsetWords, periodWords, tapeFindings, verdictWords } from '#report';
import { columns, formatBytes, formatCount } from './output.ts';

/** Rows of a list that can grow without end; `--json` has them all. */
const ROWS_SHOWN = 20;
const WORDS_SHOWN = 72;

/**
 * What `inspect` prints for a person: the verdict, what was lost, a line a venue, and the two audits. What follows are the lists behind it, and they are
 * there only where they have something to say, the longest cut.
 */
export function inspectionText(report: InspectReport): string {
  const sections = [
    head(report),
    venues(report),
    auditWords(report).join('\n'),
    gaps(report),
    volumes(report),
    candles(report),
    failures(report),
    connections(report),
    calls(report),
    drift(report),
    notes(report),
    channels(report),
    identity(report),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function head(report: InspectReport): string {
  const findings = tapeFindings(report);
  const lost = findings.filter(({ weight }) => weight === 'lost');
  return [
    `session ${report.session}: ${verdictWords(lost.length)}`,
    periodWords(report),
    ...lost.map(({ text }) => `! ${text}`),
    ...findings.filter(({ weight }) => weight === 'noted').map(({ text }) => `· ${text}`),
  ].join('\n');
}

function venues({ venues }: InspectReport): string {
  const rows = venues.map((row) => [
    row.venue,
    row.firstFrameNs === null ? 'none' : second(row.firstFrameNs),
    row.lastFrameNs === null ? 'none' : second(row.lastFrameNs),
    row.rows,
    formatBytes(row.bytes),
    row.gapTotal,
    row.reconnects,
    row.dropped.reduce((sum, { frames }) => sum + frames, 0),
    row.decodeFailures,
    row.drift,
    row.lateTrades,
    row.clock === null ? '' : offsetWords(row.clock.medianUs),
  ]);
  return columns(
    ['venue', 'first frame', 'last frame', 'rows', 'bytes', 'gaps', 'reconnects', 'shed', 'failures', 'drift', 'late', 'clock'],
    rows,
  );
}

function identity(report: InspectReport): string {
  const events = Object.entries(report.events).filter(([, events]) => events > 0);
  return [
    `frames ${formatCount(report.frames.in)} in, ${formatCount(report.frames.out)} out; notes ${formatCount(report.notes)}`,
    `events ${events.map(([kind, events]) => `${kind} ${formatCount(events)}`).join(', ') || 'none'}`,
    `tape digest ${report.tapeDigest}`,
  ].join('\n');
}

/** By channel, all its symbols together: a night has thousands of symbols. */
function channels(report: InspectReport): string {
  const rows = new Map<string, { readonly row: ChannelRow; symbols: number; frames: number; events: number }>();
  for (const row of report.channels) {
    const key = `${row.venue} ${row.channel}`;
    const sum = rows.get(key) ?? { row, symbols: 0, frames: 0, events: 0 };
    rows.set(key, sum);
    sum.symbols += row.symbol === undefined ? 0 : 1;
    sum.frames += row.frames;
    sum.events += row.events;
  }
  if (rows.size === 0) return '';
  return columns(
    ['venue', 'channel', 'symbols', 'frames', 'events'],
    [...rows.values()].map(({ row, symbols, frames, events }) => [row.venue, row.channel, symbols, frames, events]),
  );
}

/** Connections that never broke say nothing here. */
function connections({ connections }: InspectReport): string {
  const broken = connections.filter(({ reconnects, stopped }) => reconnects.length > 0 || stopped !== undefined);
  const rows = broken.map((row) => [
    row.venue,
    row.connection,
    row.connects,
    row.disconnects,
    instant(row.firstNs),
    instant(row.lastNs),
    row.reconnects.map(({ reason, count }) => (count === 1 ? cut(reason) : `${cut(reason)} (${count})`)).join('; '),
  ]);
  return list(['venue', 'connection', 'connects', 'disconnects', 'first record at', 'last record at', 'lost by'], rows, 'connections');
}

function gaps({ gaps }: InspectReport): string {
  const rows = gaps.map((gap) => [
    gap.venue,
    gap.connection ?? '',
    gap.symbol ?? gap.channel ?? '',
    gap.fromSequence,
    gap.toSequence,
    instant(gap.fromNs),
    instant(gap.toNs),
    lasted(gap.fromNs, gap.toNs),
    cut(gap.reason),
  ]);
  return list(['gap in', 'connection', 'of', 'from record', 'to record', 'from', 'to', 'lasted', 'reason'], rows, 'gaps');
}

function notes({ noteKinds }: InspectReport): string {
  const rows = noteKinds.map((row) => [row.venue, row.connection, cut(row.what), row.count, row.firstSequence, cut(row.first)]);
  return list(['note of', 'connection', 'what', 'times', 'first record', 'the first'], rows, 'kinds of notes');
}

function volumes({ volumeAudit }: InspectReport): string {
  const rows = volumeAudit
    .filter(({ missing }) => missing !== 0)
    .sort((a, b) => Math.abs(b.missing) - Math.abs(a.missing))
    .map((row) => [row.venue, row.symbol, row.venueTotal, row.seen, row.missing]);
  return list(['traded volume of', 'symbol', 'venue', 'seen', 'missing'], rows, 'symbols');
}

function candles({ candleAudit }: InspectReport): string {
  const rows = candleAudit.differences.map((row) => [
    row.venue,
    row.symbol,
    row.interval,
    instant(String(BigInt(row.openTimeUs) * 1_000n)),
    row.sequence,
    row.ours === null ? 'none' : candleWords(row.ours),
    candleWords(row.venueBar),
    row.isInGap ? 'in a gap' : row.hasLateTrades ? 'late trades' : '',
  ]);
  const header = ['candle of', 'symbol', 'interval', 'opened', 'record of the bar', 'ours', 'the venue’s', 'told'];
  const all = candleAudit.rows.reduce((sum, { different, missing }) => sum + different + missing, 0);
  return list(header, rows, 'candles', all);
}

/** Types of calls that did not all go well. */
function calls({ venues }: InspectReport): string {
  const rows = venues.flatMap(({ venue, rest }) =>
    rest
      .filter(({ results }) => results.some(({ result }) => result !== 'ok'))
      .map(({ type, results, lastSuccessNs }) => [
        venue,
        type,
        results.map(({ result, count }) => `${result} ${formatCount(count)}`).join(', '),
        lastSuccessNs === null ? 'never' : instant(lastSuccessNs),
      ]),
  );
  return list(['calls of', 'type', 'results', 'last that went well'], rows, 'types of calls');
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

function list(header: readonly string[], rows: readonly (readonly (string | number)[])[], what: string, all: number = rows.length): string {
  if (rows.length === 0) return '';
  const more = all - Math.min(rows.length, ROWS_SHOWN);
  return columns(header, rows.slice(0, ROWS_SHOWN)) + (more > 0 ? `\nand ${formatCount(more)} more ${what}; --json lists them` : '');
}

function cut(words: string): string {
  return words.length <= WORDS_SHOWN ? words : `${words.slice(0, WORDS_SHOWN - 1)}…`;
}

function instant(nanoseconds: string): string {
  return isoNanoseconds(BigInt(nanoseconds));
}

/** Without the part of the second. */
function second(nanoseconds: string): string {
  return isoNanoseconds((BigInt(nanoseconds) / 1_000_000_000n) * 1_000_000_000n);
}

function lasted(fromNs: string, toNs: string): string {
  return `${(Number(BigInt(toNs) - BigInt(fromNs)) / 1e9).toFixed(3)} s`;
}
