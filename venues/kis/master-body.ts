import { optionTypeOf } from './instrument.ts';
import type { InstrumentFacts } from './known-instruments.ts';
import { looseNumber } from './loose-number.ts';
import type { RestContext } from './rest-row.ts';

const INDEX_DERIVATIVES = 'master-index-derivatives';
/** Files of fixed columns: code, ISIN and name, then the kind of paper as two letters (ST, EF, EN, …). */
const STOCKS: ReadonlySet<string> = new Set(['master-kospi', 'master-kosdaq']);
const CODE_BYTES = 9;
const NAME_START = 21;
const NAME_STOP = 61;
const GROUP_STOP = 63;
const LINE_FEED = 0x0a;
const ZIP = [0x50, 0x4b];

/** Columns of the index derivatives' file. */
const COLUMNS = 9;
const KIND = 0;
const CODE = 1;
const NAME = 3;
const STRIKE = 5;
const UNDERLYING = 7;
/** Kinds of options in that file: KOSPI 200, mini, KOSDAQ 150, weekly of Thursday and of Monday. */
const CALL_KINDS: ReadonlySet<string> = new Set(['5', 'D', 'J', 'L', 'N']);
const PUT_KINDS: ReadonlySet<string> = new Set(['6', 'E', 'K', 'M', 'O']);

const SYMBOL = /^[\x21-\x7e]{1,20}$/;
/** Code page 949, which this name means in the WHATWG encoding standard. */
const CP949 = new TextDecoder('euc-kr');

export function isMaster(endpoint: string): boolean {
  return endpoint === INDEX_DERIVATIVES || STOCKS.has(endpoint);
}

/** Says the instruments of a master file. Of lines that are none there is one failure, with their number and the first. */
export function sayMaster(context: RestContext, endpoint: string, bytes: Uint8Array): void {
  if (bytes[0] === ZIP[0] && bytes[1] === ZIP[1]) {
    context.sink.decodeFailure(endpoint, 'the file was recorded as a zip');
    return;
  }
  const read = STOCKS.has(endpoint) ? readStock : readDerivative;
  let lines = 0;
  let badLines = 0;
  let firstBad = 0;
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(LINE_FEED, start);
    const stop = found < 0 ? bytes.length : found;
    lines++;
    const isBlank = CP949.decode(bytes.subarray(start, stop)).trim() === '';
    if (!isBlank && !read(context, bytes.subarray(start, stop)) && badLines++ === 0) firstBad = lines;
    start = stop + 1;
  }
  if (badLines > 0) context.sink.decodeFailure(endpoint, `${badLines} of ${lines} lines are no instrument, the first is line ${firstBad}`);
}

/** One line between bars; no byte of a cp949 character is a bar. */
function readDerivative({ instruments }: RestContext, line: Uint8Array): boolean {
  const columns = CP949.decode(line)
    .split('|')
    .map((text) => text.trim());
  const code = columns[CODE] ?? '';
  if (columns.length < COLUMNS || !SYMBOL.test(code)) return false;
  const kind = columns[KIND]!;
  const name = columns[NAME]!;
  const optionType = CALL_KINDS.has(kind) ? 'call' : PUT_KINDS.has(kind) ? 'put' : optionTypeOf(code);
  const strike = looseNumber(columns[STRIKE]!) ?? Number.NaN;
  const facts: InstrumentFacts = {
    ...(name === '' ? {} : { name }),
    ...(optionType === undefined ? {} : { optionType }),
    ...(optionType !== undefined && strike > 0 ? { strike } : {}),
  };
  instruments.define(code, facts);
  instruments.setUnderlying(code, columns[UNDERLYING]!);
  return true;
}

function readStock({ instruments }: RestContext, line: Uint8Array): boolean {
  const code = CP949.decode(line.subarray(0, CODE_BYTES)).trim();
  const name = CP949.decode(line.subarray(NAME_START, NAME_STOP)).trim();
  const group = CP949.decode(line.subarray(NAME_STOP, GROUP_STOP));
  if (!SYMBOL.test(code) || name === '' || !/^[A-Z]{2}$/.test(group)) return false;
  instruments.define(code, { name });
  return true;
}
