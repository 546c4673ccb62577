import { describe, expect, test } from 'vitest';
import type { TapeHealth } from '#domain';
import { PROTOCOLS } from '#venues';
import { findConditions } from '../../../recorder/health/alert-rules.ts';
import {
  aChannel,
  aConnection,
  aDisk,
  aStatus,
  aTape,
  aVenue,
  conditionsFor,
  keysFor,
  MINUTE_US,
  nanoseconds,
  SECOND_US,
  seoul,
  someFacts,
} from './health-bench.ts';

const NOW = seoul('10:00:00');

test('a healthy recording has no alert, by day, at night, at the weekend and on a holiday', () => {
  expect(keysFor({})).toEqual([]);
  // Nothing comes while nothing trades: ages grow for days, and that is no alert. Christmas 2026 is a Friday.
  for (const nowUs of [seoul('23:00:00'), seoul('04:00:00'), seoul('12:00:00', '2026-11-21'), seoul('11:00:00', '2026-12-25')]) {
    const longAgo = nowUs - 70 * 3_600 * SECOND_US;
    const venue = aVenue(longAgo, { connections: [aConnection({ isUp: false })] });
    const status = aStatus({ state: 'parked', subscriptions: { wanted: 0, acknowledged: 0, seen: 0, refused: 0 }, channels: [] });
    expect(keysFor({ nowUs, startedAtUs: longAgo, tape: aTape(nowUs, venue), recently: aTape(longAgo, venue), status })).toEqual([]);
  }
});

test('the pause after the close is no silence, though the connection is held', () => {
  const nowUs = seoul('15:39:00');
  expect(keysFor({ nowUs, tape: aTape(nowUs, aVenue(seoul('15:30:00'))) })).toEqual([]);
  expect(keysFor({ nowUs: seoul('15:29:00'), tape: aTape(seoul('15:29:00'), aVenue(seoul('15:20:00'))) })).not.toEqual([]);
});

describe('silence', () => {
  test('of a channel while its market is open is told with its numbers', () => {
    const channels = [aChannel('H0STCNT0', NOW - 75 * SECOND_US), aChannel('H0STASP0', NOW - SECOND_US)];
    expect(conditionsFor({ venue: { channels } })).toMatchObject([
      {
        key: 'channel-silent/kis/H0STCNT0',
        severity: 'critical',
        venue: 'kis',
        message: expect.stringMatching(
          /silent for 75 s while krx-stock is open; 60 s is the most that is normal; its last frame came at 09:58:45/,
        ),
      },
    ]);
  });

  test('of a quiet symbol is no alarm: the channel speaks for all of its symbols', () => {
    const status = aStatus({ subscriptions: { wanted: 40, acknowledged: 40, seen: 1, refused: 0 } });
    expect(keysFor({ status })).toEqual([]);
  });

  test('counts from the opening of the market, not from the last frame of yesterday', () => {
    const setting = (time: string) => {
      const nowUs = seoul(time);
      const channels = [aChannel('H0STCNT0', seoul('15:29:00', '2026-11-19')), aChannel('H0STASP0', nowUs)];
      return { nowUs, startedAtUs: seoul('06:00:00'), tape: aTape(nowUs, aVenue(nowUs, { channels })) };
    };
    expect(keysFor(setting('08:49:00'))).toEqual([]);
    expect(keysFor(setting('08:50:59'))).toEqual([]);
    expect(keysFor(setting('08:51:01'))).toEqual(['channel-silent/kis/H0STCNT0']);
  });

  test('is not measured before this process began', () => {
    const channels = [aChannel('H0STCNT0', NOW - 30 * MINUTE_US), aChannel('H0STASP0', NOW)];
    expect(keysFor({ venue: { channels }, startedAtUs: NOW - 50 * SECOND_US })).toEqual([]);
  });

  test('of all channels of a connection that has had data is told of each: it is no test address', () => {
    const channels = [aChannel('H0STCNT0', NOW - 2 * MINUTE_US), aChannel('H0STASP0', NOW - 2 * MINUTE_US)];
    expect(keysFor({ venue: { channels } })).toEqual(['channel-silent/kis/H0STCNT0', 'channel-silent/kis/H0STASP0']);
  });

  test('of everything while the connection is down is one alert, not one for each channel', () => {
    const channels = [aChannel('H0STCNT0', NOW - 5 * MINUTE_US), aChannel('H0STASP0', NOW - 5 * MINUTE_US)];
    const connections = [aConnection({ isUp: false, lastFrameNs: nanoseconds(NOW - 5 * MINUTE_US) })];
    expect(keysFor({ venue: { channels, connections }, status: aStatus({ state: 'waiting' }) })).toEqual(['connection-down/kis/ws-1']);
  });

  test('of a channel that is not on the tape at all is found as well', () => {
    expect(keysFor({ venue: { channels: [aChannel('H0STASP0', NOW)] } })).toEqual(['channel-silent/kis/H0STCNT0']);
  });

  test('is not judged while the tape is not read up to now', () => {
    const old = NOW - 2 * MINUTE_US;
    const tape = aTape(NOW, aVenue(old), { lastRecordNs: nanoseconds(old), records: 4_000 });
    const found = findConditions(someFacts({ tape }), PROTOCOLS);
    expect(found.isBlind).toBe(true);
    expect(found.conditions.map(({ key }) => key)).toEqual(['monitor-behind']);
  });
});

describe('a connection', () => {
  test('that acknowledged everything and sends nothing is told: a test address', () => {
    const status = aStatus({ subscriptions: { wanted: 2, acknowledged: 2, seen: 0, refused: 0 } });
    const connections = [aConnection({ lastFrameNs: nanoseconds(NOW - SECOND_US) })];
    expect(conditionsFor({ venue: { channels: [], connections }, status })).toMatchObject([
      { key: 'no-data/kis/ws-1', severity: 'critical', holdMs: 60_000, message: expect.stringContaining('Is this the real address?') },
    ]);
  });

  test('that was kicked for good is critical at once, with the reason', () => {
    const connections = [aConnection({ isUp: false, stopped: 'R10001: the same key logged in elsewhere' })];
    expect(conditionsFor({ venue: { connections }, status: aStatus({ state: 'stopped' }) })).toMatchObject([
      { key: 'connection-stopped/kis/ws-1', severity: 'critical', holdMs: 0, message: expect.stringContaining('R10001') },
    ]);
  });

  test('that is down must be so for a minute, and is critical only where data are expected', () => {
    const venue = { connections: [aConnection({ isUp: false, connects: 4 })] };
    const status = aStatus({ state: 'waiting' });
    expect(conditionsFor({ venue, status })).toMatchObject([
      { severity: 'critical', holdMs: 60_000, message: expect.stringContaining('4 connects') },
    ]);
    // Subscriptions are held from 06:50 on, and nothing trades before 08:50.
    expect(conditionsFor({ nowUs: seoul('08:00:00'), venue, status })).toMatchObject([
      { key: 'connection-down/kis/ws-1', severity: 'warning' },
    ]);
  });

  test('whose subscriptions are not acknowledged, or refused, is told by channel', () => {
    const channels = [
      { channel: 'H0STCNT0', wanted: 3, acknowledged: 1, seen: 1, refused: 0 },
      { channel: 'H0STASP0', wanted: 2, acknowledged: 1, seen: 1, refused: 1 },
    ];
    const status = aStatus({ subscriptions: { wanted: 5, acknowledged: 2, seen: 2, refused: 1 }, channels });
    expect(conditionsFor({ status })).toMatchObject([
      {
        key: 'unacknowledged/kis/ws-1',
        holdMs: 60_000,
        title: expect.stringContaining('2 of 5'),
        message: expect.stringContaining('H0STCNT0 1 of 3'),
      },
      { key: 'refused/kis/ws-1', severity: 'warning', message: expect.stringContaining('(H0STASP0)') },
    ]);
  });

  test('that is connected again and again within an hour is a storm, however short each loss', () => {
    const reconnects = (count: number) => ({
      venue: { connections: [aConnection({ reconnects: [{ reason: 'OPSP8996: in use', count }] })] },
    });
    expect(keysFor(reconnects(5))).toEqual([]);
    expect(conditionsFor(reconnects(6))).toMatchObject([
      { key: 'reconnect-storm/kis/ws-1', message: expect.stringContaining('6 × OPSP8996') },
    ]);
    const hourAgo = aTape(NOW, aVenue(NOW, reconnects(4).venue));
    expect(keysFor({ ...reconnects(9), hourAgo })).toEqual([]);
  });
});

describe('a poll', () => {
  const rest = (lastUs: number | undefined) => [
    {
      type: 'stock-minute',
      results: [{ result: 'HTTP 500', count: 40 }],
      lastSuccessNs: lastUs === undefined ? undefined : nanoseconds(lastUs),
      duration: { counts: [], sumSeconds: 0 },
    },
  ];

  test('whose last good answer is older than its intervals is dead, whatever its status says', () => {
    expect(keysFor({ venue: { rest: rest(NOW - 99 * SECOND_US) } })).toEqual([]);
    expect(conditionsFor({ venue: { rest: rest(NOW - 101 * SECOND_US) } })).toMatchObject([
      { key: 'poll-dead/kis/stock-minute', severity: 'critical', message: expect.stringMatching(/every 10 s.*40 HTTP 500/) },
    ]);
    expect(conditionsFor({ venue: { rest: rest(undefined) } })).toMatchObject([
      { message: expect.stringContaining('there has been none') },
    ]);
  });

  test('of a closed market is not expected', () => {
    expect(keysFor({ nowUs: seoul('07:00:00'), venue: { rest: rest(seoul('15:30:00', '2026-11-19')) } })).toEqual([]);
  });

  test('is known by the recorder where the tape names its answers otherwise', () => {
    const status = aStatus();
    const pollers = [{ poller: 'rest-stock-minute', polls: 9, failed: 0, lastSuccessNs: String(nanoseconds(NOW - SECOND_US)) }];
    expect(keysFor({ venue: { rest: [] }, status: { ...status, venues: status.venues.map((venue) => ({ ...venue, pollers })) } })).toEqual(
      [],
    );
    expect(keysFor({ venue: { rest: [] }, status })).toEqual(['poll-dead/kis/stock-minute']);
  });
});

describe('what came lately', () => {
  const gap = (fromUs: number, toUs: number | undefined, reason = 'silent for 31 s') => ({
    connection: 'ws-1',
    channel: '',
    symbol: '',
    fromNs: nanoseconds(fromUs),
    toNs: toUs === undefined ? undefined : nanoseconds(toUs),
    reason,
  });

  test('frames that were not kept are critical, and only those since then count', () => {
    const dropped = [{ reason: 'shed', frames: 120 }];
    expect(conditionsFor({ venue: { dropped } })).toMatchObject([
      { key: 'frames-dropped/kis', severity: 'critical', title: 'kis: 120 frames were not kept' },
    ]);
    expect(keysFor({ venue: { dropped }, recently: aTape(NOW, aVenue(NOW, { dropped })) })).toEqual([]);
  });

  test('a hole is told with its times; one that is short, long ago, shed or while nothing trades is not', () => {
    const told = gap(NOW - 3 * MINUTE_US, NOW - 2 * MINUTE_US);
    expect(conditionsFor({ venue: { gaps: [told], gapTotal: 4 } })).toMatchObject([
      { key: 'gap/kis', message: 'In the last 10 min kis had ws-1 09:57:00–09:58:00 (silent for 31 s); 4 gaps in this session.' },
    ]);
    expect(keysFor({ venue: { gaps: [gap(NOW - MINUTE_US, undefined)] } })).toEqual(['gap/kis']);
    const others = [
      gap(NOW - 20 * MINUTE_US, NOW - 11 * MINUTE_US),
      gap(NOW - MINUTE_US, NOW - MINUTE_US + SECOND_US),
      gap(NOW - 3 * MINUTE_US, NOW - 2 * MINUTE_US, 'shed'),
    ];
    expect(keysFor({ venue: { gaps: others } })).toEqual([]);
    const night = seoul('22:00:00');
    expect(keysFor({ nowUs: night, venue: { gaps: [gap(night - 3 * MINUTE_US, night - MINUTE_US)] } })).toEqual([]);
  });

  test('decode failures and drift are told by count', () => {
    const channels = [aChannel('H0STCNT0', NOW, { decodeFailures: 7 }), aChannel('H0STASP0', NOW)];
    expect(conditionsFor({ venue: { decodeFailures: 7, drift: 2, channels } })).toMatchObject([
      { key: 'decode-failures/kis', message: expect.stringContaining('7 frames of kis (H0STCNT0 7)') },
      { key: 'drift/kis', message: expect.stringContaining('2 fields') },
    ]);
  });

  test('late trades count as a share of events, once there are enough of them', () => {
    const late = (lateTrades: number, events: number) =>
      keysFor({
        venue: {
          lateTrades,
          channels: [aChannel('H0STCNT0', NOW, { delay: { counts: [events], sumSeconds: 1 } }), aChannel('H0STASP0', NOW)],
        },
      });
    expect(late(50, 99)).toEqual([]);
    expect(late(10, 1_000)).toEqual([]);
    expect(late(11, 1_000)).toEqual(['late-trades/kis']);
  });

  test('missing volume is told by symbol: several records of a frame read as one', () => {
    const audit = (missing: number) => [
      { symbol: '005930', day: 20_777, venueTotal: 10_000, seen: 10_000 - missing, missing },
      { symbol: '000660', day: 20_777, venueTotal: 5_000, seen: 5_000, missing: 0 },
    ];
    expect(keysFor({ venue: { volumeAudit: audit(10) } })).toEqual([]);
    expect(conditionsFor({ venue: { volumeAudit: audit(4_000) } })).toMatchObject([
      { key: 'volume-missing/kis', message: expect.stringContaining('005930 4000 of 10000 (40 %)') },
    ]);
    expect(keysFor({ venue: { volumeAudit: audit(4_000) }, recently: aTape(NOW, aVenue(NOW, { volumeAudit: audit(4_000) })) })).toEqual([]);
  });

  test('a receive clock behind the venue is critical, one far ahead a warning; both need samples and an open market', () => {
    const clock = (medianUs: number, samples = 1_000) => ({ venue: { clock: { samples, minUs: medianUs - 5_000, medianUs } } });
    expect(conditionsFor(clock(-250_000))).toMatchObject([
      { key: 'clock-behind/kis', severity: 'critical', message: expect.stringContaining('-250 ms') },
    ]);
    expect(conditionsFor(clock(12_000_000))).toMatchObject([{ key: 'clock-ahead/kis', severity: 'warning' }]);
    expect(keysFor(clock(-150_000))).toEqual([]);
    expect(keysFor(clock(-250_000, 50))).toEqual([]);
    expect(keysFor({ ...clock(-250_000), nowUs: seoul('22:00:00') })).toEqual([]);
  });
});

describe('the machine', () => {
  test('says that the disk is low, and when it will be full', () => {
    const keysWith = (disk: ReturnType<typeof aDisk>) => keysFor({ status: aStatus({}, { disk }) });
    expect(keysWith(aDisk({ freeBytes: 1e9 }))).toEqual(['disk-low']);
    expect(keysWith(aDisk({ shedTier: 3 }))).toEqual(['disk-low']);
    expect(keysFor({ tape: aTape(NOW, aVenue(NOW), { isDiskLow: true }) })).toEqual(['disk-low']);
    const fullIn = (hours: number) => aDisk({ bytesPerSecond: 1e6, fullAtNs: nanoseconds(NOW + hours * 60 * MINUTE_US) });
    expect(conditionsFor({ status: aStatus({}, { disk: fullIn(10) }) })).toMatchObject([
      {
        key: 'disk-forecast',
        severity: 'warning',
        title: 'The disk will be full at 20:00',
        message: expect.stringContaining('3.4 GiB an hour'),
      },
    ]);
    expect(keysWith(fullIn(13))).toEqual([]);
    expect(keysWith({ ...aDisk(), freeBytes: undefined })).toEqual([]);
  });

  test('says that frames wait for the disk, and that the loop stood still', () => {
    expect(conditionsFor({ status: aStatus({}, { waitingBytes: 20 * 1024 * 1024 }) })).toMatchObject([
      { key: 'write-queue', holdMs: 10_000, message: expect.stringContaining('31 %') },
    ]);
    expect(keysFor({ loopDelayMs: 3_500 })).toEqual(['loop-stalled']);
  });

  test('tells ticks that are missing on the tape from a monitor that is behind', () => {
    const tape = (records: number): TapeHealth => aTape(NOW, aVenue(NOW), { records, lastRecordNs: nanoseconds(NOW - 40 * SECOND_US) });
    expect(conditionsFor({ tape: tape(5_000) })).toMatchObject([{ key: 'tape-stalled', severity: 'critical' }]);
    expect(conditionsFor({ tape: tape(3_000) })).toMatchObject([
      { key: 'monitor-behind', severity: 'warning', message: expect.stringContaining('2000 records') },
    ]);
    expect(keysFor({ tape: undefined, startedAtUs: NOW - 20 * SECOND_US })).toEqual([]);
    expect(keysFor({ tape: undefined, startedAtUs: NOW - 40 * SECOND_US })).toEqual(['monitor-behind']);
  });

  test('tells a restart in mid-session with the hole it made, for ten minutes', () => {
    const startedAtUs = NOW - MINUTE_US;
    const gaps = [
      {
        connection: 'ws-1',
        channel: '',
        symbol: '',
        fromNs: nanoseconds(startedAtUs - MINUTE_US),
        toNs: nanoseconds(startedAtUs + 2 * SECOND_US),
        reason: 'the recorder was not running',
      },
    ];
    const tape = aTape(NOW, aVenue(NOW, { gaps, gapTotal: 1 }), { restarts: 1 });
    expect(conditionsFor({ tape, startedAtUs })).toMatchObject([
      { key: 'restarted', message: expect.stringContaining('Nothing was recorded from 09:58:00') },
      { key: 'gap/kis' },
    ]);
    expect(keysFor({ tape: aTape(NOW, aVenue(NOW), { restarts: 1 }), startedAtUs: NOW - 11 * MINUTE_US })).toEqual([]);
  });

  test('tells a token that polls need and nobody renewed', () => {
    const expiring = (leftMs: number) => {
      const status = aStatus();
      const grants = [{ key: 'main', grant: 'token', expiresAtMs: NOW / 1_000 + leftMs }];
      return findConditions(someFacts({ status: { ...status, venues: status.venues.map((venue) => ({ ...venue, grants })) } }), PROTOCOLS)
        .conditions;
    };
    expect(expiring(6 * 60_000)).toEqual([]);
    expect(expiring(4 * 60_000)).toMatchObject([
      { key: 'token/kis/main/token', severity: 'critical', title: expect.stringContaining('expires in 4 min') },
    ]);
  });
});

test('a session that has ended has no alert', () => {
  expect(
    keysFor({
      tape: aTape(NOW, aVenue(NOW - 3_600 * SECOND_US), { isClosed: true }),
      status: aStatus({}, { disk: aDisk({ freeBytes: 1 }) }),
    }),
  ).toEqual([]);
});
