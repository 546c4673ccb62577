import type { RunCurrency, RunTrade } from '#domain';

/** Figures of the round trips of one currency; NaN where undefined (shown as n/a). Money in minor units, times in microseconds. */
export interface TradeStatistics {
  readonly count: number;
  readonly winners: number;
  /** Winners / trades; a trade with net 0 is no winner. */
  readonly winRate: number;
  /** Σ net of winners / |Σ net of losers|; infinite where only winners are. */
  readonly profitFactor: number;
  /** Mean net of a trade. */
  readonly expectancyMinor: number;
  /** Mean net of winners / |mean net of losers|. */
  readonly payoff: number;
  readonly bestMinor: number;
  readonly worstMinor: number;
  readonly holdingWinnersUs: number;
  readonly holdingLosersUs: number;
  readonly losingStreakMax: number;
  /** Mean of the worst and best excursion of the mark while open (MAE, MFE). */
  readonly adverseMeanMinor: number;
  readonly favourableMeanMinor: number;
  /** Mean net / standard deviation of net (n − 1) × √n (Van Tharp); NaN where all nets are the same. */
  readonly systemQuality: number;
}

export function tradeStatistics(trades: readonly RunTrade[]): TradeStatistics {
  const winners = trades.filter((trade) => trade.netMinor > 0);
  const losers = trades.filter((trade) => trade.netMinor < 0);
  const nets = trades.map((trade) => trade.netMinor);
  const won = sum(winners.map((trade) => trade.netMinor));
  // Not `-sum(…)`: without losers that is -0, and a profit factor of minus infinity.
  const lost = Math.abs(sum(losers.map((trade) => trade.netMinor)));
  return {
    count: trades.length,
    winners: winners.length,
    winRate: winners.length / trades.length,
    profitFactor: won / lost,
    expectancyMinor: mean(nets),
    payoff: won / winners.length / (lost / losers.length),
    bestMinor: trades.length === 0 ? Number.NaN : nets.reduce((a, b) => Math.max(a, b)),
    worstMinor: trades.length === 0 ? Number.NaN : nets.reduce((a, b) => Math.min(a, b)),
    holdingWinnersUs: mean(winners.map(holdingUs)),
    holdingLosersUs: mean(losers.map(holdingUs)),
    losingStreakMax: longestRun(nets, (net) => net < 0),
    adverseMeanMinor: mean(trades.map((trade) => trade.adverseMinor)),
    favourableMeanMinor: mean(trades.map((trade) => trade.favourableMinor)),
    systemQuality: deviation(nets) > 0 ? (mean(nets) / deviation(nets)) * Math.sqrt(nets.length) : Number.NaN,
  };
}

export interface Drawdown {
  /** Deepest fall of equity below its earlier maximum, minor units, ≥ 0. */
  readonly maxMinor: number;
  readonly startUs: number;
  readonly troughUs: number;
  /** When equity was back at the maximum; NaN when it was not by the end. */
  readonly recoveryUs: number;
}

/** The deepest drawdown of an equity curve that starts at 0. */
export function maxDrawdown(equity: RunCurrency['equity']): Drawdown {
  let peak = 0;
  let peakUs = equity[0]?.timeUs ?? Number.NaN;
  let worst: Drawdown = { maxMinor: 0, startUs: Number.NaN, troughUs: Number.NaN, recoveryUs: Number.NaN };
  let isOpen = false;
  for (const { timeUs, equityMinor } of equity) {
    if (equityMinor >= peak) {
      if (isOpen) worst = { ...worst, recoveryUs: timeUs };
      isOpen = false;
      peak = equityMinor;
      peakUs = timeUs;
    } else if (peak - equityMinor > worst.maxMinor) {
      worst = { maxMinor: peak - equityMinor, startUs: peakUs, troughUs: timeUs, recoveryUs: Number.NaN };
      isOpen = true;
    }
  }
  return worst;
}

export interface Ratios {
  /** Spacing of the equity samples the ratios are made of, microseconds. */
  readonly sampleUs: number;
  readonly periodsPerYear: number;
  /** Mean of the per-sample returns on the starting capital / their standard deviation × √periods, risk-free rate 0. */
  readonly sharpe: number;
  /** As Sharpe, with the root mean square of the negative returns. */
  readonly sortino: number;
  /** Net / starting capital. */
  readonly totalReturn: number;
}

const YEAR_US = 365 * 86_400 * 1_000_000;
/** Fewer samples than this make no ratio. */
const RATIO_SAMPLES_MIN = 30;

/** Ratios on the starting capital; all NaN where none was given or the run is too short. */
export function ratios(currency: RunCurrency): Ratios {
  const { equity, startMinor } = currency;
  const undefinedRatios = { sampleUs: Number.NaN, periodsPerYear: Number.NaN, sharpe: Number.NaN, sortino: Number.NaN };
  const totalReturn = startMinor > 0 ? currency.netMinor / startMinor : Number.NaN;
  if (!(startMinor > 0) || equity.length < RATIO_SAMPLES_MIN) return { ...undefinedRatios, totalReturn };
  const sampleUs = (equity[equity.length - 1]!.timeUs - equity[0]!.timeUs) / (equity.length - 1);
  const returns = equity.slice(1).map((point, index) => (point.equityMinor - equity[index]!.equityMinor) / startMinor);
  const periodsPerYear = YEAR_US / sampleUs;
  const scale = Math.sqrt(periodsPerYear);
  const downside = Math.sqrt(mean(returns.map((value) => Math.min(0, value) * Math.min(0, value))));
  return {
    sampleUs,
    periodsPerYear,
    sharpe: (mean(returns) / deviation(returns)) * scale,
    sortino: (mean(returns) / downside) * scale,
    totalReturn,
  };
}

function holdingUs(trade: RunTrade): number {
  return trade.exitUs - trade.entryUs;
}

function longestRun(values: readonly number[], test: (value: number) => boolean): number {
  let longest = 0;
  let run = 0;
  for (const value of values) {
    run = test(value) ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function deviation(values: readonly number[]): number {
  const average = mean(values);
  return Math.sqrt(sum(values.map((value) => (value - average) * (value - average))) / (values.length - 1));
}
