import type { Clock } from '#domain';
import type { CallHttp } from '../net/http.ts';
import type { VenuePlan } from '../plan/recording-plan.ts';
import { type DoctorCheck, failed, ok, warning, wordsOf } from './doctor-check.ts';

/** Where a venue says its time in milliseconds; of the others the `Date` header counts, which has whole seconds. */
const TIME_PATHS: Readonly<Record<string, string>> = {
  'binance-spot': '/api/v3/time',
  'binance-usdm': '/fapi/v1/time',
  'coincall-options': '/time',
  'coincall-futures': '/time',
};
/** Further off than this, signed requests fail and venue times cannot be compared (`recorder/record/rehearsal.ts` has the same). */
const OFFSET_MAX_MS = 2_000;
const OFFSET_COMFORTABLE_MS = 500;
const TIMEOUT_MS = 5_000;
const ASKED_TIMES = 3;
const NS_PER_MS = 1_000_000n;

/** Our clock less theirs is at least and at most this, milliseconds. */
export interface OffsetRange {
  readonly minMs: number;
  readonly maxMs: number;
}

export interface ClockCheckOptions {
  readonly clock: Clock;
  readonly callHttp: CallHttp;
}

/** Asks each REST host of a plan for its time; a host of two venues once. */
export async function checkClocks(venues: readonly VenuePlan[], options: ClockCheckOptions): Promise<readonly DoctorCheck[]> {
  const byHost = new Map(venues.map((venue) => [new URL(venue.hosts.rest).host, venue]));
  return Promise.all([...byHost].map(([host, venue]) => checkClock(host, venue, options)));
}

async function checkClock(host: string, { venue, hosts }: VenuePlan, options: ClockCheckOptions): Promise<DoctorCheck> {
  const name = `clock against ${host}`;
  const path = TIME_PATHS[venue];
  try {
    const ranges: OffsetRange[] = [];
    for (let i = 0; i < ASKED_TIMES; i++) ranges.push(await askOnce(`${hosts.rest}${path ?? '/'}`, options));
    return judgeOffset(name, intersect(ranges));
  } catch (error) {
    const advice = 'check the network, a firewall or proxy, and the address under endpoints; the recorder could not connect either';
    return failed(name, `${venue} cannot be reached: ${wordsOf(error)}`, advice);
  }
}

async function askOnce(url: string, { clock, callHttp }: ClockCheckOptions): Promise<OffsetRange> {
  const ended = new AbortController();
  const cancel = clock.after(TIMEOUT_MS, () => ended.abort(new Error(`no answer within ${TIMEOUT_MS} ms`)));
  try {
    const beforeMs = nowMs(clock);
    const { headers, body } = await callHttp({ method: 'GET', url, headers: {}, signal: ended.signal });
    return offsetRange(beforeMs, nowMs(clock), headers, body);
  } finally {
    cancel();
  }
}

/** The server read its clock between our two readings; its answer is exact to its own grain. */
export function offsetRange(beforeMs: number, afterMs: number, headers: Readonly<Record<string, string>>, body: Uint8Array): OffsetRange {
  const exactMs = serverTimeOf(body);
  const theirMs = exactMs ?? Date.parse(headers.date ?? '');
  if (Number.isNaN(theirMs)) throw new Error('the answer says no time');
  const grainMs = exactMs === undefined ? 1_000 : 1;
  return { minMs: beforeMs - (theirMs + grainMs), maxMs: afterMs - theirMs };
}

function serverTimeOf(body: Uint8Array): number | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(body)) as { serverTime?: unknown; data?: { serverTime?: unknown } };
    const time = value.serverTime ?? value.data?.serverTime;
    return typeof time === 'number' ? time : undefined;
  } catch {
    return undefined;
  }
}

/** What all answers allow; where they contradict each other (a clock that was set meanwhile) the last one. */
function intersect(ranges: readonly OffsetRange[]): OffsetRange {
  const minMs = Math.max(...ranges.map((range) => range.minMs));
  const maxMs = Math.min(...ranges.map((range) => range.maxMs));
  return minMs <= maxMs ? { minMs, maxMs } : ranges.at(-1)!;
}

/** Judged by what is certain: an offset counts as large only when even the smallest that is possible is. */
export function judgeOffset(name: string, { minMs, maxMs }: OffsetRange): DoctorCheck {
  const leastMs = minMs > 0 ? minMs : maxMs < 0 ? -maxMs : 0;
  const middleMs = (minMs + maxMs) / 2;
  const detail = `${middleMs > 0 ? '+' : ''}${Math.round(middleMs)} ms, give or take ${Math.round((maxMs - minMs) / 2)} ms`;
  const advice = 'set the clock of this machine by NTP (timedatectl set-ntp true, or chrony)';
  if (leastMs > OFFSET_MAX_MS) return failed(name, detail, advice);
  return leastMs > OFFSET_COMFORTABLE_MS ? warning(name, detail, advice) : ok(name, detail);
}

function nowMs(clock: Clock): number {
  return Number(clock.wallNs() / NS_PER_MS);
}
