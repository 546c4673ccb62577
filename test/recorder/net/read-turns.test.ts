import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { type PausableSocket, ReadTurns } from '../../../recorder/net/read-turns.ts';
import { openWebSocket } from '../../../recorder/net/socket.ts';

const FRAMES = 4_000;
const FRAME_BYTES = 1_000;
const TURN_BYTES = 256 * 1024;

/** A socket whose turns can be waited for. */
class CountedSocket implements PausableSocket {
  isPaused = false;
  pauses = 0;
  #onResume: () => void = () => undefined;

  pause(): void {
    this.isPaused = true;
    this.pauses += 1;
  }

  resume(): void {
    this.isPaused = false;
    this.#onResume();
  }

  resumed(): Promise<void> {
    return new Promise((resolve) => {
      this.#onResume = resolve;
    });
  }
}

/** A server that sends numbered frames to whoever comes. */
async function startTalker(): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  server.on('connection', (socket) => {
    for (let i = 0; i < FRAMES; i++) socket.send(String(i).padStart(FRAME_BYTES, '0'));
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a socket is not read while the journal is behind, and then gives all that was sent, in order', async () => {
  const url = await startTalker();
  const numbers: number[] = [];
  const readWhileBehind = new Set<number>();
  let asked = 0;
  await new Promise<void>((resolve) => {
    const socket = openWebSocket(
      url,
      {},
      {
        onOpen: () => undefined,
        onMessage: (bytes) => {
          numbers.push(Number(Buffer.from(bytes).toString('latin1')));
          if (numbers.length === FRAMES) socket.terminate();
        },
        onLife: () => undefined,
        onClose: () => resolve(),
        isBehind: () => {
          asked += 1;
          if (asked <= 20) readWhileBehind.add(numbers.length);
          return asked < 20;
        },
      },
    );
  });
  expect(numbers).toEqual(Array.from({ length: FRAMES }, (_, i) => i));
  // One turn came before it was asked; nothing while the answer was the same.
  expect(readWhileBehind.size).toBe(1);
  expect([...readWhileBehind][0]).toBeLessThan(FRAMES / 2);
});

test('a hold ends after its time though the disk has not followed, and a new one begins only after it did', async () => {
  const socket = new CountedSocket();
  let isBehind = true;
  const turns = new ReadTurns(socket, () => isBehind, 30);
  const startedAtMs = performance.now();
  let resumed = socket.resumed();
  turns.count(100);
  await resumed;
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(30);
  const { pauses } = socket;
  expect(pauses).toBeGreaterThan(1);
  resumed = socket.resumed();
  turns.count(TURN_BYTES);
  await resumed;
  expect(socket.pauses, 'the turn had its share; no hold').toBe(pauses + 1);
  isBehind = false;
  resumed = socket.resumed();
  turns.count(TURN_BYTES);
  await resumed;
  isBehind = true;
  resumed = socket.resumed();
  turns.count(100);
  await resumed;
  expect(socket.pauses).toBeGreaterThan(pauses + 3);
});

test('a socket that had its share of a turn is read again in the next', async () => {
  const socket = new CountedSocket();
  const turns = new ReadTurns(socket, () => false);
  turns.count(TURN_BYTES - 1);
  expect(socket.isPaused).toBe(false);
  const resumed = socket.resumed();
  turns.count(1);
  expect(socket.isPaused).toBe(true);
  await resumed;
  expect(socket.isPaused).toBe(false);
});
