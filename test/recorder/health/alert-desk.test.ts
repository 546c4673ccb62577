import { describe, expect, test } from 'vitest';
import type { Alert, Condition } from '../../../recorder/health/alert.ts';
import { AlertDesk } from '../../../recorder/health/alert-desk.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';

const HOUR_MS = 3_600_000;

/** Kinds are made up: the desk looks at keys only. */
function condition(name: string, more: Partial<Condition> = {}): Condition {
  const key = name as Condition['key'];
  return { key, severity: 'warning', venue: 'kis', title: `title of ${key}`, message: 'with numbers', holdMs: 0, ...more };
}

function bench() {
  const clock = new ManualClock();
  const sent: Alert[] = [];
  const desk = new AlertDesk({ clock, session: 'watched', repeatMs: 4 * HOUR_MS, send: (alert) => sent.push(alert) });
  return {
    clock,
    desk,
    /** The conditions that are found every five seconds for so long. */
    async watch(ms: number, ...conditions: readonly Condition[]) {
      for (let passed = 0; passed < ms; passed += 5_000) {
        desk.update({ conditions, isBlind: false });
        await clock.advance(5_000);
      }
    },
    /** What was sent since the last call. */
    news: () => sent.splice(0).map(({ state, severity, key }) => `${state} ${severity} ${key}`),
    sent,
  };
}

test('a condition is told once, again after hours, and that it is over', async () => {
  const { watch, news, desk } = bench();
  await watch(HOUR_MS, condition('a'));
  expect(news()).toEqual(['firing warning a']);
  await watch(4 * HOUR_MS, condition('a'));
  expect(news()).toEqual(['repeated warning a']);
  await watch(60_000);
  expect(news()).toEqual([]);
  await watch(10_000);
  expect(news()).toEqual(['resolved warning a']);
  expect(desk.watched).toEqual([]);
});

test('what must hold for a while is not told before, and not at all when it was short', async () => {
  const { watch, news, desk } = bench();
  await watch(55_000, condition('a', { holdMs: 60_000 }));
  expect(desk.watched).toMatchObject([{ key: 'a', state: 'pending' }]);
  await watch(10_000);
  expect(news()).toEqual([]);
  await watch(70_000, condition('a', { holdMs: 60_000 }));
  expect(news()).toEqual(['firing warning a']);
  expect(desk.watched).toMatchObject([{ key: 'a', state: 'firing' }]);
});

test('what comes and goes is one alert', async () => {
  const { watch, news } = bench();
  for (let i = 0; i < 20; i++) {
    await watch(20_000, condition('a'));
    await watch(40_000);
  }
  expect(news()).toEqual(['firing warning a']);
  await watch(60_000);
  expect(news()).toEqual(['resolved warning a']);
});

test('what becomes worse is told again at once, and what becomes better is not', async () => {
  const { watch, news } = bench();
  await watch(10_000, condition('a'));
  await watch(10_000, condition('a', { severity: 'critical' }));
  await watch(10_000, condition('a'));
  expect(news()).toEqual(['firing warning a', 'firing critical a']);
});

test('nothing is over while nobody can see', async () => {
  const { watch, news, desk, clock } = bench();
  await watch(10_000, condition('a'));
  for (let i = 0; i < 60; i++) {
    desk.update({ conditions: [condition('blind')], isBlind: true });
    await clock.advance(5_000);
  }
  expect(news()).toEqual(['firing warning a', 'firing warning blind']);
  await watch(70_000);
  expect(news()).toEqual(['resolved warning a', 'resolved warning blind']);
});

test('the end of a session resolves what fires, and says why', async () => {
  const { watch, sent, desk } = bench();
  await watch(10_000, condition('a'), condition('b', { holdMs: HOUR_MS }));
  sent.length = 0;
  desk.close();
  expect(sent).toMatchObject([{ key: 'a', state: 'resolved', message: expect.stringMatching(/^The session ended/) }]);
});

test('alerts carry the session and when they began', async () => {
  const { watch, sent, clock } = bench();
  const beganUs = Number(clock.wallNs() / 1_000n);
  await watch(65_000, condition('a', { holdMs: 60_000 }));
  expect(sent).toMatchObject([{ session: 'watched', sinceUs: beganUs, atUs: beganUs + 60_000_000 }]);
});

describe('events', () => {
  const event = (message: string) => ({ key: 'vi/005930', severity: 'info' as const, title: 'VI on', message });

  test('are told once, and the same words once a minute', async () => {
    const { desk, news, clock } = bench();
    desk.tell(event('at 70,000'));
    desk.tell(event('at 70,000'));
    desk.tell(event('at 71,000'));
    await clock.advance(61_000);
    desk.tell(event('at 70,000'));
    expect(news()).toEqual(['event info vi/005930', 'event info vi/005930', 'event info vi/005930']);
  });

  test('that come in a flood are counted, and the count is told', async () => {
    const { desk, sent, clock } = bench();
    for (let i = 0; i < 100; i++) desk.tell(event(`at ${i}`));
    expect(sent).toHaveLength(30);
    await clock.advance(60_000);
    desk.update({ conditions: [], isBlind: false });
    expect(sent).toHaveLength(31);
    expect(sent[30]).toMatchObject({ key: 'events-held-back', title: '70 events were not sent one by one' });
  });
});
