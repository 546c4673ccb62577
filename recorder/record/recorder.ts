import { setMaxListeners } from 'node:events';
import { type Clock, isSubscriptionWindow, type MarketHolidays, marketPhase, TapedeckError } from '#domain';
import type { ClosedJournal } from '#storage';
import type { Cipher, Subscription, Venue, VenueProtocol } from '#venues';
import { DiskGuard, type DiskStatus } from '../guard/disk-guard.ts';
import { KEPT_TIER, shedTiers } from '../guard/shed-tiers.ts';
import type { Random } from '../net/backoff.ts';
import type { CallHttp } from '../net/http.ts';
import type { OpenSocket } from '../net/socket.ts';
import type { RecordingPlan } from '../plan/recording-plan.ts';
import { planHolidays } from '../plan/schedule.ts';
import { FollowedJournal, type RecordFollower } from './followed-journal.ts';
import type { GrantStore } from './grant-store.ts';
import type { TellRecorder } from './observer.ts';
import { startupProblems } from './startup-check.ts';
import { type RecordingJournal, TapeRecorder } from './tape-recorder.ts';
import { VenueRecorder, type VenueStatus } from './venue-recorder.ts';

/** The journal of one session, new or reopened. */
export interface SessionJournal extends RecordingJournal {
  readonly reopenedAfterNs: bigint;
  close(): Promise<ClosedJournal>;
  abandon(): Promise<void>;
}

export interface RecordingOptions {
  readonly plan: RecordingPlan;
  readonly journal: SessionJournal;
  readonly venues: ReadonlyMap<string, Venue>;
  readonly protocols: ReadonlyMap<string, VenueProtocol>;
  readonly clock: Clock;
  readonly random: Random;
  readonly openSocket: OpenSocket;
  readonly callHttp: CallHttp;
  readonly cipher: Cipher;
  readonly grantStore: GrantStore;
  readonly tell: TellRecorder;
  /** Bytes free on the disk of the data folder; asked every few seconds. */
  readonly freeBytes: () => Promise<number>;
  /** Asked (seldom) when the disk is nearly full, or soon will be: removes what retention allows. */
  readonly makeRoom?: () => void;
  /** Wall time at which the recording ends by itself, ns since the epoch. */
  readonly untilNs?: bigint;
}

export interface RecordingResult extends ClosedJournal {
  readonly frames: number;
  readonly framesShed: number;
  readonly reconnects: number;
  /** Why it ended: `asked`, `until`. */
  readonly reason: string;
}

export interface RecordingStatus {
  readonly records: number;
  readonly waitingBytes: number;
  readonly framesShed: number;
  readonly disk: DiskStatus;
  readonly venues: readonly VenueStatus[];
}

const TICK_MS = 1_000;
const DISK_CHECK_TICKS = 10;
/** How long connections wait for the day's instruments. */
const MASTERS_WAIT_MAX_MS = 5_000;
const NS_PER_US = 1_000n;

/**
 * One recording: all connections and pollers of a plan into one journal. `finished` resolves when it was closed, whatever the reason, and
 * rejects when it had to be given up (the session then stays open and whole, and the next start goes on with it).
 */
export class Recording {
  readonly finished: Promise<RecordingResult>;
  readonly #options: RecordingOptions;
  readonly #tape: TapeRecorder;
  readonly #venues: readonly VenueRecorder[];
  readonly #holidays: MarketHolidays;
  readonly #guard: DiskGuard;
  readonly #ended = newEnding();
  readonly #startedAtMs: number;
  #settle!: { resolve(result: RecordingResult): void; reject(error: unknown): void };
  #cancelTick: (() => void) | undefined;
  #isStarted = false;
  #isFirstRun = true;
  #ticks = 0;
  #isEnding = false;
  #isCheckingDisk = false;
  #tiers: { readonly tick: number; readonly byPriority: ReadonlyMap<number, number> } | undefined;

  private constructor(options: RecordingOptions) {
    this.#options = options;
    this.#startedAtMs = this.#nowMs();
    this.#holidays = planHolidays(options.plan);
    const followers = new Map<string, RecordFollower>();
    const mayBeFollowed = options.plan.venues.some(({ rooms, polls }) => rooms.length + polls.length > 0);
    this.#tape = new TapeRecorder({
      journal: mayBeFollowed ? new FollowedJournal(options.journal, followers) : options.journal,
      clock: options.clock,
      venues: options.venues,
      waitingBytesMax: options.plan.limits.waitingBytesMax,
      onFailed: (error) => this.#fail(error),
      tierOf: (venue, channel) => this.#tierOf(venue, channel),
    });
    this.#venues = options.plan.venues.map(
      (plan) =>
        new VenueRecorder({
          ...options,
          plan,
          protocol: protocolOf(options.protocols, plan.venue),
          tape: this.#tape,
          signal: this.#ended.signal,
          isWindowOpen: (market) => isSubscriptionWindow(market, this.#nowUs(), this.#holidays),
          openSince: (market) => this.#openSince(market),
          ...(options.journal.reopenedAfterNs === 0n ? {} : { lostSinceNs: options.journal.reopenedAfterNs }),
        }),
    );
    this.#guard = this.#guardOf(options);
    for (const { venue, follower } of this.#venues) if (follower !== undefined) followers.set(venue, follower);
    this.finished = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  /** Opens the session, asks for the day's instruments, then connects and polls. */
  static start(options: RecordingOptions): Recording {
    const recording = new Recording(options);
    recording.#begin();
    return recording;
  }

  status(): RecordingStatus {
    return {
      records: this.#tape.records,
      waitingBytes: this.#tape.waitingBytes,
      framesShed: this.#tape.framesShed,
      disk: this.#guard.status(),
      venues: this.#venues.map((venue) => venue.status()),
    };
  }

  /** True when every connection has all its acknowledgements, or has stopped for good. */
  isReady(): boolean {
    const connections = this.#venues.flatMap((venue) => venue.connections);
    return (
      this.#isStarted &&
      connections.every((connection) => connection.isLive || connection.state === 'parked' || connection.stopReason !== undefined)
    );
  }

  /** What is wrong with the connections as they stand, by name; data is only asked for `withData` and where the market is open. */
  problems({ withData }: { readonly withData: boolean }): readonly string[] {
    const isOpen = (market: string) => withData && this.#openSince(market) !== undefined;
    return this.#venues.flatMap((venue) => startupProblems(venue.connections, venue.protocol, isOpen));
  }

  /**
   * Adds a subscription while recording (a condition's result, a strike near the money, a strategy's `watch`). False when it is there
   * already or when no connection of the venue has a slot for it; both are notes on the tape.
   */
  subscribe(venue: string, subscription: Subscription, priority: number): boolean {
    return this.#venue(venue).subscribe(subscription, priority);
  }

  release(venue: string, subscription: Subscription): boolean {
    return this.#venue(venue).release(subscription);
  }

  /** A strategy's `watch`: records the symbol's trades and book until `unwatch`. False where that changes nothing; `VENUE_NOT_RECORDED`. */
  watch(venue: string, symbol: string): boolean {
    return this.#venue(venue).watch(symbol);
  }

  unwatch(venue: string, symbol: string): boolean {
    return this.#venue(venue).unwatch(symbol);
  }

  /** Ends it cleanly: connections closed, `session-close`, journal closed. Resolves with `finished`. */
  stop(reason = 'asked'): Promise<RecordingResult> {
    if (!this.#isEnding) void this.#end(reason);
    return this.finished;
  }

  #begin(): void {
    const { plan, journal } = this.#options;
    if (journal.reopenedAfterNs === 0n) {
      this.#tape.event('session-open', '', '', { format: 'recording', venues: plan.venues.map(({ venue }) => venue) });
    } else {
      this.#tape.event('note', '', '', { event: 'recorder-restarted', subject: plan.session, since: String(journal.reopenedAfterNs) });
    }
    void this.#startVenues().catch((error: unknown) => this.#fail(error));
    this.#armTick();
  }

  async #startVenues(): Promise<void> {
    // Instruments first, so that the tape can name its symbols from the first frame on; a venue that cannot say them is recorded all the same.
    // A slow host of masters must not cost market data: after a while everything starts without them.
    const masters = Promise.all(this.#venues.map((venue) => venue.recordMasters()));
    await Promise.race([masters, this.#options.clock.sleep(MASTERS_WAIT_MAX_MS, this.#ended.signal)]);
    if (this.#isEnding) return;
    for (const venue of this.#venues) venue.start();
    this.#isStarted = true;
  }

  #armTick(): void {
    this.#cancelTick = this.#options.clock.after(TICK_MS, () => {
      try {
        this.#tick();
        if (!this.#isEnding) this.#armTick();
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  #tick(): void {
    if (this.#isEnding) return;
    this.#tape.tick();
    this.#ticks += 1;
    if (this.#ticks % DISK_CHECK_TICKS === 1 || this.#guard.isLow) void this.#checkDisk();
    for (const venue of this.#venues) venue.tick();
    const { untilNs, clock, plan } = this.#options;
    if (untilNs !== undefined && clock.wallNs() >= untilNs) {
      void this.#end('until');
      return;
    }
    const stopped = this.#venues.flatMap((venue) => venue.stoppedConnections());
    const isOver = this.#isStarted && this.#venues.every((venue) => venue.hasNothingLeft());
    if (isOver) {
      this.#fail(new TapedeckError('ALL_CONNECTIONS_STOPPED', `nothing is left to record: ${stopped.join('; ')}`));
      return;
    }
    if (this.#isFirstRun && this.#nowMs() - this.#startedAtMs >= plan.limits.startupTimeoutMs) this.#checkStartup();
  }

  async #checkDisk(): Promise<void> {
    if (this.#isCheckingDisk) return;
    this.#isCheckingDisk = true;
    await this.#guard.look();
    this.#isCheckingDisk = false;
  }

  #guardOf({ clock, plan, freeBytes, tell, makeRoom }: RecordingOptions): DiskGuard {
    return new DiskGuard({
      clock,
      dataDir: plan.dataDir,
      session: plan.session,
      freeBytes,
      freeBytesMin: plan.limits.diskFreeMinBytes,
      ...(plan.zoneOffsetUs === undefined ? {} : { zoneOffsetUs: plan.zoneOffsetUs }),
      ...(makeRoom === undefined ? {} : { makeRoom }),
      note: (event, meta) => {
        if (!this.#isEnding) this.#tape.event('note', '', '', { event, ...meta });
      },
      tell: (message) => tell({ kind: 'note', message }),
      shed: (tier) => {
        this.#tape.diskShedTier = tier;
      },
    });
  }

  /** By the order of priorities over all venues, as it stands in this second. A channel that nobody planned is of a protocol's own life. */
  #tierOf(venue: string, channel: string): number {
    if (this.#tiers?.tick !== this.#ticks)
      this.#tiers = { tick: this.#ticks, byPriority: shedTiers(this.#venues.flatMap(({ priorities }) => [...priorities.values()])) };
    const priority = this.#venues.find((candidate) => candidate.venue === venue)?.priorities.get(channel);
    return priority === undefined ? KEPT_TIER : (this.#tiers.byPriority.get(priority) ?? KEPT_TIER);
  }

  /** Once: what should have been acknowledged and seen by now, and was not, ends the recording loudly. A restart in the night only tells. */
  #checkStartup(): void {
    this.#isFirstRun = false;
    const problems = this.problems({ withData: true });
    if (problems.length === 0) return;
    const message = `${problems.join('; ')}: check keys, addresses and symbols with tapedeck config check`;
    if (this.#options.journal.reopenedAfterNs === 0n) this.#fail(new TapedeckError('START_FAILED', message));
    else this.#options.tell({ kind: 'note', message: `after the restart: ${message}` });
  }

  async #end(reason: string): Promise<void> {
    this.#isEnding = true;
    try {
      await this.#disconnect();
      this.#tape.event('session-close', '', '', { reason });
      const closed = await this.#options.journal.close();
      this.#settle.resolve({
        ...closed,
        frames: this.#tape.framesIn,
        framesShed: this.#tape.framesShed,
        reconnects: this.#venues.reduce((sum, venue) => sum + venue.reconnects, 0),
        reason,
      });
    } catch (error) {
      this.#settle.reject(error);
    }
  }

  /** Gives up: what was captured stays in an open session that verifies, and the reason is its last record. */
  #fail(error: unknown): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    void (async () => {
      try {
        const text = error instanceof Error ? error.message : String(error);
        this.#tape.event('note', '', '', { event: 'recording-failed', subject: this.#options.plan.session, reason: text });
        await this.#disconnect();
      } catch {
        // The first error is the one to tell.
      } finally {
        await this.#options.journal.abandon().catch(() => undefined);
        this.#settle.reject(error);
      }
    })();
  }

  async #disconnect(): Promise<void> {
    this.#cancelTick?.();
    this.#ended.abort();
    await Promise.all(this.#venues.map((venue) => venue.stop()));
    this.#tape.tellShed();
  }

  #venue(name: string): VenueRecorder {
    const venue = this.#venues.find((candidate) => candidate.venue === name);
    if (venue === undefined) throw new TapedeckError('VENUE_NOT_RECORDED', `this recording has no venue "${name}"`, { exitCode: 2 });
    return venue;
  }

  /** When the market began to expect data; `undefined` while it expects none. */
  #openSince(market: string): bigint | undefined {
    const { expectsData, startsAtUs } = marketPhase(market, this.#nowUs(), this.#holidays);
    if (!expectsData) return undefined;
    return Number.isFinite(startsAtUs) ? BigInt(startsAtUs) * NS_PER_US : 0n;
  }

  #nowUs(): number {
    return Number(this.#options.clock.wallNs() / NS_PER_US);
  }

  #nowMs(): number {
    return Number(this.#options.clock.monotonicNs() / 1_000_000n);
  }
}

function protocolOf(protocols: ReadonlyMap<string, VenueProtocol>, venue: string): VenueProtocol {
  const protocol = protocols.get(venue);
  if (protocol === undefined) {
    throw new TapedeckError('VENUE_UNKNOWN', `"${venue}" cannot be recorded; known are ${[...protocols.keys()].join(', ')}`, {
      exitCode: 2,
    });
  }
  return protocol;
}

/** Every poll and every call that waits listens for the end, and stops listening when it is done: as many as the plan has, which are no leak. */
function newEnding(): AbortController {
  const ending = new AbortController();
  setMaxListeners(0, ending.signal);
  return ending;
}
