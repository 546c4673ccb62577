import { sfc32 } from '../venues/synthetic/random.ts';

/**
 * Randomness for tests that a seed brings back: the same seed gives the same values on every machine.
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, small and fast, no cryptography.
 */
export interface Random {
  readonly seed: number;
  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number;
  /** A double from 0 (inclusive) to 1 (exclusive) with 53 random bits. */
  fraction(): number;
  /** A whole number from `min` to `max`, both included; both safe integers less than 2^53 apart. */
  integer(min: number, max: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** One of the items; the list must not be empty. */
  pick<T>(items: readonly T[]): T;
  bytes(length: number): Uint8Array;
  /** 64 random bits as an unsigned integer. */
  uint64(): bigint;
}

/** The generator of one seed. */
export function randomOf(seed: number): Random {
  const uint32 = sfc32(seed);
  const fraction = () => ((uint32() >>> 5) * 67_108_864 + (uint32() >>> 6)) / 9_007_199_254_740_992;
  const integer = (min: number, max: number) => min + Math.floor(fraction() * (max - min + 1));
  return {
    seed,
    uint32,
    fraction,
    integer,
    chance: (probability) => fraction() < probability,
    pick: (items) => {
      if (items.length === 0) throw new Error('bug: pick needs at least one item');
      return items[integer(0, items.length - 1)]!;
    },
    bytes: (length) => Uint8Array.from({ length }, () => uint32() & 0xff),
    uint64: () => (BigInt(uint32()) << 32n) | BigInt(uint32()),
  };
}

/** Seeds 1 to `count`, or only the one in the environment variable `TAPEDECK_SEED`, to look at one failure again. */
export function seeds(count: number): readonly number[] {
  const only = process.env.TAPEDECK_SEED;
  if (only === undefined || only === '') return Array.from({ length: count }, (_, index) => index + 1);
  const seed = Number(only);
  if (!Number.isSafeInteger(seed)) throw new Error(`TAPEDECK_SEED must be a whole number, not "${only}"`);
  return [seed];
}

/** Runs the check once for each seed; a failure says which seed it was and how to run that one alone. */
export function checkSeeds(count: number, check: (random: Random) => void): void {
  for (const seed of seeds(count)) {
    try {
      check(randomOf(seed));
    } catch (cause) {
      throw new Error(failureText(seed, cause), { cause });
    }
  }
}

/** `checkSeeds` for checks that wait for something. Seeds run one after the other. */
export async function checkSeedsAsync(count: number, check: (random: Random) => Promise<void>): Promise<void> {
  for (const seed of seeds(count)) {
    try {
      await check(randomOf(seed));
    } catch (cause) {
      throw new Error(failureText(seed, cause), { cause });
    }
  }
}

function failureText(seed: number, cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return `seed ${seed} (run it alone with TAPEDECK_SEED=${seed}): ${message}`;
}
