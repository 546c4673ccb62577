import { isInbound, isOutbound, type TapeRecord } from '#domain';
import { binanceSpot, binanceUsdm } from './binance/index.ts';
import { csv } from './csv/index.ts';
import { kiwoom } from './kiwoom/index.ts';
import type { Venue } from './venue.ts';

/** Every venue that can be decoded, one line each: adding one is adding its line. */
const ALL: readonly Venue[] = [
  binanceSpot, //
  binanceUsdm,
  kiwoom,
  csv,
];

/** The same by id, as records name them, in the order of the list. */
export const VENUES: ReadonlyMap<string, Venue> = new Map(ALL.map((venue) => [venue.id, venue]));

export function venueById(id: string): Venue | undefined {
  return VENUES.get(id);
}

/** The channel of a record that holds a frame or a REST body, by its venue; empty for all others. */
export function channelLabel(record: TapeRecord): string {
  if (!isInbound(record.kind) && !isOutbound(record.kind)) return '';
  return VENUES.get(record.venue)?.channelOf(record.bytes, record.start, record.end) ?? '';
}
