import type { LateDay } from '#domain';
import type { RetentionPolicy } from '#storage';
import type { Credentials, Subscription, VenueHosts } from '#venues';

/** Everything a recording does, resolved: made from the configuration by the planner, shown by `config check`, done by the recorder. */
export interface RecordingPlan {
  readonly dataDir: string;
  readonly session: string;
  readonly venues: readonly VenuePlan[];
  /** Days without a session, by market, as `YYYY-MM-DD` of the market's own time zone. */
  readonly holidays: Readonly<Record<string, readonly string[]>>;
  /** Days (KST) that start an hour late; with `holidays` it makes the calendar (`planHolidays`). */
  readonly lateDays: Readonly<Record<string, LateDay>>;
  readonly limits: RecordingLimits;
  /** Of the zone that times are told in, east of UTC; Korean time where it is absent. */
  readonly zoneOffsetUs?: number;
  /** What is copied and removed of closed sessions; absent where nothing is. */
  readonly retention?: RetentionPolicy;
  /** When the recording ends by itself, microseconds since the epoch; absent where only a signal ends it. */
  readonly stopAtUs?: number;
  /** Record only in these windows, day after day (`nextRun`); empty where it runs at once and through. */
  readonly schedule: readonly ScheduleWindow[];
}

/** Which days a window starts on: `krx` those on which Korean stocks trade, `krx-night` those on which a night session starts. */
export type ScheduleDays = 'krx' | 'krx-night' | 'weekdays' | 'daily' | readonly Weekday[];

/** As JavaScript and POSIX count them: 0 is Sunday. */
export type Weekday = 0 | 1 | 2 | 3 | 4 | 5 | 6;

export interface ScheduleWindow {
  readonly days: ScheduleDays;
  /** Microseconds after the local midnight of the day on which the window starts; past 24 h where it ends on the next. */
  readonly startUs: number;
  readonly stopUs: number;
  /** Of the local midnight, east of UTC. */
  readonly zoneOffsetUs: number;
}

export interface VenuePlan {
  readonly venue: string;
  /** `real`, `mock`. */
  readonly environment: string;
  /** Base addresses, with what the configuration overrides. */
  readonly hosts: VenueHosts;
  /** Addresses to use instead of those named by a request's `host` (master files). */
  readonly hostOverrides: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  readonly keys: readonly KeyPlan[];
  readonly connections: readonly ConnectionPlan[];
  readonly polls: readonly PollPlan[];
  /** Slots kept for symbols that only the recording finds out; the recorder adds their subscriptions while it runs. */
  readonly rooms: readonly RoomPlan[];
  /** Names that people gave to symbols, by symbol. */
  readonly names: Readonly<Record<string, string>>;
  /** Symbols whose masters are wanted, where the venue asks for them one by one. */
  readonly masterSymbols: readonly string[];
}

/** One set of credentials; `none` for venues that need none. */
export interface KeyPlan {
  readonly name: string;
  readonly credentials: Credentials;
  /** Calls a second by REST with this key; the venue's own limit unless the configuration says less. */
  readonly restCallsPerSecondMax: number;
}

export interface ConnectionPlan {
  /** Unique within the venue, on every record of the connection: `ws-1`, `public-1`. */
  readonly name: string;
  /** `SocketProtocol.name`. */
  readonly socket: string;
  /** `KeyPlan.name`. */
  readonly key: string;
  readonly subscriptions: readonly PlannedSubscription[];
  /** Slots taken at the busiest time of the day, rooms included, and how many there are. */
  readonly slotsUsed: number;
  readonly slotsMax: number;
}

/** Strikes around the money of a maturity, or the results of a condition search. */
export interface RoomPlan {
  readonly kind: 'option-chain' | 'condition';
  /** What records and messages call it: `option chain 202612 WKI`, `condition 4`. Unique within the venue. */
  readonly name: string;
  /** What finding the symbols needs. `option-chain`: `maturity`, `class` (KIS) or `per` (`option`, or `expiry` for boards), `underlying`, `expiries`, `strikes` (Coincall). `condition`: `seq`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Stands behind a found code to name the exchange: `_NX`; mostly empty. */
  readonly symbolSuffix: string;
  /** What each symbol is subscribed to, and when, most important first. */
  readonly channels: readonly { readonly channel: string; readonly market: string; readonly priority: number }[];
  /** Symbols of one unit, which stay together: call and put of a strike are 2, a search result is 1. */
  readonly symbolsPerUnit: number;
  /** How many units each connection has room for, most important first; a channel goes to the connection that carries it. */
  readonly places: readonly { readonly connection: string; readonly units: number }[];
}

export interface PlannedSubscription {
  readonly subscription: Subscription;
  /** Lower is more important: the last are shed first, and given up first when slots are short. */
  readonly priority: number;
  /** Wanted only while this market's subscription window is open (`domain/calendar.ts`): `krx-night`, … or `always`. */
  readonly market: string;
}

export interface PollPlan {
  /** `PollRule.name`. */
  readonly rule: string;
  readonly key: string;
  readonly targets: readonly string[];
  readonly intervalMs: number;
  readonly options: Readonly<Record<string, string>>;
  /** Polled only while this market expects data, or `always`. */
  readonly market: string;
}

export interface RecordingLimits {
  /** Bytes appended and not yet written, above which frames are shed by priority; the very last resort. */
  readonly waitingBytesMax: number;
  /** Acknowledgements or first data missing for so long after the connect, while the market is open, end a start-up with an error. */
  readonly startupTimeoutMs: number;
  /** Below this much free disk the recorder says so and stops taking new frames of the lowest priorities. */
  readonly diskFreeMinBytes: number;
}
