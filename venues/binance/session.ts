import { asciiBytes, hasBytes } from '../json-scan.ts';
import {
  CONTROL,
  DATA,
  type FrameSignal,
  type RestRequest,
  type RestResponse,
  type SocketSession,
  type Subscription,
  subscriptionKey,
  UNKNOWN,
} from '../protocol.ts';
import type { BinanceVenueId } from './decode.ts';
import { streamName } from './stream-name.ts';

/** Options of the configuration: levels of a snapshot. */
export const DEPTH_LIMIT_OPTION = 'depthLimit';
const DEPTH_LIMIT = '1000';

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const STREAM_HEAD = asciiBytes('{"stream":"');
const DELTA_HEAD = asciiBytes('"e":"depthUpdate"');
const DEPTH = asciiBytes('@depth');
const QUOTE = 0x22;
const AT = 0x40;
/** The ids stand within so many bytes of the start of a delta. */
const HEAD_BYTES = 320;

interface BookJoin {
  readonly symbol: string;
  /** Of its stream, as it stands in a frame. */
  readonly name: Uint8Array;
  firstId: number;
  lastId: number;
  isAsked: boolean;
}

/**
 * One connection of combined streams. It watches the ids of depth deltas (developers.binance.com, "How to manage a local order book correctly"): a snapshot
 * is asked for once the first delta of a symbol is there, again when it is older than that delta, and again after a hole between deltas.
 */
export class BinanceSession implements SocketSession {
  readonly #isSpot: boolean;
  readonly #restPath: string;
  readonly #depthLimit: string;
  readonly #keysById = new Map<number, readonly string[]>();
  readonly #keyByStream = new Map<string, string>();
  readonly #books = new Map<string, BookJoin>();
  #lastBook: BookJoin | undefined;
  #nextId = 1;

  constructor(venue: BinanceVenueId, restPath: string, options: Readonly<Record<string, string>>) {
    this.#isSpot = venue === 'binance-spot';
    this.#restPath = restPath;
    this.#depthLimit = options[DEPTH_LIMIT_OPTION] ?? DEPTH_LIMIT;
  }

  subscribe(subscriptions: readonly Subscription[]): string {
    for (const subscription of subscriptions) {
      const stream = streamName(subscription);
      this.#keyByStream.set(stream, subscriptionKey(subscription));
      if (/^depth(@\d+ms)?$/.test(subscription.channel)) {
        this.#books.set(stream, {
          symbol: subscription.symbol,
          name: ENCODER.encode(stream),
          firstId: Number.NaN,
          lastId: Number.NaN,
          isAsked: false,
        });
      }
    }
    return this.#request('SUBSCRIBE', subscriptions);
  }

  unsubscribe(subscriptions: readonly Subscription[]): string {
    for (const subscription of subscriptions) this.#books.delete(streamName(subscription));
    this.#lastBook = undefined;
    return this.#request('UNSUBSCRIBE', subscriptions);
  }

  read(bytes: Uint8Array, start: number, end: number): FrameSignal {
    if (!hasBytes(bytes, start, end, STREAM_HEAD)) return this.#readControl(bytes, start, end);
    if (this.#books.size === 0) return DATA;
    const nameStart = start + STREAM_HEAD.length;
    const nameEnd = quoteAfter(bytes, nameStart, end);
    if (!isDepthStream(bytes, nameStart, nameEnd)) return DATA;
    const headEnd = Math.min(end, start + HEAD_BYTES);
    const delta = indexOf(bytes, DELTA_HEAD, nameEnd, headEnd);
    return delta < 0 ? DATA : this.#join(this.#bookOf(bytes, nameStart, nameEnd), bytes, delta, headEnd);
  }

  keyOf(bytes: Uint8Array, start: number, end: number): string {
    return this.#keyByStream.get(streamOf(bytes, start, end)) ?? '';
  }

  answered(request: RestRequest, response: RestResponse): readonly RestRequest[] {
    const symbol = request.meta?.symbol;
    if (request.endpoint !== 'depth' || typeof symbol !== 'string' || response.status !== 200) return [];
    const book = [...this.#books.values()].find((candidate) => candidate.symbol === symbol);
    const lastUpdateId = lastUpdateIdOf(response.body);
    // The snapshot must reach up to the first delta, or nothing joins it to the deltas.
    return book === undefined || Number.isNaN(lastUpdateId) || lastUpdateId + 1 >= book.firstId ? [] : [request];
  }

  #request(method: string, subscriptions: readonly Subscription[]): string {
    const id = this.#nextId++;
    this.#keysById.set(id, subscriptions.map(subscriptionKey));
    return JSON.stringify({ method, params: subscriptions.map(streamName), id });
  }

  #readControl(bytes: Uint8Array, start: number, end: number): FrameSignal {
    const reply = readReply(bytes, start, end);
    if (reply === undefined) return UNKNOWN;
    if (reply.id === undefined)
      return reply.code === '' ? CONTROL : { kind: 'refused', code: reply.code, message: reply.message, keys: [] };
    const keys = this.#keysById.get(reply.id);
    if (keys === undefined) return CONTROL;
    this.#keysById.delete(reply.id);
    if (reply.code !== '') return { kind: 'refused', keys, code: reply.code, message: reply.message };
    return { kind: 'acknowledged', keys };
  }

  /** Deltas of a stream often come in runs, and the name of a stream is long: its bytes are compared before a text is made of them. */
  #bookOf(bytes: Uint8Array, nameStart: number, nameEnd: number): BookJoin | undefined {
    const last = this.#lastBook;
    if (last !== undefined && last.name.length === nameEnd - nameStart && hasBytes(bytes, nameStart, nameEnd, last.name)) return last;
    const book = this.#books.get(textOf(bytes, nameStart, nameEnd));
    if (book !== undefined) this.#lastBook = book;
    return book;
  }

  #join(book: BookJoin | undefined, bytes: Uint8Array, delta: number, end: number): FrameSignal {
    if (book === undefined) return DATA;
    const firstId = memberInteger(bytes, delta, end, 0x55);
    const lastId = memberInteger(bytes, delta, end, 0x75);
    if (Number.isNaN(firstId) || Number.isNaN(lastId)) return DATA;
    const previousId = this.#isSpot ? firstId - 1 : previousIdOf(bytes, delta, end);
    const isHole = !Number.isNaN(book.lastId) && previousId !== book.lastId;
    book.lastId = lastId;
    if (book.isAsked && !isHole) return DATA;
    book.isAsked = true;
    book.firstId = firstId;
    return { kind: 'ask', requests: [this.#snapshotRequest(book.symbol)] };
  }

  #snapshotRequest(symbol: string): RestRequest {
    return {
      endpoint: 'depth',
      method: 'GET',
      path: `${this.#restPath}/depth`,
      query: { symbol, limit: this.#depthLimit },
      meta: { symbol },
    };
  }
}

/** The stream's name in the head `{"stream":"…"`; empty where there is none. */
function streamOf(bytes: Uint8Array, start: number, end: number): string {
  const nameStart = start + STREAM_HEAD.length;
  return hasBytes(bytes, start, end, STREAM_HEAD) ? textOf(bytes, nameStart, quoteAfter(bytes, nameStart, end)) : '';
}

/** Nearly all names are ASCII; some symbols of the futures are written in Chinese, in UTF-8. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) {
    if (bytes[at]! >= 0x80) return DECODER.decode(bytes.subarray(start, end));
    text += String.fromCharCode(bytes[at]!);
  }
  return text;
}

function quoteAfter(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== QUOTE) at += 1;
  return at;
}

/** True for `…@depth…`; most streams are others, and are not searched for a delta. */
function isDepthStream(bytes: Uint8Array, nameStart: number, nameEnd: number): boolean {
  let at = nameStart;
  while (at < nameEnd && bytes[at] !== AT) at += 1;
  return hasBytes(bytes, at, nameEnd, DEPTH);
}

function indexOf(bytes: Uint8Array, literal: Uint8Array, start: number, end: number): number {
  for (let at = start; at <= end - literal.length; at++) {
    if (bytes[at] === literal[0] && hasBytes(bytes, at, end, literal)) return at;
  }
  return -1;
}

/** The whole number behind `"X":` where X is one character; NaN where there is none. */
function memberInteger(bytes: Uint8Array, start: number, end: number, name: number): number {
  for (let at = start; at < end - 4; at++) {
    if (bytes[at] === QUOTE && bytes[at + 1] === name && bytes[at + 2] === QUOTE && bytes[at + 3] === 0x3a)
      return digits(bytes, at + 4, end);
  }
  return Number.NaN;
}

const PREVIOUS = asciiBytes('"pu":');

function previousIdOf(bytes: Uint8Array, start: number, end: number): number {
  const at = indexOf(bytes, PREVIOUS, start, end);
  return at < 0 ? Number.NaN : digits(bytes, at + PREVIOUS.length, end);
}

function digits(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  let at = start;
  for (; at < end && bytes[at]! >= 0x30 && bytes[at]! <= 0x39; at++) value = value * 10 + bytes[at]! - 0x30;
  return at === start || !Number.isSafeInteger(value) ? Number.NaN : value;
}

interface Reply {
  readonly id: number | undefined;
  /** Empty for a success. */
  readonly code: string;
  readonly message: string;
}

function readReply(bytes: Uint8Array, start: number, end: number): Reply | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(start, end)));
    if (typeof value !== 'object' || value === null) return undefined;
    const { id, error, code, msg } = value as Partial<Record<'id' | 'error' | 'code' | 'msg', unknown>>;
    const failure =
      typeof error === 'object' && error !== null
        ? (error as { code?: unknown; msg?: unknown })
        : code === undefined
          ? undefined
          : { code, msg };
    if (!('result' in value) && failure === undefined) return undefined;
    return {
      id: typeof id === 'number' ? id : undefined,
      code: failure === undefined ? '' : String(failure.code ?? 'error'),
      message: failure === undefined ? '' : String(failure.msg ?? ''),
    };
  } catch {
    return undefined;
  }
}

function lastUpdateIdOf(body: Uint8Array): number {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    if (typeof value !== 'object' || value === null || !('lastUpdateId' in value)) return Number.NaN;
    return typeof value.lastUpdateId === 'number' ? value.lastUpdateId : Number.NaN;
  } catch {
    return Number.NaN;
  }
}
