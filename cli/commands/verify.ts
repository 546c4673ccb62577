import type { Command } from 'commander';
import { type VerifyReport, verifySession } from '#storage';
import type { CommonOptions } from '../options.ts';
import { formatCount, standardOutput } from '../output.ts';

const DIFFERENCES_EXIT_CODE = 3;

export function verifyCommand(verb: Command): Command {
  return verb.argument('<session>', 'name of the session').action(async (session: string, options: CommonOptions) => {
    const report = await verifySession(options.data, session);
    if (options.json) standardOutput.json({ ...report });
    else standardOutput.text(verifyText(report));
    if (!report.ok) process.exitCode = DIFFERENCES_EXIT_CODE;
  });
}

function verifyText(report: VerifyReport): string {
  const head = `session ${report.session}: ${report.ok ? 'whole' : `${formatCount(report.problems.length)} problems`}, ${formatCount(report.records)} records`;
  const problems = report.problems.map(({ file, sequence, offset, kind, message }) => {
    const where = [sequence === undefined ? '' : `record ${sequence}`, offset === undefined ? '' : `offset ${offset}`]
      .filter((text) => text !== '')
      .join(', ');
    return `${file}${where === '' ? '' : ` (${where})`}: ${kind}: ${message}`;
  });
  return [head, `tape digest ${report.tapeDigest}`, ...report.notes, ...problems].join('\n');
}
