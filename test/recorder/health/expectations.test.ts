import { describe, expect, test } from 'vitest';
import { checkRecorderConfig } from '../../../recorder/config/parse-config.ts';
import type { RecorderConfig } from '../../../recorder/config/recorder-config.ts';
import { Expectations } from '../../../recorder/health/expectations.ts';
import { planRecording } from '../../../recorder/plan/plan-recording.ts';
import { SCRIPTED_PROTOCOLS, SCRIPTED_VARIABLES } from '../../fixtures/scripted-protocol.ts';
import { seoul } from './health-bench.ts';

function expectationsOf(config: RecorderConfig): Expectations {
  const plan = planRecording(checkRecorderConfig(config, 'the test'), {
    protocols: SCRIPTED_PROTOCOLS,
    variables: SCRIPTED_VARIABLES,
    nowUs: seoul('09:00:00'),
  });
  return new Expectations(plan, SCRIPTED_PROTOCOLS);
}

const NIGHT = expectationsOf({
  kis: { stocks: [{ code: '005930', channels: ['trade'] }], derivatives: [{ code: 'A01612', channels: ['trade'] }] },
});

/** Channels that are expected, and when their market opened in Seoul. */
function expectedAt(expectations: Expectations, nowUs: number): Readonly<Record<string, string>> {
  const channels = expectations.at(nowUs).flatMap((venue) => venue.channels);
  return Object.fromEntries(
    channels.flatMap(({ channel, sinceUs }) =>
      sinceUs === undefined ? [] : [[channel, new Date(sinceUs / 1_000 + 9 * 3_600_000).toISOString().slice(11, 16)]],
    ),
  );
}

describe('what is expected', () => {
  test('follows the calendar of each channel through day, after-market and night', () => {
    expect(expectedAt(NIGHT, seoul('08:00:00'))).toEqual({});
    expect(expectedAt(NIGHT, seoul('10:00:00'))).toEqual({ H0STCNT0: '09:00', H0IFCNT0: '08:45' });
    expect(expectedAt(NIGHT, seoul('15:41:00'))).toEqual({});
    expect(expectedAt(NIGHT, seoul('19:00:00'))).toEqual({ H0STCNT0: '16:00', H0MFCNT0: '18:00' });
    expect(expectedAt(NIGHT, seoul('03:00:00', '2026-11-21'))).toEqual({ H0MFCNT0: '18:00' });
    expect(expectedAt(NIGHT, seoul('12:00:00', '2026-11-21'))).toEqual({});
    expect(NIGHT.expected('kis', seoul('10:00:00'))).toBe(true);
    expect(NIGHT.expected('kis', seoul('10:00:00', '2026-11-22'))).toBe(false);
  });

  test('of a connection is that it is up from its lead to its trail', () => {
    const isWanted = (time: string) => NIGHT.at(seoul(time))[0]!.connections[0]!.isWanted;
    expect([isWanted('06:00:00'), isWanted('06:55:00'), isWanted('15:52:00'), isWanted('20:10:00')]).toEqual([true, true, true, true]);
    const day = expectationsOf({ kis: { stocks: [{ code: '005930', channels: ['trade'] }] } });
    expect(['06:40:00', '06:55:00', '20:10:00'].map((time) => day.at(seoul(time))[0]!.connections[0]!.isWanted)).toEqual([
      false,
      true,
      false,
    ]);
  });

  test('of a venue that never closes is data at any time', () => {
    const crypto = expectationsOf({ 'binance-spot': { symbols: [{ symbol: 'BTCUSDT', channels: ['trade'] }] } });
    expect(crypto.at(seoul('04:00:00', '2026-12-25'))).toMatchObject([
      { isDataExpected: true, channels: [{ channel: 'trade', sinceUs: 0 }] },
    ]);
  });

  test('of a condition search is nothing until it has found something; of an option chain it is data', () => {
    const search = expectationsOf({ kiwoom: { conditions: [{ seq: '4', channels: ['trade'], max: 10 }] } });
    expect(search.at(seoul('10:00:00'))[0]?.channels.find(({ channel }) => channel === '0B')).toMatchObject({ isPlanned: false });
    const chain = expectationsOf({ kis: { chains: [{ maturity: '202612', strikes: 4, channels: ['trade'] }] } });
    expect(chain.at(seoul('10:00:00'))).toMatchObject([{ isDataExpected: true, connections: [{ isWanted: true, isPlanned: true }] }]);
  });

  test('of polls keeps their market and interval', () => {
    const polls = expectationsOf({ kis: { stocks: [{ code: '005930', interval: '1m', every: '5s' }] } });
    expect(polls.at(seoul('10:00:00'))[0]?.polls).toEqual([{ rule: 'stock-minute', intervalMs: 5_000, sinceUs: seoul('09:00:00') }]);
    expect(polls.at(seoul('22:00:00'))[0]?.polls).toMatchObject([{ sinceUs: undefined }]);
  });
});
