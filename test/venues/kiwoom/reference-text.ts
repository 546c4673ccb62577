import { z } from 'zod';
import { type EventSink, KST_OFFSET_US, nearestTimeOfDay, type SymbolId } from '#domain';

/** Why a row, or a body, is not what it should be. */
export class Refusal extends Error {}

/** Where the reference says things. */
export interface Said {
  readonly sink: EventSink;
  readonly symbolOf: (name: string) => SymbolId;
}

const NUMBER = /^[+-]?\d+(\.\d+)?$/;
const ReturnCode = z.union([
  z.int(),
  z
    .string()
    .regex(/^ *-?\d{1,12} *$/)
    .transform(Number),
]);

/** True when the venue did what it was asked, as far as we know the reply; else it says why not. */
export function acceptedReply({ sink }: Said, channel: string, reply: Readonly<Record<string, unknown>>, isKnown: boolean): boolean {
  const code = ReturnCode.safeParse(reply.return_code);
  const message = typeof reply.return_msg === 'string' ? reply.return_msg : '';
  if (code.success && code.data !== 0) sink.drift(channel, `return_code ${code.data}: ${message}`);
  else if (!isKnown) sink.undecoded(channel);
  else if (!code.success) sink.decodeFailure(channel, 'return_code');
  return isKnown && code.success && code.data === 0;
}

/** The instant of `HHMMSS` in Korea that is nearest to the receive time. */
export function timeOf(text: unknown, receivedAtUs: number): number {
  const match = /^([01]\d|2[0-3])([0-5]\d)([0-5]\d)$/.exec(trim(String(text)));
  if (match === null) throw new Refusal(`expected HHMMSS, found ${text}`);
  const seconds = Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
  return nearestTimeOfDay(seconds * 1_000_000, receivedAtUs, KST_OFFSET_US);
}

/** The number that a text is, blanks around dropped, never -0. */
export function numberOfText(value: unknown): number | undefined {
  if (typeof value !== 'string' || !NUMBER.test(trim(value))) return undefined;
  const number = Number(trim(value));
  return Number.isFinite(number) ? number + 0 : undefined;
}

export function quoted(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
}

export function trim(text: string): string {
  return text.replace(/^ +/, '').replace(/ +$/, '');
}
