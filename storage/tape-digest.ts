import { createHash } from 'node:crypto';
import type { TapeRecord } from '#domain';
import { checkRecordLimits, encodeRecord, kindCode, recordBytes } from './record-codec.ts';
import { TextBytes } from './record-text.ts';

/** SHA-256 costs 165 ns a call and 0.5 ns a byte: records are gathered and hashed in large pieces. */
const GATHER_BYTES = 256 * 1024;
/** Hex SHA-256 of no bytes: the tape digest of an empty session. */
export const EMPTY_TAPE_DIGEST = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/**
 * The tape digest: SHA-256 over the records of a session in sequence, in the canonical form of `storage/FORMAT.md`
 * (the very bytes of the journal), so that every store gives the same digest of the same tape.
 */
export class TapeDigest {
  #hash = createHash('sha256');
  readonly #bytes = new Uint8Array(GATHER_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #text = new TextBytes();
  #filled = 0;

  /** Adds a record by encoding it again: for stores that do not keep journal bytes. */
  add(record: TapeRecord): void {
    const venue = this.#text.name(record.venue);
    const connection = this.#text.name(record.connection);
    const meta = this.#text.meta(record.meta);
    checkRecordLimits(venue, connection, meta, record.payloadLength);
    const length = recordBytes(venue, connection, meta, record.payloadLength);
    if (length > GATHER_BYTES - this.#filled) this.#flush();
    const isLong = length > GATHER_BYTES;
    const target = isLong ? new Uint8Array(length) : this.#bytes;
    const end = encodeRecord(
      target,
      isLong ? new DataView(target.buffer) : this.#view,
      this.#filled,
      record.sequence,
      record.receivedAtNs,
      record.monotonicNs,
      venue,
      connection,
      kindCode(record.kind),
      meta,
      record.bytes,
      record.start,
      record.end,
    );
    if (isLong) this.#hash.update(target);
    else this.#filled = end;
  }

  /** Adds whole records that are in canonical form already. */
  addEncoded(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > GATHER_BYTES - this.#filled) this.#flush();
    if (length > GATHER_BYTES) {
      this.#hash.update(bytes.subarray(start, end));
    } else {
      this.#bytes.set(bytes.subarray(start, end), this.#filled);
      this.#filled += length;
    }
  }

  /** A digest of the same records that goes on by itself. */
  copy(): TapeDigest {
    this.#flush();
    const copy = new TapeDigest();
    copy.#hash = this.#hash.copy();
    return copy;
  }

  /** The digest of what was added so far, as 64 hex digits; more may be added after. */
  hex(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  /** The digest of what was added so far, as 32 bytes. */
  bytes(): Uint8Array {
    this.#flush();
    return this.#hash.copy().digest();
  }

  #flush(): void {
    if (this.#filled > 0) this.#hash.update(this.#bytes.subarray(0, this.#filled));
    this.#filled = 0;
  }
}
