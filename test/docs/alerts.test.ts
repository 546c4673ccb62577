import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const RULES = fileURLToPath(new URL('../../docs/operations/alerts.yml', import.meta.url));
const CASES = fileURLToPath(new URL('./alerts.promtool.yml', import.meta.url));

/** The one that CI installed, or the machine's own; empty where there is none. */
const PROMTOOL = [process.env.TAPEDECK_PROMTOOL, 'promtool'].find(
  (path) => path !== undefined && spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0,
);
if (PROMTOOL === undefined) {
  process.stderr.write('skipped: promtool is not installed; run .ci/promtool FOLDER and set TAPEDECK_PROMTOOL to FOLDER/promtool\n');
}

function promtool(...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(PROMTOOL!, words, { encoding: 'utf8' });
  return status === 0 ? 'ok' : `${stdout}${stderr}`;
}

test.skipIf(PROMTOOL === undefined)(
  'the alert rules are valid, fire when they should, and are still on a healthy night and at the weekend',
  () => {
    expect(promtool('check', 'rules', RULES)).toBe('ok');
    expect(promtool('test', 'rules', CASES)).toBe('ok');
  },
);

test('every rule has a case in which it fires', () => {
  const rules = [...readFileSync(RULES, 'utf8').matchAll(/- alert: (\w+)/g)].map((match) => match[1]!);
  const cases = readFileSync(CASES, 'utf8');
  expect(rules.length).toBeGreaterThanOrEqual(20);
  // Either named with what it says, or in a list of what fires.
  const fires = (name: string) => new RegExp(`alertname: ${name}\\n\\s+exp_alerts:\\n|alertname="${name}"\\}', value`).test(cases);
  expect(rules.filter((name) => !fires(name))).toEqual([]);
});
