import type { Command } from 'commander';
import { usageError } from '#domain';
import { CAPTURE_FORMATS, type CaptureFormat, type CaptureOptions, type CaptureResult, importCapture, type TimeUnit } from '#recorder';
import { type ClosedJournal, JournalWriter } from '#storage';
import { interruptible } from '../interrupt.ts';
import type { CommonOptions } from '../options.ts';
import { formatCount, standardOutput, warn } from '../output.ts';
import { Progress } from '../progress.ts';
import { parsePairs } from '../settings.ts';

interface ImportOptions extends CommonOptions {
  readonly format: string;
  readonly session: string;
  readonly venue?: string;
  readonly fields?: string;
  readonly timeUnit?: string;
  readonly timeZone?: string;
  readonly symbol?: string;
  readonly interval?: string;
}

const MALFORMED_SHOWN = 10;

export function importCommand(verb: Command): Command {
  return verb
    .argument('<files...>', 'recordings, gzip or plain, appended in the order given')
    .requiredOption('--format <format>', CAPTURE_FORMATS.join(', '))
    .requiredOption('--session <name>', 'name of the new session')
    .option('--venue <id>', 'venue of the frames, for example binance-spot; not needed for ohlcv-csv')
    .option('--fields <list>', 'jsonl: names of its members, for example time=ts,direction=way,text=message')
    .option('--time-unit <unit>', 'jsonl: unit of times that are numbers: s, ms, us or ns')
    .option('--time-zone <zone>', 'jsonl, ohlcv-csv: zone of times that name none: UTC, KST or +09:00')
    .option('--symbol <symbol>', 'ohlcv-csv: what the bars are of')
    .option('--interval <interval>', 'ohlcv-csv: length of a bar, for example 1m')
    .action(async (files: string[], options: ImportOptions) => {
      const progress = new Progress(`import ${options.session}`);
      const checkInterrupt = interruptible();
      const { result, closed } = await importSession(options.data, options.session, {
        ...captureOptions(files, options),
        onProgress: ({ bytes, bytesTotal }) => {
          checkInterrupt();
          progress.report(bytes, 'bytes', bytesTotal);
        },
      });
      progress.done();
      warnOf(result);
      if (options.json) standardOutput.json(importJson(options.session, result, closed));
      else standardOutput.text(importText(options.session, result, closed));
      if (result.damaged.length > 0) process.exitCode = 1;
    });
}

/** Imports into a new session and closes it. When it cannot be finished the half-made session is removed: the inputs still have it all. */
export async function importSession(
  dataDir: string,
  session: string,
  options: CaptureOptions,
): Promise<{ readonly result: CaptureResult; readonly closed: ClosedJournal }> {
  let writer: JournalWriter | undefined;
  try {
    const result = await importCapture(options, async () => {
      writer = await JournalWriter.create(dataDir, session, { syncIntervalMs: 0 });
      return writer;
    });
    return { result, closed: await writer!.close() };
  } catch (error) {
    await writer?.discard();
    throw error;
  }
}

function captureOptions(files: readonly string[], options: ImportOptions): CaptureOptions {
  const fields = options.fields === undefined ? undefined : fieldNames(options.fields);
  return {
    files,
    format: options.format as CaptureFormat,
    ...(options.venue === undefined ? {} : { venue: options.venue }),
    ...(fields === undefined ? {} : { fields }),
    ...(options.timeUnit === undefined ? {} : { timeUnit: options.timeUnit as TimeUnit }),
    ...(options.timeZone === undefined ? {} : { zone: options.timeZone }),
    ...(options.symbol === undefined ? {} : { symbol: options.symbol }),
    ...(options.interval === undefined ? {} : { interval: options.interval }),
  };
}

function fieldNames(list: string): Record<string, string> {
  const names = parsePairs(list.split(','), '--fields');
  for (const key of names.keys()) {
    if (!['time', 'direction', 'text'].includes(key))
      throw usageError('FIELD_UNKNOWN', `--fields ${key}=…: the fields are time, direction and text`);
  }
  return Object.fromEntries(names);
}

function warnOf(result: CaptureResult): void {
  for (const { file, line, reason } of result.malformed.slice(0, MALFORMED_SHOWN)) warn(`${file} line ${line}: ${reason}; kept as a note`);
  const more = result.malformedTotal - MALFORMED_SHOWN;
  if (more > 0) warn(`and ${formatCount(more)} more malformed lines, kept as notes`);
  if (result.backwardTimes > 0) warn(`${formatCount(result.backwardTimes)} receive times go back; they are kept as they are`);
  if (result.redacted > 0) warn(`secrets were overwritten in ${formatCount(result.redacted)} records; their meta says where`);
  for (const { file, reason } of result.damaged) warn(`${file} is damaged: ${reason}; what came before it was imported`);
}

function importJson(session: string, result: CaptureResult, closed: ClosedJournal) {
  return {
    session,
    records: closed.records,
    frames: result.frames,
    notes: result.notes,
    malformed: result.malformedTotal,
    malformedLines: result.malformed,
    damaged: result.damaged,
    backwardTimes: result.backwardTimes,
    redacted: result.redacted,
    firstReceivedAtNs: String(result.firstReceivedAtNs),
    lastReceivedAtNs: String(result.lastReceivedAtNs),
    tapeDigest: closed.tapeDigest,
    sources: result.sources,
  };
}

function importText(session: string, result: CaptureResult, closed: ClosedJournal): string {
  const { frames, notes } = result;
  return [
    `imported ${session}: ${formatCount(closed.records)} records, ${formatCount(frames.in)} frames in, ${formatCount(frames.out)} out, ${formatCount(notes)} notes`,
    `tape digest ${closed.tapeDigest}`,
    `next: tapedeck inspect ${session}`,
  ].join('\n');
}
