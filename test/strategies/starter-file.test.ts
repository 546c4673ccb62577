import { transformSync } from '@swc/wasm-typescript';
import { expect, test } from 'vitest';
import type { StrategyDefinition } from '../../domain/index.ts';
import { STARTER_FILE_TEXT, STRATEGIES } from '../../strategies/index.ts';
import { parametersOf, StrategyDesk } from './strategy-desk.ts';

async function loadStarter(): Promise<StrategyDefinition> {
  const { code } = transformSync(STARTER_FILE_TEXT, { mode: 'strip-only', module: true, filename: 'my-strategy.ts' });
  const loaded = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`)) as { strategy: StrategyDefinition };
  return loaded.strategy;
}

test('the starter file is a strategy once its types are removed', async () => {
  const strategy = await loadStarter();
  const desk = new StrategyDesk(strategy, { lookback: 2, size: 5 });
  for (const close of [10, 11, 10.5]) desk.close(close);
  expect(desk.take()).toEqual([]);
  desk.close(11.5);
  expect(desk.take()).toEqual(['buy 5 breakout']);
  desk.close(12);
  desk.close(11);
  expect(desk.take()).toEqual(['sell 5 reduce breakdown']);
});

test('every strategy of the list has a name of its own and documented parameters that it takes', () => {
  expect(STRATEGIES.map(({ name }) => name)).toEqual([...new Set(STRATEGIES.map(({ name }) => name))]);
  for (const definition of STRATEGIES) {
    expect(() => definition.create(parametersOf(definition))).not.toThrow();
    for (const { doc } of Object.values(definition.parameters)) expect(doc).toMatch(/\.$/);
  }
});
