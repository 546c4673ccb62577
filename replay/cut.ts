import { type JsonValue, type RecordAppender, type Tape, type TapeRecord, usageError } from '#domain';
import type { Venue } from '#venues';
import type { CutBook } from './cut/book-starts.ts';
import { type CutPlace, CutRange } from './cut/cut-range.ts';
import { CutRedaction } from './cut/cut-redaction.ts';
import { CutRehearsal } from './cut/cut-rehearsal.ts';
import { CutSurvey, type LeftOut } from './cut/cut-survey.ts';
import { CutWriter } from './cut/cut-writer.ts';
import { drive } from './drive.ts';

export interface CutOptions {
  readonly venues: ReadonlyMap<string, Venue>;
  /** First record of the cut; the first of the tape when absent. */
  readonly from?: CutPlace;
  /** First record that stays out; none when absent. */
  readonly to?: CutPlace;
  /** `venue:symbol`, or `symbol` of any venue; all when absent. */
  readonly symbols?: readonly string[];
  /** Overwrites what the venues call a secret once more, for tapes that came from elsewhere. */
  readonly isRedacted?: boolean;
  /** Records looked at, and how often the tape is gone through so far. */
  readonly onProgress?: (records: number, pass: number) => void;
}

export interface CutResult {
  /** Records of the new session. */
  readonly records: number;
  /** Frames and REST bodies of it. */
  readonly frames: number;
  /** Ticks that keep the time of records that are left out. */
  readonly ticks: number;
  /** Frames and bodies in which secrets were overwritten. */
  readonly redacted: number;
  /** The range on the tape: its first record, and the one after its last. */
  readonly fromSequence: number;
  readonly toSequence: number;
  /** In code unit order, as `venue:symbol`. */
  readonly symbols: readonly string[];
  /** Where the books that are sent as deltas start. */
  readonly books: readonly CutBook[];
  /** Records from before the range, for decoders that say only what is new. */
  readonly warmUpRecords: number;
  readonly leftOut: LeftOut;
  /** Of the tape that was cut. */
  readonly tapeDigest: string;
}

/**
 * Writes the records of a range that are about some symbols as a session of its own, which decodes the same for these symbols: whole frames byte for byte, the life
 * of their connections, ticks, gaps, market-wide messages, the requests of kept answers, the masters that define the symbols, and from before
 * the range what books and decoders need. Sequences begin at 0; `session-open` says what was cut. The same tape and options give the same digest.
 *
 * `create` makes the journal; it is called when everything was checked, so that a usage error leaves nothing behind. The caller closes it.
 * Throws CUT_RANGE_EMPTY and SYMBOL_NOT_ON_TAPE (exit code 2), CUT_UNFAITHFUL (exit code 3) when no choice of records would decode the same.
 */
export async function cutTape(tape: Tape, create: () => Promise<RecordAppender>, options: CutOptions): Promise<CutResult> {
  const { venues, from, to, symbols } = options;
  const redaction = options.isRedacted === true ? new CutRedaction(venues) : undefined;
  const survey = new CutSurvey(venues, new CutRange(from, to), symbols);
  const passes = new Passes(tape, survey, options.onProgress);
  let sourceMeta = '';
  await passes.go((record) => {
    if (record.sequence === 0 && record.kind === 'session-open') sourceMeta = record.meta;
    survey.visit(record);
  });
  finishSurvey(tape, survey);
  await rehearse(passes, survey, venues, redaction);

  const tapeDigest = await tape.digest();
  const openMeta = openMetaOf(survey, tapeDigest, sourceMeta, options);
  const appender = await create();
  const writer = new CutWriter(appender, survey.kept, survey.range, openMeta, redaction);
  await passes.go(writer.visit, () => appender.drain());
  writer.finish();
  await appender.drain();
  return resultOf(survey, writer, tapeDigest);
}

/** Goes through the tape as often as it takes, each time no further than the range. */
class Passes {
  readonly #tape: Tape;
  readonly #survey: CutSurvey;
  readonly #onProgress: CutOptions['onProgress'];
  #done = 0;

  constructor(tape: Tape, survey: CutSurvey, onProgress: CutOptions['onProgress']) {
    this.#tape = tape;
    this.#survey = survey;
    this.#onProgress = onProgress;
  }

  async go(visit: (record: TapeRecord) => void, betweenBatches: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    const stop = new AbortController();
    const { range } = this.#survey;
    this.#done += 1;
    await drive(
      [this.#tape],
      (record) => {
        visit(record);
        if (range.isOver && record.sequence >= range.end) stop.abort();
      },
      { signal: stop.signal, betweenBatches, onProgress: (records) => this.#onProgress?.(records, this.#done) },
    );
  }
}

function finishSurvey(tape: Tape, survey: CutSurvey): void {
  const { range } = survey;
  if (range.first < 0)
    throw usageError('CUT_RANGE_EMPTY', `no record of ${tape.session} is in the range; tapedeck inspect shows its times`);
  survey.finish(`records ${range.first} to ${range.end - 1} of ${tape.session}`);
}

/** Until the cut says what the tape says; each round takes more of what came before. */
async function rehearse(
  passes: Passes,
  survey: CutSurvey,
  venues: ReadonlyMap<string, Venue>,
  redaction: CutRedaction | undefined,
): Promise<void> {
  for (let isFaithful = false; !isFaithful; ) {
    for (const request of survey.requests.of((answer) => survey.kept.has(answer))) survey.kept.add(request);
    const rehearsal = new CutRehearsal(survey, venues, redaction);
    await passes.go(rehearsal.visit);
    isFaithful = rehearsal.finish();
  }
}

function openMetaOf(survey: CutSurvey, tapeDigest: string, sourceMeta: string, options: CutOptions): { readonly [key: string]: JsonValue } {
  const { range, wanted } = survey;
  const books = survey.books().map(({ symbol, start, sequence }): [string, JsonValue] => [symbol, { start, sequence }]);
  return {
    format: 'cut',
    cut: {
      tapeDigest,
      fromSequence: range.first,
      toSequence: range.end,
      ...(options.symbols === undefined ? {} : { symbols: wanted.seen() }),
      ...(books.length === 0 ? {} : { books: Object.fromEntries(books) }),
      ...(options.isRedacted === true ? { redacted: true } : {}),
    },
    ...(sourceMeta === '' ? {} : { source: parsedMeta(sourceMeta) }),
  };
}

/** As it is where it is no JSON. */
function parsedMeta(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

function resultOf(survey: CutSurvey, writer: CutWriter, tapeDigest: string): CutResult {
  const { range, wanted, leftOut, warmUpRecords } = survey;
  return {
    records: writer.records,
    frames: writer.frames,
    ticks: writer.ticks,
    redacted: writer.redacted,
    fromSequence: range.first,
    toSequence: range.end,
    symbols: wanted.seen(),
    books: survey.books(),
    warmUpRecords,
    leftOut: { ...leftOut },
    tapeDigest,
  };
}
