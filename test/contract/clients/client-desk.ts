import type { Tape } from '#domain';
import { nodeCipher, systemClock } from '#recorder';
import { VENUES } from '#venues';
import { type PingingProtocol, type RunningServer, type ServeOptions, startServer } from '../../../replay/serve/server.ts';
import { type ClientCommand, ClientProcess } from './client-process.ts';

export interface DeskOptions extends Partial<ServeOptions> {
  /** The venue's own choices. */
  readonly choices?: Readonly<Record<string, string>>;
}

/** The servers and clients of one test: real sockets, real programs; all of them end with `close`. */
export class ClientDesk {
  readonly #endings: (() => Promise<void>)[] = [];

  /** Serves a tape of one venue as fast as its clients take it, unless told. */
  async serve(tape: Tape, protocol: PingingProtocol, { choices, ...options }: DeskOptions = {}): Promise<RunningServer> {
    const served = choices === undefined ? { protocol } : { protocol, options: choices };
    const shared = { venues: VENUES, clock: systemClock(), cipher: nodeCipher, speed: 'max' } as const;
    const server = await startServer({ tape, servers: [served], ...shared, ...options });
    this.#endings.push(() => server.stop());
    return server;
  }

  /** Starts a client with the server's addresses among its settings. */
  client(server: RunningServer, { program, script, settings }: ClientCommand): ClientProcess {
    const { rest, socket } = server.addresses[0]!;
    const client = ClientProcess.start({ program, script, settings: { rest, socket, ...settings } });
    this.#endings.push(() => client.stop());
    return client;
  }

  /** The clients end before their servers. */
  async close(): Promise<void> {
    for (const end of this.#endings.splice(0).reverse()) await end();
  }
}
