import type { InspectReport, VenueRow } from '#domain';
import { byteSize, count, duration, instant } from './format.ts';
import { tapeFindings } from './tape-findings.ts';

/** The longest message that every chat takes in one piece (Telegram: 4,096), with room for a title of its own. */
export const MORNING_LENGTH_MAX = 3_500;

/** A recorded night as a short plain text for a chat: what was lost first, then a line a venue. A good night is short. */
export function morningText(report: InspectReport): string {
  const findings = tapeFindings(report);
  const lost = findings.filter(({ weight }) => weight === 'lost');
  const lines = [
    `${report.session}: ${verdictWords(lost.length)}`,
    ...lost.map(({ text }) => `! ${text}`),
    periodWords(report),
    ...report.venues.map(venueWords),
    ...auditWords(report),
    ...findings.filter(({ weight }) => weight === 'noted').map(({ text }) => `· ${text}`),
  ];
  return shortened(lines, `the rest: tapedeck inspect ${report.session}`);
}

/** What a person looks for first. */
export function verdictWords(lost: number): string {
  if (lost === 0) return 'nothing was lost (누락 없음)';
  return `DATA WAS LOST (누락 있음), ${lost === 1 ? 'one finding' : `${count(lost)} findings`}`;
}

/** From when to when, how much, and whether the files were checked. */
export function periodWords(report: InspectReport): string {
  const { firstReceivedAtNs: first, lastReceivedAtNs: last, records, verification } = report;
  if (first === null || last === null) return 'the tape is empty';
  const [fromUs, toUs] = [first, last].map((nanoseconds) => Number(BigInt(nanoseconds) / 1_000n)) as [number, number];
  const files = verification === undefined ? 'files not verified' : verifiedWords(verification);
  return `${instant(fromUs)} to ${instant(toUs)} UTC (${duration(toUs - fromUs)}), ${count(records)} records, ${files}`;
}

function verifiedWords({ ok, segments, stores }: NonNullable<InspectReport['verification']>): string {
  if (!ok) return 'files DAMAGED';
  const parts = [
    ...(stores.includes('journal') ? [`${count(segments)} segment${segments === 1 ? '' : 's'}`] : []),
    ...(stores.includes('parquet') ? ['the Parquet copy'] : []),
  ];
  return `${parts.join(' and ')} verified`;
}

function venueWords(row: VenueRow): string {
  const [first, last] = [row.firstFrameNs, row.lastFrameNs].map((time) => (time === null ? 'none' : timeOfDay(time))) as [string, string];
  const shed = row.dropped.reduce((sum, { frames }) => sum + frames, 0);
  const facts = [
    row.frames === 0 ? 'NO FRAMES' : `${first} to ${last}`,
    `${count(row.rows)} rows`,
    byteSize(row.bytes),
    `gaps ${count(row.gapTotal)}`,
    `reconnects ${count(row.reconnects)}`,
    `shed ${count(shed)}`,
    `decode failures ${count(row.decodeFailures)}`,
    `drift ${count(row.drift)}`,
    `late ${count(row.lateTrades)}`,
    ...(row.clock === null ? [] : [`clock ${offsetWords(row.clock.medianUs)}`]),
  ];
  return `${row.venue}: ${facts.join(' · ')}`;
}

/** `+0.451 s`: how much later than the venue's time frames came. */
export function offsetWords(offsetUs: number): string {
  return `${offsetUs < 0 ? '−' : '+'}${(Math.abs(offsetUs) / 1e6).toFixed(3)} s`;
}

/** The two audits in a line each; nothing where the tape had nothing to compare. */
export function auditWords({ volumeAudit, candleAudit }: InspectReport): readonly string[] {
  const wrong = volumeAudit.filter(({ missing }) => missing !== 0).length;
  const bars = candleAudit.rows.reduce((sum, row) => sum + row.bars, 0);
  const equal = candleAudit.rows.reduce((sum, row) => sum + row.equal, 0);
  const partial = candleAudit.rows.reduce((sum, row) => sum + row.partial, 0);
  const symbols = (rows: readonly { readonly venue: string; readonly symbol: string }[]) => {
    const number = new Set(rows.map(({ venue, symbol }) => `${venue} ${symbol}`)).size;
    return `${count(number)} symbol${number === 1 ? '' : 's'}`;
  };
  const volume = `traded volume (누적거래량) of ${symbols(volumeAudit)}: ${wrong === 0 ? 'all there' : `${count(wrong)} differ`}`;
  const begun = partial === 0 ? '' : `, ${count(partial)} only in part on the tape`;
  const candle = `candles (분봉) of ${symbols(candleAudit.rows)} beside ${count(bars)} bars: ${bars === equal ? 'all equal' : `${count(equal)} equal${begun}`}`;
  return [...(volumeAudit.length === 0 ? [] : [volume]), ...(bars === 0 ? [] : [candle])];
}

function timeOfDay(nanoseconds: string): string {
  return instant(Number(BigInt(nanoseconds) / 1_000n)).slice(-8);
}

/** Whole lines from the first on, as many as fit; what is left out is said. */
function shortened(lines: readonly string[], rest: string): string {
  const kept: string[] = [];
  let length = 0;
  for (const [index, line] of lines.entries()) {
    const words = line.length <= LINE_LENGTH_MAX ? line : `${line.slice(0, LINE_LENGTH_MAX - 1)}…`;
    const more = index === lines.length - 1 ? 0 : rest.length + 1;
    if (length + words.length + 1 + more > MORNING_LENGTH_MAX) return [...kept, rest].join('\n');
    kept.push(words);
    length += words.length + 1;
  }
  return kept.join('\n');
}

/** A venue's words in a reason may be long. */
const LINE_LENGTH_MAX = 400;
