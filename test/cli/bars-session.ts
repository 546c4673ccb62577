import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { runJson } from '../acceptance/cli.ts';

/** A folder that is gone when the test, or the file of tests, is over. */
export function temporaryFolder(onEnd: (remove: () => void) => void = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), 'tapedeck-cli-'));
  onEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Forty bars that rise and fall, so that a crossing of averages trades. Returns the path of the file. */
export function writeBars(folder: string): string {
  const lines = ['time,open,high,low,close,volume'];
  for (let i = 0; i < 40; i++) {
    const close = 100 + [0, 2, 5, 7, 8, 7, 5, 2][i % 8]!;
    lines.push(`2024-01-01T00:${String(i).padStart(2, '0')}:00Z,${close},${close + 1},${close - 1},${close},10`);
  }
  const file = join(folder, 'bars.csv');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** Imports the bars as the session `bars` of the data folder, through the built command line. */
export function importBars(data: string): void {
  runJson(['import', writeBars(data), '--format', 'ohlcv-csv', '--symbol', 'X', '--interval', '1m', '--session', 'bars', '--data', data]);
}
