import { WebSocket } from 'ws';

/** What a socket tells. Bytes are valid until the call returns: what must live is copied (the journal does). */
export interface SocketHandlers {
  onOpen(): void;
  /** Bytes arrived: every message and sign of life told of before the next call came with them, however long the ones before took to handle. */
  onBytes?(): void;
  onMessage(bytes: Uint8Array, isBinary: boolean): void;
  /** A protocol ping or pong: a sign of life that is no frame. */
  onLife(): void;
  /** Called once, whatever ended it. `reason` says what happened in words. */
  onClose(code: number, reason: string): void;
}

export interface RecorderSocket {
  send(text: string): void;
  /** Asks for a clean close, which `onClose` confirms. */
  close(code: number, reason: string): void;
  /** Cuts the connection at once. */
  terminate(): void;
}

export type OpenSocket = (url: string, headers: Readonly<Record<string, string>>, handlers: SocketHandlers) => RecorderSocket;

/** A frame larger than this ends its connection; the largest seen anywhere is a depth snapshot of 0.5 MB. */
const FRAME_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Bytes of one socket that are handled in one turn of the event loop. Node reads up to 2 MB a turn from a socket that is full (32 reads of 64 KiB);
 * timers, the journal's writes and other sockets would wait for all of their frames.
 */
const TURN_BYTES_MAX = 256 * 1024;

/**
 * A websocket by `ws`. Texts are not checked to be UTF-8: KIS sends invalid bytes near its auctions, and a strict client that closes
 * for them finds its slot locked. No compression: none of the venues offers it without cost to the latency.
 */
export const openWebSocket: OpenSocket = (url, headers, handlers) => {
  const socket = new WebSocket(url, {
    headers: { ...headers },
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload: FRAME_BYTES_MAX,
    followRedirects: false,
  });
  socket.binaryType = 'nodebuffer';
  let failure = '';
  const turns = new ReadTurns(socket);
  // Before `ws` itself listens. `prependListener`, because `on` would let the stream flow at once, and what came with the handshake would be
  // told to nobody but us.
  socket.on('upgrade', ({ socket: stream }) =>
    stream.prependListener('data', (bytes: Buffer) => {
      handlers.onBytes?.();
      turns.count(bytes.length);
    }),
  );
  socket.on('open', () => handlers.onOpen());
  socket.on('message', (data: Buffer, isBinary: boolean) => handlers.onMessage(data, isBinary));
  socket.on('ping', () => handlers.onLife());
  socket.on('pong', () => handlers.onLife());
  socket.on('error', (error) => {
    failure = error.message;
  });
  socket.on('close', (code, reason) => handlers.onClose(code, failure === '' ? reason.toString('utf8') : failure));
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
};

/** Stops reading for the rest of a turn of the event loop once it had its share. */
class ReadTurns {
  readonly #socket: WebSocket;
  #bytes = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  count(bytes: number): void {
    if (this.#bytes === 0) setImmediate(this.#end);
    this.#bytes += bytes;
    if (this.#bytes >= TURN_BYTES_MAX) this.#socket.pause();
  }

  readonly #end = (): void => {
    this.#bytes = 0;
    if (this.#socket.isPaused) this.#socket.resume();
  };
}
