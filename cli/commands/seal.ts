import type { Command } from 'commander';
import { JournalTape, sealTape } from '#storage';
import { channelLabel } from '#venues';
import { interruptible } from '../interrupt.ts';
import type { CommonOptions } from '../options.ts';
import { formatBytes, formatCount, standardOutput } from '../output.ts';
import { Progress } from '../progress.ts';

export function sealCommand(verb: Command): Command {
  return verb.argument('<session>', 'name of the session').action(async (session: string, options: CommonOptions) => {
    const progress = new Progress(`seal ${session}`);
    const checkInterrupt = interruptible();
    const result = await sealSession(options.data, session, (rows) => {
      checkInterrupt();
      progress.report(rows, 'rows');
    });
    progress.done();
    if (options.json) standardOutput.json({ ...result });
    else {
      standardOutput.text(
        `sealed ${session}: ${formatCount(result.rows)} rows in ${formatCount(result.parts)} parts, ${formatBytes(result.bytes)}\ntape digest ${result.tapeDigest}`,
      );
    }
  });
}

export async function sealSession(dataDir: string, session: string, onProgress: (rows: number) => void) {
  const tape = await JournalTape.open(dataDir, session);
  return sealTape(tape, { dataDir, channelOf: channelLabel, onProgress });
}
