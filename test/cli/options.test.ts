import { describe, expect, onTestFinished, test } from 'vitest';
import { collect, parseLateness, parseStore, verbCommand } from '../../cli/options.ts';
import { VERBS } from '../../cli/verbs.ts';

/** What a verb's action gets for these words. */
async function optionsOf(...words: readonly string[]): Promise<unknown> {
  let seen: unknown;
  const verb = verbCommand('sample', 'a verb').action((options: unknown) => {
    seen = options;
  });
  await verb.exitOverride().parseAsync(['node', 'tapedeck', ...words]);
  return seen;
}

describe('every verb', () => {
  test('takes --data and --json, has a description, and is named as its file', async () => {
    for (const { name, description, load } of VERBS) {
      const verb = (await load())(verbCommand(name, description));
      expect(verb.name()).toBe(name);
      expect(verb.description()).toBe(description);
      expect(verb.options.map(({ long }) => long)).toEqual(expect.arrayContaining(['--data', '--json']));
      for (const option of [...verb.options, ...verb.registeredArguments])
        expect(option.description, `${name} ${option.name()}`).not.toBe('');
    }
    expect(VERBS.map(({ name }) => name)).toEqual([...new Set(VERBS.map(({ name }) => name))]);
  });

  test('reads the data folder from the option, else the environment, else the working folder', async () => {
    const before = process.env.TAPEDECK_DATA;
    onTestFinished(() => {
      if (before === undefined) delete process.env.TAPEDECK_DATA;
      else process.env.TAPEDECK_DATA = before;
    });
    delete process.env.TAPEDECK_DATA;
    expect(await optionsOf()).toEqual({ data: './data' });
    process.env.TAPEDECK_DATA = '/tapes';
    expect(await optionsOf()).toEqual({ data: '/tapes' });
    expect(await optionsOf('--data', '/mine', '--json')).toEqual({ data: '/mine', json: true });
  });
});

test('repeated options are collected in the order given', () => {
  expect(['a=1', 'b=2', 'a=3'].reduce<readonly string[]>((all, word) => collect(word, all), [])).toEqual(['a=1', 'b=2', 'a=3']);
  expect(collect('a')).toEqual(['a']);
});

test('lateness is a duration in microseconds, and absent when it is not given', () => {
  expect(parseLateness(undefined)).toBeUndefined();
  expect(['0', '2s', '500ms', '1m'].map(parseLateness)).toEqual([0, 2_000_000, 500_000, 60_000_000]);
  for (const text of ['2', '-1s', '', 'soon', '2 s'])
    expect(() => parseLateness(text), text).toThrow(expect.objectContaining({ code: 'DURATION_INVALID', exitCode: 2 }));
});

test('the store is journal, parquet, questdb or the best there is', () => {
  expect([undefined, 'journal', 'parquet', 'questdb'].map(parseStore)).toEqual([undefined, 'journal', 'parquet', 'questdb']);
  for (const text of ['', 'Parquet', 'quest']) {
    expect(() => parseStore(text), text).toThrow(expect.objectContaining({ code: 'STORE_UNKNOWN', exitCode: 2 }));
    expect(() => parseStore(text)).toThrow(`--from ${text}: must be journal, parquet or questdb`);
  }
});
