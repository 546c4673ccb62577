/** Numbers that only a seed decides. Whole numbers and exact divisions: the same on every machine and Node version. */
export interface SeededRandom {
  /** A double from 0 (inclusive) to 1 (exclusive) with 32 random bits. */
  fraction(): number;
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** Mean 0, variance 1, within ±3.5: the sum of four uniform numbers, because `Math.log` and `Math.cos` may differ between builds. */
  bell(): number;
}

const SQRT_3 = 1.7320508075688772;

/** The generator sfc32 (Chris Doty-Humphrey, PractRand) of one seed, any safe integer. */
export function createRandom(seed: number): SeededRandom {
  const uint32 = sfc32(seed);
  const fraction = () => uint32() / 4_294_967_296;
  return {
    fraction,
    integer: (min, max) => min + Math.floor(fraction() * (max - min + 1)),
    chance: (probability) => fraction() < probability,
    bell: () => (fraction() + fraction() + fraction() + fraction() - 2) * SQRT_3,
  };
}

/** Whole numbers of 32 random bits. */
export function sfc32(seed: number): () => number {
  let a = seed | 0;
  // Seeds above 32 bits are told apart too; the constants only keep the state from starting at zero.
  let b = Math.floor(seed / 4_294_967_296) | 0;
  let c = 0x9e37_79b9 | 0;
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  // The first values of neighbouring seeds resemble each other; the author's own seeding drops them too.
  for (let i = 0; i < 15; i++) next();
  return next;
}
