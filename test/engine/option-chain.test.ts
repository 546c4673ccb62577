import { expect, test } from 'vitest';
import type { OptionQuoteEvent } from '#domain';
import { OptionChain } from '../../engine/option-chain.ts';

function aQuote(symbol: number, markPrice: number, more: Partial<OptionQuoteEvent> = {}): OptionQuoteEvent {
  const numbers = ['impliedVolatility', 'bidImpliedVolatility', 'askImpliedVolatility', 'delta', 'gamma', 'theta', 'vega', 'rho'];
  const absent = Object.fromEntries(
    [...numbers, 'underlyingPrice', 'openInterest', 'bidPrice', 'bidSize', 'askPrice', 'askSize'].map((name) => [name, Number.NaN]),
  );
  return { ...absent, kind: 'option-quote', symbol, venueTimeUs: 0, markPrice, ...more } as OptionQuoteEvent;
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

test('numbers that an event does not carry keep what another channel told', () => {
  const chain = new OptionChain();
  const sides = { bidPrice: 10, bidSize: 1, askPrice: 11, askSize: 2 };
  chain.update('coincall-options', aQuote(1, 5, { bidImpliedVolatility: 0.5, askImpliedVolatility: 0.6, rho: 3, ...sides }));
  chain.update('coincall-options', aQuote(1, 6, { impliedVolatility: 0.55, delta: 0.4, venueTimeUs: 7 }));
  chain.update('coincall-options', aQuote(1, Number.NaN, { venueTimeUs: Number.NaN, openInterest: 9 }));
  const known = { venueTimeUs: 7, markPrice: 6, impliedVolatility: 0.55, bidImpliedVolatility: 0.5, askImpliedVolatility: 0.6 };
  expect(chain.of('coincall-options').get(1)).toMatchObject({ ...known, delta: 0.4, rho: 3, openInterest: 9, ...sides });
});

test('a side that is empty now shows no price, where the event tells the other side', () => {
  const chain = new OptionChain();
  chain.update('coincall-options', aQuote(1, 5, { bidPrice: 10, bidSize: 1, askPrice: 11, askSize: 2 }));
  chain.update('coincall-options', aQuote(1, 5, { askPrice: 12, askSize: 3 }));
  expect(chain.of('coincall-options').get(1)).toMatchObject({ bidPrice: Number.NaN, bidSize: Number.NaN, askPrice: 12, askSize: 3 });
  chain.update('coincall-options', aQuote(1, 5, { bidSize: 0, askSize: 0 }));
  expect(chain.of('coincall-options').get(1)).toMatchObject({ bidPrice: Number.NaN, bidSize: 0, askPrice: Number.NaN, askSize: 0 });
});

test('a venue without option quotes has an empty chain', () => {
  expect(new OptionChain().of('kiwoom').size).toBe(0);
});
