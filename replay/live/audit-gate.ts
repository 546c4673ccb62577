import { integrityError } from '#domain';

/** Where audits go: a run. */
export interface AuditTarget {
  appendAudit(line: string): void;
  flush(): Promise<void>;
}

/** Audits waiting for their records to be durable; above this the engine waits too. The recorder does not. */
const WAITING_CHARACTERS_MAX = 16 * 1024 * 1024;

interface HeldAudit {
  readonly sequence: number;
  readonly line: string;
}

/**
 * Lets an audit into the file only after the record it is of is durable: a run never knows more than its tape. Where the run goes on after a
 * restart, the audits it has already must come again, each the same, before a new one is written.
 */
export class AuditGate {
  readonly #target: AuditTarget;
  #kept: AsyncIterator<string> | undefined;
  #made: HeldAudit[] = [];
  #held: HeldAudit[] = [];
  #heldFrom = 0;
  #heldCharacters = 0;
  #written = 0;

  constructor(target: AuditTarget, kept?: AsyncIterable<string>) {
    this.#target = target;
    this.#kept = kept?.[Symbol.asyncIterator]();
  }

  /** Audits that are in the file, those of before the restart included. */
  get written(): number {
    return this.#written;
  }

  get isFull(): boolean {
    return this.#heldCharacters > WAITING_CHARACTERS_MAX;
  }

  add(sequence: number, line: string): void {
    this.#made.push({ sequence, line });
  }

  /** Holds what was made against what the run has, and writes all whose records are durable. `RUN_DIFFERS` names the first that is not the same. */
  async release(durableRecords: number): Promise<void> {
    if (this.#made.length > 0) {
      const made = this.#made;
      this.#made = [];
      for (const audit of made) {
        if (this.#kept !== undefined && (await this.#isKept(audit.line))) continue;
        this.#held.push(audit);
        this.#heldCharacters += audit.line.length;
      }
    }
    const before = this.#heldFrom;
    while (this.#heldFrom < this.#held.length && this.#held[this.#heldFrom]!.sequence < durableRecords) {
      const { line } = this.#held[this.#heldFrom++]!;
      this.#heldCharacters -= line.length;
      this.#target.appendAudit(line);
    }
    if (this.#heldFrom === before) return;
    this.#written += this.#heldFrom - before;
    this.#held = this.#held.slice(this.#heldFrom);
    this.#heldFrom = 0;
    await this.#target.flush();
  }

  async #isKept(line: string): Promise<boolean> {
    const next = await this.#kept!.next();
    if (next.done === true) {
      this.#kept = undefined;
      return false;
    }
    this.#written += 1;
    if (next.value === line) return true;
    throw integrityError(
      'RUN_DIFFERS',
      `audit ${this.#written - 1} of the run is ${next.value}, and the engine that goes on makes ${line}: the strategy does not decide by the tape alone, or the code has changed; compare with tapedeck parity, and go on in a new run (--run)`,
    );
  }
}
