import { type EventSink, KST_OFFSET_US, nearestTimeOfDay, type StatusKind, type SymbolTable } from '#domain';
import { DriftNotes } from '../../../venues/drift-notes.ts';
import { CHANNEL_RULES } from '../../../venues/kis/channel-rules.ts';
import { fieldMeaning } from '../../../venues/kis/fields.ts';
import { CHANNEL_LAYOUTS, type ChannelLayouts } from '../../../venues/kis/layouts.ts';
import { MESSAGE_CODES } from '../../../venues/kis/message-codes.ts';

/** Why a record is bad. */
class Refusal extends Error {}

/** One record, its texts by the names of the layout. */
interface Row {
  readonly channel: string;
  readonly fields: readonly string[];
  readonly texts: ReadonlyMap<string, string>;
  readonly symbol: string;
  readonly receivedAtUs: number;
}

const OPTION_FIELDS = ['DELTA', 'GAMA', 'VEGA', 'THETA', 'RHO', 'HTS_INTS_VLTL', 'HTS_THPR', 'HTS_OTST_STPL_QTY'];
const TRADE_FIELDS = ['STCK_PRPR', 'FUTS_PRPR', 'OPTN_PRPR', 'CNTG_VOL', 'LAST_CNQN', 'ACML_VOL', 'CCLD_DVSN', 'CNTG_CLS_CODE'];
const REQUIRED_IN_TRADE = ['STCK_PRPR', 'FUTS_PRPR', 'OPTN_PRPR', 'CNTG_VOL', 'LAST_CNQN', 'ACML_VOL'];
const AUCTION_FIELDS = ['ANTC_CNPR', 'ANTC_CNQN'];
const ONLY_WHILE_EXPECTED = ['ANTC_VOL', 'ANTC_CNTG_VRSS', 'ANTC_CNTG_VRSS_SIGN', 'ANTC_CNTG_PRDY_CTRT'];
const isLevel = (name: string) => /(ASKP|BIDP)(_RSQN|_CSNU)?\d+$/.test(name);

/** What KIS frames mean, written to be read: the frame split at its bars and carets, then field by field by name. The production decoder must say the same. */
export class KisReference {
  readonly #sink: EventSink;
  readonly #symbols: SymbolTable;
  readonly #drifts: DriftNotes;
  readonly #halted = new Set<string>();
  readonly #interrupted = new Set<string>();

  constructor(sink: EventSink, symbols: SymbolTable) {
    this.#sink = sink;
    this.#symbols = symbols;
    this.#drifts = new DriftNotes(sink);
  }

  decode(bytes: Uint8Array, receivedAtUs: number): void {
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    if (!/^[01]\|./s.test(text)) return this.#control(text);
    const [, trId = '', countText, ...rest] = text.split('|');
    if (countText === undefined || rest.length === 0) return this.#sink.decodeFailure('', 'head');
    const table = CHANNEL_LAYOUTS.find(({ channel }) => channel === trId);
    if (table === undefined) return this.#undecoded(/^[0-9A-Z]{0,16}$/.test(trId) ? trId : '');
    const count = /^\d{1,4}$/.test(countText) ? Number(countText) : 0;
    this.#records(table, count, rest.join('|').split('^'), receivedAtUs);
  }

  #control(text: string): void {
    const frame = objectOf(text);
    if (frame === undefined) return this.#sink.decodeFailure('', 'no JSON object');
    if (member(member(frame, 'header'), 'tr_id') === 'PINGPONG') return;
    const body = member(frame, 'body');
    const code = String(textOf(member(body, 'msg_cd'))).trim();
    if (code === '') this.#sink.undecoded('');
    else if (!Object.keys(MESSAGE_CODES).includes(code)) this.#drifts.note('', `msg_cd ${code}: ${textOf(member(body, 'msg1')).trim()}`);
  }

  #undecoded(trId: string): void {
    this.#sink.undecoded(trId);
    if (!CHANNEL_RULES.has(trId)) this.#drifts.note('', `TR id "${trId}" is not in the table`);
  }

  #records(table: ChannelLayouts, count: number, values: readonly string[], receivedAtUs: number): void {
    const { channel } = table;
    if (count === 0 || values.length % count !== 0) return this.#sink.decodeFailure(channel, 'count');
    const width = values.length / count;
    const fitting = table.layouts.filter((fields) => fields.length <= width).sort((a, b) => b.length - a.length);
    const fields = fitting[0];
    if (fields === undefined) return this.#sink.decodeFailure(channel, 'width');
    const extra = width - fields.length;
    if (extra > 0) this.#drifts.note(channel, `${width} fields a record: the first ${fields.length} are read, ${extra} are not known`);
    for (let start = 0; start < values.length; start += width) {
      const texts = new Map(fields.map((name, index) => [name, values[start + index]!]));
      try {
        this.#record(table, { channel, fields, texts, symbol: symbolOf(table, texts), receivedAtUs });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.#sink.decodeFailure(channel, error.message);
      }
    }
  }

  #record(table: ChannelLayouts, row: Row): void {
    if (table.kind === 'notice') return this.#notice(row);
    const unread: string[] = [];
    const numbers = new Map<string, number>();
    for (const name of row.fields) {
      const value = readField(name, row.texts.get(name)!);
      if (value === undefined && isRequired(table, name)) throw new Refusal(name);
      if (value === undefined) unread.push(driftOf(name, row.texts.get(name)!));
      else numbers.set(name, value);
    }
    const number = (...names: string[]) => names.map((name) => numbers.get(name)).find((value) => value !== undefined) ?? Number.NaN;
    switch (table.kind) {
      case 'trade':
        this.#trade(row, number);
        break;
      case 'book':
        this.#book(row, number);
        break;
      case 'expected':
        this.#expected(row, number);
        break;
      case 'status':
        this.#status(row, number);
        break;
    }
    for (const detail of unread) this.#drifts.note(row.channel, detail);
  }

  #trade(row: Row, number: (...names: string[]) => number): void {
    const symbol = this.#symbols.intern('kis', row.symbol);
    const time = timeOf(row, number('BSOP_DATE'));
    const [price, size] = [number('STCK_PRPR', 'FUTS_PRPR', 'OPTN_PRPR'), number('CNTG_VOL', 'LAST_CNQN')];
    if (price > 0 && size > 0) {
      const sideField = row.fields.find((name) => name === 'CCLD_DVSN' || name === 'CNTG_CLS_CODE');
      const sideCode = sideField === undefined ? Number.NaN : number(sideField);
      if (![1, 3, 5].includes(sideCode) && !Number.isNaN(sideCode))
        this.#drifts.note(row.channel, `${sideField} ${sideCode} is not in the table`);
      const operation = number('NEW_MKOP_CLS_CODE');
      const isOffBook = operation >= 10 && [2, 3].includes(operation % 10);
      const condition = isOffBook ? 'off-book' : sideCode === 3 ? 'auction' : 'regular';
      this.#sink.trade(symbol, time, price, size, sideCode === 1 ? 1 : sideCode === 5 ? -1 : 0, '', number('ACML_VOL'), condition);
    }
    const best = (stem: string): [number, number] => {
      const value = number(`${stem}1`, `FUTS_${stem}1`, `OPTN_${stem}1`);
      return value > 0 ? [value, number(`${stem}_RSQN1`)] : [Number.NaN, Number.NaN];
    };
    const [bid, bidSize] = best('BIDP');
    const [ask, askSize] = best('ASKP');
    if (bid > 0 || ask > 0) this.#sink.quote(symbol, time, bid, bidSize, ask, askSize, Number.NaN);
    const isOption = row.fields.includes('DELTA');
    if (isOption) {
      const greeks = [number('DELTA'), number('GAMA'), number('THETA'), number('VEGA'), number('RHO')] as const;
      const volatility = number('HTS_INTS_VLTL') / 100;
      const [theory, interest] = [number('HTS_THPR'), number('HTS_OTST_STPL_QTY')];
      const [delta, gamma, theta, vega, rho] = greeks;
      const none = Number.NaN;
      this.#sink.optionQuote(
        ...([symbol, time, volatility, none, none, delta, gamma, theta, vega, rho, theory, none, interest] as const),
        ...([bid, bidSize, ask, askSize] as const),
      );
    }
    const told = row.fields.filter((name) => !isLevel(name) && ![...TRADE_FIELDS, ...(isOption ? OPTION_FIELDS : [])].includes(name));
    // A record without a print loses none of its numbers.
    const unsaid = price > 0 && size > 0 ? [] : row.fields.filter((name) => REQUIRED_IN_TRADE.includes(name));
    this.#readingOf(row, symbol, time, number, [...told, ...unsaid]);
  }

  #book(row: Row, number: (...names: string[]) => number): void {
    const depth = row.fields.filter((name) => /^(FUTS_|OPTN_)?ASKP\d+$/.test(name)).length;
    const levels = (['BIDP', 'ASKP'] as const).flatMap((stem) =>
      Array.from({ length: depth }, (_, index) => ({
        stem,
        level: index + 1,
        price: number(`${stem}${index + 1}`, `FUTS_${stem}${index + 1}`, `OPTN_${stem}${index + 1}`),
        size: number(`${stem}_RSQN${index + 1}`),
        orders: number(`${stem}_CSNU${index + 1}`),
      })),
    );
    if (levels.some(({ price, size }) => price > 0 && !(size >= 0))) throw new Refusal('a price without a size');
    for (const { stem, level, price, size } of levels) {
      if (!(price > 0) && size > 0) this.#drifts.note(row.channel, `${stem}_RSQN${level}: a size without a price`);
    }
    const symbol = this.#symbols.intern('kis', row.symbol);
    const time = timeOf(row, Number.NaN);
    this.#sink.bookBegin(symbol, time, true, 'replace', Number.NaN, Number.NaN, Number.NaN);
    for (const { stem, price, size, orders } of levels) {
      if (price > 0) this.#sink.bookLevel(stem === 'BIDP' ? 1 : -1, price, size, orders, Number.NaN);
    }
    const total = (what: string) => [number(`TOTAL_BIDP_${what}`), number(`TOTAL_ASKP_${what}`)] as const;
    this.#sink.bookTotals(...total('RSQN'), ...total('CSNU'), ...total('RSQN_ICDC'), Number.NaN, Number.NaN);
    this.#sink.bookEnd();
    this.#auction(row, symbol, time, number, (name) => !isLevel(name) && !/^TOTAL_(ASKP|BIDP)_/.test(name));
  }

  #expected(row: Row, number: (...names: string[]) => number): void {
    this.#auction(row, this.#symbols.intern('kis', row.symbol), timeOf(row, Number.NaN), number, () => true);
  }

  #auction(row: Row, symbol: number, time: number, number: (...names: string[]) => number, isTold: (name: string) => boolean): void {
    const price = number('ANTC_CNPR');
    if (price > 0) this.#sink.auction(symbol, time, price, number('ANTC_CNQN'));
    const told = row.fields.filter((name) => isTold(name) && !AUCTION_FIELDS.includes(name));
    const always = told.filter((name) => !ONLY_WHILE_EXPECTED.includes(name));
    this.#readingOf(row, symbol, time, number, price > 0 ? [...always, ...told.filter((name) => !always.includes(name))] : always);
  }

  #status(row: Row, number: (...names: string[]) => number): void {
    const symbol = this.#symbols.intern('kis', row.symbol);
    const text = (name: string) => nullToEmpty(row.texts.get(name) ?? '');
    const say = (status: StatusKind, isRestricted: boolean, code: string) =>
      this.#sink.status(symbol, Number.NaN, status, isRestricted, code, Number.NaN);
    if (text('MKOP_CLS_CODE') !== '') say('phase', false, text('MKOP_CLS_CODE'));
    const [wasHalted, wasInterrupted] = [this.#halted.has(row.symbol), this.#interrupted.has(row.symbol)];
    const halted = number('TRHT_YN');
    const isHalted = Number.isNaN(halted) ? wasHalted : halted === 1;
    const codes = [text('VI_CLS_CODE'), text('OVTM_VI_CLS_CODE')];
    const code = codes.find((each) => !['', 'N', '0'].includes(each));
    const isInterrupted = codes.every((each) => each === '') ? wasInterrupted : code !== undefined;
    if (wasHalted && !isHalted) say('halt', false, text('TR_SUSP_REAS_CNTT'));
    if (wasInterrupted && !isInterrupted) say('volatility-interruption', false, codes[0]!);
    if (isHalted) say('halt', true, text('TR_SUSP_REAS_CNTT'));
    if (isInterrupted) say('volatility-interruption', true, code ?? codes[0]!);
    keep(this.#halted, row.symbol, isHalted);
    keep(this.#interrupted, row.symbol, isInterrupted);
    this.#reading(row, symbol, Number.NaN, number, (name) => name !== 'TRHT_YN');
  }

  #notice(row: Row): void {
    const text = (name: string) => nullToEmpty(row.texts.get(name)!);
    const symbol = text('STCK_SHRN_ISCD');
    if (!/^[\x21-\x7e]{1,20}$/.test(symbol)) throw new Refusal('symbol');
    const raw = row.texts.get('STCK_CNTG_HOUR')!;
    const time = readField('STCK_CNTG_HOUR', raw);
    if (text('STCK_CNTG_HOUR') !== '' && time === undefined) throw new Refusal('time');
    const venueTimeUs = time === undefined ? Number.NaN : nearestTimeOfDay(time, row.receivedAtUs, KST_OFFSET_US);
    this.#sink.noticeBegin(text('CNTG_YN') === '2' ? 'fill' : 'order', this.#symbols.intern('kis', symbol), venueTimeUs);
    for (const name of row.fields) this.#sink.noticeField(name, text(name));
    this.#sink.noticeEnd();
  }

  #reading(row: Row, symbol: number, time: number, number: (...names: string[]) => number, isTold: (name: string) => boolean): void {
    this.#readingOf(row, symbol, time, number, row.fields.filter(isTold));
  }

  #readingOf(row: Row, symbol: number, time: number, number: (...names: string[]) => number, names: readonly string[]): void {
    const told = names
      .map((name) => [fieldMeaning(name).reading, number(name)] as const)
      .filter(([reading, value]) => reading !== '' && !Number.isNaN(value));
    if (told.length === 0) return;
    this.#sink.readingBegin(symbol, time, row.channel);
    for (const [reading, value] of told) this.#sink.readingValue(reading, value);
    this.#sink.readingEnd();
  }
}

function symbolOf({ suffix }: ChannelLayouts, texts: ReadonlyMap<string, string>): string {
  const [first = ''] = texts.values();
  return first + suffix;
}

function timeOf(row: Row, date: number): number {
  const sinceMidnight = readField('BSOP_HOUR', row.texts.get('STCK_CNTG_HOUR') ?? row.texts.get('BSOP_HOUR')!)!;
  if (Number.isNaN(date)) return nearestTimeOfDay(sinceMidnight, row.receivedAtUs, KST_OFFSET_US);
  const text = String(date);
  return Date.UTC(Number(text.slice(0, 4)), Number(text.slice(4, 6)) - 1, Number(text.slice(6))) * 1000 - KST_OFFSET_US + sinceMidnight;
}

/** The number of a field: NaN where it says nothing, `undefined` where it is not what it should be. */
function readField(name: string, raw: string): number | undefined {
  const text = trimmed(raw);
  const isNothing = ['', '(null)', 'nan', '-nan'].includes(text);
  switch (fieldMeaning(name).reads) {
    case 'number':
      if (isNothing) return Number.NaN;
      return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) && Number.isFinite(Number(text)) ? Number(text) + 0 : undefined;
    case 'code':
      if (/^[A-Z]$/.test(raw)) return raw.charCodeAt(0) - 55;
      if (isNothing) return Number.NaN;
      return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
    case 'flag':
      if (isNothing) return Number.NaN;
      return raw === 'Y' ? 1 : raw === 'N' ? 0 : undefined;
    case 'time': {
      const found = /^([01]\d|2[0-3])([0-5]\d)([0-5]\d)$/.exec(raw);
      return found === null ? undefined : (Number(found[1]) * 3600 + Number(found[2]) * 60 + Number(found[3])) * 1_000_000;
    }
    case 'date':
      if (raw === '') return Number.NaN;
      return /^(19|[2-9]\d)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/.test(raw) ? Number(raw) : undefined;
    case 'symbol':
      return /^[\x21-\x7e]{1,20}$/.test(raw) ? Number.NaN : undefined;
    case 'text':
      return Number.NaN;
  }
}

function isRequired({ kind }: ChannelLayouts, name: string): boolean {
  const { reads } = fieldMeaning(name);
  if (reads === 'symbol' || reads === 'time') return true;
  if (kind === 'trade') return REQUIRED_IN_TRADE.includes(name);
  if (kind === 'book') return isLevel(name);
  return kind === 'expected' ? name === 'ANTC_CNPR' : kind === 'status' && reads === 'flag';
}

function driftOf(name: string, text: string): string {
  const wanted: Record<string, string> = { number: 'a number', code: 'a code', flag: 'Y or N', date: 'YYYYMMDD' };
  return `${name}: expected ${wanted[fieldMeaning(name).reads]}, found "${text.slice(0, 40)}"`;
}

function trimmed(text: string): string {
  return text.replace(/^ +/, '').replace(/ +$/, '');
}

function nullToEmpty(text: string): string {
  return trimmed(text) === '(null)' ? '' : trimmed(text);
}

function keep(set: Set<string>, symbol: string, isIn: boolean): void {
  if (isIn) set.add(symbol);
  else set.delete(symbol);
}

function objectOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
