import {
  asciiBytes,
  BACKSLASH,
  CLOSE_BRACE,
  COLON,
  COMMA,
  hasBytes,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
  skipString,
  skipValue,
  stringText,
} from '../json-scan.ts';
import { CHANNEL, CHANNEL_LABELS, eventChannel, streamChannel, streamNameChannel } from './channel.ts';

const STREAM_START_LENGTH = 11;
const DATA_START_LENGTH = 8;
const AT = 0x40;
const EXCLAMATION = 0x21;
const EVENT_START = asciiBytes('{"e":"');
const BOOK_TICKER_START = asciiBytes('{"u":');
const SNAPSHOT_START = asciiBytes('{"lastUpdateId":');
const CONTROL_STARTS = ['{"result":', '{"error":'].map(asciiBytes);

/** Where the fast lane found the object of a channel; one is reused for all frames. */
export interface Envelope {
  /** A channel number, or -1 where the first bytes are not in the venue's order. */
  channel: number;
  /** True for `{"stream":…,"data":…}`: one more `}` follows the object. */
  isCombined: boolean;
  /** Where the object of the channel starts. */
  dataStart: number;
}

/**
 * Tells the channel from the first bytes of a frame in the venue's order. It only proposes: a frame that then turns out
 * to be anything else is judged by `readRoot`, so both lanes come to the same verdict.
 */
export function findEnvelope(bytes: Uint8Array, start: number, end: number, envelope: Envelope): void {
  envelope.isCombined = false;
  envelope.dataStart = start;
  if (isStreamStart(bytes, start, end)) findCombined(bytes, start + STREAM_START_LENGTH, end, envelope);
  else if (hasBytes(bytes, start, end, EVENT_START)) {
    const stop = plainStringEnd(bytes, start + EVENT_START.length, end);
    envelope.channel = stop >= 0 ? eventChannel(bytes, start + EVENT_START.length, stop) : -1;
  } else if (hasBytes(bytes, start, end, BOOK_TICKER_START)) envelope.channel = CHANNEL.BOOK_TICKER;
  else if (hasBytes(bytes, start, end, SNAPSHOT_START)) envelope.channel = CHANNEL.DEPTH_SNAPSHOT;
  else envelope.channel = -1;
}

/** One pass over the stream's name, as every combined frame comes through here. */
function findCombined(bytes: Uint8Array, nameStart: number, end: number, envelope: Envelope): void {
  envelope.isCombined = true;
  let firstAt = 0;
  let secondAt = 0;
  let stop = nameStart;
  for (; stop < end; stop++) {
    const byte = bytes[stop]!;
    if (byte > AT && byte !== BACKSLASH) continue; // letters, mostly
    if (byte === QUOTE) break;
    if (byte === AT) {
      if (firstAt === 0) firstAt = stop;
      else if (secondAt === 0) secondAt = stop;
    } else if (byte === BACKSLASH || byte < 0x20) {
      envelope.channel = -1;
      return;
    }
  }
  envelope.dataStart = stop + 1 + DATA_START_LENGTH;
  if (!isDataStart(bytes, stop + 1, end)) envelope.channel = -1;
  else if (firstAt > nameStart && bytes[nameStart] !== EXCLAMATION) {
    envelope.channel = streamNameChannel(bytes, firstAt + 1, secondAt === 0 ? stop : secondAt);
  } else envelope.channel = streamChannel(bytes, nameStart, stop);
}

/** `{"stream":"`, byte by byte: a loop takes three times as long. */
function isStreamStart(bytes: Uint8Array, at: number, end: number): boolean {
  return (
    end - at >= STREAM_START_LENGTH &&
    bytes[at] === 0x7b &&
    bytes[at + 1] === 0x22 &&
    bytes[at + 2] === 0x73 &&
    bytes[at + 3] === 0x74 &&
    bytes[at + 4] === 0x72 &&
    bytes[at + 5] === 0x65 &&
    bytes[at + 6] === 0x61 &&
    bytes[at + 7] === 0x6d &&
    bytes[at + 8] === 0x22 &&
    bytes[at + 9] === 0x3a &&
    bytes[at + 10] === 0x22
  );
}

/** `,"data":`. */
function isDataStart(bytes: Uint8Array, at: number, end: number): boolean {
  return (
    end - at >= DATA_START_LENGTH &&
    bytes[at] === 0x2c &&
    bytes[at + 1] === 0x22 &&
    bytes[at + 2] === 0x64 &&
    bytes[at + 3] === 0x61 &&
    bytes[at + 4] === 0x74 &&
    bytes[at + 5] === 0x61 &&
    bytes[at + 6] === 0x22 &&
    bytes[at + 7] === 0x3a
  );
}

/** Where the string whose content begins at `start` ends, or -1 where it holds an escape or is not closed. */
function plainStringEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH || byte < 0x20) return -1;
  }
  return -1;
}

const SCRATCH: Envelope = { channel: -1, isCombined: false, dataStart: 0 };

/**
 * The label of the frame `bytes[start, end)`, from its first bytes where they are in the venue's order, else from its keys.
 * Empty where the frame is no JSON object or names no channel that we know.
 */
export function channelOf(bytes: Uint8Array, start: number, end: number): string {
  findEnvelope(bytes, start, end, SCRATCH);
  if (SCRATCH.channel >= 0) return CHANNEL_LABELS[SCRATCH.channel]!;
  if (CONTROL_STARTS.some((literal) => hasBytes(bytes, start, end, literal))) return CHANNEL_LABELS[CHANNEL.CONTROL];
  const root = readRoot(bytes, start, end);
  return root.kind === 'object' ? CHANNEL_LABELS[root.channel]! : '';
}

/** What a frame is, judged from all of it. */
export type Root =
  | {
      readonly kind: 'object';
      readonly channel: number;
      readonly dataStart: number;
      /** Keys beside `stream` and `data`; of a frame without them the keys belong to the object of the channel itself. */
      readonly extraKeys: readonly string[];
      /** The stream or event whose name we do not know; else empty. */
      readonly unknownName: string;
      /** A control frame that reports an error. */
      readonly isError: boolean;
    }
  | { readonly kind: 'array' }
  | { readonly kind: 'failure'; readonly channel: number; readonly reason: string };

/**
 * Reads a frame whatever the order, spacing and spelling of its keys: checks that it is JSON to its last byte and tells
 * the channel. A key that comes twice counts by its last value, except `stream` and `data`, which must come once.
 */
export function readRoot(bytes: Uint8Array, start: number, end: number): Root {
  const open = skipSpace(bytes, start, end);
  if (open < end && bytes[open] === OPEN_BRACKET) {
    const stop = skipValue(bytes, open, end);
    return stop >= 0 && skipSpace(bytes, stop, end) === end ? { kind: 'array' } : failure(NOT_JSON);
  }
  const values = new Map<string, number>();
  const repeated = readMembers(bytes, open, end, values);
  if (repeated === undefined) return failure(NOT_JSON);
  const streamStart = values.get('stream');
  if (streamStart !== undefined) return combinedRoot(bytes, streamStart, end, values, repeated);
  const eventStart = values.get('e');
  if (eventStart !== undefined) return eventRoot(bytes, eventStart, end, open);
  return {
    kind: 'object',
    channel: channelOfKeys(values),
    dataStart: open,
    extraKeys: [],
    unknownName: '',
    isError: isErrorReply(bytes, end, values),
  };
}

const NOT_JSON = 'expected one JSON object, found text that is none';

function failure(reason: string, channel: number = CHANNEL.UNKNOWN): Root {
  return { kind: 'failure', channel, reason };
}

/** Fills `values` with where each member's value starts; returns the keys that came more than once, or undefined where it is no JSON. */
function readMembers(bytes: Uint8Array, open: number, end: number, values: Map<string, number>): string[] | undefined {
  if (open >= end || bytes[open] !== OPEN_BRACE) return undefined;
  const repeated: string[] = [];
  let at = skipSpace(bytes, open + 1, end);
  if (at < end && bytes[at] === CLOSE_BRACE) return skipSpace(bytes, at + 1, end) === end ? repeated : undefined;
  for (;;) {
    const keyEnd = skipString(bytes, at, end);
    if (keyEnd < 0) return undefined;
    const key = stringText(bytes, at + 1, keyEnd - 1);
    at = skipSpace(bytes, keyEnd, end);
    if (at >= end || bytes[at] !== COLON) return undefined;
    at = skipSpace(bytes, at + 1, end);
    if (values.has(key)) repeated.push(key);
    values.set(key, at);
    at = skipValue(bytes, at, end);
    if (at < 0) return undefined;
    at = skipSpace(bytes, at, end);
    const next = at < end ? bytes[at]! : 0;
    if (next === CLOSE_BRACE) return skipSpace(bytes, at + 1, end) === end ? repeated : undefined;
    if (next !== COMMA) return undefined;
    at = skipSpace(bytes, at + 1, end);
  }
}

function combinedRoot(
  bytes: Uint8Array,
  streamStart: number,
  end: number,
  values: ReadonlyMap<string, number>,
  repeated: readonly string[],
): Root {
  if (bytes[streamStart] !== QUOTE) return failure('expected a text for "stream", found another value');
  const stream = stringText(bytes, streamStart + 1, skipString(bytes, streamStart, end) - 1);
  const nameBytes = new TextEncoder().encode(stream);
  const channel = streamChannel(nameBytes, 0, nameBytes.length);
  const twice = repeated.find((key) => key === 'stream' || key === 'data');
  if (twice !== undefined) return failure(`expected "${twice}" once, found it again`, channel);
  const dataStart = values.get('data');
  if (dataStart === undefined) return failure('expected "data" beside "stream", found none', channel);
  const extraKeys = [...values.keys()].filter((key) => key !== 'stream' && key !== 'data');
  const unknownName = channel === CHANNEL.UNKNOWN ? `stream "${stream.slice(stream.indexOf('@') + 1)}"` : '';
  return { kind: 'object', channel, dataStart, extraKeys, unknownName, isError: false };
}

function eventRoot(bytes: Uint8Array, eventStart: number, end: number, open: number): Root {
  if (bytes[eventStart] !== QUOTE) return failure('expected a text for "e", found another value');
  const event = stringText(bytes, eventStart + 1, skipString(bytes, eventStart, end) - 1);
  const nameBytes = new TextEncoder().encode(event);
  const channel = eventChannel(nameBytes, 0, nameBytes.length);
  const unknownName = channel === CHANNEL.UNKNOWN ? `event "${event}"` : '';
  return { kind: 'object', channel, dataStart: open, extraKeys: [], unknownName, isError: false };
}

function channelOfKeys(values: ReadonlyMap<string, number>): number {
  if (values.has('lastUpdateId')) return CHANNEL.DEPTH_SNAPSHOT;
  if (values.has('result') || values.has('error') || (values.has('code') && values.has('msg'))) return CHANNEL.CONTROL;
  return values.has('u') ? CHANNEL.BOOK_TICKER : CHANNEL.UNKNOWN;
}

/** `{"error":{…}}` of a socket, `{"code":…,"msg":…}` of REST; `"error":null` is none. */
function isErrorReply(bytes: Uint8Array, end: number, values: ReadonlyMap<string, number>): boolean {
  const errorStart = values.get('error');
  if (errorStart === undefined) return values.has('code');
  return !hasBytes(bytes, errorStart, end, NULL);
}

const NULL = asciiBytes('null');
