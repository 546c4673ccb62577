import type { Market } from './captures.ts';
import { type Check, type Measurement, median } from './measure.ts';
import type { Program } from './processes.ts';

/** `import` and `replay` from the command line, each in a process that knew nothing. */
export interface ColdRun {
  readonly frames: number;
  readonly fills: number;
  readonly importMs: number;
  readonly replayMs: number;
  readonly peakRssMb: number;
}

/** Million frames a second over the processes of a case. */
export interface Rate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Cases of ours, and those of the peer that must count the same. */
const COMPARED = [
  ['scan', 'scan'],
  ['decode', 'decode'],
  ['decode', 'loop'],
  ['full', 'full'],
  ['full', 'full-loop'],
] as const;

/** What all processes said, by program, case and market. */
export class Results {
  readonly markets: readonly Market[];
  readonly #measurements = new Map<string, Measurement[]>();
  readonly #cold = new Map<Market, ColdRun[]>();

  constructor(markets: readonly Market[]) {
    this.markets = markets;
  }

  add(program: Program, kind: string, market: Market, measurement: Measurement): void {
    append(this.#measurements, `${program} ${kind} ${market}`, measurement);
  }

  addCold(market: Market, run: ColdRun): void {
    append(this.#cold, market, run);
  }

  frames(market: Market): number {
    return this.#of('tapedeck', 'decode', market)[0]!.frames;
  }

  warm(program: Program, kind: string, market: Market): Rate {
    return rateOf(this.#of(program, kind, market).map(({ frames, warmMs }) => frames / warmMs / 1000));
  }

  cold(program: Program, kind: string, market: Market): Rate {
    return rateOf(this.#of(program, kind, market).map(({ frames, coldMs }) => frames / coldMs / 1000));
  }

  /** Of ours to the peer's, medians. */
  ratio(kind: string, peerKind: string, market: Market): number {
    return this.warm('tapedeck', kind, market).median / this.warm('tardis', peerKind, market).median;
  }

  coldRuns(market: Market): readonly ColdRun[] {
    return this.#cold.get(market) ?? [];
  }

  check(program: Program, kind: string, market: Market): Check {
    return this.#of(program, kind, market)[0]!.check;
  }

  /** Where processes of one case, or the two programs, did not find the same. */
  differences(): string[] {
    const found: string[] = [];
    for (const [name, measurements] of this.#measurements) {
      const texts = new Set(measurements.map(({ frames, check }) => JSON.stringify({ frames, ...check })));
      if (texts.size > 1) found.push(`${name}: processes differ: ${[...texts].join(' and ')}`);
    }
    for (const market of this.markets) {
      for (const [kind, peerKind] of COMPARED) found.push(...this.#against(kind, peerKind, market));
      const fills = this.check('tapedeck', 'full', market).fills;
      if (this.check('tapedeck', 'import', market).fills !== fills) found.push(`${market}: the replay from the journal has other fills`);
      if (this.coldRuns(market).some((run) => run.fills !== fills)) found.push(`${market}: the command line has other fills`);
    }
    return found;
  }

  #against(kind: string, peerKind: string, market: Market): string[] {
    const ours = this.check('tapedeck', kind, market);
    const theirs = this.check('tardis', peerKind, market);
    return Object.keys(ours)
      .filter((key) => key in theirs && ours[key] !== theirs[key])
      .map((key) => `${kind} and ${peerKind} of ${market}: ${key} is ${ours[key]} here and ${theirs[key]} there`);
  }

  #of(program: Program, kind: string, market: Market): readonly Measurement[] {
    return this.#measurements.get(`${program} ${kind} ${market}`) ?? [];
  }
}

function rateOf(values: readonly number[]): Rate {
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) };
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
