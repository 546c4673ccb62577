import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Random } from '../seeds.ts';

const TICK_MS = 2;
const FRAMES_PER_TICK_MAX = 12;
const FILLING_MAX = 300;
/** A client that does not read gets nothing more until it does. */
const BUFFERED_BYTES_MAX = 1024 * 1024;

/** A market that speaks enough of Binance to be recorded and numbers its trades, over all connections: a number is never sent twice. */
export class NumberedServer {
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #random: Random;
  #sent = 0;
  #waiting: (() => void)[] = [];

  private constructor(http: Server, random: Random) {
    this.#http = http;
    this.#random = random;
    this.#sockets = new WebSocketServer({ server: http });
    this.#sockets.on('connection', (socket) => this.#serve(socket));
  }

  static async start(random: Random): Promise<NumberedServer> {
    const http = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end('{"symbols":[]}');
    });
    const server = new NumberedServer(http, random);
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    return server;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  /** Frames sent so far; the number of the last one. */
  get sent(): number {
    return this.#sent;
  }

  /** Resolves when the next subscription was acknowledged, from which on frames are sent. */
  subscribed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    this.#http.close();
    await once(this.#http, 'close');
  }

  #serve(socket: WebSocket): void {
    let timer: NodeJS.Timeout | undefined;
    socket.on('message', (data) => {
      const { id } = JSON.parse(String(data)) as { readonly id: number };
      socket.send(JSON.stringify({ result: null, id }));
      timer ??= setInterval(() => this.#send(socket), TICK_MS);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    });
    socket.on('error', () => undefined); // It was killed; that is what this is about.
    socket.on('close', () => clearInterval(timer));
  }

  #send(socket: WebSocket): void {
    if (socket.bufferedAmount > BUFFERED_BYTES_MAX) return;
    for (let frames = this.#random.integer(0, FRAMES_PER_TICK_MAX); frames > 0; frames--) {
      this.#sent += 1;
      const filling = 'x'.repeat(this.#random.integer(0, FILLING_MAX));
      const trade = `"e":"trade","E":1,"s":"BTCUSDT","t":${this.#sent},"p":"60000.00","q":"0.001","T":1,"m":true,"M":true,"x":"${filling}"`;
      socket.send(`{"stream":"btcusdt@trade","data":{${trade}}}`);
    }
  }
}
