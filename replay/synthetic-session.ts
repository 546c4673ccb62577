import { canonicalJson, type RecordAppender, usageError } from '#domain';
import type { KrxStock } from '#venues';
import { BINANCE_CONNECTION, BINANCE_VENUE, BinanceFrames } from './synthetic/binance-frames.ts';
import { SessionRecords } from './synthetic/session-records.ts';
import { WORLD_CONNECTION, WORLD_VENUES, WorldFrames } from './synthetic/world-frames.ts';

export interface SyntheticSessionOptions {
  readonly seed: number;
  /** Any of `SYNTHETIC_VENUES`; `binance-spot` alone unless told. Korean venues are silent while their markets are closed. */
  readonly venues?: readonly string[];
  /** Pairs of `binance-spot` with the price they start at; BTCUSDT and ETHUSDT unless told. */
  readonly pairs?: readonly { readonly symbol: string; readonly startPrice: number }[];
  /** Stocks of `kis` and `kiwoom`, instead of the built-in ones. */
  readonly stocks?: readonly KrxStock[];
  /** Strikes of each option chain, each with call and put; 5 unless told, 0 for no derivatives of `kis` and no options. */
  readonly strikes?: number;
  /** Microseconds since the epoch, a whole millisecond. */
  readonly startUs: number;
  readonly durationUs: number;
  readonly onProgress?: (frames: number) => void;
}

/** Venues that a synthetic market can be told by. */
export const SYNTHETIC_VENUES: readonly string[] = [BINANCE_VENUE, ...WORLD_VENUES];

const PAIRS = [
  { symbol: 'BTCUSDT', startPrice: 61_800 },
  { symbol: 'ETHUSDT', startPrice: 2_650 },
];
/** How long a frame of the synthetic venue travels. */
const TRAVEL_US = 3_000;
const ENDED = canonicalJson({ reason: 'the synthetic market ended' });

/**
 * Records a seeded synthetic market as if it came over sockets: connection life, a clock tick a second, the day's instruments, and the venues' own wire
 * frames and REST bodies, so that everything after the journal is the real thing. The same options give the same tape digest everywhere. Returns the
 * frames. Throws SYNTHETIC_VENUE for a venue that has no synthetic market.
 */
export async function recordSyntheticSession(options: SyntheticSessionOptions, appender: RecordAppender): Promise<number> {
  const venues = options.venues ?? [BINANCE_VENUE];
  const unknown = venues.find((venue) => !SYNTHETIC_VENUES.includes(venue));
  if (unknown !== undefined || venues.length === 0) {
    throw usageError('SYNTHETIC_VENUE', `there is no synthetic market of "${unknown ?? ''}"; there are ${SYNTHETIC_VENUES.join(', ')}`);
  }
  return new SyntheticRecording(options, [...new Set(venues)], appender).run();
}

class SyntheticRecording {
  readonly #options: SyntheticSessionOptions;
  readonly #venues: readonly string[];
  readonly #records: SessionRecords;

  constructor(options: SyntheticSessionOptions, venues: readonly string[], appender: RecordAppender) {
    this.#options = options;
    this.#venues = venues;
    this.#records = new SessionRecords(appender, options.startUs);
  }

  async run(): Promise<number> {
    const { startUs, durationUs } = this.#options;
    const records = this.#records;
    const world = this.#world();
    this.#open(world);
    await this.#play(world);
    records.moveTo(startUs + durationUs);
    for (const venue of this.#venues) records.event('disconnected', venue, connectionOf(venue), ENDED);
    records.event('session-close', '', '', '');
    await records.drain();
    return records.frames;
  }

  #world(): WorldFrames | undefined {
    const venues = this.#venues.filter((venue) => venue !== BINANCE_VENUE);
    return venues.length === 0 ? undefined : new WorldFrames({ ...this.#options, venues }, this.#records);
  }

  #open(world: WorldFrames | undefined): void {
    const { seed } = this.#options;
    const [first = ''] = this.#venues;
    const who = this.#venues.length === 1 ? { venue: first } : { venues: [...this.#venues] };
    this.#records.event('session-open', '', '', canonicalJson({ format: 'synthetic', seed, ...who }));
    world?.writeMasters();
    for (const venue of this.#venues) this.#records.event('connected', venue, connectionOf(venue), '');
  }

  /** Merges the pairs of Binance, the world and its polls by time; ties in this order. */
  async #play(world: WorldFrames | undefined): Promise<void> {
    const records = this.#records;
    const { pairs = PAIRS } = this.#options;
    const binance = new BinanceFrames({ ...this.#options, pairs: this.#venues.includes(BINANCE_VENUE) ? pairs : [] }, records);
    const steps = binance.steps();
    const moments = world?.moments();
    let step = steps.next().value ?? undefined;
    let moment = moments?.next().value ?? undefined;
    while (step !== undefined || moment !== undefined) {
      const stepUs = step?.timeUs ?? Number.POSITIVE_INFINITY;
      const momentUs = moment?.timeUs ?? Number.POSITIVE_INFINITY;
      const pollUs = world?.nextPollUs ?? Number.POSITIVE_INFINITY;
      records.moveTo(Math.min(stepUs, momentUs, pollUs) + TRAVEL_US);
      if (step !== undefined && stepUs <= momentUs && stepUs <= pollUs) {
        binance.write(step);
        step = steps.next().value ?? undefined;
      } else if (moment !== undefined && momentUs <= pollUs) {
        world?.write(moment);
        moment = moments?.next().value ?? undefined;
      } else {
        world?.writePolls();
      }
      if (await records.drainSometimes()) this.#options.onProgress?.(records.frames);
    }
  }
}

function connectionOf(venue: string): string {
  return venue === BINANCE_VENUE ? BINANCE_CONNECTION : WORLD_CONNECTION;
}
