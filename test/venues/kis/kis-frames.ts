import { canonicalJson, type JsonValue, parseIsoNanoseconds, SymbolTable, TapeRecord } from '#domain';
import { createKisDecoder } from '../../../venues/kis/decode.ts';
import { fieldMeaning } from '../../../venues/kis/fields.ts';
import { CHANNEL_LAYOUTS } from '../../../venues/kis/layouts.ts';
import type { Decoder } from '../../../venues/venue.ts';
import type { Random } from '../../seeds.ts';
import { comparable, type RecordedSink, recordedSink } from '../recorded-sink.ts';
import { KisReference } from './reference.ts';

/** 2026-09-22 11:56:30 in Korea. */
export const NOON_US = kst('2026-09-22T11:56:30');

/** Microseconds since the epoch of a time in Korea, `YYYY-MM-DDTHH:MM:SS`. */
export function kst(text: string): number {
  return Number(parseIsoNanoseconds(`${text}+09:00`)! / 1000n);
}

/** A record in the middle of a larger buffer, as a reader of a journal hands it over. */
export function kisRecord(payload: string | Uint8Array, receivedAtUs = NOON_US): TapeRecord {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
  const record = new TapeRecord();
  record.kind = 'frame-in';
  record.venue = 'kis';
  record.setTimesNs(BigInt(receivedAtUs) * 1000n, 0n);
  // What surrounds the payload would make a frame longer that is read past its end.
  record.bytes = new Uint8Array(bytes.length + 8).fill(0x31);
  record.bytes.set(bytes, 4);
  record.start = 4;
  record.end = 4 + bytes.length;
  return record;
}

/** One decoder with what it said. */
export interface Reading extends RecordedSink {
  readonly decoder: Decoder;
  frame(payload: string | Uint8Array, receivedAtUs?: number): void;
  body(meta: JsonValue, payload: string | Uint8Array, receivedAtUs?: number): void;
}

export function reading(): Reading {
  const symbols = new SymbolTable();
  const recorded = recordedSink(symbols);
  const decoder = createKisDecoder(recorded.sink, symbols);
  return {
    ...recorded,
    decoder,
    frame: (payload, receivedAtUs) => decoder.decode(kisRecord(payload, receivedAtUs)),
    body: (meta, payload, receivedAtUs) => {
      const record = kisRecord(payload, receivedAtUs);
      record.kind = 'http-response';
      record.meta = canonicalJson(meta);
      decoder.decode(record);
    },
  };
}

/** What a fresh decoder says of these frames. */
export function decodeFrames(...frames: readonly (string | Uint8Array)[]): Reading {
  const read = reading();
  for (const frame of frames) read.frame(frame);
  return read;
}

/** The numbers of all readings that were said, by name; of a name that was said twice, the last. */
export function readingsOf(recorded: RecordedSink): Readonly<Record<string, unknown>> {
  return Object.fromEntries(recorded.of('readingValue').map(([, name, value]) => [String(name), value]));
}

/** A pair of both forms that remembers, so that frames can follow each other. */
export function bothDecoders(): (bytes: Uint8Array) => { readonly production: readonly string[]; readonly reference: readonly string[] } {
  const production = reading();
  const symbols = new SymbolTable();
  const reference = recordedSink(symbols);
  const referenceDecoder = new KisReference(reference.sink, symbols);
  return (bytes) => {
    production.frame(bytes);
    referenceDecoder.decode(bytes, NOON_US);
    return { production: comparable(production.calls.splice(0)), reference: comparable(reference.calls.splice(0)) };
  };
}

/** The fields of a channel's layout of this width. */
export function fieldsOf(channel: string, width?: number): readonly string[] {
  const { layouts, currentWidth } = CHANNEL_LAYOUTS.find((table) => table.channel === channel)!;
  return layouts.find((fields) => fields.length === (width ?? currentWidth))!;
}

/** A frame whose fields are all as empty as they may be, but for what a test is about. */
export function aFrame(channel: string, texts: Readonly<Record<string, string>>, width?: number): string {
  return `0|${channel}|001|${aRow(channel, texts, width)}`;
}

export function aRow(channel: string, texts: Readonly<Record<string, string>>, width?: number): string {
  return fieldsOf(channel, width)
    .map((name) => texts[name] ?? plainText(name))
    .join('^');
}

function plainText(name: string): string {
  const { reads } = fieldMeaning(name);
  if (reads === 'symbol' || name === 'STCK_SHRN_ISCD') return '005930';
  if (reads === 'time') return '115628';
  return reads === 'number' && /(ASKP|BIDP)/.test(name) ? '0' : '';
}

const NUMBERS = ['0', '0.00', '1', '77900', '1080.30', '-0.15', '-100.00', '123456789', '9007199254740993', '0.0001', '000135900'];
const ODD = [
  '',
  '(null)',
  'nan',
  '-nan',
  '+0.11',
  ' 12 ',
  '.5',
  '5.',
  '1e3',
  '--1',
  'x',
  '-0',
  '삼성',
  '1'.repeat(400),
  'Infinity',
  '0x10',
];

/** A field as the venue may print it, and now and then as it should not. */
export function someText(name: string, random: Random): string {
  if (random.chance(0.02)) return random.pick(ODD);
  switch (fieldMeaning(name).reads) {
    case 'number':
      return random.chance(0.3) ? random.pick(NUMBERS) : String(random.integer(0, 200_000) / random.pick([1, 1, 10, 100]));
    case 'code':
      return random.pick(['0', '1', '2', '3', '5', 'A', 'D', '20', '22', '311', '']);
    case 'flag':
      return random.pick(['Y', 'N', '']);
    case 'symbol':
      return random.pick(['005930', '000660', 'A01612', 'B01612A40']);
    case 'time':
      return random.pick(['115630', '000000', '235959', '011400', '240000', '1156']);
    case 'date':
      return random.pick(['20260922', '20260921', '', '20261301']);
    case 'text':
      return random.pick(['', 'N', 'Y', '112', 'AB1', '(null)', '005930', '115630', '2', '1', 'VI 발동|단일가']);
  }
}

/** A frame of any channel and known width, or of one field more or less, with one to four records. */
export function someFrame(channel: string, random: Random): string {
  const { layouts, kind } = CHANNEL_LAYOUTS.find((table) => table.channel === channel)!;
  const fields = random.pick(layouts);
  const count = random.pick([1, 1, 1, 2, 3, 4]);
  const extra = random.chance(0.05) ? random.integer(-1, 3) : 0;
  const row = () => {
    const texts = fields.map((name) => (isOwn(kind, name) && random.chance(0.9) ? plainText(name) : someText(name, random)));
    return (extra < 0 ? texts.slice(0, extra) : [...texts, ...Array.from({ length: extra }, () => 'x')]).join('^');
  };
  const rows = Array.from({ length: count }, row);
  const said = random.chance(0.02) ? random.integer(0, 5) : count;
  return `${kind === 'notice' ? 1 : 0}|${channel}|${String(said).padStart(3, '0')}|${rows.join('^')}`;
}

/** Fields without which a record is bad: mostly good ones, else hardly a record would be said. */
function isOwn(kind: string, name: string): boolean {
  const { reads } = fieldMeaning(name);
  return reads === 'time' || reads === 'symbol' || (kind === 'notice' && (name === 'STCK_SHRN_ISCD' || name === 'STCK_CNTG_HOUR'));
}
