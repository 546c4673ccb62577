import type { TapeRecord } from '#domain';

/** Requests that wait for their answer; past it the oldest is forgotten. */
const WAITING_MAX = 1024;

/** Finds the request record that a REST body answers: by the `requestId` of its meta, else the latest of its connection that has none. */
export class AskedRequests {
  readonly #waiting = new Map<string, number>();
  /** Sequence of the request by that of its answer, for the answers that were asked about. */
  readonly #byAnswer = new Map<number, number>();

  note(record: TapeRecord): void {
    const key = keyOf(record);
    this.#waiting.delete(key);
    this.#waiting.set(key, record.sequence);
    if (this.#waiting.size <= WAITING_MAX) return;
    for (const oldest of this.#waiting.keys()) {
      this.#waiting.delete(oldest);
      return;
    }
  }

  /** Remembers which request this answer belongs to. */
  link(answer: TapeRecord): void {
    const request = this.#waiting.get(keyOf(answer));
    if (request !== undefined) this.#byAnswer.set(answer.sequence, request);
  }

  /** The requests of those answers for which `isKept` holds. */
  *of(isKept: (answer: number) => boolean): Generator<number> {
    for (const [answer, request] of this.#byAnswer) if (isKept(answer)) yield request;
  }
}

function keyOf({ venue, connection, meta }: TapeRecord): string {
  return `${venue}\u0000${connection}\u0000${requestIdOf(meta)}`;
}

function requestIdOf(meta: string): string {
  if (!meta.includes('"requestId"')) return '';
  try {
    const value: unknown = JSON.parse(meta);
    if (typeof value !== 'object' || value === null || !('requestId' in value)) return '';
    const { requestId } = value;
    return typeof requestId === 'string' || typeof requestId === 'number' ? String(requestId) : '';
  } catch {
    return ''; // a meta that is no JSON tells nothing
  }
}
