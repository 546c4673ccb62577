import { createHash } from 'node:crypto';

/** SHA-256 costs 165 ns a call: small frames are gathered. */
const GATHER_BYTES = 64 * 1024;
const LENGTH_BYTES = 4;

/**
 * A digest of frames in order: SHA-256 over each frame's length (32 bits, little-endian) and bytes, so that the same bytes cut into other
 * frames give another digest. The side that received them computes it the same way.
 */
export class FrameDigest {
  readonly #hash = createHash('sha256');
  readonly #bytes = new Uint8Array(GATHER_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  #filled = 0;
  #frames = 0;

  get frames(): number {
    return this.#frames;
  }

  add(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const length = end - start;
    this.#frames += 1;
    if (LENGTH_BYTES + length > GATHER_BYTES - this.#filled) this.#flush();
    this.#view.setUint32(this.#filled, length, true);
    this.#filled += LENGTH_BYTES;
    if (length > GATHER_BYTES - this.#filled) {
      this.#flush();
      this.#hash.update(bytes.subarray(start, end));
    } else {
      this.#bytes.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), this.#filled);
      this.#filled += length;
    }
  }

  /** The digest of what was added so far, as 64 hex digits; more may be added after. */
  hex(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  #flush(): void {
    if (this.#filled > 0) this.#hash.update(this.#bytes.subarray(0, this.#filled));
    this.#filled = 0;
  }
}

/** Hex SHA-256 of one frame. */
export function frameDigest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Digests of single frames that are kept for each connection; of those after it only the running digest tells. */
export const FRAME_DIGESTS_MAX = 1_000_000;

/** Overwrites the secrets of a frame as a recorder does before it writes it. */
export type RedactFrame = (bytes: Uint8Array) => void;

/** What one connection was sent, counted and digested as a recorder would journal it: after redaction. */
export class ServedFrames {
  readonly #digest = new FrameDigest();
  readonly #digests: string[] | undefined;
  readonly #redact: RedactFrame | undefined;
  #bytes = 0;

  constructor(options: { readonly keepDigests: boolean; readonly redact?: RedactFrame | undefined }) {
    this.#digests = options.keepDigests ? [] : undefined;
    this.#redact = options.redact;
  }

  get frames(): number {
    return this.#digest.frames;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get digests(): readonly string[] {
    return this.#digests ?? [];
  }

  digest(): string {
    return this.#digest.hex();
  }

  add(frame: Uint8Array): void {
    let bytes = frame;
    if (this.#redact !== undefined) {
      // The frame itself goes to the client as it is.
      bytes = frame.slice();
      this.#redact(bytes);
    }
    this.#bytes += bytes.length;
    this.#digest.add(bytes);
    if (this.#digests !== undefined && this.#digests.length < FRAME_DIGESTS_MAX) this.#digests.push(frameDigest(bytes));
  }
}
