import type { BinanceVenueId } from './decode.ts';

const DECODER = new TextDecoder();

/**
 * The `aggTrade` that the venue would have sent for the one trade whose object is `bytes[start, end)`; `undefined` for what is no market trade.
 * Its id is the trade's: they rise by one as the venue's do, but are not its numbers.
 */
export function aggregateOfTrade(venue: BinanceVenueId, bytes: Uint8Array, start: number, end: number): string | undefined {
  const trade = parseTrade(DECODER.decode(bytes.subarray(start, end)));
  if (trade === undefined || (trade.X !== undefined && trade.X !== 'MARKET')) return undefined;
  const { E, s, t, p, q, T, m } = trade;
  return venue === 'binance-spot'
    ? JSON.stringify({ e: 'aggTrade', E, s, a: t, p, q, f: t, l: t, T, m, M: true })
    : JSON.stringify({ e: 'aggTrade', E, a: t, s, p, q, f: t, l: t, T, m });
}

function parseTrade(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
