import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { runCli, runJson } from '../acceptance/cli.ts';
import { importBars, temporaryFolder } from './bars-session.ts';
import { startServing } from './cli-process.ts';
import { binanceConfig, SYNTHETIC, writeConfig } from './recording-desk.ts';

interface Doctored {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly state: string; readonly detail: string; readonly advice?: string }[];
}

test('doctor without a configuration looks at the machine and the data folder', () => {
  const data = temporaryFolder();
  importBars(data);
  const { ok, checks } = runJson<Doctored>(['doctor', '--data', data]);
  expect(ok).toBe(true);
  expect(checks.map(({ name }) => name)).toEqual(expect.arrayContaining(['Node', 'time zone data', 'open files', `disk of ${data}`]));
  expect(checks.at(-1)).toEqual({
    name: 'session bars',
    state: 'warning',
    detail: 'is closed and not sealed',
    advice: 'tapedeck seal bars',
  });
});

test('doctor with one asks its hosts for the time, and ends with 1 when something is wrong', async () => {
  const data = temporaryFolder();
  const { addresses } = await startServing(SYNTHETIC);
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  // The synthetic market is of another day, so its clock is far from ours.
  const { ok, checks } = runJson<Doctored>(['doctor', binanceConfig(data, addresses[0]!), '--data', data, '--port', String(port)], 1);
  taken.close();
  expect(ok).toBe(false);
  const failed = checks.filter(({ state }) => state === 'failed').map(({ name }) => name);
  expect(failed).toEqual(expect.arrayContaining([`clock against ${new URL(addresses[0]!.rest).host}`, `port ${port}`]));
  for (const { state, advice } of checks) expect(advice === undefined).toBe(state === 'ok');
});

test('doctor names what is wrong with a configuration and looks at the rest all the same', () => {
  const data = temporaryFolder();
  const result = runCli(['doctor', writeConfig(data, '[kis]\nstock = 1\n'), '--data', data]);
  expect(result).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^FAILED {3}configuration: [\s\S]*did you mean "stocks"[\s\S]*ok {7}Node/),
  });
});
