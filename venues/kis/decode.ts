import type { EventSink, SymbolTable, TapeRecord } from '#domain';
import { DriftNotes } from '../drift-notes.ts';
import type { Decoder } from '../venue.ts';
import { BookRow } from './book-row.ts';
import { trLabelOf } from './channel.ts';
import { findChannel, TR_ID_BYTES } from './channel-finder.ts';
import { CHANNEL_RULES } from './channel-rules.ts';
import { sayControl } from './control.ts';
import { CARET, isDataFrame, PIPE } from './data-frame.ts';
import { ExpectedRow } from './expected-row.ts';
import type { RowKind } from './layouts.ts';
import { NoticeRow } from './notice-row.ts';
import { RecordFields } from './record-fields.ts';
import { RestReader } from './rest-reader.ts';
import type { RowContext, RowSayer } from './row.ts';
import { type Channel, layoutOf } from './row-layout.ts';
import { StatusRow } from './status-row.ts';
import { TradeRow } from './trade-row.ts';
import { VenueSymbols } from './venue-symbols.ts';
import { VenueDates } from './venue-time.ts';

const ZERO = 0x30;
/** The flag and its pipe. */
const TR_START = 2;
const COUNT_DIGITS_MAX = 4;

/**
 * Reads what KIS sends: records of data frames one by one, control frames for codes that nobody knows, REST bodies by the request
 * that their record names. What was sent is not looked at.
 */
export function createKisDecoder(sink: EventSink, symbols: SymbolTable): Decoder {
  return new KisDecoder(sink, symbols);
}

class KisDecoder implements Decoder {
  readonly #sink: EventSink;
  readonly #context: RowContext;
  readonly #sayers: Readonly<Record<RowKind, RowSayer>>;
  readonly #rest: RestReader;

  constructor(sink: EventSink, symbols: SymbolTable) {
    const drifts = new DriftNotes(sink);
    const venueSymbols = new VenueSymbols(symbols);
    const context = { sink, drifts, fields: new RecordFields(), symbols: venueSymbols, dates: new VenueDates() };
    this.#sink = sink;
    this.#context = context;
    this.#sayers = {
      trade: new TradeRow(context),
      book: new BookRow(context),
      expected: new ExpectedRow(context),
      status: new StatusRow(context),
      notice: new NoticeRow(context),
    };
    this.#rest = new RestReader(sink, drifts, venueSymbols);
  }

  decode(record: TapeRecord): void {
    if (record.kind === 'frame-in') this.#decodeFrame(record.bytes, record.start, record.end, record.receivedAtUs);
    else if (record.kind === 'http-response') this.#rest.say(record);
  }

  #decodeFrame(bytes: Uint8Array, start: number, end: number, receivedAtUs: number): void {
    if (!isDataFrame(bytes, start, end)) {
      sayControl(this.#sink, this.#context.drifts, bytes.subarray(start, end));
      return;
    }
    const trStart = start + TR_START;
    const trStop = pipeAfter(bytes, trStart, end);
    const countStop = pipeAfter(bytes, trStop + 1, end);
    if (countStop >= end) {
      this.#sink.decodeFailure(trLabelOf(bytes, start, end), 'expected flag|TR id|count|values');
      return;
    }
    const channel = trStop - trStart === TR_ID_BYTES ? findChannel(bytes, trStart) : undefined;
    if (channel === undefined) this.#sayUndecoded(trLabelOf(bytes, start, end));
    else this.#decodeRecords(channel, bytes, trStop + 1, countStop, end, receivedAtUs);
  }

  /** The count is `[countStart, countStop)`, the values are `[countStop + 1, end)`. */
  #decodeRecords(channel: Channel, bytes: Uint8Array, countStart: number, countStop: number, end: number, receivedAtUs: number): void {
    const { channel: label, kind } = channel.table;
    const valuesStart = countStop + 1;
    const count = countOf(bytes, countStart, countStop);
    const total = valueCount(bytes, valuesStart, end);
    if (count === 0 || total % count !== 0) {
      this.#sink.decodeFailure(label, count === 0 ? 'expected a count above 0' : `${total} values are no ${count} records`);
      return;
    }
    const width = total / count;
    const layout = layoutOf(channel, width);
    if (layout === undefined) {
      const isCipher = kind === 'notice' && total === 1;
      const known = channel.layouts.map(({ fields }) => fields.length).join(', ');
      this.#sink.decodeFailure(
        label,
        isCipher ? 'the notice was recorded without being decrypted' : `${width} fields a record, known are ${known}`,
      );
      return;
    }
    const extra = width - layout.fields.length;
    if (extra > 0)
      this.#context.drifts.note(label, `${width} fields a record: the first ${width - extra} are read, ${extra} are not known`);
    const sayer = this.#sayers[kind];
    const { fields } = this.#context;
    let at = valuesStart;
    for (let index = 1; index <= count; index++) {
      at = fields.read(bytes, at, end, layout);
      for (let skipped = 0; skipped < extra; skipped++) at = caretAfter(bytes, at, end) + 1;
      const problem = fields.problem === '' ? sayer.say(bytes, layout, channel.table.suffix, receivedAtUs) : fields.problem;
      if (problem !== '') this.#sink.decodeFailure(label, `record ${index} of ${count}: ${problem}`);
      else if (fields.unread.length > 0) this.#noteUnread(label);
    }
  }

  #noteUnread(label: string): void {
    for (const detail of this.#context.fields.unread) this.#context.drifts.note(label, detail);
  }

  #sayUndecoded(label: string): void {
    this.#sink.undecoded(label);
    if (!CHANNEL_RULES.has(label)) this.#context.drifts.note('', `TR id "${label}" is not in the table`);
  }
}

/** The position of the next pipe, or `end` and more. */
function pipeAfter(bytes: Uint8Array, position: number, end: number): number {
  let at = position;
  while (at < end && bytes[at] !== PIPE) at++;
  return at;
}

function caretAfter(bytes: Uint8Array, position: number, end: number): number {
  let at = position;
  while (at < end && bytes[at] !== CARET) at++;
  return at;
}

/** The number of values: a trailing caret is an empty last one. */
function valueCount(bytes: Uint8Array, start: number, end: number): number {
  let count = 1;
  for (let at = start; at < end; at++) {
    if (bytes[at] === CARET) count++;
  }
  return count;
}

/** The number of records; 0 when it is no number above 0. */
function countOf(bytes: Uint8Array, start: number, stop: number): number {
  if (stop - start > COUNT_DIGITS_MAX) return 0;
  let count = 0;
  for (let at = start; at < stop; at++) {
    const digit = bytes[at]! ^ ZERO;
    if (digit > 9) return 0;
    count = count * 10 + digit;
  }
  return count;
}
