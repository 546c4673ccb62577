import type { Command } from 'commander';
import { usageError } from '#domain';
import { draftRecording, parseRecorderConfig } from '#recorder';
import { keepRetention, type RetentionReport } from '#storage';
import { PROTOCOLS } from '#venues';
import { interruptible } from '../interrupt.ts';
import type { CommonOptions } from '../options.ts';
import { columns, formatBytes, formatCount, standardOutput, warn } from '../output.ts';
import { Progress } from '../progress.ts';
import { readConfigText } from '../recording-options.ts';
import { freeBytesOf } from '../recording-work.ts';

interface RetentionVerbOptions extends CommonOptions {
  readonly dryRun?: boolean;
}

export function retentionCommand(verb: Command): Command {
  return verb
    .argument('<config>', 'configuration in TOML with a [retention] table; see docs/keeping.md')
    .option('--dry-run', 'say what is due, copy and remove nothing')
    .action(async (file: string, options: RetentionVerbOptions) => {
      const config = parseRecorderConfig(await readConfigText(file), file);
      // Secrets are not needed here, and their lack is no reason to let a disk run full.
      const { plan } = draftRecording(config, { protocols: PROTOCOLS, variables: {}, nowUs: Date.now() * 1000 });
      if (plan.retention === undefined)
        throw usageError('RETENTION_MISSING', `${file} has no [retention] table, so everything is kept; docs/keeping.md shows one`);
      const dataDir = verb.getOptionValueSource('data') === 'default' ? plan.dataDir : options.data;
      const checkInterrupt = interruptible();
      let progress = new Progress('retention');
      let what = '';
      const report = await keepRetention(dataDir, plan.retention, {
        nowNs: BigInt(Date.now()) * 1_000_000n,
        isDryRun: options.dryRun === true,
        freeBytes: () => freeBytesOf(dataDir),
        freeBytesMin: plan.limits.diskFreeMinBytes,
        onProgress: (now, done, total) => {
          checkInterrupt();
          if (now !== what) progress = new Progress(now);
          what = now;
          progress.report(done, 'bytes', total);
        },
      });
      progress.done();
      for (const problem of report.copyProblems) warn(`not copied: ${problem}`);
      for (const problem of report.decodedProblems) warn(`decoded tables not removed: ${problem}`);
      if (options.json) standardOutput.json(report);
      else standardOutput.text(retentionText(report));
      if (report.copyProblems.length > 0 || report.sessions.some(({ outcome }) => outcome === 'blocked')) process.exitCode = 1;
    });
}

function retentionText({ isDryRun, sessions, bytesFreed, decodedRemoved, copies, freeBytes }: RetentionReport): string {
  const copied = copies.filter(({ filesCopied }) => filesCopied > 0);
  return [
    ...(sessions.length === 0
      ? ['no session has a journal']
      : [
          columns(
            ['session', 'journal', 'outcome', 'reason'],
            sessions.map(({ session, bytes, outcome, reason }) => [session, formatBytes(bytes), outcome, reason]),
          ),
        ]),
    ...copied.map(
      ({ session, filesCopied, bytesCopied }) =>
        `copied ${session}: ${formatCount(filesCopied)} files, ${formatBytes(bytesCopied)}, read back and compared`,
    ),
    ...(decodedRemoved.length === 0 ? [] : [`removed the decoded tables of ${decodedRemoved.join(', ')}`]),
    isDryRun ? 'dry run: nothing was copied or removed' : `freed ${formatBytes(bytesFreed)}; ${formatBytes(freeBytes)} free`,
  ].join('\n');
}
