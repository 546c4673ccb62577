import { TapedeckError, usageError } from '#domain';
import type { CaptureSettings } from './capture-options.ts';
import { openChunks } from './chunk-source.ts';
import { createLineParser } from './create-line-parser.ts';
import type { InputFile } from './input-file.ts';
import type { LineParser } from './line-parser.ts';
import { type LineMarker, LineReader } from './line-reader.ts';

/**
 * The receive time of the first line that has one: `session-open` carries it, so it must be known before anything is written.
 * Reads no further than needed. Throws usage errors for what no line can be imported without: a numeric time without its unit,
 * a table without columns, an input that has no line of the format (`IMPORT_NOTHING_READABLE`).
 */
export async function findFirstTime(inputs: readonly InputFile[], settings: CaptureSettings): Promise<bigint> {
  const sink = new ProbeSink();
  const parser = createLineParser(settings, sink, 'probe');
  for (const input of inputs) {
    sink.hasRecord = false;
    await probeFile(input, parser, sink);
    // The header of every table is looked at now, so that a bad one is found before a session exists.
    if (sink.firstReceivedAtNs !== undefined && settings.format !== 'ohlcv-csv') break;
  }
  if (sink.firstReceivedAtNs !== undefined) return sink.firstReceivedAtNs;
  const why = sink.problem === undefined ? 'there is no line in it' : sink.problem;
  throw usageError('IMPORT_NOTHING_READABLE', `${inputs.map(({ path }) => path).join(', ')}: no line reads as ${settings.format}; ${why}`);
}

async function probeFile(input: InputFile, parser: LineParser, sink: ProbeSink): Promise<void> {
  const source = await openChunks(input);
  try {
    await new LineReader(parser, sink).read(source, async () => !sink.hasRecord);
  } catch (error) {
    if (!(error instanceof TapedeckError) || error.code === 'IMPORT_FILE_CHANGED') throw error;
    throw new TapedeckError(error.code, `${input.path}, line ${sink.line}: ${error.message}`, { exitCode: error.exitCode, cause: error });
  } finally {
    await source.close();
  }
}

/** Remembers the first time and the first problem, and forgets the rest. */
class ProbeSink implements LineMarker {
  line = 0;
  hasRecord = false;
  firstReceivedAtNs: bigint | undefined;
  problem: string | undefined;

  record(receivedAtNs: bigint): void {
    this.hasRecord = true;
    this.firstReceivedAtNs ??= receivedAtNs;
  }

  connected(): void {
    // Only lines with a time of their own count.
  }

  note(): void {
    // Only lines with a time of their own count.
  }

  malformed(reason: string): void {
    this.problem ??= `line ${this.line}: ${reason}`;
  }
}
