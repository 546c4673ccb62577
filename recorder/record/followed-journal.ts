import type { RecordKind } from '#domain';
import type { RecordingJournal } from './tape-recorder.ts';

/** Somebody who must see what a venue sent, exactly as it is on the tape. */
export interface RecordFollower {
  /** Called for every `frame-in` and `http-response` of the venue after it was appended; the bytes are valid until it returns. Never throws. */
  follow(
    receivedAtNs: bigint,
    monotonicNs: bigint,
    connection: string,
    kind: 'frame-in' | 'http-response',
    meta: string,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void;
}

/** A journal that shows records to the followers of their venue once they are appended: nobody reacts to what is not on the tape. */
export class FollowedJournal implements RecordingJournal {
  readonly #journal: RecordingJournal;
  readonly #followers: ReadonlyMap<string, RecordFollower>;

  /** `followers` by venue; they may be added later. */
  constructor(journal: RecordingJournal, followers: ReadonlyMap<string, RecordFollower>) {
    this.#journal = journal;
    this.#followers = followers;
  }

  get waitingBytes(): number {
    return this.#journal.waitingBytes;
  }

  get records(): number {
    return this.#journal.records;
  }

  append(
    receivedAtNs: bigint,
    monotonicNs: bigint,
    venue: string,
    connection: string,
    kind: RecordKind,
    meta: string,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const sequence = this.#journal.append(receivedAtNs, monotonicNs, venue, connection, kind, meta, bytes, start, end);
    if (kind === 'frame-in' || kind === 'http-response') {
      this.#followers.get(venue)?.follow(receivedAtNs, monotonicNs, connection, kind, meta, bytes, start, end);
    }
    return sequence;
  }

  drain(): Promise<void> {
    return this.#journal.drain();
  }
}
