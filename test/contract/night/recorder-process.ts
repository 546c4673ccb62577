import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';

const BIN = join(fileURLToPath(new URL('../../..', import.meta.url)), 'bin/tapedeck.js');

/** What a process under inspection says when it is done. */
const WAITS_FOR_US = 'Waiting for the debugger to disconnect';

export interface MemorySample {
  /** Of the thread that reads the sockets, after a collection. */
  readonly heapMb: number;
  /** Buffers outside of that heap. */
  readonly externalMb: number;
  /** Of the whole process, all its threads. */
  readonly rssMb: number;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command line as it is shipped, in a process whose memory can be looked at from outside, by the inspector of Node. */
export class RecorderProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<ProcessEnd>;
  #stdout = '';
  #stderr = '';
  #isOver = false;
  #inspector: Promise<Inspector> | undefined;

  constructor(words: readonly string[], variables: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, ['--inspect=127.0.0.1:0', BIN, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...variables },
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      // It has ended, but for whoever looks at it.
      if (text.includes(WAITS_FOR_US)) void this.#inspector?.then((inspector) => inspector.close());
    });
    this.#ended = once(this.#child, 'close').then(([code]) => {
      this.#isOver = true;
      return { code, stdout: this.#stdout, stderr: this.#stderr };
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get stderr(): string {
    return this.#stderr;
  }

  end(): Promise<ProcessEnd> {
    return this.#ended;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Collects its garbage and measures; `undefined` when it is over. */
  async memory(): Promise<MemorySample | undefined> {
    const address = /ws:\/\/127\.0\.0\.1:\d+\/\S+/.exec(this.#stderr)?.[0];
    if (this.#isOver || address === undefined || this.#stderr.includes(WAITS_FOR_US)) return undefined;
    this.#inspector ??= Inspector.open(address);
    try {
      const inspector = await this.#inspector;
      await inspector.ask('HeapProfiler.collectGarbage');
      const { result } = await inspector.ask('Runtime.evaluate', {
        expression: 'JSON.stringify(process.memoryUsage())',
        returnByValue: true,
      });
      const { heapUsed, external, rss } = JSON.parse((result as { value: string }).value) as NodeJS.MemoryUsage;
      return { heapMb: mb(heapUsed), externalMb: mb(external), rssMb: mb(rss) };
    } catch (error) {
      if (this.#isOver || this.#stderr.includes(WAITS_FOR_US)) return undefined;
      throw error;
    }
  }
}

function mb(bytes: number): number {
  return bytes / 1024 / 1024;
}

/** As much of the DevTools protocol as it takes. */
class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve(result: Record<string, unknown>): void; reject(error: Error): void }>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const { id, result, error } = JSON.parse(String(data)) as { id?: number; result?: Record<string, unknown>; error?: object };
      const waiting = this.#waiting.get(id ?? -1);
      if (id !== undefined) this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result ?? {});
      else waiting?.reject(new Error(JSON.stringify(error)));
    });
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the inspected process is gone'));
      this.#waiting.clear();
    });
    socket.on('error', () => undefined);
  }

  static async open(address: string): Promise<Inspector> {
    const socket = new WebSocket(address);
    await once(socket, 'open');
    return new Inspector(socket);
  }

  ask(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  close(): void {
    this.#socket.close();
  }
}
