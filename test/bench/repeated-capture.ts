import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { type Capture, type Frames, readFrames } from './captures.ts';

/** What the frames of the captures hold, as far as it has to be shifted. */
interface DepthFrame {
  readonly U: number;
  readonly u: number;
  readonly pu?: number;
  readonly b: readonly (readonly [string, string])[];
  readonly a: readonly (readonly [string, string])[];
}

interface Snapshot {
  readonly lastUpdateId: number;
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}

const SECOND_NS = 1_000_000_000n;
const CHUNK_CHARACTERS = 1 << 20;

/**
 * A capture that goes on and on: its frames again and again, with receive times, venue times, trade ids and update ids shifted forward so
 * that nothing is missing between two rounds. Only the first round has the REST snapshot; each later one begins with a delta that takes
 * the book from where the last round left it back to that snapshot, so that the prices of the next round meet the book they belong to.
 */
export class RepeatedCapture {
  readonly #frames: Frames;
  readonly #texts: readonly string[];
  readonly #snapshotIndex: number;
  readonly #snapshot: Snapshot;
  /** The first delta that is applied on top of the snapshot, and the last of the capture. */
  readonly #firstDepth: DepthFrame;
  readonly #lastDepth: DepthFrame;
  readonly #firstDepthIndex: number;
  /** Levels that a round leaves behind and the snapshot does not have. */
  readonly #strays: { readonly bids: readonly string[]; readonly asks: readonly string[] };
  readonly #shiftNs: bigint;
  readonly #shiftIds: number;
  readonly #shiftTrades: number;

  constructor(capture: Capture) {
    const frames = readFrames(capture);
    const texts = Array.from({ length: frames.count }, (_, i) => frames.bytes.toString('latin1', frames.starts[i], frames.ends[i]));
    this.#frames = frames;
    this.#texts = texts;
    this.#snapshotIndex = texts.findIndex((text) => text.startsWith('{"lastUpdateId"'));
    this.#snapshot = JSON.parse(texts[this.#snapshotIndex]!) as Snapshot;
    const depths = texts.map((text) => (text.includes('@depth') ? (JSON.parse(text) as { readonly data: DepthFrame }).data : undefined));
    this.#firstDepthIndex = depths.findIndex((depth) => depth !== undefined && depth.u > this.#snapshot.lastUpdateId);
    this.#firstDepth = depths[this.#firstDepthIndex]!;
    this.#lastDepth = depths.findLast((depth) => depth !== undefined)!;
    this.#strays = straysOf(this.#snapshot, depths.slice(this.#firstDepthIndex));
    this.#shiftNs = roundUp(frames.receivedAtNs.at(-1)! - frames.receivedAtNs[0]!);
    // One id more than the span leaves room for the delta between two rounds.
    this.#shiftIds = this.#lastDepth.u - (this.#firstDepth.pu ?? this.#firstDepth.U - 1) + 1;
    this.#shiftTrades = tradeSpan(texts);
  }

  /** Writes `times` rounds as a gzip file of lines with nanosecond stamps; returns the frames written. */
  async write(file: string, times: number): Promise<number> {
    const gzip = createGzip({ level: constants.Z_BEST_SPEED });
    const out = gzip.pipe(createWriteStream(file));
    let frames = 0;
    let chunk = '';
    for (let round = 0; round < times; round++) {
      for (const line of this.#lines(round)) {
        frames += 1;
        chunk += line;
        if (chunk.length < CHUNK_CHARACTERS) continue;
        if (!gzip.write(chunk, 'latin1')) await once(gzip, 'drain');
        chunk = '';
      }
    }
    gzip.end(chunk, 'latin1');
    await finished(out);
    return frames;
  }

  *#lines(round: number): Generator<string> {
    for (let i = 0; i < this.#frames.count; i++) {
      const text = this.#texts[i]!;
      const stamp = this.#frames.receivedAtNs[i]! + BigInt(round) * this.#shiftNs;
      if (round === 0) {
        yield `${stamp} ${text}\n`;
        continue;
      }
      if (i === this.#firstDepthIndex) yield `${stamp} ${this.#seam(round)}\n`;
      // What the snapshot covered, and the snapshot itself: the delta stands for them.
      const isCovered = i === this.#snapshotIndex || (i < this.#firstDepthIndex && text.includes('@depth'));
      if (!isCovered) yield `${stamp} ${this.#shifted(text, round)}\n`;
    }
  }

  #shifted(text: string, round: number): string {
    const timeMs = Number((this.#shiftNs * BigInt(round)) / 1_000_000n);
    const ids = this.#shiftIds * round;
    const trades = this.#shiftTrades * round;
    return text.replace(/"(E|T|U|u|pu|t)":(\d+)/g, (_, key: string, digits: string) => {
      const shift = key === 'E' || key === 'T' ? timeMs : key === 't' ? trades : ids;
      return `"${key}":${Number(digits) + shift}`;
    });
  }

  /** The delta between two rounds, in the words of the capture's own depth stream. */
  #seam(round: number): string {
    const { stream } = JSON.parse(this.#texts[this.#firstDepthIndex]!) as { readonly stream: string };
    const time = this.#shifted(this.#texts[this.#firstDepthIndex]!, round);
    const { E, T } = (JSON.parse(time) as { readonly data: { readonly E: number; readonly T?: number } }).data;
    const ids = this.#shiftIds * round;
    const before = this.#lastDepth.u + ids - this.#shiftIds;
    const isFutures = this.#firstDepth.pu !== undefined;
    const data = {
      e: 'depthUpdate',
      E,
      ...(T === undefined ? {} : { T }),
      s: 'BTCUSDT',
      U: before + 1,
      u: isFutures ? this.#firstDepth.pu! + ids : this.#firstDepth.U - 1 + ids,
      ...(isFutures ? { pu: before } : {}),
      b: [...this.#snapshot.bids, ...this.#strays.bids.map((price) => [price, '0.00000000'])],
      a: [...this.#snapshot.asks, ...this.#strays.asks.map((price) => [price, '0.00000000'])],
    };
    return JSON.stringify({ stream, data });
  }
}

function straysOf(snapshot: Snapshot, depths: readonly (DepthFrame | undefined)[]): { bids: string[]; asks: string[] } {
  const left = (known: Snapshot['bids'], side: 'b' | 'a'): string[] => {
    const prices = new Set<string>();
    for (const depth of depths) for (const [price] of depth?.[side] ?? []) prices.add(price);
    for (const [price] of known) prices.delete(price);
    return [...prices];
  };
  return { bids: left(snapshot.bids, 'b'), asks: left(snapshot.asks, 'a') };
}

/** Trade ids rise by one: the next round's first follows this one's last. */
function tradeSpan(texts: readonly string[]): number {
  const ids = texts.flatMap((text) => (text.includes('@trade') ? [Number(/"t":(\d+)/.exec(text)![1])] : []));
  return ids.at(-1)! - ids[0]! + 1;
}

/** Whole seconds, so that every venue time stays a whole millisecond; at least one more, so that no round overlaps the last. */
function roundUp(nanoseconds: bigint): bigint {
  return (nanoseconds / SECOND_NS + 1n) * SECOND_NS;
}
