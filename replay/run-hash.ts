import { createHash } from 'node:crypto';
import { canonicalJson, type RunIdentity } from '#domain';

/**
 * SHA-256 over the canonical identity and then every audit line in order, each ended by a line feed.
 * It holds no run id, host, wall time, rate, Node version or path: the same tape, configuration and code give the same hash.
 */
export class RunHash {
  readonly #hash = createHash('sha256');
  #pending = '';

  constructor(identity: RunIdentity) {
    this.#hash.update(
      `${canonicalJson({ strategy: { ...identity.strategy }, settings: identity.settings, tapeDigests: identity.tapeDigests })}\n`,
    );
  }

  add(auditLine: string): void {
    this.#pending += `${auditLine}\n`;
    if (this.#pending.length > 65_536) this.#flush();
  }

  hex(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  #flush(): void {
    this.#hash.update(this.#pending);
    this.#pending = '';
  }
}
