import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parseIsoNanoseconds, usageError } from '#domain';
import { checkRecorderConfig, parseRecorderConfig, type RecorderConfig, type SystemClockOptions } from '#recorder';
import { type CommonOptions, decimalNumber } from './options.ts';

/** What `record` and `live` take. */
export interface RecordingCommandOptions extends CommonOptions {
  readonly envFile?: string;
  readonly session?: string;
  readonly until?: string;
  readonly duration?: string;
  readonly seal: boolean;
  readonly clockScale?: string;
  readonly clockStart?: string;
}

const NS_PER_MS = 1_000_000n;

export function addRecordingOptions(verb: Command): Command {
  return verb
    .argument('<config>', 'configuration in TOML; see docs/configuration.md')
    .option('--env-file <file>', 'KEY=value lines with secrets; variables of the environment go before them')
    .option('--session <name>', 'name of the session, instead of the one in the file; an open one is gone on with')
    .option('--until <time>', 'end at this time: 06:10, or 2026-12-24T06:10:00+09:00')
    .option('--duration <time>', 'end after this time: 90m, 12h')
    .option('--no-seal', 'do not write the Parquet copy when a session ends')
    .option('--clock-scale <n>', 'let time run n times as fast, to record from tapedeck serve')
    .option('--clock-start <time>', 'begin at this time (ISO 8601), to record from tapedeck serve');
}

/** What came from the command line is checked with the file as a whole: it is held to the same rules. */
export async function readRecordingConfig(file: string, options: RecordingCommandOptions, isDefaultData: boolean): Promise<RecorderConfig> {
  const config = parseRecorderConfig(await readConfigText(file), file);
  const session = {
    ...config.session,
    ...(isDefaultData ? {} : { data: options.data }),
    ...(options.session === undefined ? {} : { name: options.session }),
    ...(options.until === undefined ? {} : { until: options.until }),
    ...(options.duration === undefined ? {} : { duration: options.duration }),
  };
  return checkRecorderConfig({ ...config, session }, file);
}

/** The text of a configuration; `CONFIG_UNREADABLE`. */
export async function readConfigText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw usageError('CONFIG_UNREADABLE', `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

const CLOCK_SCALE_MAX = 100_000;

/** The settings of the clock: the machine's own, or one that runs faster, from another time on. */
export function readClock({ clockScale, clockStart }: RecordingCommandOptions): SystemClockOptions {
  const scale = clockScale === undefined ? 1 : decimalNumber(clockScale);
  if (!(scale > 0 && scale <= CLOCK_SCALE_MAX))
    throw usageError('CLOCK_SCALE', `--clock-scale ${clockScale}: must be a number above 0, at most ${CLOCK_SCALE_MAX}`);
  // Said in full where time is made up, so that another thread can make the same clock.
  const sinceNs = process.hrtime.bigint();
  if (clockStart === undefined) return scale === 1 ? {} : { scale, startAtNs: BigInt(Date.now()) * NS_PER_MS, sinceNs };
  const startAtNs = parseIsoNanoseconds(clockStart, 0);
  if (startAtNs === undefined)
    throw usageError('CLOCK_START', `--clock-start ${clockStart}: must be a time such as 2026-11-20T08:30:00+09:00`);
  return { scale, startAtNs, sinceNs };
}
