import { describe, expect, test } from 'vitest';
import type { VenueHealth } from '#domain';
import type { Alert } from '../../../recorder/health/alert.ts';
import { AlertDesk } from '../../../recorder/health/alert-desk.ts';
import { findConditions } from '../../../recorder/health/alert-rules.ts';
import { Expectations } from '../../../recorder/health/expectations.ts';
import { RECENT_MS } from '../../../recorder/health/health-facts.ts';
import { TapePast } from '../../../recorder/health/tape-past.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import { SCRIPTED_PROTOCOLS } from '../../fixtures/scripted-protocol.ts';
import {
  aChannel,
  aConnection,
  aDisk,
  aStatus,
  aTape,
  aVenue,
  type FactsSetting,
  KIS_PLAN,
  MINUTE_US,
  nanoseconds,
  SECOND_US,
  seoul,
  someFacts,
} from './health-bench.ts';

// What really happened to people who recorded, each as the alerts that would have told them.

interface Moment {
  readonly nowUs: number;
  /** Seconds since the start. */
  readonly second: number;
}

/** What somebody is told while these facts go by, every five seconds, as `state key`. */
async function toldDuring(minutes: number, factsAt: (moment: Moment) => FactsSetting, start = '10:00:00'): Promise<readonly string[]> {
  const startedAtUs = seoul(start);
  const clock = new ManualClock(nanoseconds(startedAtUs));
  const sent: Alert[] = [];
  const desk = new AlertDesk({ clock, session: 'watched', repeatMs: 4 * 3_600_000, send: (alert) => sent.push(alert) });
  const past = new TapePast();
  for (let second = 0; second <= minutes * 60; second += 5) {
    const nowUs = startedAtUs + second * SECOND_US;
    const setting = factsAt({ nowUs, second });
    const facts = someFacts({ nowUs, startedAtUs, ...setting });
    if (facts.tape !== undefined) past.add(facts.tape, nowUs);
    const recently = past.before(nowUs - RECENT_MS * 1_000);
    desk.update(findConditions({ ...facts, recently, hourAgo: past.before(nowUs - 60 * MINUTE_US) }, SCRIPTED_PROTOCOLS));
    await clock.advance(5_000);
  }
  return sent.map(({ state, key }) => `${state} ${key}`);
}

/** A trouble from the second to the fourth minute. */
const isTrouble = ({ second }: Moment): boolean => second >= 120 && second < 240;
const TROUBLE_STARTED_US = seoul('10:02:00');

function venueAt({ nowUs }: Moment, more: Partial<VenueHealth> = {}): FactsSetting {
  return { tape: aTape(nowUs, aVenue(nowUs, more)) };
}

describe('an incident of a recorder is told, and that it is over', () => {
  test('incident 1: a frame with several records read as one loses volume', async () => {
    const told = await toldDuring(20, (moment) => {
      const traded = 1_000_000 + moment.second * 100;
      const missing = Math.min(Math.max(0, moment.second - 120), 120) * 40;
      return venueAt(moment, { volumeAudit: [{ symbol: '005930', day: 20_777, venueTotal: traded, seen: traded - missing, missing }] });
    });
    expect(told).toEqual(['firing volume-missing/kis', 'resolved volume-missing/kis']);
  });

  test('incident 2: a test address that acknowledges and sends nothing', async () => {
    const told = await toldDuring(8, (moment) => {
      const isSilent = moment.second < 240;
      const seen = isSilent ? 0 : 2;
      return {
        ...venueAt(moment, isSilent ? { channels: [], firstFrameNs: undefined, lastFrameNs: undefined } : {}),
        status: aStatus({ subscriptions: { wanted: 2, acknowledged: 2, seen, refused: 0 } }),
      };
    });
    expect(told).toEqual(['firing no-data/kis/ws-1', 'resolved no-data/kis/ws-1']);
  });

  test('incident 3: an empty secret is refused by the venue for good', async () => {
    const told = await toldDuring(8, (moment) => {
      const stopped = isTrouble(moment) ? 'KEY_INVALID: login refused 3 times' : undefined;
      const state = stopped === undefined ? 'open' : 'stopped';
      return { ...venueAt(moment, { connections: [aConnection({ isUp: stopped === undefined, stopped })] }), status: aStatus({ state }) };
    });
    expect(told).toEqual(['firing connection-stopped/kis/ws-1', 'resolved connection-stopped/kis/ws-1']);
  });

  test('incident 4: a poller that died while its status said running', async () => {
    const told = await toldDuring(10, (moment) => {
      const lastUs = isTrouble(moment) ? TROUBLE_STARTED_US : moment.nowUs;
      const rest = [{ type: 'stock-minute', results: [], lastSuccessNs: nanoseconds(lastUs), duration: { counts: [], sumSeconds: 0 } }];
      return venueAt(moment, { rest });
    });
    expect(told).toEqual(['firing poll-dead/kis/stock-minute', 'resolved poll-dead/kis/stock-minute']);
  });

  test('incident 5: a disk that fills is told hours before, when it is full, and when there is room', async () => {
    const told = await toldDuring(20, ({ nowUs, second }) => {
      const floor = KIS_PLAN.limits.diskFreeMinBytes;
      const filling = { freeBytes: floor + 36e9, bytesPerSecond: 1e6, fullAtNs: nanoseconds(nowUs + 600 * MINUTE_US) };
      if (second < 300) return { status: aStatus({}, { disk: aDisk(filling) }) };
      return { status: aStatus({}, { disk: aDisk(second < 600 ? { freeBytes: floor - 1, shedTier: 3 } : {}) }) };
    });
    expect(told).toEqual(['firing disk-forecast', 'firing disk-low', 'resolved disk-forecast', 'resolved disk-low']);
  });

  test('incident 6: two sessions on one key kick each other', async () => {
    const told = await toldDuring(75, (moment) => {
      const count = Math.min(8, Math.floor(moment.second / 60));
      return venueAt(moment, { connections: [aConnection({ connects: count + 1, reconnects: [{ reason: 'OPSP8996: in use', count }] })] });
    });
    expect(told).toEqual(['firing reconnect-storm/kis/ws-1', 'resolved reconnect-storm/kis/ws-1']);
  });

  test('incident 8: a restart in mid-session says so, and what it cost', async () => {
    const told = await toldDuring(25, (moment) => {
      const gap = { connection: 'ws-1', channel: '', symbol: '', reason: 'the recorder was not running' };
      const gaps = [{ ...gap, fromNs: nanoseconds(seoul('09:59:00')), toNs: nanoseconds(seoul('10:00:02')) }];
      return { tape: aTape(moment.nowUs, aVenue(moment.nowUs, { gaps, gapTotal: 1 }), { restarts: 1 }) };
    });
    expect(told).toEqual(['firing restarted', 'firing gap/kis', 'resolved restarted', 'resolved gap/kis']);
  });

  test('incident 10: trades that come late are counted, and told when they are many', async () => {
    const told = await toldDuring(20, (moment) => {
      const lateTrades = Math.min(Math.max(0, moment.second - 120), 120) * 5;
      const delay = { counts: [moment.second * 50], sumSeconds: 1 };
      return venueAt(moment, { lateTrades, channels: [aChannel('H0STCNT0', moment.nowUs, { delay }), aChannel('H0STASP0', moment.nowUs)] });
    });
    expect(told).toEqual(['firing late-trades/kis', 'resolved late-trades/kis']);
  });

  test('incident 13: connected again and not subscribed', async () => {
    const told = await toldDuring(10, (moment) => {
      const acknowledged = isTrouble(moment) ? 1 : 2;
      const lastUs = isTrouble(moment) ? TROUBLE_STARTED_US : moment.nowUs;
      const channels = [aChannel('H0STCNT0', lastUs), aChannel('H0STASP0', moment.nowUs)];
      const status = aStatus({ subscriptions: { wanted: 2, acknowledged, seen: acknowledged, refused: 0 } });
      return { ...venueAt(moment, { channels }), status };
    });
    expect(told.filter((text) => text.startsWith('firing')).sort()).toEqual([
      'firing channel-silent/kis/H0STCNT0',
      'firing unacknowledged/kis/ws-1',
    ]);
    expect(told.filter((text) => text.startsWith('resolved'))).toHaveLength(2);
  });

  test('incident 14: quiet symbols are left alone', async () => {
    const status = aStatus({ subscriptions: { wanted: 40, acknowledged: 40, seen: 3, refused: 0 } });
    expect(await toldDuring(60, (moment) => ({ ...venueAt(moment), status }))).toEqual([]);
  });

  test('incident 16: a socket that closes near the auction and cannot come back', async () => {
    const told = await toldDuring(20, (moment) => {
      const connection = aConnection({ isUp: !isTrouble(moment), connects: 2, lastFrameNs: nanoseconds(TROUBLE_STARTED_US) });
      const toNs = isTrouble(moment) ? undefined : nanoseconds(seoul('10:04:00'));
      const gap = {
        connection: 'ws-1',
        channel: '',
        symbol: '',
        fromNs: nanoseconds(TROUBLE_STARTED_US),
        toNs,
        reason: 'closed with code 1007',
      };
      const gaps = moment.second < 120 ? [] : [gap];
      return {
        ...venueAt(moment, { connections: [connection], gaps }),
        status: aStatus({ state: isTrouble(moment) ? 'waiting' : 'open' }),
      };
    });
    expect(told).toEqual(['firing gap/kis', 'firing connection-down/kis/ws-1', 'resolved connection-down/kis/ws-1', 'resolved gap/kis']);
  });

  test('incident 18: a receive clock behind the clock of the exchange', async () => {
    const told = await toldDuring(10, (moment) =>
      venueAt(moment, { clock: { samples: 500, minUs: -400_000, medianUs: isTrouble(moment) ? -300_000 : 15_000 } }),
    );
    expect(told).toEqual(['firing clock-behind/kis', 'resolved clock-behind/kis']);
  });
});

test('two healthy weeks over Chuseok have not one alert', () => {
  const expectations = new Expectations(KIS_PLAN, SCRIPTED_PROTOCOLS);
  const startedAtUs = seoul('00:00:00', '2026-09-21');
  const told: string[] = [];
  let lastUs = startedAtUs;
  let expectedMinutes = 0;
  for (let minute = 0; minute < 14 * 1_440; minute += 5) {
    const nowUs = startedAtUs + minute * MINUTE_US;
    const [venue] = expectations.at(nowUs);
    // A venue that is well: data while they are expected, a connection while it is wanted.
    if (venue!.isDataExpected) {
      expectedMinutes += 5;
      lastUs = nowUs;
    }
    const isUp = venue!.connections[0]!.isWanted;
    const rest = aVenue(lastUs).rest;
    const tape = aTape(nowUs, aVenue(lastUs, { rest, connections: [aConnection({ isUp })] }));
    const facts = someFacts({
      nowUs,
      startedAtUs,
      tape,
      recently: tape,
      hourAgo: tape,
      status: aStatus({ state: isUp ? 'open' : 'parked' }),
    });
    told.push(...findConditions(facts, SCRIPTED_PROTOCOLS).conditions.map(({ key }) => `${new Date(nowUs / 1_000).toISOString()} ${key}`));
  }
  expect(told).toEqual([]);
  // Seven days trade: 24 and 25 September are holidays, and so are both weekends.
  expect(expectedMinutes).toBeGreaterThan(7 * 600);
  expect(expectedMinutes).toBeLessThan(9 * 700);
});
