import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { DENO, hasDeno } from './installed.ts';
import type { Notebook } from './notebook-file.ts';
import { type NotebookRun, RUN_LIMITS, type RunLimits, runNotebook } from './run-notebook.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

function notebookOf(...codes: readonly string[]): Notebook {
  const cells = codes.map((source) => ({ cell_type: 'code' as const, source }));
  return { nbformat: 4, metadata: { kernelspec: { name: 'deno', language: 'typescript' } }, cells };
}

function run(codes: readonly string[], limits: Partial<RunLimits> = {}): Promise<NotebookRun> {
  return runNotebook(
    notebookOf(...codes),
    { deno: DENO, folder: FOLDER, variables: { GIVEN: 'from outside' } },
    { ...RUN_LIMITS, ...limits },
  );
}

const texts = ({ cells }: NotebookRun) =>
  cells.map(({ outputs }) =>
    outputs.map((output) => {
      if (output.output_type === 'stream') return output.text;
      return output.output_type === 'error' ? output.evalue : (output.data as Record<string, string>)['text/plain'];
    }),
  );

describe.runIf(hasDeno)('running a notebook', () => {
  test('cells share one kernel, see the environment, and what they show is kept with them', async () => {
    const result = await run([
      'const given: string = process.env.GIVEN ?? ""; given',
      'console.log(given); console.log("and more"); given.length',
      'const isTypeScript = <T,>(value: T): T => value; isTypeScript(given)',
    ]);
    expect(result.failures).toEqual([]);
    expect(texts(result)).toEqual([['"from outside"'], ['from outside\nand more\n', '12'], ['"from outside"']]);
  });

  test('a cell that throws fails the run with its number and place, and no cell after it is run', async () => {
    const result = await run(['1', 'const size = 2;\nthrow new RangeError("too large")', 'console.log("never")']);
    expect(result.failures).toEqual([expect.stringMatching(/^cell 2: RangeError: too large/)]);
    expect(result.cells.map(({ number }) => number)).toEqual([1, 2]);
    expect(texts(result)[1]).toEqual(['too large']);
  });

  test('a cell that is no TypeScript fails the run', async () => {
    expect((await run(['const = 1'])).failures).toEqual([expect.stringMatching(/^cell 1: /)]);
  });

  test('a rejected promise that nobody awaits fails the run, though the kernel says the cell is fine', async () => {
    const result = await run(['void Promise.reject(new Error("left alone")); 5', 'console.log("never")']);
    expect(result.failures).toEqual([expect.stringMatching(/^cell 1: a promise was rejected and nobody awaited it: Error: left alone/)]);
    expect(texts(result)).toEqual([expect.arrayContaining(['5'])]);
    expect(JSON.stringify(result.cells)).not.toContain('unhandled-');
  });

  test('what the last cell left running fails the run while it is listened to', async () => {
    const rejected = await run(['setTimeout(() => void Promise.reject(new Error("later")), 300); 5']);
    expect(rejected.failures).toEqual([expect.stringContaining('Error: later')]);
    const thrown = await run(['setTimeout(() => { throw new Error("in a callback") }, 300); 5']);
    expect(thrown.failures).toEqual([expect.stringMatching(/^cell 1: an error nobody caught: Error: in a callback/)]);
  });

  test('an output that comes after the cell said it is done is kept', async () => {
    const result = await run(['setTimeout(() => console.log("late"), 400); "early"']);
    expect(result.failures).toEqual([]);
    expect(texts(result)).toEqual([['"early"', 'late\n']]);
  });

  test('a kernel that ends fails the run', async () => {
    expect((await run(['process.exit(7)', '1'])).failures).toEqual(['cell 1: the kernel ended with 7']);
  });

  test('a cell that never ends fails the run at its limit, and its kernel is gone', async () => {
    const result = await run(['process.pid', 'for (;;);'], { cellMsMax: 2_000 });
    expect(result.failures).toEqual(['cell 2: still busy after 2 s']);
    const pid = Number(texts(result)[0]?.[0]);
    expect(pid).toBeGreaterThan(1);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('what a cell prints itself stays when a failure is taken out of it', async () => {
    const result = await run([
      'console.error("before"); void Promise.reject("only a text"); setTimeout(() => console.error("after"), 50); undefined',
    ]);
    expect(result.failures).toEqual(['cell 1: a promise was rejected and nobody awaited it: only a text']);
    expect(texts(result)[0]?.join('')).toBe('before\nafter\n');
  });

  test('what is written past the console is no output, as Jupyter has it', async () => {
    expect(texts(await run(['process.stdout.write("direct"); undefined']))).toEqual([[]]);
  });

  test('a large output comes whole', async () => {
    const result = await run(['console.log("x".repeat(3_000_000))']);
    expect(texts(result)[0]?.[0]).toHaveLength(3_000_001);
  });
});

test('a program that is not there is an error that says so', async () => {
  const start = runNotebook(notebookOf('1'), { deno: 'no-such-deno', folder: FOLDER });
  await expect(start).rejects.toThrow(/the kernel did not start: .*no-such-deno/);
});
