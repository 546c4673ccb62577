import { integrityError, type RecordBatch, type TapedeckError, type TapeRecord } from '#domain';
import { isRecordKind } from '../frame-columns.ts';
import { Int64Text } from './int64-text.ts';

/** What is read of a row. Times as LONG: the wire shows only the microseconds of a timestamp. */
export const FRAME_CELLS = 'seq, received::long, mono::long, venue, connection, kind, meta, payload';

/** The cells of a row, as text; null where the record has an empty text, or the one int64 that the server has no value for. */
export type FrameCells = readonly [
  sequence: string,
  receivedAtNs: string | null,
  monotonicNs: string | null,
  venue: string | null,
  connection: string | null,
  kind: string | null,
  meta: string | null,
  payload: string | null,
];

const BYTES_FIRST = 64 * 1024;
/** A character that is no byte: no copy of ours wrote it. */
const NO_BYTE = /[\u0100-\uffff]/;

/** Turns rows into records, one at a time, over one buffer for the payload. */
export class FrameRows {
  readonly #table: string;
  readonly #session: string;
  readonly #received = new Int64Text();
  readonly #monotonic = new Int64Text();
  #buffer = Buffer.alloc(BYTES_FIRST);
  /** The same memory as a plain array: what is cut from a Buffer is a view of it and no copy. */
  #bytes = bytesOf(this.#buffer);

  constructor(table: string, session: string) {
    this.#table = table;
    this.#session = session;
  }

  /** The rows as records from `firstSequence` on. */
  batch(rows: readonly FrameCells[], firstSequence: number): RecordBatch {
    let place = 0;
    return {
      next: (record) => {
        const cells = rows[place];
        if (cells === undefined) return false;
        this.#fill(record, cells, firstSequence + place);
        place += 1;
        return true;
      },
    };
  }

  #fill(record: TapeRecord, cells: FrameCells, sequence: number): void {
    const [found, receivedAtNs, monotonicNs, venue, connection, kind, meta, payload] = cells;
    if (Number(found) !== sequence) throw this.#outOfPlace(Number(found), sequence);
    if (kind === null || !isRecordKind(kind)) throw this.#corrupt(sequence, `its kind is "${kind}"`);
    const text = payload ?? '';
    if (NO_BYTE.test(text)) throw this.#corrupt(sequence, 'its payload holds characters that are no bytes');
    if (text.length > this.#bytes.length) this.#grow(text.length * 2);
    record.sequence = sequence;
    this.#received.read(receivedAtNs);
    this.#monotonic.read(monotonicNs);
    record.setTimes(this.#received.high, this.#received.low, this.#monotonic.high, this.#monotonic.low);
    record.venue = venue ?? '';
    record.connection = connection ?? '';
    record.kind = kind;
    record.meta = meta ?? '';
    record.bytes = this.#bytes;
    record.start = 0;
    record.end = this.#buffer.write(text, 0, 'latin1');
  }

  #grow(length: number): void {
    this.#buffer = Buffer.alloc(length);
    this.#bytes = bytesOf(this.#buffer);
  }

  #outOfPlace(found: number, wanted: number): TapedeckError {
    const where = `session "${this.#session}" in table ${this.#table}`;
    if (found > wanted) {
      return integrityError('QUESTDB_INCOMPLETE', `${where}: record ${wanted} is missing; run: tapedeck questdb sync ${this.#session}`);
    }
    return integrityError('QUESTDB_CORRUPT', `${where}: record ${found} is there twice; copy the session into another table (--table)`);
  }

  #corrupt(sequence: number, reason: string): TapedeckError {
    return integrityError(
      'QUESTDB_CORRUPT',
      `session "${this.#session}" in table ${this.#table}: record ${sequence} is none of ours: ${reason}`,
    );
  }
}

function bytesOf({ buffer, byteOffset, length }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}
