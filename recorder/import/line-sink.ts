import type { RecordKind } from '#domain';

/** Where a parser says what a line is. Bytes are valid only during the call. */
export interface LineSink {
  /** A line with a receive time of its own. */
  record(receivedAtNs: bigint, connection: string, kind: RecordKind, meta: string, bytes: Uint8Array, start: number, end: number): void;
  /** A connection whose time the input does not tell: it takes the stamp of the next line. */
  connected(connection: string, meta: string): void;
  /** A line that is no record, kept word for word; `reason` says what it is. */
  note(reason: string, bytes: Uint8Array, start: number, end: number): void;
  /** A line that does not have the form it should have, kept word for word. */
  malformed(reason: string, bytes: Uint8Array, start: number, end: number): void;
}
