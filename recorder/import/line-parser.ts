import type { RecordKind } from '#domain';

/** Where a parser says what a line is. Bytes are valid only during the call. */
export interface LineSink {
  /** A line with a receive time of its own. */
  record(receivedAtNs: bigint, connection: string, kind: RecordKind, meta: string, bytes: Buffer, start: number, end: number): void;
  /** A connection whose time the input does not tell: it takes the stamp of the next line. */
  connected(connection: string, meta: string): void;
  /** A line that is no record, kept word for word; `reason` says what it is. */
  note(reason: string, bytes: Buffer, start: number, end: number): void;
  /** A line that does not have the form it should have, kept word for word. */
  malformed(reason: string, bytes: Buffer, start: number, end: number): void;
}

/** Reads the lines of one format. It keeps state over lines and files, and says every line to its sink exactly once. */
export interface LineParser {
  /** True when a line may hold any byte, so that a CR before the newline can be a part of it. */
  readonly hasRawLines: boolean;
  /** Called before the first line of each file. */
  beginFile(): void;
  /** Reads the line `bytes[start, end)`, without its line ending, never empty. */
  parse(bytes: Buffer, start: number, end: number): void;
}

/** The name of the one connection of inputs that do not tell connections apart. */
export const ONLY_CONNECTION = '1';
