import { isUtf8 } from 'node:buffer';
import { parseIsoNanoseconds, usageError } from '#domain';
import type { CaptureSettings } from './capture-options.ts';
import { decimalToNs, isReceiveTime } from './decimal-time.ts';
import { topLevelNumber } from './json-number.ts';
import { type LineParser, ONLY_CONNECTION } from './line-parser.ts';
import type { LineSink } from './line-sink.ts';

const DECIMAL_TIME = /^\d+(?:\.\d+)?$/;
const LONE_SURROGATE = /\p{Surrogate}/u;

type Reading = { readonly receivedAtNs: bigint } | { readonly problem: string };

/**
 * One JSON object a line: a time, a direction (`in` where it is missing) and a text; other members are ignored.
 * The frame is the text in UTF-8, with the JSON escapes read.
 */
export class JsonLineParser implements LineParser {
  readonly hasRawLines = false;
  readonly #settings: CaptureSettings;
  readonly #sink: LineSink;
  #mustKnowUnit: boolean;
  #isConnected = false;

  /** A probe throws when the first time is a number whose unit is not known: that is a missing option, not a bad line. */
  constructor(settings: CaptureSettings, sink: LineSink, isProbe: boolean) {
    this.#settings = settings;
    this.#sink = sink;
    this.#mustKnowUnit = isProbe;
  }

  beginFile(): void {
    if (this.#isConnected) return;
    this.#isConnected = true;
    this.#sink.connected(ONLY_CONNECTION, '');
  }

  parse(bytes: Buffer, start: number, end: number): void {
    const problem = this.#read(bytes, start, end);
    if (problem !== undefined) this.#sink.malformed(problem, bytes, start, end);
  }

  /** Hands the frame to the sink, or returns why there is none. */
  #read(bytes: Buffer, start: number, end: number): string | undefined {
    if (!isUtf8(bytes.subarray(start, end))) return 'the line is not UTF-8';
    const source = bytes.toString('utf8', start, end);
    const line = parseObject(source);
    if (line === undefined) return 'expected one JSON object';
    const { time, direction, text } = this.#settings.fields;
    const content = line[text];
    if (typeof content !== 'string') return `expected a string in "${text}"`;
    // Escapes are the only way to a half surrogate pair in valid UTF-8, and it has no bytes to be kept as.
    if (LONE_SURROGATE.test(content)) return `"${text}" has half a surrogate pair, which has no UTF-8 bytes`;
    const kind = directionKind(line[direction]);
    if (kind === undefined) return `expected "in" or "out" in "${direction}"`;
    const reading = this.#readTime(line[time], source);
    if ('problem' in reading) return reading.problem;
    this.#mustKnowUnit = false;
    const frame = Buffer.from(content, 'utf8');
    this.#sink.record(reading.receivedAtNs, ONLY_CONNECTION, kind, '', frame, 0, frame.length);
    return undefined;
  }

  #readTime(value: unknown, source: string): Reading {
    const name = this.#settings.fields.time;
    if (typeof value === 'number') return this.#readDecimal(topLevelNumber(source, name));
    if (typeof value !== 'string') return { problem: `expected a time in "${name}"` };
    if (DECIMAL_TIME.test(value)) return this.#readDecimal(value);
    const receivedAtNs = parseIsoNanoseconds(value, this.#settings.zoneOffsetUs);
    const isTime = receivedAtNs !== undefined && isReceiveTime(receivedAtNs);
    return isTime ? { receivedAtNs } : { problem: `"${name}" is no ISO 8601 time` };
  }

  #readDecimal(text: string): Reading {
    const { timeUnit, fields } = this.#settings;
    if (timeUnit === undefined) {
      const problem = `"${fields.time}" is a number, so its unit must be given (--time-unit s|ms|us|ns)`;
      if (this.#mustKnowUnit) throw usageError('TIME_UNIT_MISSING', problem);
      return { problem };
    }
    const digits = Buffer.from(text, 'latin1');
    const receivedAtNs = decimalToNs(digits, 0, digits.length, timeUnit, 'refuse');
    return receivedAtNs === undefined ? { problem: `"${fields.time}" is no whole number of nanoseconds in an int64` } : { receivedAtNs };
  }
}

function parseObject(source: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(source);
    return isObject(value) ? value : undefined;
  } catch {
    // The caller reports the line; what `JSON.parse` says about it differs between Node versions and must not reach the tape.
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function directionKind(direction: unknown): 'frame-in' | 'frame-out' | undefined {
  if (direction === undefined || direction === 'in') return 'frame-in';
  return direction === 'out' ? 'frame-out' : undefined;
}
