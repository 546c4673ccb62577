import type { ChannelHealth, ConnectionHealth, TapeHealth, VenueHealth } from '#domain';
import { checkRecorderConfig } from '../../../recorder/config/parse-config.ts';
import type { DiskStatus } from '../../../recorder/guard/disk-guard.ts';
import type { Condition } from '../../../recorder/health/alert.ts';
import { findConditions } from '../../../recorder/health/alert-rules.ts';
import { Expectations } from '../../../recorder/health/expectations.ts';
import type { HealthFacts } from '../../../recorder/health/health-facts.ts';
import { DEFAULT_THRESHOLDS } from '../../../recorder/plan/plan-health.ts';
import { planRecording } from '../../../recorder/plan/plan-recording.ts';
import type { RecordingPlan } from '../../../recorder/plan/recording-plan.ts';
import type { RecordingStatus } from '../../../recorder/record/recorder.ts';
import type { ConnectionStatus } from '../../../recorder/record/venue-recorder.ts';
import { SCRIPTED_PROTOCOLS, SCRIPTED_VARIABLES } from '../../fixtures/scripted-protocol.ts';

const KST_MS = 9 * 3_600_000;
export const SECOND_US = 1_000_000;
export const MINUTE_US = 60 * SECOND_US;

/** Wall time of a clock in Seoul, microseconds. 2026-11-20 is a Friday. */
export function seoul(time: string, date = '2026-11-20'): number {
  return (Date.parse(`${date}T${time}Z`) - KST_MS) * 1_000;
}

/** One stock with trades and books, whose minute bars are polled; channels may be silent for a minute. */
export const KIS_PLAN: RecordingPlan = planRecording(
  checkRecorderConfig(
    { session: { name: 'watched' }, kis: { stocks: [{ code: '005930', channels: ['trade', 'book'], interval: '1m', every: '10s' }] } },
    'the test',
  ),
  { protocols: SCRIPTED_PROTOCOLS, variables: SCRIPTED_VARIABLES, nowUs: seoul('09:00:00') },
);

export const NO_DELAY = { counts: [], sumSeconds: 0 };

export function aChannel(channel: string, lastUs: number, more: Partial<ChannelHealth> = {}): ChannelHealth {
  return { channel, frames: 1_000, bytes: 100_000, lastFrameNs: nanoseconds(lastUs), decodeFailures: 0, delay: NO_DELAY, ...more };
}

export function aConnection(more: Partial<ConnectionHealth> = {}): ConnectionHealth {
  return { connection: 'ws-1', isUp: true, connects: 1, reconnects: [], lastFrameNs: undefined, stopped: undefined, ...more };
}

/** A venue that is well: everything came a second ago. */
export function aVenue(nowUs: number, more: Partial<VenueHealth> = {}): VenueHealth {
  const lastUs = nowUs - SECOND_US;
  return {
    venue: 'kis',
    firstFrameNs: nanoseconds(nowUs - 3_600 * SECOND_US),
    lastFrameNs: nanoseconds(lastUs),
    rows: 2_000,
    frames: 2_000,
    bytes: 200_000,
    channels: [aChannel('H0STCNT0', lastUs), aChannel('H0STASP0', lastUs)],
    connections: [aConnection({ lastFrameNs: nanoseconds(lastUs) })],
    gaps: [],
    gapTotal: 0,
    dropped: [],
    decodeFailures: 0,
    lateTrades: 0,
    drift: 0,
    clock: { samples: 1_000, minUs: 2_000, medianUs: 20_000 },
    rest: [{ type: 'stock-minute', results: [{ result: 'ok', count: 100 }], lastSuccessNs: nanoseconds(lastUs), duration: NO_DELAY }],
    volumeAudit: [],
    ...more,
  };
}

export function aTape(nowUs: number, venue: VenueHealth = aVenue(nowUs), more: Partial<TapeHealth> = {}): TapeHealth {
  return {
    session: 'watched',
    records: 5_000,
    lastRecordNs: nanoseconds(nowUs - SECOND_US),
    backwardTimes: 0,
    venues: [venue],
    isClosed: false,
    restarts: 0,
    isDiskLow: false,
    ...more,
  };
}

export function aDisk(more: Partial<DiskStatus> = {}): DiskStatus {
  return {
    freeBytes: 500e9,
    freeBytesMin: KIS_PLAN.limits.diskFreeMinBytes,
    bytesPerSecond: 100_000,
    shedTier: Number.POSITIVE_INFINITY,
    ...more,
  };
}

export function aStatus(connection: Partial<ConnectionStatus> = {}, more: Partial<RecordingStatus> = {}): RecordingStatus {
  const counts = { wanted: 2, acknowledged: 2, seen: 2, refused: 0 };
  return {
    records: 5_000,
    waitingBytes: 0,
    framesShed: 0,
    disk: aDisk(),
    venues: [
      {
        venue: 'kis',
        connections: [
          {
            connection: 'ws-1',
            state: 'open',
            subscriptions: counts,
            channels: ['H0STCNT0', 'H0STASP0'].map((channel) => ({ channel, wanted: 1, acknowledged: 1, seen: 1, refused: 0 })),
            connects: 1,
            frames: 2_000,
            lastFrameNs: '0',
            ...connection,
          },
        ],
        pollers: [],
        grants: [],
      },
    ],
    ...more,
  };
}

export interface FactsSetting extends Partial<HealthFacts> {
  readonly plan?: RecordingPlan;
  /** Changes the healthy venue of the tape. */
  readonly venue?: Partial<VenueHealth>;
}

/** A recording that is well in every way, but for what the test says. */
export function someFacts({ plan = KIS_PLAN, venue, ...more }: FactsSetting = {}): HealthFacts {
  const nowUs = more.nowUs ?? seoul('10:00:00');
  const expectations = new Expectations(plan, SCRIPTED_PROTOCOLS);
  const before = aTape(nowUs - 10 * MINUTE_US);
  return {
    nowUs,
    startedAtUs: nowUs - 60 * MINUTE_US,
    zoneOffsetUs: KST_MS * 1_000,
    session: 'watched',
    isMonitored: true,
    tape: aTape(nowUs, aVenue(nowUs, venue)),
    tapeAtUs: nowUs,
    recently: before,
    hourAgo: before,
    status: aStatus(),
    venues: expectations.at(nowUs),
    wasExpected: (name, timeUs) => expectations.expected(name, timeUs),
    loopDelayMs: 12,
    limits: plan.limits,
    thresholds: DEFAULT_THRESHOLDS,
    ...more,
  };
}

export function conditionsFor(setting: FactsSetting): readonly Condition[] {
  return findConditions(someFacts(setting), SCRIPTED_PROTOCOLS).conditions;
}

export function keysFor(setting: FactsSetting): readonly string[] {
  return conditionsFor(setting).map(({ key }) => key);
}

export function nanoseconds(timeUs: number): bigint {
  return BigInt(timeUs) * 1_000n;
}
