import type { CandleDifference, CandleValues, GapRow, InspectReport, VenueRow, VolumeAuditReportRow } from '#domain';
import { count, duration, instant } from './format.ts';

/** One thing a night lost, or one to know, as a sentence. The Korean word stands beside where users know only that one. */
export interface TapeFinding {
  /** `lost`: data that should be there is not, or cannot be trusted. `noted`: worth knowing, nothing is lost by it. */
  readonly weight: 'lost' | 'noted';
  readonly text: string;
}

/** A gap shorter than this is a connection that ended with its tape: nothing came in that time that could have been lost. */
const GAP_MIN_US = 1_000;
const CLOCK_STEP_MIN_US = 100_000;
/** Rows of one kind that are named one by one. */
const NAMED_MAX = 5;

/** What was lost first, the worst kind first; then what is worth knowing. Empty after a good night. */
export function tapeFindings(report: InspectReport): readonly TapeFinding[] {
  const lost = [
    ...damage(report),
    ...report.connections.flatMap(({ venue, connection, stopped }) =>
      stopped === undefined ? [] : [`${venue} ${connection} stopped for good (연결 중지): ${stopped}`],
    ),
    ...report.venues.flatMap((venue) => [...gaps(report, venue), ...books(report, venue), ...dropped(venue), ...failures(report, venue)]),
    ...volumes(report.volumeAudit),
    ...candles(report),
  ];
  const noted = [
    ...(report.isClosed ? [] : ['the session is not closed (종료 기록 없음): it is still recorded, or its recorder died']),
    ...(report.restarts === 0 ? [] : [`the recorder was started again ${times(report.restarts)} (재시작)`]),
    ...report.venues.flatMap((venue) => [...calls(venue), ...clock(venue), ...late(venue), ...lateCandles(report, venue)]),
    ...backward(report),
    ...drift(report),
  ];
  return [...lost.map((text) => ({ weight: 'lost', text }) as const), ...noted.map((text) => ({ weight: 'noted', text }) as const)];
}

function damage({ verification }: InspectReport): readonly string[] {
  if (verification === undefined || verification.ok) return [];
  return [`the files are damaged (파일 손상): ${some(verification.problemTotal, 'problem')}, the first: ${verification.problems[0] ?? ''}`];
}

/** Gaps of connections and pollers. Those of shed frames are told by their frames, those of books by their books. */
function gaps({ gaps }: InspectReport, { venue }: VenueRow): readonly string[] {
  const own = gaps.filter(
    (gap) => gap.venue === venue && gap.channel === undefined && gap.symbol === undefined && lengthUs(gap) >= GAP_MIN_US,
  );
  if (own.length === 0) return [];
  const longest = own.reduce((a, b) => (lengthUs(b) > lengthUs(a) ? b : a));
  const allUs = own.reduce((sum, gap) => sum + lengthUs(gap), 0);
  const where = `${longest.connection ?? ''} from ${timeOf(longest.fromNs)} to ${timeOf(longest.toNs)}: ${longest.reason}`;
  if (own.length === 1) return [`${venue}: a gap (수신 공백) of ${duration(allUs)}, ${where}`];
  return [
    `${venue}: ${some(own.length, 'gap')} (수신 공백), ${duration(allUs)} in all; the longest ${duration(lengthUs(longest))}, ${where}`,
  ];
}

function books({ gaps }: InspectReport, { venue }: VenueRow): readonly string[] {
  const own = gaps.filter((gap) => gap.venue === venue && gap.connection === undefined && gap.symbol !== undefined);
  if (own.length === 0) return [];
  const { symbol, fromNs, reason } = own[0]!;
  return [`${venue}: order books did not join ${times(own.length)} (호가 불연속), first ${symbol} at ${timeOf(fromNs)}: ${reason}`];
}

function dropped({ venue, dropped }: VenueRow): readonly string[] {
  return dropped.map(({ reason, frames }) => `${venue}: ${some(frames, 'frame')} not kept (버린 프레임): ${reason}`);
}

function failures({ failures }: InspectReport, { venue, decodeFailures }: VenueRow): readonly string[] {
  if (decodeFailures === 0) return [];
  const first = failures.find((failure) => failure.venue === venue);
  const words = first === undefined ? '' : `; the first is record ${first.sequence}, ${first.channel}: ${first.reason}`;
  return [`${venue}: ${some(decodeFailures, 'decode failure')} (해석 실패)${words}`];
}

/** Most missing first. Less than nothing missing means that the tape holds more than the venue counted. */
function volumes(rows: readonly VolumeAuditReportRow[]): readonly string[] {
  const wrong = rows.filter(({ missing }) => missing !== 0).sort((a, b) => Math.abs(b.missing) - Math.abs(a.missing));
  const named = wrong.slice(0, NAMED_MAX).map(({ venue, symbol, venueTotal, seen, missing }) => {
    const share = `${((100 * missing) / venueTotal).toFixed(1)} %`;
    if (missing < 0)
      return `${venue} ${symbol}: ${count(seen)} traded on the tape, the venue counts ${count(venueTotal)} (누적거래량 초과)`;
    return `${venue} ${symbol}: ${count(missing)} of ${count(venueTotal)} traded are missing, ${share} (누적거래량 누락)`;
  });
  return [...named, ...rest(wrong.length - named.length, 'symbols whose traded volume differs (누적거래량)')];
}

/** Differences that nothing else tells of, and those in gaps. */
function candles({ candleAudit, venues }: InspectReport): readonly string[] {
  return venues.flatMap(({ venue }) => {
    const { bars, different, missing, inGaps, late } = candleSums(candleAudit, venue);
    const wrong = different + missing - late;
    if (wrong === 0) return [];
    const first = candleAudit.differences.find((row) => row.venue === venue && (row.isInGap || !row.hasLateTrades));
    const gapWords = inGaps === 0 ? '' : `, ${count(inGaps)} in gaps told above`;
    return [
      `${venue}: of ${some(bars, 'bar')} ${count(wrong)} do not agree with our candles (분봉 불일치), ${count(missing)} of them without any trade${gapWords}${differenceWords(first)}`,
    ];
  });
}

/** Candles that differ because trades came late: the trades are on the tape. */
function lateCandles({ candleAudit }: InspectReport, { venue }: VenueRow): readonly string[] {
  const { late } = candleSums(candleAudit, venue);
  return late === 0
    ? []
    : [`${venue}: ${some(late, 'candle')} without trades that came late (분봉, 지연 체결); a longer --lateness may count them`];
}

function candleSums({ rows }: InspectReport['candleAudit'], venue: string) {
  const sum = (name: 'bars' | 'different' | 'missing' | 'inGaps' | 'late') =>
    rows.filter((row) => row.venue === venue).reduce((all, row) => all + row[name], 0);
  return { bars: sum('bars'), different: sum('different'), missing: sum('missing'), inGaps: sum('inGaps'), late: sum('late') };
}

function differenceWords(first: CandleDifference | undefined): string {
  if (first === undefined) return '';
  const { symbol, interval, openTimeUs, sequence, ours, venueBar } = first;
  const words = ours === null ? 'no trades' : candleWords(ours);
  return `; first ${symbol} ${interval} of ${instant(openTimeUs)}, record ${sequence}: ours ${words}, the venue's ${candleWords(venueBar)}`;
}

/** Open, high, low, close × volume. */
export function candleWords({ open, high, low, close, volume }: CandleValues): string {
  return `${open}/${high}/${low}/${close} × ${volume}`;
}

function calls({ venue, rest }: VenueRow): readonly string[] {
  return rest.flatMap(({ type, results, lastSuccessNs }) => {
    const bad = results.filter(({ result }) => result !== 'ok');
    if (bad.length === 0) return [];
    const all = results.reduce((sum, { count }) => sum + count, 0);
    const words = bad.map(({ result, count }) => `${result} ${count}`).join(', ');
    const last = lastSuccessNs === null ? 'none went well' : `the last that went well at ${timeOf(lastSuccessNs)}`;
    return [`${venue} ${type}: of ${some(all, 'call')} ${words} (조회 실패); ${last}`];
  });
}

function clock({ venue, clock }: VenueRow): readonly string[] {
  if (clock === null || clock.minUs >= 0) return [];
  return [`${venue}: our clock is behind the venue's by ${(-clock.minUs / 1e6).toFixed(3)} s or more (시각 차)`];
}

function late({ venue, lateTrades }: VenueRow): readonly string[] {
  return lateTrades === 0 ? [] : [`${venue}: ${some(lateTrades, 'trade')} came after their candle had closed (지연 체결)`];
}

/** Steps of the machine's clock. Smaller ones are the order in which sockets are read, every night. */
function backward({ backwardTimes, backwardMaxUs }: InspectReport): readonly string[] {
  if (backwardMaxUs < CLOCK_STEP_MIN_US) return [];
  return [`receive times went back ${times(backwardTimes)}, by up to ${duration(backwardMaxUs)} (수신 시각 역행)`];
}

function drift({ driftTotal, drift }: InspectReport): readonly string[] {
  if (driftTotal === 0) return [];
  const [first] = drift;
  const words = first === undefined ? '' : `: ${first.venue} ${first.channel} ${first.detail}`;
  return [`${some(drift.length, 'kind')} of drift (명세와 다른 필드)${words}`];
}

function rest(more: number, what: string): readonly string[] {
  return more > 0 ? [`and ${count(more)} more ${what}`] : [];
}

function lengthUs(gap: GapRow): number {
  return Number(BigInt(gap.toNs) - BigInt(gap.fromNs)) / 1_000;
}

function timeOf(nanoseconds: string): string {
  return instant(Number(BigInt(nanoseconds) / 1_000n));
}

function some(number: number, what: string): string {
  return `${count(number)} ${what}${number === 1 ? '' : 's'}`;
}

function times(number: number): string {
  return number === 1 ? 'once' : `${count(number)} times`;
}
