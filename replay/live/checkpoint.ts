import { createHash } from 'node:crypto';
import { canonicalJson, integrityError, type JsonValue } from '#domain';

/** Where an engine stood after `records` records: a restart rebuilds its state from the journal and must arrive at the same. */
export interface LiveCheckpoint {
  readonly records: number;
  readonly audits: number;
  /** SHA-256 over the audits' lines so far. */
  readonly auditsDigest: string;
  readonly state: JsonValue;
}

/** Follows the audits of a play, so that a checkpoint can be taken, or held against one of before, at any record. */
export class CheckpointKeeper {
  readonly #hash = createHash('sha256');
  readonly #state: () => JsonValue;
  #audits = 0;
  #expected: LiveCheckpoint | undefined;

  /** `expected`: the last checkpoint of the engine before the restart. */
  constructor(state: () => JsonValue, expected?: LiveCheckpoint) {
    this.#state = state;
    this.#expected = expected;
  }

  add(line: string): void {
    this.#audits += 1;
    this.#hash.update(line).update('\n');
  }

  /** To be called after each record; cheap while no checkpoint is awaited. Throws `CHECKPOINT_DIFFERS`. */
  afterRecord(records: number): void {
    if (this.#expected === undefined || records < this.#expected.records) return;
    const [expected, found] = [canonicalJson({ ...this.#expected }), canonicalJson({ ...this.take(records) })];
    this.#expected = undefined;
    if (expected === found) return;
    throw integrityError(
      'CHECKPOINT_DIFFERS',
      `the journal up to record ${records} makes ${found}, and the engine before the restart stood at ${expected}: the strategy does not decide by the tape alone, or the code has changed; go on in a new run (--run)`,
    );
  }

  take(records: number): LiveCheckpoint {
    return { records, audits: this.#audits, auditsDigest: this.#hash.copy().digest('hex'), state: this.#state() };
  }
}
