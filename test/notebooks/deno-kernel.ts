import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KernelMessage, MessageCodec } from './kernel-message.ts';
import { ZmtpSocket } from './zmtp-socket.ts';

export interface KernelOptions {
  /** The program of the npm package `deno`. */
  readonly deno: string;
  /** The folder of the notebook: imports and paths in cells are read from there. */
  readonly folder: string;
  /** What cells find in the environment besides ours. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** How a kernel answered a request: what its reply said, or why there was none. */
export type KernelAnswer =
  | { readonly kind: 'reply'; readonly reply: KernelMessage }
  | { readonly kind: 'no-answer'; readonly reason: string };

/** A kernel that is not ready by then does not come up: it takes a second on an idle machine. */
const START_MS_MAX = 60_000;
/** Somebody else may take a port between our asking for a free one and the kernel's: then it is started again with others. */
const STARTS_MAX = 3;
const LOOK_MS = 50;
/** How long a kernel may take to leave before it is killed. */
const LEAVE_MS_MAX = 2_000;
const COMPLAINT_CHARACTERS_MAX = 4_000;

/** A Jupyter kernel of Deno as a process of its own, and our connections to it. */
export class DenoKernel {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #codec: MessageCodec;
  readonly #replies = new Map<string, (answer: KernelAnswer) => void>();
  #shell: ZmtpSocket | undefined;
  #published: ZmtpSocket | undefined;
  #ending: string | undefined;
  #complaints = '';
  /** What the kernel publishes: outputs, and whether it is busy. Set by whoever executes. */
  onPublished: (message: KernelMessage) => void = () => undefined;

  private constructor(child: ChildProcess, folder: string, codec: MessageCodec) {
    this.#child = child;
    this.#folder = folder;
    this.#codec = codec;
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-COMPLAINT_CHARACTERS_MAX);
    });
    child.once('error', (error) => this.#end(`the kernel did not start: ${error.message}`));
    child.once('exit', (code, signal) => this.#end(`the kernel ended with ${code ?? signal}`));
  }

  /** Starts a kernel and waits until it answers and what it publishes reaches us. */
  static async start(options: KernelOptions): Promise<DenoKernel> {
    for (let start = 1; ; start++) {
      const { kernel, ports } = await spawnKernel(options);
      try {
        await kernel.#connect(ports);
        return kernel;
      } catch (error) {
        await kernel.stop();
        if (start === STARTS_MAX) throw new Error(`${(error as Error).message}\n${kernel.#complaints}`, { cause: error });
      }
    }
  }

  static adopt(child: ChildProcess, folder: string, codec: MessageCodec): DenoKernel {
    return new DenoKernel(child, folder, codec);
  }

  /** Undefined while the kernel lives, else how it ended. */
  get ending(): string | undefined {
    return this.#ending;
  }

  /** Sends code; the answer is the kernel's reply, or the reason why there is none. A hidden cell leaves no trace but what it prints. */
  execute(code: string, { isHidden = false } = {}): { readonly id: string; readonly answer: Promise<KernelAnswer> } {
    return this.#request('execute_request', {
      ...{ code, silent: isHidden, store_history: !isHidden },
      ...{ user_expressions: {}, allow_stdin: false, stop_on_error: true },
    });
  }

  /** Ends the kernel, whatever it is doing, and leaves nothing behind. */
  async stop(): Promise<void> {
    this.#end('the kernel was stopped');
    this.#shell?.close();
    this.#published?.close();
    const child = this.#child;
    // Without a process id it never started.
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await Promise.race([gone, sleep(LEAVE_MS_MAX, undefined, { ref: false })]);
      child.kill('SIGKILL');
      await gone;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #connect({ shell, iopub }: KernelPorts): Promise<void> {
    const giveUpAtMs = performance.now() + START_MS_MAX;
    this.#published = await this.#socket(iopub, 'SUB', giveUpAtMs);
    this.#shell = await this.#socket(shell, 'DEALER', giveUpAtMs);
    // A subscription takes effect some time after it was sent: ask until an answer was also published to us.
    let isHeard = false;
    this.onPublished = () => {
      isHeard = true;
    };
    while (!isHeard) {
      const { answer } = this.#request('kernel_info_request', {});
      const first = await Promise.race([answer, sleep(giveUpAtMs - performance.now(), undefined, { ref: false })]);
      if (first === undefined) throw new Error(`the kernel did not answer within ${START_MS_MAX / 1000} s`);
      if (first.kind === 'no-answer') throw new Error(first.reason);
      await sleep(LOOK_MS);
    }
    this.onPublished = () => undefined;
  }

  /** Nobody listens on the port until the kernel has come so far. */
  async #socket(port: number, kind: 'DEALER' | 'SUB', giveUpAtMs: number): Promise<ZmtpSocket> {
    for (;;) {
      try {
        const socket = await ZmtpSocket.connect(port, kind, (parts) => this.#take(this.#codec.read(parts)));
        // A kernel that ends closes its connections a little before we hear how it ended, which says more.
        socket.onClosed = ({ message }) => {
          setTimeout(() => this.#end(`the connection to the kernel was lost: ${message}`), LEAVE_MS_MAX).unref();
        };
        return socket;
      } catch (error) {
        if (this.#ending !== undefined) throw new Error(this.#ending);
        if (performance.now() > giveUpAtMs) throw error;
        await sleep(LOOK_MS);
      }
    }
  }

  #request(type: string, content: Readonly<Record<string, unknown>>): { readonly id: string; readonly answer: Promise<KernelAnswer> } {
    const { id, parts } = this.#codec.request(type, content);
    const answer = new Promise<KernelAnswer>((resolve) => {
      if (this.#ending !== undefined) resolve({ kind: 'no-answer', reason: this.#ending });
      else this.#replies.set(id, resolve);
    });
    if (this.#ending === undefined) this.#shell!.send(parts);
    return { id, answer };
  }

  #take(message: KernelMessage): void {
    if (!message.type.endsWith('_reply')) {
      this.onPublished(message);
      return;
    }
    this.#replies.get(message.parentId)?.({ kind: 'reply', reply: message });
    this.#replies.delete(message.parentId);
  }

  #end(reason: string): void {
    this.#ending ??= reason;
    for (const resolve of this.#replies.values()) resolve({ kind: 'no-answer', reason: this.#ending });
    this.#replies.clear();
  }
}

interface KernelPorts {
  readonly shell: number;
  readonly iopub: number;
}

async function spawnKernel({ deno, folder, variables }: KernelOptions): Promise<{ kernel: DenoKernel; ports: KernelPorts }> {
  const own = await mkdtemp(join(tmpdir(), 'tapedeck-kernel-'));
  const [shell, iopub, stdin, control, heartbeat] = (await freePorts(5)) as [number, number, number, number, number];
  const key = randomUUID();
  const connection = {
    ...{ shell_port: shell, iopub_port: iopub, stdin_port: stdin, control_port: control, hb_port: heartbeat },
    ...{ ip: '127.0.0.1', transport: 'tcp', key, signature_scheme: 'hmac-sha256', kernel_name: 'deno' },
  };
  const file = join(own, 'connection.json');
  await writeFile(file, JSON.stringify(connection), { mode: 0o600 });
  const child = spawn(deno, ['jupyter', '--kernel', '--conn', file], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', DENO_DIR: join(own, 'deno'), ...variables },
  });
  return { kernel: DenoKernel.adopt(child, own, new MessageCodec(key)), ports: { shell, iopub } };
}

/** Ports that were free at this moment, all different. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
