import { describe, expect, test } from 'vitest';
import { VENUES } from '#venues';
import { FrameDigest, frameDigest } from '../../../replay/serve/served-frames.ts';
import { startServer } from '../../../replay/serve/server.ts';
import { createBinanceServer } from '../../../venues/binance/server.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import { aRecord, MemoryTape } from '../../fixtures/memory-tape.ts';
import {
  bigTradeTape,
  Client,
  getJson,
  idsFrom,
  NO_CIPHER,
  ReusingTape,
  START_US,
  serve,
  tradeFrame,
  tradeRecords,
  tradeTape,
  withServer,
} from './serve-desk.ts';

const STREAM = '/stream?streams=btcusdt@trade';
const AT_ONCE = { subscribersToStart: 0, speed: 'max' } as const;

describe('a served tape', () => {
  test('reaches the client byte for byte and in order, and both sides come to the same digest', async () => {
    const server = await serve(tradeTape(3_000), new ManualClock(), {
      speed: 'max',
      subscribersToStart: Number.POSITIVE_INFINITY,
      keepFrameDigests: true,
    });
    await withServer(server, async ({ socket }) => {
      const client = await Client.open(socket, STREAM);
      server.resume();
      const frames = await client.received(3_000);
      expect(client.texts()).toEqual(idsFrom(0, 2_999).map((id) => tradeFrame(id)));
      const digest = new FrameDigest();
      for (const frame of frames) digest.add(frame);
      const [served] = server.served('binance-spot');
      expect(served).toMatchObject({ frames: 3_000, digest: digest.hex(), path: '/stream', isOpen: true });
      expect(served?.frameDigests).toEqual(frames.map(frameDigest));
    });
  });

  test('counts answers to requests among what it served', async () => {
    const server = await serve(tradeTape(3), new ManualClock(), { speed: 'max', subscribersToStart: Number.POSITIVE_INFINITY });
    await withServer(server, async ({ socket }) => {
      const client = await Client.open(socket, '/stream');
      client.send({ method: 'SUBSCRIBE', params: ['btcusdt@trade'], id: 1 });
      await client.received(1);
      server.resume();
      const frames = await client.received(4);
      expect(frames[0]?.toString()).toBe('{"result":null,"id":1}');
      const digest = new FrameDigest();
      for (const frame of frames) digest.add(frame);
      expect(server.served('binance-spot')[0]).toMatchObject({ frames: 4, digest: digest.hex() });
    });
  });

  test('stands still until so many connections have subscribed and were quiet for a while', async () => {
    const clock = new ManualClock();
    const server = await serve(tradeTape(2), clock, { subscribersToStart: 2, quietBeforeStartMs: 300, speed: 'max' });
    await withServer(server, async ({ socket }) => {
      const first = await Client.open(socket, STREAM);
      await clock.advance(5_000);
      expect(server.position.isPaused).toBe(true);
      const second = await Client.open(socket, '/ws');
      await clock.advance(5_000);
      expect(server.position.isPaused).toBe(true);
      second.send({ method: 'SUBSCRIBE', params: ['btcusdt@trade'], id: 1 });
      await second.received(1);
      await clock.advance(299);
      expect(server.position.isPaused).toBe(true);
      await clock.advance(1);
      await first.received(2);
      await second.received(3);
      expect(first.tradeIds()).toEqual([0, 1]);
      expect(second.tradeIds()).toEqual([0, 1]);
    });
  });

  test('is paced by its receive times through the clock', async () => {
    const clock = new ManualClock();
    const server = await serve(tradeTape(10, 1_000), clock, { speed: 2, subscribersToStart: Number.POSITIVE_INFINITY });
    await withServer(server, async ({ socket }) => {
      const client = await Client.open(socket, STREAM);
      server.resume();
      await client.received(1);
      await clock.advance(499);
      expect(server.position.sequence).toBe(0);
      await clock.advance(1);
      await client.received(2);
      await clock.advance(2_000);
      await client.received(6);
      expect(client.tradeIds()).toEqual(idsFrom(0, 5));
    });
  });

  test('goes on where a seek led, without what lies between', async () => {
    const clock = new ManualClock();
    const server = await serve(tradeTape(100, 1_000), clock, { subscribersToStart: Number.POSITIVE_INFINITY });
    await withServer(server, async ({ rest, socket }) => {
      const client = await Client.open(socket, STREAM);
      await server.seek({ kind: 'sequence', sequence: 60 });
      expect(await getJson(`${rest}/api/v3/ticker/price?symbol=BTCUSDT`)).toEqual({
        status: 200,
        body: { symbol: 'BTCUSDT', price: '61800.90000000' },
      });
      await server.seek({ kind: 'time', timeUs: START_US + 50 * 1_000_000 });
      server.setSpeed('max');
      server.resume();
      await client.received(50);
      expect(client.tradeIds()).toEqual(idsFrom(50, 99));
    });
  });

  test('starts over when it loops, and its market with it', async () => {
    const server = await serve(tradeTape(5), new ManualClock(), {
      speed: 'max',
      isLooping: true,
      subscribersToStart: Number.POSITIVE_INFINITY,
    });
    await withServer(server, async ({ socket }) => {
      const client = await Client.open(socket, STREAM);
      server.resume();
      await client.received(12);
      expect(client.tradeIds().slice(0, 12)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]);
      expect(server.position.passes).toBeGreaterThan(1);
    });
  });

  test('closes its connections at the end with 1000 when told to, and keeps them open otherwise', async () => {
    const closing = await serve(tradeTape(2), new ManualClock(), {
      speed: 'max',
      atEnd: 'close',
      subscribersToStart: Number.POSITIVE_INFINITY,
    });
    await withServer(closing, async ({ socket }) => {
      const client = await Client.open(socket, STREAM);
      closing.resume();
      expect(await client.closed()).toBe(1000);
      expect(client.tradeIds()).toEqual([0, 1]);
      await closing.ended;
    });
    const open = await serve(tradeTape(2), new ManualClock(), { speed: 'max', subscribersToStart: Number.POSITIVE_INFINITY });
    await withServer(open, async ({ socket }) => {
      const client = await Client.open(socket, STREAM);
      open.resume();
      await open.ended;
      client.send({ method: 'LIST_SUBSCRIPTIONS', id: 3 });
      const frames = await client.received(3);
      expect(frames[2]?.toString()).toBe('{"result":["btcusdt@trade"],"id":3}');
    });
  });

  test('is not read ahead of a client that takes nothing, when it is played as fast as it goes', async () => {
    const server = await serve(bigTradeTape(800), new ManualClock(), { speed: 'max', subscribersToStart: Number.POSITIVE_INFINITY });
    await withServer(server, async ({ socket }) => {
      const client = await Client.open(socket, STREAM);
      client.socket.pause();
      server.resume();
      // It stops once the kernel's buffers and ours are full: from then on the position stands still.
      const settled = await standsStill(() => server.position.sequence);
      expect(settled).toBeLessThan(400);
      client.socket.resume();
      await client.received(800);
      expect(client.tradeIds()).toEqual(idsFrom(0, 799));
    });
  });

  test('at a pace waits for nobody: a client that takes nothing is dropped, and the others get everything', async () => {
    const clock = new ManualClock();
    const server = await serve(bigTradeTape(1_500), clock, { subscribersToStart: Number.POSITIVE_INFINITY });
    await withServer(server, async ({ socket }) => {
      const deaf = await Client.open(socket, STREAM);
      const client = await Client.open(socket, STREAM);
      deaf.socket.pause();
      server.resume();
      for (let frames = 1; frames < 1_500; frames += 100) {
        await client.received(frames);
        await clock.advance(100_000);
      }
      await client.received(1_500);
      await turnsUntil(() => server.served('binance-spot')[0]?.isOpen === false);
      deaf.socket.resume();
      expect(await deaf.closed()).toBe(1006);
      expect(deaf.frames.length).toBeLessThan(1_500);
      expect(client.tradeIds().length).toBe(1_500);
    });
  });

  test('sends what it read, though the reader uses its buffer again', async () => {
    const server = await serve(new ReusingTape(tradeTape(1_000)), new ManualClock(), {
      speed: 'max',
      subscribersToStart: Number.POSITIVE_INFINITY,
    });
    await withServer(server, async ({ socket }) => {
      const [combined, raw] = [await Client.open(socket, STREAM), await Client.open(socket, '/ws/btcusdt@trade')];
      server.resume();
      await combined.received(1_000);
      await raw.received(1_000);
      expect(combined.texts()).toEqual(idsFrom(0, 999).map((id) => tradeFrame(id)));
      expect(raw.tradeIds()).toEqual(idsFrom(0, 999));
    });
  });

  test('sends as binary what was recorded as binary', async () => {
    const records = tradeRecords(2).map((record, id) => (id === 1 ? { ...record, meta: '{"opcode":"binary"}' } : record));
    const server = await serve(new MemoryTape(records), new ManualClock(), { subscribersToStart: Number.POSITIVE_INFINITY, speed: 'max' });
    await withServer(server, async ({ socket }) => {
      const client = await Client.open(socket, STREAM);
      server.resume();
      await client.received(2);
      expect(client.isBinary).toEqual([false, true]);
    });
  });

  test('gives each venue its own frames at its own addresses', async () => {
    const usdm = tradeRecords(5, 1_000, 'binance-usdm');
    const spot = tradeRecords(5, 1_000).map((record, id) => ({ ...record, payload: Buffer.from(tradeFrame(id + 100)) }));
    const records = spot.flatMap((record, index) => [record, usdm[index]!]);
    const server = await startServer({
      tape: new MemoryTape(records),
      venues: VENUES,
      servers: [{ protocol: createBinanceServer('binance-spot') }, { protocol: createBinanceServer('binance-usdm') }],
      clock: new ManualClock(),
      cipher: NO_CIPHER,
      speed: 'max',
      subscribersToStart: Number.POSITIVE_INFINITY,
    });
    try {
      const [first, second] = server.addresses;
      expect(first?.venue).toBe('binance-spot');
      expect(new Set([first?.rest, first?.socket, second?.rest, second?.socket].map((address) => address?.split(':')[2])).size).toBe(4);
      const one = await Client.open(first!.socket, STREAM);
      const other = await Client.open(second!.socket, `/market${STREAM}`);
      server.resume();
      await one.received(5);
      await other.received(5);
      expect(one.tradeIds()).toEqual(idsFrom(100, 104));
      expect(other.tradeIds()).toEqual(idsFrom(0, 4));
    } finally {
      await server.stop();
    }
  });

  test('drops a client that answers no ping, and keeps one that does', async () => {
    const clock = new ManualClock();
    const server = await serve(tradeTape(1), clock, AT_ONCE);
    await withServer(server, async ({ socket }) => {
      const deaf = await Client.open(socket, STREAM);
      deaf.socket.pause();
      const alive = await Client.open(socket, STREAM);
      let pings = 0;
      alive.socket.on('ping', () => {
        pings += 1;
      });
      for (let second = 0; second < 90; second++) {
        const before = pings;
        await clock.advance(1_000);
        if (second % 20 === 19) await turnsUntil(() => pings > before);
      }
      deaf.socket.resume();
      expect(await deaf.closed()).toBe(1006);
      expect(alive.closeCode).toBe(0);
      expect(pings).toBe(4);
    });
  });
});

describe('the addresses of a venue', () => {
  test('answer what is none of the venue with an HTTP status', async () => {
    const server = await serve(tradeTape(1), new ManualClock());
    await withServer(server, async ({ rest, socket }) => {
      expect((await fetch(`${rest}/api/v3/nothing`)).status).toBe(404);
      expect((await fetch(socket.replace('ws:', 'http:'))).status).toBe(426);
      await expect(Client.open(socket, '/elsewhere')).rejects.toThrow('404');
      expect((await fetch(`${rest}/api/v3/ping`, { method: 'POST', body: 'x'.repeat(2_000_000) })).status).toBe(413);
    });
  });

  test('are refused with a reason when a port is taken', async () => {
    const server = await serve(tradeTape(1), new ManualClock());
    await withServer(server, async ({ rest }) => {
      const restPort = Number(rest.split(':')[2]);
      const again = serve(tradeTape(1), new ManualClock(), { servers: [{ protocol: createBinanceServer('binance-spot'), restPort }] });
      await expect(again).rejects.toMatchObject({ code: 'SERVE_PORT' });
    });
  });

  test('cannot be asked for with settings that mean nothing', async () => {
    await expect(serve(tradeTape(1), new ManualClock(), { speed: 0 })).rejects.toMatchObject({ code: 'SERVE_SPEED' });
    await expect(serve(tradeTape(1), new ManualClock(), { servers: [] })).rejects.toMatchObject({ code: 'SERVE_NOTHING' });
  });
});

test('what comes before the first frame is there before anybody subscribed', async () => {
  const info = '{"symbols":[{"symbol":"BTCUSDT","quoteAsset":"USDT"}]}';
  const meta = '{"endpoint":"exchange-info","requestId":1,"status":200}';
  const records = [
    aRecord({ kind: 'session-open', venue: '', atUs: START_US }),
    aRecord({ kind: 'http-response', venue: 'binance-spot', meta, payload: info, atUs: START_US + 5_000_000 }),
    ...tradeRecords(1).map((record) => ({ ...record, receivedAtNs: record.receivedAtNs + 9_000_000_000n })),
  ];
  const server = await serve(new MemoryTape(records), new ManualClock());
  await withServer(server, async ({ rest }) => {
    await turnsUntil(() => server.position.sequence === 1);
    expect(await getJson(`${rest}/api/v3/exchangeInfo`)).toEqual({ status: 200, body: JSON.parse(info) });
    expect(await getJson(`${rest}/api/v3/time`)).toMatchObject({ body: { serverTime: START_US / 1000 + 5_000 } });
  });
});

/** The value once it has not changed for many turns of the event loop. */
async function standsStill(read: () => number): Promise<number> {
  let last = read();
  for (let quietTurns = 0; quietTurns < 2_000; quietTurns++) {
    await new Promise((resolve) => setImmediate(resolve));
    const now = read();
    if (now !== last) quietTurns = 0;
    last = now;
  }
  return last;
}

async function turnsUntil(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
