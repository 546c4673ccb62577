import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const TEXT = z.union([z.string(), z.array(z.string())]).transform((text) => (typeof text === 'string' ? text : text.join('')));
const CELL = z.object({
  cell_type: z.enum(['code', 'markdown', 'raw']),
  source: TEXT,
  execution_count: z.number().nullish(),
  outputs: z.array(z.unknown()).optional(),
});
const NOTEBOOK = z.object({
  nbformat: z.literal(4),
  metadata: z.object({ kernelspec: z.object({ name: z.string(), language: z.string() }) }),
  cells: z.array(CELL),
});

/** A Jupyter notebook of format 4 (https://nbformat.readthedocs.io), as far as it is run and checked. */
export type Notebook = z.infer<typeof NOTEBOOK>;

export interface CodeCell {
  /** Place among all cells, from 1, as a person counts them. */
  readonly number: number;
  readonly code: string;
}

export async function readNotebook(path: string): Promise<Notebook> {
  return parseNotebook(await readFile(path, 'utf8'));
}

/** Throws a ZodError, or a SyntaxError, on anything else than a notebook. */
export function parseNotebook(text: string): Notebook {
  return NOTEBOOK.parse(JSON.parse(text));
}

export function codeCells({ cells }: Notebook): readonly CodeCell[] {
  return cells.flatMap((cell, i) => (cell.cell_type === 'code' ? [{ number: i + 1, code: cell.source }] : []));
}

/** What keeps a notebook from being committed: results of one machine, which make every diff unreadable and may hold recorded data. */
export function uncommittable(notebook: Notebook): readonly string[] {
  const { name, language } = notebook.metadata.kernelspec;
  const kernel = name === 'deno' && language === 'typescript' ? [] : [`its kernel is ${name} (${language}), not deno (typescript)`];
  const results = notebook.cells.flatMap(({ outputs = [], execution_count: count }, i) => [
    ...(outputs.length > 0 ? [`cell ${i + 1} has outputs: clear them before you commit`] : []),
    ...(count == null ? [] : [`cell ${i + 1} has an execution count: clear the outputs before you commit`]),
  ]);
  return [...kernel, ...results];
}
