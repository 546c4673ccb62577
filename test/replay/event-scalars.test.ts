import { describe, expect, test } from 'vitest';
import { EventRegister, type EventSink, type MarketEvent } from '#domain';
import { areSameScalars, type EventScalar, pushScalars } from '../../replay/event-scalars.ts';

/** What a decoder says, as scalars; whatever the register was told before must not show. */
function scalarsOf(say: (sink: EventSink) => void, sayBefore: (sink: EventSink) => void = () => undefined): EventScalar[] {
  const out: EventScalar[] = [];
  const none = () => undefined;
  const onEvent = (event: MarketEvent) => pushScalars(event, (id) => `symbol-${id}`, out);
  const register = new EventRegister({ onEvent, onDecodeFailure: none, onUndecoded: none, onDrift: none });
  sayBefore(register);
  out.length = 0;
  say(register);
  return out;
}

/** A book of one bid with its totals, in the order of the sink's arguments. */
function sayBook(sink: EventSink, level: readonly number[], totals: readonly number[]): void {
  const [price = 0, size = 0, orders = 0, change = 0] = level;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = totals;
  sink.bookBegin(1, 2, true, 'replace', 3, 4, 5);
  sink.bookLevel(1, price, size, orders, change);
  sink.bookTotals(a, b, c, d, e, f, g, h);
  sink.bookEnd();
}

function sayReading(sink: EventSink, values: Readonly<Record<string, number>>): void {
  sink.readingBegin(1, 2, 'index');
  for (const [name, value] of Object.entries(values)) sink.readingValue(name, value);
  sink.readingEnd();
}

const LEVEL = [10, 11, 12, 13];
const TOTALS = [1, 2, 3, 4, 5, 6, 7, 8];
/** The list with its entry at `index` changed. */
const changed = (list: readonly number[], index: number) => list.map((value, i) => (i === index ? value + 0.5 : value));

describe('two events are the same exactly when', () => {
  const book = scalarsOf((sink) => sayBook(sink, LEVEL, TOTALS));

  test('every number of every level is', () => {
    for (const index of LEVEL.keys()) {
      expect(
        areSameScalars(
          book,
          scalarsOf((sink) => sayBook(sink, changed(LEVEL, index), TOTALS)),
        ),
        `level ${index}`,
      ).toBe(false);
    }
  });

  test('every total is', () => {
    for (const index of TOTALS.keys()) {
      expect(
        areSameScalars(
          book,
          scalarsOf((sink) => sayBook(sink, LEVEL, changed(TOTALS, index))),
        ),
        `total ${index}`,
      ).toBe(false);
    }
  });

  test('levels, readings and totals of an earlier event are not taken for theirs', () => {
    const sayMore = (sink: EventSink): void => {
      sink.bookBegin(9, 9, true, 'replace', 9, 9, 9);
      for (let i = 0; i < 5; i++) sink.bookLevel(-1, i, i, i, i);
      sink.bookTotals(9, 9, 9, 9, 9, 9, 9, 9);
      sink.bookEnd();
      sayReading(sink, { a: 7, b: 8, c: 9 });
    };
    expect(scalarsOf((sink) => sayBook(sink, LEVEL, TOTALS), sayMore)).toEqual(book);
    const sayOne = (sink: EventSink) => sayReading(sink, { level: Number.NaN });
    const reading = scalarsOf(sayOne);
    expect(areSameScalars(scalarsOf(sayOne, sayMore), reading)).toBe(true);
    expect(reading).toContain('symbol-1');
  });

  test('readings have the same names and values', () => {
    const reading = (name: string, value: number) => scalarsOf((sink) => sayReading(sink, { [name]: value }));
    expect(areSameScalars(reading('a', 1), reading('a', 1))).toBe(true);
    expect(areSameScalars(reading('a', 1), reading('b', 1))).toBe(false);
    expect(areSameScalars(reading('a', 1), reading('a', 2))).toBe(false);
  });
});
