import { EventRegister, type MarketEvent, type SymbolName, SymbolTable, type Tape, TapeRecord } from '#domain';
import { createTapeDecoder, type Venue } from '#venues';

/** One decoded event with the record it came from: an own copy, to keep. */
export interface TapeEvent {
  /** Sequence of the record, and the index of the event within it. */
  readonly sequence: number;
  readonly index: number;
  readonly receivedAtNs: bigint;
  /** Venue and symbol of `event.symbol`; absent for events of no symbol. */
  readonly name: SymbolName | undefined;
  readonly event: MarketEvent;
}

/**
 * Every event of a tape in order, for programs that look rather than trade. It copies each event, so it is comfortable and not the
 * fastest way; `backtest` plays a tape at full speed. Frames that cannot be decoded give no event: `inspectTape` counts them.
 */
export async function* tapeEvents(tape: Tape, venues: ReadonlyMap<string, Venue>): AsyncGenerator<TapeEvent> {
  const symbols = new SymbolTable();
  const record = new TapeRecord();
  let waiting: TapeEvent[] = [];
  const register = new EventRegister({
    onEvent: (event) => {
      const name = 'symbol' in event && event.symbol >= 0 ? symbols.name(event.symbol) : undefined;
      waiting.push({ sequence: record.sequence, index: waiting.length, receivedAtNs: record.receivedAtNs, name, event: copyEvent(event) });
    },
    onDecodeFailure: () => undefined,
    onUndecoded: () => undefined,
    onDrift: () => undefined,
  });
  const decoder = createTapeDecoder(venues, register, symbols);
  for await (const batch of tape.batches()) {
    while (batch.next(record)) {
      decoder.decode(record);
      if (waiting.length === 0) continue;
      const events = waiting;
      waiting = [];
      yield* events;
    }
  }
}

function copyEvent(event: MarketEvent): MarketEvent {
  if (event.kind === 'book') {
    const { count, side, price, size, orders, change } = event.levels;
    const levels = {
      count,
      side: side.slice(0, count),
      price: price.slice(0, count),
      size: size.slice(0, count),
      orders: orders.slice(0, count),
      change: change.slice(0, count),
    };
    return { ...event, levels, totals: { ...event.totals } };
  }
  if (event.kind === 'reading') return { ...event, names: [...event.names], values: [...event.values] };
  if (event.kind === 'notice') return { ...event, names: [...event.names], texts: [...event.texts] };
  return { ...event };
}
