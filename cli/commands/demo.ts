import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type InspectReport, KST_OFFSET_US, MINUTE_US, microsecondsFromCivil, type RunSummary, TapedeckError, usageError } from '#domain';
import { inspectTape, openTape, recordSyntheticSession } from '#replay';
import { runText } from '#report';
import { JournalWriter, sessionPaths, verifySession } from '#storage';
import { VENUES } from '#venues';
import { DEMO_SPEED, DEMO_SPEED_WHEN_BUSY, type DemoMarket, type DemoRecording, recordDemo } from '../demo-recording.ts';
import { endOnInterrupt } from '../interrupt.ts';
import type { CommonOptions } from '../options.ts';
import { formatBytes, formatCount, standardOutput, warn } from '../output.ts';
import { Progress } from '../progress.ts';
import { replaySessions } from './replay.ts';
import { sealSession } from './seal.ts';

interface DemoOptions extends CommonOptions {
  readonly seed: string;
  readonly keep?: string;
}

const SOURCE = 'market';
const SESSION = 'demo';
const VENUES_SERVED = ['kis', 'kiwoom', 'coincall-options', 'coincall-futures'];
/** A Thursday in Seoul, one minute before stocks open. */
const START_US = microsecondsFromCivil({ year: 2026, month: 10, day: 15, hour: 8, minute: 59, second: 0, microsecond: 0 }) - KST_OFFSET_US;
const DURATION_US = 6 * MINUTE_US;
const STRATEGY = 'sma-cross';
const SET = ['interval=10s', 'fast=3', 'slow=9', 'size=1'];
const RISK = ['stopLoss.percent=0.6', 'takeProfit.percent=1.2', 'maximumPositions=20', 'viHalt.coolDown=30s'];
const CASH = ['KRW=100000000', 'USD=250000'];

export function demoCommand(verb: Command): Command {
  return verb
    .option('--seed <number>', 'another seed is another market', '7')
    .option('--keep <dir>', 'keep the sessions and the run in this folder instead of throwing them away')
    .action(async (options: DemoOptions) => {
      const seed = Number(options.seed);
      if (!Number.isSafeInteger(seed)) throw usageError('SEED_INVALID', `--seed ${options.seed}: must be a whole number`);
      const folder = options.keep ?? (await mkdtemp(join(tmpdir(), 'tapedeck-demo-')));
      // What writes there at this moment may put one more file into a folder that was just emptied.
      if (options.keep === undefined) endOnInterrupt(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
      try {
        await runDemo(folder, seed, options);
      } finally {
        if (options.keep === undefined) await rm(folder, { recursive: true, force: true });
      }
    });
}

async function runDemo(folder: string, seed: number, options: DemoOptions): Promise<void> {
  const say = (text: string): void => {
    if (!options.json) warn(text);
  };
  const frames = await makeMarket(folder, seed);
  say(`1  made      the opening of a market (seed ${seed}): ${formatCount(frames)} frames as KIS, Kiwoom and Coincall would send them`);
  say(`             now it is served on this machine and recorded over real sockets, ${DEMO_SPEED} times as fast …`);
  const market: DemoMarket = {
    ...{ seed, folder, source: SOURCE, target: SESSION, venues: VENUES_SERVED },
    ...{ startUs: START_US, durationUs: DURATION_US },
  };
  const recorded = await recordMarket(market, say);
  const sealed = await sealSession(folder, SESSION, () => undefined);
  say(`3  sealed    ${formatCount(sealed.rows)} rows into Parquet, ${formatBytes(sealed.bytes)}, read back and compared`);
  const verified = await verifySession(folder, SESSION);
  say(`4  verified  ${verified.ok ? 'every byte of journal and Parquet' : `${verified.problems.length} problems`}`);
  const inspected = await inspectTape(await openTape(folder, SESSION, 'journal'), { venues: VENUES, interval: '10s' });
  sayInspected(inspected, say);
  const { summary, isSame } = await replayTwice(folder);
  say(
    `6  replayed  from the journal and from Parquet: ${isSame ? 'the same' : 'DIFFERENT'} ${formatCount(summary.counts.intents)} decisions\n`,
  );
  if (!verified.ok || !isSame || !isWhole(recorded) || inspected.decodeFailures > 0) process.exitCode = 3;
  if (options.json) {
    standardOutput.json({
      seed,
      frames: recorded.result.frames,
      tapeDigest: recorded.result.tapeDigest,
      venues: recorded.venues,
      sealed: { ...sealed },
      verified: verified.ok,
      decodeFailures: inspected.decodeFailures,
      runHash: summary.runHash,
      isSame,
    });
    return;
  }
  standardOutput.text(runText(summary));
  if (options.keep === undefined) say('nothing was kept; tapedeck demo --keep DIR keeps the sessions, the Parquet and the report page');
  else say(`kept in ${folder}: open runs/${summary.run}/report.html, or try: tapedeck inspect ${SESSION} --data ${folder}`);
}

/** Records it; once more and slower where connections were lost, because the machine was too busy to be asked for a quarter of an hour in half a minute. */
async function recordMarket(market: DemoMarket, say: (text: string) => void): Promise<DemoRecording> {
  const recorded = await recordDemo(market, DEMO_SPEED).catch((error: unknown) => {
    if (error instanceof TapedeckError && error.code === 'DEMO_NOT_READY') return undefined;
    throw error;
  });
  if (recorded !== undefined) sayRecorded(recorded, say);
  if (recorded !== undefined && isWhole(recorded)) return recorded;
  say(`             this machine was too busy for ${DEMO_SPEED} times as fast: once more, ${DEMO_SPEED_WHEN_BUSY} times as fast …`);
  await rm(sessionPaths(market.folder, market.target).sessionDir, { recursive: true, force: true });
  const again = await recordDemo(market, DEMO_SPEED_WHEN_BUSY);
  sayRecorded(again, say);
  return again;
}

/** Writes the market into a session of its own, so that serving it costs the recorder nothing. */
async function makeMarket(folder: string, seed: number): Promise<number> {
  const progress = new Progress('demo');
  const writer = await JournalWriter.create(folder, SOURCE);
  const frames = await recordSyntheticSession(
    {
      seed,
      venues: VENUES_SERVED,
      startUs: START_US,
      durationUs: DURATION_US,
      onProgress: (done) => progress.report(done, 'frames'),
    },
    writer,
  );
  await writer.close();
  progress.done();
  return frames;
}

async function replayTwice(folder: string): Promise<{ readonly summary: RunSummary; readonly isSame: boolean }> {
  const settings = { data: folder, strategy: STRATEGY, set: SET, risk: RISK, model: [], cash: CASH, interval: [], json: true };
  const summary = await replaySessions([SESSION], { ...settings, from: 'journal' });
  const fromParquet = await replaySessions([SESSION], { ...settings, from: 'parquet' });
  return { summary, isSame: summary.runHash === fromParquet.runHash };
}

function isWhole({ venues }: DemoRecording): boolean {
  return venues.every(({ isSame }) => isSame);
}

function sayRecorded(recorded: DemoRecording, say: (text: string) => void): void {
  const { frames, records, reconnects, tapeDigest } = recorded.result;
  say(`2  recorded  ${formatCount(frames)} frames, ${formatCount(records)} records, tape digest ${tapeDigest.slice(0, 16)}…`);
  for (const { venue, served, recorded: kept, isSame } of recorded.venues) {
    const verdict = isSame ? 'every byte as it was sent' : `DIFFERENT, ${formatCount(served)} were sent`;
    say(`             ${venue.padEnd(16)} ${formatCount(kept).padStart(7)} frames, ${verdict}`);
  }
  if (reconnects > 0) say(`             ${reconnects} connections were lost and made again`);
}

function sayInspected(report: InspectReport, say: (text: string) => void): void {
  const { events, decodeFailures, lateTrades, volumeAudit } = report;
  const missing = volumeAudit.reduce((sum, row) => sum + row.missing, 0);
  const audit = missing === 0 ? 'no share or contract is missing' : `${formatCount(missing)} shares or contracts are MISSING`;
  say(
    `5  decoded   ${formatCount(events.trade)} trades, ${formatCount(events.book)} books, ${formatCount(events['option-quote'])} option quotes, ` +
      `${formatCount(events.auction)} expected prices, ${formatCount(events.status)} phases and interruptions`,
  );
  say(`             ${formatCount(decodeFailures)} failures, ${formatCount(lateTrades)} late trades; by the venues' own volumes ${audit}`);
}
