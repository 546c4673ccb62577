import type { TapeRecord } from '#domain';
import type { ServerAction, ServerSession } from '../server-protocol.ts';
import type { BinanceVenueId } from './decode.ts';
import { aggregateOfTrade } from './server-aggregate.ts';
import type { StreamPath } from './server-lanes.ts';
import { type StreamRouter, streamKey } from './server-streams.ts';

/** What one connection may do; the numbers are the venue's. */
export interface StreamLimits {
  readonly messagesPerSecondMax: number;
  readonly streamsMax: number;
  /** Then the venue cuts the connection. */
  readonly lifeMs: number;
}

/** What the connections of a venue share. */
export interface StreamHub {
  readonly venue: BinanceVenueId;
  readonly limits: StreamLimits;
  readonly router: StreamRouter;
  /** Aggregate trades are made of trades, until the tape shows some of its own. */
  readonly makesAggregates: boolean;
  /** Acknowledged, and nothing sent. */
  isSilent(): boolean;
}

interface Subscribed {
  /** As the client asked for it. */
  readonly name: string;
  /** What stands before the object in the client's envelope. */
  readonly head: Uint8Array;
}

const ENCODER = new TextEncoder();
const CLOSE_BRACE = 0x7d;
const METHODS = ['SUBSCRIBE', 'UNSUBSCRIBE', 'LIST_SUBSCRIPTIONS', 'SET_PROPERTY', 'GET_PROPERTY'];

/** One client of the market streams. */
export class StreamSession implements ServerSession {
  readonly #hub: StreamHub;
  readonly #carries: (key: string) => boolean;
  /** By `streamKey`: the same stream asked for twice is delivered once. */
  readonly #subscribed = new Map<string, Subscribed>();
  readonly #messagesAtMs: number[] = [];
  readonly #openedAtMs: number;
  #isCombined: boolean;

  constructor(hub: StreamHub, path: StreamPath, carries: (key: string) => boolean, nowMs: number) {
    this.#hub = hub;
    this.#carries = carries;
    this.#isCombined = path.isCombined;
    this.#openedAtMs = nowMs;
    for (const name of path.streams) this.#subscribe(name);
  }

  get subscriptionCount(): number {
    return this.#subscribed.size;
  }

  onOpen(): readonly ServerAction[] {
    return [];
  }

  onMessage(text: string, nowMs: number): readonly ServerAction[] {
    const sent = this.#messagesAtMs;
    while (sent.length > 0 && sent[0]! <= nowMs - 1000) sent.shift();
    sent.push(nowMs);
    if (sent.length > this.#hub.limits.messagesPerSecondMax) return [{ kind: 'close', code: 1008, reason: 'Too many requests' }];
    return [{ kind: 'send', data: JSON.stringify(this.#answer(text)) }];
  }

  onTick(nowMs: number): readonly ServerAction[] {
    return nowMs - this.#openedAtMs >= this.#hub.limits.lifeMs ? [{ kind: 'close', code: 1001, reason: '' }] : [];
  }

  deliver(record: TapeRecord): Uint8Array | string | undefined {
    const route = this.#hub.router.route(record);
    if (route === undefined || this.#hub.isSilent()) return undefined;
    const subscribed = this.#subscribed.get(route.key);
    if (subscribed === undefined) {
      return route.key.endsWith('@trade') ? this.#aggregate(record, route.key, route.dataStart, route.dataEnd) : undefined;
    }
    if (!this.#carries(route.key)) return undefined;
    if (!this.#isCombined) return record.bytes.subarray(route.dataStart, route.dataEnd);
    if (route.name === subscribed.name) return record.bytes.subarray(record.start, record.end);
    return enveloped(subscribed.head, record.bytes.subarray(route.dataStart, route.dataEnd));
  }

  onClose(): void {
    this.#subscribed.clear();
  }

  /** A trade for a client that asked for aggregate trades, where the tape has none of the symbol. */
  #aggregate(record: TapeRecord, key: string, start: number, end: number): Uint8Array | string | undefined {
    const { makesAggregates, router } = this.#hub;
    const wantedKey = `${key.slice(0, -'@trade'.length)}@aggTrade`;
    const wanted = this.#subscribed.get(wantedKey);
    if (wanted === undefined || !makesAggregates || router.hasAggregates(wantedKey) || !this.#carries(wantedKey)) return undefined;
    const data = aggregateOfTrade(this.#hub.venue, record.bytes, start, end);
    if (data === undefined) return undefined;
    return this.#isCombined ? enveloped(wanted.head, ENCODER.encode(data)) : data;
  }

  #answer(text: string): Readonly<Record<string, unknown>> {
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch {
      return refusal(3, 'Invalid JSON: expected value at line 1 column 1', null);
    }
    if (typeof request !== 'object' || request === null) return refusal(2, 'Invalid request: expected an object', null);
    const { method, params, id = null } = request as { method?: unknown; params?: unknown; id?: unknown };
    if (!isRequestId(id)) return refusal(2, 'Invalid request: request ID must be an unsigned integer', null);
    if (method === undefined) return refusal(2, 'Invalid request: missing field `method`', id);
    if (typeof method !== 'string' || !METHODS.includes(method)) {
      const known = METHODS.map((name) => `\`${name}\``).join(', ');
      return refusal(2, `Invalid request: unknown variant \`${String(method)}\`, expected one of ${known}`, id);
    }
    if (method === 'LIST_SUBSCRIPTIONS') return { result: [...this.#subscribed.values()].map(({ name }) => name), id };
    if (method === 'SET_PROPERTY' || method === 'GET_PROPERTY') return this.#property(method, params, id);
    return this.#change(method === 'SUBSCRIBE', params, id);
  }

  #change(isWanted: boolean, params: unknown, id: unknown): Readonly<Record<string, unknown>> {
    if (!Array.isArray(params) || !params.every((name): name is string => typeof name === 'string' && name !== '')) {
      return refusal(2, 'Invalid request: params must be an array of stream names', id);
    }
    if (!isWanted) {
      for (const name of params) this.#subscribed.delete(streamKey(name));
      return { result: null, id };
    }
    const added = new Set(params.map(streamKey).filter((key) => !this.#subscribed.has(key))).size;
    if (this.#subscribed.size + added > this.#hub.limits.streamsMax) {
      return refusal(2, `Invalid request: more than ${this.#hub.limits.streamsMax} streams on one connection`, id);
    }
    for (const name of params) this.#subscribe(name);
    return { result: null, id };
  }

  #property(method: string, params: unknown, id: unknown): Readonly<Record<string, unknown>> {
    const [name, value] = Array.isArray(params) ? (params as readonly unknown[]) : [];
    if (typeof name !== 'string') return refusal(2, 'Invalid request: property name must be a string', id);
    if (name !== 'combined') return refusal(0, 'Unknown property', id);
    if (method === 'GET_PROPERTY') return { result: this.#isCombined, id };
    if (typeof value !== 'boolean') return refusal(1, 'Invalid value type: expected Boolean', id);
    this.#isCombined = value;
    return { result: null, id };
  }

  #subscribe(name: string): void {
    const key = streamKey(name);
    if (this.#subscribed.has(key)) return;
    this.#subscribed.set(key, { name, head: ENCODER.encode(`{"stream":${JSON.stringify(name)},"data":`) });
  }
}

function refusal(code: number, msg: string, id: unknown): Readonly<Record<string, unknown>> {
  return { error: { code, msg }, id };
}

/** A whole number, a text, or none. */
function isRequestId(id: unknown): boolean {
  return id === null || typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0);
}

function enveloped(head: Uint8Array, data: Uint8Array): Uint8Array {
  const frame = new Uint8Array(head.length + data.length + 1);
  frame.set(head);
  frame.set(data, head.length);
  frame[frame.length - 1] = CLOSE_BRACE;
  return frame;
}
