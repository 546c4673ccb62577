import { CSV_COLUMNS_MAX } from './columns.ts';

const COMMA = 0x2c;
const QUOTE = 0x22;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Where the cells of one line are, found again for every line without making strings. A cell is `[starts[i], stops[i])`,
 * without its quotes and without blanks around it; a doubled quote inside stays doubled, which no number or time has.
 */
export class CsvCells {
  readonly starts = new Int32Array(CSV_COLUMNS_MAX);
  readonly stops = new Int32Array(CSV_COLUMNS_MAX);

  /** Splits `bytes[start, end)` by RFC 4180; returns how many cells there are, or -1 when quotes are wrong or there are too many. */
  split(bytes: Uint8Array, start: number, end: number): number {
    const stop = end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
    let count = 0;
    let at = start;
    for (;;) {
      if (count === CSV_COLUMNS_MAX) return -1;
      let cellStart = at;
      let cellStop: number;
      if (at < stop && bytes[at] === QUOTE) {
        cellStart = at + 1;
        cellStop = closingQuote(bytes, cellStart, stop);
        if (cellStop < 0) return -1;
        at = cellStop + 1;
        if (at < stop && bytes[at] !== COMMA) return -1;
      } else {
        while (at < stop && bytes[at] !== COMMA) at++;
        cellStop = at;
      }
      this.#put(bytes, count++, cellStart, cellStop);
      if (at >= stop) return count;
      at++;
    }
  }

  #put(bytes: Uint8Array, index: number, start: number, stop: number): void {
    let first = start;
    let last = stop;
    while (first < last && isBlank(bytes[first]!)) first++;
    while (last > first && isBlank(bytes[last - 1]!)) last--;
    this.starts[index] = first;
    this.stops[index] = last;
  }
}

/** A piece of a line as text, for messages and for rare spellings of a number. */
export function cellText(bytes: Uint8Array, start: number, stop: number): string {
  return DECODER.decode(bytes.subarray(start, stop));
}

function closingQuote(bytes: Uint8Array, from: number, stop: number): number {
  let at = from;
  while (at < stop) {
    if (bytes[at] !== QUOTE) at++;
    else if (at + 1 < stop && bytes[at + 1] === QUOTE) at += 2;
    else return at;
  }
  return -1;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}
