import type { EventSink } from '#domain';
import { asciiText } from '../byte-number.ts';

/** Labels of frames and bodies that are no push. */
export type ControlLabel =
  | 'heartbeat'
  | 'subscribe'
  | 'unsubscribe'
  | 'error'
  | 'instruments'
  | 'symbols'
  | 'config'
  | 'server-time'
  | 'rest'
  | '';

/** Characters of an error that are reported. */
const ERROR_TEXT_MAX = 300;
/** Texts without JSON: the heartbeat before July 2023, and what a client that asks too often is told. */
const BARE_HEARTBEATS = ['ping', 'pong'];
const TOO_MANY = /^too many requests?\b/i;
const BARE_LENGTH_MAX = 200;
const HEARTBEAT_COMMAND = 11;

type JsonObject = { readonly [key: string]: unknown };

/** The label of a frame or body that is the JSON of `value` and no push. */
export function labelOfControl(value: unknown): ControlLabel {
  if (!isObject(value)) return '';
  if (has(value, 'action')) return labelOfAction(value.action);
  if (value.c === HEARTBEAT_COMMAND || has(value, 'ping') || has(value, 'pong')) return 'heartbeat';
  if (has(value, 'code') && (has(value, 'data') || has(value, 'msg'))) return labelOfBody(value.data);
  return ['error', 'msg', 'message'].some((key) => has(value, key)) ? 'error' : '';
}

/** The label of a text that is no JSON. */
export function labelOfBareText(bytes: Uint8Array, start: number, end: number): ControlLabel {
  if (end - start > BARE_LENGTH_MAX) return '';
  const text = asciiText(bytes, start, end);
  if (BARE_HEARTBEATS.includes(text)) return 'heartbeat';
  return TOO_MANY.test(text) ? 'error' : '';
}

/** Says what a control frame means: nothing where all is well, drift where the venue refuses, so that it is counted and named in the report. */
export function sayControl(sink: EventSink, value: unknown, text: string): void {
  const label = labelOfControl(value);
  if (label === '') sink.undecoded('');
  else if (!isAccepted(label, value)) sayRefusal(sink, label, text);
}

/** A refusal with the venue's own words. */
export function sayRefusal(sink: EventSink, label: string, text: string): void {
  sink.drift(label, text.slice(0, ERROR_TEXT_MAX));
}

function isAccepted(label: ControlLabel, value: unknown): boolean {
  if (!isObject(value)) return false;
  switch (label) {
    case 'heartbeat':
      return !has(value, 'rc') || value.rc === 1;
    case 'subscribe':
    case 'unsubscribe':
      return !has(value, 'result') || value.result === 'success';
    case 'error':
      return false;
    default:
      return value.code === 0;
  }
}

function labelOfAction(action: unknown): ControlLabel {
  // Requests write `unSubscribe`, acknowledgements capitals.
  const name = typeof action === 'string' ? action.toLowerCase() : '';
  return name === 'subscribe' || name === 'unsubscribe' || name === 'heartbeat' ? name : '';
}

/** A REST body names no endpoint: told by what its data holds. */
function labelOfBody(data: unknown): ControlLabel {
  const sample = Array.isArray(data) ? data[0] : data;
  if (!isObject(sample)) return 'rest';
  if (has(sample, 'serverTime')) return 'server-time';
  if (has(sample, 'optionConfig') || has(sample, 'futuresConfig')) return 'config';
  if (has(sample, 'symbolName') && has(sample, 'expirationTimestamp')) return 'instruments';
  if (has(sample, 'ticker_id') && has(sample, 'product_type')) return 'instruments';
  return has(sample, 'displayName') && has(sample, 'quoteToken') ? 'symbols' : 'rest';
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function has(value: JsonObject, key: string): boolean {
  return Object.hasOwn(value, key);
}
