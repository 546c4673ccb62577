import { type GapRow, HEALTH_GAPS_MAX, type HealthGap, type SymbolTable } from '#domain';
import { GapLog } from './gap-log.ts';

/** Gaps that are listed, the first ones; all are counted. */
export const GAPS_LISTED_MAX = 100_000;

/** The gaps of one venue as its health tells them: the last ones, and how many there were. */
interface VenueGaps {
  total: number;
  last: HealthGap[];
}

/** A gap with its times as numbers, which are compared often. */
interface KeptGap {
  readonly row: GapRow;
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

/** The gaps of a tape so far, those that are not over among them. */
export class GapHistory {
  readonly log: GapLog;
  readonly #closed: KeptGap[] = [];
  readonly #venues = new Map<string, VenueGaps>();
  #closedTotal = 0;

  constructor(symbols: SymbolTable) {
    this.log = new GapLog(symbols, (gap) => this.#add(gap));
  }

  /** All of them, those that are still open too. */
  get total(): number {
    return this.#closedTotal + this.log.open().length;
  }

  /** At most `GAPS_LISTED_MAX`, in the order of their end; those still open last, ending with the last record. */
  rows(): readonly GapRow[] {
    return [...this.#closed.map(({ row }) => row), ...this.log.openRows()];
  }

  /** True when a listed gap of the venue as a whole, or of this symbol, overlaps `[fromNs, toNs)`. */
  isIn(venue: string, symbol: string, fromNs: bigint, toNs: bigint): boolean {
    const isOf = (gap: Pick<GapRow, 'venue' | 'symbol'>) => gap.venue === venue && (gap.symbol === undefined || gap.symbol === symbol);
    return (
      this.#closed.some((gap) => gap.fromNs < toNs && gap.toNs > fromNs && isOf(gap.row)) ||
      this.log.open().some((gap) => gap.fromNs < toNs && isOf(gap))
    );
  }

  health(venue: string): { readonly gaps: readonly HealthGap[]; readonly gapTotal: number } {
    const closed = this.#venues.get(venue) ?? { total: 0, last: [] };
    const open = this.log.open().filter((gap) => gap.venue === venue);
    const gaps = [...closed.last, ...open.map((gap) => healthOf(gap, gap.fromNs, undefined))];
    return { gaps: gaps.slice(-HEALTH_GAPS_MAX), gapTotal: closed.total + open.length };
  }

  #add(gap: GapRow): void {
    const [fromNs, toNs] = [BigInt(gap.fromNs), BigInt(gap.toNs)];
    this.#closedTotal += 1;
    if (this.#closed.length < GAPS_LISTED_MAX) this.#closed.push({ row: gap, fromNs, toNs });
    const known = this.#venues.get(gap.venue);
    const venue = known ?? { total: 0, last: [] };
    if (known === undefined) this.#venues.set(gap.venue, venue);
    venue.total += 1;
    venue.last.push(healthOf(gap, fromNs, toNs));
    // Cut now and then, not each time: a shift of a long list for every gap would cost.
    if (venue.last.length >= 2 * HEALTH_GAPS_MAX) venue.last = venue.last.slice(-HEALTH_GAPS_MAX);
  }
}

type Place = Pick<GapRow, 'connection' | 'channel' | 'symbol' | 'reason'>;

function healthOf({ connection = '', channel = '', symbol = '', reason }: Place, fromNs: bigint, toNs: bigint | undefined): HealthGap {
  return { connection, channel, symbol, fromNs, toNs, reason };
}
