import { createSyntheticWorld, type KrxStock, type Listing, type MarketMoment, PROTOCOLS, type RestRequest, type WorldPart } from '#venues';
import { CoincallScribe } from './coincall-scribe.ts';
import { KisScribe } from './kis-scribe.ts';
import { KiwoomScribe } from './kiwoom-scribe.ts';
import type { ScribePoll, VenueScribe } from './scribe.ts';
import type { SessionRecords } from './session-records.ts';

export interface WorldFramesOptions {
  readonly seed: number;
  /** Any of `WORLD_VENUES`. */
  readonly venues: readonly string[];
  readonly startUs: number;
  readonly durationUs: number;
  readonly stocks?: readonly KrxStock[];
  readonly strikes?: number;
}

interface WorldVenue {
  readonly parts: readonly WorldPart[];
  readonly scribe: (listings: readonly Listing[]) => VenueScribe;
}

/** Which parts of the world a venue tells of, and who writes for it: adding a venue is adding its line. */
const VENUES: Readonly<Record<string, WorldVenue>> = {
  kis: { parts: ['krx-stocks', 'krx-derivatives'], scribe: (listings) => new KisScribe(listings) },
  kiwoom: { parts: ['krx-stocks'], scribe: (listings) => new KiwoomScribe(listings) },
  'coincall-options': { parts: ['coin-options'], scribe: (listings) => new CoincallScribe('coincall-options', listings) },
  'coincall-futures': { parts: ['coin-perpetual'], scribe: (listings) => new CoincallScribe('coincall-futures', listings) },
};

/** Venues that tell of the synthetic world. */
export const WORLD_VENUES: readonly string[] = Object.keys(VENUES);
export const WORLD_CONNECTION = 'ws-1';

const MASTERS_CONNECTION = 'rest-masters';

interface DuePoll extends ScribePoll {
  readonly scribe: VenueScribe;
  nextUs: number;
}

/** The synthetic world in the words of several venues, each with its masters and polls. */
export class WorldFrames {
  readonly #records: SessionRecords;
  readonly #scribes: readonly VenueScribe[];
  readonly #polls: readonly DuePoll[];
  readonly #moments: () => Generator<MarketMoment, void, undefined>;

  constructor({ venues, ...options }: WorldFramesOptions, records: SessionRecords) {
    const told = venues.map((venue) => VENUES[venue]!);
    const world = createSyntheticWorld({ ...options, parts: [...new Set(told.flatMap(({ parts }) => parts))] });
    this.#records = records;
    this.#moments = () => world.moments();
    this.#scribes = told.map(({ scribe }) => scribe(world.listings));
    this.#polls = this.#scribes.flatMap((scribe) =>
      scribe.polls.map((poll) => ({ ...poll, scribe, nextUs: options.startUs + poll.everyUs })),
    );
  }

  moments(): Generator<MarketMoment, void, undefined> {
    return this.#moments();
  }

  /** The day's instruments of every venue, asked as its recorder asks. */
  writeMasters(): void {
    for (const scribe of this.#scribes) {
      const requests = PROTOCOLS.get(scribe.venue)?.masters(this.#settings(), scribe.symbols) ?? [];
      for (const request of requests) this.#call(scribe, MASTERS_CONNECTION, request);
    }
  }

  write(moment: MarketMoment): void {
    for (const scribe of this.#scribes) {
      scribe.tell(moment, (frame) => this.#records.frame(scribe.venue, WORLD_CONNECTION, frame));
    }
  }

  /** When something is asked next; infinite when nothing is. */
  get nextPollUs(): number {
    return this.#polls.reduce((soonest, { nextUs }) => Math.min(soonest, nextUs), Number.POSITIVE_INFINITY);
  }

  /** Asks what is due at the time of the records. */
  writePolls(): void {
    const { nowUs } = this.#records;
    for (const poll of this.#polls) {
      if (poll.nextUs > nowUs) continue;
      poll.nextUs += poll.everyUs;
      const rule = PROTOCOLS.get(poll.scribe.venue)?.polls.find(({ name }) => name === poll.rule);
      for (const request of rule?.requests(poll.target, this.#settings()) ?? []) this.#call(poll.scribe, `rest-${poll.rule}`, request);
    }
  }

  /** What nobody knows an answer to is not asked. */
  #call(scribe: VenueScribe, connection: string, request: RestRequest): void {
    const body = scribe.answer(request, this.#records.nowUs);
    if (body !== undefined) this.#records.call(scribe.venue, connection, request, body);
  }

  #settings() {
    return { credentials: {}, grants: {}, options: {}, nowMs: Math.floor(this.#records.nowUs / 1000) };
  }
}
