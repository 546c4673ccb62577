import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TapeRecord } from '#domain';
import { openTape } from '#replay';
import { encodeKiwoomTrades } from '#venues';
import { FrameDigest } from '../../replay/serve/served-frames.ts';
import { runJson } from '../acceptance/cli.ts';
import { CliProcess, type ServedAddress } from './cli-process.ts';

/** A synthetic hour of one pair, sixty times as fast: about 1,500 frames in a second, and no end during a test. */
export const SYNTHETIC = [
  ...['--synthetic', '--venue', 'binance-spot', '--pair', 'BTCUSDT=60000'],
  ...['--start', '2026-11-20T00:00:00Z', '--duration', '1h', '--speed', '60'],
];

/** What `tapedeck record --json` prints. */
export interface RecordedDocument {
  readonly sessions: readonly {
    readonly session: string;
    readonly records: number;
    readonly frames: number;
    readonly framesShed: number;
    readonly reconnects: number;
    readonly tapeDigest: string;
    readonly parts?: number;
    readonly reason: string;
  }[];
}

/** What `tapedeck inspect --json` prints, as far as these tests look. */
export interface Inspected {
  readonly records: number;
  readonly tapeDigest: string;
  readonly frames: { readonly in: number; readonly out: number };
  readonly lastReceivedAtNs: string;
  readonly decodeFailures: number;
  readonly channels: readonly { readonly channel: string; readonly frames: number }[];
  readonly gaps: readonly { readonly venue: string; readonly fromNs: string; readonly toNs: string; readonly reason: string }[];
}

export function inspect(data: string, session: string): Inspected {
  return runJson<Inspected & object>(['inspect', session, '--data', data]);
}

export function isWhole(data: string, session: string): boolean {
  return runJson<{ ok: boolean }>(['verify', session, '--data', data]).ok;
}

/** A configuration of the pair that `SYNTHETIC` serves, at this address. */
export function binanceConfig(folder: string, { rest, socket }: Pick<ServedAddress, 'rest' | 'socket'>, more = ''): string {
  const symbols = 'symbols = [{ symbol = "BTCUSDT", channels = ["trade", "bookTicker"] }]';
  return writeConfig(folder, `${more}\n[binance-spot]\nendpoints = { rest = "${rest}", socket = "${socket}" }\n${symbols}\n`);
}

export function writeConfig(folder: string, text: string): string {
  const file = join(folder, 'recording.toml');
  writeFileSync(file, text);
  return file;
}

export function startRecording(config: string, data: string, words: readonly string[] = []): CliProcess {
  return CliProcess.start(['record', config, '--data', data, '--session', 'caught', '--json', ...words]);
}

/** One record as it can be compared with itself in a longer tape. */
export interface KeptRecord {
  readonly kind: string;
  readonly receivedAtNs: bigint;
  readonly digest: string;
}

/** Every whole record of a session, also while it is written. */
export async function recordsOf(data: string, session: string): Promise<readonly KeptRecord[]> {
  const kept: KeptRecord[] = [];
  const record = new TapeRecord();
  const tape = await openTape(data, session, 'journal');
  for await (const batch of tape.batches()) {
    while (batch.next(record)) {
      const digest = createHash('sha256').update(record.meta).update(record.payload()).digest('hex');
      kept.push({ kind: record.kind, receivedAtNs: record.receivedAtNs, digest });
    }
  }
  return kept;
}

/** What came over a session's websockets, as `serve` counts and digests what it sent. */
export async function receivedFrames(data: string, session: string): Promise<{ readonly frames: number; readonly digest: string }> {
  const digest = new FrameDigest();
  const record = new TapeRecord();
  const tape = await openTape(data, session, 'journal');
  for await (const batch of tape.batches()) {
    while (batch.next(record)) if (record.kind === 'frame-in') digest.add(record.bytes, record.start, record.end);
  }
  return { frames: digest.frames, digest: digest.hex() };
}

/** Resolves when so many frames of a session that is being recorded are in its journal. */
export async function untilRecorded(recorder: CliProcess, data: string, session: string, frames: number): Promise<void> {
  await recorder.told(/: connected/);
  await recorder.until(`${frames} frames of ${session}`, async () => (await receivedFrames(data, session)).frames >= frames);
}

/** A minute of Kiwoom in trading hours as the session `kiwoom`, brought in as somebody's capture would be. */
export function importKiwoom(folder: string, data: string): void {
  const startMs = Date.UTC(2026, 10, 20, 1, 0, 0);
  const lines = Array.from({ length: 600 }, (_, index) => {
    const atMs = startMs + index * 100;
    const trade = {
      symbol: '005930',
      venueTimeUs: Math.floor(atMs / 1000) * 1_000_000,
      price: 71_000 + (index % 5) * 100,
      size: 1 + (index % 7),
      side: 1 as const,
    };
    const text = Buffer.from(encodeKiwoomTrades([{ ...trade, cumulativeVolume: index + 1, previousClose: 70_000 }])).toString('utf8');
    return JSON.stringify({ t: new Date(atMs).toISOString(), dir: 'in', text });
  });
  const file = join(folder, 'kiwoom.jsonl');
  writeFileSync(file, `${lines.join('\n')}\n`);
  runJson(['import', file, '--format', 'jsonl', '--venue', 'kiwoom', '--session', 'kiwoom', '--data', data]);
}

/** In the middle of the trading day that `importKiwoom` is of. */
export const KOREAN_MORNING = '2026-11-20T10:00:00+09:00';

export function kiwoomConfig(folder: string, { rest, socket }: Pick<ServedAddress, 'rest' | 'socket'>, more = ''): string {
  const table = `[kiwoom]\nendpoints = { rest = "${rest}", socket = "${socket}" }\n[[kiwoom.stocks]]\ncode = "005930"\nchannels = ["trade"]\n`;
  return writeConfig(folder, `${more}\n${table}`);
}
