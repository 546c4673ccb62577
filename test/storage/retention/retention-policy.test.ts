import { expect, test } from 'vitest';
import { judgeSessions, type RetainedSession, type RetentionPolicy } from '../../../storage/retention/retention-policy.ts';

const DAY_NS = 86_400_000_000_000n;
const NOW_NS = 20_000n * DAY_NS;

function aSession(session: string, daysOld: number, bytes = 100, venues: readonly string[] = []): RetainedSession {
  return { session, bytes, venues, lastReceivedAtNs: NOW_NS - BigInt(daysOld) * DAY_NS - 1n };
}

function due(policy: RetentionPolicy, ...sessions: readonly RetainedSession[]): readonly string[] {
  return judgeSessions(policy, sessions, NOW_NS).flatMap(({ session, isDue }) => (isDue ? [session] : []));
}

test('a journal is due when its last record is older than the days that are kept', () => {
  expect(due({ rules: [{ sessions: '*', keepDays: 30 }] }, aSession('a', 29), aSession('b', 30), aSession('c', 400))).toEqual(['c', 'b']);
});

test('of too many bytes the oldest are due, until the rest fits', () => {
  const policy = { rules: [{ sessions: '*', bytesMax: 250 }] };
  expect(due(policy, aSession('new', 1), aSession('old', 9), aSession('older', 10), aSession('mid', 5))).toEqual(['older', 'old']);
  expect(due(policy, aSession('new', 1), aSession('mid', 5))).toEqual([]);
});

test('the first rule that matches counts, by name and by venue; without one everything is kept', () => {
  const policy = {
    rules: [{ sessions: 'gold-?' }, { sessions: 'korea-*', venue: 'kis', keepDays: 90 }, { sessions: '*', keepDays: 10 }],
  };
  const sessions = [
    aSession('gold-1', 1000),
    aSession('gold-10', 1000),
    aSession('korea-1', 50, 100, ['kis', 'kiwoom']),
    aSession('korea-2', 50, 100, ['kiwoom']),
  ];
  expect(due(policy, ...sessions)).toEqual(['gold-10', 'korea-2']);
  expect(due({ rules: [{ sessions: 'a.c', keepDays: 1 }] }, aSession('abc', 50))).toEqual([]);
});

test('age and size work together, and each rule has its own bytes', () => {
  const policy = {
    rules: [
      { sessions: 'x-*', bytesMax: 100 },
      { sessions: '*', keepDays: 20, bytesMax: 150 },
    ],
  };
  const sessions = [aSession('x-1', 3), aSession('x-2', 2), aSession('a', 30), aSession('b', 10), aSession('c', 1)];
  expect(due(policy, ...sessions)).toEqual(['a', 'b', 'x-1']);
});
