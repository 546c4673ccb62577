import { digitsEnd, digitsToNs } from './decimal-time.ts';
import { type LineParser, ONLY_CONNECTION } from './line-parser.ts';
import type { LineSink } from './line-sink.ts';

const SPACE = 0x20;

/** `<receive time in ns> <raw frame>`: every well-formed line is one `frame-in`, also REST bodies that were recorded among the frames. */
export class NsLineParser implements LineParser {
  readonly hasRawLines = true;
  readonly #sink: LineSink;
  #isConnected = false;

  constructor(sink: LineSink) {
    this.#sink = sink;
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
    const timeEnd = digitsEnd(bytes, start, end);
    if (timeEnd === start) return 'expected a receive time in nanoseconds';
    if (timeEnd === end || bytes[timeEnd] !== SPACE) return 'expected one space after the receive time';
    const receivedAtNs = digitsToNs(bytes, start, timeEnd);
    if (receivedAtNs === undefined) return 'the receive time is no int64';
    this.#sink.record(receivedAtNs, ONLY_CONNECTION, 'frame-in', '', bytes, timeEnd + 1, end);
    return undefined;
  }
}
