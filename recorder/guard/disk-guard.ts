import { type Clock, KST_OFFSET_US } from '#domain';
import { localText } from '../plan/schedule.ts';
import type { RecordMeta } from '../record/tape-recorder.ts';
import { DiskForecast } from './disk-forecast.ts';
import { LEAST_TIER } from './shed-tiers.ts';

export interface DiskGuardOptions {
  readonly clock: Clock;
  readonly dataDir: string;
  readonly session: string;
  /** Bytes free on the disk of the data folder. */
  readonly freeBytes: () => Promise<number>;
  /** The floor. */
  readonly freeBytesMin: number;
  /** Of the zone that times are told in, east of UTC; Korean time unless told. */
  readonly zoneOffsetUs?: number;
  /** A note on the tape. */
  readonly note: (event: string, meta: RecordMeta) => void;
  readonly tell: (message: string) => void;
  /** From now on frames of this tier and above are not kept; `Infinity`: all are. */
  readonly shed: (tier: number) => void;
  /** Asks for room (retention), at most once in `MAKE_ROOM_EVERY_MS`. */
  readonly makeRoom?: () => void;
}

/** What the guard knows of the disk; for `status`. */
export interface DiskStatus {
  /** `undefined` before the first look. */
  readonly freeBytes: number | undefined;
  readonly freeBytesMin: number;
  readonly bytesPerSecond: number;
  /** Wall time, nanoseconds since the epoch; absent where it is not in sight. */
  readonly fullAtNs?: bigint;
  /** Frames of this tier and above are not kept; `Infinity`: all are. */
  readonly shedTier: number;
}

/** A disk that will be full within this time is told. */
const HORIZON_MS = 12 * 3_600_000;
/** Told no more when it is this much further away: an estimate that wavers around the horizon is told once. */
const HORIZON_LEFT = 1.5;
const TOLD_AGAIN_MS = 3_600_000;
const MAKE_ROOM_EVERY_MS = 3_600_000;
/** Each step below the floor halves what is left and takes one more tier, the most important last: below an eighth only control frames are kept. */
const STEPS: readonly { readonly share: number; readonly tier: number }[] = [
  { share: 1 / 8, tier: 0 },
  { share: 1 / 4, tier: 1 },
  { share: 1 / 2, tier: 2 },
  { share: 1, tier: LEAST_TIER },
];
/** Room must be this much above a step before what the step took is kept again. */
const ROOM_BACK = 1.05;

/**
 * Watches the disk of a recording: says when it will be full, asks for room, and below the floor sheds channels, least important first, so that
 * the session itself never meets a full disk by its own growth.
 */
export class DiskGuard {
  readonly #options: DiskGuardOptions;
  readonly #forecast = new DiskForecast();
  #freeBytes: number | undefined;
  #shedTier = Number.POSITIVE_INFINITY;
  #toldAtMs: number | undefined;
  #roomAskedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: DiskGuardOptions) {
    this.#options = options;
  }

  /** True while it must look often: below the floor seconds count. */
  get isLow(): boolean {
    return this.#shedTier <= LEAST_TIER;
  }

  status(): DiskStatus {
    const fullInMs = this.#forecast.fullInMs();
    return {
      freeBytes: this.#freeBytes,
      freeBytesMin: this.#options.freeBytesMin,
      bytesPerSecond: this.#forecast.bytesPerSecond(),
      ...(fullInMs === undefined ? {} : { fullAtNs: this.#fullAtNs(fullInMs) }),
      shedTier: this.#shedTier,
    };
  }

  /** One look, every few seconds; a disk that does not answer counts as one with room. */
  async look(): Promise<void> {
    const freeBytes = await this.#options.freeBytes().catch(() => undefined);
    if (freeBytes === undefined) return;
    this.#freeBytes = freeBytes;
    this.#forecast.add(this.#nowMs(), freeBytes);
    this.#followFloor(freeBytes);
    this.#followForecast(freeBytes);
  }

  #followFloor(freeBytes: number): void {
    const { session, dataDir, freeBytesMin, note, tell, shed } = this.#options;
    const before = this.#shedTier;
    const tier = this.#tierOf(freeBytes);
    if (tier === before) return;
    this.#shedTier = tier;
    shed(tier);
    if (tier < before) {
      note('disk-low', { subject: session, freeBytes, floorBytes: freeBytesMin, shedTier: tier });
      tell(
        `the disk of ${dataDir} has ${freeBytes} bytes left, less than ${freeBytesMin}: ${SHED_WORDS[tier]} until there is room; free space, or see docs/keeping.md`,
      );
      this.#askForRoom();
    } else if (tier > LEAST_TIER) {
      note('disk-back', { subject: session, freeBytes, floorBytes: freeBytesMin });
      tell(`the disk of ${dataDir} has room again: ${freeBytes} bytes, all channels are kept`);
    }
  }

  #tierOf(freeBytes: number): number {
    const { freeBytesMin } = this.#options;
    const lowest = (needed: number) =>
      STEPS.find(({ share }) => freeBytes < share * freeBytesMin * needed)?.tier ?? Number.POSITIVE_INFINITY;
    const tier = lowest(1);
    return tier <= this.#shedTier ? tier : Math.min(tier, lowest(ROOM_BACK));
  }

  #followForecast(freeBytes: number): void {
    const { session, dataDir, note, tell, zoneOffsetUs = KST_OFFSET_US } = this.#options;
    const fullInMs = this.#forecast.fullInMs();
    const nowMs = this.#nowMs();
    if (fullInMs !== undefined && fullInMs <= HORIZON_MS) {
      this.#askForRoom();
      if (this.#toldAtMs !== undefined && nowMs - this.#toldAtMs < TOLD_AGAIN_MS) return;
      this.#toldAtMs = nowMs;
      const fullAtNs = this.#fullAtNs(fullInMs);
      const bytesPerSecond = Math.round(this.#forecast.bytesPerSecond());
      note('disk-forecast', { subject: session, freeBytes, bytesPerSecond, fullAtNs: String(fullAtNs) });
      const at = localText(Number(fullAtNs / 1_000n), zoneOffsetUs);
      tell(
        `the disk of ${dataDir} will be full at ${at.slice(11)} (${at}, in ${inWords(fullInMs)}): ${freeBytes} bytes left, ${bytesPerSecond} go every second`,
      );
    } else if (this.#toldAtMs !== undefined && (fullInMs === undefined || fullInMs > HORIZON_MS * HORIZON_LEFT)) {
      this.#toldAtMs = undefined;
      note('disk-forecast', { subject: session, freeBytes });
      tell(`the disk of ${dataDir} is not filling up any more: ${freeBytes} bytes left`);
    }
  }

  #askForRoom(): void {
    const { makeRoom } = this.#options;
    const nowMs = this.#nowMs();
    if (makeRoom === undefined || nowMs - this.#roomAskedAtMs < MAKE_ROOM_EVERY_MS) return;
    this.#roomAskedAtMs = nowMs;
    makeRoom();
  }

  #fullAtNs(fullInMs: number): bigint {
    return this.#options.clock.wallNs() + BigInt(Math.round(fullInMs * 1e6));
  }

  #nowMs(): number {
    return Number(this.#options.clock.monotonicNs() / 1_000_000n);
  }
}

const SHED_WORDS: Readonly<Record<number, string>> = {
  3: 'channels of the lowest priority are not kept',
  2: 'the less important half of the channels is not kept',
  1: 'only the most important channels are kept',
  0: 'no channel is kept, only the life of the connections',
};

/** `5h 20m`; whole minutes. */
function inWords(durationMs: number): string {
  const minutes = Math.max(1, Math.round(durationMs / 60_000));
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
