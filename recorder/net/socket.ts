import { WebSocket } from 'ws';
import { ReadTurns } from './read-turns.ts';

/** What a socket tells. Bytes are valid until the call returns: what must live is copied (the journal does). */
export interface SocketHandlers {
  onOpen(): void;
  /** Bytes arrived: every message and sign of life told of before the next call came with them, however long the ones before took to handle. */
  onBytes?(): void;
  onMessage(bytes: Uint8Array, isBinary: boolean): void;
  /** What came cannot be written fast enough: asked after each turn of reading, and the socket is not read for a while. */
  isBehind?(): boolean;
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
  const turns = new ReadTurns(socket, () => handlers.isBehind?.() ?? false);
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
