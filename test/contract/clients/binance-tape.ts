import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { BinanceVenueId } from '../../../venues/binance/index.ts';
import { aRecord, MemoryTape } from '../../fixtures/memory-tape.ts';

const FOLDER = new URL('../../../../shared/data/binance/', import.meta.url);
const FILES: Readonly<Record<BinanceVenueId, string>> = {
  'binance-spot': 'spot_btcusdt_20240808.txt.gz',
  'binance-usdm': 'usdm_btcusdt_20240808.txt.gz',
};
/** Some minutes of the recording: enough for thousands of trades and books. */
const FRAMES_MAX = 40_000;

export const hasCaptures = existsSync(FOLDER);
if (!hasCaptures) process.stderr.write('skipped: the recorded Binance frames are not beside the project\n');

/** The first frames of a recording, every line one frame, the REST snapshot among them. */
export function binanceTape(venue: BinanceVenueId): MemoryTape {
  const lines = gunzipSync(readFileSync(new URL(FILES[venue], FOLDER)))
    .toString('latin1')
    .trimEnd()
    .split('\n')
    .slice(0, FRAMES_MAX);
  const records = lines.map((line) => {
    const space = line.indexOf(' ');
    return { ...aRecord({ venue, payload: Buffer.from(line.slice(space + 1), 'latin1') }), receivedAtNs: BigInt(line.slice(0, space)) };
  });
  return new MemoryTape(records);
}
