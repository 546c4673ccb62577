import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { openWebSocket, type RecorderSocket, type SocketHandlers } from '../../recorder/net/socket.ts';

let server: Server | undefined;
let socket: RecorderSocket | undefined;
afterEach(async () => {
  socket?.terminate();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

/**
 * A server that writes these bytes as they are, the websocket headers in them included, in one piece with its answer to the handshake, and ends. Resolves
 * when the socket is closed.
 */
async function connect(bytes: Uint8Array, handlers: Partial<SocketHandlers>): Promise<void> {
  const sockets = new WebSocketServer({ noServer: true });
  server = createServer();
  server.on('upgrade', (request, stream: Duplex, head) => {
    stream.cork();
    sockets.handleUpgrade(request, stream, head, () => stream.end(bytes));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const none = () => undefined;
  await new Promise<void>((onClose) => {
    socket = openWebSocket(
      `ws://127.0.0.1:${port}`,
      {},
      { onOpen: none, onMessage: none, onLife: none, onClose: () => onClose(), ...handlers },
    );
  });
}

/** A short text frame as a server sends it. */
function frame(text: string): Uint8Array {
  return Uint8Array.of(0x81, text.length, ...new TextEncoder().encode(text));
}

/** `count` binary frames of `length` bytes. */
function frames(count: number, length: number): Buffer {
  const one = Buffer.alloc(4 + length);
  one.writeUInt16BE(0x827e, 0);
  one.writeUInt16BE(length, 2);
  return Buffer.concat(Array.from({ length: count }, () => one));
}

test('a socket says that bytes came before it tells of the messages in them, once for all, and loses none that came with the handshake', async () => {
  const told: string[] = [];
  await connect(Buffer.concat([frame('one'), frame('two'), frame('three')]), {
    onBytes: () => told.push('bytes'),
    onMessage: (bytes) => told.push(Buffer.from(bytes).toString('utf8')),
  });
  expect(told).toEqual(['bytes', 'one', 'two', 'three']);
});

test('a flood is read in turns, so that timers and other sockets get theirs, and nothing of it is lost', async () => {
  let [turnBytes, turnBytesMost, messages] = [0, 0, 0];
  const endTurn = () => {
    turnBytes = 0;
  };
  await connect(frames(400, 60_000), {
    onMessage: (bytes) => {
      if (turnBytes === 0) setImmediate(endTurn);
      turnBytes += bytes.length;
      turnBytesMost = Math.max(turnBytesMost, turnBytes);
      messages += 1;
    },
  });
  expect(messages).toBe(400);
  // The limit, the piece that reached it, and one that the system had read already; without a limit it would be 2 MB.
  expect(turnBytesMost).toBeLessThan(600_000);
});
