import { existsSync, readFileSync } from 'node:fs';
import { SymbolTable, TapeRecord } from '#domain';
import type { CoincallVenueId } from '../../../venues/coincall/index.ts';
import { coincallFutures, coincallOptions } from '../../../venues/coincall/index.ts';
import { type RecordedSink, recordedSink } from '../recorded-sink.ts';
import { ReferenceDecoder } from './reference.ts';

const ENCODER = new TextEncoder();
const DOCUMENTED = new URL('../../../../shared/protocols/coincall-channels.json', import.meta.url);

export const hasDocuments: boolean = existsSync(DOCUMENTED);
export const WHY_SKIPPED = 'the documented frames are not beside the project (../shared/protocols): tests of them are skipped';

export interface DocumentedFrame {
  readonly product: 'options' | 'futures' | 'spot';
  readonly code: number;
  readonly name: string;
  readonly text: string;
}

/** Every example frame of the documents, all generations. */
export function documentedFrames(): readonly DocumentedFrame[] {
  if (!hasDocuments) return [];
  const { channels } = JSON.parse(readFileSync(DOCUMENTED, 'utf8')) as { readonly channels: readonly DocumentedChannel[] };
  return channels.flatMap(({ product, dt, dataType, example, otherExamples = [] }) =>
    [example, ...otherExamples.map((other) => other.example)]
      .filter((frame) => typeof frame === 'object' && frame !== null)
      .map((frame) => ({ product, code: dt ?? -1, name: dataType, text: JSON.stringify(frame) })),
  );
}

interface DocumentedChannel {
  readonly product: DocumentedFrame['product'];
  readonly dt: number | null;
  readonly dataType: string;
  readonly example: unknown;
  readonly otherExamples?: readonly { readonly example: unknown }[];
}

/** One frame as the venue sent it. */
export function recordOf(venue: string, frame: string | Uint8Array): TapeRecord {
  const record = new TapeRecord();
  record.kind = 'frame-in';
  record.venue = venue;
  record.bytes = typeof frame === 'string' ? ENCODER.encode(frame) : frame;
  record.end = record.bytes.length;
  return record;
}

export interface Decoding extends RecordedSink {
  /** Decodes further frames with the same decoder. */
  feed(...frames: readonly (string | Uint8Array)[]): void;
  /** Decodes a REST body. */
  body(text: string, meta?: Readonly<Record<string, unknown>>): void;
}

export function decoding(venue: CoincallVenueId = 'coincall-options', ...frames: readonly (string | Uint8Array)[]): Decoding {
  const symbols = new SymbolTable();
  const recorded = recordedSink(symbols);
  const decoder = (venue === 'coincall-options' ? coincallOptions : coincallFutures).createDecoder(recorded.sink, symbols);
  const feed = (...more: readonly (string | Uint8Array)[]): void => {
    for (const frame of more) decoder.decode(recordOf(venue, frame));
  };
  const body = (text: string, meta?: Readonly<Record<string, unknown>>): void => {
    const record = recordOf(venue, text);
    record.kind = 'http-response';
    record.meta = meta === undefined ? '' : JSON.stringify(meta);
    decoder.decode(record);
  };
  feed(...frames);
  return { ...recorded, feed, body };
}

export interface Pair {
  /** Gives both forms the bytes `[start, end)` and returns what each said. */
  decode(bytes: Uint8Array, start: number, end: number): { readonly production: RecordedSink; readonly reference: RecordedSink };
}

export function pairOf(venue: CoincallVenueId): Pair {
  const productionSymbols = new SymbolTable();
  const referenceSymbols = new SymbolTable();
  const production = recordedSink(productionSymbols);
  const reference = recordedSink(referenceSymbols);
  const decoder = (venue === 'coincall-options' ? coincallOptions : coincallFutures).createDecoder(production.sink, productionSymbols);
  const referenceDecoder = new ReferenceDecoder(venue, reference.sink, referenceSymbols);
  return {
    decode(bytes, start, end) {
      production.calls.length = 0;
      reference.calls.length = 0;
      const record = recordOf(venue, bytes);
      record.start = start;
      record.end = end;
      decoder.decode(record);
      referenceDecoder.nextFrame();
      referenceDecoder.decode(record);
      return { production, reference };
    },
  };
}
