import { geometricMean, median } from './measure.ts';
import type { Program } from './processes.ts';
import type { Rate, Results } from './results.ts';

interface Case {
  readonly kind: string;
  readonly title: string;
  /** The peer's way that no user can take, where it was measured too. */
  readonly loopKind?: string;
}

const CASES: readonly Case[] = [
  { kind: 'scan', title: 'scan: records, times and channel, nothing decoded (ours from the journal, checksums verified)' },
  { kind: 'decode', title: 'decode + normalise: every channel, frames in memory', loopKind: 'loop' },
  {
    kind: 'full',
    title: 'full path: decode, books, candles, strategy, risk, paper broker, audits (peer: normalise, book, 1 s bars)',
    loopKind: 'full-loop',
  },
];

interface Goal {
  readonly what: string;
  readonly kind: string;
  readonly peerKind: string;
  /** None for the peer's plain loop: no user of it can run that. */
  readonly goal?: number;
}

/** Ours against the peer's; the goals are ratios, because the machine's own speed comes and goes. */
const GOALS: readonly Goal[] = [
  { what: 'scan / its raw replay', kind: 'scan', peerKind: 'scan', goal: 3 },
  { what: 'decode + normalise / its normalise', kind: 'decode', peerKind: 'decode', goal: 4 },
  { what: 'full path / its normalise', kind: 'full', peerKind: 'decode', goal: 3 },
  { what: 'full path / its full path', kind: 'full', peerKind: 'full', goal: 5 },
  { what: 'decode + normalise / its mappers, loop', kind: 'decode', peerKind: 'loop' },
  { what: 'full path / its mappers, loop', kind: 'full', peerKind: 'loop' },
  { what: 'full path / its full path, loop', kind: 'full', peerKind: 'full-loop' },
];

const IMPORT_GOAL = 0.25;
const COLD_GOAL_SECONDS = 0.5;
const RSS_GOAL_MB = 250;

/** Peak memory of a replay of the same captures as others measured it before us; not measured again here. */
const QUOTED_RSS = 'hftbacktest 367 MB, nautilus_trader 444-652 MB, tardis-dev 300-400 MB';

export function reportLines(results: Results, processes: number): string[] {
  return [
    `method    ${processes} process${processes === 1 ? '' : 'es'} a case, ours and the peer's in turn; median (lowest-highest), M/s is million frames a second`,
    '          cold is the first run of a process, warm the median of its sixth to tenth run',
    '          the peer runs its own generators (normalizeMessages, compute); "loop" calls its mappers, book and bars in a plain loop,',
    '          which no user of it can, and which is kinder to it: printed beside, without a goal',
    '',
    ...CASES.flatMap((one) => [one.title, ...rateLines(results, one), '']),
    ...ratioLines(results),
    '',
    ...importLines(results),
    '',
    ...coldLines(results),
    '',
    ...checkLines(results),
  ];
}

function rateLines(results: Results, { kind, loopKind }: Case): string[] {
  return results.markets.flatMap((market) => {
    const line = (name: string, program: Program, what: string): string =>
      `  ${market.padEnd(5)} ${name.padEnd(15)} warm ${rateText(results.warm(program, what, market))}   cold ${rateText(results.cold(program, what, market))}`;
    const lines = [line('tapedeck', 'tapedeck', kind), line('tardis-dev', 'tardis', kind)];
    return loopKind === undefined ? lines : [...lines, line('tardis-dev loop', 'tardis', loopKind)];
  });
}

function ratioLines(results: Results): string[] {
  const lines = GOALS.map(({ what, kind, peerKind, goal }) => {
    const ratios = results.markets.map((market) => results.ratio(kind, peerKind, market));
    const mean = geometricMean(ratios);
    const each = results.markets.map((market, i) => `${market} ${ratios[i]!.toFixed(2)}x`).join('  ');
    const goalText = goal === undefined ? '' : `  goal ${goal}x: ${verdict(mean >= goal)}`;
    return `  ${what.padEnd(38)} ${each}  mean ${mean.toFixed(2)}x${goalText}`;
  });
  return ['ratios of warm medians, and their geometric mean', ...lines];
}

function importLines(results: Results): string[] {
  const rates = results.markets.map((market) => results.warm('tapedeck', 'import', market));
  const mean = geometricMean(rates.map((rate) => rate.median));
  return [
    'gz file to last order: gunzip, journal with checksums and digest, replay from it; wall time',
    ...results.markets.map(
      (market, i) => `  ${market.padEnd(5)} warm ${rateText(rates[i]!)}   cold ${rateText(results.cold('tapedeck', 'import', market))}`,
    ),
    `  mean ${mean.toFixed(3)} M/s  goal ${IMPORT_GOAL} M/s: ${verdict(mean >= IMPORT_GOAL)}`,
  ];
}

function coldLines(results: Results): string[] {
  const lines = results.markets.map((market) => {
    const runs = results.coldRuns(market);
    const importMs = median(runs.map((run) => run.importMs));
    const replayMs = median(runs.map((run) => run.replayMs));
    const seconds = median(runs.map((run) => run.importMs + run.replayMs)) / 1000;
    const rss = Math.max(...runs.map((run) => run.peakRssMb));
    const time = `import ${importMs.toFixed(0)} ms + replay ${replayMs.toFixed(0)} ms = ${seconds.toFixed(2)} s (goal ${COLD_GOAL_SECONDS} s: ${verdict(seconds <= COLD_GOAL_SECONDS)})`;
    return `  ${market.padEnd(5)} ${time}, peak RSS of the replay ${rss} MB (goal ${RSS_GOAL_MB} MB: ${verdict(rss <= RSS_GOAL_MB)})`;
  });
  return [
    'the command line, two cold processes: tapedeck import, tapedeck replay; from the start of node to its end',
    ...lines,
    `  peers' peak RSS as quoted, not measured: ${QUOTED_RSS}`,
  ];
}

/** The numbers that show that both did the same work. */
function checkLines(results: Results): string[] {
  const lines = results.markets.flatMap((market) =>
    CASES.flatMap(({ kind }) =>
      (['tapedeck', 'tardis'] as const).map((program) => {
        const numbers = Object.entries(results.check(program, kind, market)).map(([key, value]) => `${key} ${shortText(value)}`);
        return `  ${market.padEnd(5)} ${kind.padEnd(6)} ${nameOf(program).padEnd(10)} ${numbers.join(', ')}`;
      }),
    ),
  );
  const differences = results.differences();
  const verdictLine = differences.length === 0 ? 'all numbers named by both agree' : 'DIFFERENT:';
  return ['check numbers', ...lines, `  ${verdictLine}`, ...differences.map((difference) => `  ${difference}`)];
}

function shortText(value: number | string): string {
  return typeof value === 'number' || value.includes(' ') ? String(value) : value.slice(0, 12);
}

function nameOf(program: Program): string {
  return program === 'tardis' ? 'tardis-dev' : program;
}

function rateText({ median: middle, low, high }: Rate): string {
  return `${middle.toFixed(3).padStart(6)} (${low.toFixed(3)}-${high.toFixed(3)})`;
}

function verdict(isMet: boolean): string {
  return isMet ? 'met' : 'below goal';
}
