import { createHash } from 'node:crypto';
import { canonicalJson, type RunIdentity } from '#domain';

/** Lines are gathered up to this and then hashed. */
const BUFFER_BYTES = 64 * 1024;
/** A UTF-16 code unit is at most three bytes of UTF-8. */
const UNIT_BYTES_MAX = 3;
const LINE_FEED = 0x0a;

/**
 * SHA-256 over the canonical identity and then every audit line in order, each ended by a line feed.
 * It holds no run id, host, wall time, rate, Node version or path: the same tape, configuration and code give the same hash.
 *
 * Each line is turned into bytes at once, in one buffer that is filled again: gathered as text, the lines of a long run outlive the young
 * heap, and the memory of a replay grows with its tape.
 */
export class RunHash {
  readonly #hash = createHash('sha256');
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #filled = 0;

  constructor(identity: RunIdentity) {
    this.add(canonicalJson({ strategy: { ...identity.strategy }, settings: identity.settings, tapeDigests: identity.tapeDigests }));
  }

  add(auditLine: string): void {
    const room = auditLine.length * UNIT_BYTES_MAX + 1;
    if (room > BUFFER_BYTES - this.#filled) this.#flush();
    if (room > BUFFER_BYTES) {
      this.#hash.update(`${auditLine}\n`);
      return;
    }
    const end = this.#filled + this.#buffer.write(auditLine, this.#filled);
    this.#buffer[end] = LINE_FEED;
    this.#filled = end + 1;
  }

  hex(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  #flush(): void {
    this.#hash.update(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
  }
}
