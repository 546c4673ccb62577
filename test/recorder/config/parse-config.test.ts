import { describe, expect, test } from 'vitest';
import type { TapedeckError } from '../../../domain/failure.ts';
import { checkRecorderConfig, parseRecorderConfig } from '../../../recorder/config/parse-config.ts';

function refusal(toml: string): TapedeckError {
  try {
    parseRecorderConfig(toml, 'night.toml');
  } catch (error) {
    return error as TapedeckError;
  }
  throw new Error('it was accepted');
}

/** The problems of a refused configuration, without the line that counts them. */
function problemsOf(toml: string): readonly string[] {
  const error = refusal(toml);
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 2 });
  return error.message
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}

test('a configuration keeps the texts that were written', () => {
  const config = parseRecorderConfig(
    `
    [session]
    name = "night-{date}"
    until = 06:10:00
    [calendar]
    closed = [2027-05-03, "2027-07-19"]
    [kis]
    stocks = [{ code = "005930", every = "2s", interval = "1m" }]
    `,
    'night.toml',
  );
  expect(config).toEqual({
    session: { name: 'night-{date}', until: '06:10' },
    calendar: { closed: ['2027-05-03', '2027-07-19'] },
    kis: { stocks: [{ code: '005930', every: '2s', interval: '1m' }] },
  });
});

describe('a code that is not in quotes', () => {
  test('with leading zeros is advised to be quoted', () => {
    expect(refusal('[kis]\nstocks = [{ code = 005930 }]')).toMatchObject({
      code: 'CONFIG_SYNTAX',
      exitCode: 2,
      message: 'night.toml, line 2: a code is text and must stand in quotes: write "005930", not 005930',
    });
    expect(refusal('[kis]\nx = [\n  0074K0,\n]').message).toContain('line 3: a code is text and must stand in quotes: write "0074K0"');
  });

  test('without leading zeros is too, with its zeros guessed', () => {
    expect(problemsOf('[kis]\nstocks = [{ code = 5930 }]')).toEqual([
      'kis.stocks[0].code: is text and must stand in quotes: write "005930", not 5930',
    ]);
    expect(problemsOf('[kis]\nchains = [{ maturity = 202612, strikes = 8 }]')).toEqual([
      'kis.chains[0].maturity: is text and must stand in quotes: write "202612", not 202612',
    ]);
  });
});

test('a broken line is named without being shown', () => {
  const error = refusal('[kis]\nsecret = "hunter2');
  expect(error.code).toBe('CONFIG_SYNTAX');
  expect(error.message).toContain('night.toml, line 2');
  expect(error.message).not.toContain('hunter2');
});

test('every problem is listed at once, each with its key and what to write', () => {
  const problems = problemsOf(`
    [sesion]
    name = "x"
    [session]
    duration = "5 minutes"
    until = "25:00"
    schedule = [{ days = "sometimes", start = "08:20", stop = "8:20" }]
    [kis]
    stoks = []
    stocks = [{ kode = "005930" }, { code = "005930", channels = ["trades"], exchange = 3, priority = 1000 }]
    chains = [{ maturity = "2026-12", strikes = 0 }]
    endpoints = { rest = "localhost", socket = "ws://user:hunter2@127.0.0.1" }
    [calendar]
    closed = ["2026-02-30"]
    [limits]
    waiting = "lots"
  `);
  for (const [start, part] of [
    ['sesion:', 'did you mean "session"?'],
    ['session.duration:', 'must be a duration: 500ms, 2s, 5m, 1h or 1d, not "5 minutes"'],
    ['session.until:', 'not "25:00"'],
    ['session.schedule[0].days:', '"krx-night"'],
    ['session.schedule[0].stop:', 'must be a time of day: 08:20, not "8:20"'],
    ['kis.stoks:', 'did you mean "stocks"?'],
    ['kis.stocks[0].kode:', 'did you mean "code"?'],
    ['kis.stocks[0].code:', 'is missing'],
    ['kis.stocks[1].channels[0]:', '"trades" is not known; write "trade" or "book"'],
    ['kis.stocks[1].exchange:', '3 is not known; write "krx" or "nxt" or "unified"'],
    ['kis.stocks[1].priority:', 'must be at most 999'],
    ['kis.chains[0].maturity:', 'must be six digits'],
    ['kis.chains[0].strikes:', 'must be at least 1'],
    ['kis.endpoints.rest:', 'http://127.0.0.1:8080'],
    ['kis.endpoints.socket:', 'without a password'],
    ['calendar.closed[0]:', 'must be a date: 2026-12-24, not "2026-02-30"'],
    ['limits.waiting:', 'must be a size: 512KiB, 64MiB, 2GiB or 1TiB, not "lots"'],
  ] as const) {
    expect(problems.find((problem) => problem.startsWith(start)) ?? `no line for ${start}\n${problems.join('\n')}`, start).toContain(part);
  }
  expect(problems.join('\n')).not.toContain('hunter2');
});

describe('a secret in the file', () => {
  const SECRET = 'PSxa9Kd0LpQz3Rt7VbNm2HgFj5Wc8YeUi1Bo';

  test.each([
    ['under a key of its own', `[kis]\napp_key = "${SECRET}"`, 'kis.app_key'],
    [
      'where a variable should be named',
      `[kis]\nkeys = [{ name = "main", secrets = { appKey = "${SECRET}" } }]`,
      'kis.keys[0].secrets.appKey',
    ],
    ['in capitals and digits', '[kis]\nkeys = [{ name = "main", secrets = { appKey = "ABCDEF0123456789ABCDEF01" } }]', 'secrets.appKey'],
    ['in a table of its own', `[coincall-futures.secrets]\napiSecret = "${SECRET}"`, 'coincall-futures.secrets'],
  ])('%s is refused with the advice to use the environment, and not shown', (_, toml, key) => {
    const problems = problemsOf(toml).join('\n');
    expect(problems).toContain(key);
    expect(problems).toMatch(/environment/);
    expect(problems).not.toContain(SECRET);
    expect(problems).not.toContain('ABCDEF0123456789');
  });
});

test('an object of a program is checked by the same rules', () => {
  expect(() => checkRecorderConfig({ kis: { stocks: [{ code: 5930 }] } }, 'the configuration')).toThrow(
    /the configuration has one problem/,
  );
  expect(() => checkRecorderConfig('no', 'the configuration')).toThrow(/the configuration: must be a table/);
});
