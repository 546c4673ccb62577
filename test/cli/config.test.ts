import { describe, expect, test } from 'vitest';
import { temporaryFolder } from './bars-session.ts';
import { CliProcess } from './cli-process.ts';
import { writeConfig } from './recording-desk.ts';

describe('config check', () => {
  const values = { KIS_APP_KEY: 'value-of-the-app-key', KIS_APP_SECRET: 'value-of-the-app-secret' };
  const toml =
    '[session]\nname = "korea"\nuntil = "06:10"\n[[kis.stocks]]\ncode = "005930"\n[binance-spot]\nsymbols = [{ symbol = "BTCUSDT" }]\n';

  test('prints the plan in words, and no secret', async () => {
    const config = writeConfig(temporaryFolder(), toml);
    const { code, stdout, stderr } = await CliProcess.start(['config', 'check', config], values).end();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^session korea in \.\/data, until /);
    expect(stdout).toContain('key main: appKey present (KIS_APP_KEY), appSecret present (KIS_APP_SECRET); REST 0 of 18 calls/s');
    expect(stdout).toContain('connection ws-1 with key main: 2 of 41 slots');
    for (const value of Object.values(values)) expect(stdout).not.toContain(value);
  });

  test('prints one document with --json, also where something is wrong, and no secret', async () => {
    const config = writeConfig(temporaryFolder(), toml);
    const variables = { KIS_APP_KEY: values.KIS_APP_KEY, KIS_APP_SECRET: '' };
    const { code, stdout, stderr } = await CliProcess.start(['config', 'check', config, '--json', '--data', 'elsewhere'], variables).end();
    expect([code, stderr]).toEqual([2, expect.stringMatching(/KIS_APP_SECRET .*set but empty.* \[SECRET_MISSING\]\n$/)]);
    expect(JSON.parse(stdout)).toMatchObject({
      session: 'korea',
      data: 'elsewhere',
      venues: [
        { venue: 'kis', keys: [{ name: 'main', secrets: [{ state: 'present' }, { variable: 'KIS_APP_SECRET', state: 'empty' }] }] },
        { venue: 'binance-spot', keys: [{ secrets: [] }] },
      ],
      problems: [{ code: 'SECRET_MISSING' }],
    });
    expect(stdout).not.toContain(values.KIS_APP_KEY);
  });
});
