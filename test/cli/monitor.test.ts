import { expect, test } from 'vitest';
import type { TapeHealth } from '#domain';
import { JournalWriter } from '#storage';
import type { startMonitor } from '../../cli/monitor.ts';
import { temporaryFolder } from './bars-session.ts';

// The built file: a worker thread of Node cannot run the source.
const BUILT = new URL('../../dist/cli/monitor.js', import.meta.url).href;

const TRADE = new TextEncoder().encode(
  '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723075200001,"s":"BTCUSDT","t":1,"p":"61800.00","q":"0.5","T":1723075200001,"m":false}}',
);

function append(journal: JournalWriter, atMs: bigint): void {
  journal.append(atMs * 1_000_000n, 0n, 'binance-spot', 'market-1', 'frame-in', '', TRADE, 0, TRADE.length);
}

test('a thread of its own says the health of a journal that grows, to the last record when it is stopped', async () => {
  const dataDir = temporaryFolder();
  const journal = await JournalWriter.create(dataDir, 's');
  append(journal, 1_723_075_200_004n);
  await journal.flush();
  const { startMonitor: start } = (await import(BUILT)) as { readonly startMonitor: typeof startMonitor };
  const told: TapeHealth[] = [];
  let onFirst = () => {};
  const first = new Promise<void>((resolve) => {
    onFirst = resolve;
  });
  const monitor = start({
    dataDir,
    session: 's',
    onHealth: (health) => {
      told.push(health);
      onFirst();
    },
  });
  await first;
  expect(told[0]).toMatchObject({ session: 's', records: 1, lastRecordNs: 1_723_075_200_004_000_000n });
  expect(told[0]!.venues[0]).toMatchObject({ venue: 'binance-spot', frames: 1, bytes: TRADE.length });
  expect(told[0]!.venues[0]!.channels[0]).toMatchObject({ channel: 'trade', frames: 1, delay: { sumSeconds: 0.003 } });
  append(journal, 1_723_075_201_000n);
  await journal.flush();
  await monitor.stop();
  await monitor.stop();
  expect(told.at(-1)).toMatchObject({ records: 2 });
  await journal.abandon();
});
