import type { RestHealth, TapeRecord } from '#domain';
import { DelayCounts } from './delay-log.ts';
import { ReasonCounts } from './reason-counts.ts';
import { type RecordMeta, textOr } from './record-meta.ts';

/** Types of data that are told apart; those beyond are one. */
const TYPES_MAX = 200;
const OTHER_TYPE = 'other';
/** Requests that wait for their answer; beyond, the oldest is given up. */
const REQUESTS_OPEN_MAX = 1_000;
const HTTP = 'http-';

interface RestCounts {
  readonly type: string;
  readonly results: ReasonCounts;
  readonly duration: DelayCounts;
  lastSuccessNs: bigint | undefined;
}

/** An answer that a note may still call refused: the venue said no in a body that arrived well. */
interface Answer {
  readonly type: string;
  readonly receivedAtNs: bigint;
  readonly result: string;
}

/**
 * The REST calls of one venue by type of data. Results: `ok`, `refused` (the recorder's note `request-refused`), `unreadable` (its decoder failed), `http-<status>`,
 * `unanswered` (the note `request-failed`). An answer is booked with the next clock tick, because the note that refuses it comes behind it.
 */
export class RestLog {
  readonly #types = new Map<string, RestCounts>();
  /** Monotonic time of requests without an answer yet, by request id. */
  readonly #open = new Map<string, bigint>();
  readonly #answers = new Map<string, Answer>();

  onRequest(record: TapeRecord, meta: RecordMeta): void {
    const id = textOr(meta.requestId, '');
    if (id === '') return;
    if (this.#open.size >= REQUESTS_OPEN_MAX) this.#open.delete(this.#open.keys().next().value!);
    this.#open.set(id, record.monotonicNs);
  }

  /** `channel` names the type where the record names no endpoint: tapes of others. */
  onResponse(record: TapeRecord, meta: RecordMeta, channel: string, isReadable: boolean): void {
    const id = textOr(meta.requestId, `#${record.sequence}`);
    const type = textOr(meta.endpoint, channel);
    this.#answered(id, type, record.monotonicNs);
    if (this.#answers.size >= REQUESTS_OPEN_MAX) this.book();
    this.#answers.set(id, { type, receivedAtNs: record.receivedAtNs, result: resultOf(meta, isReadable) });
  }

  onNote(record: TapeRecord, meta: RecordMeta): void {
    const id = textOr(meta.requestId, '');
    if (meta.event === 'request-failed') {
      const type = textOr(meta.subject, '');
      this.#answered(id, type, record.monotonicNs);
      this.#of(type).results.add('unanswered', 1);
    } else if (meta.event === 'request-refused') {
      const answer = this.#answers.get(id);
      if (answer !== undefined && !answer.result.startsWith(HTTP)) this.#answers.set(id, { ...answer, result: 'refused' });
    }
  }

  /** Books the answers that came so far: nobody refuses them any more. */
  book(): void {
    if (this.#answers.size === 0) return;
    for (const { type, receivedAtNs, result } of this.#answers.values()) {
      const counts = this.#of(type);
      counts.results.add(result, 1);
      if (result === 'ok') counts.lastSuccessNs = receivedAtNs;
    }
    this.#answers.clear();
  }

  /** The recorder was started again: nobody answers what was asked before. */
  restart(): void {
    this.book();
    this.#open.clear();
  }

  rows(): readonly RestHealth[] {
    return [...this.#types.values()].map(({ type, results, lastSuccessNs, duration }) => ({
      type,
      results: results.entries().map(([result, count]) => ({ result, count })),
      lastSuccessNs,
      duration: duration.histogram(),
    }));
  }

  #answered(id: string, type: string, monotonicNs: bigint): void {
    const askedNs = this.#open.get(id);
    if (askedNs === undefined) return;
    this.#open.delete(id);
    this.#of(type).duration.add(Number(monotonicNs - askedNs) / 1_000);
  }

  #of(type: string): RestCounts {
    const name = this.#types.has(type) || this.#types.size < TYPES_MAX ? type : OTHER_TYPE;
    let counts = this.#types.get(name);
    if (counts === undefined) {
      counts = { type: name, results: new ReasonCounts(), duration: new DelayCounts(), lastSuccessNs: undefined };
      this.#types.set(name, counts);
    }
    return counts;
  }
}

function resultOf({ status }: RecordMeta, isReadable: boolean): string {
  if (typeof status === 'number' && (status < 200 || status > 299)) return `${HTTP}${status}`;
  return isReadable ? 'ok' : 'unreadable';
}
