import { describe, expect, test } from 'vitest';
import { parseFaults } from '../../../replay/serve/fault-text.ts';
import { FrameDigest } from '../../../replay/serve/served-frames.ts';
import type { RunningServer, ServeOptions } from '../../../replay/serve/server.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';
import { bigTradeTape, Client, idsFrom, serve, tradeFrame, tradeTape, withServer } from './serve-desk.ts';

const STREAM = '/stream?streams=btcusdt@trade';

interface Scene {
  readonly clock: ManualClock;
  readonly server: RunningServer;
  readonly client: Client;
  readonly socket: string;
}

/** Ten minutes of a trade a second, a client that asked for them, and a plan; the first trade is served. */
async function play(faults: string, scene: (scene: Scene) => Promise<void>, options: Partial<ServeOptions> = {}): Promise<void> {
  const clock = new ManualClock();
  const server = await serve(tradeTape(600, 1_000), clock, {
    faults: parseFaults(faults),
    subscribersToStart: Number.POSITIVE_INFINITY,
    keepFrameDigests: true,
    ...options,
  });
  await withServer(server, async ({ socket }) => {
    const client = await Client.open(socket, STREAM);
    server.resume();
    await clock.advance(0);
    await scene({ clock, server, client, socket });
  });
}

function digestOf(frames: readonly Buffer[]): string {
  const digest = new FrameDigest();
  for (const frame of frames) digest.add(frame);
  return digest.hex();
}

describe('the fault', () => {
  test('drop leaves out the frames that the seed chose, and the digest is of those that were sent', async () => {
    const dropped: number[][] = [];
    for (let run = 0; run < 2; run++) {
      await play('drop:0.2,seed=3', async ({ clock, server, client }) => {
        await clock.advance(99_000);
        const served = server.served('binance-spot')[0]!;
        const frames = await client.received(served.frames);
        expect(digestOf(frames)).toBe(served.digest);
        expect(client.tradeIds().length).toBe(100 - server.injectedCount('drop'));
        dropped.push(server.injected.map(({ frame }) => frame));
        const kept = new Set(client.tradeIds());
        expect(idsFrom(0, 99).filter((id) => !kept.has(id))).toEqual(dropped[run]);
      });
    }
    expect(dropped[0]!.length).toBeGreaterThan(5);
    expect(dropped[0]).toEqual(dropped[1]);
  });

  test('drop at a moment leaves out the next frames', async () => {
    await play('drop@#5:3', async ({ clock, client }) => {
      await clock.advance(9_000);
      await client.received(7);
      expect(client.tradeIds()).toEqual([0, 1, 2, 3, 4, 8, 9]);
    });
  });

  test('duplicate sends a frame twice', async () => {
    await play('duplicate@#2', async ({ clock, client }) => {
      await clock.advance(3_000);
      await client.received(5);
      expect(client.tradeIds()).toEqual([0, 1, 2, 2, 3]);
    });
  });

  test('delay holds a frame and all that follow it, in order', async () => {
    await play('delay@#2:2500ms', async ({ clock, client }) => {
      await clock.advance(4_000);
      await client.received(2);
      await clock.advance(499);
      expect(client.tradeIds()).toEqual([0, 1]);
      await clock.advance(1);
      await client.received(5);
      expect(client.tradeIds()).toEqual([0, 1, 2, 3, 4]);
    });
  });

  test('stall sends nothing for its time, answers neither, and then everything in order', async () => {
    await play('stall@1500ms:10s', async ({ clock, server, client }) => {
      await clock.advance(2_000);
      await client.received(2);
      client.send({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
      await clock.advance(9_400);
      expect(client.frames.length).toBe(2);
      await clock.advance(100);
      await client.received(13);
      expect(client.tradeIds()).toEqual(idsFrom(0, 11));
      expect(client.texts()).toContain('{"result":["btcusdt@trade"],"id":1}');
      expect(digestOf(client.frames)).toBe(server.served('binance-spot')[0]!.digest);
    });
  });

  test('cut breaks the connection off in the middle of a frame', async () => {
    await play('cut@3500ms', async ({ clock, server, client, socket }) => {
      let trailing = 0;
      // Bytes on the wire beyond what whole frames explain: the half frame came.
      const raw = (client.socket as unknown as { _socket: { bytesRead: number } })._socket;
      await clock.advance(3_000);
      await client.received(4);
      trailing = raw.bytesRead;
      await clock.advance(500);
      expect(await client.closed()).toBe(1006);
      expect(raw.bytesRead).toBeGreaterThan(trailing + 50);
      expect(client.tradeIds()).toEqual([0, 1, 2, 3]);
      expect(server.served('binance-spot')[0]).toMatchObject({ frames: 4, closeCode: 1006, isOpen: false });
      const again = await Client.open(socket, STREAM);
      await clock.advance(1_000);
      await again.received(1);
      expect(again.tradeIds()).toEqual([4]);
    });
  });

  test.each([
    ['close@1500ms:1012', 1012],
    ['close@1500ms', 1001],
    ['close@1500ms:1006', 1006],
    ['close@#2:4000', 4000],
    ['kick@1500ms', 1008],
    ['binance-spot/kick@1500ms', 1008],
  ])('%s ends the connection with %i after what was sent', async (text, code) => {
    await play(text, async ({ clock, client }) => {
      await clock.advance(2_000);
      expect(await client.closed()).toBe(code);
      expect(client.tradeIds()).toEqual([0, 1]);
    });
  });

  test('of another venue does nothing here', async () => {
    await play('kis/close@1s,kis/drop:1', async ({ clock, server, client }) => {
      await clock.advance(3_000);
      await client.received(4);
      expect(server.injected).toEqual([]);
    });
  });

  test('silent acknowledges and sends no data, until its time is over', async () => {
    await play('silent@2500ms:3s', async ({ clock, client }) => {
      await clock.advance(4_000);
      client.send({ method: 'SUBSCRIBE', params: ['ethusdt@trade'], id: 9 });
      const frames = await client.received(4);
      expect(frames[3]?.toString()).toBe('{"result":null,"id":9}');
      await clock.advance(3_000);
      await client.received(6);
      expect(client.tradeIds()).toEqual([0, 1, 2, 6, 7]);
    });
  });

  test('stall of more than a venue would keep ends the connection instead', async () => {
    const faults = parseFaults('stall@500ms:1h');
    const clock = new ManualClock();
    const server = await serve(bigTradeTape(1_400), clock, { faults, subscribersToStart: Number.POSITIVE_INFINITY });
    await withServer(server, async ({ socket }) => {
      const client = await Client.open(socket, STREAM);
      server.resume();
      await clock.advance(1_000);
      server.setSpeed('max');
      expect(await client.closed()).toBe(1006);
      expect(client.frames.length).toBe(1);
    });
  });

  test('mute-heartbeat leaves out the pings of its time, and nobody is dropped for it', async () => {
    const counts: number[] = [];
    for (const faults of ['', 'mute-heartbeat@10s:55s']) {
      await play(faults, async ({ clock, client }) => {
        let pings = 0;
        client.socket.on('ping', () => {
          pings += 1;
        });
        for (let second = 0; second < 70; second++) await clock.advance(1_000);
        // What comes over the socket takes its own time: a question and its answer after it.
        client.send({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
        await client.received(72);
        counts.push(pings);
        expect(client.closeCode).toBe(0);
      });
    }
    expect(counts).toEqual([3, 1]);
  });

  test('refuse-login turns clients away from the start, and for its time only', async () => {
    const clock = new ManualClock();
    const server = await serve(tradeTape(5), clock, { faults: parseFaults('refuse-login@0:10s') });
    await withServer(server, async ({ socket }) => {
      await expect(Client.open(socket, STREAM)).rejects.toThrow('403');
      await clock.advance(10_000);
      const client = await Client.open(socket, STREAM);
      expect(client.closeCode).toBe(0);
    });
  });

  test('malformed, invalid-utf8 and oversized damage the frames they hit, and no other', async () => {
    await play('malformed@#1,invalid-utf8@#3,oversized@#5:100KiB', async ({ clock, server, client }) => {
      await clock.advance(6_000);
      const frames = await client.received(7);
      const isWhole = frames.map((frame, id) => frame.toString() === tradeFrame(id));
      expect(isWhole).toEqual([true, false, true, false, true, false, true]);
      expect(() => JSON.parse(frames[1]!.toString())).toThrow();
      expect(frames[3]!.includes(0xff)).toBe(true);
      expect(frames[5]!.length).toBe(100 * 1024);
      expect(server.injected.map(({ kind, frame }) => [kind, frame])).toEqual([
        ['malformed', 1],
        ['invalid-utf8', 3],
        ['oversized', 5],
      ]);
      expect(digestOf(frames)).toBe(server.served('binance-spot')[0]!.digest);
    });
  });

  test('wrong-count finds nothing to hit in JSON, and does not claim to have', async () => {
    await play('wrong-count:1', async ({ clock, server, client }) => {
      await clock.advance(2_000);
      await client.received(3);
      expect(client.texts()).toEqual([0, 1, 2].map((id) => tradeFrame(id)));
      expect(server.injected).toEqual([]);
    });
  });

  test('burst serves the next frames at once', async () => {
    await play('burst@1500ms:50', async ({ clock, client }) => {
      await clock.advance(1_500);
      // The frame after the burst is where pacing starts again.
      await client.received(53);
      expect(client.tradeIds()).toEqual(idsFrom(0, 52));
      await clock.advance(1_000);
      await client.received(54);
    });
  });

  test('oversized breaks a client that allows less, and the server lives on', async () => {
    await play('oversized@500ms:64KiB', async ({ clock, server, socket }) => {
      const small = await Client.open(socket, STREAM, { maxPayload: 16 * 1024 });
      await clock.advance(1_000);
      await clock.advance(0);
      expect(await small.closed()).toBe(1006);
      expect(server.served('binance-spot')[0]?.isOpen).toBe(true);
    });
  });
});
