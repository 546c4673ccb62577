import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MutationCounts } from '../venues/mutation-tally.ts';
import { hardwareLines } from './hardware.ts';

// `npm run mutations [-- --frames N]`: the differential tests of all venues over at least N changed frames together. Both forms of each
// decoder must say the same of every one, events or failure, and neither may throw. Prints how many of what kind were compared.

const FRAMES = 300_000;
/** Of the frames that a test file is asked for; together they give about five times this share, see the counts. */
const SHARE_A_FILE = 0.27;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const VENUES = join(ROOT, 'test/venues');
const HEADS = ['compared', 'changed', 'said', 'refused'] as const;

function framesWanted(): number {
  const at = process.argv.indexOf('--frames');
  const count = at < 0 ? FRAMES : Number(process.argv[at + 1]);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error('--frames needs a whole number above 0');
  return count;
}

function differentialTests(): string[] {
  const files = readdirSync(VENUES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join(VENUES, name)).map((file) => `test/venues/${name}/${file}`));
  return files.filter((file) => /\/differential.*\.test\.ts$/.test(file)).sort();
}

/** Runs the tests; throws when one of them fails. */
function run(files: readonly string[], framesAFile: number): readonly MutationCounts[] {
  const folder = mkdtempSync(join(tmpdir(), 'tapedeck-mutations-'));
  const log = join(folder, 'counts.jsonl');
  try {
    const env = { ...process.env, TAPEDECK_MUTATIONS: String(framesAFile), TAPEDECK_MUTATION_LOG: log };
    // Its report goes to stderr, so that stdout is the table.
    const stdio: ['ignore', number, 'inherit'] = ['ignore', process.stderr.fd, 'inherit'];
    execFileSync(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...files], { cwd: ROOT, env, stdio });
    const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
    return lines.map((line) => JSON.parse(line) as MutationCounts);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tableLines(counts: readonly MutationCounts[]): string[] {
  const sorted = [...counts].sort((a, b) => (a.venue < b.venue ? -1 : 1));
  const row = (name: string, cells: readonly (number | string)[]): string =>
    `${name.padEnd(18)} ${cells.map((c) => String(c).padStart(9)).join(' ')}`;
  const total = HEADS.map((head) => sorted.reduce((sum, one) => sum + one[head], 0));
  return [
    row('venue', HEADS),
    ...sorted.map((one) =>
      row(
        one.venue,
        HEADS.map((head) => one[head]),
      ),
    ),
    row('all', total),
  ];
}

function main(): void {
  const wanted = framesWanted();
  const files = differentialTests();
  const startedAtMs = performance.now();
  const counts = run(files, Math.ceil(wanted * SHARE_A_FILE));
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  const changed = counts.reduce((sum, one) => sum + one.changed, 0);
  const lines = [
    ...hardwareLines().slice(0, 3),
    ...tableLines(counts),
    `no throw, no difference: ${changed} changed frames in ${seconds} s`,
  ];
  for (const line of lines) process.stdout.write(`${line}\n`);
  if (counts.length === files.length && changed >= wanted) return;
  process.stdout.write(`too few: ${counts.length} of ${files.length} test files counted, ${changed} of ${wanted} frames were changed\n`);
  process.exitCode = 1;
}

main();
