const START_BYTES = 1024;

/** A set of record sequences, a bit each: ten million records take 1.2 MiB. */
export class SequenceSet {
  #bits = new Uint8Array(START_BYTES);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(sequence: number): boolean {
    const byte = Math.floor(sequence / 8);
    return byte < this.#bits.length && (this.#bits[byte]! & (1 << (sequence % 8))) !== 0;
  }

  /** False when it was there already. */
  add(sequence: number): boolean {
    if (this.has(sequence)) return false;
    const byte = Math.floor(sequence / 8);
    if (byte >= this.#bits.length) this.#grow(byte + 1);
    this.#bits[byte]! |= 1 << (sequence % 8);
    this.#size += 1;
    return true;
  }

  #grow(bytesMin: number): void {
    const grown = new Uint8Array(Math.max(bytesMin, this.#bits.length * 2));
    grown.set(this.#bits);
    this.#bits = grown;
  }
}
