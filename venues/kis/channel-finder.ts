import { asciiBytes } from '../json-scan.ts';
import { CHANNELS, type Channel } from './row-layout.ts';

/** Every TR id of the venue has so many bytes. */
export const TR_ID_BYTES = 8;
const SPREAD = 0x9e37_79b1 | 0;

interface PackedChannel {
  readonly high: number;
  readonly low: number;
  readonly channel: Channel;
}

const PACKED: ReadonlyMap<number, PackedChannel> = new Map(
  CHANNELS.map((channel) => {
    const bytes = asciiBytes(channel.table.channel);
    const high = fourBytes(bytes, 0);
    const low = fourBytes(bytes, 4);
    return [keyOf(high, low), { high, low, channel }];
  }),
);

/** The decoded channel whose TR id stands at `position`, without making a text of it. */
export function findChannel(bytes: Uint8Array, position: number): Channel | undefined {
  const high = fourBytes(bytes, position);
  const low = fourBytes(bytes, position + 4);
  const packed = PACKED.get(keyOf(high, low));
  return packed !== undefined && packed.high === high && packed.low === low ? packed.channel : undefined;
}

function fourBytes(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

function keyOf(high: number, low: number): number {
  return high ^ Math.imul(low, SPREAD);
}
