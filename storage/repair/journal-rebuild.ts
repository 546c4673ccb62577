import { join } from 'node:path';
import { integrityError } from '#domain';
import { makeDurableDirectory } from '../disk-tree.ts';
import { type Disk, type DiskFile, readSmallFile, writeFully, writeProven } from '../journal-disk.ts';
import { hashFile } from '../journal-finish.ts';
import { sameBytes } from '../same-bytes.ts';
import { type ClosedSegment, type JournalFile, SegmentBuilder } from '../segment-builder.ts';
import { SEGMENT_FOOTER_BYTES, SEGMENT_HEADER_BYTES } from '../segment-format.ts';
import { decodeSegmentIndex } from '../segment-index.ts';
import { indexName, type SessionPaths, segmentName, segmentNumber } from '../session-paths.ts';
import { TapeDigest } from '../tape-digest.ts';
import { unsyncedMarkName } from '../unsynced-mark.ts';
import { RecordOutput, SeenConnections, type TapePlace } from './record-output.ts';
import type { RepairAction } from './repair-report.ts';
import { type CopyTape, Filler } from './segment-filler.ts';
import { type DamagedRange, SegmentSalvage } from './segment-salvage.ts';
import { keepRange } from './set-aside.ts';

/** What the tape must be, as a manifest of its own or of a copy says. */
export interface TapeReference {
  readonly records: number;
  readonly tapeDigest: string;
  /** The files of the journal, where it is the manifest of a journal. */
  readonly files: readonly JournalFile[];
}

export interface RebuildSettings {
  readonly disk: Disk;
  readonly paths: SessionPaths;
  readonly reference: TapeReference | undefined;
  /** Copies of this very tape, nearest first. */
  readonly copies: readonly CopyTape[];
  /** Without it everything is computed and nothing written. */
  readonly isWriting: boolean;
}

/** The journal as it is after the rebuild. */
export interface RebuiltJournal {
  readonly files: readonly JournalFile[];
  readonly records: number;
  readonly tapeDigest: string;
  readonly tape: TapeDigest;
  readonly firstReceivedAtNs: bigint;
  readonly lastReceivedAtNs: bigint;
  readonly actions: readonly RepairAction[];
  /** Records that are in no store any more; placeholders stand for them. */
  readonly recordsLost: number;
}

/**
 * Says that segments are being made anew: while some of them are and some are not, the digest in a header is no longer that of the records before it, and yet the file is of
 * this tape. Durable before the first segment is replaced.
 */
export const REBUILDING_NAME = 'rebuilding.tmp';

/** More damaged places of one segment than this, and the whole file is kept instead of each place. */
const RANGES_KEPT_MAX = 64;

interface BuiltSegment extends TapePlace {
  readonly closed: ClosedSegment;
  readonly builder: SegmentBuilder;
  readonly recordsLost: number;
  readonly recordsFilled: number;
  readonly damage: readonly DamagedRange[];
  readonly isUnchanged: boolean;
  readonly seen: SeenConnections;
}

/**
 * Makes the segments of a journal anew from every record that verifies, in order. What is missing comes from a copy of the tape; what is in none
 * is stood for by `gap` and `note` records of the same sequences, so that all that follows keeps its place. A segment that is right to the byte is not touched.
 */
export async function rebuildJournal(settings: RebuildSettings): Promise<RebuiltJournal> {
  const rebuild = new Rebuild(settings);
  await rebuild.run();
  return rebuild.result();
}

class Rebuild {
  readonly #settings: RebuildSettings;
  #seen = new SeenConnections();
  readonly #files: JournalFile[] = [];
  readonly #actions: RepairAction[] = [];
  #place: TapePlace = { tape: new TapeDigest(), records: 0, lastReceivedAtNs: 0n, lastMonotonicNs: 0n };
  #firstReceivedAtNs = 0n;
  #recordsLost = 0;
  /** While true the digest of the tape so far is what it was when it was recorded. */
  #isChainTrue = true;
  /** False after a rebuild that was interrupted: see `REBUILDING_NAME`. */
  #areHeadersTrue = true;
  #isMarked = false;

  constructor(settings: RebuildSettings) {
    this.#settings = settings;
  }

  result(): RebuiltJournal {
    const { tape, records, lastReceivedAtNs } = this.#place;
    return {
      files: this.#files,
      records,
      tapeDigest: tape.hex(),
      tape,
      firstReceivedAtNs: this.#firstReceivedAtNs,
      lastReceivedAtNs,
      actions: this.#actions,
      recordsLost: this.#recordsLost,
    };
  }

  async run(): Promise<void> {
    const { disk, paths } = this.#settings;
    this.#areHeadersTrue = (await disk.sizeOf(join(paths.journalDir, REBUILDING_NAME))) === undefined;
    const last = await this.#lastNumber();
    for (let number = 1; number <= last; number++) await this.#segment(number, number === last);
  }

  async #lastNumber(): Promise<number> {
    const { disk, paths, reference } = this.#settings;
    const names = [...(await disk.list(paths.journalDir)), ...(reference?.files ?? []).map(({ name }) => name)];
    return Math.max(0, ...names.map((name) => segmentNumber(name) ?? 0));
  }

  async #segment(number: number, isLast: boolean): Promise<void> {
    const { disk, paths, isWriting } = this.#settings;
    const salvage = await SegmentSalvage.open(disk, paths.journalDir, number);
    try {
      const own = salvage !== undefined && !this.#isForeign(salvage) ? salvage : undefined;
      const end = await this.#endOf(number, isLast, own);
      const { built, source } = await this.#best(number, own, end);
      const expected = this.#expected(number);
      const isProven = expected !== undefined && built.closed.files[0]!.sha256 === expected.sha256;
      const isSure = !(await this.#isUnsynced(number));
      if (!built.isUnchanged || !isSure) {
        if (isWriting) await this.#replace(number, built, source, end, salvage, isProven);
        this.#tell(number, built, salvage, own, isProven);
      }
      // Only now: what is written must be made as what was planned was.
      if ((expected !== undefined && !isProven) || built.recordsLost > 0) this.#isChainTrue = false;
      await this.#index(number, built.closed.index);
      this.#take(built);
    } finally {
      await salvage?.close();
    }
  }

  /** A sync of it failed: what reads back whole may be in memory only, and no later sync writes it. */
  async #isUnsynced(number: number): Promise<boolean> {
    const { disk, paths } = this.#settings;
    return (await disk.sizeOf(join(paths.journalDir, unsyncedMarkName(number)))) !== undefined;
  }

  /** A whole header that does not go on where the tape stands: the file is of another tape. */
  #isForeign({ header }: SegmentSalvage): boolean {
    if (typeof header === 'string' || !this.#isChainTrue) return false;
    if (header.firstSequence !== this.#place.records) return true;
    return this.#areHeadersTrue && !sameBytes(header.digestBefore, this.#place.tape.bytes());
  }

  #expected(number: number): JournalFile | undefined {
    return this.#settings.reference?.files.find(({ name }) => name === segmentName(number));
  }

  /** Where the records of a segment end, as far as anything says it: its footer, its index, the segments after it, the manifest. */
  async #endOf(number: number, isLast: boolean, own: SegmentSalvage | undefined): Promise<number | undefined> {
    const { disk, paths, reference } = this.#settings;
    const from = this.#place.records;
    if (own?.footer !== undefined && own.footer.firstSequence === from) return own.footer.lastSequence + 1;
    const indexed = await this.#endByIndex(number);
    if (indexed !== undefined) return indexed;
    if (isLast) return reference === undefined ? undefined : Math.max(from, reference.records);
    const last = await this.#lastNumber();
    for (let later = number + 1; later <= last; later++) {
      const salvage = await SegmentSalvage.open(disk, paths.journalDir, later);
      await salvage?.close();
      if (salvage !== undefined && typeof salvage.header !== 'string' && salvage.header.firstSequence >= from)
        return salvage.header.firstSequence;
    }
    return reference === undefined ? undefined : Math.max(from, reference.records);
  }

  /** An index is written after its segment was closed, and says where each of its blocks begins. */
  async #endByIndex(number: number): Promise<number | undefined> {
    const { disk, paths } = this.#settings;
    const bytes = await readSmallFile(disk, join(paths.journalDir, indexName(number)));
    const blocks = bytes === undefined ? 'missing' : decodeSegmentIndex(bytes, number);
    if (typeof blocks === 'string' || blocks[0]?.firstSequence !== this.#place.records) return undefined;
    const last = blocks.at(-1)!;
    return last.firstSequence + last.records;
  }

  /** The segment from its own records and, where a digest shows that these are not those that were written, from copies alone. */
  async #best(
    number: number,
    own: SegmentSalvage | undefined,
    end: number | undefined,
  ): Promise<{ readonly built: BuiltSegment; readonly source: SegmentSalvage | undefined }> {
    const built = await this.#build(number, own, end, undefined);
    const expected = this.#expected(number);
    const isWrong = expected !== undefined && this.#isChainTrue && built.closed.files[0]!.sha256 !== expected.sha256;
    if (!isWrong || own === undefined || this.#settings.copies.length === 0) return { built, source: own };
    const copied = await this.#build(number, undefined, end, undefined);
    const isRight = copied.closed.files[0]!.sha256 === expected.sha256;
    return isRight ? { built: copied, source: undefined } : { built, source: own };
  }

  async #build(
    number: number,
    own: SegmentSalvage | undefined,
    end: number | undefined,
    file: DiskFile | undefined,
  ): Promise<BuiltSegment> {
    const tape = this.#place.tape.copy();
    const builder = new SegmentBuilder(number, this.#place.records, tape);
    const output = new RecordOutput(builder, file);
    output.lastReceivedAtNs = this.#place.lastReceivedAtNs;
    output.lastMonotonicNs = this.#place.lastMonotonicNs;
    const seen = this.#seen.copy();
    const filler = new Filler(this.#settings.copies, seen, output, this.#recordBytesWanted(number));
    if (file !== undefined) await writeFully(file, [builder.header], 0);
    if (own !== undefined) {
      for await (const piece of own.pieces(builder.firstSequence, end)) {
        if (piece.kind === 'missing') {
          await filler.fill(piece.toSequence, piece.untilNs);
        } else {
          seen.note(piece.bytes, piece.view, piece.start, piece.end);
          await output.addPiece(piece);
        }
      }
    }
    await filler.fillToEnd(end, own?.footer?.lastReceivedAtNs);
    await output.flush();
    const closed = builder.close();
    if (file !== undefined) await writeFully(file, [closed.footer], SEGMENT_HEADER_BYTES + output.recordBytes);
    const { recordsLost, recordsFilled } = filler;
    const damage = own?.damage ?? [];
    return {
      tape,
      builder,
      closed,
      records: output.sequence,
      lastReceivedAtNs: output.lastReceivedAtNs,
      lastMonotonicNs: output.lastMonotonicNs,
      seen,
      recordsLost,
      recordsFilled,
      damage,
      isUnchanged: own !== undefined && recordsLost + recordsFilled + damage.length === 0 && isSameFile(own, builder, closed),
    };
  }

  #recordBytesWanted(number: number): number | undefined {
    const expected = this.#isChainTrue ? this.#expected(number) : undefined;
    return expected === undefined ? undefined : expected.bytes - SEGMENT_HEADER_BYTES - SEGMENT_FOOTER_BYTES;
  }

  /** Writes the segment beside the old one, keeps what the new one does not hold, and puts it in its place: at no moment is a record in no file. */
  async #replace(
    number: number,
    { closed: { files } }: BuiltSegment,
    source: SegmentSalvage | undefined,
    end: number | undefined,
    old: SegmentSalvage | undefined,
    isProven: boolean,
  ): Promise<void> {
    const { disk, paths } = this.#settings;
    await makeDurableDirectory(disk, paths.journalDir);
    await this.#mark();
    const path = join(paths.journalDir, segmentName(number));
    const file = await disk.open(`${path}.tmp`, 'replace');
    try {
      await this.#build(number, source, end, file);
      await file.datasync();
    } finally {
      await file.close();
    }
    // Before it takes the place of the old one: what the disk read or wrote wrong would be lost in both.
    if ((await hashFile(disk, `${path}.tmp`, '')).sha256 !== files[0]!.sha256)
      throw integrityError('FILE_DIFFERS', `${path}.tmp reads back as something else than was to be written: do not trust that disk`);
    if (old !== undefined && !isProven) {
      for (const range of keptRanges(old, source)) await keepRange(disk, paths.journalDir, path, range);
    }
    await disk.rename(`${path}.tmp`, path);
    await disk.syncDirectory(paths.journalDir);
  }

  async #mark(): Promise<void> {
    if (this.#isMarked) return;
    const { disk, paths } = this.#settings;
    await (await disk.open(join(paths.journalDir, REBUILDING_NAME), 'replace')).close();
    await disk.syncDirectory(paths.journalDir);
    this.#isMarked = true;
  }

  #tell(number: number, built: BuiltSegment, old: SegmentSalvage | undefined, source: SegmentSalvage | undefined, isProven: boolean): void {
    const file = `journal/${segmentName(number)}`;
    const { recordsLost, recordsFilled, damage } = built;
    if (recordsFilled > 0) {
      const proof = isProven ? '; the file is again the one that session.json names' : '';
      this.#actions.push({
        kind: 'records-restored',
        file,
        records: recordsFilled,
        message: `${recordsFilled} records from a copy of the tape${proof}`,
      });
    }
    if (recordsLost > 0) {
      const message = `${recordsLost} records are in no copy; gap records stand for them`;
      this.#actions.push({ kind: 'records-lost', file, records: recordsLost, message });
    }
    if (old !== undefined && !isProven && damage.length + (source === undefined ? 1 : 0) > 0) {
      for (const { offset, bytes, reason } of keptRanges(old, source))
        this.#actions.push({
          kind: 'bytes-set-aside',
          file,
          offset,
          bytes,
          message: `${bytes} bytes at ${offset} (${reason}) are kept beside`,
        });
    }
    this.#actions.push({
      kind: 'segment-written',
      file,
      message:
        old === undefined ? 'it was missing' : built.isUnchanged ? 'a sync of it had failed' : 'its header, records or footer changed',
    });
  }

  async #index(number: number, index: Uint8Array): Promise<void> {
    const { disk, paths, isWriting } = this.#settings;
    const name = indexName(number);
    const path = join(paths.journalDir, name);
    const found = await readSmallFile(disk, path);
    if (found !== undefined && sameBytes(found, index)) return;
    if (isWriting) await writeProven(disk, paths.journalDir, path, index);
    const message = found === undefined ? 'it was missing' : 'it did not describe its segment';
    this.#actions.push({ kind: 'index-written', file: `journal/${name}`, message });
  }

  #take(built: BuiltSegment): void {
    if (this.#place.records === 0 && built.records > 0) this.#firstReceivedAtNs = built.builder.firstReceivedAtNs;
    this.#files.push(...built.closed.files);
    this.#recordsLost += built.recordsLost;
    this.#seen = built.seen;
    this.#place = built;
  }
}

/** What of the old file is not in the new one. */
function keptRanges(old: SegmentSalvage, source: SegmentSalvage | undefined): readonly DamagedRange[] {
  if (old.size === 0) return [];
  if (source === undefined) return [{ offset: 0, bytes: old.size, reason: 'it is not of this tape' }];
  if (source.damage.length <= RANGES_KEPT_MAX) return source.damage;
  return [{ offset: 0, bytes: old.size, reason: `it is damaged in ${source.damage.length} places` }];
}

function isSameFile(own: SegmentSalvage, builder: SegmentBuilder, closed: ClosedSegment): boolean {
  return sameBytes(own.headerBytes, builder.header) && sameBytes(own.footerBytes, closed.footer) && own.size === closed.files[0]!.bytes;
}
