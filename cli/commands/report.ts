import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { type RunSummary, TapedeckError, usageError } from '#domain';
import { runText } from '#report';
import { listRuns, readRun, runPaths } from '#storage';
import type { CommonOptions } from '../options.ts';
import { standardOutput } from '../output.ts';

export function reportCommand(verb: Command): Command {
  return verb.argument('[run]', 'id of the run; the latest without it').action(async (run: string | undefined, options: CommonOptions) => {
    const summary = await readSummary(options.data, run ?? (await latestRun(options.data)));
    if (options.json) standardOutput.json(summary);
    else standardOutput.text(runText(summary));
  });
}

/** The last run that was finished: one that was killed has no summary. */
async function latestRun(dataDir: string): Promise<string> {
  const id = (await listRuns(dataDir)).findLast((run) => existsSync(runPaths(dataDir, run).summary));
  if (id !== undefined) return id;
  throw usageError('RUN_MISSING', `there is no finished run in ${dataDir}; make one with: tapedeck replay SESSION --strategy NAME`);
}

async function readSummary(dataDir: string, id: string): Promise<RunSummary> {
  const { runDir, summary } = runPaths(dataDir, id);
  if (existsSync(runDir) && !existsSync(summary))
    throw new TapedeckError('RUN_UNFINISHED', `run ${id} was stopped before its end and has no summary; replay it again`);
  return (await readRun(dataDir, id)).summary as unknown as RunSummary;
}
