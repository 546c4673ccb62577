import type { Listing } from '#venues';
import { cp949Bytes } from './cp949.ts';

/** The master files by the endpoint that a recorder asks with; `undefined` for those that the world has nothing for. */
export function kisMaster(endpoint: string, listings: readonly Listing[]): Uint8Array | undefined {
  switch (endpoint) {
    case 'master-index-derivatives':
      return fileOf(listings.filter(({ segment }) => segment === 'krx-derivatives').map(derivativeLine));
    case 'master-kospi':
      return fileOf(listings.filter(({ segment }) => segment === 'kospi').map(stockLine));
    case 'master-kosdaq':
      return fileOf(listings.filter(({ segment }) => segment === 'kosdaq').map(stockLine));
    default:
      return undefined;
  }
}

const KINDS = { future: '1', call: '5', put: '6' } as const;
/** KOSPI 200, by the code that indices have. */
const UNDERLYING = '2001';
const CODE_BYTES = 9;
const NAME_BYTES = 40;

/** Nine columns between bars: kind, code, ISIN, name, ATM, strike, month, code and name of what it is on. */
function derivativeLine({ symbol, name, optionType, strike, maturity }: Listing): Uint8Array {
  const kind = KINDS[optionType ?? 'future'];
  const columns = [
    kind,
    symbol.padEnd(CODE_BYTES),
    isinOf(symbol),
    name,
    '',
    strike?.toFixed(2) ?? '',
    maturity ?? '',
    UNDERLYING,
    'KOSPI200',
  ];
  return cp949Bytes(columns.join('|'));
}

/** Fixed columns of bytes: code, ISIN, name, the kind of paper. */
function stockLine({ symbol, name }: Listing): Uint8Array {
  const nameBytes = cp949Bytes(name);
  const line = new Uint8Array(CODE_BYTES + isinOf(symbol).length + NAME_BYTES + 2).fill(0x20);
  line.set(cp949Bytes(symbol.padEnd(CODE_BYTES) + isinOf(symbol)));
  line.set(nameBytes.subarray(0, NAME_BYTES), CODE_BYTES + isinOf(symbol).length);
  line.set(cp949Bytes('ST'), line.length - 2);
  return line;
}

/** Twelve characters in the form of one; the check digit is not counted. */
function isinOf(symbol: string): string {
  return `KR${symbol.padEnd(9, '0').slice(0, 9)}0`;
}

function fileOf(lines: readonly Uint8Array[]): Uint8Array | undefined {
  if (lines.length === 0) return undefined;
  const bytes = new Uint8Array(lines.reduce((sum, line) => sum + line.length + 1, 0));
  let at = 0;
  for (const line of lines) {
    bytes.set(line, at);
    at += line.length + 1;
    bytes[at - 1] = 0x0a;
  }
  return bytes;
}
