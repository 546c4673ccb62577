import type { ClosedJournal } from '#storage';
import { Recording, type RecordingOptions, type SessionJournal } from './recorder.ts';

/** One line of a rehearsal. */
export interface RehearsalCheck {
  readonly name: string;
  readonly isOk: boolean;
  readonly detail: string;
}

export interface Rehearsal {
  readonly isOk: boolean;
  readonly checks: readonly RehearsalCheck[];
}

/** A clock further off than this makes venue times and ours hard to compare, and signed requests fail. */
const CLOCK_OFFSET_MAX_MS = 2_000;
const LOOK_MS = 250;

/**
 * Does everything a recording does at its start, with nothing written: grants, connections, logins, first acknowledgements, disk, clock. It ends as soon as
 * every connection is live, or after the plan's `startupTimeoutMs`.
 */
export async function rehearse(options: Omit<RecordingOptions, 'journal'>): Promise<Rehearsal> {
  const { plan, clock, callHttp } = options;
  const offsets = new Map<string, number>();
  const recording = Recording.start({
    ...options,
    // The rehearsal looks itself, and longer than a recording would wait.
    plan: { ...plan, limits: { ...plan.limits, startupTimeoutMs: Number.POSITIVE_INFINITY } },
    journal: new ForgetfulJournal(),
    callHttp: async (request) => {
      const response = await callHttp(request);
      const date = Date.parse(response.headers.date ?? '');
      // The header has whole seconds: half of one is the best guess of its fraction.
      if (!Number.isNaN(date)) offsets.set(new URL(request.url).host, Number(clock.wallNs() / 1_000_000n) - (date + 500));
      return response;
    },
  });
  const failure = recording.finished.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const checks: RehearsalCheck[] = [];
  let failed: string | undefined;
  void failure.then((message) => {
    failed = message;
  });
  const untilNs = clock.monotonicNs() + BigInt(Math.round(plan.limits.startupTimeoutMs * 1e6));
  while (failed === undefined && clock.monotonicNs() < untilNs && !recording.isReady()) await clock.sleep(LOOK_MS);
  const problems = recording.problems({ withData: false });
  for (const { venue, connections } of recording.status().venues) {
    for (const { connection, state, subscriptions } of connections) {
      const own = problems.filter((problem) => problem.startsWith(`${venue} ${connection}`));
      const { acknowledged, wanted } = subscriptions;
      checks.push({
        name: `${venue} ${connection}`,
        isOk: own.length === 0,
        detail: own.length === 0 ? `${state}, ${acknowledged} of ${wanted} subscriptions acknowledged` : own.join('; '),
      });
    }
  }
  if (failed !== undefined) checks.push({ name: 'start', isOk: false, detail: failed });
  else await recording.stop();
  for (const [host, offsetMs] of offsets) {
    const isOk = Math.abs(offsetMs) <= CLOCK_OFFSET_MAX_MS;
    checks.push({
      name: `clock against ${host}`,
      isOk,
      detail: `${offsetMs > 0 ? '+' : ''}${Math.round(offsetMs)} ms${isOk ? '' : ': set the clock of this machine by NTP'}`,
    });
  }
  const free = await options.freeBytes();
  checks.push({
    name: `disk of ${plan.dataDir}`,
    isOk: free >= plan.limits.diskFreeMinBytes,
    detail: `${free} bytes free, ${plan.limits.diskFreeMinBytes} wanted`,
  });
  return { isOk: checks.every(({ isOk }) => isOk), checks };
}

/** A journal that keeps nothing: a rehearsal leaves no trace. */
class ForgetfulJournal implements SessionJournal {
  readonly waitingBytes = 0;
  readonly reopenedAfterNs = 0n;
  records = 0;

  append(): number {
    return this.records++;
  }

  drain(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<ClosedJournal> {
    return Promise.resolve({ records: this.records, tapeDigest: '', firstReceivedAtNs: 0n, lastReceivedAtNs: 0n });
  }

  abandon(): Promise<void> {
    return Promise.resolve();
  }
}
