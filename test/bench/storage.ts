import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { JournalTape, JournalWriter, sealTape } from '#storage';
import { channelLabel } from '#venues';
import { capture, MARKETS, presentCapture, readFrames } from './captures.ts';
import { DECODED_SESSION, type DecodedRun, SUMMERS } from './decoded-run.ts';
import { hardwareLines } from './hardware.ts';
import { median } from './measure.ts';
import type { Received, SendOrder } from './record-case.ts';
import { receive } from './record-processes.ts';
import { READERS, type StorageRun, WRITERS } from './storage-run.ts';

// `npm run bench:storage [-- --quick] [--processes N] [--decoded] [--recorder]`: real frames as Parquet, beside other programs; decoded tables beside
// decoding and Parquet; and a recorder with and without a seal beside it. The last two options measure only that part.

const PROCESSES = processCount();
const SESSION = 'bench';
/** The captures so many times are about a million records. */
const DECODED_TIMES = 5;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const STEADY: SendOrder = { mix: 'large', style: 'frame-by-frame', frames: 120_000, framesPerSecond: 10_000 };
const STEADY_WARMING_FRAMES = 40_000;
/** Small enough that some are closed, and can be sealed, while so few frames are recorded: one in 2.2 s. */
const STEADY_SEGMENT_BYTES = 16 * 1024 * 1024;

const REGISTER = new URL('./register.mjs', import.meta.url).href;
const PYTHON = process.env.TAPEDECK_PYTHON ?? 'python3';
const run = promisify(execFile);

type Task = 'write' | 'read';

function processCount(): number {
  if (process.argv.includes('--quick')) return 1;
  const at = process.argv.indexOf('--processes');
  const count = at < 0 ? 5 : Number(process.argv[at + 1]);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error('--processes needs a whole number above 0');
  return count;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function runProgram(task: Task, program: string, dataDir: string): Promise<StorageRun> {
  const script = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));
  if (program === 'seal') await rm(join(dataDir, 'parquet'), { recursive: true, force: true });
  const [command, words] =
    program === 'pyarrow'
      ? [PYTHON, [script('storage_case.py'), task, dataDir]]
      : [process.execPath, ['--import', REGISTER, script('storage-case.ts'), task, program, dataDir]];
  const { stdout } = await run(command, words, { maxBuffer: OUTPUT_BYTES_MAX });
  return JSON.parse(stdout) as StorageRun;
}

/** A journal with the frames of both captures and its sealed copy. Returns the frames and the bytes of their payloads. */
async function writeSession(dataDir: string): Promise<{ readonly frames: number; readonly payloadBytes: number }> {
  const written = await writeJournal(dataDir, SESSION, 1);
  await sealTape(await JournalTape.open(dataDir, SESSION), { dataDir, channelOf: channelLabel });
  return written;
}

/** The frames of both captures, several times. */
async function writeJournal(
  dataDir: string,
  session: string,
  times: number,
): Promise<{ readonly frames: number; readonly payloadBytes: number }> {
  const writer = await JournalWriter.create(dataDir, session);
  let payloadBytes = 0;
  for (const market of Array.from({ length: times }, () => MARKETS).flat()) {
    const { venue } = presentCapture(market);
    const { count, bytes, starts, ends, receivedAtNs } = readFrames(presentCapture(market));
    for (let i = 0; i < count; i++) {
      writer.append(receivedAtNs[i]!, receivedAtNs[i]!, venue, '1', 'frame-in', '', bytes, starts[i]!, ends[i]!);
      payloadBytes += ends[i]! - starts[i]!;
      if (i % 4096 === 0) await writer.drain();
    }
  }
  const { records } = await writer.close();
  return { frames: records, payloadBytes };
}

/** Every program in turn, so that a busy machine is busy for all. */
async function measureRounds(task: Task, programs: readonly string[], dataDir: string): Promise<ReadonlyMap<string, StorageRun[]>> {
  const runs = new Map(programs.map((program) => [program, [] as StorageRun[]]));
  for (let round = 0; round < PROCESSES; round++) {
    process.stderr.write(`${task}: round ${round + 1} of ${PROCESSES}\n`);
    for (const program of programs) runs.get(program)!.push(await runProgram(task, program, dataDir));
  }
  return runs;
}

function check(runs: ReadonlyMap<string, readonly StorageRun[]>, frames: number, payloadBytes: number): void {
  for (const [program, ofProgram] of runs) {
    for (const { rows, payloadBytes: found = payloadBytes } of ofProgram) {
      // parquetjs-lite loses empty byte arrays and texts, none of which is a payload here.
      if (rows !== frames || found !== payloadBytes)
        throw new Error(`${program}: ${rows} rows, ${found} bytes of payload, not ${frames}, ${payloadBytes}`);
    }
  }
}

function runLines(runs: ReadonlyMap<string, readonly StorageRun[]>): string[] {
  const first = processorUs([...runs.values()][0]!);
  return [...runs].map(([program, ofProgram]) => {
    const rates = spread(
      ofProgram.map(({ rows, elapsedMs }) => rows / elapsedMs),
      0,
    );
    const { rows, bytes, wrongTimes } = ofProgram[0]!;
    const cost = processorUs(ofProgram);
    const size = `${(bytes / rows).toFixed(1)} bytes a frame`;
    const memory = `${median(ofProgram.map(({ peakRssMb }) => peakRssMb))} MB`;
    const wrong = wrongTimes === undefined ? '' : `, ${wrongTimes} of ${rows} receive times WRONG`;
    return `  ${program.padEnd(15)}${cost.toFixed(1).padStart(6)} µs a row (${(first / cost).toFixed(2)} of the first line), ${rates} k rows/s, ${size}, ${memory}${wrong}`;
  });
}

function processorUs(runs: readonly StorageRun[]): number {
  return median(runs.map(({ rows, processorMs }) => (processorMs * 1000) / rows));
}

async function measureLatency(dataDir: string): Promise<string[]> {
  const alone: Received[] = [];
  const ahead: Received[] = [];
  const beside: Received[] = [];
  const order = {
    receiver: 'recorder',
    warmingFrames: STEADY_WARMING_FRAMES,
    samplesLatency: true,
    segmentBytesMax: STEADY_SEGMENT_BYTES,
  } as const;
  for (let round = 0; round < PROCESSES; round++) {
    process.stderr.write(`recorder: round ${round + 1} of ${PROCESSES}\n`);
    alone.push(await receive(STEADY, { ...order, sealsOwn: 'afterwards' }));
    ahead.push(await receive(STEADY, { ...order, sealsOwn: 'ahead' }));
    beside.push(await receive(STEADY, { ...order, sealing: { dataDir, session: SESSION } }));
  }
  const rows = median(beside.map(({ recorded }) => recorded?.sealedRows ?? 0));
  return [
    `${latencyLine('alone', alone)}; sealed ${sealedIn(alone)} s after its end`,
    `${latencyLine('sealed ahead', ahead)}; sealed ${sealedIn(ahead)} s after its end`,
    `${latencyLine('with a seal', beside)}; ${rows} rows sealed beside it`,
  ];
}

function sealedIn(received: readonly Received[]): string {
  return spread(
    received.map(({ recorded }) => (recorded?.sealedInMs ?? Number.NaN) / 1000),
    1,
  );
}

function latencyLine(name: string, received: readonly Received[]): string {
  const at = (share: number): string =>
    spread(
      received.map(({ recorded }) => percentile(recorded!.latenciesMs, share)),
      1,
    );
  const shed = received.reduce((sum, { recorded }) => sum + recorded!.framesShed, 0);
  const loop = spread(
    received.map(({ loopP99Ms }) => loopP99Ms),
    1,
  );
  const main = spread(
    received.map(({ mainThreadNsPerFrame }) => mainThreadNsPerFrame / 1000),
    1,
  );
  const memory = median(received.map(({ peakRssMb }) => peakRssMb));
  return `  ${name.padEnd(13)}p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, highest ${at(1)} ms, loop p99 ${loop} ms, main thread ${main} µs a frame, ${shed} frames shed, ${memory} MB`;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function spread(values: readonly number[], decimals: number): string {
  return `${median(values).toFixed(decimals)} (${Math.min(...values).toFixed(decimals)}-${Math.max(...values).toFixed(decimals)})`;
}

function versionOf(name: string): string {
  const path = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return `${name} ${(JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }).version}`;
}

function pyarrowVersion(): string | undefined {
  const { status, stdout } = spawnSync(PYTHON, ['-c', 'import pyarrow; print(pyarrow.__version__)'], { encoding: 'utf8' });
  return status === 0 ? `pyarrow ${stdout.trim()}` : undefined;
}

async function main(): Promise<void> {
  for (const line of hardwareLines().slice(0, 3)) say(line);
  if (MARKETS.some((market) => capture(market) === undefined))
    return say('skipped: the recorded captures are not beside the project (../shared/data/binance)');
  const pyarrow = pyarrowVersion();
  const isThere = (program: string): boolean => program !== 'pyarrow' || pyarrow !== undefined;
  say(`peers     ${[versionOf('parquetjs-lite'), versionOf('@duckdb/node-api'), pyarrow ?? 'no pyarrow: set TAPEDECK_PYTHON'].join(', ')}`);
  say(`load      ${loadavg()[0]!.toFixed(1)} before the first run, this bench not counted`);
  say(`method    ${PROCESSES} cold processes a program, in turn; median (lowest-highest); each does the whole session once`);
  say('          µs a row is processor time of all threads, which hardly knows of other programs; k rows/s is wall time, which does');
  const dataDir = await mkdtemp(join(tmpdir(), 'tapedeck-bench-storage-'));
  try {
    const isOnly = (part: string): boolean => process.argv.includes(part);
    const { frames, payloadBytes } = await writeSession(dataDir);
    if (!isOnly('--recorder') && !isOnly('--decoded')) await measureFiles(dataDir, frames, payloadBytes, isThere);
    if (!isOnly('--recorder')) await measureDecoded(dataDir, isThere);
    if (isOnly('--decoded')) return;
    say('\na recorder at 10,000 frames/s of 756 bytes: from the receive time to the end of the write that followers see');
    for (const line of await measureLatency(dataDir)) say(line);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measureFiles(dataDir: string, frames: number, payloadBytes: number, isThere: (program: string) => boolean): Promise<void> {
  const writes = await measureRounds('write', WRITERS.filter(isThere), dataDir);
  const reads = await measureRounds('read', READERS.filter(isThere), dataDir);
  check(writes, frames, payloadBytes);
  check(reads, frames, payloadBytes);
  say(`\nwriting ${frames} frames of ${(payloadBytes / frames).toFixed(0)} bytes`);
  for (const line of runLines(writes)) say(line);
  say('\nreading every column of every row');
  for (const line of runLines(reads)) say(line);
}

async function measureDecoded(dataDir: string, isThere: (program: string) => boolean): Promise<void> {
  const { frames } = await writeJournal(dataDir, DECODED_SESSION, DECODED_TIMES);
  const programs = SUMMERS.filter(isThere);
  for (const program of programs) if (program !== 'pyarrow') await runSummer(program, dataDir, ['--prepare']);
  const runs = new Map<string, DecodedRun[]>(programs.map((program) => [program, []]));
  for (let round = 0; round < PROCESSES; round++) {
    process.stderr.write(`decoded: round ${round + 1} of ${PROCESSES}\n`);
    for (const program of programs) runs.get(program)!.push(JSON.parse(await runSummer(program, dataDir, [])) as DecodedRun);
  }
  const [{ rows, sum }] = runs.get('decode') as [DecodedRun];
  say(`\nthe sum of the prices of ${rows} trades of ${frames} records`);
  for (const [program, ofProgram] of runs) {
    // pyarrow adds in another order.
    if (ofProgram.some((one) => one.rows !== rows || Math.abs(one.sum / sum - 1) > 1e-9)) throw new Error(`${program} found another sum`);
    say(summerLine(program, ofProgram));
  }
}

function summerLine(program: string, runs: readonly DecodedRun[]): string {
  const of = (pick: (run: DecodedRun) => number, decimals: number): string => spread(runs.map(pick), decimals);
  const { bytes, rows } = runs[0]!;
  const size = bytes === 0 ? '' : `, ${(bytes / rows).toFixed(1)} bytes a trade`;
  const times = `${of(({ firstMs }) => firstMs, 0)} ms, again ${of(({ againMs }) => againMs, 1)} ms`;
  return `  ${program.padEnd(14)}${times}, processor ${of(({ processorMs }) => processorMs, 0)} ms${size}, ${median(runs.map(({ peakRssMb }) => peakRssMb))} MB`;
}

async function runSummer(program: string, dataDir: string, more: readonly string[]): Promise<string> {
  const script = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));
  const [command, words] =
    program === 'pyarrow'
      ? [PYTHON, [script('decoded_case.py'), join(dataDir, `decoded/session=${DECODED_SESSION}/trades.arrow`)]]
      : [process.execPath, ['--import', REGISTER, script('decoded-case.ts'), program, dataDir, ...more]];
  return (await run(command, words)).stdout;
}

await main();
