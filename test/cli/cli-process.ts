import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const BIN = join(fileURLToPath(new URL('../..', import.meta.url)), 'bin/tapedeck.js');

/** The last resort: a process that still has not done what a test waits for is ended, and the test fails with what it printed. */
const PATIENCE_MS = 120_000;
const LOOK_MS = 20;
/** Secrets that whoever runs the tests may have; a test says its own. */
const SECRET = /^(?:KIS|KIWOOM|COINCALL)_/;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command line as a process that lives beside the test: it is read, told and ended while it runs. It is gone when the test is over. */
export class CliProcess {
  readonly #words: readonly string[];
  readonly #child: ChildProcess;
  readonly #closed: Promise<Ended>;
  #stdout = '';
  #stderr = '';
  #ended: Ended | undefined;

  private constructor(words: readonly string[], variables: Readonly<Record<string, string>>) {
    this.#words = words;
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !SECRET.test(name)));
    this.#child = spawn(process.execPath, [BIN, ...words], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...inherited, ...variables } });
    this.#child.stdin!.on('error', () => undefined); // It has ended; how is said elsewhere.
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#closed = once(this.#child, 'close').then(([code, signal]) => {
      this.#ended = { code, signal, stdout: this.#stdout, stderr: this.#stderr };
      return this.#ended;
    });
  }

  static start(words: readonly string[], variables: Readonly<Record<string, string>> = {}): CliProcess {
    const started = new CliProcess(words, variables);
    onTestFinished(async () => {
      started.#child.kill('SIGKILL');
      await started.#closed;
    });
    return started;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Resolves with the first match in what it printed on stderr so far and prints from now on. */
  async told(pattern: RegExp): Promise<RegExpExecArray> {
    await this.until(`${pattern} on stderr`, () => pattern.test(this.#stderr));
    return pattern.exec(this.#stderr)!;
  }

  /** Resolves once the condition holds; rejects when the process ends before that. */
  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const givenUpAtMs = performance.now() + PATIENCE_MS;
    while (!(await holds())) {
      if (this.#ended !== undefined || performance.now() > givenUpAtMs) throw new Error(`waited for ${what}; ${this.#story()}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** A line to its standard input. */
  say(line: string): void {
    this.#child.stdin!.write(`${line}\n`);
  }

  /** Ends it with the signal and resolves with how it ended. */
  kill(signal: NodeJS.Signals): Promise<Ended> {
    this.#child.kill(signal);
    return this.end();
  }

  /** Resolves when it has ended, by itself or by a signal that it was sent. */
  async end(): Promise<Ended> {
    await this.until('its end', () => this.#ended !== undefined);
    return this.#closed;
  }

  #story(): string {
    const state = this.#ended === undefined ? 'it still runs' : `it ended with ${this.#ended.code ?? this.#ended.signal}`;
    return `tapedeck ${this.#words.join(' ')}: ${state}\n${this.#stderr}${this.#stdout}`;
  }
}

/** Where a venue of `tapedeck serve` listens. */
export interface ServedAddress {
  readonly venue: string;
  readonly rest: string;
  readonly socket: string;
}

export interface Served {
  readonly served: readonly { readonly venue: string; readonly path: string; readonly frames: number; readonly digest: string }[];
  readonly injected: readonly { readonly kind: string; readonly venue: string }[];
}

/** `tapedeck serve` on free ports, and the addresses it prints. */
export async function startServing(words: readonly string[]): Promise<{
  readonly server: CliProcess;
  readonly addresses: readonly ServedAddress[];
  /** Ends it with SIGINT and gives what it says it sent. */
  stop(): Promise<Served>;
}> {
  const server = CliProcess.start(['serve', ...words, '--json']);
  await server.until('the addresses', () => server.stdout.includes('\n'));
  const addresses = jsonLines<ServedAddress>(server.stdout);
  return {
    server,
    addresses,
    stop: async () => {
      const { code, stdout, stderr } = await server.kill('SIGINT');
      if (code !== 0) throw new Error(`serve ended with ${code}: ${stderr}`);
      return jsonLines<Served>(stdout).at(-1)!;
    },
  };
}

function jsonLines<Line>(text: string): readonly Line[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}
