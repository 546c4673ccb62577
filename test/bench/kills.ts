import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CutDisk } from '../kills/cut-disk.ts';
import { killRecorders } from '../kills/kill-harness.ts';
import { randomOf } from '../seeds.ts';
import { hardwareLines } from './hardware.ts';

// `npm run kills [-- --count N] [-- --seed S] [-- --power]`: kills a recorder N times, or cuts the power of its disk, and checks what is left of its tapes. A seed chooses what is done and
// for how long; when that falls within the recorder is the machine's doing. The tapes are kept when a promise is broken.

const COUNT = 1000;
const SHOW_EVERY = 50;

function option(name: string, usual: number): number {
  const at = process.argv.indexOf(name);
  const value = at < 0 ? usual : Number(process.argv[at + 1]);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} needs a whole number above 0`);
  return value;
}

const kills = option('--count', COUNT);
const seed = option('--seed', 1);
const folder = mkdtempSync(join(tmpdir(), 'tapedeck-kills-'));
const cutsPower = process.argv.includes('--power');
const reason = cutsPower ? CutDisk.reasonAgainst(folder) : undefined;
if (reason !== undefined) {
  process.stderr.write(`skipped: ${reason}\n`);
  process.exit();
}
const startedAtMs = performance.now();
process.stderr.write(`seed ${seed}, tapes in ${folder}\n`);
const tally = await killRecorders({
  folder,
  kills,
  random: randomOf(seed),
  cutsPower,
  onKill: (so) => {
    if (so.kills % SHOW_EVERY === 0) process.stderr.write(`${so.kills} of ${kills} kills; so far ${JSON.stringify(so)}\n`);
  },
});
rmSync(folder, { recursive: true, force: true });
const lines = [
  ...hardwareLines().slice(0, 3),
  `seed ${seed}: ${Object.entries(tally)
    .map(([what, count]) => `${what} ${count}`)
    .join(', ')}`,
  `no durable frame lost or doubled, no session unreadable, ${Math.round((performance.now() - startedAtMs) / 1000)} s`,
];
for (const line of lines) process.stdout.write(`${line}\n`);
