import type { RunCell } from './run-notebook.ts';

/** The text of a notebook with the outputs of a run in place of its own, for Jupyter or nbconvert to show. */
export function executedText(text: string, cells: readonly RunCell[]): string {
  const notebook = JSON.parse(text) as { cells: { outputs?: unknown; execution_count?: number | null }[] };
  for (const [i, { number, outputs }] of cells.entries()) {
    const cell = notebook.cells[number - 1]!;
    cell.outputs = outputs;
    cell.execution_count = i + 1;
  }
  return `${JSON.stringify(notebook, null, 1)}\n`;
}
