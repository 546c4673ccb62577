import { assert } from '#domain';
import { coinInstruments } from './coin-market.ts';
import { KRX_STOCKS, type KrxStock, krxInstruments } from './krx-market.ts';
import type { ListedInstrument } from './listed-instrument.ts';
import type { Listing } from './listing.ts';
import type { MarketMoment } from './market-moment.ts';
import { createRandom, type SeededRandom } from './random.ts';

/** Parts of the synthetic world that can be asked for. */
export type WorldPart = 'krx-stocks' | 'krx-derivatives' | 'coin-perpetual' | 'coin-options';

export interface SyntheticWorldOptions {
  /** Any safe integer. The same options give the same world on every machine. */
  readonly seed: number;
  /** A whole millisecond. Korean instruments trade by the Korean calendar. */
  readonly startUs: number;
  readonly durationUs: number;
  readonly parts: readonly WorldPart[];
  /** Instead of `KRX_STOCKS`. */
  readonly stocks?: readonly KrxStock[];
  /** Strikes of each option chain, around the money; 5 unless told. */
  readonly strikes?: number;
}

export interface SyntheticWorld {
  readonly listings: readonly Listing[];
  /** All moments in order of time, ties in the order of the listings; each call starts over with the same ones. */
  moments(): Generator<MarketMoment, void, undefined>;
}

const STRIKES = 5;

/** Korean stocks, KOSPI 200 futures and options, a coin with its perpetual and options: one market that only its options decide. */
export function createSyntheticWorld(options: SyntheticWorldOptions): SyntheticWorld {
  assert(options.startUs % 1000 === 0, 'a synthetic world starts at a whole millisecond: venues print no finer time');
  return { listings: instrumentsOf(options).map(({ listing }) => listing), moments: () => momentsOf(options) };
}

function* momentsOf(options: SyntheticWorldOptions): Generator<MarketMoment, void, undefined> {
  const instruments = instrumentsOf(options);
  const endUs = options.startUs + options.durationUs;
  for (;;) {
    let next: ListedInstrument | undefined;
    for (const instrument of instruments) {
      if (next === undefined || instrument.nextUs < next.nextUs) next = instrument;
    }
    if (next === undefined || next.nextUs >= endUs) return;
    const moment = next.step();
    if (moment !== undefined) yield moment;
  }
}

function instrumentsOf({
  seed,
  startUs,
  durationUs,
  parts,
  stocks,
  strikes = STRIKES,
}: SyntheticWorldOptions): readonly ListedInstrument[] {
  const random = (symbol: string) => randomOf(seed, symbol);
  const has = (part: WorldPart) => parts.includes(part);
  return [
    ...krxInstruments(
      { startUs, stocks: has('krx-stocks') ? (stocks ?? KRX_STOCKS) : [], strikes: has('krx-derivatives') ? strikes : 0 },
      random,
    ),
    ...coinInstruments(
      { startUs, endUs: startUs + durationUs, strikes: has('coin-options') ? strikes : 0, hasPerpetual: has('coin-perpetual') },
      random,
    ),
  ];
}

/** A generator of one symbol, whatever else is listed. */
function randomOf(seed: number, symbol: string): SeededRandom {
  let hash = 17;
  for (let i = 0; i < symbol.length; i++) hash = (Math.imul(hash, 31) + symbol.charCodeAt(i)) | 0;
  return createRandom(Math.floor(seed / UINT32) * UINT32 + ((seed ^ hash) >>> 0));
}

const UINT32 = 4_294_967_296;
