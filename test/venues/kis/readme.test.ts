import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fieldMeaning } from '../../../venues/kis/fields.ts';
import { CHANNEL_LAYOUTS } from '../../../venues/kis/layouts.ts';
import {
  DERIVATIVE_BARS_KEYS,
  DERIVATIVE_PRICE_KEYS,
  FUTURES_BOARD_KEYS,
  OPTION_BOARD_KEYS,
  STOCK_BARS_KEYS,
} from '../../../venues/kis/rest-layouts.ts';
import { CHANNELS } from '../../../venues/kis/row-layout.ts';

const README = readFileSync(new URL('../../../venues/kis/README.md', import.meta.url), 'utf8');

test('the README names every channel and every reading', () => {
  const keys = [OPTION_BOARD_KEYS, FUTURES_BOARD_KEYS, DERIVATIVE_PRICE_KEYS, DERIVATIVE_BARS_KEYS, STOCK_BARS_KEYS].flat();
  const names = [
    ...CHANNEL_LAYOUTS.map(({ channel }) => channel),
    ...CHANNELS.flatMap(({ layouts }) => layouts.flatMap((layout) => [...layout.readingNames, ...layout.otherReadingNames])),
    ...keys.map((key) => fieldMeaning(key.toUpperCase()).reading),
  ];
  const missing = [...new Set(names)].filter((name) => name !== '' && !README.includes(`\`${name}\``));
  expect(missing).toEqual([]);
});
