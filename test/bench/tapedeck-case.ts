import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EventListener,
  EventRegister,
  type MarketEvent,
  type Parameters,
  type StrategyDefinition,
  SymbolTable,
  type Tape,
} from '#domain';
import type { RiskSettings } from '#engine';
import { importCapture } from '#recorder';
import { type BacktestOptions, type BacktestResult, backtest, drive, openTape } from '#replay';
import { JournalTape, JournalWriter } from '#storage';
import { BOOK_IMBALANCE } from '#strategies';
import { channelLabel, createTapeDecoder, VENUES } from '#venues';
import { type Market, presentCapture, readFrames } from './captures.ts';
import { FrameTape } from './frame-tape.ts';
import { FULL_CANDLES, FULL_RISK } from './full-path.ts';
import { type Check, type Measurement, measure, type Work } from './measure.ts';

// One process of ours: scan, decode, full or import. Prints one `Measurement`.

const [, , kind, market, dataDir = ''] = process.argv as [string, string, string, Market, string?];
const source = presentCapture(market);

/** Records of the journal on disk, verified as it is read: sequence, time and channel of each, nothing decoded. */
const scan: Work = async () => {
  const tape = await JournalTape.open(dataDir, market);
  let frames = 0;
  let bytes = 0;
  let channels = 0;
  let lastSequence = -1;
  let lastUs = 0;
  await drive([tape], (record) => {
    if (record.sequence !== lastSequence + 1) throw new Error(`record ${record.sequence} follows ${lastSequence}`);
    lastSequence = record.sequence;
    if (record.receivedAtUs > lastUs) lastUs = record.receivedAtUs;
    if (record.kind !== 'frame-in') return;
    frames += 1;
    bytes += record.end - record.start;
    if (channelLabel(record) !== '') channels += 1;
  });
  return { frames, check: { frames, bytes, channels, lastUs } };
};

/** Counts what was decoded, as an export or a cache would take it. */
class EventCounter implements EventListener {
  trades = 0;
  quotes = 0;
  books = 0;
  levels = 0;
  failures = 0;

  onEvent(event: MarketEvent): void {
    if (event.kind === 'quote') this.quotes += 1;
    else if (event.kind === 'trade') this.trades += event.condition === 'off-book' ? 0 : 1;
    else if (event.kind === 'book') {
      this.books += 1;
      this.levels += event.levels.count;
    }
  }

  onDecodeFailure(): void {
    this.failures += 1;
  }

  onUndecoded(): void {
    this.failures += 1;
  }

  onDrift(): void {}
}

function decodeWork(tape: Tape): Work {
  return async () => {
    const counter = new EventCounter();
    const decoder = createTapeDecoder(VENUES, new EventRegister(counter), new SymbolTable());
    const frames = await drive([tape], (record) => decoder.decode(record));
    if (counter.failures > 0) throw new Error(`${counter.failures} frames could not be decoded`);
    const { trades, quotes, books, levels } = counter;
    return { frames, check: { trades, quotes, books, levels } };
  };
}

function play(
  tape: Tape,
  strategy: StrategyDefinition,
  risk: RiskSettings,
  look: Pick<BacktestOptions, 'onAuditLine'> = {},
): Promise<BacktestResult> {
  const parameters: Parameters = Object.fromEntries(Object.entries(strategy.parameters).map(([name, spec]) => [name, spec.default]));
  return backtest({ ...look, tapes: [tape], venues: VENUES, strategy, sourceHash: 'bench', parameters, candles: FULL_CANDLES, risk });
}

/** What must not be lost and not differ. */
function resultCheck({ counts, lost, runHash }: BacktestResult): Check {
  const { decodeFailures, undecodedFrames, bookGaps } = lost;
  if (decodeFailures + undecodedFrames + bookGaps > 0) throw new Error(`the replay lost data: ${JSON.stringify(lost)}`);
  const { events, candles, orders, fills, refused } = counts;
  return { events, candles, orders, fills, refused, runHash };
}

function fullWork(tape: Tape): Work {
  return async () => {
    const result = await play(tape, BOOK_IMBALANCE, FULL_RISK);
    return { frames: result.counts.frames, check: resultCheck(result) };
  };
}

/** The same tape through a strategy that only looks, and counts what the peer counts too. */
async function look(tape: Tape): Promise<Check> {
  let trades = 0;
  let quotes = 0;
  let bars = 0;
  let top = '';
  const onlooker: StrategyDefinition = {
    name: 'onlooker',
    description: 'Counts.',
    parameters: {},
    create: () => ({
      onTrade: (trade) => {
        if (trade.condition !== 'off-book') trades += 1;
      },
      onQuote: () => {
        quotes += 1;
      },
      onBook: ({ symbol }, desk) => {
        const { bidPrice, bidSize, askPrice, askSize } = desk.book(symbol);
        top = `${bidSize} at ${bidPrice}, ${askSize} at ${askPrice}`;
      },
    }),
  };
  const onAuditLine = (line: string): void => {
    const { entries } = JSON.parse(line) as { readonly entries: readonly AuditLineEntry[] };
    for (const { candle } of entries) if (candle?.interval === '1s' && candle.trades > 0) bars += 1;
  };
  await play(tape, onlooker, {}, { onAuditLine });
  return { trades, quotes, bars, top };
}

interface AuditLineEntry {
  readonly candle?: { readonly interval: string; readonly trades: number };
}

/** From the compressed recording to the last order, through a journal on disk that nothing skips. */
const importAndReplay: Work = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapedeck-bench-'));
  try {
    let writer: JournalWriter | undefined;
    await importCapture({ files: source.files, format: 'ns-lines', venue: source.venue }, async () => {
      writer = await JournalWriter.create(folder, market, { syncIntervalMs: 0 });
      return writer;
    });
    await writer!.close();
    const result = await play(await openTape(folder, market), BOOK_IMBALANCE, FULL_RISK);
    return { frames: result.counts.frames, check: resultCheck(result) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

async function run(): Promise<Measurement> {
  if (kind === 'scan') return measure(scan);
  if (kind === 'import') return measure(importAndReplay);
  const tape = new FrameTape(readFrames(source), source.venue);
  if (kind === 'decode') return measure(decodeWork(tape));
  if (kind === 'full') return measure(fullWork(tape), () => look(tape));
  throw new Error(`no case "${kind}"`);
}

process.stdout.write(`${JSON.stringify(await run())}\n`);
