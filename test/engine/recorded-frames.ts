import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const DATA = new URL('../../../shared/data/', import.meta.url);

/** Whether the recorded captures are there; says so when they are not, so that a skipped test has its reason in the output. */
export function hasCaptures(): boolean {
  if (existsSync(DATA)) return true;
  process.stderr.write('skipped: the recorded captures (../shared/data) are not on this machine\n');
  return false;
}

export function expectedOf(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`${folder}/expected.json`, DATA), 'utf8'));
}

/** Lines `receive-time-ns frame` of the files, in the order given. */
export function* nsLines(...files: readonly string[]): Generator<{ readonly receivedAtUs: number; readonly frame: BinanceFrame }> {
  for (const line of linesOf(files)) {
    const space = line.indexOf(' ');
    yield { receivedAtUs: Number(BigInt(line.slice(0, space)) / 1000n), frame: JSON.parse(line.slice(space + 1)) };
  }
}

/** Lines of one JSON object each. */
export function* jsonLines(...files: readonly string[]): Generator<{ readonly t: string; readonly dir: string; readonly text: string }> {
  for (const line of linesOf(files)) yield JSON.parse(line);
}

/** What the tests read of a Binance frame: a stream's message, or the answer of the depth snapshot. */
export interface BinanceFrame {
  readonly stream?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly lastUpdateId?: number;
  readonly bids?: readonly (readonly [string, string])[];
  readonly asks?: readonly (readonly [string, string])[];
}

function* linesOf(files: readonly string[]): Generator<string> {
  for (const file of files) {
    for (const line of gunzipSync(readFileSync(new URL(file, DATA)))
      .toString('utf8')
      .split('\n')) {
      if (line !== '') yield line;
    }
  }
}
