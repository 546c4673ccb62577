import type { Command } from 'commander';
import { inspectTape, openTape } from '#replay';
import { VENUES } from '#venues';
import { inspectionText } from '../inspection-text.ts';
import { type CommonOptions, LATENESS_OPTION, parseLateness, parseStore, STORE_OPTION } from '../options.ts';
import { standardOutput } from '../output.ts';
import { Progress } from '../progress.ts';

interface InspectOptions extends CommonOptions {
  readonly from?: string;
  readonly lateness?: string;
  readonly interval: string;
}

export function inspectCommand(verb: Command): Command {
  return verb
    .argument('<session>', 'name of the session')
    .option(...STORE_OPTION)
    .option(...LATENESS_OPTION)
    .option('--interval <interval>', 'candle by which trades are counted as late', '1m')
    .action(async (session: string, options: InspectOptions) => {
      const tape = await openTape(options.data, session, parseStore(options.from));
      const progress = new Progress(`inspect ${session}`);
      const latenessUs = parseLateness(options.lateness);
      const report = await inspectTape(tape, {
        venues: VENUES,
        interval: options.interval,
        ...(latenessUs === undefined ? {} : { latenessUs }),
        onProgress: (records) => progress.report(records, 'records'),
      });
      progress.done();
      if (options.json) standardOutput.json({ ...report });
      else standardOutput.text(inspectionText(report));
    });
}
