/**
 * How the text of a field becomes a number. `magnitude`: the sign only shows a direction and is dropped. `signed`: the sign
 * counts. `exchange`: a name of an exchange as its code. `character`: one ASCII character as its code. `time`: a time of day
 * that becomes the event's venue time. `text`: no number; the event has its own place for it, or none.
 */
export type FieldReading = 'magnitude' | 'signed' | 'exchange' | 'character' | 'time' | 'text';

export interface FieldEntry {
  readonly fid: number;
  /** The name its number has in a reading, or its text in a notice. */
  readonly name: string;
  readonly reads: FieldReading;
  /** False where another event of the row says the number completely, so that the reading need not. */
  readonly isInReading: boolean;
}

/** What one real-time type promises: its fields in the order the venue documents (and sends), and which must be there. */
export interface ChannelTable {
  readonly type: string;
  /** The row's `name` on the wire; no key, the venue spells some in two ways. */
  readonly label: string;
  readonly fields: readonly FieldEntry[];
  /** FIDs that every row has as texts, empty or not. */
  readonly required: readonly number[];
  /** The FID of the row's time of day, one of `required`; 0 for rows that name no time, or more than one. */
  readonly timeFid: number;
}

export function magnitude(fid: number, name: string): FieldEntry {
  return { fid, name, reads: 'magnitude', isInReading: true };
}

export function signed(fid: number, name: string): FieldEntry {
  return { fid, name, reads: 'signed', isInReading: true };
}

export function timeOfDay(fid: number): FieldEntry {
  return { fid, name: 'time', reads: 'time', isInReading: false };
}

export function text(fid: number, name: string): FieldEntry {
  return { fid, name, reads: 'text', isInReading: false };
}

/** The same field, left out of the reading: another event of the row says it. */
export function unread(entry: FieldEntry): FieldEntry {
  return { ...entry, isInReading: false };
}
