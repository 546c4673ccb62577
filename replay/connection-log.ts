import type { TapeRecord } from '#domain';

/** The life of one connection on a tape: a socket, or a poller (`rest-…`). */
export interface ConnectionRow {
  readonly venue: string;
  readonly connection: string;
  /** All but the first are reconnects. A tape that begins in the middle of a connection has none. */
  readonly connects: number;
  /** Ends of any kind, those that were wanted too. */
  readonly disconnects: number;
  /** Receive times of its first and last record, nanoseconds since the epoch as decimal text. */
  readonly firstNs: string;
  readonly lastNs: string;
}

interface Connection {
  readonly venue: string;
  readonly name: string;
  readonly firstNs: bigint;
  lastNs: bigint;
  connects: number;
  disconnects: number;
}

/** Every connection of a tape, in order of first record. */
export class ConnectionLog {
  readonly #connections = new Map<string, Connection>();
  /** That of the last record: the next one is most often of the same. */
  #last: Connection | undefined;

  onRecord(record: TapeRecord, receivedAtNs: bigint): void {
    // Records of the session, or of a venue as a whole, belong to none.
    if (record.connection === '') return;
    const connection = this.#of(record, receivedAtNs);
    connection.lastNs = receivedAtNs;
    if (record.kind === 'connected') connection.connects += 1;
    else if (record.kind === 'disconnected') connection.disconnects += 1;
  }

  rows(): readonly ConnectionRow[] {
    return [...this.#connections.values()].map(({ venue, name, connects, disconnects, firstNs, lastNs }) => ({
      venue,
      connection: name,
      connects,
      disconnects,
      firstNs: String(firstNs),
      lastNs: String(lastNs),
    }));
  }

  #of({ venue, connection }: TapeRecord, receivedAtNs: bigint): Connection {
    const last = this.#last;
    if (last !== undefined && last.name === connection && last.venue === venue) return last;
    const key = `${venue}\u0000${connection}`;
    let known = this.#connections.get(key);
    if (known === undefined) {
      known = { venue, name: connection, firstNs: receivedAtNs, lastNs: receivedAtNs, connects: 0, disconnects: 0 };
      this.#connections.set(key, known);
    }
    this.#last = known;
    return known;
  }
}
