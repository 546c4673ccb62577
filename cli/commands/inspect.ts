import type { Command } from 'commander';
import type { TapeVerification } from '#domain';
import { inspectTape } from '#replay';
import { verifySession } from '#storage';
import { VENUES } from '#venues';
import { inspectionText } from '../inspection-text.ts';
import { openSession } from '../open-session.ts';
import { type CommonOptions, LATENESS_OPTION, parseLateness, STORE_OPTION } from '../options.ts';
import { standardOutput } from '../output.ts';
import { Progress } from '../progress.ts';

interface InspectOptions extends CommonOptions {
  readonly from?: string;
  readonly lateness?: string;
  readonly interval: string;
  readonly verify?: boolean;
}

/** Problems that the report names. */
const PROBLEMS_NAMED_MAX = 20;

export function inspectCommand(verb: Command): Command {
  return verb
    .argument('<session>', 'name of the session')
    .option(...STORE_OPTION)
    .option(...LATENESS_OPTION)
    .option('--interval <interval>', 'candle by which trades are counted as late', '1m')
    .option('--verify', 'check every byte of the session’s files as well')
    .action(async (session: string, options: InspectOptions) => {
      const tape = await openSession(options.data, session, options.from);
      const progress = new Progress(`inspect ${session}`);
      const latenessUs = parseLateness(options.lateness);
      const counted = await inspectTape(tape, {
        venues: VENUES,
        interval: options.interval,
        ...(latenessUs === undefined ? {} : { latenessUs }),
        onProgress: (records) => progress.report(records, 'records'),
      });
      progress.done();
      const report = options.verify === true ? { ...counted, verification: await verification(options.data, session) } : counted;
      if (options.json) standardOutput.json({ ...report });
      else standardOutput.text(inspectionText(report));
    });
}

/** The check of the files as a report tells it. */
export async function verification(dataDir: string, session: string): Promise<TapeVerification> {
  const { ok, segments, stores, problems } = await verifySession(dataDir, session);
  const words = problems.slice(0, PROBLEMS_NAMED_MAX).map(({ file, message }) => `${file}: ${message}`);
  return { ok, segments, stores, problems: words, problemTotal: problems.length };
}
