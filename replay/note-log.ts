import type { NoteRow, TapeRecord } from '#domain';
import { type RecordMeta, textOr } from './record-meta.ts';

/** Kinds of notes that are told apart; those beyond are only counted. */
export const NOTE_KINDS_MAX = 1_000;

/** The notes of a tape by kind, in order of first appearance. */
export class NoteLog {
  readonly #kinds = new Map<string, { -readonly [Key in keyof NoteRow]: NoteRow[Key] }>();
  count = 0;

  onNote({ venue, connection, sequence }: TapeRecord, meta: RecordMeta): void {
    this.count += 1;
    const { event, ...members } = meta;
    const what = textOr(event, textOr(members.reason, 'note'));
    const key = `${venue}\u0000${connection}\u0000${what}`;
    const known = this.#kinds.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.#kinds.size < NOTE_KINDS_MAX) {
      this.#kinds.set(key, { venue, connection, what, count: 1, firstSequence: sequence, first: membersText(members, what) });
    }
  }

  rows(): readonly NoteRow[] {
    return [...this.#kinds.values()].map((row) => ({ ...row }));
  }
}

function membersText(members: Readonly<Record<string, unknown>>, what: string): string {
  return Object.entries(members)
    .filter(([, value]) => value !== what)
    .map(([name, value]) => `${name}=${textOr(value, JSON.stringify(value) ?? '')}`)
    .join(' ');
}
