import type { Command } from 'commander';
import type { RunSummary } from '#domain';
import { runText } from '#report';
import { listRuns, readRun } from '#storage';
import { type CommonOptions, command } from '../options.ts';
import { standardOutput } from '../output.ts';

export function reportCommand(): Command {
  return command('report', 'print the report of a run')
    .argument('[run]', 'id of the run; the latest without it')
    .action(async (run: string | undefined, options: CommonOptions) => {
      const id = run ?? (await listRuns(options.data)).at(-1) ?? '';
      const stored = await readRun(options.data, id);
      if (options.json) standardOutput.json(stored.summary);
      else standardOutput.text(runText(stored.summary as unknown as RunSummary));
    });
}
