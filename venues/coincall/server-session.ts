import { assertNever, type TapeRecord } from '#domain';
import type { ServerAction, ServerSession, ServerSettings } from '../server-protocol.ts';
import { encodeError, encodeHeartbeatReply, encodeSubscribeReply } from './encode.ts';
import type { CoincallVenueId } from './instrument.ts';
import { RateWindow } from './rate-window.ts';
import type { RequestAction } from './request-frames.ts';
import { type ClientRequest, readMessage, streamsOfRequest } from './server-messages.ts';
import { streamsOfPush } from './streams.ts';

/** A connection without a message of the client or a push is dropped after this (documented since 2023-07-19; 300 s before). */
const SILENCE_MAX_MS = 30_000;
const SECOND_MS = 1_000;
/** Streams of one connection; the next is refused. The venue's own limit is not known. */
const STREAMS_MAX = 10_000;
const GOING_AWAY_CLOSE = 1001;
/** Codes of ours: the venue's errors on a socket were never shown. */
const TOO_MANY_CODE = 429;
const INVALID_CODE = 400;

/** What the sessions of one server share. */
export interface SessionHub {
  readonly venue: CoincallVenueId;
  readonly settings: ServerSettings;
  readonly messagesPerSecondMax: number;
  /** Repeat the payload in answers, as a published client expects; the wire was not seen to. */
  readonly repeatsPayload: boolean;
  /** A `dataType` whose every request is refused. */
  readonly rejects: string | undefined;
  readonly router: PushRouter;
}

/** Tells which streams a recorded frame belongs to, once for all clients of a record. */
export class PushRouter {
  #bytes: Uint8Array | undefined;
  #start = -1;
  #sequence = -1;
  #streams: readonly string[] = [];

  /** Empty for what is no push: answers to requests, heartbeats, text that is none of the venue. */
  streamsOf({ bytes, start, end, sequence }: TapeRecord): readonly string[] {
    if (bytes === this.#bytes && start === this.#start && sequence === this.#sequence) return this.#streams;
    this.#bytes = bytes;
    this.#start = start;
    this.#sequence = sequence;
    this.#streams = streamsOfPush(bytes, start, end);
    return this.#streams;
  }
}

/** One client. */
export class CoincallServerSession implements ServerSession {
  readonly #hub: SessionHub;
  readonly #streams = new Set<string>();
  readonly #messages: RateWindow;
  #aliveAtMs: number;
  #hasPushed = false;

  constructor(hub: SessionHub, nowMs: number) {
    this.#hub = hub;
    this.#messages = new RateWindow(hub.messagesPerSecondMax, SECOND_MS);
    this.#aliveAtMs = nowMs;
  }

  get subscriptionCount(): number {
    return this.#streams.size;
  }

  onOpen(nowMs: number): readonly ServerAction[] {
    this.#aliveAtMs = nowMs;
    return [];
  }

  onMessage(text: string, nowMs: number): readonly ServerAction[] {
    this.#aliveAtMs = nowMs;
    if (!this.#messages.take(nowMs)) return [send(encodeError(TOO_MANY_CODE, 'too many request'))];
    const message = readMessage(this.#hub.venue, text);
    switch (message.kind) {
      case 'heartbeat':
        return this.#alive(encodeHeartbeatReply());
      case 'ping':
        return this.#alive('pong');
      case 'pong':
        return [];
      case 'request':
        return this.#request(message);
      case 'invalid':
        return [send(encodeError(INVALID_CODE, 'invalid request'))];
      default:
        return assertNever(message);
    }
  }

  onTick(nowMs: number): readonly ServerAction[] {
    if (this.#hasPushed) this.#aliveAtMs = nowMs;
    this.#hasPushed = false;
    if (nowMs - this.#aliveAtMs <= SILENCE_MAX_MS) return [];
    return [{ kind: 'close', code: GOING_AWAY_CLOSE, reason: '' }];
  }

  deliver(record: TapeRecord): Uint8Array | undefined {
    if (this.#streams.size === 0 || this.#hub.settings.faults.acknowledgeOnly) return undefined;
    for (const stream of this.#hub.router.streamsOf(record)) {
      if (!this.#streams.has(stream)) continue;
      this.#hasPushed = true;
      return record.payload();
    }
    return undefined;
  }

  onClose(): void {
    this.#streams.clear();
  }

  #alive(text: string): readonly ServerAction[] {
    return this.#hub.settings.faults.muteHeartbeat ? [] : [send(text)];
  }

  #request(request: ClientRequest): readonly ServerAction[] {
    const { venue, rejects } = this.#hub;
    const streams = request.channel === rejects ? undefined : streamsOfRequest(venue, request);
    const isTooMany = request.action === 'subscribe' && this.#streams.size + (streams?.length ?? 0) > STREAMS_MAX;
    if (streams === undefined || isTooMany) return [this.#answer(request, 'failed')];
    for (const stream of streams) change(this.#streams, request.action, stream);
    return request.isNumeric ? [] : [this.#answer(request, 'success')];
  }

  #answer({ action, dataType, payload }: ClientRequest, result: 'success' | 'failed'): ServerAction {
    const text = encodeSubscribeReply(action, dataType, result);
    const { symbol } = payload;
    const isNamed = typeof symbol === 'string' || isTexts(symbol);
    return send(this.#hub.repeatsPayload && isNamed ? `${text.slice(0, -1)},"payload":${JSON.stringify({ symbol })}}` : text);
  }
}

function change(streams: Set<string>, action: RequestAction, stream: string): void {
  if (action === 'subscribe') streams.add(stream);
  else streams.delete(stream);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function send(data: string): ServerAction {
  return { kind: 'send', data };
}
