import type { TapeRecord } from '#domain';
import { skipValue } from '../json-scan.ts';
import { CHANNEL, CHANNEL_LABELS } from './channel.ts';
import { type Envelope, findEnvelope, readRoot } from './envelope.ts';

/** Where in a recorded frame the object of its channel stands, and which stream it is of. */
export interface StreamRoute {
  /** `streamKey` of the stream. */
  readonly key: string;
  /** The name in the recorded envelope; empty where the frame was recorded without one. */
  readonly name: string;
  /** The object: `bytes[dataStart, dataEnd)`. */
  readonly dataStart: number;
  readonly dataEnd: number;
}

const STREAM_NAME_START = '{"stream":"'.length;
const DECODER = new TextDecoder();
/** The kind of stream of an event without an envelope, by its `e`. */
const KIND_OF_EVENT: ReadonlyMap<string, string> = new Map([
  ['trade', 'trade'],
  ['aggTrade', 'aggTrade'],
  ['depthUpdate', 'depth'],
  ['bookTicker', 'bookTicker'],
  ['markPriceUpdate', 'markPrice'],
  ['forceOrder', 'forceOrder'],
  ['24hrMiniTicker', 'miniTicker'],
  ['24hrTicker', 'ticker'],
  ['1hTicker', 'ticker_1h'],
  ['4hTicker', 'ticker_4h'],
  ['1dTicker', 'ticker_1d'],
  ['avgPrice', 'avgPrice'],
]);
/** Streams whose name may end in an update speed. */
const HAS_SPEED = /^(?:depth\d*|markPrice|rpiDepth)$/;

/** What a stream is, whatever its speed: `btcusdt@depth@100ms` and `btcusdt@depth` are the same deltas on a tape. */
export function streamKey(name: string): string {
  const parts = name.split('@');
  if (parts[0]!.startsWith('!')) return parts.slice(0, 2).join('@');
  return parts.length > 2 && HAS_SPEED.test(parts[1]!) ? `${parts[0]}@${parts[1]}` : name;
}

/** `depth` of `btcusdt@depth`; the whole of `!ticker@arr`. */
export function streamKind(key: string): string {
  return key.startsWith('!') ? key : key.slice(key.indexOf('@') + 1);
}

/** Tells which stream a recorded frame belongs to, once for all clients of a record. */
export class StreamRouter {
  readonly #envelope: Envelope = { channel: -1, isCombined: false, dataStart: 0 };
  readonly #keys = new Map<string, string>();
  readonly #aggregates = new Set<string>();
  #bytes: Uint8Array | undefined;
  #start = -1;
  #sequence = -1;
  #route: StreamRoute | undefined;

  /** `undefined` for what no stream carries: REST bodies, answers to requests, text that is none of the venue. */
  route(record: TapeRecord): StreamRoute | undefined {
    if (record.bytes === this.#bytes && record.start === this.#start && record.sequence === this.#sequence) return this.#route;
    this.#bytes = record.bytes;
    this.#start = record.start;
    this.#sequence = record.sequence;
    this.#route = this.#find(record.bytes, record.start, record.end);
    if (this.#route?.key.endsWith('@aggTrade') === true) this.#aggregates.add(this.#route.key);
    return this.#route;
  }

  /** Whether the tape has shown aggregate trades of its own under this key. */
  hasAggregates(key: string): boolean {
    return this.#aggregates.has(key);
  }

  #find(bytes: Uint8Array, start: number, end: number): StreamRoute | undefined {
    const envelope = this.#envelope;
    findEnvelope(bytes, start, end, envelope);
    if (envelope.channel >= 0 && envelope.isCombined && bytes[end - 1] === 0x7d) {
      // The venue's own form: the object is all between the envelope's colon and its closing brace.
      const nameEnd = envelope.dataStart - '","data":'.length;
      const name = DECODER.decode(bytes.subarray(start + STREAM_NAME_START, nameEnd));
      return { key: this.#keyOf(name), name, dataStart: envelope.dataStart, dataEnd: end - 1 };
    }
    const root = readRoot(bytes, start, end);
    if (root.kind !== 'object' || root.channel === CHANNEL.CONTROL || root.channel === CHANNEL.DEPTH_SNAPSHOT) return undefined;
    const dataEnd = skipValue(bytes, root.dataStart, end);
    const name = streamName(bytes, start, end);
    if (name !== '') return { key: this.#keyOf(name), name, dataStart: root.dataStart, dataEnd };
    const key = rawKey(bytes.subarray(root.dataStart, dataEnd), CHANNEL_LABELS[root.channel]!);
    return key === undefined ? undefined : { key, name: '', dataStart: root.dataStart, dataEnd };
  }

  #keyOf(name: string): string {
    let key = this.#keys.get(name);
    if (key === undefined) {
      key = streamKey(name);
      this.#keys.set(name, key);
    }
    return key;
  }
}

/** The `stream` of an envelope whose keys are in another order or spaced out; empty where there is none. */
function streamName(bytes: Uint8Array, start: number, end: number): string {
  const frame = parseObject(bytes.subarray(start, end));
  return typeof frame?.stream === 'string' ? frame.stream : '';
}

/** The stream of a frame that was recorded without an envelope; partial books name neither symbol nor stream. */
function rawKey(data: Uint8Array, label: string): string | undefined {
  const event = parseObject(data);
  if (event === undefined) return undefined;
  const symbol = typeof event.s === 'string' ? event.s : inner(event.o, 's');
  if (symbol === undefined) return undefined;
  if (event.e === 'kline') return keyOf(symbol, `kline_${inner(event.k, 'i') ?? ''}`);
  const kind = event.e === undefined && label === 'bookTicker' ? 'bookTicker' : KIND_OF_EVENT.get(String(event.e));
  return kind === undefined ? undefined : keyOf(symbol, kind);
}

function keyOf(symbol: string, kind: string): string {
  return `${symbol.toLowerCase()}@${kind}`;
}

function inner(value: unknown, name: string): string | undefined {
  const member = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  return typeof member === 'string' ? member : undefined;
}

function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(DECODER.decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
