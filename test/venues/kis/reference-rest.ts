import { z } from 'zod';
import type { EventSink, SymbolTable } from '#domain';
import { DriftNotes } from '../../../venues/drift-notes.ts';
import { fieldMeaning, isKnownField } from '../../../venues/kis/fields.ts';
import { kisInstrument, optionTypeOf } from '../../../venues/kis/instrument.ts';
import { kst } from './kis-frames.ts';

const Row = z.record(z.string(), z.unknown());
const Texts = z.record(z.string(), z.string());
const TEXT_KEYS = 'hts_kor_isnm futs_shrn_iscd optn_shrn_iscd futs_last_tr_date bstp_cls_code aspr_acpt_hour'.split(' ');
const GREEKS = ['delta_val', 'gama', 'theta', 'vega', 'rho'] as const;
const QUOTED = [...GREEKS, 'hts_ints_vltl', 'hts_thpr', 'hts_otst_stpl_qty', 'optn_bidp', 'optn_askp', 'seln_rsqn', 'shnu_rsqn'];
const INTERVAL_US = 60_000_000;
const SETTLE_US = 5_000_000;

interface Bar {
  readonly openUs: number;
  readonly date: string;
  readonly numbers: readonly number[];
  readonly dayValue: number;
  value: number;
  isFinal: boolean;
}

/** What bodies with bars of one stock and with option boards mean, written to be read. The production decoder must say the same. */
export class KisRestReference {
  readonly #sink: EventSink;
  readonly #symbols: SymbolTable;
  readonly #drifts: DriftNotes;
  readonly #bars = new Map<number, Bar>();
  readonly #defined = new Map<string, string>();

  constructor(sink: EventSink, symbols: SymbolTable) {
    this.#sink = sink;
    this.#symbols = symbols;
    this.#drifts = new DriftNotes(sink);
  }

  bars(bytes: Uint8Array, symbol: string, receivedAtUs: number): void {
    const label = 'FHKST03010200';
    const body = this.#accepted(label, bytes);
    if (body === undefined) return;
    if (!Array.isArray(body.output2)) return this.#sink.decodeFailure(label, 'output2');
    const read: Bar[] = [];
    for (const row of body.output2) {
      const bar = barOf(row);
      if (bar === 'bad') this.#sink.decodeFailure(label, 'row');
      else if (bar !== 'empty' && !read.some(({ openUs }) => openUs === bar.openUs)) read.push(bar);
    }
    read.sort((a, b) => a.openUs - b.openUs);
    read.forEach((bar, index) => {
      const before = read[index - 1];
      const growth = before?.date === bar.date ? bar.dayValue - before.dayValue : Number.NaN;
      bar.value = growth >= 0 ? growth : Number.NaN;
      bar.isFinal = index < read.length - 1 || bar.openUs + INTERVAL_US + SETTLE_US <= receivedAtUs;
    });
    this.#sayBars(this.#symbols.intern('kis', symbol), read);
    this.#reading(label, this.#symbols.intern('kis', symbol), body.output1, []);
  }

  board(bytes: Uint8Array): void {
    const label = 'FHPIF05030100';
    const body = this.#accepted(label, bytes);
    if (body === undefined) return;
    for (const [list, type] of [
      ['output1', 'call'],
      ['output2', 'put'],
    ] as const) {
      const rows = body[list];
      if (!Array.isArray(rows)) this.#sink.decodeFailure(label, list);
      else for (const row of rows) this.#option(label, Row.safeParse(row).success ? row : {}, type);
    }
  }

  #sayBars(symbol: number, read: readonly Bar[]): void {
    const isFirst = this.#bars.size === 0;
    const oldestUs = Math.min(...this.#bars.keys());
    read.forEach((bar, index) => {
      const known = this.#bars.get(bar.openUs);
      if (Number.isNaN(bar.value)) bar.value = known?.value ?? Number.NaN;
      if (known !== undefined && JSON.stringify({ ...known, dayValue: 0 }) === JSON.stringify({ ...bar, dayValue: 0 })) return;
      this.#bars.set(bar.openUs, bar);
      const [open, high, low, close, volume] = bar.numbers as [number, number, number, number, number];
      const isHistory = isFirst ? index < read.length - 1 : bar.openUs < oldestUs;
      this.#sink.bar(symbol, INTERVAL_US, bar.openUs, open, high, low, close, volume, bar.value, Number.NaN, bar.isFinal, isHistory);
    });
  }

  #option(label: string, row: Record<string, unknown>, list: 'call' | 'put'): void {
    const code = typeof row.optn_shrn_iscd === 'string' ? row.optn_shrn_iscd.trim() : '';
    if (!/^[\x21-\x7e]{1,20}$/.test(code)) return this.#sink.decodeFailure(label, 'code');
    const known = kisInstrument(code);
    const type = optionTypeOf(code) ?? list;
    if (type !== list) this.#drifts.note(label, `${code} is in the list of ${list}s`);
    const strike = this.#number(label, row, 'acpr');
    const before: object = JSON.parse(this.#defined.get(code) ?? '{}');
    const facts = { ...before, optionType: type, ...(strike > 0 ? { strike } : {}) };
    if (this.#defined.get(code) !== JSON.stringify(facts)) this.#sink.instrument(this.#symbols.intern('kis', code), { ...known, ...facts });
    this.#defined.set(code, JSON.stringify(facts));
    const number = (key: string) => this.#number(label, row, key);
    const best = (price: string, size: string) =>
      (number(price) > 0 ? [number(price), number(size)] : [Number.NaN, Number.NaN]) as [number, number];
    const bid = best('optn_bidp', 'shnu_rsqn');
    const ask = best('optn_askp', 'seln_rsqn');
    const symbol = this.#symbols.intern('kis', code);
    const volatility = number('hts_ints_vltl') / 100;
    const [delta, gamma, theta, vega, rho] = GREEKS.map(number) as [number, number, number, number, number];
    const none = Number.NaN;
    const values = [
      none,
      volatility,
      none,
      none,
      delta,
      gamma,
      theta,
      vega,
      rho,
      number('hts_thpr'),
      none,
      number('hts_otst_stpl_qty'),
    ] as const;
    this.#sink.optionQuote(symbol, ...values, ...bid, ...ask);
    this.#reading(label, symbol, row, QUOTED);
  }

  #reading(label: string, symbol: number, value: unknown, said: readonly string[]): void {
    const row = typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
    const told: [string, number][] = [];
    const unknown: string[] = [];
    for (const key of Object.keys(row).filter((each) => !said.includes(each))) {
      const name = key.toUpperCase();
      if (key === 'atm_cls_name') told.push(['moneyness', ['ATM', 'ITM', 'OTM'].indexOf(String(row[key]).trim()) + 1 || Number.NaN]);
      else if (isKnownField(name) && fieldMeaning(name).reading !== '')
        told.push([fieldMeaning(name).reading, this.#number(label, row, key)]);
      else if (!TEXT_KEYS.includes(key)) unknown.push(key);
    }
    const numbers = told.filter(([, number]) => !Number.isNaN(number));
    if (numbers.length > 0) {
      this.#sink.readingBegin(symbol, Number.NaN, label);
      for (const [name, number] of numbers) this.#sink.readingValue(name, number);
      this.#sink.readingEnd();
    }
    this.#drifts.noteKeys(label, unknown);
  }

  #number(label: string, row: Record<string, unknown>, key: string): number {
    if (!Object.hasOwn(row, key)) return Number.NaN;
    const value = row[key];
    const number = typeof value === 'string' || typeof value === 'number' ? numberOf(String(value)) : undefined;
    if (number === undefined) this.#drifts.note(label, `${key}: expected a number, found ${JSON.stringify(value).slice(0, 40)}`);
    return number ?? Number.NaN;
  }

  /** The object of an answer that is one; a refusal is drift. */
  #accepted(label: string, bytes: Uint8Array): Record<string, unknown> | undefined {
    const body = objectOf(new TextDecoder().decode(bytes));
    const text = (key: string) => (typeof body?.[key] === 'string' && Object.hasOwn(body, key) ? (body[key] as string) : '');
    if (text('error_code') !== '' || !['', '0'].includes(text('rt_cd'))) {
      const code = text('error_code') || text('msg_cd') || 'HTTP status 200';
      const message = (text('error_description') || text('msg1')).trim();
      this.#drifts.note(label, message === '' ? code : `${code}: ${message}`);
      return undefined;
    }
    if (body === undefined) this.#sink.decodeFailure(label, 'no JSON object');
    return body;
  }
}

function barOf(value: unknown): Bar | 'empty' | 'bad' {
  if (typeof value !== 'object' || value === null) return 'bad';
  const row = Texts.parse(Object.fromEntries(Object.entries(value).filter(([, text]) => typeof text === 'string')));
  const [date, time] = [(row.stck_bsop_date ?? '').trim(), (row.stck_cntg_hour ?? '').trim()];
  if (date === '' && time === '') return 'empty';
  const found = /^((?:19|[2-9]\d)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([0-4]\d)([0-5]\d)([0-5]\d)$/.exec(`${date}${time}`);
  if (found === null || date.length !== 8) return 'bad';
  const [year, month, day, hours, minutes, seconds] = found.slice(1).map(Number) as [number, number, number, number, number, number];
  const openUs = kst('1970-01-01T00:00:00') + Date.UTC(year, month - 1, day, hours, minutes, seconds) * 1000;
  const number = (key: string) => numberOf(row[key] ?? '') ?? Number.NaN;
  const prices = ['stck_oprc', 'stck_hgpr', 'stck_lwpr', 'stck_prpr'].map(number);
  if (prices.every((price) => price === 0)) return 'empty';
  if (!prices.every((price) => price > 0) || !(number('cntg_vol') >= 0)) return 'bad';
  return { openUs, date, numbers: [...prices, number('cntg_vol')], dayValue: number('acml_tr_pbmn'), value: Number.NaN, isFinal: false };
}

function numberOf(raw: string): number | undefined {
  const text = raw.replace(/^ +/, '').replace(/ +$/, '');
  if (['', '(null)', 'nan', '-nan'].includes(text)) return Number.NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) && Number.isFinite(Number(text)) ? Number(text) + 0 : undefined;
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
