import { describe, expect, test } from 'vitest';
import type { StrategyDefinition } from '#domain';
import { parseCash, parsePairs, resolveParameters, settingsObject } from '../../cli/settings.ts';

const DEFINITION: StrategyDefinition = {
  name: 'sample',
  description: '',
  parameters: {
    size: { default: 1, doc: '', min: 0.5, max: 10 },
    direction: { default: 'both', doc: '', choices: ['both', 'long'] },
    label: { default: '', doc: '' },
    isEager: { default: false, doc: '' },
  },
  create: () => ({}),
};

const refusal = (code: string, ...texts: readonly string[]) => {
  const parts = texts.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return expect.objectContaining({ code, exitCode: 2, message: expect.stringMatching(parts.join('.*')) });
};

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('key=value options', () => {
  test('are read in the order given, the value being everything after the first equals sign', () => {
    expect([...parsePairs(['b=2', 'a=x=y', 'c='], '--set')]).toEqual([
      ['b', '2'],
      ['a', 'x=y'],
      ['c', ''],
    ]);
  });

  test('without a key or an equals sign, and keys given twice, are refused by name', () => {
    for (const pair of ['fast', '=3', ''])
      expect(thrownBy(() => parsePairs([pair], '--set'))).toEqual(refusal('PAIR_INVALID', `--set ${pair}:`, 'write key=value'));
    expect(thrownBy(() => parsePairs(['a=1', 'a=2'], '--risk'))).toEqual(refusal('PAIR_TWICE', '--risk a is given twice'));
  });
});

describe('--set', () => {
  const set = (...pairs: readonly string[]) => resolveParameters(DEFINITION, pairs);

  test('overrides defaults with values of the kind the default has', () => {
    expect(set()).toEqual({ size: 1, direction: 'both', label: '', isEager: false });
    expect(set('size=2.5', 'direction=long', 'label=7', 'isEager=true')).toEqual({
      size: 2.5,
      direction: 'long',
      label: '7',
      isEager: true,
    });
    expect(set('size=1e1')).toMatchObject({ size: 10 });
  });

  test('refuses what is not of that kind, out of range or not a choice, naming the parameter and the way out', () => {
    const refused: readonly (readonly [pair: string, text: string])[] = [
      ['size=abc', 'must be a number'],
      ['size=', 'must be a number'],
      ['size=Infinity', 'must be a number'],
      ['size=0.4', 'must be at least 0.5'],
      ['size=11', 'must be at most 10'],
      ['direction=short', 'must be one of both, long'],
      ['isEager=yes', 'must be true or false'],
    ];
    for (const [pair, text] of refused)
      expect(
        thrownBy(() => set(pair)),
        pair,
      ).toEqual(refusal('PARAMETER_INVALID', `--set ${pair}:`, text));
  });

  test('refuses a parameter the strategy does not have, naming those it has', () => {
    const text = 'strategy sample has no parameter "fast"; it has: size, direction, label, isEager';
    expect(thrownBy(() => set('fast=1'))).toEqual(refusal('PARAMETER_UNKNOWN', text));
    const none = thrownBy(() => resolveParameters({ ...DEFINITION, parameters: {} }, ['toString=1']));
    expect(none).toEqual(refusal('PARAMETER_UNKNOWN', 'has no parameter "toString"; it has: none'));
  });
});

describe('--risk and --model', () => {
  const risk = (...pairs: readonly string[]) => settingsObject(pairs, '--risk');

  test('make nested objects of dotted names', () => {
    expect(risk()).toEqual({});
    expect(risk('stopLoss.percent=1', 'ordersPerMinute=5', 'stopLoss.points=2', 'a.b.c=x')).toEqual({
      stopLoss: { percent: 1, points: 2 },
      ordersPerMinute: 5,
      a: { b: { c: 'x' } },
    });
  });

  test('read numbers, booleans and JSON as such, and anything else as text', () => {
    const values = risk('a=1.5', 'b=true', 'c=null', 'd=[1,2]', 'e={"x":1}', 'f=005930', 'g=none', 'h="5"', 'i=', 'j=-3');
    expect(values).toEqual({ a: 1.5, b: true, c: null, d: [1, 2], e: { x: 1 }, f: '005930', g: 'none', h: '5', i: '', j: -3 });
  });

  test('refuse a name that is a value and a group at once, whatever came first', () => {
    expect(thrownBy(() => risk('a=1', 'a.b=2'))).toEqual(refusal('PAIR_TWICE', '--risk a.b: "a" has a value already'));
    expect(thrownBy(() => risk('a={"c":1}', 'a.b=2'))).toEqual(refusal('PAIR_TWICE', '--risk a.b: "a" has a value already'));
    expect(thrownBy(() => risk('a.b=2', 'a=1'))).toEqual(refusal('PAIR_TWICE', '--risk a: it holds other values already'));
    expect(thrownBy(() => risk('a.b=2', 'a.b.c=1'))).toEqual(refusal('PAIR_TWICE', '--risk a.b.c: "b" has a value already'));
  });

  test('refuse names with nothing beside a point', () => {
    for (const name of ['a..b', '.a', 'a.', '.'])
      expect(
        thrownBy(() => risk(`${name}=1`)),
        name,
      ).toEqual(refusal('PAIR_INVALID', `--risk ${name}:`, 'a name beside a point is missing'));
  });

  test('keep names that every object has, so that they are refused as unknown and not lost', () => {
    expect(Object.keys(risk('__proto__.percent=1', 'constructor.x=1', 'toString=1'))).toEqual(['__proto__', 'constructor', 'toString']);
    expect(JSON.stringify(risk('__proto__.percent=1'))).toBe('{"__proto__":{"percent":1}}');
    expect(({} as Record<string, unknown>).percent).toBeUndefined();
  });
});

describe('--cash', () => {
  test('is whole minor units of its currency', () => {
    expect(parseCash(['USDT=10000', 'KRW=1000000', 'BTC=0.5', 'USDC=0'])).toEqual({
      USDT: 10_000_000_000,
      KRW: 1_000_000,
      BTC: 50_000_000,
      USDC: 0,
    });
  });

  test('refuses what is no amount, no currency, or more than the ledger counts', () => {
    for (const pair of ['USDT=abc', 'USDT=', 'USDT=-1', 'USDT=1,000'])
      expect(
        thrownBy(() => parseCash([pair])),
        pair,
      ).toEqual(refusal('CASH_INVALID', `--cash ${pair}:`, 'USDT=10000'));
    for (const currency of ['usdt', '<b>', 'U', ' USDT'])
      expect(
        thrownBy(() => parseCash([`${currency}=1`])),
        currency,
      ).toEqual(refusal('CASH_INVALID', `"${currency}" is no currency`));
    expect(thrownBy(() => parseCash(['USDT=99999999999999']))).toEqual(refusal('CASH_INVALID', 'more than the ledger can count'));
    expect(thrownBy(() => parseCash(['KRW=1', 'KRW=2']))).toEqual(refusal('PAIR_TWICE', '--cash KRW is given twice'));
  });
});
