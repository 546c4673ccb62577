import { CANDLE_MARKS_MAX, type CandleMark } from './candle-series.ts';

interface MarkedSpan {
  readonly fromUs: number;
  /** Exclusive; Infinity while it lasts. */
  toUs: number;
}

/** The times when trading of a symbol was restricted or its data was lost, as far back as candles can still ask for. */
export class CandleMarks {
  readonly #spans: Readonly<Record<CandleMark, MarkedSpan[]>> = { halt: [], gap: [] };

  /** Begins a span; nothing changes when one lasts already. */
  begin(flag: CandleMark, fromUs: number): void {
    const spans = this.#spans[flag];
    if (spans.at(-1)?.toUs === Number.POSITIVE_INFINITY) return;
    spans.push({ fromUs, toUs: Number.POSITIVE_INFINITY });
    if (spans.length > CANDLE_MARKS_MAX) {
      const [first, second] = spans.splice(0, 2);
      spans.unshift({ fromUs: first!.fromUs, toUs: second!.toUs });
    }
  }

  /** Ends the span that lasts, if there is one. It covers at least the moment it began at. */
  end(flag: CandleMark, toUs: number): void {
    const span = this.#spans[flag].at(-1);
    if (span?.toUs === Number.POSITIVE_INFINITY) span.toUs = Math.max(toUs, span.fromUs + 1);
  }

  /** Whether a span overlaps [startUs, endUs). */
  overlaps(flag: CandleMark, startUs: number, endUs: number): boolean {
    const spans = this.#spans[flag];
    for (let index = spans.length - 1; index >= 0; index--) {
      const span = spans[index]!;
      if (span.fromUs < endUs && span.toUs > startUs) return true;
    }
    return false;
  }

  /** Forgets spans that ended at or before `beforeUs`. */
  forget(beforeUs: number): void {
    for (const flag of ['halt', 'gap'] as const) {
      const spans = this.#spans[flag];
      let count = 0;
      while (count < spans.length && spans[count]!.toUs <= beforeUs) count++;
      if (count > 0) spans.splice(0, count);
    }
  }
}
