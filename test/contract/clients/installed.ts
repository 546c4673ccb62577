import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where `.ci/clients` put the clients of other people; undefined where it was not run. */
const FOLDER = process.env.TAPEDECK_CLIENTS;

/** Whether the clients are there; says why their tests are skipped where they are not. */
export const hasClients = FOLDER !== undefined && existsSync(FOLDER);
if (!hasClients)
  process.stderr.write('skipped: published clients are not installed; run .ci/clients FOLDER and set TAPEDECK_CLIENTS to the folder\n');

/** The folder that `ccxt` and `binance` are resolved from. */
export const NPM_FOLDER = join(FOLDER ?? '', 'npm');
/** The interpreter that has the clients of PyPI. */
export const PYTHON = join(FOLDER ?? '', 'python', 'bin', 'python');
