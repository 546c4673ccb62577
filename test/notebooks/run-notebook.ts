import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DenoKernel, type KernelOptions } from './deno-kernel.ts';
import type { KernelMessage } from './kernel-message.ts';
import { type CodeCell, codeCells, type Notebook } from './notebook-file.ts';

/** An output as notebooks keep it: a stream's text, a value, a picture. */
export type CellOutput =
  | { readonly output_type: 'stream'; readonly name: string; text: string }
  | { readonly output_type: 'execute_result'; readonly execution_count: number | null; readonly data: unknown; readonly metadata: unknown }
  | { readonly output_type: 'display_data'; readonly data: unknown; readonly metadata: unknown }
  | { readonly output_type: 'error'; readonly ename: string; readonly evalue: string; readonly traceback: readonly string[] };

export interface RunCell {
  readonly number: number;
  readonly outputs: readonly CellOutput[];
}

export interface NotebookRun {
  /** Every code cell that was run: after one that failed there is none. */
  readonly cells: readonly RunCell[];
  /** One sentence for each thing that went wrong, with the number of its cell. */
  readonly failures: readonly string[];
}

export interface RunLimits {
  /** A cell that is still busy then has failed, and the kernel with it. */
  readonly cellMsMax: number;
  /** After a cell said it is idle its outputs are awaited until none came for so long: the kernel may send its last one later. */
  readonly quietMs: number;
  /** The same after the last cell, where also what it left running may still fail. */
  readonly lastQuietMs: number;
  /** A cell that never stops talking is not listened to for longer. */
  readonly talkMsMax: number;
}

export const RUN_LIMITS: RunLimits = { cellMsMax: 120_000, quietMs: 150, lastQuietMs: 1_000, talkMsMax: 10_000 };

/**
 * Runs every code cell of a notebook in a fresh kernel, in order, up to the first that fails. A cell fails by an error, by a promise that is
 * rejected and awaited by nobody, by an error in a callback (the kernel keeps silent about the last two), by the end of the kernel, and by
 * its time limit. Outputs are kept with the cell they belong to, also those that come after it was done.
 */
export async function runNotebook(notebook: Notebook, options: KernelOptions, limits: RunLimits = RUN_LIMITS): Promise<NotebookRun> {
  const kernel = await DenoKernel.start(options);
  try {
    return await new NotebookRunner(kernel, limits).run(codeCells(notebook));
  } finally {
    await kernel.stop();
  }
}

interface OpenCell {
  readonly number: number;
  readonly outputs: CellOutput[];
  isIdle: boolean;
}

class NotebookRunner {
  readonly #kernel: DenoKernel;
  readonly #limits: RunLimits;
  /** Nobody can print this by accident. */
  readonly #mark = `unhandled-${randomUUID()}`;
  readonly #told = new RegExp(`${this.#mark}(".*")\\n`, 'g');
  readonly #cells: OpenCell[] = [];
  /** The cell that a request belongs to, by the id of the request. */
  readonly #asked = new Map<string, OpenCell>();
  readonly #failures: string[] = [];
  #heardAtMs = 0;

  constructor(kernel: DenoKernel, limits: RunLimits) {
    this.#kernel = kernel;
    this.#limits = limits;
    kernel.onPublished = (message) => this.#hear(message);
  }

  async run(cells: readonly CodeCell[]): Promise<NotebookRun> {
    await this.#kernel.execute(guardCode(this.#mark), { isHidden: true }).answer;
    for (const [i, cell] of cells.entries()) {
      await this.#runCell(cell, i === cells.length - 1);
      if (this.#failures.length > 0) break;
    }
    return { cells: this.#cells.map(({ number, outputs }) => ({ number, outputs })), failures: this.#failures };
  }

  async #runCell({ number, code }: CodeCell, isLast: boolean): Promise<void> {
    const { cellMsMax, quietMs, lastQuietMs } = this.#limits;
    const { id, answer } = this.#kernel.execute(code);
    const cell: OpenCell = { number, outputs: [], isIdle: false };
    this.#cells.push(cell);
    this.#asked.set(id, cell);
    const first = await within(cellMsMax, answer);
    if (first === undefined) {
      this.#failures.push(`cell ${number}: still busy after ${cellMsMax / 1000} s`);
      return;
    }
    await this.#letTurn(cell);
    await this.#listen(cell, isLast ? lastQuietMs : quietMs);
    this.#look();
    if (first.kind === 'no-answer') this.#failures.push(`cell ${number}: ${first.reason}`);
    else if (first.reply.content.status !== 'ok') this.#failures.push(`cell ${number}: ${errorText(first.reply.content)}`);
  }

  /** Has the kernel's event loop turn once: what a cell left rejected is told by then, however busy the machine is. */
  async #letTurn(cell: OpenCell): Promise<void> {
    const { id, answer } = this.#kernel.execute(TURN, { isHidden: true });
    this.#asked.set(id, cell);
    await within(this.#limits.talkMsMax, answer);
  }

  /** Until the cell is idle and nothing was heard for a while. */
  async #listen(cell: OpenCell, quietMs: number): Promise<void> {
    const startMs = performance.now();
    this.#heardAtMs = startMs;
    for (;;) {
      const nowMs = performance.now();
      const restMs = this.#heardAtMs + quietMs - nowMs;
      if ((cell.isIdle || this.#kernel.ending !== undefined) && restMs <= 0) return;
      if (nowMs > startMs + this.#limits.talkMsMax) return;
      await sleep(Math.max(restMs, 5));
    }
  }

  #hear(message: KernelMessage): void {
    const cell = this.#asked.get(message.parentId);
    if (cell === undefined) return;
    this.#heardAtMs = performance.now();
    if (message.type === 'status' && message.content.execution_state === 'idle') cell.isIdle = true;
    const output = outputOf(message);
    if (output === undefined) return;
    const before = cell.outputs.at(-1);
    // One text in several messages is one output.
    if (output.output_type === 'stream' && before?.output_type === 'stream' && before.name === output.name) before.text += output.text;
    else cell.outputs.push(output);
  }

  /** Takes what the guard printed out of the outputs, and makes failures of it. */
  #look(): void {
    for (const { number, outputs } of this.#cells) {
      for (const output of outputs) {
        if (output.output_type !== 'stream' || output.name !== 'stderr') continue;
        output.text = output.text.replaceAll(this.#told, (_, told: string) => {
          this.#failures.push(`cell ${number}: ${JSON.parse(told) as string}`);
          return '';
        });
      }
    }
  }
}

/** Undefined when it takes longer. */
async function within<T>(limitMs: number, wanted: Promise<T>): Promise<T | undefined> {
  const waiting = new AbortController();
  const late = sleep(limitMs, undefined, { signal: waiting.signal }).catch(() => undefined);
  try {
    return await Promise.race([wanted, late]);
  } finally {
    waiting.abort();
  }
}

const TURN = 'await new Promise((done) => setTimeout(done, 0))';

/** Deno's kernel says nothing of what nobody catches: this prints it, one line each, as JSON behind the mark. */
function guardCode(mark: string): string {
  return `{
    const tell = (what, error) => console.error(${JSON.stringify(mark)} + JSON.stringify(what + ': ' + (error?.stack ?? String(error))));
    addEventListener('unhandledrejection', (event) => { event.preventDefault(); tell('a promise was rejected and nobody awaited it', event.reason); });
    addEventListener('error', (event) => { event.preventDefault(); tell('an error nobody caught', event.error ?? event.message); });
  }`;
}

function outputOf({ type, content }: KernelMessage): CellOutput | undefined {
  switch (type) {
    case 'stream':
      return { output_type: 'stream', name: String(content.name), text: String(content.text) };
    case 'execute_result': {
      const count = typeof content.execution_count === 'number' ? content.execution_count : null;
      return { output_type: 'execute_result', execution_count: count, data: content.data, metadata: content.metadata ?? {} };
    }
    case 'display_data':
      return { output_type: 'display_data', data: content.data, metadata: content.metadata ?? {} };
    case 'error':
      return {
        output_type: 'error',
        ...{ ename: String(content.ename), evalue: String(content.evalue), traceback: (content.traceback ?? []) as readonly string[] },
      };
    default:
      return undefined;
  }
}

function errorText({ ename, evalue, traceback }: Readonly<Record<string, unknown>>): string {
  const lines = Array.isArray(traceback) ? traceback.map(String) : [];
  return lines.length > 0 ? lines.join('\n') : `${String(ename)}: ${String(evalue)}`;
}
