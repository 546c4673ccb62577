import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parseIsoNanoseconds, usageError } from '#domain';
import { checkRecorderConfig, parseRecorderConfig, type RecorderConfig, type Rehearsal, systemClock } from '#recorder';
import { onInterrupt } from '../interrupt.ts';
import type { CommonOptions } from '../options.ts';
import { formatCount, standardOutput } from '../output.ts';
import { type RecordedSession, RecordingWork } from '../recording-work.ts';
import { readVariables } from './config.ts';

interface RecordOptions extends CommonOptions {
  readonly envFile?: string;
  readonly session?: string;
  readonly until?: string;
  readonly duration?: string;
  readonly rehearse?: boolean;
  readonly seal: boolean;
  readonly clockScale?: string;
  readonly clockStart?: string;
}

export function recordCommand(verb: Command): Command {
  return verb
    .argument('<config>', 'configuration in TOML; see docs/configuration.md')
    .option('--env-file <file>', 'KEY=value lines with secrets; variables of the environment go before them')
    .option('--session <name>', 'name of the session, instead of the one in the file; an open one is gone on with')
    .option('--until <time>', 'end at this time: 06:10, or 2026-12-24T06:10:00+09:00')
    .option('--duration <time>', 'end after this time: 90m, 12h')
    .option('--rehearse', 'check keys, tokens, slots, first acknowledgements, disk and clock, write nothing, and end')
    .option('--no-seal', 'do not write the Parquet copy when a session ends')
    .option('--clock-scale <n>', 'let time run n times as fast, to record from tapedeck serve')
    .option('--clock-start <time>', 'begin at this time (ISO 8601), to record from tapedeck serve')
    .action(async (file: string, options: RecordOptions) => {
      const sessions: RecordedSession[] = [];
      const isJson = options.json === true;
      const work = new RecordingWork({
        config: await readConfig(file, options, verb.getOptionValueSource('data') === 'default'),
        variables: await readVariables(options.envFile),
        clock: clockOf(options),
        isSealing: options.seal,
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
      if (isJson) standardOutput.json({ sessions: sessions.map(jsonOf) });
    });
}

/** What came from the command line is checked with the file as a whole: it is held to the same rules. */
async function readConfig(file: string, options: RecordOptions, isDefaultData: boolean): Promise<RecorderConfig> {
  const config = parseRecorderConfig(await readText(file), file);
  const session = {
    ...config.session,
    ...(isDefaultData ? {} : { data: options.data }),
    ...(options.session === undefined ? {} : { name: options.session }),
    ...(options.until === undefined ? {} : { until: options.until }),
    ...(options.duration === undefined ? {} : { duration: options.duration }),
  };
  return checkRecorderConfig({ ...config, session }, file);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw usageError('CONFIG_UNREADABLE', `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

const CLOCK_SCALE_MAX = 100_000;

function clockOf({ clockScale, clockStart }: RecordOptions): ReturnType<typeof systemClock> {
  const scale = clockScale === undefined ? 1 : Number(clockScale);
  if (!(scale > 0 && scale <= CLOCK_SCALE_MAX))
    throw usageError('CLOCK_SCALE', `--clock-scale ${clockScale}: must be a number above 0, at most ${CLOCK_SCALE_MAX}`);
  if (clockStart === undefined) return systemClock({ scale });
  const startAtNs = parseIsoNanoseconds(clockStart, 0);
  if (startAtNs === undefined)
    throw usageError('CLOCK_START', `--clock-start ${clockStart}: must be a time such as 2026-11-20T08:30:00+09:00`);
  return systemClock({ scale, startAtNs });
}

function jsonOf(session: RecordedSession): object {
  return {
    ...session,
    firstReceivedAtNs: String(session.firstReceivedAtNs),
    lastReceivedAtNs: String(session.lastReceivedAtNs),
  };
}

function showSession({ session, records, frames, framesShed, reconnects, tapeDigest, reason }: RecordedSession): void {
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
