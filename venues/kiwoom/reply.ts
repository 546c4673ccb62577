import type { EventSink } from '#domain';

/** A reply of the venue: a control frame or a REST body that is a JSON object. */
export type Reply = Readonly<Record<string, unknown>>;

const RETURN_CODE = /^ *-?\d{1,12} *$/;
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

/** The bytes as a JSON object; `undefined` when they are none. Replies are rare: `JSON.parse` will do. */
export function parseReply(bytes: Uint8Array): Reply | undefined {
  try {
    const value: unknown = JSON.parse(DECODER.decode(bytes));
    return isReply(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isReply(value: unknown): value is Reply {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * True when the reply says that the venue did what it was asked. A refusal is drift, so that it is counted and named in the
 * report; a reply without a readable `return_code` fails where we know the channel, and is undecoded elsewhere.
 */
export function isAccepted(sink: EventSink, channel: string, reply: Reply, isDecoded: boolean): boolean {
  const code = returnCode(reply.return_code);
  if (Number.isNaN(code)) {
    if (isDecoded) sink.decodeFailure(channel, 'return_code: expected a whole number');
    else sink.undecoded(channel);
    return false;
  }
  if (code !== 0) {
    sink.drift(channel, `return_code ${code}: ${textOf(reply.return_msg)}`);
    return false;
  }
  if (!isDecoded) sink.undecoded(channel);
  return isDecoded;
}

/** A text as it is; empty for anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A number, or its digits as a text; NaN for anything else. */
function returnCode(value: unknown): number {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : Number.NaN;
  return typeof value === 'string' && RETURN_CODE.test(value) ? Number(value) : Number.NaN;
}
