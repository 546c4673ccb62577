import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

export type Market = 'spot' | 'usdm';

export const MARKETS: readonly Market[] = ['spot', 'usdm'];

export interface Capture {
  readonly market: Market;
  readonly venue: string;
  readonly files: readonly string[];
}

/** The recorded Binance captures beside the project; `undefined` where the folder is absent. */
export function capture(market: Market): Capture | undefined {
  const names = market === 'spot' ? ['spot_btcusdt_20240808.txt.gz', 'spot_btcusdt_20240809.txt.gz'] : ['usdm_btcusdt_20240808.txt.gz'];
  const files = names.map((name) => fileURLToPath(new URL(`../../../shared/data/binance/${name}`, import.meta.url)));
  return files.every(existsSync) ? { market, venue: market === 'spot' ? 'binance-spot' : 'binance-usdm', files } : undefined;
}

/** The same, for a process that was started because it is there. */
export function presentCapture(market: Market): Capture {
  const found = capture(market);
  if (found === undefined) throw new Error(`the recorded ${market} capture is not beside the project`);
  return found;
}

/** Frames as they came, all in one buffer: frame `i` is `bytes[starts[i], ends[i])`. */
export interface Frames {
  readonly count: number;
  readonly bytes: Buffer;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly receivedAtNs: BigInt64Array;
}

const NEWLINE = 10;
const SPACE = 32;

/** All frames of a capture in memory; a line is its receive time in nanoseconds, a space, and the frame. */
export function readFrames({ files }: Capture): Frames {
  const bytes = Buffer.concat(files.map((file) => gunzipSync(readFileSync(file))));
  const starts: number[] = [];
  const ends: number[] = [];
  const times: bigint[] = [];
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    const space = bytes.indexOf(SPACE, start);
    times.push(BigInt(bytes.toString('latin1', start, space)));
    starts.push(space + 1);
    ends.push(end);
    start = end + 1;
  }
  return {
    count: starts.length,
    bytes,
    starts: Uint32Array.from(starts),
    ends: Uint32Array.from(ends),
    receivedAtNs: BigInt64Array.from(times),
  };
}
