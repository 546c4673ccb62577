import type { Random } from '../../seeds.ts';

/** Ways to damage or disguise a frame. Those on text keep its meaning or change one thing; those on bytes do anything. */

type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const ALPHABET = '{}[],:"\\0123456789.-+eE tfn\u0000\n\u00e9u/xXMAbBaApqsT';
const EDGE_VALUES = [
  ...['0', '-0', '1.0', '1e3', '1E+2', '1e-1', '01', '9007199254740991', '9007199254740992', '9007199254740993', '123456789', '1234567890'],
  ...['9007199254740', '9007199254741', '1e400', '-1', '.5', '5.', '0.1', 'null', 'true', 'false', '[]', '{}', '""', '[[]]', 'NaN'],
  ...['"0"', '"-0"', '"-1.5"', '"0.00000000"', '"00.10"', '"1."', '".1"', '"1e5"', '" 1"', '"1 "', '"+1"', '"\\u0031.5"', '"NaN"', '"1,5"'],
  ...['"123456789012345.678"', '"9007199254740993"', '"9007199254.740993"', '"90071992547409.93"', '"0.1234567890123456789"'],
  ...['"123456789.123456789"', '"9999999999999999999999999"', `"${'9'.repeat(400)}"`, `"0.${'0'.repeat(400)}1"`, '"MARKET"', '"NA"'],
  ...[
    '"trade"',
    '"depthUpdate"',
    '"btcusdt@depth"',
    '"btcusdt@kline_1m"',
    '"!miniTicker@arr"',
    '"x@y"',
    '"BTCUSDT_250328"',
    '"\\ud800"',
    '"\u00e9"',
  ],
] as const;

/** One frame changed at random: one to three changes, mostly one. */
export function mutate(random: Random, frame: Uint8Array, other: Uint8Array): Uint8Array {
  let bytes = frame;
  const changes = random.chance(0.7) ? 1 : random.integer(2, 3);
  for (let i = 0; i < changes; i++) bytes = random.pick(MUTATIONS)(random, bytes, other);
  return bytes;
}

type Mutation = (random: Random, frame: Uint8Array, other: Uint8Array) => Uint8Array;

/** A place in the frame, more often near its beginning and end, where the structure is. */
function place(random: Random, frame: Uint8Array): number {
  const reach = Math.min(frame.length, 120);
  if (random.chance(0.4)) return random.integer(0, reach);
  return random.chance(0.3) ? frame.length - random.integer(0, reach) : random.integer(0, frame.length);
}

const MUTATIONS: readonly Mutation[] = [
  function flipByte(random, frame) {
    const copy = frame.slice();
    if (copy.length > 0) copy[Math.min(copy.length - 1, place(random, frame))]! ^= 1 << random.integer(0, 7);
    return copy;
  },
  function putCharacter(random, frame) {
    const at = place(random, frame);
    const character = new TextEncoder().encode(random.pick([...ALPHABET]));
    return join(frame.subarray(0, at), character, frame.subarray(random.chance(0.5) ? at : at + 1));
  },
  function removeBytes(random, frame) {
    const at = place(random, frame);
    return join(frame.subarray(0, at), frame.subarray(at + random.integer(1, 8)));
  },
  function truncate(random, frame) {
    return frame.slice(0, place(random, frame));
  },
  function append(random, frame, other) {
    return join(frame, random.chance(0.5) ? Uint8Array.of(random.pick([0x20, 0x0a, 0x7d, 0x31, 0x2c])) : other);
  },
  function copyPart(random, frame) {
    const at = place(random, frame);
    return join(frame.subarray(0, at), frame.subarray(at, at + random.integer(1, 30)), frame.subarray(at));
  },
  function splice(random, frame, other) {
    return join(frame.subarray(0, place(random, frame)), other.subarray(place(random, other)));
  },
  onTokens(function spaceOut(random, tokens) {
    return tokens.map((token) => (random.chance(0.2) ? `${token}${random.pick([' ', '\n', '\t', '\r', '  '])}` : token));
  }),
  onTokens(function escapeTexts(random, tokens) {
    return tokens.map((token) => (token.startsWith('"') && random.chance(0.15) ? escapeSome(random, token) : token));
  }),
  onTokens(function edgeValue(random, tokens) {
    const values = tokens.map((_, index) => index).filter((index) => isScalarValue(tokens, index));
    return values.length === 0 ? tokens : tokens.with(random.pick(values), random.pick(EDGE_VALUES));
  }),
  onTokens(function renameKey(random, tokens) {
    const keys = tokens.map((_, index) => index).filter((index) => tokens[index + 1] === ':');
    if (keys.length === 0) return tokens;
    return tokens.with(
      random.pick(keys),
      random.pick(['"x"', '"e"', '"p"', '"stream"', '"pu"', '"z9"', '"\u00e9"', '"__proto__"', tokens[random.pick(keys)]!]),
    );
  }),
  onTokens(function addMember(random, tokens) {
    const starts = tokens.map((_, index) => index).filter((index) => tokens[index] === '{' && tokens[index + 1] !== '}');
    if (starts.length === 0) return tokens;
    const key = random.pick(['"x"', '"T"', '"e"', '"stream"', '"data"', '"y1"', '"M"', '"\\u0070"', '"error"', '"lastUpdateId"']);
    const member = [key, ':', random.pick(EDGE_VALUES), ','];
    const at = random.pick(starts) + 1;
    return [...tokens.slice(0, at), ...member, ...tokens.slice(at)];
  }),
  onValue(shuffled),
  onValue(function nestDeeper(random, value) {
    const deep = `${'[{"a":'.repeat(random.integer(1, 80))}1`;
    const closed = deep + [...deep.matchAll(/[[{]/g)].map(() => '').join('') + '}]'.repeat(deep.split('[').length - 1);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value, deep: JSON.parse(closed) } : value;
  }),
];

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function onTokens(change: (random: Random, tokens: string[]) => string[]): Mutation {
  return (random, frame) => {
    const text = new TextDecoder().decode(frame);
    return new TextEncoder().encode(change(random, text.match(TOKEN) ?? []).join(''));
  };
}

function onValue(change: (random: Random, value: JsonValue) => JsonValue): Mutation {
  return (random, frame) => {
    try {
      return new TextEncoder().encode(JSON.stringify(change(random, JSON.parse(new TextDecoder().decode(frame)))));
    } catch {
      return frame; // An earlier change made it no JSON.
    }
  };
}

function isScalarValue(tokens: readonly string[], index: number): boolean {
  return !/^[{}[\],:]$/.test(tokens[index]!) && tokens[index + 1] !== ':';
}

function escapeSome(random: Random, token: string): string {
  if (token.includes('\\')) return token;
  return `"${[...token.slice(1, -1)].map((c) => (random.chance(0.3) ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}` : c)).join('')}"`;
}

/** The same value with its keys in another order, at every depth. */
export function shuffled(random: Random, value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, shuffled(random, member)] as const);
  for (let i = members.length - 1; i > 0; i--) {
    const j = random.integer(0, i);
    [members[i], members[j]] = [members[j]!, members[i]!];
  }
  return Object.fromEntries(members);
}
