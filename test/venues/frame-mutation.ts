import type { Random } from '../seeds.ts';

const TELLING = '"\\{}[]:,+-. 019eEunt/\t\n';
const ENCODER = new TextEncoder();

/** Changes some bytes of a frame: other bytes, cuts, repeats, insertions of what means something in JSON, CSV or a number. */
export function mutateBytes(frame: Uint8Array, random: Random): Uint8Array {
  let bytes = Uint8Array.from(frame);
  for (let count = random.integer(1, 3); count > 0; count--) bytes = mutateOnce(bytes, random);
  return bytes;
}

function mutateOnce(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  const at = random.integer(0, Math.max(0, bytes.length - 1));
  const length = random.integer(1, 12);
  switch (random.integer(0, 6)) {
    case 0:
      return joined(bytes.subarray(0, at), random.bytes(1), bytes.subarray(at + 1));
    case 1:
      return joined(bytes.subarray(0, at), telling(random), bytes.subarray(at + 1));
    case 2:
      return joined(bytes.subarray(0, at), telling(random), bytes.subarray(at));
    case 3:
      return joined(bytes.subarray(0, at), bytes.subarray(at + length));
    case 4:
      return joined(bytes.subarray(0, at + length), bytes.subarray(at));
    case 5:
      return joined(bytes.subarray(0, at));
    default:
      return joined(bytes, telling(random));
  }
}

function telling(random: Random): Uint8Array {
  return ENCODER.encode(random.pick([...TELLING]));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Writes a JSON value in another spelling: white space, members in any order, repeated keys with other values before,
 * characters as escapes, and now and then a value of another kind. Every result is valid JSON.
 */
export function respell(value: unknown, random: Random): string {
  const blank = () => (random.chance(0.05) ? random.pick([' ', '\n', '\t ', '\r\n']) : '');
  if (random.chance(0.004)) return random.pick(['null', '1', '-0.5e3', '"x"', '{}', '[]', '[[]]', 'true', '""', '" "']);
  if (Array.isArray(value)) return `[${value.map((item) => blank() + respell(item, random) + blank()).join(',') || blank()}]`;
  if (typeof value === 'string') return spelledText(value, random);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([key, item]) => `${blank()}${spelledText(key, random)}${blank()}:${blank()}${respell(item, random)}${blank()}`,
  );
  if (random.chance(0.2)) shuffle(members, random);
  if (members.length > 0 && random.chance(0.05)) members.unshift(random.pick(members).replace(/\d/, '7'));
  if (random.chance(0.05))
    members.push(random.pick(['"9999":"1"', '"010":"5"', '"__proto__":"1"', '"":[]', '"9201":"1"', '"1890":2', '"item":"A"']));
  return `{${members.join(',') || blank()}}`;
}

function spelledText(text: string, random: Random): string {
  const plain = JSON.stringify(text);
  if (!random.chance(0.02)) return plain;
  const codes = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return `"${codes.map((code) => (random.chance(0.5) ? `\\u${code.toString(16).padStart(4, '0')}` : JSON.stringify(String.fromCharCode(code)).slice(1, -1))).join('')}"`;
}

function shuffle(items: string[], random: Random): void {
  for (let index = items.length - 1; index > 0; index--) {
    const other = random.integer(0, index);
    [items[index], items[other]] = [items[other]!, items[index]!];
  }
}
