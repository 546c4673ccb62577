import { expect, test } from 'vitest';
import type { SocketHandlers } from '../../../recorder/net/socket.ts';
import { scriptedSockets } from '../../fixtures/scripted-socket.ts';
import { recorderBench } from './recorder-bench.ts';

/** A recorder whose only socket is open, and what that socket calls. */
async function openBench() {
  const sockets = scriptedSockets();
  const given: SocketHandlers[] = [];
  const bench = recorderBench({
    more: {
      openSocket: (url, headers, handlers) => {
        given.push(handlers);
        return sockets.open(url, headers, handlers);
      },
    },
  });
  await bench.clock.advance(0);
  sockets.last().accept();
  return { ...bench, socket: sockets.last(), handlers: given[0]! };
}

test('frames that came in one piece of bytes have the time at which it came, however long the first took to handle', async () => {
  const { clock, journal, socket, handlers } = await openBench();
  handlers.onBytes!();
  const cameAtNs = clock.wallNs();
  socket.say('data A|1');
  await clock.advance(7);
  socket.say('data A|1');
  handlers.onBytes!();
  socket.say('data A|1');
  const after = journal.of('frame-in').map(({ receivedAtNs, monotonicNs }) => [receivedAtNs - cameAtNs, monotonicNs]);
  expect(after).toEqual([
    [0n, 0n],
    [0n, 0n],
    [7_000_000n, 7_000_000n],
  ]);
});

test('frames of a socket that does not tell of bytes have the time at which they were told of', async () => {
  const { clock, journal, socket } = await openBench();
  socket.say('data A|1');
  await clock.advance(7);
  socket.say('data A|1');
  const [first, second] = journal.of('frame-in');
  expect(second!.receivedAtNs - first!.receivedAtNs).toBe(7_000_000n);
});
