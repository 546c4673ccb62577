import { HOUR_US, MINUTE_US, SECOND_US } from '#domain';
import { type JsonObject, objectMember, textMember } from './json-object.ts';
import { looseNumber } from './loose-number.ts';
import type { RestQuestion } from './rest-request.ts';
import { type RestContext, sayRow } from './rest-row.ts';
import { kstMidnightUs, readDate } from './venue-time.ts';

/** Bars of one request that are remembered, to tell new and changed ones; the oldest go first. */
export const BARS_REMEMBERED_MAX = 4_096;
/** The newest bar is final when this has passed since its end: the venue's sums come a little later than the trades. */
const SETTLE_US = 5 * SECOND_US;
const SERIES_MAX = 10_000;

/** How one answer with bars names its fields. */
interface BarFields {
  readonly close: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  /** Whether `acml_tr_pbmn` is in won; the unit of derivatives is not documented. */
  readonly isValueInWon: boolean;
}

const STOCK: BarFields = { close: 'stck_prpr', open: 'stck_oprc', high: 'stck_hgpr', low: 'stck_lwpr', isValueInWon: true };
const DERIVATIVE: BarFields = { close: 'futs_prpr', open: 'futs_oprc', high: 'futs_hgpr', low: 'futs_lwpr', isValueInWon: false };
/** Requests that are answered with bars. */
const BAR_REQUESTS: ReadonlyMap<string, BarFields> = new Map([
  ['FHKST03010200', STOCK],
  ['FHKST03010230', STOCK],
  ['FHKIF03020200', DERIVATIVE],
]);

interface Bar {
  readonly openTimeUs: number;
  readonly date: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Value of the day up to this bar; NaN where it is not known. */
  readonly dayValue: number;
  value: number;
  isFinal: boolean;
}

/** What earlier answers to one request said. */
interface Series {
  readonly bars: Map<number, Bar>;
  oldestUs: number;
}

export function isBarRequest(trId: string): boolean {
  return BAR_REQUESTS.has(trId);
}

/**
 * Says the bars of an answer, oldest first: all of the first one (history, but for the newest), of later ones those that are new or
 * changed. Bars from before the first answer's are history too. Then the head of the answer, as a reading.
 */
export class BarBodies {
  readonly #context: RestContext;
  readonly #series = new Map<string, Series>();

  constructor(context: RestContext) {
    this.#context = context;
  }

  say(question: RestQuestion, body: JsonObject, receivedAtUs: number): void {
    const { sink, symbols } = this.#context;
    const { trId, symbol } = question;
    const rows: unknown = body.output2;
    if (!Array.isArray(rows)) {
      sink.decodeFailure(trId, 'output2: expected a list of bars');
      return;
    }
    const bars = this.#readBars(question, rows);
    markFinal(bars, question.intervalSeconds * SECOND_US, receivedAtUs);
    this.#sayNew(question, bars);
    sayRow(this.#context, trId, symbols.named(symbol), Number.NaN, objectMember(body, 'output1'), new Set());
  }

  /** The bars by open time, rising. A row that is none is a failure, and the others come out. */
  #readBars({ trId }: RestQuestion, rows: readonly unknown[]): Bar[] {
    const fields = BAR_REQUESTS.get(trId)!;
    const byTime = new Map<number, Bar>();
    rows.forEach((row, index) => {
      const bar = readBar(fields, row);
      if (typeof bar === 'string') this.#context.sink.decodeFailure(trId, `output2, row ${index + 1}: ${bar}`);
      else if (bar !== undefined && !byTime.has(bar.openTimeUs)) byTime.set(bar.openTimeUs, bar);
    });
    const bars = [...byTime.values()].sort((a, b) => a.openTimeUs - b.openTimeUs);
    if (fields.isValueInWon) setValues(bars);
    return bars;
  }

  #sayNew(question: RestQuestion, bars: readonly Bar[]): void {
    const series = this.#seriesOf(question);
    const isFirst = series.bars.size === 0;
    const oldestBeforeUs = series.oldestUs;
    const intervalUs = question.intervalSeconds * SECOND_US;
    const symbol = this.#context.symbols.named(question.symbol);
    bars.forEach((bar, index) => {
      const known = series.bars.get(bar.openTimeUs);
      if (known !== undefined && Number.isNaN(bar.value)) bar.value = known.value;
      if (known !== undefined && isSame(known, bar)) return;
      remember(series, bar);
      const { openTimeUs, open, high, low, close, volume, value, isFinal } = bar;
      const isHistory = isFirst ? index < bars.length - 1 : openTimeUs < oldestBeforeUs;
      this.#context.sink.bar(symbol, intervalUs, openTimeUs, open, high, low, close, volume, value, Number.NaN, isFinal, isHistory);
    });
  }

  #seriesOf({ trId, symbol, market, intervalSeconds }: RestQuestion): Series {
    const key = `${trId}|${symbol}|${market}|${intervalSeconds}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { bars: new Map(), oldestUs: Number.POSITIVE_INFINITY };
      if (this.#series.size >= SERIES_MAX) this.#series.delete(this.#series.keys().next().value!);
      this.#series.set(key, series);
    }
    return series;
  }
}

/** The bar of a row, what is wrong with it, or `undefined` for a row of nothing, as the venue fills short days with. */
function readBar(fields: BarFields, value: unknown): Bar | string | undefined {
  if (typeof value !== 'object' || value === null) return 'expected an object';
  const row = value as JsonObject;
  const date = textMember(row, 'stck_bsop_date').trim();
  const time = textMember(row, 'stck_cntg_hour').trim();
  if (date === '' && time === '') return undefined;
  const openTimeUs = openTimeOf(date, time);
  if (Number.isNaN(openTimeUs)) return `expected a date and a time, found "${date.slice(0, 20)}" and "${time.slice(0, 20)}"`;
  const numbers = [fields.open, fields.high, fields.low, fields.close, 'cntg_vol'].map(
    (key) => looseNumber(textMember(row, key)) ?? Number.NaN,
  );
  const [open = Number.NaN, high = Number.NaN, low = Number.NaN, close = Number.NaN, volume = Number.NaN] = numbers;
  if (!(open > 0 && high > 0 && low > 0 && close > 0)) {
    return [open, high, low, close].every((price) => price === 0) ? undefined : 'expected four prices above 0';
  }
  if (!(volume >= 0)) return 'cntg_vol: expected a volume';
  const dayValue = looseNumber(textMember(row, 'acml_tr_pbmn')) ?? Number.NaN;
  return { openTimeUs, date: Number(date), open, high, low, close, volume, dayValue, value: Number.NaN, isFinal: true };
}

/** The night session counts on past 24 hours, on the date on which it began. */
function openTimeOf(date: string, time: string): number {
  if (!/^[0-4]\d[0-5]\d[0-5]\d$/.test(time)) return Number.NaN;
  const sinceMidnightUs = Number(time.slice(0, 2)) * HOUR_US + Number(time.slice(2, 4)) * MINUTE_US + Number(time.slice(4)) * SECOND_US;
  return kstMidnightUs(readDate(date)) + sinceMidnightUs;
}

/** What was traded in a bar is what the day's value grew by since the bar before it; of the oldest bar that is not known. */
function setValues(bars: readonly Bar[]): void {
  bars.forEach((bar, index) => {
    const before = bars[index - 1];
    if (before === undefined || before.date !== bar.date) return;
    const value = bar.dayValue - before.dayValue;
    if (value >= 0) bar.value = value;
  });
}

/** A bar that a later one follows is final; the newest is when its end is well past. */
function markFinal(bars: readonly Bar[], intervalUs: number, receivedAtUs: number): void {
  const newest = bars.at(-1);
  if (newest !== undefined) newest.isFinal = newest.openTimeUs + intervalUs + SETTLE_US <= receivedAtUs;
}

function remember(series: Series, bar: Bar): void {
  series.bars.set(bar.openTimeUs, bar);
  series.oldestUs = Math.min(series.oldestUs, bar.openTimeUs);
  if (series.bars.size > BARS_REMEMBERED_MAX) series.bars.delete(Math.min(...series.bars.keys()));
}

function isSame(a: Bar, b: Bar): boolean {
  return (
    a.open === b.open &&
    a.high === b.high &&
    a.low === b.low &&
    a.close === b.close &&
    a.volume === b.volume &&
    Object.is(a.value, b.value) &&
    a.isFinal === b.isFinal
  );
}
