import { DELAY_BOUNDS_SECONDS, type DelayHistogram } from '#domain';
import type { RecordingStatus } from '../record/recorder.ts';
import type { ChannelStatus } from '../record/venue-recorder.ts';
import type { HealthFacts } from './health-facts.ts';
import { reasonLabel } from './reconnect-reason.ts';

/** One line of the exposition. `metricName` is set where it is not the family's name (`…_bucket`). */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: (facts: MetricFacts) => readonly MetricSample[];
}

/** What the metrics are written from: the tape's counts, so that `/metrics` and `inspect` say the same numbers. */
export interface MetricFacts extends Pick<HealthFacts, 'tape' | 'status' | 'venues'> {
  readonly commits: DelayHistogram | undefined;
  /** Names of the grants that REST calls of a venue need: only these are renewed while it records. */
  readonly restGrants: (venue: string) => readonly string[];
  readonly version: string;
}

/** Channels of a label beyond this are added up under `other`: a broken decoder must not flood whoever scrapes. */
const CHANNELS_MAX = 200;

/** All metrics of a recorder but those of the process, in the order of `docs/operations.md`. */
export const METRIC_FAMILIES: readonly MetricFamily[] = [
  {
    name: 'recorder_messages_total',
    help: 'Frames on the tape.',
    type: 'counter',
    samples: (facts) => ofChannels(facts, ({ frames }) => frames),
  },
  {
    name: 'recorder_received_bytes_total',
    help: 'Payload bytes of the frames on the tape.',
    type: 'counter',
    samples: (facts) => ofChannels(facts, ({ bytes }) => bytes),
  },
  {
    name: 'recorder_dropped_messages_total',
    help: 'Frames that came and were not kept; 0 on a healthy night.',
    type: 'counter',
    samples: ({ tape, venues }) =>
      venues.flatMap(({ venue }) => {
        const dropped = tape?.venues.find((found) => found.venue === venue)?.dropped ?? [];
        const none = dropped.some(({ reason }) => reason === 'shed') ? [] : [{ labels: { venue, reason: 'shed' }, value: 0 }];
        return [...none, ...dropped.map(({ reason, frames }) => ({ labels: { venue, reason }, value: frames }))];
      }),
  },
  {
    name: 'recorder_sequence_gaps_total',
    help: 'Holes in the tape, each with its record.',
    type: 'counter',
    samples: (facts) => ofVenues(facts, ({ gapTotal }) => gapTotal),
  },
  {
    name: 'recorder_decode_failures_total',
    help: 'Frames that could not be decoded; they are on the tape.',
    type: 'counter',
    samples: (facts) => decodeFailures(facts),
  },
  {
    name: 'recorder_reconnects_total',
    help: 'Reconnects by the reason of the loss before.',
    type: 'counter',
    samples: (facts) => reconnects(facts),
  },
  {
    name: 'recorder_connection_up',
    help: '1 while the connection is open.',
    type: 'gauge',
    samples: ({ tape }) =>
      (tape?.venues ?? []).flatMap(({ venue, connections }) =>
        connections.map(({ connection, isUp }) => ({ labels: { venue, connection }, value: isUp ? 1 : 0 })),
      ),
  },
  {
    name: 'recorder_session_expected',
    help: '1 while the calendar says that data should come.',
    type: 'gauge',
    samples: ({ venues }) => venues.map(({ venue, isDataExpected }) => ({ labels: { venue }, value: isDataExpected ? 1 : 0 })),
  },
  {
    name: 'recorder_last_message_timestamp_seconds',
    help: 'Receive time of the last frame.',
    type: 'gauge',
    samples: (facts) => ofChannels(facts, ({ lastFrameNs }) => secondsOf(lastFrameNs), Math.max),
  },
  {
    name: 'recorder_exchange_to_receive_seconds',
    help: "From the venue's time of an event to its receipt.",
    type: 'histogram',
    samples: ({ tape }) =>
      (tape?.venues ?? []).flatMap(({ venue, channels }) =>
        channels
          .slice(0, CHANNELS_MAX)
          .flatMap(({ channel, delay }) => histogram('recorder_exchange_to_receive_seconds', { venue, channel }, delay)),
      ),
  },
  {
    name: 'recorder_write_queue_bytes',
    help: 'Bytes appended and not written yet.',
    type: 'gauge',
    samples: ({ status }) => [{ labels: {}, value: status.waitingBytes }],
  },
  {
    name: 'recorder_commit_seconds',
    help: 'What it takes to make written records durable.',
    type: 'histogram',
    samples: ({ commits }) => (commits === undefined ? [] : histogram('recorder_commit_seconds', {}, commits)),
  },
  {
    name: 'recorder_disk_free_bytes',
    help: 'Free space of the disk of the data folder.',
    type: 'gauge',
    samples: ({ status: { disk } }) => (disk.freeBytes === undefined ? [] : [{ labels: {}, value: disk.freeBytes }]),
  },
  {
    name: 'recorder_clock_offset_seconds',
    help: 'Receive clock minus venue clock, the median of the last samples; negative when ours is behind.',
    type: 'gauge',
    samples: ({ tape }) =>
      (tape?.venues ?? [])
        .filter(({ clock }) => clock.samples > 0)
        .map(({ venue, clock }) => ({ labels: { venue }, value: clock.medianUs / 1_000_000 })),
  },
  {
    name: 'recorder_token_expiry_timestamp_seconds',
    help: 'When the first of the tokens that REST calls need expires.',
    type: 'gauge',
    samples: ({ status, restGrants }) =>
      status.venues.flatMap(({ venue, grants }) => {
        const needed = grants.filter(({ grant }) => restGrants(venue).includes(grant));
        return needed.length === 0 ? [] : [{ labels: { venue }, value: Math.min(...needed.map(({ expiresAtMs }) => expiresAtMs)) / 1_000 }];
      }),
  },
  {
    name: 'recorder_subscriptions',
    help: 'Subscriptions that are wanted, acknowledged, and have had data since the connect.',
    type: 'gauge',
    samples: ({ status }) => subscriptions(status),
  },
  {
    name: 'recorder_rest_requests_total',
    help: 'REST calls by type of data and result.',
    type: 'counter',
    samples: ({ tape }) =>
      (tape?.venues ?? []).flatMap(({ venue, rest }) =>
        rest.flatMap(({ type, results }) => results.map(({ result, count }) => ({ labels: { venue, type, result }, value: count }))),
      ),
  },
  {
    name: 'recorder_rest_seconds',
    help: 'From a REST request to its answer.',
    type: 'histogram',
    samples: ({ tape }) =>
      (tape?.venues ?? []).flatMap(({ venue, rest }) =>
        rest.flatMap(({ type, duration }) => histogram('recorder_rest_seconds', { venue, type }, duration)),
      ),
  },
  {
    name: 'recorder_rest_last_success_timestamp_seconds',
    help: 'When the last good answer of a type of data came.',
    type: 'gauge',
    samples: ({ tape }) =>
      (tape?.venues ?? []).flatMap(({ venue, rest }) =>
        rest.flatMap(({ type, lastSuccessNs }) =>
          lastSuccessNs === undefined ? [] : [{ labels: { venue, type }, value: secondsOf(lastSuccessNs) }],
        ),
      ),
  },
  {
    name: 'recorder_build_info',
    help: 'Version of tapedeck and of Node.',
    type: 'gauge',
    samples: ({ version }) => [{ labels: { version, node: process.version }, value: 1 }],
  },
];

type Tape = NonNullable<MetricFacts['tape']>;
type VenueOf = Tape['venues'][number];
type ChannelOf = VenueOf['channels'][number];

function ofVenues({ tape }: MetricFacts, value: (venue: VenueOf) => number): readonly MetricSample[] {
  return (tape?.venues ?? []).map((venue) => ({ labels: { venue: venue.venue }, value: value(venue) }));
}

function ofChannels(
  { tape }: MetricFacts,
  value: (channel: ChannelOf) => number,
  join: (a: number, b: number) => number = (a, b) => a + b,
): readonly MetricSample[] {
  return (tape?.venues ?? []).flatMap(({ venue, channels }) => {
    const rest = channels.slice(CHANNELS_MAX);
    return [
      ...channels.slice(0, CHANNELS_MAX).map((channel) => ({ labels: { venue, channel: channel.channel }, value: value(channel) })),
      ...(rest.length === 0 ? [] : [{ labels: { venue, channel: 'other' }, value: rest.map(value).reduce(join) }]),
    ];
  });
}

/** What no channel owns (REST answers, frames of no channel) is under the empty channel, so that the sum is the tape's. */
function decodeFailures(facts: MetricFacts): readonly MetricSample[] {
  const rest = (facts.tape?.venues ?? []).flatMap(({ venue, decodeFailures, channels }) => {
    const owned = channels.reduce((sum, channel) => sum + channel.decodeFailures, 0);
    const isTaken = channels.some(({ channel }) => channel === '');
    return isTaken || decodeFailures === owned ? [] : [{ labels: { venue, channel: '' }, value: decodeFailures - owned }];
  });
  return [...ofChannels(facts, (channel) => channel.decodeFailures), ...rest];
}

function reconnects({ tape }: MetricFacts): readonly MetricSample[] {
  return (tape?.venues ?? []).flatMap(({ venue, connections }) => {
    const byReason = new Map<string, number>();
    for (const { reason, count } of connections.flatMap((connection) => connection.reconnects)) {
      const label = reasonLabel(reason);
      byReason.set(label, (byReason.get(label) ?? 0) + count);
    }
    return [...byReason].map(([reason, value]) => ({ labels: { venue, reason }, value }));
  });
}

const STATES = ['wanted', 'acknowledged', 'seen'] as const;

function subscriptions(status: RecordingStatus): readonly MetricSample[] {
  return status.venues.flatMap(({ venue, connections }) => {
    const byChannel = new Map<string, Pick<ChannelStatus, (typeof STATES)[number]>>();
    for (const { channel, wanted, acknowledged, seen } of connections.flatMap(({ channels }) => channels)) {
      const sum = byChannel.get(channel) ?? { wanted: 0, acknowledged: 0, seen: 0 };
      byChannel.set(channel, { wanted: sum.wanted + wanted, acknowledged: sum.acknowledged + acknowledged, seen: sum.seen + seen });
    }
    return [...byChannel].flatMap(([channel, counts]) =>
      STATES.map((state) => ({ labels: { venue, channel, state }, value: counts[state] })),
    );
  });
}

/** Buckets as Prometheus wants them: each holds all below its bound. */
function histogram(
  name: string,
  labels: Readonly<Record<string, string>>,
  { counts, sumSeconds }: DelayHistogram,
): readonly MetricSample[] {
  let sum = 0;
  const buckets = [...DELAY_BOUNDS_SECONDS, '+Inf'].map((le, index) => {
    sum += counts[index] ?? 0;
    return { labels: { ...labels, le }, value: sum, metricName: `${name}_bucket` };
  });
  return [...buckets, { labels, value: sumSeconds, metricName: `${name}_sum` }, { labels, value: sum, metricName: `${name}_count` }];
}

function secondsOf(ns: bigint): number {
  return Number(ns / 1_000n) / 1_000_000;
}
