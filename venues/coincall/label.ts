import { labelOfCode, leadingCode } from './channel.ts';
import { isObject, labelOfBareText, labelOfControl } from './control.ts';

const TEXT = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The label of the frame or body `bytes[start, end)`: told from its first bytes where `dt` comes first, as every push has it on the wire,
 * else from all of it. Empty where it is none that we know.
 */
export function channelOf(bytes: Uint8Array, start: number, end: number): string {
  const code = leadingCode(bytes, start, end);
  if (code >= 0) return labelOfCode(code);
  const text = TEXT.decode(bytes.subarray(start, end));
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || !Object.hasOwn(value, 'dt')) return labelOfControl(value);
    return typeof value.dt === 'number' ? labelOfCode(value.dt) : '';
  } catch {
    return labelOfBareText(bytes, start, end);
  }
}
