import { DAY_US, type SymbolId, type TradeEvent } from '#domain';

export interface VolumeAuditRow {
  readonly symbol: SymbolId;
  /** The venue's trading day, days since 1970-01-01 of its own calendar. */
  readonly day: number;
  /** Volume the venue counted from the first trade we saw to the last: last cumulative − (first cumulative − first size). */
  readonly venueTotal: number;
  /** Volume of the trades on the tape. */
  readonly seen: number;
  readonly missing: number;
}

interface DayVolume {
  readonly day: number;
  readonly before: number;
  last: number;
  seen: number;
}

/**
 * The accumulated-volume audit: venues that print the day's traded volume with every trade tell us what we missed.
 * Whole units only (shares, contracts), so the sums are exact.
 */
export class VolumeAudit {
  readonly #current = new Map<SymbolId, DayVolume>();
  readonly #rows: VolumeAuditRow[] = [];

  /** `dayOffsetUs`: what to add to UTC so that midnight parts the venue's trading days. */
  add(trade: Readonly<TradeEvent>, receivedAtUs: number, dayOffsetUs: number): void {
    if (Number.isNaN(trade.cumulativeVolume)) return;
    const timeUs = Number.isNaN(trade.venueTimeUs) ? receivedAtUs : trade.venueTimeUs;
    const day = Math.floor((timeUs + dayOffsetUs) / DAY_US);
    let volume = this.#current.get(trade.symbol);
    // A counter that falls has been started again by the venue: that is a new day whatever the clock says.
    if (volume === undefined || volume.day !== day || trade.cumulativeVolume < volume.last) {
      this.#close(trade.symbol);
      volume = { day, before: trade.cumulativeVolume - trade.size, last: trade.cumulativeVolume, seen: 0 };
      this.#current.set(trade.symbol, volume);
    }
    volume.last = trade.cumulativeVolume;
    volume.seen += trade.size;
  }

  rows(): readonly VolumeAuditRow[] {
    const open = [...this.#current].map(([symbol, volume]) => rowOf(symbol, volume));
    return [...this.#rows, ...open];
  }

  #close(symbol: SymbolId): void {
    const volume = this.#current.get(symbol);
    if (volume !== undefined) this.#rows.push(rowOf(symbol, volume));
  }
}

function rowOf(symbol: SymbolId, volume: DayVolume): VolumeAuditRow {
  const venueTotal = volume.last - volume.before;
  return { symbol, day: volume.day, venueTotal, seen: volume.seen, missing: venueTotal - volume.seen };
}
