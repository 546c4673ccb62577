import { canonicalJson, type RecordAppender } from '#domain';
import { venueById } from '#venues';
import { type CaptureOptions, checkCaptureOptions } from './capture-options.ts';
import { openChunks } from './chunk-source.ts';
import { createLineParser } from './create-line-parser.ts';
import { findFirstTime } from './import-probe.ts';
import { ImportTape } from './import-tape.ts';
import { type InputFile, inspectInput } from './input-file.ts';
import { LineReader } from './line-reader.ts';

/** One input, as the session's first record names it by its hash. */
export interface CaptureSource {
  readonly file: string;
  /** Hex, of the bytes on disk. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface CaptureResult {
  readonly records: number;
  /** `in` counts `frame-in` and `http-response`, `out` counts `frame-out` and `http-request`. */
  readonly frames: { readonly in: number; readonly out: number };
  /** All `note` records: malformed lines, and lines that are known to be no frames. */
  readonly notes: number;
  /** The first of the malformed lines (`MALFORMED_LISTED_MAX`), and how many there are. */
  readonly malformed: readonly { readonly file: string; readonly line: number; readonly reason: string }[];
  readonly malformedTotal: number;
  /** Inputs whose gzip data ends or breaks in the middle: what came before was imported. Each is a malformed line as well. */
  readonly damaged: readonly { readonly file: string; readonly reason: string }[];
  /** Lines whose receive time is before that of the line above. */
  readonly backwardTimes: number;
  /** Frames and notes in which secrets were overwritten, as their `meta.redacted` says. */
  readonly redacted: number;
  /** Of the first and the last line that has a time. */
  readonly firstReceivedAtNs: bigint;
  readonly lastReceivedAtNs: bigint;
  readonly sources: readonly CaptureSource[];
}

/**
 * Brings other people's recordings onto a tape: `session-open`, what the lines say in the order given, `session-close`.
 * Receive times and bytes are kept exactly, but for secrets: what the venue calls one is overwritten at equal length. The records depend on the bytes of the inputs and on the options, and on nothing else.
 * Nothing the input does not tell is made up: no `disconnected`, no gap between files.
 *
 * `target` is the journal, or a function that creates it; the function is called after every option and input was checked, so that
 * a usage error (exit code 2) leaves nothing behind. The caller closes the journal, and removes it when this throws.
 */
export async function importCapture(
  options: CaptureOptions,
  target: RecordAppender | (() => Promise<RecordAppender>),
): Promise<CaptureResult> {
  const settings = checkCaptureOptions(options);
  const inputs: InputFile[] = [];
  for (const file of settings.files) inputs.push(await inspectInput(file));
  const firstReceivedAtNs = await findFirstTime(inputs, settings);

  const appender = typeof target === 'function' ? await target() : target;
  const { format, venue } = settings;
  const openMeta = canonicalJson({ format, inputs: inputs.map(({ sha256 }) => sha256), venue });
  const tape = new ImportTape(appender, { id: venue, redact: venueById(venue)?.redact }, firstReceivedAtNs, openMeta);
  const damaged = await appendFiles(inputs, tape, appender, options, createLineParser(settings, tape, 'import'));
  tape.close();
  await appender.drain();
  return resultOf(tape, inputs, damaged);
}

/** Appends the files in order, and returns what is damaged. */
async function appendFiles(
  inputs: readonly InputFile[],
  tape: ImportTape,
  appender: RecordAppender,
  { onProgress }: CaptureOptions,
  parser: ReturnType<typeof createLineParser>,
): Promise<CaptureResult['damaged']> {
  const bytesTotal = inputs.reduce((sum, { bytes }) => sum + bytes, 0);
  const damaged: { file: string; reason: string }[] = [];
  let bytesBefore = 0;
  for (const [file, input] of inputs.entries()) {
    tape.file = file;
    const source = await openChunks(input);
    try {
      await new LineReader(parser, tape).read(source, async () => {
        await appender.drain();
        onProgress?.({ file, files: inputs.length, bytes: bytesBefore + source.bytesRead, bytesTotal, records: tape.records });
        return true;
      });
      if (source.damage !== undefined) damaged.push({ file: input.path, reason: source.damage });
    } finally {
      await source.close();
    }
    bytesBefore += input.bytes;
  }
  return damaged;
}

function resultOf(tape: ImportTape, inputs: readonly InputFile[], damaged: CaptureResult['damaged']): CaptureResult {
  return {
    records: tape.records,
    frames: { in: tape.framesIn, out: tape.framesOut },
    notes: tape.notes,
    malformed: tape.malformedLines.map(({ file, line, reason }) => ({ file: inputs[file]!.path, line, reason })),
    malformedTotal: tape.malformedTotal,
    damaged,
    backwardTimes: tape.backwardTimes,
    redacted: tape.redacted,
    firstReceivedAtNs: tape.firstReceivedAtNs,
    lastReceivedAtNs: tape.lastReceivedAtNs,
    sources: inputs.map(({ path, sha256, bytes }) => ({ file: path, sha256, bytes })),
  };
}
