import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { importCapture } from '#recorder';
import { inspectTape } from '#replay';
import { JournalTape, JournalWriter } from '#storage';
import { VENUES } from '#venues';
import { createBinanceServer } from '../../venues/binance/server.ts';
import { framesOf, type RecordDesk, recordDesk, until } from './record-desk.ts';

const CAPTURES = fileURLToPath(new URL('../../../shared/data/binance', import.meta.url));
const hasCaptures = existsSync(CAPTURES);
if (!hasCaptures) process.stderr.write('skipped: the recorded Binance frames are not beside the project\n');

const CASES = [
  { venue: 'binance-spot', file: 'spot_btcusdt_20240808.txt.gz', channels: ['depth@100ms', 'bookTicker', 'trade'] },
  { venue: 'binance-usdm', file: 'usdm_btcusdt_20240808.txt.gz', channels: ['depth@0ms', 'bookTicker', 'trade'] },
] as const;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A recorded capture as a tape of its own. */
async function importedTape(venue: string, file: string): Promise<JournalTape> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tapedeck-source-'));
  cleanups.push(() => rm(dataDir, { recursive: true, force: true }));
  const writer = await JournalWriter.create(dataDir, 'source', { syncIntervalMs: 0 });
  await importCapture({ files: [join(CAPTURES, file)], format: 'ns-lines', venue }, async () => writer);
  await writer.close();
  return JournalTape.open(dataDir, 'source');
}

async function deskOf(tape: JournalTape, venue: 'binance-spot' | 'binance-usdm', channels: readonly string[]): Promise<RecordDesk> {
  const desk = await recordDesk({
    tape,
    servers: [{ protocol: createBinanceServer(venue) }],
    speed: 'max',
    subscribersToStart: venue === 'binance-spot' ? 1 : 2,
    keepFrameDigests: true,
    config: { session: { name: 'caught' }, [venue]: { symbols: [{ symbol: 'BTCUSDT', channels: [...channels] }] } },
  });
  cleanups.push(() => desk.close());
  return desk;
}

test.runIf(hasCaptures).each(CASES)(
  'every frame of $venue that was served is on the tape, byte for byte and in order',
  async ({ venue, file, channels }) => {
    const source = await importedTape(venue, file);
    const desk = await deskOf(source, venue, channels);
    await desk.server.ended;
    const served = desk.server.served(venue);
    await until(
      () =>
        desk.recording.status().venues[0]!.connections.reduce((sum, { frames }) => sum + frames, 0) >=
        served.reduce((sum, { frames }) => sum + frames, 0),
    );
    const { tape, result } = await desk.finish();
    expect(result).toMatchObject({ framesShed: 0, reconnects: 0 });
    const paths: readonly (readonly [string, string])[] =
      venue === 'binance-spot'
        ? [['/stream', 'ws-1']]
        : [
            ['/public/stream', 'public-1'],
            ['/market/stream', 'market-1'],
          ];
    for (const [path, connection] of paths) {
      const sent = served.find((candidate) => candidate.path === path)!;
      const kept = await framesOf(tape, venue, connection);
      expect(kept.length).toBe(sent.frames);
      expect(kept).toEqual(sent.frameDigests);
    }
    const before = await inspectTape(source, { venues: VENUES });
    const after = await inspectTape(tape, { venues: VENUES });
    expect(after.events.trade).toBe(before.events.trade);
    expect(after.events.quote).toBe(before.events.quote);
    expect(after.decodeFailures).toBe(0);
    expect(after.gaps).toEqual([]);
  },
);
