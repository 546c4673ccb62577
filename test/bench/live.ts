import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hardwareLines } from './hardware.ts';

// `npm run bench:live`: the recorder's event loop with an engine that keeps up, and with one ten times slower than the feed, in turn.

const BIN = join(fileURLToPath(new URL('../..', import.meta.url)), 'bin/tapedeck.js');
const ROUNDS = 3;
const SECONDS = 15;
/** Tape seconds in a second: some hundred frames a second. */
const SPEED = 20;
const SLOWER = 10;

interface Loop {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Measured {
  readonly loop: Loop;
  readonly frames: number;
  readonly shed: number;
  readonly lagMaxUs: number;
}

/** Spins at every quote and trade for `spinMs`, while the feed comes; then it catches up. */
function strategyFile(folder: string, spinMs: number): string {
  const file = join(folder, `spin-${spinMs}.mjs`);
  const spin = `const now = performance.now(); began ??= now; if (now - began < ${SECONDS * 1000}) { const until = now + ${spinMs}; while (performance.now() < until); }`;
  writeFileSync(
    file,
    `export const strategy = { name: 'spin', description: '', parameters: {}, create: () => { let began; const spin = () => { ${spin} }; return { onQuote: spin, onTrade: spin }; } };\n`,
  );
  return file;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tapedeck-bench-live-'));
  const server = spawn(
    process.execPath,
    [
      BIN,
      'serve',
      '--synthetic',
      '--venue',
      'binance-spot',
      '--pair',
      'BTCUSDT=60000',
      '--speed',
      String(SPEED),
      '--duration',
      '3h',
      '--json',
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  try {
    const address = await firstLine(server.stdout);
    const { rest, socket } = JSON.parse(address) as { readonly rest: string; readonly socket: string };
    const config = join(folder, 'bench.toml');
    const symbols = 'symbols = [{ symbol = "BTCUSDT", channels = ["trade", "bookTicker"] }]';
    writeFileSync(config, `[binance-spot]\nendpoints = { rest = "${rest}", socket = "${socket}" }\n${symbols}\n`);
    const first = await measure(folder, config, 'warm', strategyFile(folder, 0));
    const intervalMs = (SECONDS * 1000) / first.frames;
    const slow = strategyFile(folder, Math.max(1, Math.round(intervalMs * SLOWER)));
    const rows: { readonly fast: Measured; readonly slow: Measured }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const kept = await measure(folder, config, `fast-${round}`, strategyFile(folder, 0));
      rows.push({ fast: kept, slow: await measure(folder, config, `slow-${round}`, slow) });
    }
    report(rows, intervalMs);
  } finally {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string, config: string, session: string, strategy: string): Promise<Measured> {
  const words = ['live', config, '--data', folder, '--session', session, '--strategy', strategy, '--duration', `${SECONDS}s`];
  const child = spawn(process.execPath, [BIN, ...words, '--no-seal', '--no-parity', '--json'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await new Promise((resolve) => child.once('close', resolve));
  const { sessions, runs } = JSON.parse(text) as {
    readonly sessions: readonly { readonly frames: number; readonly framesShed: number }[];
    readonly runs: readonly { readonly recorderLoop: Loop; readonly lag: { readonly maxUs: number } }[];
  };
  return { loop: runs[0]!.recorderLoop, frames: sessions[0]!.frames, shed: sessions[0]!.framesShed, lagMaxUs: runs[0]!.lag.maxUs };
}

function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
  });
}

function report(rows: readonly { readonly fast: Measured; readonly slow: Measured }[], intervalMs: number): void {
  const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const of = (kind: 'fast' | 'slow', value: (measured: Measured) => number): number => median(rows.map((row) => value(row[kind])));
  const [fast, slow] = [of('fast', ({ loop }) => loop.p99Ms), of('slow', ({ loop }) => loop.p99Ms)];
  const lines = [
    ...hardwareLines(),
    `load ${loadavg()[0]!.toFixed(1)}; medians of ${ROUNDS} rounds of ${SECONDS} s in turn; a frame each ${intervalMs.toFixed(1)} ms, the slow engine takes ${SLOWER} times that`,
    `                        loop p50   loop p99   frames   shed   lag, worst`,
    ...(['fast', 'slow'] as const).map((kind) =>
      [
        kind === 'fast' ? 'engine that keeps up   ' : 'ten times too slow     ',
        `${of(kind, ({ loop }) => loop.p50Ms).toFixed(1)} ms`.padStart(9),
        `${of(kind, ({ loop }) => loop.p99Ms).toFixed(1)} ms`.padStart(10),
        String(of(kind, ({ frames }) => frames)).padStart(8),
        String(of(kind, ({ shed }) => shed)).padStart(6),
        `${(of(kind, ({ lagMaxUs }) => lagMaxUs) / 1e6).toFixed(2)} s`.padStart(12),
      ].join(' '),
    ),
    `loop p99, slow over fast: ${(slow / fast).toFixed(2)}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

await main();
