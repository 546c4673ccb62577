import { integrityError, RECORD_KINDS, type RecordBatch, type TapedeckError, type TapeRecord } from '#domain';
import { RECORD_BYTES_MAX, RECORD_HEADER_BYTES } from './record-codec.ts';
import { TextReader } from './record-text.ts';
import type { SegmentChunk } from './segment-reader.ts';

const TWO_TO_32 = 4_294_967_296;

/** The texts of the records of one scan, each made once. */
export class RecordTexts {
  readonly venues = new TextReader();
  readonly connections = new TextReader();
  readonly metas = new TextReader(1);
}

/** Moves a record view over whole, verified records in memory. */
export class JournalBatch implements RecordBatch {
  readonly #chunk: SegmentChunk;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #texts: RecordTexts;
  readonly #end: number;
  #at: number;
  #sequence: number;

  constructor(chunk: SegmentChunk, texts: RecordTexts) {
    this.#chunk = chunk;
    this.#bytes = chunk.bytes;
    this.#view = chunk.view;
    this.#texts = texts;
    this.#at = chunk.start;
    this.#end = chunk.end;
    this.#sequence = chunk.firstSequence;
  }

  next(record: TapeRecord): boolean {
    const at = this.#at;
    if (at >= this.#end) return false;
    const view = this.#view;
    const bytes = this.#bytes;
    if (at + RECORD_HEADER_BYTES > this.#end) throw this.#corrupt('its header goes past its block');
    const length = view.getUint32(at + 4, true);
    const venueStart = at + RECORD_HEADER_BYTES;
    const connectionStart = venueStart + bytes[at + 33]!;
    const metaStart = connectionStart + bytes[at + 34]!;
    const payloadStart = metaStart + view.getUint32(at + 36, true);
    const recordEnd = at + length;
    const sequence = view.getUint32(at + 8, true) + view.getUint32(at + 12, true) * TWO_TO_32;
    const kind = RECORD_KINDS[bytes[at + 32]!];
    if (length > RECORD_BYTES_MAX || payloadStart > recordEnd || recordEnd > this.#end) throw this.#corrupt('its lengths do not fit');
    if (sequence !== this.#sequence) throw this.#corrupt(`its sequence is ${sequence}`);
    if (kind === undefined) throw this.#corrupt(`its kind ${bytes[at + 32]} is unknown`);
    record.sequence = sequence;
    record.kind = kind;
    record.venue = this.#texts.venues.read(bytes, venueStart, connectionStart);
    record.connection = this.#texts.connections.read(bytes, connectionStart, metaStart);
    record.meta = payloadStart === metaStart ? '' : this.#texts.metas.read(bytes, metaStart, payloadStart);
    record.bytes = bytes;
    record.start = payloadStart;
    record.end = recordEnd;
    record.setTimes(
      view.getInt32(at + 20, true),
      view.getUint32(at + 16, true),
      view.getInt32(at + 28, true),
      view.getUint32(at + 24, true),
    );
    this.#at = recordEnd;
    this.#sequence = sequence + 1;
    return true;
  }

  #corrupt(reason: string): TapedeckError {
    return corruptRecord(this.#chunk.path, this.#chunk.offset + (this.#at - this.#chunk.start), this.#sequence, reason);
  }
}

/** `JOURNAL_CORRUPT` with the file, the offset and the sequence of the record that does not verify. */
export function corruptRecord(path: string, offset: number, sequence: number, reason: string): TapedeckError {
  return integrityError(
    'JOURNAL_CORRUPT',
    `${path}: record ${sequence} at offset ${offset} does not verify: ${reason}; run "tapedeck verify" to see all damage`,
  );
}
