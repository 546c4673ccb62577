import type { StepAudit } from '#domain';

/** Found lines that wait for the expected ones; they are compared between two batches of records. */
export interface AuditPair {
  /** `undefined` where there is no more of what is expected. */
  readonly expected: string | undefined;
  readonly found: string | undefined;
}

/** Compares audits as they come with those that are expected (of a golden, of a run), and keeps the first pair that differs. */
export class AuditComparison {
  readonly #expected: AsyncIterator<string>;
  #waiting: string[] = [];
  #foundCount = 0;
  #expectedCount = 0;
  #first: AuditPair | undefined;

  constructor(expected: AsyncIterable<string>) {
    this.#expected = expected[Symbol.asyncIterator]();
  }

  get foundCount(): number {
    return this.#foundCount;
  }

  /** All that are expected, after `finish`. */
  get expectedCount(): number {
    return this.#expectedCount;
  }

  get first(): AuditPair | undefined {
    return this.#first;
  }

  add(line: string): void {
    this.#foundCount += 1;
    if (this.#first === undefined) this.#waiting.push(line);
  }

  /** Compares what came so far. */
  async compare(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const found of waiting) {
      if (this.#first !== undefined) return;
      const expected = await this.#next();
      if (expected !== found) this.#first = { expected, found };
    }
  }

  /** Ends the comparison: what is expected beyond is missing. */
  async finish(): Promise<void> {
    await this.compare();
    for (let expected = await this.#next(); expected !== undefined; expected = await this.#next()) {
      this.#first ??= { expected, found: undefined };
    }
  }

  /** Lets go of the file of what is expected, also where the replay failed. */
  async close(): Promise<void> {
    await this.#expected.return?.();
  }

  async #next(): Promise<string | undefined> {
    const next = await this.#expected.next();
    if (next.done === true) return undefined;
    this.#expectedCount += 1;
    return next.value;
  }
}

/** Which record a pair is about: the earlier of the two, in the order of play. */
export function placeOfPair({ expected, found }: AuditPair): {
  readonly kind: 'different' | 'missing' | 'extra';
  readonly audit: StepAudit;
} {
  const a = expected === undefined ? undefined : (JSON.parse(expected) as StepAudit);
  const b = found === undefined ? undefined : (JSON.parse(found) as StepAudit);
  if (a === undefined) return { kind: 'extra', audit: b! };
  if (b === undefined) return { kind: 'missing', audit: a };
  if (a.tape === b.tape && a.sequence === b.sequence && a.event === b.event) return { kind: 'different', audit: b };
  return isBefore(a, b) ? { kind: 'missing', audit: a } : { kind: 'extra', audit: b };
}

function isBefore(a: StepAudit, b: StepAudit): boolean {
  if (a.tape === b.tape) return a.sequence < b.sequence || (a.sequence === b.sequence && a.event < b.event);
  return a.timeUs < b.timeUs || (a.timeUs === b.timeUs && a.tape < b.tape);
}
