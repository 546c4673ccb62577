import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createStatement, framesTable } from '../../storage/questdb/frames-schema.ts';
import { QuestServer, questAbsence } from '../fixtures/quest-server.ts';
import { capture } from './captures.ts';
import { hardwareLines } from './hardware.ts';
import { median } from './measure.ts';
import { runCli } from './processes.ts';
import type { CaseOrder, CaseResult } from './questdb-case.ts';
import { RepeatedCapture } from './repeated-capture.ts';

// `npm run bench:questdb [-- --times 10] [-- --rounds 3]`: frames into QuestDB and out of it, beside the client that QuestDB publishes.
// TAPEDECK_QUESTDB_JAR is the server's jar (`.ci/questdb FOLDER` fetches it).

const REGISTER = new URL('./register.mjs', import.meta.url).href;
const CASE = fileURLToPath(new URL('./questdb-case.ts', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const SESSION = 'spot';
const run = promisify(execFile);

interface ImportJson {
  readonly records: number;
  readonly tapeDigest: string;
}

interface ReplayJson {
  readonly records: number;
  readonly elapsedMs: number;
  readonly peakRssMb: number;
  readonly runHash: string;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function count(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  const value = at < 0 ? fallback : Number(process.argv[at + 1]);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} needs a whole number above 0`);
  return value;
}

async function runCase(order: CaseOrder): Promise<CaseResult> {
  const { stdout } = await run(process.execPath, ['--import', REGISTER, CASE, JSON.stringify(order)]);
  return JSON.parse(stdout) as CaseResult;
}

function row(name: string, results: readonly CaseResult[]): string {
  const rates = results.map(({ rows, elapsedMs }) => rows / elapsedMs);
  const cpuRate = median(results.map(({ rows, cpuMs }) => rows / cpuMs));
  const spread = `${Math.min(...rates).toFixed(0)}–${Math.max(...rates).toFixed(0)}`;
  const rss = Math.max(...results.map(({ peakRssMb }) => peakRssMb)).toFixed(0);
  return `${name.padEnd(34)}${median(rates).toFixed(0).padStart(6)}   ${spread.padEnd(10)}${cpuRate.toFixed(0).padStart(12)}${rss.padStart(14)}`;
}

/** Appends at 10,000 a second: alone, beside a copy to a server, and beside a copy to one that is down. */
async function recorderLines(server: QuestServer, folder: string): Promise<string[]> {
  const lines: string[] = [];
  const address = server.address;
  for (const [what, isCopied, isDown] of [
    ['alone', false, false],
    ['beside sync --follow', true, false],
    ['beside sync --follow, server down', true, true],
  ] as const) {
    if (isDown) await server.kill();
    const session = `appends-${lines.length}`;
    const where = ['--http', `127.0.0.1:${address.http.port}`, '--pg', `127.0.0.1:${address.pg.port}`, '--data', folder];
    const copying = isCopied ? spawn(process.execPath, [CLI, 'questdb', 'sync', '--follow', '--table', 'appends', ...where]) : undefined;
    copying?.stderr.resume();
    const { latencyUs } = await runCase({ kind: 'append', dataDir: folder, session, table: 'appends', server: address });
    if (copying !== undefined) {
      copying.kill('SIGTERM');
      await once(copying, 'exit');
    }
    const [p50, p99] = latencyUs!;
    lines.push(`${what.padEnd(34)}${(p50 / 1000).toFixed(1).padStart(8)} ms${(p99 / 1000).toFixed(1).padStart(10)} ms`);
  }
  return lines;
}

async function main(): Promise<void> {
  for (const line of hardwareLines().slice(0, 3)) say(line);
  const found = capture('spot');
  if (found === undefined) return say('skipped: the recorded captures are not beside the project (../shared/data/binance)');
  if (questAbsence !== undefined) return say(`skipped: ${questAbsence}`);
  const folder = mkdtempSync(join(tmpdir(), 'tapedeck-bench-'));
  const server = new QuestServer();
  try {
    await server.start();
    await measure(server, folder, new RepeatedCapture(found), found.venue);
  } finally {
    await server.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(server: QuestServer, folder: string, repeated: RepeatedCapture, venue: string): Promise<void> {
  const file = join(folder, 'capture.txt.gz');
  await repeated.write(file, count('times', 10));
  const imported = await runCli(['import', file, '--format', 'ns-lines', '--venue', venue, '--session', SESSION, '--data', folder]);
  const { records, tapeDigest } = imported.output as ImportJson;
  rmSync(file);
  say(`load      ${loadavg()[0]!.toFixed(1)} before the first run; ${records} records of ${SESSION}, QuestDB 9.3.4 on the same machine`);
  const results = new Map<CaseOrder['kind'], CaseResult[]>([
    ['sync', []],
    ['client', []],
    ['read', []],
  ]);
  const replays: CaseResult[] = [];
  const journal = await replay(folder, 'journal', server, '');
  for (let round = 0; round < count('rounds', 3); round++) {
    process.stderr.write(`round ${round + 1}\n`);
    const order = { dataDir: folder, session: SESSION, server: server.address };
    await server.sql(createStatement(framesTable(`theirs_${round}`)));
    results.get('client')!.push(await runCase({ ...order, kind: 'client', table: `theirs_${round}` }));
    results.get('sync')!.push(await runCase({ ...order, kind: 'sync', table: `ours_${round}` }));
    const read = await runCase({ ...order, kind: 'read', table: `ours_${round}` });
    if (read.digest !== tapeDigest) throw new Error(`QuestDB gives back ${read.digest}, the journal has ${tapeDigest}`);
    results.get('read')!.push(read);
    const played = await replay(folder, 'questdb', server, `ours_${round}`);
    if (played.runHash !== journal.runHash)
      throw new Error(`the run hash is ${played.runHash} from QuestDB, ${journal.runHash} from the journal`);
    replays.push({ rows: played.records, elapsedMs: played.elapsedMs, cpuMs: played.elapsedMs, peakRssMb: played.peakRssMb });
    for (const table of [`theirs_${round}`, `ours_${round}`]) await server.sql(`DROP TABLE ${table}`);
  }
  say('');
  say(`${'thousand frames a second'.padEnd(34)}median   ${'spread'.padEnd(10)}a CPU second  peak RSS, MB`);
  say(row('in: questdb sync, checked', results.get('sync')!));
  say(row('in: @questdb/nodejs-client 4.2.0', results.get('client')!));
  say(row('out: in order, checked, digest', results.get('read')!));
  say(row('replay --from questdb', replays));
  say(`replay from the journal           ${(journal.records / journal.elapsedMs).toFixed(0).padStart(6)}`);
  say('');
  say(`${'append to durable, 10,000 a second'.padEnd(34)}${'median'.padStart(11)}${'p99'.padStart(13)}`);
  for (const line of await recorderLines(server, folder)) say(line);
  say(`load      ${loadavg()[0]!.toFixed(1)} after the last run`);
}

async function replay(folder: string, from: string, { address }: QuestServer, table: string): Promise<ReplayJson> {
  process.env.TAPEDECK_QUESTDB_HTTP = `127.0.0.1:${address.http.port}`;
  process.env.TAPEDECK_QUESTDB_PG = `127.0.0.1:${address.pg.port}`;
  process.env.TAPEDECK_QUESTDB_TABLE = table;
  const { output, elapsedMs } = await runCli(['replay', SESSION, '--strategy', 'book-imbalance', '--from', from, '--data', folder]);
  return { ...(output as ReplayJson), elapsedMs };
}

await main();
