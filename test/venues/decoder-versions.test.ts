import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type RecordKind, SymbolTable, TapeRecord } from '#domain';
import { VENUES, type Venue } from '#venues';
import { comparable, recordedSink } from './recorded-sink.ts';

/**
 * Derived tables are marked with the version of the decoder that made them, so that stale ones are known. These fixed frames (of the synthetic
 * market, some of every channel of every venue) are decoded, and what was said is compared with what each version said when it was made.
 */
const FRAMES = goldenText('decoder-frames.jsonl')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as GoldenFrame);
const VERSIONS = JSON.parse(goldenText('decoder-versions.json')) as Readonly<Record<string, readonly GoldenVersion[]>>;

interface GoldenFrame {
  readonly venue: string;
  readonly connection: string;
  readonly kind: RecordKind;
  readonly meta: string;
  readonly receivedAtNs: string;
  readonly text?: string;
  readonly base64?: string;
}

interface GoldenVersion {
  readonly version: number;
  /** Calls of the sink, and a hash of them as text. */
  readonly calls: number;
  readonly sha256: string;
}

function goldenText(name: string): string {
  return readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8');
}

function decodeFrames(venue: Venue): readonly string[] {
  const symbols = new SymbolTable();
  const recorded = recordedSink(symbols);
  const decoder = venue.createDecoder(recorded.sink, symbols);
  const record = new TapeRecord();
  for (const [sequence, frame] of FRAMES.entries()) {
    if (frame.venue !== venue.id) continue;
    record.sequence = sequence;
    record.setTimesNs(BigInt(frame.receivedAtNs), 0n);
    record.venue = frame.venue;
    record.connection = frame.connection;
    record.kind = frame.kind;
    record.meta = frame.meta;
    record.bytes = frame.base64 === undefined ? Buffer.from(frame.text ?? '') : Buffer.from(frame.base64, 'base64');
    record.start = 0;
    record.end = record.bytes.length;
    decoder.decode(record);
  }
  return comparable(recorded.calls);
}

describe.each([...VENUES.values()])('the decoder of $id', (venue) => {
  test('says what it said when its version was written down; otherwise raise its decoderVersion', () => {
    const said = decodeFrames(venue);
    const found = {
      version: venue.decoderVersion,
      calls: said.length,
      sha256: createHash('sha256').update(said.join('\n')).digest('hex'),
    };
    const hint =
      `what ${venue.id} says about the same frames has changed: raise its decoderVersion, add ${JSON.stringify(found)} behind the lines of ` +
      'test/golden/decoder-versions.json (never change one that is there), and tell it under "Results changed" in CHANGELOG.md';
    expect(VERSIONS[venue.id]?.at(-1), hint).toEqual(found);
  });

  test('has versions that count from 1', () => {
    expect(VERSIONS[venue.id]?.map(({ version }) => version)).toEqual(Array.from({ length: venue.decoderVersion }, (_, i) => i + 1));
  });

  test('is shown frames that it has something to say about', () => {
    expect(decodeFrames(venue).length).toBeGreaterThanOrEqual(3);
  });
});
