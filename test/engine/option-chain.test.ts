import { expect, test } from 'vitest';
import type { OptionQuoteEvent } from '#domain';
import { OptionChain } from '../../engine/option-chain.ts';

function aQuote(symbol: number, markPrice: number): OptionQuoteEvent {
  const numbers = ['impliedVolatility', 'bidImpliedVolatility', 'askImpliedVolatility', 'delta', 'gamma', 'theta', 'vega', 'rho'];
  const absent = Object.fromEntries(
    [...numbers, 'underlyingPrice', 'openInterest', 'bidPrice', 'bidSize', 'askPrice', 'askSize'].map((name) => [name, Number.NaN]),
  );
  return { ...absent, kind: 'option-quote', symbol, venueTimeUs: 0, markPrice } as OptionQuoteEvent;
}

test('a chain keeps the latest quote of each symbol of a venue, in order of first quote', () => {
  const chain = new OptionChain();
  const reused = aQuote(7, 1);
  chain.update('coincall-options', reused);
  chain.update('coincall-options', aQuote(3, 2));
  chain.update('elsewhere', aQuote(9, 3));
  reused.markPrice = 5;
  const quotes = chain.of('coincall-options');
  expect([...quotes].map(([symbol, quote]) => [symbol, quote.markPrice])).toEqual([
    [7, 1],
    [3, 2],
  ]);
  chain.update('coincall-options', reused);
  expect([...quotes.keys()]).toEqual([7, 3]);
  expect(quotes.get(7)?.markPrice).toBe(5);
});

test('a venue without option quotes has an empty chain', () => {
  expect(new OptionChain().of('kiwoom').size).toBe(0);
});
