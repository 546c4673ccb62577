import { describe, expect, test } from 'vitest';
import { recorderConfig } from '../../../recorder/config/builder.ts';
import { listenAddress } from '../../../recorder/config/health-config.ts';
import { parseRecorderConfig } from '../../../recorder/config/parse-config.ts';
import { DEFAULT_THRESHOLDS, describeHealth, draftHealth, planHealth, secretsOfHealth } from '../../../recorder/plan/plan-health.ts';

const TOML = `
  [session]
  zone = "UTC"
  [health]
  listen = "0.0.0.0:9000"
  morning = "08:30"
  repeat = "2h"
  log = "1MiB"
  thresholds = { down = "2m", silence = 2, late = 0.05 }
  [[health.webhooks]]
  kind = "slack"
  url = "SLACK_URL"
  level = "critical"
  [[health.webhooks]]
  kind = "telegram"
  name = "phone"
  token = "TELEGRAM_TOKEN"
  chat = "-1001"
  [binance-spot]
  symbols = [{ symbol = "BTCUSDT" }]
`;
const VARIABLES = { SLACK_URL: 'https://hooks.example.test/T/B', TELEGRAM_TOKEN: '1:secret-token' };

test('the table becomes numbers, addresses and secrets of the environment', () => {
  const plan = planHealth(parseRecorderConfig(TOML, 'a.toml'), VARIABLES);
  expect(plan).toEqual({
    listen: { host: '0.0.0.0', port: 9000 },
    webhooks: [
      { kind: 'slack', url: VARIABLES.SLACK_URL, name: 'slack-1', level: 'critical' },
      { kind: 'telegram', token: VARIABLES.TELEGRAM_TOKEN, chat: '-1001', name: 'phone', level: 'info' },
    ],
    morningUs: 8.5 * 3_600_000_000,
    zoneOffsetUs: 0,
    repeatMs: 7_200_000,
    thresholds: { ...DEFAULT_THRESHOLDS, downMs: 120_000, silenceTimes: 2, lateShare: 0.05 },
    logBytesMax: 1024 * 1024,
  });
  expect(secretsOfHealth(plan)).toEqual(Object.values(VARIABLES));
});

test('without the table the pages are on the loopback address, and alerts go to the log', () => {
  const draft = draftHealth(parseRecorderConfig('[binance-spot]\nsymbols = [{ symbol = "BTCUSDT" }]', 'a.toml'), {});
  expect(draft.health).toMatchObject({ listen: { host: '127.0.0.1', port: 9464 }, webhooks: [], repeatMs: 4 * 3_600_000 });
  expect(describeHealth(draft)).toEqual([]);
});

test('config check shows where alerts go and what is missing, never a value', () => {
  const draft = draftHealth(parseRecorderConfig(TOML, 'a.toml'), { SLACK_URL: VARIABLES.SLACK_URL, TELEGRAM_TOKEN: '' });
  expect(describeHealth(draft)).toEqual([
    'health: pages on http://0.0.0.0:9000; alerts to slack-1 (slack, SLACK_URL present), phone (telegram, TELEGRAM_TOKEN empty); report at 08:30 and at the end of a session',
    'note: the health pages can be read by everybody who reaches this machine; they hold no secret, but they need no key either',
  ]);
  expect(draft.problems).toEqual([
    {
      code: 'SECRET_MISSING',
      message:
        'health.webhooks[1]: the variable TELEGRAM_TOKEN (token) is set but empty; set it in the environment or in the file of --env-file',
    },
  ]);
});

describe('a webhook', () => {
  const problemsOf = (webhook: string, variables: Readonly<Record<string, string>> = {}) => {
    const text = `[health]\nwebhooks = [${webhook}]\n[binance-spot]\nsymbols = [{ symbol = "BTCUSDT" }]`;
    return draftHealth(parseRecorderConfig(text, 'a.toml'), variables).problems.map(({ message }) => message);
  };

  test('names its variable, and a value that is no address is said without showing it', () => {
    expect(problemsOf('{ kind = "json" }')).toEqual(['health.webhooks[0].url: is missing; write the name of the variable that holds it']);
    expect(problemsOf('{ kind = "json", url = "HOOK_URL" }', { HOOK_URL: 'hunter2' })).toEqual([
      'health.webhooks[0]: the variable HOOK_URL (url) is no http address; set it in the environment or in the file of --env-file',
    ]);
    expect(problemsOf('{ kind = "telegram", token = "BOT_TOKEN", url = "HOOK_URL" }', { BOT_TOKEN: 'x' })).toEqual([
      'health.webhooks[0].url: a webhook of kind telegram has none',
      'health.webhooks[0].chat: is missing; write the chat that the bot writes to, in quotes: "-1001234567890"',
    ]);
  });

  test('two of one name are refused', () => {
    const hook = '{ kind = "json", name = "desk", url = "HOOK_URL" }';
    expect(problemsOf(`${hook}, ${hook}`, { HOOK_URL: 'https://example.test' })).toEqual([
      'health.webhooks: two are named "desk"; give each its own name',
    ]);
  });

  test('with its address in the file is refused, and the address is not shown', () => {
    const text = '[health]\nwebhooks = [{ kind = "slack", url = "https://hooks.slack.com/services/T0/B0/xyzzy" }]';
    expect(() => parseRecorderConfig(text, 'a.toml')).toThrow(/health\.webhooks\[0\]\.url: must be the name of an environment variable/);
    try {
      parseRecorderConfig(text, 'a.toml');
    } catch (error) {
      expect(String(error)).not.toContain('xyzzy');
    }
  });
});

test('a program configures the same', () => {
  const config = recorderConfig()
    .binanceSpot((spot) => spot.symbol('BTCUSDT'))
    .health({ listen: 'off', thresholds: { gap: '1s' } })
    .build();
  expect(planHealth(config, {})).toMatchObject({ listen: undefined, thresholds: { gapMs: 1_000 } });
});

test('an address to listen on is a host and a port', () => {
  expect(listenAddress('127.0.0.1:0')).toEqual({ host: '127.0.0.1', port: 0 });
  expect(listenAddress('[::1]:9464')).toEqual({ host: '::1', port: 9464 });
  for (const text of ['9464', ':9464', '127.0.0.1', '127.0.0.1:70000', 'http://127.0.0.1:1'])
    expect(listenAddress(text), text).toBeUndefined();
  expect(() => parseRecorderConfig('[health]\nlisten = "9464"', 'a.toml')).toThrow(/health.listen: must be an address such as/);
});
