import { existsSync } from 'node:fs';

/** The program of the npm package `deno`; empty where it was not installed. */
export const DENO = process.env.TAPEDECK_DENO ?? '';

/** Whether notebooks can be run; says why their tests are skipped where they cannot. */
export const hasDeno = existsSync(DENO);
if (!hasDeno) process.stderr.write('skipped: Deno is not installed; run .ci/deno FOLDER and set TAPEDECK_DENO to what it prints\n');
