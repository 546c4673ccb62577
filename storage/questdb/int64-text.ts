const TWO_TO_16 = 65_536;
const TWO_TO_32 = 4_294_967_296;
const BILLION = 1_000_000_000;
/** Digits below the billions. */
const LOW_DIGITS = 9;

/**
 * Decimal text of an int64 as the halves that `TapeRecord.setTimes` takes: signed high word, unsigned low word. A bigint for each of two times
 * of every row was a seventh of the time of a read; times are positive and have 19 digits, so that is the fast way here.
 */
export class Int64Text {
  high = 0;
  low = 0;

  /** Null stands for the least int64, which the server has no value for. */
  read(text: string | null): void {
    if (text === null || text.charCodeAt(0) === 0x2d) return this.#readBigint(text === null ? -(1n << 63n) : BigInt(text));
    const billions = Number(text.slice(0, -LOW_DIGITS));
    const rest = Number(text.slice(-LOW_DIGITS));
    // value = upper × 2^16 + lower, and every product below stays a safe integer: there are fewer than 2^34 billions.
    const upper = Math.floor(billions / TWO_TO_16) * BILLION;
    const lower = (billions % TWO_TO_16) * BILLION + rest;
    const low = (upper % TWO_TO_16) * TWO_TO_16 + lower;
    this.high = Math.floor(upper / TWO_TO_16) + Math.floor(low / TWO_TO_32);
    this.low = low % TWO_TO_32;
  }

  #readBigint(value: bigint): void {
    this.high = Number(BigInt.asIntN(32, value >> 32n));
    this.low = Number(BigInt.asUintN(32, value));
  }
}
