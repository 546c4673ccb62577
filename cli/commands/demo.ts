import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { HOUR_US, microsecondsFromCivil, usageError } from '#domain';
import { recordSyntheticSession } from '#replay';
import { runText } from '#report';
import { JournalWriter, verifySession } from '#storage';
import type { CommonOptions } from '../options.ts';
import { formatBytes, formatCount, standardOutput, warn } from '../output.ts';
import { Progress } from '../progress.ts';
import { replaySessions } from './replay.ts';
import { sealSession } from './seal.ts';

interface DemoOptions extends CommonOptions {
  readonly seed: string;
  readonly keep?: string;
}

const SESSION = 'demo';
/** A Thursday morning in Seoul. */
const START_US = microsecondsFromCivil({ year: 2026, month: 9, day: 10, hour: 0, minute: 0, second: 0, microsecond: 0 });
const DURATION_US = 2 * HOUR_US;

export function demoCommand(verb: Command): Command {
  return verb
    .option('--seed <number>', 'another seed is another market', '7')
    .option('--keep <dir>', 'keep the session and the run in this folder instead of throwing them away')
    .action(async (options: DemoOptions) => {
      const seed = Number(options.seed);
      if (!Number.isSafeInteger(seed)) throw usageError('SEED_INVALID', `--seed ${options.seed}: must be a whole number`);
      const folder = options.keep ?? (await mkdtemp(join(tmpdir(), 'tapedeck-demo-')));
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
  const progress = new Progress('demo');
  const writer = await JournalWriter.create(folder, SESSION);
  const frames = await recordSyntheticSession(
    {
      seed,
      pairs: [
        { symbol: 'BTCUSDT', startPrice: 61_800 },
        { symbol: 'ETHUSDT', startPrice: 2_650 },
      ],
      startUs: START_US,
      durationUs: DURATION_US,
      onProgress: (done) => progress.report(done, 'frames'),
    },
    writer,
  );
  const closed = await writer.close();
  progress.done();
  say(`1  recorded  a synthetic market (seed ${seed}): ${formatCount(frames)} wire frames, tape digest ${closed.tapeDigest.slice(0, 16)}…`);
  const sealed = await sealSession(folder, SESSION, () => undefined);
  say(`2  sealed    ${formatCount(sealed.rows)} rows into Parquet, ${formatBytes(sealed.bytes)}, read back and compared`);
  const verified = await verifySession(folder, SESSION);
  say(`3  verified  ${verified.ok ? 'every byte of journal and Parquet' : `${verified.problems.length} problems`}`);
  const replay = {
    data: folder,
    set: ['interval=1m', 'fast=3', 'slow=12', 'size=0.05'],
    risk: ['stopLoss.percent=0.4', 'takeProfit.percent=0.8'],
    model: [],
    cash: ['USDT=10000'],
    interval: [],
  };
  const fromJournal = await replaySessions([SESSION], { ...replay, strategy: 'sma-cross', from: 'journal', json: true });
  const fromParquet = await replaySessions([SESSION], { ...replay, strategy: 'sma-cross', from: 'parquet', json: true });
  const isSame = fromJournal.runHash === fromParquet.runHash;
  say(
    `4  replayed  from the journal and from Parquet: ${isSame ? 'the same' : 'DIFFERENT'} ${formatCount(fromJournal.counts.intents)} decisions\n`,
  );
  if (!verified.ok || !isSame) process.exitCode = 3;
  if (options.json) {
    standardOutput.json({
      seed,
      frames,
      tapeDigest: closed.tapeDigest,
      sealed: { ...sealed },
      verified: verified.ok,
      runHash: fromJournal.runHash,
      isSame,
    });
    return;
  }
  standardOutput.text(runText(fromJournal));
  if (options.keep === undefined) say('nothing was kept; tapedeck demo --keep DIR keeps the session, its Parquet and the report page');
  else say(`kept in ${folder}: open runs/${fromJournal.run}/report.html, or try: tapedeck inspect ${SESSION} --data ${folder}`);
}
