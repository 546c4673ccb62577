import { isUtf8 } from 'node:buffer';
import { canonicalJson, type RecordKind } from '#domain';
import { decimalToNs, digitsEnd } from './decimal-time.ts';
import { type LineParser, ONLY_CONNECTION } from './line-parser.ts';
import type { LineSink } from './line-sink.ts';
import { isPythonBytes, readPythonBytes } from './python-bytes.ts';

const SPACE = 0x20;
const POINT = 0x2e;
const COLON = 0x3a;
const CLOSING_BRACE = 0x7d;
const CONFIGURATION = Buffer.from('configuration: ');
const SCHEME = Buffer.from('://');
const ARROWS = [
  { kind: 'connect', mark: Buffer.from(' <-> ') },
  { kind: 'sent', mark: Buffer.from(' <- ') },
  { kind: 'answer', mark: Buffer.from(' -> ') },
] as const;
/** What the writer puts between a REST body and the headers of the answer, where it keeps them. */
const HEADER_MARK = Buffer.from(' header: {');
/** A longer address, or longer answer headers, are no such thing; they must fit the meta of a record. */
const URL_BYTES_MAX = 8 * 1024;
const HEADER_BYTES_MAX = 64 * 1024;
/** A capture with more addresses than this is none; what comes on a further one is malformed. */
const CONNECTIONS_MAX = 10_000;

/**
 * Raw captures of cryptofeed (bmoscon/cryptofeed, `raw_data_collection.py`), one line each:
 * `<url> <-> t` a socket connects · `<url> <- t: sent` · `t: received` · `<url> -> t: REST body`, perhaps ` header: {…}` ·
 * `configuration: …`, kept as a note. `t` is a Python float of seconds: its digits are taken as they are printed, those
 * below a nanosecond are cut off. Data may be a Python bytes literal, which is read back to its bytes.
 * Each socket address is one connection, `1`, `2`, … in order of appearance; received lines belong to the one named last.
 */
export class CryptofeedLineParser implements LineParser {
  readonly hasRawLines = true;
  readonly #sink: LineSink;
  readonly #connections = new Map<string, string>();
  #connection = '';

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  beginFile(): void {
    // A capture is rotated into several files, so a file may go on with the connection of the one before.
  }

  parse(bytes: Buffer, start: number, end: number): void {
    const problem = this.#read(bytes, start, end);
    if (problem !== undefined) this.#sink.malformed(problem, bytes, start, end);
  }

  /** Hands the line to the sink, or returns why it cannot. */
  #read(bytes: Buffer, start: number, end: number): string | undefined {
    if (digitsEnd(bytes, start, start + 1) > start) return this.#readReceived(bytes, start, end);
    if (startsWith(bytes, start, end, CONFIGURATION)) {
      this.#sink.note('configuration', bytes, start, end);
      return undefined;
    }
    const urlEnd = endOfUrl(bytes, start, end);
    const url = bytes.subarray(start, urlEnd);
    if (!url.includes(SCHEME) || !isUtf8(url)) return 'expected a time, an address or a configuration';
    const arrow = ARROWS.find(({ mark }) => startsWith(bytes, urlEnd, end, mark));
    if (arrow === undefined) return 'expected "<->", "<-" or "->" after the address';
    const after = urlEnd + arrow.mark.length;
    const timeEnd = endOfTime(bytes, after, end);
    const receivedAtNs = decimalToNs(bytes, after, timeEnd, 's', 'cut');
    if (receivedAtNs === undefined) return 'expected seconds after the arrow';
    const address = url.toString('utf8');
    if (arrow.kind === 'connect') return this.#readConnect(receivedAtNs, address, bytes, timeEnd, end);
    if (!isDataAt(bytes, timeEnd, end)) return 'expected ": " and the data after the time';
    return arrow.kind === 'sent'
      ? this.#readSent(receivedAtNs, address, bytes, timeEnd + 2, end)
      : this.#readAnswer(receivedAtNs, address, bytes, timeEnd + 2, end);
  }

  #readReceived(bytes: Buffer, start: number, end: number): string | undefined {
    const timeEnd = endOfTime(bytes, start, end);
    const receivedAtNs = decimalToNs(bytes, start, timeEnd, 's', 'cut');
    if (receivedAtNs === undefined || !isDataAt(bytes, timeEnd, end)) return 'expected seconds, ": " and the data';
    if (this.#connection === '') {
      // The file begins in the middle of a capture: there was a connection, only its address is not known.
      this.#connection = ONLY_CONNECTION;
      this.#connections.set('', ONLY_CONNECTION);
      this.#sink.connected(ONLY_CONNECTION, '');
    }
    return this.#data(receivedAtNs, this.#connection, 'frame-in', '', bytes, timeEnd + 2, end);
  }

  #readConnect(receivedAtNs: bigint, url: string, bytes: Buffer, timeEnd: number, end: number): string | undefined {
    if (timeEnd !== end) return 'expected nothing after the time of a connect';
    const connection = this.#connectionOf(url);
    if (connection === undefined) return `more than ${CONNECTIONS_MAX} addresses`;
    this.#connection = connection;
    this.#sink.record(receivedAtNs, connection, 'connected', canonicalJson({ url }), bytes, end, end);
    return undefined;
  }

  #readSent(receivedAtNs: bigint, url: string, bytes: Buffer, start: number, end: number): string | undefined {
    if (!url.startsWith('ws')) return this.#data(receivedAtNs, '', 'http-request', canonicalJson({ url }), bytes, start, end);
    const isKnown = this.#connections.has(url);
    const connection = this.#connectionOf(url);
    if (connection === undefined) return `more than ${CONNECTIONS_MAX} addresses`;
    if (!isKnown) this.#sink.connected(connection, canonicalJson({ url }));
    this.#connection = connection;
    return this.#data(receivedAtNs, connection, 'frame-out', '', bytes, start, end);
  }

  #readAnswer(receivedAtNs: bigint, url: string, bytes: Buffer, start: number, end: number): string | undefined {
    const header = headerStart(bytes, start, end);
    if (header === undefined) return this.#data(receivedAtNs, '', 'http-response', canonicalJson({ url }), bytes, start, end);
    const text = bytes.toString('utf8', header.textStart, end);
    return this.#data(receivedAtNs, '', 'http-response', canonicalJson({ header: text, url }), bytes, start, header.bodyEnd);
  }

  #data(
    receivedAtNs: bigint,
    connection: string,
    kind: RecordKind,
    meta: string,
    bytes: Buffer,
    start: number,
    end: number,
  ): string | undefined {
    if (!isPythonBytes(bytes, start, end)) {
      this.#sink.record(receivedAtNs, connection, kind, meta, bytes, start, end);
      return undefined;
    }
    const data = readPythonBytes(bytes, start, end);
    if (data === undefined) return 'the data begins as a Python bytes literal and is none';
    this.#sink.record(receivedAtNs, connection, kind, meta, data, 0, data.length);
    return undefined;
  }

  #connectionOf(url: string): string | undefined {
    const known = this.#connections.get(url);
    if (known !== undefined) return known;
    if (this.#connections.size >= CONNECTIONS_MAX) return undefined;
    const connection = String(this.#connections.size + 1);
    this.#connections.set(url, connection);
    return connection;
  }
}

function endOfUrl(bytes: Buffer, start: number, end: number): number {
  const limit = Math.min(end, start + URL_BYTES_MAX);
  let i = start;
  while (i < limit && bytes[i] !== SPACE) i++;
  return i;
}

function endOfTime(bytes: Buffer, start: number, end: number): number {
  const wholeEnd = digitsEnd(bytes, start, end);
  return wholeEnd < end && bytes[wholeEnd] === POINT ? digitsEnd(bytes, wholeEnd + 1, end) : wholeEnd;
}

function isDataAt(bytes: Buffer, at: number, end: number): boolean {
  return at + 2 <= end && bytes[at] === COLON && bytes[at + 1] === SPACE;
}

/** Where the body ends and the JSON text of the headers begins, when the line ends in ` header: {…}`. */
function headerStart(bytes: Buffer, start: number, end: number): { readonly bodyEnd: number; readonly textStart: number } | undefined {
  if (bytes[end - 1] !== CLOSING_BRACE) return undefined;
  const tail = bytes.subarray(Math.max(start, end - HEADER_BYTES_MAX), end);
  const mark = tail.lastIndexOf(HEADER_MARK);
  if (mark < 0) return undefined;
  const bodyEnd = end - tail.length + mark;
  const textStart = bodyEnd + HEADER_MARK.length - 1;
  return isUtf8(bytes.subarray(textStart, end)) && isJson(bytes.toString('utf8', textStart, end)) ? { bodyEnd, textStart } : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // Then it is a part of the body that only looks like headers.
  }
}

function startsWith(bytes: Buffer, start: number, end: number, prefix: Buffer): boolean {
  return end - start >= prefix.length && bytes.compare(prefix, 0, prefix.length, start, start + prefix.length) === 0;
}
