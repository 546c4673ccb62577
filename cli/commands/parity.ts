import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type ParityReport, parity, parityText } from '#replay';
import { readAudits } from '#storage';
import { openSessions } from '../backtest-options.ts';
import { interruptible } from '../interrupt.ts';
import { type CommonOptions, collect, parseStore, STORE_OPTION } from '../options.ts';
import { standardOutput } from '../output.ts';
import { Progress } from '../progress.ts';
import { settingsOfRun, storedRun } from '../stored-run.ts';
import { strategySources } from '../strategy-loader.ts';

interface ParityCommandOptions extends CommonOptions {
  readonly from?: string;
  readonly strategy?: string;
  readonly set: readonly string[];
  readonly risk: readonly string[];
  readonly model: readonly string[];
}

const DIFFERENT = 3;

export function parityCommand(verb: Command): Command {
  return verb
    .argument('<run>', 'a run, live or replayed; its session is replayed and every decision compared')
    .option('--strategy <name>', 'instead of the one of the run: where its file is now, or one to compare with')
    .option('--set <key=value>', 'a parameter instead of the run’s (repeatable)', collect, [])
    .option('--risk <key=value>', 'a risk limit instead of the run’s (repeatable)', collect, [])
    .option('--model <key=value>', 'a model instead of the run’s (repeatable)', collect, [])
    .option(...STORE_OPTION)
    .action(async (run: string, options: ParityCommandOptions) => {
      const report = await parityOfRun(options.data, run, options);
      if (options.json) standardOutput.json(report);
      else standardOutput.text(parityText(report));
      if (!report.isSame) process.exitCode = DIFFERENT;
    });
}

/** Replays the session of a run with the run's own settings (and what is told otherwise) and compares. */
export async function parityOfRun(dataDir: string, id: string, changes: Partial<ParityCommandOptions> = {}): Promise<ParityReport> {
  const { paths, stored } = await storedRun(dataDir, id);
  const progress = new Progress(`parity ${id}`);
  const checkInterrupt = interruptible();
  const settings = await settingsOfRun(stored, changes);
  const tapes = await openSessions(dataDir, stored.sessions, parseStore(changes.from));
  const report = await parity({
    run: id,
    identity: { strategy: stored.strategy, settings: stored.settings, tapeDigests: stored.tapeDigests ?? [] },
    runHash: stored.runHash,
    audits: readAudits(paths),
    replay: {
      ...settings,
      tapes,
      onProgress: (records) => progress.report(records, 'records'),
      betweenBatches: async () => checkInterrupt(),
    },
    sources: await sourcesOf(changes.strategy ?? stored.strategyFrom),
  });
  progress.done();
  return report;
}

async function sourcesOf(strategyFrom: string) {
  const sources = [];
  for (const file of strategySources(strategyFrom)) sources.push({ file, text: await readFile(file, 'utf8') });
  return sources;
}
