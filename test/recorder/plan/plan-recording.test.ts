import { describe, expect, test } from 'vitest';
import type { TapedeckError } from '../../../domain/failure.ts';
import { parseRecorderConfig } from '../../../recorder/config/parse-config.ts';
import { draftRecording, type PlanSettings, planRecording } from '../../../recorder/plan/plan-recording.ts';
import type { RecordingPlan } from '../../../recorder/plan/recording-plan.ts';
import { SCRIPTED_PROTOCOLS, SCRIPTED_VARIABLES } from '../../fixtures/scripted-protocol.ts';

/** Monday, 7 December 2026, noon in Korea. */
const NOW_US = Date.UTC(2026, 11, 7, 3) * 1000;

function settings(variables: PlanSettings['variables'] = SCRIPTED_VARIABLES): PlanSettings {
  return { protocols: SCRIPTED_PROTOCOLS, variables, nowUs: NOW_US };
}

function planOf(toml: string): RecordingPlan {
  return planRecording(parseRecorderConfig(toml, 'test.toml'), settings());
}

function refusal(toml: string, variables?: PlanSettings['variables']): TapedeckError {
  try {
    planRecording(parseRecorderConfig(toml, 'test.toml'), settings(variables));
  } catch (error) {
    return error as TapedeckError;
  }
  throw new Error('it was accepted');
}

/** Connections as lines: name, key, slots, and symbols with their channels. */
function connectionsOf(plan: RecordingPlan): readonly string[] {
  return plan.venues.flatMap(({ venue, connections }) =>
    connections.map(({ name, key, slotsUsed, slotsMax, subscriptions }) => {
      const symbols = new Map<string, string[]>();
      for (const { subscription } of subscriptions)
        symbols.set(subscription.symbol, [...(symbols.get(subscription.symbol) ?? []), subscription.channel]);
      const parts = [...symbols].map(([symbol, channels]) => `${symbol}: ${channels.join(' ')}`);
      return `${venue} ${name} ${key} ${slotsUsed}/${slotsMax} | ${parts.join(' | ')}`;
    }),
  );
}

const TWO_KEYS = `keys = [
  { name = "first", secrets = { appKey = "FIRST_KEY", appSecret = "FIRST_SECRET" } },
  { name = "second", secrets = { appKey = "SECOND_KEY", appSecret = "SECOND_SECRET" } },
]`;
const TWO_KEYS_SET = { FIRST_KEY: 'a', FIRST_SECRET: 'b', SECOND_KEY: 'c', SECOND_SECRET: 'd' };

describe('slots', () => {
  test('a chain that does not fit is refused by name, with what would fit', () => {
    const error = refusal(`
      [kis]
      derivatives = [{ code = "A01612" }]
      chains = [{ maturity = "202612", underlying = "WKI", strikes = 10 }]
    `);
    expect(error).toMatchObject({ code: 'PLAN_TOO_LARGE', exitCode: 2 });
    expect(error.message).toBe(
      'kis: 10 strikes × call and put × trade and book + the future A01612 (trade and book) = 42 slots do not fit one key (41): take 9 strikes, poll the boards or add a key',
    );
  });

  test('what the refusal advises fits', () => {
    const plan = planOf('[kis]\nderivatives = [{ code = "A01612" }]\nchains = [{ maturity = "202612", strikes = 9 }]');
    expect(plan.venues[0]).toMatchObject({
      connections: [{ name: 'ws-1', slotsUsed: 38, slotsMax: 41 }],
      rooms: [{ name: 'option chain 202612 KOSPI200', symbolsPerUnit: 2, places: [{ connection: 'ws-1', units: 9 }] }],
    });
    const withKey = `[kis]\n${TWO_KEYS}\nderivatives = [{ code = "A01612" }]\nchains = [{ maturity = "202612", strikes = 10 }]`;
    const two = planRecording(parseRecorderConfig(withKey, 'test.toml'), settings(TWO_KEYS_SET)).venues[0]!;
    expect(two.connections.map(({ key, slotsUsed }) => [key, slotsUsed])).toEqual([
      ['first', 38],
      ['second', 4],
    ]);
    expect(two.rooms[0]?.places).toEqual([
      { connection: 'ws-1', units: 9 },
      { connection: 'ws-2', units: 1 },
    ]);
  });

  test('day and night take turns in the same slots, stocks of the evening meet the night', () => {
    const plan = planOf(`
      [kis]
      stocks = [{ code = "005930" }]
      derivatives = [{ code = "A01612" }]
    `);
    expect(connectionsOf(plan)).toEqual(['kis ws-1 main 4/41 | 005930: H0STCNT0 H0STASP0 | A01612: H0IFCNT0 H0MFCNT0 H0IFASP0 H0MFASP0']);
    expect(plan.venues[0]!.connections[0]!.subscriptions.map(({ market }) => market)).toEqual([
      'krx-stock',
      'krx-stock',
      'krx-derivatives',
      'krx-night',
      'krx-derivatives',
      'krx-night',
    ]);
  });

  test('many symbols fill the first key before the second, and a symbol keeps its channels together', () => {
    const stocks = Array.from({ length: 22 }, (_, index) => `{ code = "${String(100_000 + index)}" }`).join(', ');
    const plan = planRecording(parseRecorderConfig(`[kis]\n${TWO_KEYS}\nstocks = [${stocks}]`, 'test.toml'), settings(TWO_KEYS_SET));
    expect(plan.venues[0]!.connections.map(({ name, key, slotsUsed }) => [name, key, slotsUsed])).toEqual([
      ['ws-1', 'first', 40],
      ['ws-2', 'second', 4],
    ]);
  });

  test('the more important symbol is placed first', () => {
    const toml = `[kis]\nslots = 2\n${TWO_KEYS}\nstocks = [{ code = "000660" }, { code = "005930", priority = 1 }]`;
    const plan = planRecording(parseRecorderConfig(toml, 'test.toml'), settings(TWO_KEYS_SET));
    expect(connectionsOf(plan)).toEqual([
      'kis ws-1 first 2/2 | 005930: H0STCNT0 H0STASP0',
      'kis ws-2 second 2/2 | 000660: H0STCNT0 H0STASP0',
    ]);
    expect(plan.venues[0]!.connections[0]!.subscriptions.map(({ priority }) => priority)).toEqual([10, 11]);
  });

  test('a venue that counts symbols takes one slot for all channels of one, and none for the whole market', () => {
    const plan = planOf(`
      [kiwoom]
      market = ["session", "volatility"]
      stocks = [{ code = "005930", exchange = "unified" }]
      conditions = [{ seq = "4", channels = ["trade", "book"], max = 150 }]
    `);
    expect(connectionsOf(plan)).toEqual(['kiwoom ws-1 main 152/200 | : 0s 1h | 005930_AL: 0B 0D | 4: 02']);
    expect(plan.venues[0]!.rooms[0]).toMatchObject({
      kind: 'condition',
      parameters: { seq: '4' },
      places: [{ connection: 'ws-1', units: 150 }],
    });
  });

  test('many stocks too many are counted together', () => {
    const stocks = Array.from({ length: 201 }, (_, index) => `{ code = "${String(100_000 + index)}" }`).join(', ');
    expect(refusal(`[kiwoom]\nstocks = [${stocks}]`).message).toBe(
      'kiwoom: 201 stocks × trade and book = 201 slots do not fit one key (200): record fewer of them or add a key',
    );
  });

  test('each kind of connection carries its own channels', () => {
    const plan = planOf('[binance-usdm]\nsymbols = [{ symbol = "BTCUSDT", channels = ["trade", "depth@100ms", "bookTicker"] }]');
    expect(connectionsOf(plan)).toEqual([
      'binance-usdm public-1 none 2/200 | BTCUSDT: depth@100ms bookTicker',
      'binance-usdm market-1 none 1/200 | BTCUSDT: trade',
    ]);
  });

  test('a second connection of the same key is opened where the venue allows it', () => {
    const symbols = Array.from({ length: 101 }, (_, index) => `{ symbol = "S${index}USDT", channels = ["depth@100ms", "bookTicker"] }`);
    const plan = planOf(`[binance-usdm]\nsymbols = [${symbols.join(', ')}]`);
    expect(plan.venues[0]!.connections.map(({ name, slotsUsed }) => [name, slotsUsed])).toEqual([
      ['public-1', 200],
      ['public-2', 2],
    ]);
  });
});

describe('what cannot be recorded is refused by name', () => {
  test.each([
    ['PLAN_EMPTY', '[session]\nname = "x"', 'no venue is configured'],
    ['PLAN_EMPTY', '[kis]', 'kis: nothing is to be recorded'],
    ['ENVIRONMENT_UNKNOWN', '[kis]\nenvironment = "test"\nstocks = [{ code = "005930" }]', 'write real or mock'],
    [
      'CHANNEL_REFUSED',
      '[kis]\nenvironment = "mock"\nderivatives = [{ code = "A01612", sessions = ["day"], channels = ["trade"] }]',
      'the mock host has no H0IFCNT0',
    ],
    [
      'CHANNEL_REFUSED',
      '[kis]\nenvironment = "mock"\nchains = [{ maturity = "202612", strikes = 1, sessions = ["night"], channels = ["book"] }]',
      'kis.chains[0]: the mock host has no H0EUASP0',
    ],
    [
      'CHANNEL_REFUSED',
      '[binance-spot]\nsymbols = [{ symbol = "BTCUSDT", channels = ["trades"] }]',
      'binance-spot.symbols[0]: binance-spot has no channel "trades"',
    ],
    [
      'SUBSCRIPTION_TWICE',
      '[kis]\nstocks = [{ code = "005930" }]\nsubscriptions = [{ channels = ["H0STCNT0"], symbols = ["005930"] }]',
      'kis.subscriptions[0]: H0STCNT0 of 005930 is subscribed to by kis.stocks[0] already',
    ],
    [
      'POLL_UNKNOWN',
      '[kis]\npolls = [{ rule = "boards", targets = ["202612"] }]',
      'there are stock-minute, derivative-minute, option-board',
    ],
    [
      'POLL_TWICE',
      '[kis]\npolls = [{ rule = "stock-minute", targets = ["005930", "005930"] }]',
      'stock-minute of 005930 is polled by kis.polls[0] already',
    ],
    [
      'CONFIG_INVALID',
      '[kis]\nderivatives = [{ code = "A01612", channels = ["expected"], sessions = ["day"] }]',
      'the index future has no channel "expected" by day',
    ],
    ['CONFIG_INVALID', '[kis]\nchains = [{ maturity = "202612", strikes = 5, channels = [] }]', 'give it channels or board = true'],
    ['UNTIL_PAST', '[session]\nuntil = "2026-12-07T11:00"\n[binance-spot]\nsymbols = [{ symbol = "BTCUSDT" }]', 'has passed'],
  ])('%s: %s', (code, toml, message) => {
    const error = refusal(toml);
    expect(error.message).toContain(message);
    expect(error.message).toContain(code === error.code ? '' : `[${code}]`);
    expect(error.exitCode).toBe(2);
  });

  test('an unknown venue of this version is named with those it knows', () => {
    const config = parseRecorderConfig('[binance-spot]\nsymbols = [{ symbol = "BTCUSDT" }]', 'test.toml');
    const protocols = new Map([...SCRIPTED_PROTOCOLS].filter(([venue]) => venue !== 'binance-spot'));
    expect(() => planRecording(config, { ...settings(), protocols })).toThrow(
      /binance-spot: this version cannot record it; it can record kis, kiwoom/,
    );
  });

  test('everything that is wrong is said at once', () => {
    const error = refusal('[kis]\nstocks = [{ code = "005930" }]\npolls = [{ rule = "boards", targets = ["x"] }]', {});
    expect(error.code).toBe('PLAN_INVALID');
    expect(error.message).toContain('for 3 reasons');
    expect(error.message).toContain('KIS_APP_KEY (appKey) is not set');
    expect(error.message).toContain('[POLL_UNKNOWN]');
  });
});

describe('secrets', () => {
  const STOCK = '[kis]\nstocks = [{ code = "005930" }]';

  test('come from the variables that the configuration names, or the usual ones', () => {
    expect(planOf(STOCK).venues[0]!.keys).toEqual([
      {
        name: 'main',
        credentials: { appKey: 'scripted-app-key', appSecret: 'scripted-app-secret', htsId: 'scripted-hts' },
        restCallsPerSecondMax: 18,
      },
    ]);
    const named = parseRecorderConfig(`[kis]\n${TWO_KEYS}\nstocks = [{ code = "005930" }]`, 'test.toml');
    expect(planRecording(named, settings(TWO_KEYS_SET)).venues[0]!.keys.map(({ credentials }) => credentials)).toEqual([
      { appKey: 'a', appSecret: 'b' },
      { appKey: 'c', appSecret: 'd' },
    ]);
  });

  test.each([
    [{ KIS_APP_KEY: 'x' }, 'kis, key main: the variable KIS_APP_SECRET (appSecret) is not set'],
    [{ KIS_APP_KEY: 'x', KIS_APP_SECRET: '' }, 'kis, key main: the variable KIS_APP_SECRET (appSecret) is set but empty'],
    [{ KIS_APP_KEY: 'x', KIS_APP_SECRET: '  ' }, 'is set but empty'],
  ])('that are missing or empty are refused by name: %o', (variables, message) => {
    const error = refusal(STOCK, variables);
    expect(error).toMatchObject({ code: 'SECRET_MISSING', exitCode: 2 });
    expect(error.message).toContain(message);
  });

  test('that only one feature needs are asked for with that feature', () => {
    const variables = { KIS_APP_KEY: 'x', KIS_APP_SECRET: 'y' };
    expect(draftRecording(parseRecorderConfig(STOCK, 'test.toml'), settings(variables)).problems).toEqual([]);
    expect(refusal(`${STOCK}\nnotices = []`.replace('[]', '["stock"]'), variables).message).toContain('KIS_HTS_ID (htsId) is not set');
  });

  test('two keys with one app key are refused', () => {
    const toml = `[kis]\n${TWO_KEYS}\nstocks = [{ code = "005930" }]`;
    expect(refusal(toml, { ...TWO_KEYS_SET, SECOND_KEY: 'a' })).toMatchObject({ code: 'KEY_TWICE' });
  });

  test('under options are refused without being shown', () => {
    const error = refusal('[kis]\noptions = { appsecret = "hunter2" }\nstocks = [{ code = "005930" }]');
    expect(error.code).toBe('SECRET_IN_CONFIG');
    expect(error.message).not.toContain('hunter2');
  });
});

describe('polls', () => {
  test('keep the hours of their market and the codes of its sessions', () => {
    const plan = planOf(`
      [kis]
      stocks = [{ code = "005930", channels = [], interval = "1m" }, { code = "000660", channels = [], interval = "1m" }]
      derivatives = [{ code = "A01612", channels = [], interval = "1m", every = "5s" }]
      chains = [{ maturity = "261203", underlying = "WKI", strikes = 5, channels = [], board = true }]
    `);
    expect(plan.venues[0]!.connections).toEqual([]);
    expect(plan.venues[0]!.polls).toEqual([
      { rule: 'stock-minute', key: 'main', targets: ['005930', '000660'], intervalMs: 2000, options: { market: 'J' }, market: 'krx-stock' },
      {
        rule: 'derivative-minute',
        key: 'main',
        targets: ['A01612'],
        intervalMs: 5000,
        options: { market: 'F', intervalSeconds: '60' },
        market: 'krx-derivatives',
      },
      {
        rule: 'derivative-minute',
        key: 'main',
        targets: ['A01612'],
        intervalMs: 5000,
        options: { market: 'CM', intervalSeconds: '60' },
        market: 'krx-night',
      },
      {
        rule: 'option-board',
        key: 'main',
        targets: ['261203'],
        intervalMs: 2000,
        options: { class: 'WKI', strikes: '5' },
        market: 'krx-derivatives',
      },
    ]);
  });

  test('that a key cannot make in time are refused with an interval that can be', () => {
    const stocks = Array.from({ length: 50 }, (_, index) => `{ code = "${String(100_000 + index)}", channels = [], interval = "1m" }`);
    const toml = `[kis]\nstocks = [${stocks.join(', ')}]`;
    expect(refusal(toml)).toMatchObject({
      code: 'POLLS_TOO_FAST',
      message: 'kis: 50 polls need 25 calls a second and its key allows 18; write every = "3s" or longer, poll less or add a key',
    });
    const slower = toml.replaceAll('interval = "1m"', 'interval = "1m", every = "3s"');
    expect(planOf(slower).venues[0]!.polls[0]!.targets).toHaveLength(50);
  });

  test('are spread over the keys', () => {
    const stocks = Array.from({ length: 60 }, (_, index) => `{ code = "${String(100_000 + index)}", channels = [], interval = "1m" }`);
    const plan = planRecording(
      parseRecorderConfig(`[kis]\n${TWO_KEYS}\nstocks = [${stocks.join(', ')}]`, 'test.toml'),
      settings(TWO_KEYS_SET),
    );
    expect(plan.venues[0]!.polls.map(({ key, targets }) => [key, targets.length])).toEqual([
      ['first', 30],
      ['second', 30],
    ]);
  });

  test('of a type with a limit of its own are held to it', () => {
    const error = refusal('[kis]\npolls = [{ rule = "option-board", targets = ["202612", "202701", "202703"], every = "2s" }]');
    expect(error.message).toBe('kis.polls[0]: 3 polls ask kis for option-board 1.5 times a second, and 1 is the most; write every = "3s"');
  });

  test('of a key that was told to be slower count less', () => {
    const toml = '[kis]\nkeys = [{ name = "main", rate = 0.4 }]\npolls = [{ rule = "stock-minute", targets = ["005930"] }]';
    expect(refusal(toml).message).toContain('its key allows 0.4; write every = "3s"');
  });
});

test('addresses, options, names and limits reach the plan', () => {
  const plan = planOf(`
    [limits]
    waiting = "1MiB"
    startup = "10s"
    disk = "3GiB"
    [kis]
    options = { custtype = "B" }
    endpoints = { rest = "http://127.0.0.1:9101/", socket = "ws://127.0.0.1:9102", hosts = { "files.test" = "http://127.0.0.1:9103/" } }
    stocks = [{ code = "005930", name = "삼성전자" }]
  `);
  expect(plan.limits).toEqual({ waitingBytesMax: 1_048_576, startupTimeoutMs: 10_000, diskFreeMinBytes: 3_221_225_472 });
  expect(plan.venues[0]).toMatchObject({
    environment: 'real',
    hosts: { rest: 'http://127.0.0.1:9101', socket: 'ws://127.0.0.1:9102' },
    hostOverrides: { 'https://files.test': 'http://127.0.0.1:9103' },
    options: { custtype: 'B' },
    names: { '005930': '삼성전자' },
    masterSymbols: ['005930'],
  });
});

test('the calendar of the configuration adds days and takes some back', () => {
  const { holidays, lateDays } = planOf(`
    [calendar]
    closed = ["2027-05-03"]
    night = ["2027-02-05"]
    open = ["2026-12-31"]
    late = { "2028-01-03" = "first-day" }
    [binance-spot]
    symbols = [{ symbol = "BTCUSDT" }]
  `);
  expect(holidays['krx-stock']).toContain('2027-05-03');
  expect(holidays['krx-stock']).not.toContain('2027-02-05');
  expect(holidays['krx-night']).toEqual(expect.arrayContaining(['2027-05-03', '2027-02-05', '2026-02-13']));
  expect(holidays['krx-derivatives']).not.toContain('2026-12-31');
  expect(lateDays).toMatchObject({ '2028-01-03': 'first-day', '2026-11-19': 'exam' });
});
