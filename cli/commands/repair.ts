import type { Command } from 'commander';
import { type RepairReport, repairSession } from '#storage';
import { channelLabel } from '#venues';
import type { CommonOptions } from '../options.ts';
import { formatCount, standardOutput } from '../output.ts';

interface RepairVerbOptions extends CommonOptions {
  readonly dryRun?: boolean;
  readonly copy?: string;
}

const DIFFERENCES_EXIT_CODE = 3;

export function repairCommand(verb: Command): Command {
  return verb
    .argument('<session>', 'name of the session')
    .option('--dry-run', 'say what would be done, write nothing; exit code 3 when there is anything to do')
    .option('--copy <dir>', 'folder that sessions are copied to (retention.copyTo): damaged files come back from it')
    .action(async (session: string, options: RepairVerbOptions) => {
      const isDryRun = options.dryRun === true;
      const report = await repairSession(options.data, session, {
        isDryRun,
        channelOf: channelLabel,
        ...(options.copy === undefined ? {} : { copyDir: options.copy }),
      });
      if (options.json) standardOutput.json(report);
      else standardOutput.text(repairText(report));
      if (!isWhole(report)) process.exitCode = DIFFERENCES_EXIT_CODE;
    });
}

/** Nothing is lost, nothing is left to do. */
function isWhole({ isDryRun, actions, remaining, recordsLost }: RepairReport): boolean {
  return remaining.length === 0 && recordsLost === 0 && !(isDryRun && actions.length > 0);
}

function repairText(report: RepairReport): string {
  const { session, isDryRun, found, actions, remaining, recordsLost, records, tapeDigest } = report;
  const head =
    actions.length === 0
      ? `session ${session}: ${found.length === 0 ? 'whole, nothing to repair' : 'damaged, and nothing here can repair it'}`
      : `session ${session}: ${isDryRun ? 'a repair would do this' : 'repaired'}, ${formatCount(recordsLost)} records lost`;
  return [
    head,
    ...actions.map(({ kind, file, message }) => `${file}: ${kind}: ${message}`),
    ...(isDryRun ? [] : [`${formatCount(records)} records, tape digest ${tapeDigest}`]),
    ...remaining.map(({ file, kind, message }) => `${isDryRun ? 'found' : 'still wrong'}: ${file}: ${kind}: ${message}`),
  ].join('\n');
}
