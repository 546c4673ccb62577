import type { Command } from 'commander';
import { assertNever, parseIsoNanoseconds, usageError } from '#domain';
import { type CutBook, type CutPlace, type CutResult, cutTape, openTape } from '#replay';
import { type ClosedJournal, JournalWriter } from '#storage';
import { VENUES } from '#venues';
import { interruptible } from '../interrupt.ts';
import type { CommonOptions } from '../options.ts';
import { formatCount, standardOutput, warn } from '../output.ts';
import { Progress } from '../progress.ts';

interface CutCommandOptions extends CommonOptions {
  readonly from?: string;
  readonly to?: string;
  readonly symbols?: string;
  readonly name?: string;
  readonly redact?: boolean;
}

export function cutCommand(verb: Command): Command {
  return verb
    .argument('<session>', 'name of the session to cut from; it stays as it is')
    .option('--from <place>', 'first record: a time such as 2026-11-23T09:30:00+09:00 (UTC without a zone), or a sequence')
    .option('--to <place>', 'first record that stays out: a time or a sequence')
    .option('--symbols <list>', 'between commas: kiwoom:005930, or 005930 of any venue; all without it')
    .option('--name <session>', 'name of the new session; the old name and "-cut" without it')
    .option('--redact', 'overwrite once more what the venues call a secret, for tapes that came from elsewhere')
    .action(async (session: string, options: CutCommandOptions) => {
      const name = options.name ?? `${session}-cut`;
      const { result, closed } = await cutSession(session, name, options);
      warnOf(result);
      if (options.json)
        standardOutput.json({ session: name, ...result, source: session, tapeDigest: closed.tapeDigest, sourceDigest: result.tapeDigest });
      else standardOutput.text(cutText(session, name, result, closed));
    });
}

/** Cuts into a new closed session; when it cannot be finished nothing of it is left. */
async function cutSession(
  session: string,
  name: string,
  options: CutCommandOptions,
): Promise<{ readonly result: CutResult; readonly closed: ClosedJournal }> {
  const from = parsePlace(options.from, '--from');
  const to = parsePlace(options.to, '--to');
  const symbols = parseSymbols(options.symbols);
  const tape = await openTape(options.data, session);
  const progress = new Progress(`cut ${session}`);
  const checkInterrupt = interruptible();
  let writer: JournalWriter | undefined;
  const create = async () => {
    writer = await JournalWriter.create(options.data, name, { syncIntervalMs: 0 });
    return writer;
  };
  try {
    const result = await cutTape(tape, create, {
      venues: VENUES,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(symbols === undefined ? {} : { symbols }),
      isRedacted: options.redact === true,
      onProgress: (records, pass) => {
        checkInterrupt();
        progress.report(records, `records in pass ${pass}`);
      },
    });
    progress.done();
    return { result, closed: await writer!.close() };
  } catch (error) {
    await writer?.discard();
    throw error;
  }
}

function parsePlace(text: string | undefined, option: string): CutPlace | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return { sequence: Number(text) };
  const timeNs = parseIsoNanoseconds(text);
  if (timeNs === undefined) {
    throw usageError('CUT_PLACE', `${option} ${text}: write a time such as 2026-11-23T09:30:00+09:00, or the sequence of a record`);
  }
  return { timeNs };
}

function parseSymbols(list: string | undefined): readonly string[] | undefined {
  if (list === undefined) return undefined;
  const names = list.split(',').map((name) => name.trim());
  if (names.includes(''))
    throw usageError('CUT_SYMBOLS', `--symbols ${list}: write names between commas, for example kiwoom:005930,kiwoom:000660`);
  return names;
}

function warnOf({ books, leftOut }: CutResult): void {
  if (leftOut.failed > 0) {
    warn(`${formatCount(leftOut.failed)} frames could not be decoded and were left out: nobody can tell whom they are about`);
  }
  for (const book of books) {
    const told = bookWarning(book);
    if (told !== '') warn(told);
  }
}

function bookWarning({ symbol, start, sequence }: CutBook): string {
  switch (start) {
    case 'before':
      return '';
    case 'within':
      return `the book of ${symbol} starts at the first snapshot of the range, record ${sequence}; before it the book is unknown`;
    case 'never':
      return `the book of ${symbol} stays unknown: no snapshot that its updates join is in the range or before it`;
    default:
      return assertNever(start);
  }
}

function cutText(session: string, name: string, result: CutResult, closed: ClosedJournal): string {
  const { records, frames, ticks, symbols, fromSequence, toSequence, warmUpRecords, books, redacted } = result;
  const early = books.filter(({ start }) => start === 'before');
  return [
    `cut ${name} from records ${fromSequence} to ${toSequence - 1} of ${session}: ${formatCount(records)} records, ${formatCount(frames)} frames and bodies, ${formatCount(ticks)} ticks for what was left out`,
    `symbols ${symbols.join(', ') || 'none'}`,
    ...early.map(({ symbol, sequence }) => `the book of ${symbol} comes from the snapshot in record ${sequence}, with every update since`),
    ...(warmUpRecords === 0 ? [] : [`${formatCount(warmUpRecords)} earlier records came along for decoders that say only what is new`]),
    ...(redacted === 0 ? [] : [`secrets were overwritten in ${formatCount(redacted)} records; their meta says where`]),
    `tape digest ${closed.tapeDigest}`,
    `next: tapedeck inspect ${name}`,
  ].join('\n');
}
