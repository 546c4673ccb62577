import { canonicalJson, isInbound, isOutbound, type JsonValue, TapeRecord } from '#domain';
import type { SecretRange, Venue } from '#venues';

/** Ranges listed in one meta. Of a payload that has more, all bytes from the first to the last are overwritten, as one range. */
const RANGES_MAX = 1000;
const ZERO = 0x30;

/**
 * A copy of a record whose secrets were overwritten by the rule of its venue, with their ranges joined to those that its meta lists already; the
 * record itself where there is nothing to overwrite. The copy is reused: it is valid until the next call.
 */
export class CutRedaction {
  readonly #venues: ReadonlyMap<string, Venue>;
  readonly #copy = new TapeRecord();

  constructor(venues: ReadonlyMap<string, Venue>) {
    this.#venues = venues;
  }

  of(record: TapeRecord): TapeRecord {
    const redact = this.#venues.get(record.venue)?.redact;
    if (redact === undefined || !(isInbound(record.kind) || isOutbound(record.kind))) return record;
    const payload = record.bytes.slice(record.start, record.end);
    const ranges = redact(payload, record.kind);
    if (ranges.length === 0) return record;
    const copy = this.#copy;
    copy.sequence = record.sequence;
    copy.setTimesNs(record.receivedAtNs, record.monotonicNs);
    copy.kind = record.kind;
    copy.venue = record.venue;
    copy.connection = record.connection;
    copy.meta = withRanges(record.meta, payload, ranges);
    copy.bytes = payload;
    copy.start = 0;
    copy.end = payload.length;
    return copy;
  }
}

function withRanges(meta: string, payload: Uint8Array, ranges: readonly SecretRange[]): string {
  const members = membersOf(meta);
  const all = union([...listedRanges(members.redacted), ...ranges]);
  const first = all[0]!;
  const listed = all.length <= RANGES_MAX ? all : [{ start: first.start, end: all[all.length - 1]!.end }];
  if (listed !== all) payload.fill(ZERO, first.start, listed[0]!.end);
  return canonicalJson({ ...members, redacted: listed.map(({ start, end }) => [start, end]) });
}

function membersOf(meta: string): { readonly [key: string]: JsonValue } {
  try {
    const value = JSON.parse(meta) as JsonValue;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as { readonly [key: string]: JsonValue };
  } catch {
    // An empty meta, or none of ours: it has no members.
  }
  return {};
}

function listedRanges(value: JsonValue | undefined): SecretRange[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((pair: JsonValue) => {
    if (!Array.isArray(pair)) return [];
    const [start, end] = pair as readonly JsonValue[];
    return typeof start === 'number' && typeof end === 'number' ? [{ start, end }] : [];
  });
}

/** In rising order, without overlaps. */
function union(ranges: readonly SecretRange[]): readonly SecretRange[] {
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = joined[joined.length - 1];
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else joined.push({ start, end });
  }
  return joined;
}
