import type { EventSink, SymbolId } from '#domain';
import type { DriftNotes } from '../drift-notes.ts';
import type { RecordFields } from './record-fields.ts';
import type { RowLayout } from './row-layout.ts';
import type { VenueSymbols } from './venue-symbols.ts';
import type { VenueDates } from './venue-time.ts';

/** What all rows of one decoder share. */
export interface RowContext {
  readonly sink: EventSink;
  readonly drifts: DriftNotes;
  readonly fields: RecordFields;
  readonly symbols: VenueSymbols;
  readonly dates: VenueDates;
}

/** Says what one record means, once its fields were read without a problem. */
export interface RowSayer {
  /** `suffix` belongs behind the symbol. Returns what is wrong with the record; empty when it was said. */
  say(bytes: Uint8Array, layout: RowLayout, suffix: string, receivedAtUs: number): string;
}

/** Says the numbers of the record that no other event says, with `otherReading` or without; nothing when it has none. */
export function sayReading(context: RowContext, layout: RowLayout, symbol: SymbolId, venueTimeUs: number, hasOthers: boolean): void {
  const { values } = context.fields;
  const { reading, otherReading } = layout;
  let hasBegun = sayNumbers(context, layout, symbol, venueTimeUs, reading, layout.readingNames, values, false);
  if (hasOthers) {
    hasBegun = sayNumbers(context, layout, symbol, venueTimeUs, otherReading, layout.otherReadingNames, values, hasBegun);
  }
  if (hasBegun) context.sink.readingEnd();
}

function sayNumbers(
  { sink }: RowContext,
  layout: RowLayout,
  symbol: SymbolId,
  venueTimeUs: number,
  columns: Int32Array,
  names: readonly string[],
  values: Float64Array,
  wasBegun: boolean,
): boolean {
  let hasBegun = wasBegun;
  for (let index = 0; index < columns.length; index++) {
    const value = values[columns[index]!]!;
    if (Number.isNaN(value)) continue;
    if (!hasBegun) sink.readingBegin(symbol, venueTimeUs, layout.channel);
    hasBegun = true;
    sink.readingValue(names[index]!, value);
  }
  return hasBegun;
}
