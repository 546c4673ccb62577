import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** One trade as a client reported it. Times are as fine as the client tells them. */
export interface SaidTrade {
  readonly said: 'trade';
  readonly symbol: string;
  /** Absent where the venue has none. */
  readonly id?: number | string;
  readonly price: number;
  readonly size: number;
  /** The taker's; 0 where the venue prints none. Absent where the client does not tell. */
  readonly side?: number;
  /** Milliseconds since the epoch, or the venue's `HHMMSS`. */
  readonly time: number | string;
  /** The volume of the day, where the client tells it. */
  readonly volume?: number;
}

export type SaidLevel = readonly [price: number, size: number];

/** One book, or one change of it, as a client reported it: best levels first. */
export interface SaidBook {
  readonly said: 'book' | 'delta' | 'rest-book';
  readonly symbol: string;
  /** The venue's update id, or its time where books have none. */
  readonly id: number | string;
  readonly bids: readonly SaidLevel[];
  readonly asks: readonly SaidLevel[];
}

/** Anything else: what came from REST, what the client complained of. */
export interface SaidNote {
  readonly said: 'note' | 'trouble';
  readonly text: string;
}

export type Said = SaidTrade | SaidBook | SaidNote;

export interface ClientCommand {
  readonly program: string;
  readonly script: URL;
  /** Handed over as one JSON argument. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The last resort: a client that still has not said what a test waits for is ended, and the test fails. */
const PATIENCE_MS = 120_000;
const COMPLAINT_CHARACTERS_MAX = 4_000;

/** A client that runs as a program of its own and says what it sees as lines of JSON. */
export class ClientProcess {
  readonly trades: SaidTrade[] = [];
  readonly books: SaidBook[] = [];
  readonly notes: SaidNote[] = [];
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #ending = '';
  #complaints = '';
  #look: () => void = () => undefined;

  private constructor({ program, script, settings }: ClientCommand) {
    this.#child = spawn(program, [fileURLToPath(script), JSON.stringify(settings)], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: unproxied(process.env),
    });
    this.#closed = once(this.#child, 'close').then(
      ([code, signal]) => this.#end(`it ended with ${code ?? signal}`),
      (error: Error) => this.#end(`it did not start: ${error.message}`),
    );
    // A client that has ended reads no more; how it ended is said elsewhere.
    this.#child.stdin!.on('error', () => undefined);
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.#onLine(line));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => this.#complain(text));
  }

  static start(command: ClientCommand): ClientProcess {
    return new ClientProcess(command);
  }

  /** Resolves once the condition holds, which is looked at after every line; rejects when the client ends before. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const timer = setTimeout(() => {
      this.#ending = `it was ended after ${PATIENCE_MS / 1000} s`;
      this.#child.kill('SIGKILL');
    }, PATIENCE_MS);
    try {
      while (!holds()) {
        if (this.#ending !== '') throw new Error(`waited for ${what}; ${this.#story()}`);
        await new Promise<void>((resolve) => {
          this.#look = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the client as a person would who closes its window. */
  async stop(): Promise<void> {
    this.#child.stdin!.end();
    this.#child.kill();
    await this.#closed;
  }

  #onLine(line: string): void {
    const said = readLine(line);
    if (said === undefined) this.#complain(`${line}\n`);
    else if (said.said === 'trade') this.trades.push(said);
    else if ('text' in said) this.notes.push(said);
    else this.books.push(said);
    this.#look();
  }

  #complain(text: string): void {
    this.#complaints = (this.#complaints + text).slice(-COMPLAINT_CHARACTERS_MAX);
  }

  #end(ending: string): void {
    if (this.#ending === '') this.#ending = ending;
    this.#look();
  }

  #story(): string {
    const notes = this.notes.map(({ text }) => text).join('; ');
    return `${this.#ending} after ${this.trades.length} trades and ${this.books.length} books. ${notes}\n${this.#complaints}`;
  }
}

/** The server is on this machine: the clients must not look for it through somebody's proxy. */
function unproxied(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !/_proxy$/i.test(name)));
}

/** Published clients print lines of their own among ours. */
function readLine(line: string): Said | undefined {
  if (!line.startsWith('{"said":')) return undefined;
  return JSON.parse(line) as Said;
}
