import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type NamedNotebook, typeErrors } from './cell-module.ts';
import { executedText } from './executed-notebook.ts';
import { DENO, hasDeno } from './installed.ts';
import { parseNotebook, uncommittable } from './notebook-file.ts';
import { runNotebook } from './run-notebook.ts';
import { sealSampleSession } from './sample-session.ts';

// What `npm run notebooks` does: every notebook of the project is checked as it would be committed, its types too, and run in a kernel of
// its own over a synthetic session. Anything wrong is a line, and exit code 1.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, 'notebooks');
const SESSION = 'sample';

const { values } = parseArgs({ options: { out: { type: 'string' } } });
process.exitCode = (await checkNotebooks(values.out)) ? 0 : 1;

interface NotebookText extends NamedNotebook {
  readonly text: string;
}

/** `out`: a folder that gets the notebooks with their outputs. True when nothing was wrong. */
async function checkNotebooks(out: string | undefined): Promise<boolean> {
  const notebooks = await readNotebooks();
  const problems = notebooks.flatMap(({ path, notebook }) => uncommittable(notebook).map((problem) => `${path}: ${problem}`));
  if (notebooks.length === 0) problems.push('there is no notebook in notebooks/');
  problems.push(...(await typeErrors(ROOT, notebooks)));
  problems.push(...(hasDeno ? await runAll(notebooks, out) : ['no notebook was run: Deno is not installed']));
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  return problems.length === 0;
}

async function readNotebooks(): Promise<readonly NotebookText[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.ipynb')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(FOLDER, name), 'utf8')));
  return texts.map((text, i) => ({ path: `notebooks/${names[i]}`, text, notebook: parseNotebook(text) }));
}

async function runAll(notebooks: readonly NotebookText[], out: string | undefined): Promise<readonly string[]> {
  const data = await mkdtemp(join(tmpdir(), 'tapedeck-notebooks-'));
  const problems: string[] = [];
  try {
    await sealSampleSession(data, SESSION);
    const variables = { TAPEDECK_DATA: data, TAPEDECK_SESSION: SESSION };
    for (const { path, text, notebook } of notebooks) {
      const startedMs = performance.now();
      const { cells, failures } = await runNotebook(notebook, { deno: DENO, folder: FOLDER, variables });
      problems.push(...failures.map((failure) => `${path} ${failure}`));
      const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
      const outputs = cells.reduce((sum, cell) => sum + cell.outputs.length, 0);
      process.stdout.write(`${path}: ${cells.length} cells run in ${seconds} s, ${outputs} outputs, ${failures.length} failures\n`);
      if (out !== undefined) await keepOutputs(join(out, basename(path)), executedText(text, cells));
    }
  } finally {
    await rm(data, { recursive: true, force: true });
  }
  return problems;
}

async function keepOutputs(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
