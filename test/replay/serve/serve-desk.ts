import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Clock, RecordBatch, RecordBody, Tape } from '#domain';
import { type Cipher, VENUES } from '#venues';
import { type RunningServer, type ServeOptions, startServer } from '../../../replay/serve/server.ts';
import { createBinanceServer } from '../../../venues/binance/server.ts';
import { aRecord, MemoryTape } from '../../fixtures/memory-tape.ts';

/** Binance keeps nothing secret on public streams. */
export const NO_CIPHER: Cipher = {
  hmacSha256Hex: () => '',
  decryptAes256Cbc: () => undefined,
  encryptAes256Cbc: () => '',
};

/** A second of the tape's time, microseconds; a Friday in November. */
export const START_US = 1_700_000_000_000_000;

/** The text of a spot trade in a combined frame; the id tells frames apart. */
export function tradeFrame(id: number, symbol = 'BTCUSDT'): string {
  const time = START_US / 1000 + id;
  const data = `{"e":"trade","E":${time},"s":"${symbol}","t":${id},"p":"61800.${id % 10}0","q":"0.00${(id % 9) + 1}","T":${time},"m":${id % 2 === 0},"M":true}`;
  return `{"stream":"${symbol.toLowerCase()}@trade","data":${data}}`;
}

/** Trades with ids from 0, `everyMs` apart. */
export function tradeRecords(count: number, everyMs = 1_000, venue = 'binance-spot'): RecordBody[] {
  return Array.from({ length: count }, (_, id) => aRecord({ venue, atUs: START_US + id * everyMs * 1_000, payload: tradeFrame(id) }));
}

export function tradeTape(count: number, everyMs = 1_000): MemoryTape {
  return new MemoryTape(tradeRecords(count, everyMs), { batchSize: 50 });
}

/** Trades of 60 kB each: so many bytes that no buffer on the way takes them all. */
export function bigTradeTape(count: number): MemoryTape {
  const padding = `{"pad":"${'x'.repeat(60_000)}","e"`;
  return new MemoryTape(
    tradeRecords(count).map((record, id) => ({ ...record, payload: Buffer.from(tradeFrame(id).replace('{"e"', padding)) })),
  );
}

/** Hands out the same buffer for every batch, as a reader of files may: what was not copied is overwritten. */
export class ReusingTape implements Tape {
  readonly session = 'reusing';
  readonly #tape: Tape;

  constructor(tape: Tape) {
    this.#tape = tape;
  }

  async *batches(): AsyncGenerator<RecordBatch> {
    const buffer = new Uint8Array(1 << 20);
    for await (const batch of this.#tape.batches()) {
      let filled = 0;
      yield {
        next: (record) => {
          if (!batch.next(record)) return false;
          buffer.set(record.payload(), filled);
          record.start = filled;
          filled += record.end;
          record.end = filled;
          record.bytes = buffer;
          return true;
        },
      };
      buffer.fill(0x58);
    }
  }

  digest(): Promise<string> {
    return this.#tape.digest();
  }
}

/** A server of Binance spot over real sockets on loopback. */
export async function serve(tape: Tape, clock: Clock, options: Partial<ServeOptions> = {}): Promise<RunningServer> {
  return startServer({
    tape,
    venues: VENUES,
    servers: [{ protocol: createBinanceServer('binance-spot') }],
    clock,
    cipher: NO_CIPHER,
    ...options,
  });
}

/** A plain client that keeps what it gets. */
export class Client {
  readonly socket: WebSocket;
  readonly frames: Buffer[] = [];
  /** Which of them came as binary messages. */
  readonly isBinary: boolean[] = [];
  closeCode = 0;
  #wake: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer, isBinary) => {
      this.frames.push(data);
      this.isBinary.push(isBinary);
      this.#wake();
    });
    // A connection that a fault breaks is an error for `ws`; its close code is what the tests look at.
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      this.closeCode = code;
      this.#wake();
    });
  }

  static async open(address: string, path: string, options: { readonly maxPayload?: number } = {}): Promise<Client> {
    const socket = new WebSocket(`${address}${path}`, { perMessageDeflate: false, skipUTF8Validation: true, ...options });
    const client = new Client(socket);
    await Promise.race([once(socket, 'open'), once(socket, 'error').then(([error]) => Promise.reject(error))]);
    return client;
  }

  /** Resolves once so many frames came. */
  async received(count: number): Promise<readonly Buffer[]> {
    while (this.frames.length < count && this.closeCode === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.frames.length < count) throw new Error(`closed with ${this.closeCode} after ${this.frames.length} of ${count} frames`);
    return this.frames;
  }

  /** Resolves with the close code once the connection is gone. */
  async closed(): Promise<number> {
    while (this.closeCode === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.closeCode;
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  texts(): string[] {
    return this.frames.map((frame) => frame.toString('utf8'));
  }

  /** Ids of the trades that came, in order. */
  tradeIds(): number[] {
    return this.texts().flatMap((text) => {
      const id = /"t":(\d+)/.exec(text)?.[1];
      return id === undefined ? [] : [Number(id)];
    });
  }
}

/** Numbers from `start` up to `end`, both included. */
export function idsFrom(start: number, end: number): number[] {
  return Array.from({ length: end - start + 1 }, (_, index) => start + index);
}

export async function getJson(url: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(url);
  return { status: response.status, body: await response.json() };
}

/** Runs `check` with a server that is stopped whatever happens. */
export async function withServer(
  server: RunningServer,
  check: (address: { rest: string; socket: string }) => Promise<void>,
): Promise<void> {
  try {
    await check(server.addresses[0]!);
  } finally {
    await server.stop();
  }
}
