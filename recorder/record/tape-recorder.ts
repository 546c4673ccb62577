import { type Clock, canonicalJson, type JsonValue, type RecordAppender, type RecordKind } from '#domain';
import type { SecretRange, Venue } from '#venues';
import { LEAST_TIER } from '../guard/shed-tiers.ts';

/** The journal as the recorder needs it. */
export interface RecordingJournal extends RecordAppender {
  readonly waitingBytes: number;
  readonly records: number;
}

export interface TapeRecorderOptions {
  readonly journal: RecordingJournal;
  readonly clock: Clock;
  readonly venues: ReadonlyMap<string, Venue>;
  /** Bytes waiting for the disk above which the least important channels are shed. */
  readonly waitingBytesMax: number;
  /** The tier of a channel (`shedTiers`): 3 is shed first, 0 last, what is below never. Asked only while frames must be shed. */
  readonly tierOf: (venue: string, channel: string) => number;
  /** Called once, when the journal takes no more: nothing is appended from then on, and the recording must end. */
  readonly onFailed: (error: unknown) => void;
}

/** What was shed of one channel since the last record of it. */
interface ShedCount {
  readonly venue: string;
  readonly connection: string;
  readonly channel: string;
  readonly fromNs: bigint;
  toNs: bigint;
  frames: number;
  bytes: number;
}

/** When something came: one reading of both clocks. */
export interface Stamp {
  readonly wallNs: bigint;
  /** Since the recorder was made. */
  readonly monotonicNs: bigint;
  /** The clock's own monotonic time, milliseconds: what waits and silences are counted in. */
  readonly nowMs: number;
}

export type RecordMeta = Readonly<Record<string, JsonValue | undefined>>;

/** A venue as frames need it, found once. */
interface Source {
  readonly id: string;
  readonly venue: Venue | undefined;
  /** Receive time of the last frame by channel: silence is told from what came, never from a flag. */
  readonly lastFrameNs: Map<string, bigint>;
}

const NO_SOURCE: Source = { id: '', venue: undefined, lastFrameNs: new Map() };
const NO_RANGES: readonly SecretRange[] = [];
const NS_PER_MS = 1_000_000n;
const NO_BYTES = new Uint8Array(0);
/** From this share of `waitingBytesMax` on sockets are held. */
const HOLD_SHARE = 0.5;
/** At so many times `waitingBytesMax` frames of this tier and above are shed; at the last only control frames are left. */
const SHED_STEPS: readonly { readonly times: number; readonly tier: number }[] = [
  { times: 1, tier: LEAST_TIER },
  { times: 1.25, tier: 2 },
  { times: 1.5, tier: 1 },
  { times: 2, tier: 0 },
];

/**
 * The one door to the journal: stamps first, then overwrites secrets, then appends. Only after that may anybody react to a frame.
 * When the disk cannot follow, whole frames of the least important channels are shed, counted, and told by a `gap` record.
 */
export class TapeRecorder {
  readonly #options: TapeRecorderOptions;
  readonly #originNs: bigint;
  readonly #sources = new Map<string, Source>();
  /** The one of the last frame: frames of a venue come in runs. */
  #source: Source = NO_SOURCE;
  readonly #shed = new Map<string, ShedCount>();
  #hasFailed = false;
  framesIn = 0;
  bytesIn = 0;
  framesShed = 0;
  /** Set by the disk guard while the disk is nearly full: frames of this tier and above are shed until there is room. */
  diskShedTier = Number.POSITIVE_INFINITY;

  constructor(options: TapeRecorderOptions) {
    this.#options = options;
    this.#originNs = options.clock.monotonicNs();
  }

  /** Receive time of the last frame of a channel; 0 before the first. */
  lastFrameNs(venue: string, channel: string): bigint {
    return this.#sources.get(venue)?.lastFrameNs.get(channel) ?? 0n;
  }

  /** Channels seen so far with the receive time of their last frame. */
  channels(venue: string): ReadonlyMap<string, bigint> {
    return this.#sources.get(venue)?.lastFrameNs ?? NO_SOURCE.lastFrameNs;
  }

  get records(): number {
    return this.#options.journal.records;
  }

  get waitingBytes(): number {
    return this.#options.journal.waitingBytes;
  }

  /** The disk does not follow: better not to read on than to shed soon. */
  get isBehind(): boolean {
    return this.#options.journal.waitingBytes > this.#options.waitingBytesMax * HOLD_SHARE;
  }

  /** Reads the clocks. Stamp first: nothing that follows may leak into the receive time. */
  stamp(): Stamp {
    const { clock } = this.#options;
    const wallNs = clock.wallNs();
    const monotonicNs = clock.monotonicNs();
    return { wallNs, monotonicNs: monotonicNs - this.#originNs, nowMs: Number(monotonicNs / NS_PER_MS) };
  }

  /**
   * A frame or a body that came from a venue (at `stamp`), or went to it: `bytes` are overwritten where secrets are. `look` is called before
   * that, to read what the tape must not keep (a key in an acknowledgement); it may not act on it. Returns the receive time.
   */
  frame(
    venue: string,
    connection: string,
    kind: RecordKind,
    meta: RecordMeta | undefined,
    bytes: Uint8Array,
    look?: (bytes: Uint8Array) => void,
    stamp = this.stamp(),
  ): bigint {
    const { journal } = this.#options;
    const { wallNs, monotonicNs } = stamp;
    const source = venue === this.#source.id ? this.#source : this.#findSource(venue);
    look?.(bytes);
    if (kind === 'frame-in') {
      this.framesIn += 1;
      this.bytesIn += bytes.length;
      source.lastFrameNs.set(source.venue?.channelOf(bytes, 0, bytes.length) ?? '', wallNs);
      if (
        (this.diskShedTier <= LEAST_TIER || journal.waitingBytes > this.#options.waitingBytesMax) &&
        this.#sheds(venue, connection, bytes, wallNs)
      )
        return wallNs;
    }
    const ranges = source.venue?.redact?.(bytes, kind) ?? NO_RANGES;
    const text =
      ranges.length === 0 ? (meta === undefined ? '' : canonicalJson(meta)) : canonicalJson({ ...meta, redacted: ranges.map(pair) });
    this.#append(wallNs, monotonicNs, venue, connection, kind, text, bytes);
    return wallNs;
  }

  /** A record of the session or of a connection's life. */
  event(kind: RecordKind, venue: string, connection: string, meta: RecordMeta | undefined): bigint {
    const { wallNs, monotonicNs } = this.stamp();
    this.#append(wallNs, monotonicNs, venue, connection, kind, meta === undefined ? '' : canonicalJson(meta), NO_BYTES);
    return wallNs;
  }

  /** The clock tick of each second; also the moment at which what was shed becomes a record. */
  tick(): void {
    this.tellShed();
    this.event('tick', '', '', undefined);
  }

  /** Writes a `gap` record for every channel that was shed since the last call. */
  tellShed(): void {
    for (const { venue, connection, channel, fromNs, toNs, frames, bytes } of this.#shed.values()) {
      this.event('gap', venue, connection, {
        reason: 'shed',
        channel,
        frames,
        bytes,
        fromNs: String(fromNs),
        toNs: String(toNs),
      });
    }
    this.#shed.clear();
  }

  // Whoever hands over a frame is a socket, a timer or a reply: an error thrown there would be nobody's.
  #append(wallNs: bigint, monotonicNs: bigint, venue: string, connection: string, kind: RecordKind, meta: string, bytes: Uint8Array): void {
    if (this.#hasFailed) return;
    try {
      this.#options.journal.append(wallNs, monotonicNs, venue, connection, kind, meta, bytes, 0, bytes.length);
    } catch (error) {
      this.#hasFailed = true;
      this.#options.onFailed(error);
    }
  }

  #findSource(id: string): Source {
    let source = this.#sources.get(id);
    if (source === undefined) {
      source = { id, venue: this.#options.venues.get(id), lastFrameNs: new Map() };
      this.#sources.set(id, source);
    }
    this.#source = source;
    return source;
  }

  #sheds(venue: string, connection: string, bytes: Uint8Array, wallNs: bigint): boolean {
    const { journal, waitingBytesMax, tierOf, venues } = this.#options;
    const channel = venues.get(venue)?.channelOf(bytes, 0, bytes.length) ?? '';
    const pressure = journal.waitingBytes / waitingBytesMax;
    const step = SHED_STEPS.findLast(({ times }) => pressure > times)?.tier ?? Number.POSITIVE_INFINITY;
    if (tierOf(venue, channel) < Math.min(step, this.diskShedTier)) return false;
    const key = `${venue}\u0000${connection}\u0000${channel}`;
    const known = this.#shed.get(key);
    if (known === undefined) {
      this.#shed.set(key, { venue, connection, channel, fromNs: wallNs, toNs: wallNs, frames: 1, bytes: bytes.length });
    } else {
      known.toNs = wallNs;
      known.frames += 1;
      known.bytes += bytes.length;
    }
    this.framesShed += 1;
    return true;
  }
}

function pair({ start, end }: SecretRange): JsonValue {
  return [start, end];
}
