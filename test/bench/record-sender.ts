import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { SendOrder } from './record-case.ts';
import { type FrameMix, frameMix } from './record-frames.ts';

// The venue of the recorder's bench, in a process of its own: Binance's REST answers in short, and recorded frames over a websocket, as fast
// as the receiver takes them or at a fixed rate.

const order = JSON.parse(process.argv[2]!) as SendOrder;

/** Bytes that may wait in the socket before the sender stops for the receiver. */
const WAITING_BYTES_MAX = 1024 * 1024;
const BULK_BYTES = 128 * 1024;
const RATE_STEP_MS = 1;

/** An answer to `exchangeInfo`, and to `depth`: newer than every delta, so that nobody asks again. */
const ANSWERS: Readonly<Record<string, string>> = {
  '/api/v3/exchangeInfo': '{"symbols":[]}',
  '/api/v3/depth': '{"lastUpdateId":9007199254740000,"bids":[],"asks":[]}',
};

/** Hands frames to one connection; `#next` writes the next of them and returns how many it were, at most so many. */
class FrameSender {
  readonly #stream: Duplex;
  readonly #total: number;
  readonly #next: (sent: number, countMax: number) => number;
  #sent = 0;

  constructor(socket: WebSocket, stream: Duplex, mix: FrameMix, { style, frames }: SendOrder) {
    this.#stream = stream;
    this.#total = frames;
    this.#next = style === 'in-bulk' ? bulkWriter(stream, mix) : frameWriter(socket, mix);
  }

  sendAll(): void {
    while (this.#sent < this.#total && this.#stream.writableLength < WAITING_BYTES_MAX) {
      this.#sent += this.#next(this.#sent, this.#total - this.#sent);
    }
    if (this.#sent < this.#total) this.#stream.once('drain', () => this.sendAll());
  }

  sendAtRate(framesPerSecond: number): void {
    const startedAtMs = performance.now();
    const timer = setInterval(() => {
      const due = Math.min(this.#total, Math.floor(((performance.now() - startedAtMs) * framesPerSecond) / 1000));
      while (this.#sent < due) this.#sent += this.#next(this.#sent, due - this.#sent);
      if (this.#sent >= this.#total) clearInterval(timer);
    }, RATE_STEP_MS);
  }
}

function frameWriter(socket: WebSocket, { wire, starts, ends, count }: FrameMix): (sent: number) => number {
  const frames = Array.from({ length: count }, (_, i) => wire.subarray(starts[i]!, ends[i]!));
  return (sent) => {
    socket.send(frames[sent % count]!, { binary: false });
    return 1;
  };
}

/** Whole frames of one piece of the round. */
function bulkWriter(stream: Duplex, { wire, ends, count }: FrameMix): (sent: number, countMax: number) => number {
  return (sent, countMax) => {
    const first = sent % count;
    const start = first === 0 ? 0 : ends[first - 1]!;
    const limit = Math.min(count, first + countMax);
    let next = first + 1;
    while (next < limit && ends[next]! - start <= BULK_BYTES) next += 1;
    stream.write(wire.subarray(start, ends[next - 1]!));
    return next - first;
  };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const body = ANSWERS[request.url?.split('?')[0] ?? ''];
  response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(body);
}

function listen(mix: FrameMix): void {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const server = createServer(answer);
  server.on('upgrade', (request, stream, head) => {
    stream.on('error', () => undefined); // a receiver that ends first is no failure
    sockets.handleUpgrade(request, stream, head, (socket) => {
      socket.once('message', (text: Buffer) => {
        const { id } = JSON.parse(text.toString('utf8')) as { readonly id: number };
        socket.send(JSON.stringify({ result: null, id }));
        const sender = new FrameSender(socket, stream, mix, order);
        if (order.framesPerSecond === undefined) sender.sendAll();
        else sender.sendAtRate(order.framesPerSecond);
      });
    });
  });
  server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }));
  process.once('disconnect', () => process.exit(0));
}

listen(frameMix(order.mix));
