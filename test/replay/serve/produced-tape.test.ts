import { expect, test } from 'vitest';
import { type RecordAppender, TapeRecord } from '#domain';
import { ProducedTape } from '../../../replay/serve/produced-tape.ts';
import { recordSyntheticSession } from '../../../replay/synthetic-session.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import { Client, START_US, serve, withServer } from './serve-desk.ts';

const NOTHING = new Uint8Array(0);

async function sequencesOf(tape: ProducedTape, most = Number.POSITIVE_INFINITY): Promise<number[]> {
  const record = new TapeRecord();
  const sequences: number[] = [];
  for await (const batch of tape.batches()) {
    while (batch.next(record)) sequences.push(record.sequence);
    if (sequences.length >= most) break;
  }
  return sequences;
}

function counting(batches: number, log: string[] = []): ProducedTape {
  return new ProducedTape('counting', async (appender: RecordAppender) => {
    try {
      for (let batch = 0; batch < batches; batch++) {
        for (let i = 0; i < 3; i++) appender.append(BigInt(batch), 0n, '', '', 'tick', '', NOTHING, 0, 0);
        log.push(`made ${batch}`);
        await appender.drain();
      }
    } finally {
      log.push('left');
    }
  });
}

test('a produced tape hands over what was appended, batch by batch, the same each time', async () => {
  const tape = counting(4);
  expect(await sequencesOf(tape)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(await tape.digest()).toBe(await tape.digest());
  expect(await tape.digest()).not.toBe(await counting(3).digest());
});

test('the producer waits for its reader, and is ended when the reader leaves', async () => {
  const log: string[] = [];
  expect(await sequencesOf(counting(100, log), 6)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(log).toEqual(['made 0', 'made 1', 'left']);
});

test('what the producer throws reaches the reader after what it made', async () => {
  const tape = new ProducedTape('broken', async (appender) => {
    appender.append(0n, 0n, '', '', 'tick', '', NOTHING, 0, 0);
    await appender.drain();
    throw new Error('out of ideas');
  });
  await expect(sequencesOf(tape)).rejects.toThrow('out of ideas');
});

test('a synthetic market is served without being written first', async () => {
  const options = { seed: 7, pairs: [{ symbol: 'BTCUSDT', startPrice: 61_800 }], startUs: START_US, durationUs: 60_000_000 };
  const tape = new ProducedTape('synthetic', (appender) => recordSyntheticSession(options, appender));
  const server = await serve(tape, new ManualClock(), { speed: 'max', subscribersToStart: Number.POSITIVE_INFINITY });
  await withServer(server, async ({ socket }) => {
    const client = await Client.open(socket, '/stream?streams=btcusdt@trade/btcusdt@depth@100ms/btcusdt@bookTicker');
    server.resume();
    await server.ended;
    const served = server.served('binance-spot')[0]!;
    await client.received(served.frames);
    expect(served.frames).toBeGreaterThan(100);
    expect(client.tradeIds().length).toBeGreaterThan(10);
  });
});
