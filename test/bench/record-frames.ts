import { createHash } from 'node:crypto';
import { type Frames, presentCapture, readFrames } from './captures.ts';

/** What is sent: real recorded spot frames, thinned to an average length. */
export type MixName = 'large' | 'small';

/** Average bytes of a frame: books of many levels, and the size of a KIS trade. */
export const MIX_BYTES: Readonly<Record<MixName, number>> = { large: 756, small: 208 };
export const MIX_NAMES = Object.keys(MIX_BYTES) as readonly MixName[];

/** Frames of a round in sending order, as they stand on the wire: frame `i` is `wire[ends[i - 1], ends[i])`, its payload begins at `starts[i]`. */
export interface FrameMix {
  readonly count: number;
  readonly wire: Buffer;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** A websocket frame: text, in one piece, from a server (unmasked). */
const TEXT_FIN = 0x81;
const LENGTH_16 = 126;
const HEADER_BYTES_MAX = 4;

/**
 * The spot capture with as many of its book deltas and of its other frames as make the average. Other frames are left out evenly; of the deltas only
 * the last are, because every delta must follow the one before, or the recorder asks for a snapshot. A round that begins again is one such hole.
 */
export function frameMix(name: MixName): FrameMix {
  const frames = readFrames(presentCapture('spot'));
  const all = Array.from({ length: frames.count }, (_, index) => index).filter((index) => isStream(frames, index));
  const deltas = all.filter((index) => isDelta(frames, index));
  const others = all.filter((index) => !isDelta(frames, index));
  const delta = averageBytes(frames, deltas);
  const other = averageBytes(frames, others);
  const deltasPerOther = (MIX_BYTES[name] - other) / (delta - MIX_BYTES[name]);
  const deltasKept = Math.min(deltas.length, Math.round(others.length * deltasPerOther));
  const othersKept = Math.min(others.length, Math.round(deltas.length / deltasPerOther));
  const kept = [...deltas.slice(0, deltasKept), ...others.filter((_, i) => isKept(i, othersKept, others.length))];
  return onTheWire(
    frames,
    kept.sort((a, b) => a - b),
  );
}

/** SHA-256 over the first `count` frames, rounds after rounds, a line feed behind each: no frame holds one. */
export function sentDigest({ wire, starts, ends, count: round }: FrameMix, count: number): string {
  const digest = new FrameDigest();
  for (let i = 0; i < count; i++) digest.add(wire, starts[i % round]!, ends[i % round]!);
  return digest.hex();
}

/** The same over frames as they were found on a tape. */
export class FrameDigest {
  readonly #hash = createHash('sha256');
  readonly #gathered = Buffer.alloc(1024 * 1024);
  #filled = 0;

  add(bytes: Uint8Array, start: number, end: number): void {
    if (end - start >= this.#gathered.length - this.#filled) this.#flush();
    this.#gathered.set(bytes.subarray(start, end), this.#filled);
    this.#filled += end - start;
    this.#gathered[this.#filled++] = 0x0a;
  }

  hex(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }

  #flush(): void {
    this.#hash.update(this.#gathered.subarray(0, this.#filled));
    this.#filled = 0;
  }
}

function isStream({ bytes, starts }: Frames, index: number): boolean {
  return bytes.toString('latin1', starts[index]!, starts[index]! + 10) === '{"stream":';
}

function isDelta({ bytes, starts }: Frames, index: number): boolean {
  return bytes.toString('latin1', starts[index]!, starts[index]! + 64).includes('@depth');
}

function averageBytes({ starts, ends }: Frames, indexes: readonly number[]): number {
  return indexes.reduce((sum, index) => sum + ends[index]! - starts[index]!, 0) / indexes.length;
}

/** Spreads `kept` of `all` evenly. */
function isKept(i: number, kept: number, all: number): boolean {
  return Math.floor(((i + 1) * kept) / all) > Math.floor((i * kept) / all);
}

function onTheWire(frames: Frames, kept: readonly number[]): FrameMix {
  const lengths = kept.map((index) => frames.ends[index]! - frames.starts[index]!);
  const wire = Buffer.alloc(lengths.reduce((sum, length) => sum + length + HEADER_BYTES_MAX, 0));
  const starts = new Uint32Array(kept.length);
  const ends = new Uint32Array(kept.length);
  let at = 0;
  kept.forEach((index, i) => {
    at = writeHeader(wire, at, lengths[i]!);
    starts[i] = at;
    at += frames.bytes.copy(wire, at, frames.starts[index]!, frames.ends[index]!);
    ends[i] = at;
  });
  return { count: kept.length, wire: wire.subarray(0, at), starts, ends };
}

function writeHeader(wire: Buffer, at: number, length: number): number {
  wire[at] = TEXT_FIN;
  if (length < LENGTH_16) return wire.writeUInt8(length, at + 1);
  wire[at + 1] = LENGTH_16;
  return wire.writeUInt16BE(length, at + 2);
}
