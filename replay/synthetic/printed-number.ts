const PERCENT = 100;

/** The nearest number of so many decimals, as a venue prints it. */
export function rounded(value: number, decimals: number): number {
  const power = POWERS[decimals]!;
  return Math.round(value * power) / power;
}

/** The change from one price to another in percent, of two decimals. */
export function percentChange(from: number, to: number): number {
  return rounded(((to - from) / from) * PERCENT, 2);
}

const POWERS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
