import { canonicalJson, type JsonValue, type RecordAppender, type RecordKind } from '#domain';
import type { RestRequest } from '#venues';

const TICK_US = 1_000_000;
/** Frames between two waits for the journal: a server that reads along stands still no longer than these take to make. */
const FRAMES_PER_DRAIN = 512;
const NOTHING = new Uint8Array(0);
const TEXT = new TextEncoder();

/** Writes the records of a synthetic session: time that never goes back, a clock tick a second, frames, REST calls. */
export class SessionRecords {
  readonly #appender: RecordAppender;
  readonly #startUs: number;
  #nowUs: number;
  #nextTickUs: number;
  #records = 0;
  #framesAtDrain = 0;
  frames = 0;

  constructor(appender: RecordAppender, startUs: number) {
    this.#appender = appender;
    this.#startUs = startUs;
    this.#nowUs = startUs;
    this.#nextTickUs = startUs + TICK_US;
  }

  get nowUs(): number {
    return this.#nowUs;
  }

  /** Lets time pass; an earlier time changes nothing. */
  moveTo(timeUs: number): void {
    while (this.#nextTickUs <= timeUs) {
      this.#nowUs = this.#nextTickUs;
      this.event('tick', '', '', '');
      this.#nextTickUs += TICK_US;
    }
    this.#nowUs = Math.max(this.#nowUs, timeUs);
  }

  event(kind: RecordKind, venue: string, connection: string, meta: string): void {
    this.#append(kind, venue, connection, meta, NOTHING);
  }

  /** A websocket frame, or with another kind the body of a REST answer. */
  frame(venue: string, connection: string, payload: Uint8Array, kind: RecordKind = 'frame-in', meta = ''): void {
    this.#append(kind, venue, connection, meta, payload);
    this.frames += 1;
  }

  /** A REST call with its answer, as a recorder writes both. */
  call(venue: string, connection: string, request: RestRequest, body: Uint8Array): void {
    const { endpoint, method, path, meta = {} } = request;
    const question = { ...(meta as Record<string, JsonValue>), endpoint, method, path, requestId: this.#records };
    this.#append('http-request', venue, connection, canonicalJson(question), TEXT.encode(request.body ?? ''));
    this.frame(venue, connection, body, 'http-response', canonicalJson({ ...question, status: 200 }));
  }

  /** Lets the journal catch up when enough has been written since the last time. */
  async drainSometimes(): Promise<boolean> {
    if (this.frames - this.#framesAtDrain < FRAMES_PER_DRAIN) return false;
    await this.drain();
    return true;
  }

  async drain(): Promise<void> {
    this.#framesAtDrain = this.frames;
    await this.#appender.drain();
  }

  #append(kind: RecordKind, venue: string, connection: string, meta: string, bytes: Uint8Array): void {
    const receivedAtNs = BigInt(this.#nowUs) * 1000n;
    const monotonicNs = BigInt(this.#nowUs - this.#startUs) * 1000n;
    this.#appender.append(receivedAtNs, monotonicNs, venue, connection, kind, meta, bytes, 0, bytes.length);
    this.#records += 1;
  }
}
