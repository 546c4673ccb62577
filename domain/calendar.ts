import { assert } from './assert.ts';
import { KRX_CLOSED_DAYS, KRX_LATE_DAYS, KRX_NIGHT_CLOSED_DAYS } from './krx-holidays.ts';
import {
  LATE_DAY_SHIFT_US,
  type LateDay,
  MARKET_HOURS,
  MARKETS,
  type Market,
  type MarketHours,
  type MarketPhaseName,
} from './market-hours.ts';
import { DAY_US, daysFromCivil, KST_OFFSET_US, utcDate } from './time.ts';

/** Days that differ from the rule, as days since the epoch (KST); made by `marketHolidays`. */
export interface MarketHolidays {
  /** By market: days on which no session starts. */
  readonly closed: ReadonlyMap<string, ReadonlySet<number>>;
  readonly late: ReadonlyMap<number, LateDay>;
}

export interface MarketPhase {
  readonly phase: MarketPhaseName;
  /** Whether silence of a whole channel is worth an alarm now. */
  readonly expectsData: boolean;
  /** The phase holds from `startsAtUs` until before `endsAtUs`; infinite where the calendar knows no limit. */
  readonly startsAtUs: number;
  readonly endsAtUs: number;
  /**
   * The exchange's trade date, `YYYY-MM-DD`; empty while closed and for `always`. A night session belongs to the next trading day after the
   * day on which it starts: the day on which it ends, or, for a Friday or an eve, the next day that trades.
   */
  readonly tradeDate: string;
}

/** How far the calendar looks for the next session before it says that there is none. */
const SEARCH_DAYS_MAX = 60;

/** `closed` lists days by market, `late` the days that start late, both `YYYY-MM-DD` in KST. */
export function marketHolidays(
  closed: Readonly<Record<string, readonly string[]>>,
  late: Readonly<Record<string, LateDay>> = {},
): MarketHolidays {
  return {
    closed: new Map(Object.entries(closed).map(([market, days]) => [market, new Set(days.map(dayNumber))])),
    late: new Map(Object.entries(late).map(([day, kind]) => [dayNumber(day), kind])),
  };
}

/** The known closed days of every market, as a plan carries them. */
export const KNOWN_CLOSED_DAYS: Readonly<Record<Exclude<Market, 'always'>, readonly string[]>> = {
  'krx-stock': KRX_CLOSED_DAYS,
  'krx-derivatives': KRX_CLOSED_DAYS,
  'krx-night': [...KRX_CLOSED_DAYS, ...KRX_NIGHT_CLOSED_DAYS],
  nxt: KRX_CLOSED_DAYS,
};

/** What is known without any configuration. */
export const KNOWN_HOLIDAYS: MarketHolidays = marketHolidays(KNOWN_CLOSED_DAYS, KRX_LATE_DAYS);

export function isMarket(name: string): name is Market {
  return MARKETS.some((market) => market === name);
}

/** The phase of `market` (one of `MARKETS`) at `timeUs`, microseconds since the epoch. */
export function marketPhase(market: string, timeUs: number, holidays: MarketHolidays): MarketPhase {
  const hours = hoursOf(market);
  if (hours === undefined) return ALWAYS;
  const today = dayOf(timeUs);
  // A night session of yesterday may still run.
  for (const day of [today, today - 1]) {
    const found = phasesOf(market, hours, day, holidays).find(({ fromUs, toUs }) => fromUs <= timeUs && timeUs < toUs);
    if (found === undefined) continue;
    const { phase, expectsData, fromUs, toUs } = found;
    return { phase, expectsData, startsAtUs: fromUs, endsAtUs: toUs, tradeDate: tradeDateOf(market, day, holidays) };
  }
  return {
    phase: 'closed',
    expectsData: false,
    startsAtUs: lastEndBefore(market, hours, timeUs, holidays),
    endsAtUs: nextStartAfter(market, hours, timeUs, holidays),
    tradeDate: '',
  };
}

/** Whether subscriptions of this market should be held now: its phases with a lead and a trail. */
export function isSubscriptionWindow(market: string, timeUs: number, holidays: MarketHolidays): boolean {
  const hours = hoursOf(market);
  if (hours === undefined) return true;
  const today = dayOf(timeUs);
  return [today, today - 1].some((day) => {
    const window = windowOf(market, hours, day, holidays);
    return window !== undefined && window.fromUs <= timeUs && timeUs < window.toUs;
  });
}

/** The next time after `timeUs` at which the phase or the subscription window changes; infinite where none is known. */
export function nextChangeUs(market: string, timeUs: number, holidays: MarketHolidays): number {
  const hours = hoursOf(market);
  if (hours === undefined) return Number.POSITIVE_INFINITY;
  const today = dayOf(timeUs);
  for (let day = today - 1; day <= today + SEARCH_DAYS_MAX; day++) {
    const window = windowOf(market, hours, day, holidays);
    if (window === undefined || window.toUs <= timeUs) continue;
    const changes = [window.fromUs, ...phasesOf(market, hours, day, holidays).flatMap(({ fromUs, toUs }) => [fromUs, toUs]), window.toUs];
    return Math.min(...changes.filter((changeUs) => changeUs > timeUs));
  }
  return Number.POSITIVE_INFINITY;
}

/** Whether a session of the market starts on the day (KST) that holds `timeUs`. */
export function isTradingDay(market: string, timeUs: number, holidays: MarketHolidays): boolean {
  return hoursOf(market) === undefined || trades(market, dayOf(timeUs), holidays);
}

/** The day of `YYYY-MM-DD` since the epoch; it must be a date of the calendar. */
export function dayNumber(date: string): number {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  const day = match === null ? Number.NaN : daysFromCivil(Number(match[1]), Number(match[2]), Number(match[3]));
  assert(utcDate(day * DAY_US) === date, `a day is a date of the calendar written YYYY-MM-DD, not "${date}"`);
  return day;
}

interface TimedPhase {
  readonly phase: MarketPhaseName;
  readonly expectsData: boolean;
  readonly fromUs: number;
  readonly toUs: number;
}

const ALWAYS: MarketPhase = {
  phase: 'regular',
  expectsData: true,
  startsAtUs: Number.NEGATIVE_INFINITY,
  endsAtUs: Number.POSITIVE_INFINITY,
  tradeDate: '',
};

function hoursOf(market: string): MarketHours | undefined {
  assert(isMarket(market), `a market is one of ${MARKETS.join(', ')}, not "${market}"`);
  return market === 'always' ? undefined : MARKET_HOURS[market];
}

function dayOf(timeUs: number): number {
  return Math.floor((timeUs + KST_OFFSET_US) / DAY_US);
}

/** The phases of the session that starts on `day`, in absolute time; none on a day without one. */
function phasesOf(market: string, hours: MarketHours, day: number, holidays: MarketHolidays): readonly TimedPhase[] {
  if (!trades(market, day, holidays)) return [];
  const late = holidays.late.get(day);
  const midnightUs = day * DAY_US - KST_OFFSET_US;
  const timeUs = (ofDayUs: number) =>
    midnightUs + ofDayUs + (late !== undefined && ofDayUs <= hours.movesUntilUs[late] ? LATE_DAY_SHIFT_US : 0);
  return hours.phases
    .filter(({ since, until, onLateDays }) => {
      if (late !== undefined && onLateDays === false) return false;
      return (since === undefined || day >= dayNumber(since)) && (until === undefined || day <= dayNumber(until));
    })
    .map(({ phase, expectsData, fromUs, toUs }) => ({ phase, expectsData, fromUs: timeUs(fromUs), toUs: timeUs(toUs) }));
}

function windowOf(
  market: string,
  hours: MarketHours,
  day: number,
  holidays: MarketHolidays,
): { readonly fromUs: number; readonly toUs: number } | undefined {
  const phases = phasesOf(market, hours, day, holidays);
  const first = phases[0];
  const last = phases[phases.length - 1];
  return first === undefined || last === undefined ? undefined : { fromUs: first.fromUs - hours.leadUs, toUs: last.toUs + hours.trailUs };
}

function trades(market: string, day: number, holidays: MarketHolidays): boolean {
  const since = hoursOf(market)?.since;
  if (since !== undefined && day < dayNumber(since)) return false;
  return !isWeekend(day) && holidays.closed.get(market)?.has(day) !== true;
}

/** 1970-01-01, day 0, was a Thursday. */
function isWeekend(day: number): boolean {
  const weekday = (((day + 4) % 7) + 7) % 7;
  return weekday === 0 || weekday === 6;
}

function tradeDateOf(market: string, day: number, holidays: MarketHolidays): string {
  if (market !== 'krx-night') return utcDate(day * DAY_US);
  let next = day + 1;
  // Day sessions settle the night's trades, and the night itself may be closed on a day that trades.
  while (!trades('krx-derivatives', next, holidays) && next < day + SEARCH_DAYS_MAX) next += 1;
  return utcDate(next * DAY_US);
}

function lastEndBefore(market: string, hours: MarketHours, timeUs: number, holidays: MarketHolidays): number {
  const today = dayOf(timeUs);
  for (let day = today; day >= today - SEARCH_DAYS_MAX; day--) {
    const ends = phasesOf(market, hours, day, holidays).filter(({ toUs }) => toUs <= timeUs);
    const last = ends[ends.length - 1];
    if (last !== undefined) return last.toUs;
  }
  return Number.NEGATIVE_INFINITY;
}

function nextStartAfter(market: string, hours: MarketHours, timeUs: number, holidays: MarketHolidays): number {
  const today = dayOf(timeUs);
  for (let day = today; day <= today + SEARCH_DAYS_MAX; day++) {
    const next = phasesOf(market, hours, day, holidays).find(({ fromUs }) => fromUs > timeUs);
    if (next !== undefined) return next.fromUs;
  }
  return Number.POSITIVE_INFINITY;
}
