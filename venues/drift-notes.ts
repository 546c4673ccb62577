import type { EventSink } from '#domain';

/** Different unknown names that one decoder reports; further ones stay unreported, so that corrupt frames cannot fill the memory. */
const DRIFT_NAMES_MAX = 1000;
/** Characters of one report; the rest of a longer name is cut. */
const DRIFT_TEXT_MAX = 200;

/** Reports each unknown name of a channel once. */
export class DriftNotes {
  readonly #sink: EventSink;
  readonly #reported = new Set<string>();

  constructor(sink: EventSink) {
    this.#sink = sink;
  }

  note(channel: string, fullDetail: string): void {
    const detail = fullDetail.slice(0, DRIFT_TEXT_MAX);
    const key = `${channel}\u0000${detail}`;
    if (this.#reported.has(key) || this.#reported.size >= DRIFT_NAMES_MAX) return;
    this.#reported.add(key);
    this.#sink.drift(channel, detail);
  }

  /** Notes the keys in order of their code units, whatever order the frame had them in. */
  noteKeys(channel: string, keys: readonly string[]): void {
    for (const key of [...keys].sort()) this.note(channel, `unknown key "${key}"`);
  }
}
