import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hardwareLines } from './hardware.ts';

// `npm run faults [-- --schedules N]`: journals on a faulty disk, N schedules by seed, and a share of that for sealed copies, decoded tables, retention,
// repairs and small files. Prints what the schedules went through; the first broken promise ends it with the seed that shows it.

const SCHEDULES = 20_000;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TESTS = [
  'test/storage/disk-faults.test.ts',
  'test/storage/seal-faults.test.ts',
  'test/storage/seal-ahead-faults.test.ts',
  'test/storage/decoded/decoded-faults.test.ts',
  'test/storage/retention-faults.test.ts',
  'test/storage/repair-faults.test.ts',
  'test/storage/small-file-faults.test.ts',
];

interface Tally {
  readonly what: string;
  readonly schedules: number;
  readonly counts: Readonly<Record<string, number>>;
}

function schedulesWanted(): number {
  const at = process.argv.indexOf('--schedules');
  const count = at < 0 ? SCHEDULES : Number(process.argv[at + 1]);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error('--schedules needs a whole number above 0');
  return count;
}

/** Runs the tests; throws when one of them fails. */
function run(schedules: number): readonly Tally[] {
  const folder = mkdtempSync(join(tmpdir(), 'tapedeck-faults-'));
  const log = join(folder, 'tallies.jsonl');
  try {
    const env = { ...process.env, TAPEDECK_FAULTS: String(schedules), TAPEDECK_FAULT_LOG: log };
    // Its report goes to stderr, so that stdout is the tallies.
    const stdio: ['ignore', number, 'inherit'] = ['ignore', process.stderr.fd, 'inherit'];
    execFileSync(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...TESTS], { cwd: ROOT, env, stdio });
    const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
    return lines.map((line) => JSON.parse(line) as Tally);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function main(): void {
  const wanted = schedulesWanted();
  const startedAtMs = performance.now();
  const tallies = run(wanted);
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  const lines = [
    ...hardwareLines().slice(0, 3),
    ...tallies.map(({ what, schedules, counts }) => {
      const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
      return `${what.padEnd(10)} ${schedules} schedules: ${parts.join(', ')}`;
    }),
    `no promise broken, ${seconds} s`,
  ];
  for (const line of lines) process.stdout.write(`${line}\n`);
  if (tallies.length === TESTS.length) return;
  process.stdout.write(`too few: ${tallies.length} of ${TESTS.length} tests counted\n`);
  process.exitCode = 1;
}

main();
