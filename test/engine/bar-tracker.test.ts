import { expect, test } from 'vitest';
import { type BarEvent, HOUR_US, MINUTE_US, SECOND_US } from '#domain';
import { BAR_SETTLE_US, BarTracker } from '../../engine/bar-tracker.ts';
import { aBar } from './market-events.ts';

const M = MINUTE_US;

/** A tracker with the bars it gave out, as `minute=close`. */
function aTracker(sessionStartUs = 0) {
  const tracker = new BarTracker(sessionStartUs);
  const given: Readonly<BarEvent>[] = [];
  const emit = (bar: Readonly<BarEvent>) => given.push(bar);
  return {
    tracker,
    given,
    told: () => given.map((bar) => `${bar.openTimeUs / M}=${bar.close}`),
    add: (minute: number, nowUs: number, fields: Partial<BarEvent> = {}) =>
      tracker.add(aBar({ openTimeUs: minute * M, close: minute, ...fields }), nowUs, emit),
    advance: (nowUs: number) => tracker.advance(nowUs, emit),
    finish: (nowUs: number) => tracker.finish(nowUs, emit),
  };
}

test('a bar that the venue calls final is given out at once, and once', () => {
  const { add, told, tracker, given } = aTracker();
  expect(add(0, M, { isFinal: true })).toBe('final');
  expect(add(0, M + 1, { isFinal: true })).toBe('repeat');
  expect(add(0, M + 2, { isFinal: true, close: 9 })).toBe('revised');
  expect(told()).toEqual(['0=0']);
  expect([tracker.revisedCount, tracker.nextDueUs]).toEqual([1, Number.POSITIVE_INFINITY]);
  expect(given[0]).toMatchObject({ isFinal: true, isHistory: false });
});

test('a bar is final with its last values when a later one was seen and engine time moved', () => {
  const { add, advance, told } = aTracker();
  expect(add(0, 20)).toBe('waiting');
  expect(add(0, 30, { close: 7 })).toBe('waiting');
  expect(add(1, M + 10)).toBe('waiting');
  advance(M + 10);
  expect(told()).toEqual([]);
  advance(M + 11);
  expect(told()).toEqual(['0=7']);
});

test('a polled answer that lists the newest first is given out in order, with its own values', () => {
  const { add, advance, told } = aTracker();
  add(1, 110 * SECOND_US, { close: 99 });
  for (const minute of [4, 3, 2, 1]) add(minute, 4 * M + 1);
  expect(told()).toEqual([]);
  advance(4 * M + 2);
  expect(told()).toEqual(['1=1', '2=2', '3=3']);
});

test('a bar is final when its end is the settle time ago', () => {
  const { add, advance, told, tracker } = aTracker();
  add(0, 20);
  expect(tracker.nextDueUs).toBe(M + BAR_SETTLE_US);
  advance(M + BAR_SETTLE_US - 1);
  expect(told()).toEqual([]);
  advance(M + BAR_SETTLE_US);
  expect(told()).toEqual(['0=0']);
});

test('a bar that comes first when a newer one was given out is late', () => {
  const { add, tracker, told } = aTracker();
  add(3, 4 * M, { isFinal: true });
  expect(add(2, 4 * M)).toBe('late');
  expect(tracker.lateCount).toBe(1);
  expect(told()).toEqual(['3=3']);
});

test('bars that ended before the session opened are history, the newest ones first or last', () => {
  const { add, advance, given, told } = aTracker(HOUR_US);
  for (const minute of [60, 59, 58, 57]) add(minute, HOUR_US, { isFinal: true });
  advance(HOUR_US + 1);
  expect(told()).toEqual(['60=60']);
  const second = aTracker(HOUR_US);
  for (const minute of [59, 58, 57]) second.add(minute, HOUR_US, { isFinal: minute < 59 });
  second.advance(HOUR_US + 1);
  expect(second.told()).toEqual(['57=57', '58=58']);
  expect(second.given.map((bar) => bar.isHistory)).toEqual([true, true]);
  expect(given[0]!.isHistory).toBe(false);
});

test('bars of other symbols and intervals do not make a bar final', () => {
  const { add, advance, finish, told } = aTracker();
  add(0, 10);
  add(1, M + 1, { symbol: 1 });
  add(5, M + 1, { intervalUs: 5 * M });
  advance(M + 100);
  expect(told()).toEqual([]);
  finish(M + 100);
  expect(told()).toEqual([]);
  finish(M + BAR_SETTLE_US);
  expect(told()).toEqual(['0=0']);
});
