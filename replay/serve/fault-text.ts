import { MILLISECOND_US, parseDuration, usageError } from '#domain';
import type { ConnectionFaultKind, Fault, FaultKind, FaultMoment, FaultPlan, FrameFaultKind, WindowFaultKind } from './faults.ts';

type Argument = 'none' | 'frames' | 'duration' | 'bytes' | 'code';

type FaultSpec =
  | { readonly group: 'frame'; readonly kind: FrameFaultKind; readonly argument: Argument; readonly example: string }
  | { readonly group: 'connection'; readonly kind: ConnectionFaultKind; readonly argument: Argument; readonly example: string }
  | { readonly group: 'window'; readonly kind: WindowFaultKind; readonly argument: Argument; readonly example: string }
  | { readonly group: 'feed'; readonly kind: 'burst'; readonly argument: Argument; readonly example: string };

/** Every kind: what its amount is and how it may be written. */
const SPECS: readonly FaultSpec[] = [
  { group: 'frame', kind: 'drop', argument: 'frames', example: 'drop:0.01 or drop@30s:50' },
  { group: 'frame', kind: 'duplicate', argument: 'frames', example: 'duplicate:0.01 or duplicate@#500' },
  { group: 'frame', kind: 'delay', argument: 'duration', example: 'delay:0.01:200ms or delay@30s:2s' },
  { group: 'frame', kind: 'malformed', argument: 'frames', example: 'malformed:0.001 or malformed@30s' },
  { group: 'frame', kind: 'invalid-utf8', argument: 'frames', example: 'invalid-utf8:0.001 or invalid-utf8@30s' },
  { group: 'frame', kind: 'wrong-count', argument: 'frames', example: 'wrong-count:0.001 or wrong-count@30s' },
  { group: 'frame', kind: 'oversized', argument: 'bytes', example: 'oversized:0.001:64KiB or oversized@30s:32MiB' },
  { group: 'connection', kind: 'cut', argument: 'none', example: 'cut@30s' },
  { group: 'connection', kind: 'close', argument: 'code', example: 'close@30s:1012' },
  { group: 'connection', kind: 'kick', argument: 'none', example: 'kick@30s' },
  { group: 'connection', kind: 'stall', argument: 'duration', example: 'stall@45s:20s' },
  { group: 'window', kind: 'refuse-login', argument: 'duration', example: 'refuse-login or refuse-login@0s:10s' },
  { group: 'window', kind: 'silent', argument: 'duration', example: 'silent@30s:1m' },
  { group: 'window', kind: 'mute-heartbeat', argument: 'duration', example: 'mute-heartbeat@30s' },
  { group: 'feed', kind: 'burst', argument: 'frames', example: 'burst@30s:5000' },
];

/** Every kind of fault that a plan can name. */
export const FAULT_KINDS: readonly FaultKind[] = SPECS.map(({ kind }) => kind);

const SEED_DEFAULT = 1;
/** 1001: the endpoint is going away. */
const CLOSE_CODE_DEFAULT = 1001;
const BURST_FRAMES_DEFAULT = 1_000;
/** Larger than what clients usually allow, and than any frame that was seen. */
const OVERSIZED_BYTES_DEFAULT = 32 * 1024 * 1024;
const OVERSIZED_BYTES_MAX = 256 * 1024 * 1024;
const BYTE_UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 * 1024 };

/** Reads the text of a fault plan (see `faults.ts`). `seed` counts unless the text names one. */
export function parseFaults(text: string, seed: number = SEED_DEFAULT): FaultPlan {
  const faults: Fault[] = [];
  let planSeed = seed;
  for (const item of text.split(',').map((part) => part.trim())) {
    if (item === '') continue;
    if (item.startsWith('seed=')) planSeed = parseSeed(item);
    else faults.push(parseFault(item));
  }
  return { seed: planSeed, faults };
}

function parseSeed(item: string): number {
  const seed = Number(item.slice('seed='.length));
  if (item === 'seed=' || !Number.isSafeInteger(seed)) throw invalid(item, 'the seed must be a whole number, for example seed=7');
  return seed;
}

const ITEM = /^(?:([a-z0-9-]+)\/)?([a-z0-9-]+)(?:@([^:@]+))?(?::([^@]*))?$/;

function parseFault(item: string): Fault {
  const match = ITEM.exec(item);
  const spec = match === null ? undefined : SPECS.find(({ kind }) => kind === match[2]);
  if (match === null || spec === undefined) throw invalid(item, `a fault is one of ${FAULT_KINDS.join(', ')}; write for example cut@30s`);
  const moment = match[3] === undefined ? undefined : parseMoment(item, match[3]);
  const parts = match[4] === undefined ? [] : match[4].split(':');
  const venue = match[1] === undefined ? {} : { venue: match[1] };
  switch (spec.group) {
    case 'frame': {
      const when = moment ?? { kind: 'chance' as const, probability: parseProbability(item, spec, parts.shift()) };
      const amount = parseAmount(item, spec, parts);
      const frames = spec.argument === 'frames' ? (amount ?? 1) : 1;
      return { group: 'frame', kind: spec.kind, ...venue, when, frames, amount: frameAmount(item, spec, amount) };
    }
    case 'connection': {
      const amount = parseAmount(item, spec, parts) ?? (spec.kind === 'close' ? CLOSE_CODE_DEFAULT : undefined);
      if (spec.kind === 'stall' && amount === undefined) throw invalid(item, `it needs how long; write for example ${spec.example}`);
      return { group: 'connection', kind: spec.kind, ...venue, when: required(item, spec, moment), amount: amount ?? 0 };
    }
    case 'window': {
      const durationMs = parseAmount(item, spec, parts) ?? Number.POSITIVE_INFINITY;
      return { group: 'window', kind: spec.kind, ...venue, when: moment ?? { kind: 'time', atMs: 0 }, durationMs };
    }
    case 'feed': {
      const frames = parseAmount(item, spec, parts) ?? BURST_FRAMES_DEFAULT;
      return { group: 'feed', kind: spec.kind, ...venue, when: required(item, spec, moment), frames };
    }
  }
}

/** What the fault's own number is: only `delay` and `oversized` have one besides their frames. */
function frameAmount(item: string, spec: FaultSpec, amount: number | undefined): number {
  if (spec.kind === 'oversized') return amount ?? OVERSIZED_BYTES_DEFAULT;
  if (spec.kind !== 'delay') return 0;
  if (amount === undefined) throw invalid(item, `it needs how long; write for example ${spec.example}`);
  return amount;
}

function required(item: string, spec: FaultSpec, moment: FaultMoment | undefined): FaultMoment {
  if (moment === undefined) throw invalid(item, `it needs a moment; write for example ${spec.example}`);
  return moment;
}

function parseMoment(item: string, text: string): FaultMoment {
  if (!text.startsWith('#')) return { kind: 'time', atMs: parseDuration(text, `--fault ${item}`) / MILLISECOND_US };
  const count = Number(text.slice(1));
  if (text === '#' || !Number.isSafeInteger(count) || count < 0) throw invalid(item, `"${text}" counts no frames; write for example @#500`);
  return { kind: 'frames', count };
}

function parseProbability(item: string, spec: FaultSpec, text: string | undefined): number {
  const probability = text === undefined || text === '' ? Number.NaN : Number(text);
  if (!(probability >= 0 && probability <= 1)) {
    throw invalid(item, `it needs a probability from 0 to 1 or a moment; write for example ${spec.example}`);
  }
  return probability;
}

function parseAmount(item: string, spec: FaultSpec, parts: readonly string[]): number | undefined {
  const text = parts[0];
  if (text === undefined) return undefined;
  if (parts.length > 1 || spec.argument === 'none') throw invalid(item, `it says too much; write for example ${spec.example}`);
  switch (spec.argument) {
    case 'duration':
      return parseDuration(text, `--fault ${item}`) / MILLISECOND_US;
    case 'frames':
      return parseCount(item, spec, text);
    case 'bytes':
      return parseBytes(item, spec, text);
    case 'code':
      return parseCode(item, text);
  }
}

function parseCount(item: string, spec: FaultSpec, text: string): number {
  const count = Number(text);
  if (text === '' || !Number.isSafeInteger(count) || count < 1) {
    throw invalid(item, `"${text}" must be a number of frames; write for example ${spec.example}`);
  }
  return count;
}

function parseBytes(item: string, spec: FaultSpec, text: string): number {
  const match = /^(\d+)(B|KiB|MiB)$/.exec(text);
  const bytes = match === null ? Number.NaN : Number(match[1]) * BYTE_UNITS[match[2]!]!;
  if (!(bytes <= OVERSIZED_BYTES_MAX)) throw invalid(item, `"${text}" must be a size up to 256MiB; write for example ${spec.example}`);
  return bytes;
}

function parseCode(item: string, text: string): number {
  const code = Number(text);
  // The codes that may be sent (RFC 6455, section 7.4), and 1006, which stands for none.
  const isSendable = (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005) || (code >= 3000 && code <= 4999);
  if (!Number.isSafeInteger(code) || !isSendable) {
    throw invalid(item, `"${text}" is no close code that can be sent; write 1000 to 1003, 1006 to 1014 or 3000 to 4999`);
  }
  return code;
}

function invalid(item: string, why: string): Error {
  return usageError('FAULT_INVALID', `--fault ${item}: ${why}`);
}
