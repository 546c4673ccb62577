import {
  type BarEvent,
  type Candle,
  type CandleAuditReport,
  type CandleAuditRow,
  type CandleDifference,
  type CandleValues,
  formatDuration,
  MINUTE_US,
  SECOND_US,
  type SymbolId,
  type SymbolTable,
  type TradeEvent,
} from '#domain';
import { isSameCandle, joinCandles } from './candle-values.ts';

/** Our candles that the audit needs: bars of whole minutes are compared with as many of these. */
export const AUDIT_INTERVAL = '1m';
/** How long after its end a bar is compared: venues correct a bar with the next answers, and trades may be late. */
const SETTLE_US = 90 * SECOND_US;
/** Candles of a symbol that are kept: until its first bar came, and after. A bar older than those is not compared. */
const CANDLES_KEPT_MIN = 120;
const CANDLES_KEPT_MAX = 3_000;
/** Bars of one symbol and interval that wait, or that are remembered as compared; beyond, the oldest is forgotten. */
const BARS_KEPT_MAX = 4_096;
/** Differences that are looked at for gaps, and those that a report lists. */
const DIFFERENCES_KEPT_MAX = 1_000;
export const DIFFERENCES_LISTED_MAX = 100;

interface OwnCandle extends CandleValues {
  readonly isPartial: boolean;
}

interface SymbolCandles {
  /** By open time; candles without a trade are not kept. */
  readonly candles: Map<number, OwnCandle>;
  readonly series: Map<number, BarAudit>;
  /** Minutes of which trades came after their candle had closed. */
  readonly lateMinutes: Set<number>;
  /** Open time of the minute of the first trade, and of the oldest one that is kept. */
  firstOpenUs: number;
  keptFromUs: number;
}

interface SeenBar extends CandleValues {
  readonly openTimeUs: number;
  readonly sequence: number;
  /** The venue calls it final, or it came after its end. */
  readonly isFinal: boolean;
}

interface BarAudit {
  readonly symbol: SymbolId;
  readonly intervalUs: number;
  readonly waiting: Map<number, SeenBar>;
  readonly compared: Set<number>;
  newestOpenUs: number;
  equal: number;
  partial: number;
  different: number;
  missing: number;
}

interface KeptDifference {
  readonly audit: BarAudit;
  readonly bar: SeenBar;
  readonly ours: CandleValues | undefined;
  readonly hasLateTrades: boolean;
}

type Verdict = 'equal' | 'partial' | 'different' | 'missing';

/** Whether the tape tells of a gap of a symbol that overlaps a time, nanoseconds since the epoch. */
export type GapFinder = (venue: string, symbol: string, fromNs: bigint, toNs: bigint) => boolean;

/**
 * Lays our candles beside the venue's own final bars. Compared are bars of whole minutes of symbols that have trades on the tape, from the minute of the
 * first trade on, each once, by the last version that came until `SETTLE_US` after its end. A bar of which only versions from before its end came, and none
 * of a later bar, is not final and not compared.
 */
export class CandleAudit {
  readonly #symbols: SymbolTable;
  readonly #traded = new Map<SymbolId, SymbolCandles>();
  readonly #audits: BarAudit[] = [];
  readonly #differences: KeptDifference[] = [];
  #nextDueUs = Number.POSITIVE_INFINITY;

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
  }

  /** Engine time from which `advance` compares something. */
  get nextDueUs(): number {
    return this.#nextDueUs;
  }

  /** A trade that a candle may count: bars of its symbol are compared from its minute on. */
  onTrade({ symbol, venueTimeUs, condition }: Readonly<TradeEvent>, receivedAtUs: number): void {
    if (condition === 'off-book' || this.#traded.has(symbol)) return;
    // Venues list trades from before a subscription: what counts is when trades began to come, at most a fast clock ahead of it.
    const timeUs = Math.max(receivedAtUs, Math.min(venueTimeUs, receivedAtUs + MINUTE_US) || receivedAtUs);
    const firstOpenUs = Math.floor(timeUs / MINUTE_US) * MINUTE_US;
    this.#traded.set(symbol, { candles: new Map(), series: new Map(), lateMinutes: new Set(), firstOpenUs, keptFromUs: firstOpenUs });
  }

  /** A candle of ours of `AUDIT_INTERVAL` that closed. */
  onCandle(candle: Candle): void {
    const own = this.#traded.get(candle.symbol);
    if (own === undefined || candle.trades === 0) return;
    const { openTimeUs, open, high, low, close, volume } = candle;
    // Trades may have begun to come in the middle of the first one.
    const isPartial = candle.flags.includes('incomplete') || openTimeUs <= own.firstOpenUs;
    own.candles.set(openTimeUs, { open, high, low, close, volume, isPartial });
    const keptMax = own.series.size === 0 ? CANDLES_KEPT_MIN : CANDLES_KEPT_MAX;
    while (own.candles.size > keptMax) {
      const oldestUs = own.candles.keys().next().value!;
      own.candles.delete(oldestUs);
      own.keptFromUs = Math.max(own.keptFromUs, oldestUs + MINUTE_US);
    }
  }

  /** A trade that came after its candle had closed: why that candle may differ. */
  onLateTrade(symbol: SymbolId, venueTimeUs: number): void {
    const minutes = this.#traded.get(symbol)?.lateMinutes;
    if (minutes === undefined) return;
    minutes.add(Math.floor(venueTimeUs / MINUTE_US) * MINUTE_US);
    if (minutes.size > CANDLES_KEPT_MAX) minutes.delete(minutes.values().next().value!);
  }

  onBar(bar: Readonly<BarEvent>, sequence: number, receivedAtUs: number): void {
    const own = this.#traded.get(bar.symbol);
    const { openTimeUs, intervalUs } = bar;
    if (own === undefined || openTimeUs < own.keptFromUs || openTimeUs % MINUTE_US !== 0 || intervalUs % MINUTE_US !== 0) return;
    const audit = own.series.get(intervalUs) ?? this.#addSeries(own, bar.symbol, intervalUs);
    if (audit.compared.has(openTimeUs)) return;
    const { open, high, low, close, volume } = bar;
    const endUs = openTimeUs + intervalUs;
    audit.waiting.set(openTimeUs, { openTimeUs, sequence, open, high, low, close, volume, isFinal: bar.isFinal || receivedAtUs >= endUs });
    if (audit.waiting.size > BARS_KEPT_MAX) audit.waiting.delete(audit.waiting.keys().next().value!);
    audit.newestOpenUs = Math.max(audit.newestOpenUs, openTimeUs);
    this.#nextDueUs = Math.min(this.#nextDueUs, Math.max(receivedAtUs, endUs + SETTLE_US));
  }

  /** Compares what has settled at `nowUs`. */
  advance(nowUs: number): void {
    if (nowUs < this.#nextDueUs) return;
    this.#nextDueUs = Number.POSITIVE_INFINITY;
    for (const audit of this.#audits) {
      for (const bar of audit.waiting.values()) {
        const dueUs = bar.openTimeUs + audit.intervalUs + SETTLE_US;
        if (nowUs < dueUs) this.#nextDueUs = Math.min(this.#nextDueUs, dueUs);
        else this.#settle(audit, bar);
      }
    }
  }

  /** The tape has ended, and our last candles are closed. */
  finish(): void {
    for (const audit of this.#audits) for (const bar of audit.waiting.values()) this.#settle(audit, bar);
    this.#nextDueUs = Number.POSITIVE_INFINITY;
  }

  report(isGap: GapFinder): CandleAuditReport {
    const differences = this.#differences.map((kept) => this.#describe(kept, isGap));
    const rows = this.#audits.map((audit) => {
      const own = differences.filter((_, i) => this.#differences[i]!.audit === audit);
      const inGaps = own.filter(({ isInGap }) => isInGap).length;
      const late = own.filter(({ isInGap, hasLateTrades }) => hasLateTrades && !isInGap).length;
      return this.#row(audit, { inGaps, late });
    });
    return { rows: rows.filter(({ bars }) => bars > 0), differences: differences.slice(0, DIFFERENCES_LISTED_MAX) };
  }

  /** A bar that is not known to be final goes on waiting for the next one. */
  #settle(audit: BarAudit, bar: SeenBar): void {
    if (!bar.isFinal && bar.openTimeUs >= audit.newestOpenUs) return;
    audit.waiting.delete(bar.openTimeUs);
    audit.compared.add(bar.openTimeUs);
    if (audit.compared.size > BARS_KEPT_MAX) audit.compared.delete(audit.compared.keys().next().value!);
    const own = this.#traded.get(audit.symbol)!;
    if (bar.openTimeUs < own.keptFromUs) return;
    const parts = partsOf(own, bar.openTimeUs, audit.intervalUs);
    const ours = joinCandles(parts);
    const verdict = judge(bar, ours, parts.some(({ isPartial }) => isPartial) || bar.openTimeUs <= own.firstOpenUs);
    audit[verdict] += 1;
    const isWrong = verdict === 'different' || verdict === 'missing';
    if (isWrong && this.#differences.length < DIFFERENCES_KEPT_MAX)
      this.#differences.push({ audit, bar, ours, hasLateTrades: hasLate(own, bar.openTimeUs, audit.intervalUs) });
  }

  #addSeries(own: SymbolCandles, symbol: SymbolId, intervalUs: number): BarAudit {
    const none = { equal: 0, partial: 0, different: 0, missing: 0 };
    const audit = { symbol, intervalUs, waiting: new Map(), compared: new Set<number>(), newestOpenUs: Number.NEGATIVE_INFINITY, ...none };
    own.series.set(intervalUs, audit);
    this.#audits.push(audit);
    return audit;
  }

  #row(
    { symbol, intervalUs, equal, partial, different, missing }: BarAudit,
    told: Pick<CandleAuditRow, 'inGaps' | 'late'>,
  ): CandleAuditRow {
    const bars = equal + partial + different + missing;
    return { ...this.#symbols.name(symbol), interval: formatDuration(intervalUs), bars, equal, partial, different, missing, ...told };
  }

  #describe({ audit, bar, ours, hasLateTrades }: KeptDifference, isGap: GapFinder): CandleDifference {
    const { venue, symbol } = this.#symbols.name(audit.symbol);
    const { openTimeUs, sequence, open, high, low, close, volume } = bar;
    const isInGap = isGap(venue, symbol, BigInt(openTimeUs) * 1_000n, BigInt(openTimeUs + audit.intervalUs) * 1_000n);
    const venueBar = { open, high, low, close, volume };
    return {
      venue,
      symbol,
      interval: formatDuration(audit.intervalUs),
      openTimeUs,
      sequence,
      ours: ours ?? null,
      venueBar,
      isInGap,
      hasLateTrades,
    };
  }
}

function hasLate({ lateMinutes }: SymbolCandles, openTimeUs: number, intervalUs: number): boolean {
  if (lateMinutes.size === 0) return false;
  for (let timeUs = openTimeUs; timeUs < openTimeUs + intervalUs; timeUs += MINUTE_US) if (lateMinutes.has(timeUs)) return true;
  return false;
}

function partsOf({ candles }: SymbolCandles, openTimeUs: number, intervalUs: number): readonly OwnCandle[] {
  const parts: OwnCandle[] = [];
  for (let timeUs = openTimeUs; timeUs < openTimeUs + intervalUs; timeUs += MINUTE_US) {
    const candle = candles.get(timeUs);
    if (candle !== undefined) parts.push(candle);
  }
  return parts;
}

function judge(bar: SeenBar, ours: CandleValues | undefined, isPartial: boolean): Verdict {
  if (ours === undefined) {
    // Venues give bars without trades too, some of them with no volume at all.
    if (!(bar.volume > 0)) return 'equal';
    return isPartial ? 'partial' : 'missing';
  }
  if (isSameCandle(bar, ours)) return 'equal';
  return isPartial ? 'partial' : 'different';
}
