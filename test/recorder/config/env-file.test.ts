import { describe, expect, test } from 'vitest';
import { joinVariables, parseEnvFile } from '../../../recorder/config/env-file.ts';

describe('a file of variables', () => {
  test('has comments, quotes and exports', () => {
    const text =
      '\ufeff# keys\r\nKIS_APP_KEY=abc\r\n\n export KIS_APP_SECRET = "x # y" # main\nHTS=\'a"b\'\nBASE64=ab+/c==\nHASH=a#b # note\nEMPTY=\n';
    expect(parseEnvFile(text, 'secrets.env')).toEqual({
      KIS_APP_KEY: 'abc',
      KIS_APP_SECRET: 'x # y',
      HTS: 'a"b',
      BASE64: 'ab+/c==',
      HASH: 'a#b',
      EMPTY: '',
    });
  });

  test.each([['KIS_APP_KEY hunter2'], ['=hunter2'], ['A="hunter2'], ['A="x" hunter2'], ['1A=hunter2']])(
    'refuses the line %s by number, without showing it',
    (line) => {
      let message = '';
      try {
        parseEnvFile(`OK=1\n${line}\n`, 'secrets.env');
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).toContain('secrets.env, line 2');
      expect(message).not.toContain('hunter2');
    },
  );
});

test('a variable of the environment goes before one of the file, even when it is empty', () => {
  expect(joinVariables({ A: 'shell', B: '', C: undefined }, { A: 'file', B: 'file', C: 'file', D: 'file' })).toEqual({
    A: 'shell',
    B: '',
    C: 'file',
    D: 'file',
  });
});
