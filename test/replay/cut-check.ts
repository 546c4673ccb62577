import { expect } from 'vitest';
import { type RecordBody, SymbolTable, type Tape, TapeRecord } from '#domain';
import { Engine } from '#engine';
import type { Venue } from '#venues';
import { type CutOptions, type CutResult, cutTape } from '../../replay/cut.ts';
import { drive } from '../../replay/drive.ts';
import { tapeEvents } from '../../replay/tape-events.ts';
import { TapePlayer } from '../../replay/tape-player.ts';
import { MemoryJournal } from '../fixtures/memory-journal.ts';
import { MemoryTape } from '../fixtures/memory-tape.ts';

export type KeptRecord = RecordBody & { readonly sequence: number };

export interface CheckedCut {
  readonly result: CutResult;
  readonly tape: MemoryTape;
  readonly records: readonly KeptRecord[];
  /** The record of the tape that each record of the cut is; -1 for those that the cut made itself. */
  readonly origins: readonly number[];
}

export async function recordsOf(tape: Tape): Promise<KeptRecord[]> {
  const record = new TapeRecord();
  const records: KeptRecord[] = [];
  for await (const batch of tape.batches()) while (batch.next(record)) records.push(record.copy());
  return records;
}

/** Cuts into memory. */
export async function cutInMemory(tape: Tape, options: CutOptions): Promise<CheckedCut> {
  const journal = new MemoryJournal();
  const result = await cutTape(tape, async () => journal, options);
  const records = journal.kept;
  expect(result.records).toBe(records.length);
  return { result, tape: new MemoryTape(records, { session: 'cut' }), records, origins: originsOf(await recordsOf(tape), records) };
}

/** Cuts, and compares what the cut says of its symbols with what the tape says of them in the range, event by event. */
export async function checkCut(tape: Tape, options: CutOptions): Promise<CheckedCut> {
  const cut = await cutInMemory(tape, options);
  const { fromSequence, toSequence, symbols } = cut.result;
  const wanted = new Set(symbols);
  const expected = await saidOf(tape, options.venues, wanted, (sequence) => sequence);
  const found = await saidOf(cut.tape, options.venues, wanted, (sequence) => cut.origins[sequence]!);
  const isWithin = ({ origin }: { readonly origin: number }) => origin >= fromSequence && origin < toSequence;
  expect(found.filter(isWithin)).toEqual(expected.filter(isWithin));
  const books = await booksOf(tape, options.venues, wanted, (sequence) => sequence);
  const cutBooks = await booksOf(cut.tape, options.venues, wanted, (sequence) => cut.origins[sequence]!);
  expect(cutBooks.filter(isWithin)).toEqual(books.filter(isWithin));
  return cut;
}

/** What the engine makes of the books: their state after each message. */
async function booksOf(
  tape: Tape,
  venues: ReadonlyMap<string, Venue>,
  wanted: ReadonlySet<string>,
  originOf: (sequence: number) => number,
) {
  const symbols = new SymbolTable();
  const engine = new Engine({
    symbols,
    instrumentOf: (venue, symbol) => ({ venue, symbol, kind: 'unknown', currency: '', multiplier: 1 }),
    latenessOf: () => 0,
  });
  const states: { readonly origin: number; readonly state: string }[] = [];
  const player = new TapePlayer(engine, venues, symbols, {
    onEvent: (event, record) => {
      if (event.kind !== 'book') return;
      const { venue, symbol } = symbols.name(event.symbol);
      const { book } = engine.states.of(event.symbol);
      const state = [book.isKnown, book.updateId, book.bidPrice, book.askPrice, book.depth(1, 50), book.depth(-1, 50)].join(' ');
      if (wanted.has(`${venue}:${symbol}`)) states.push({ origin: originOf(record.sequence), state });
    },
  });
  await drive([tape], player.visit);
  return states;
}

async function saidOf(tape: Tape, venues: ReadonlyMap<string, Venue>, wanted: ReadonlySet<string>, originOf: (sequence: number) => number) {
  const said: { readonly origin: number; readonly event: string }[] = [];
  for await (const { name, event, sequence } of tapeEvents(tape, venues)) {
    const symbol = name === undefined ? '' : `${name.venue}:${name.symbol}`;
    if (!wanted.has(symbol)) continue;
    // NaN and typed arrays have no JSON of their own.
    const text = JSON.stringify({ ...event, symbol }, (_, value: unknown) =>
      typeof value === 'number' && Number.isNaN(value) ? 'NaN' : ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value,
    );
    said.push({ origin: originOf(sequence), event: text });
  }
  return said;
}

/** Records come in the order of the tape: each is the next one there with the same stamp, kind and bytes. */
function originsOf(tape: readonly KeptRecord[], cut: readonly KeptRecord[]): number[] {
  let next = 0;
  return cut.map((record, i) => {
    const isOwn = i === 0 || i === cut.length - 1;
    for (let at = next; !isOwn && at < tape.length; at++) {
      if (!isCopyOf(record, tape[at]!)) continue;
      next = at + 1;
      return at;
    }
    return -1;
  });
}

function isCopyOf(record: KeptRecord, original: KeptRecord): boolean {
  return (
    record.receivedAtNs === original.receivedAtNs &&
    record.monotonicNs === original.monotonicNs &&
    record.kind === original.kind &&
    record.venue === original.venue &&
    record.connection === original.connection &&
    (record.meta === original.meta || record.meta.includes('"redacted"')) &&
    record.payload.length === original.payload.length &&
    record.payload.every((byte, i) => byte === original.payload[i])
  );
}
