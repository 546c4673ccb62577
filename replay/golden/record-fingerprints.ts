import { crc32 } from 'node:zlib';
import {
  EventRegister,
  type Instrument,
  integrityError,
  type MarketEvent,
  type SymbolId,
  SymbolTable,
  type Tape,
  type TapeRecord,
} from '#domain';
import { createTapeDecoder, type Decoder, type Venue } from '#venues';
import { type DriveOptions, drive } from '../drive.ts';
import { type EventScalar, pushScalars } from '../event-scalars.ts';

/** Lines of one golden; of a longer tape a line stands for 2, 4, 8, … records. */
const LINES_MAX = 65_536;
const HEADER = /^records 1 per-line (\d{1,15})$/;
const LINE = /^([0-9a-f]{8}) ([0-9a-f]{8})$/;

/** Sums of 32-bit checksums: what the records are, and what their decoders say. */
interface Fingerprints {
  readonly recordsPerLine: number;
  readonly bytes: readonly number[];
  readonly events: readonly number[];
}

/** The first record, in the order of play, from which on something differs: exact where a line is one record, else one of that many. */
export interface FingerprintDifference {
  readonly kind: 'bytes' | 'events';
  readonly ordinal: number;
  readonly records: number;
}

/** The lines of `NAME.records.txt`: a header, then two checksums a line, so that a change can be told with its record. */
export async function fingerprintLines(
  tapes: readonly Tape[],
  venues: ReadonlyMap<string, Venue>,
  options: Pick<DriveOptions, 'onProgress'> = {},
): Promise<string[]> {
  const { recordsPerLine, bytes, events } = await fingerprint(tapes, venues, options);
  return [`records 1 per-line ${recordsPerLine}`, ...bytes.map((sum, i) => `${hex(sum)} ${hex(events[i]!)}`)];
}

/** Where the tapes first differ from such lines, in their bytes and in what they say; events of records that differ themselves do not count. */
export async function fingerprintDifferences(
  lines: AsyncIterable<string>,
  tapes: readonly Tape[],
  venues: ReadonlyMap<string, Venue>,
  options: Pick<DriveOptions, 'onProgress'> = {},
): Promise<readonly FingerprintDifference[]> {
  const expected = await parse(lines);
  const { recordsPerLine } = expected;
  const found = await fingerprint(tapes, venues, options, recordsPerLine);
  const differences: FingerprintDifference[] = [];
  const length = Math.max(expected.bytes.length, found.bytes.length);
  const firstOf = (kind: FingerprintDifference['kind']) => {
    for (let i = 0; i < length; i++) {
      if (kind === 'events' && expected.bytes[i] !== found.bytes[i]) return;
      if (expected[kind][i] === found[kind][i]) continue;
      differences.push({ kind, ordinal: i * recordsPerLine, records: recordsPerLine });
      return;
    }
  };
  firstOf('bytes');
  firstOf('events');
  return differences;
}

async function fingerprint(
  tapes: readonly Tape[],
  venues: ReadonlyMap<string, Venue>,
  options: DriveOptions,
  recordsPerLine?: number,
): Promise<Fingerprints> {
  const sums = new Sums(recordsPerLine);
  const listener = new SaidText();
  const decoders: Decoder[] = [];
  const visit = (record: TapeRecord, tape: number): void => {
    decoders[tape] ??= createTapeDecoder(venues, new EventRegister(listener), listener.symbols);
    decoders[tape].decode(record);
    sums.add(bytesSum(record, tape), crc32(listener.take()));
  };
  await drive(tapes, visit, options);
  return sums;
}

/** Sequence and session are left out: a tape under another name is the same tape. */
function bytesSum(record: TapeRecord, tape: number): number {
  const { receivedAtNs, monotonicNs, venue, connection, kind, meta } = record;
  return crc32(record.payload(), crc32([tape, receivedAtNs, monotonicNs, venue, connection, kind, meta].join('\u0000')));
}

/** What a decoder says of one record as a text. */
class SaidText {
  readonly symbols = new SymbolTable();
  readonly #scalars: EventScalar[] = [];

  onEvent(event: MarketEvent): void {
    pushScalars(event, (id) => this.#name(id), this.#scalars);
  }

  onInstrument(symbol: SymbolId, instrument: Instrument): void {
    this.#scalars.push(this.#name(symbol), JSON.stringify(instrument));
  }

  onDecodeFailure(channel: string): void {
    this.#scalars.push('failure', channel);
  }

  onUndecoded(channel: string): void {
    this.#scalars.push('undecoded', channel);
  }

  onDrift(): void {}

  take(): string {
    const text = this.#scalars.join('\u0000');
    this.#scalars.length = 0;
    return text;
  }

  #name(id: SymbolId): string {
    if (id < 0) return '*';
    const { venue, symbol } = this.symbols.name(id);
    return `${venue}:${symbol}`;
  }
}

/** Adds checksums up by line, and lines by two when there are too many. */
class Sums implements Fingerprints {
  recordsPerLine: number;
  readonly bytes: number[] = [];
  readonly events: number[] = [];
  readonly #isFixed: boolean;
  #inLine = 0;

  constructor(recordsPerLine: number | undefined) {
    this.#isFixed = recordsPerLine !== undefined;
    this.recordsPerLine = recordsPerLine ?? 1;
  }

  add(bytes: number, events: number): void {
    if (this.#inLine === 0) {
      if (!this.#isFixed && this.bytes.length === LINES_MAX) this.#halve();
      this.bytes.push(0);
      this.events.push(0);
    }
    const last = this.bytes.length - 1;
    this.bytes[last] = (this.bytes[last]! + bytes) >>> 0;
    this.events[last] = (this.events[last]! + events) >>> 0;
    this.#inLine = (this.#inLine + 1) % this.recordsPerLine;
  }

  #halve(): void {
    for (const sums of [this.bytes, this.events]) {
      for (let i = 0; i < LINES_MAX / 2; i++) sums[i] = (sums[2 * i]! + sums[2 * i + 1]!) >>> 0;
      sums.length = LINES_MAX / 2;
    }
    this.recordsPerLine *= 2;
  }
}

async function parse(lines: AsyncIterable<string>): Promise<Fingerprints> {
  const bytes: number[] = [];
  const events: number[] = [];
  let recordsPerLine = 0;
  for await (const line of lines) {
    const match = (recordsPerLine === 0 ? HEADER : LINE).exec(line);
    if (match === null) throw integrityError('GOLDEN_CORRUPT', `the fingerprints of a golden hold the line "${line.slice(0, 60)}"`);
    if (recordsPerLine === 0) {
      recordsPerLine = Number(match[1]);
    } else {
      bytes.push(Number.parseInt(match[1]!, 16));
      events.push(Number.parseInt(match[2]!, 16));
    }
  }
  if (!(recordsPerLine > 0)) throw integrityError('GOLDEN_CORRUPT', 'the fingerprints of a golden are empty');
  return { recordsPerLine, bytes, events };
}

function hex(sum: number): string {
  return sum.toString(16).padStart(8, '0');
}
