import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { BinanceVenueId } from '../../../venues/binance/index.ts';

const FOLDER = new URL('../../../../shared/data/binance/', import.meta.url);

/** The recorded frames of one market as one buffer; frame i is `bytes[bounds[2i], bounds[2i + 1])`. */
export interface Capture {
  readonly venue: BinanceVenueId;
  readonly bytes: Uint8Array;
  readonly bounds: readonly number[];
  readonly expected: { readonly streams: Readonly<Record<string, number>>; readonly lines: number };
}

/** True when the recordings are beside the project. */
export const hasCaptures = existsSync(FOLDER);
export const WHY_SKIPPED = 'the recorded frames (../shared/data/binance) are not here';

export function readCapture(venue: BinanceVenueId): Capture {
  const name = venue === 'binance-spot' ? 'spot_btcusdt' : 'usdm_btcusdt';
  const expected = JSON.parse(readFileSync(new URL('expected.json', FOLDER), 'utf8'))[name];
  const files = Object.keys(expected.files);
  const bytes = Buffer.concat(files.map((file) => gunzipSync(readFileSync(new URL(file, FOLDER)))));
  const bounds: number[] = [];
  for (let start = 0; start < bytes.length; ) {
    const stop = bytes.indexOf(0x0a, start);
    bounds.push(bytes.indexOf(0x20, start) + 1, stop);
    start = stop + 1;
  }
  return { venue, bytes, bounds, expected };
}
