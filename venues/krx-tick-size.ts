/** Tick sizes of stocks on KRX since 2023-01-25, in won: from this price on, this step. */
export const KRX_TICK_SIZES: readonly { readonly fromPrice: number; readonly tickSize: number }[] = [
  { fromPrice: 0, tickSize: 1 },
  { fromPrice: 2_000, tickSize: 5 },
  { fromPrice: 5_000, tickSize: 10 },
  { fromPrice: 20_000, tickSize: 50 },
  { fromPrice: 50_000, tickSize: 100 },
  { fromPrice: 200_000, tickSize: 500 },
  { fromPrice: 500_000, tickSize: 1_000 },
];

/** The price step of a stock at this price, in won. */
export function krxTickSize(price: number): number {
  return KRX_TICK_SIZES.findLast(({ fromPrice }) => price >= fromPrice)?.tickSize ?? 1;
}
