import { type Clock, DAY_US } from '#domain';
import { spanText } from './alert-words.ts';

/**
 * A report that takes longer than this is given up, and told. Every byte of a night is read twice for it, counted and verified, by a process that leaves the
 * processor to everybody else: a big night of 100 GB on a slow disk takes some minutes.
 */
const REPORT_TIMEOUT_MS = 15 * 60_000;

/** What became of a report: its text, or why there is none. */
export type MadeReport = { readonly kind: 'made'; readonly text: string } | { readonly kind: 'missing'; readonly reason: string };

/** Asks for a report and waits a while for it; the signal tells whoever makes it that nobody waits any more. Never rejects. */
export async function makeInTime(make: (signal: AbortSignal) => Promise<string>, clock: Clock): Promise<MadeReport> {
  const made = new AbortController();
  try {
    const late = clock.sleep(REPORT_TIMEOUT_MS, made.signal).then(() => undefined);
    const text = await Promise.race([make(made.signal), late]);
    return text === undefined ? { kind: 'missing', reason: `it was not made in ${spanText(REPORT_TIMEOUT_MS)}` } : { kind: 'made', text };
  } catch (error) {
    return { kind: 'missing', reason: error instanceof Error ? error.message : String(error) };
  } finally {
    made.abort();
  }
}

/** The next time after now that the local clock shows this time of day; never where none is wanted. Microseconds. */
export function nextTimeOfDayUs(ofDayUs: number | undefined, nowUs: number, zoneOffsetUs: number): number {
  if (ofDayUs === undefined) return Number.POSITIVE_INFINITY;
  const todayUs = Math.floor((nowUs + zoneOffsetUs) / DAY_US) * DAY_US - zoneOffsetUs + ofDayUs;
  return todayUs > nowUs ? todayUs : todayUs + DAY_US;
}
