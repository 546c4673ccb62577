import type { Command } from 'commander';
import { type Rehearsal, systemClock } from '#recorder';
import { onInterrupt } from '../interrupt.ts';
import { startMonitor } from '../monitor.ts';
import { formatCount, standardOutput } from '../output.ts';
import { addRecordingOptions, type RecordingCommandOptions, readClock, readRecordingConfig } from '../recording-options.ts';
import { type RecordedSession, RecordingWork } from '../recording-work.ts';
import { retentionInProcess } from '../retention-process.ts';
import { readVariables } from './config.ts';

interface RecordOptions extends RecordingCommandOptions {
  readonly rehearse?: boolean;
}

export function recordCommand(verb: Command): Command {
  return addRecordingOptions(verb)
    .option('--rehearse', 'check keys, tokens, slots, first acknowledgements, disk and clock, write nothing, and end')
    .action(async (file: string, options: RecordOptions) => {
      const sessions: RecordedSession[] = [];
      const isJson = options.json === true;
      const work = new RecordingWork({
        config: await readRecordingConfig(file, options, verb.getOptionValueSource('data') === 'default'),
        variables: await readVariables(options.envFile),
        clock: systemClock(readClock(options)),
        isSealing: options.seal,
        startMonitor,
        keepRetention: (dataDir, signal) => retentionInProcess(file, dataDir, signal),
        onSession: (session) => {
          sessions.push(session);
          if (!isJson) showSession(session);
        },
      });
      if (options.rehearse === true) {
        showRehearsal(await work.rehearse(), isJson);
        return;
      }
      onInterrupt(() => work.stop());
      await work.record();
      if (isJson) standardOutput.json({ sessions: sessions.map(sessionJson) });
    });
}

export function sessionJson(session: RecordedSession): object {
  return {
    ...session,
    firstReceivedAtNs: String(session.firstReceivedAtNs),
    lastReceivedAtNs: String(session.lastReceivedAtNs),
  };
}

export function showSession({ session, records, frames, framesShed, reconnects, tapeDigest, reason }: RecordedSession): void {
  standardOutput.text(
    [
      `recorded ${session}: ${formatCount(records)} records, ${formatCount(frames)} frames, ${formatCount(framesShed)} shed, ${formatCount(reconnects)} reconnects; ended: ${reason}`,
      `tape digest ${tapeDigest}`,
      `next: tapedeck inspect ${session}`,
    ].join('\n'),
  );
}

function showRehearsal({ isOk, checks }: Rehearsal, isJson: boolean): void {
  if (isJson) standardOutput.json({ ok: isOk, checks });
  else standardOutput.text(checks.map((check) => `${check.isOk ? 'ok    ' : 'FAILED'}  ${check.name}: ${check.detail}`).join('\n'));
  if (!isOk) process.exitCode = 1;
}
