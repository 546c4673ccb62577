import type { ConnectionHealth, ConnectionRow, TapeRecord } from '#domain';
import { ReasonCounts } from './reason-counts.ts';
import { type RecordMeta, textOr } from './record-meta.ts';

interface Connection {
  readonly venue: string;
  readonly name: string;
  readonly firstNs: bigint;
  readonly reconnects: ReasonCounts;
  lastNs: bigint;
  lastFrameNs: bigint | undefined;
  connects: number;
  disconnects: number;
  isUp: boolean;
  /** It is a socket or a poller: its life is on the tape, or its frames are. Calls of the recorder itself (tokens, masters) have none. */
  hasLife: boolean;
  /** Why it is down; `undefined` while it is up, and after an end that was wanted. */
  lossReason: string | undefined;
  stopped: string | undefined;
}

const NOT_RUNNING = 'the recorder was not running';
/** Connected again, and no record says that it was down: tapes of others. */
const NOT_TOLD = 'not told';

/** Every connection of a tape, in order of first record. */
export class ConnectionLog {
  readonly #connections = new Map<string, Connection>();
  /** That of the last record: the next one is most often of the same. */
  #last: Connection | undefined;

  onRecord(record: TapeRecord, receivedAtNs: bigint, meta: RecordMeta): void {
    // Records of the session, or of a venue as a whole, belong to none.
    if (record.connection === '') return;
    const connection = this.#of(record, receivedAtNs);
    connection.lastNs = receivedAtNs;
    const { kind } = record;
    if (kind === 'frame-in') {
      connection.isUp = true;
      connection.hasLife = true;
    }
    if (kind === 'frame-in' || kind === 'http-response') connection.lastFrameNs = receivedAtNs;
    else if (kind === 'connected') connected(connection);
    else if (kind === 'disconnected') disconnected(connection, meta);
    else if (kind === 'note') noted(connection, meta);
  }

  /** Nothing is connected any more: the session was closed, or a recorder begins after one that died. */
  allDown(isLoss: boolean): void {
    for (const connection of this.#connections.values()) {
      if (connection.isUp && isLoss) connection.lossReason = NOT_RUNNING;
      connection.isUp = false;
      if (isLoss) connection.stopped = undefined;
    }
  }

  rows(): readonly ConnectionRow[] {
    return [...this.#connections.values()].map(({ venue, name, connects, disconnects, reconnects, stopped, firstNs, lastNs }) => ({
      venue,
      connection: name,
      connects,
      disconnects,
      reconnects: reasonRows(reconnects),
      ...(stopped === undefined ? {} : { stopped }),
      firstNs: String(firstNs),
      lastNs: String(lastNs),
    }));
  }

  /** The sockets and pollers of a venue. */
  health(venue: string): readonly ConnectionHealth[] {
    return [...this.#connections.values()]
      .filter((connection) => connection.venue === venue && connection.hasLife)
      .map(({ name, isUp, connects, reconnects, lastFrameNs, stopped }) => ({
        connection: name,
        isUp,
        connects,
        reconnects: reasonRows(reconnects),
        lastFrameNs,
        stopped,
      }));
  }

  #of({ venue, connection }: TapeRecord, receivedAtNs: bigint): Connection {
    const last = this.#last;
    if (last !== undefined && last.name === connection && last.venue === venue) return last;
    const key = `${venue}\u0000${connection}`;
    let known = this.#connections.get(key);
    if (known === undefined) {
      known = newConnection(venue, connection, receivedAtNs);
      this.#connections.set(key, known);
    }
    this.#last = known;
    return known;
  }
}

function newConnection(venue: string, name: string, receivedAtNs: bigint): Connection {
  return {
    venue,
    name,
    firstNs: receivedAtNs,
    reconnects: new ReasonCounts(),
    lastNs: receivedAtNs,
    lastFrameNs: undefined,
    connects: 0,
    disconnects: 0,
    isUp: false,
    hasLife: false,
    lossReason: undefined,
    stopped: undefined,
  };
}

function connected(connection: Connection): void {
  // One that was ended because nobody wanted it, and is wanted again, was not lost.
  const isUntold = connection.isUp && connection.connects > 0;
  if (connection.lossReason !== undefined || isUntold) connection.reconnects.add(connection.lossReason ?? NOT_TOLD, 1);
  connection.connects += 1;
  connection.isUp = true;
  connection.hasLife = true;
  connection.lossReason = undefined;
  connection.stopped = undefined;
}

function disconnected(connection: Connection, meta: RecordMeta): void {
  connection.disconnects += 1;
  connection.isUp = false;
  connection.hasLife = true;
  connection.lossReason = meta.expected === true ? undefined : textOr(meta.reason, 'disconnected');
}

function noted(connection: Connection, meta: RecordMeta): void {
  if (meta.event === 'connection-stopped') connection.stopped = `${textOr(meta.code, '')}: ${textOr(meta.message, '')}`;
  // It was never open, so no other record would say that there is such a connection.
  if (meta.event === 'connect-failed' || meta.event === 'connection-stopped') connection.hasLife = true;
}

function reasonRows(counts: ReasonCounts): readonly { readonly reason: string; readonly count: number }[] {
  return counts.entries().map(([reason, count]) => ({ reason, count }));
}
