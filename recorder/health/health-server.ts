import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import type { ListenAddress } from '../config/health-config.ts';

export interface HealthPages {
  /** Whether the loop turns, with what `/healthz` shows. */
  readonly healthz: () => { readonly isOk: boolean; readonly body: object };
  readonly readyz: () => { readonly isOk: boolean; readonly body: object };
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Callers at a time; a scraper and a person need two. */
const CONNECTIONS_MAX = 32;
const REQUEST_TIMEOUT_MS = 5_000;

/** Serves `/healthz`, `/readyz` and `/metrics`. It reads only, and answers no other method. */
export class HealthServer {
  readonly #server: Server;
  readonly #pages: HealthPages;
  /** `http://127.0.0.1:9464`, with the port it was given. */
  readonly address: string;

  private constructor(server: Server, pages: HealthPages, host: string) {
    this.#server = server;
    this.#pages = pages;
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    this.address = `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response));
    // A caller that goes away in the middle is nobody's trouble.
    server.on('clientError', (_error, socket) => socket.destroy());
  }

  /** Rejects when the address cannot be had (`EADDRINUSE`). */
  static listen({ host, port }: ListenAddress, pages: HealthPages): Promise<HealthServer> {
    const server = createServer({
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: REQUEST_TIMEOUT_MS,
    });
    server.maxConnections = CONNECTIONS_MAX;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        server.on('error', () => undefined); // A failed accept must not end a recording.
        resolve(new HealthServer(server, pages, host));
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'text/plain', 'only GET\n');
      switch ((request.url ?? '').split('?')[0]) {
        case '/healthz':
          return sendJson(response, this.#pages.healthz());
        case '/readyz':
          return sendJson(response, this.#pages.readyz());
        case '/metrics': {
          const { contentType, text } = await this.#pages.metrics();
          return send(response, 200, contentType, text);
        }
        default:
          return send(response, 404, 'text/plain', 'there are /healthz, /readyz and /metrics\n');
      }
    } catch (error) {
      send(response, 500, 'text/plain', `${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
}

function sendJson(response: ServerResponse, { isOk, body }: { readonly isOk: boolean; readonly body: object }): void {
  send(response, isOk ? 200 : 503, 'application/json', `${JSON.stringify(body, null, 2)}\n`);
}

function send(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
  response.end(text);
}
