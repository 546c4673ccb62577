import { parentPort, workerData } from 'node:worker_threads';
import { TapedeckError } from '#domain';
import { systemClock } from '#recorder';
import { checkpointOf, type LiveOptions, live, Play, type PlaySettings } from '#replay';
import { createRun, resumeRun } from '#storage';
import { readStrategyOptions } from '../backtest-options.ts';
import { beginRun, keepRun, runEnvironment } from '../run-files.ts';
import { LiveAudits } from './live-audits.ts';
import { type LiveNews, type LiveOrder, STOP_ENGINE } from './live-order.ts';
import { unfinishedRun } from './live-run.ts';

// The engine's thread of `tapedeck live`: follows the journal that the recorder's thread writes, and writes the run.

const order = workerData as LiveOrder;

function post(news: LiveNews): void {
  parentPort?.postMessage(news);
}

type Opened = Pick<LiveOptions, 'run' | 'resumed'>;

/** A new run, or the one of before the restart, cut back to its tape. */
async function openRun({ dataDir, session, run, pastRecords }: LiveOrder, settings: PlaySettings, strategyFrom: string): Promise<Opened> {
  const stored = await unfinishedRun(dataDir, session, run, settings);
  if (stored === undefined) {
    // Who records the session has its lock.
    const writer = await createRun(dataDir, run, { isOnlyOne: true });
    const identity = new Play(settings, () => undefined).identity([]);
    await beginRun(writer, { sessions: [session], identity, strategyFrom, settings });
    return { run: writer };
  }
  const { writer, kept, keptAudits, cutAudits } = await resumeRun(stored.paths, pastRecords);
  post({ kind: 'resumed', keptAudits, cutAudits });
  const checkpoint = checkpointOf(stored.checkpoint);
  // One that its tape does not reach was not made by this tape.
  const isReached = checkpoint !== undefined && checkpoint.records <= pastRecords;
  return { run: writer, resumed: { kept, ...(isReached ? { checkpoint } : {}) } };
}

async function work(): Promise<void> {
  const startedAtMs = performance.now();
  const { dataDir, session, pastRecords, clock, durable, follow } = order;
  const { strategyFrom, ...settings } = await readStrategyOptions('live', order.strategy);
  const opened = await openRun(order, settings, strategyFrom);
  const stop = new AbortController();
  parentPort?.on('message', (message) => {
    if (message === STOP_ENGINE) stop.abort();
  });
  const audits = new LiveAudits(follow, post);
  const durableRecords = new BigInt64Array(durable);
  const {
    isFinished,
    records,
    audits: written,
    lag,
    result,
  } = await live({
    ...settings,
    ...opened,
    dataDir,
    session,
    pastRecords,
    clock: systemClock(clock),
    signal: stop.signal,
    durableRecords: () => Number(Atomics.load(durableRecords, 0)),
    onAudit: (line, audit, _symbols, isPast) => audits.add(line, audit, isPast),
    onLag: (report) => post({ kind: 'lag', lag: report }),
    onCaughtUp: () => {
      audits.caughtUp();
      post({ kind: 'caught-up', records: pastRecords });
    },
  });
  if (result !== undefined) {
    const summary = { ...result, run: order.run, environment: runEnvironment(startedAtMs) };
    await keepRun(opened.run, summary, { strategyFrom, settings, mode: 'live' });
  }
  const end = { run: order.run, isFinished, records, audits: written, lag, ...(result === undefined ? {} : { runHash: result.runHash }) };
  post({ kind: 'ended', end });
}

void work()
  .catch((error: unknown) => {
    const code = error instanceof TapedeckError ? error.code : 'STRATEGY_FAILED';
    const exitCode = error instanceof TapedeckError ? error.exitCode : 1;
    post({ kind: 'failed', code, message: error instanceof Error ? error.message : String(error), exitCode });
  })
  .finally(() => parentPort?.close());
