import { canonicalJson, type JsonValue, type TapeRecord } from '#domain';

interface RecordedAnswer {
  readonly meta: Readonly<Record<string, JsonValue>>;
  readonly body: Uint8Array;
}

/** Different questions of one endpoint that are kept; past it the one whose answer is the oldest is forgotten. */
export const ANSWERS_KEPT_MAX = 4_096;
/** Members of `meta` that tell one call from the next of the same question. */
const OF_THE_CALL: readonly string[] = ['requestId', 'status', 'headers', 'redacted', 'endpoint'];

/** The last answer to each question that the tape's REST records hold up to now. */
export class RecordedAnswers {
  /** By endpoint, then by the question, oldest answer first. */
  readonly #endpoints = new Map<string, Map<string, RecordedAnswer>>();

  /** Keeps the body of an `http-response`; answers that are no success, and those that name no endpoint, are nobody's. */
  note(record: TapeRecord): void {
    const meta = metaOf(record.meta);
    if (meta === undefined || typeof meta.endpoint !== 'string' || (meta.status ?? 200) !== 200) return;
    const question = Object.fromEntries(Object.entries(meta).filter(([name]) => !OF_THE_CALL.includes(name)));
    let answers = this.#endpoints.get(meta.endpoint);
    if (answers === undefined) {
      answers = new Map();
      this.#endpoints.set(meta.endpoint, answers);
    }
    const key = canonicalJson(question);
    answers.delete(key);
    answers.set(key, { meta: question, body: record.bytes.slice(record.start, record.end) });
    if (answers.size <= ANSWERS_KEPT_MAX) return;
    for (const oldest of answers.keys()) {
      answers.delete(oldest);
      return;
    }
  }

  /** The latest answer of the endpoint whose question has these members. */
  find(endpoint: string, wanted: Readonly<Record<string, unknown>>): Uint8Array | undefined {
    let found: RecordedAnswer | undefined;
    for (const answer of this.#endpoints.get(endpoint)?.values() ?? []) {
      if (Object.entries(wanted).every(([name, value]) => isSame(answer.meta[name], value))) found = answer;
    }
    return found?.body;
  }
}

function isSame(known: JsonValue | undefined, wanted: unknown): boolean {
  if (known === wanted) return true;
  if (known === undefined || typeof wanted !== 'object' || wanted === null) return false;
  return canonicalJson(known) === canonicalJson(wanted as JsonValue);
}

function metaOf(text: string): Readonly<Record<string, JsonValue>> | undefined {
  try {
    const meta: unknown = JSON.parse(text);
    return typeof meta === 'object' && meta !== null && !Array.isArray(meta) ? (meta as Record<string, JsonValue>) : undefined;
  } catch {
    return undefined; // Empty, or no JSON: it says nothing.
  }
}
