/** A socket that can be told not to read. */
export interface PausableSocket {
  pause(): void;
  resume(): void;
  readonly isPaused: boolean;
}

/**
 * Bytes of one socket that are handled in one turn of the event loop. Node reads up to 2 MB a turn from a socket that is full (32 reads of 64 KiB);
 * timers, the journal's writes and other sockets would wait for all of their frames.
 */
const TURN_BYTES_MAX = 256 * 1024;
/** While the journal is behind a socket is not read, at most for so long in one piece: a venue cuts a client that does not read. */
const HOLD_MAX_MS = 2_000;
const HOLD_LOOK_MS = 5;

/**
 * Stops reading a socket for the rest of a turn of the event loop once it had its share, and for a while when the disk does not follow: what is not read waits
 * in the buffers of both machines, and is late but not lost. After `HOLD_MAX_MS` it is read again whatever comes; shedding is next.
 */
export class ReadTurns {
  readonly #socket: PausableSocket;
  readonly #isBehind: () => boolean;
  readonly #holdMaxMs: number;
  #bytes = 0;
  #heldSinceMs: number | undefined;

  constructor(socket: PausableSocket, isBehind: () => boolean, holdMaxMs = HOLD_MAX_MS) {
    this.#socket = socket;
    this.#isBehind = isBehind;
    this.#holdMaxMs = holdMaxMs;
  }

  /** So many bytes were read. */
  count(bytes: number): void {
    if (this.#bytes === 0) setImmediate(this.#end);
    this.#bytes += bytes;
    if (this.#bytes >= TURN_BYTES_MAX) this.#socket.pause();
  }

  readonly #end = (): void => {
    this.#bytes = 0;
    if (this.#mustHold()) {
      this.#socket.pause();
      setTimeout(this.#end, HOLD_LOOK_MS);
    } else if (this.#socket.isPaused) this.#socket.resume();
  };

  /** A hold that took its time is not begun again before the disk has followed. */
  #mustHold(): boolean {
    if (!this.#isBehind()) {
      this.#heldSinceMs = undefined;
      return false;
    }
    this.#heldSinceMs ??= performance.now();
    return performance.now() - this.#heldSinceMs < this.#holdMaxMs;
  }
}
