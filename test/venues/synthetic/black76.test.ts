import { expect, test } from 'vitest';
import { black76, type OptionTerms } from '../../../venues/synthetic/black76.ts';
import { smileVolatility } from '../../../venues/synthetic/volatility-smile.ts';
import { checkSeeds, type Random } from '../../seeds.ts';

function someTerms(random: Random): OptionTerms {
  const forward = 50 + random.fraction() * 1_000;
  return {
    isCall: random.chance(0.5),
    forward,
    strike: forward * (0.7 + 0.6 * random.fraction()),
    years: 0.005 + random.fraction(),
    volatility: 0.08 + random.fraction() * 0.8,
    rate: random.fraction() * 0.06,
  };
}

test('call and put of a strike differ by the discounted distance of the forward', () => {
  checkSeeds(200, (random) => {
    const terms = someTerms(random);
    const call = black76({ ...terms, isCall: true });
    const put = black76({ ...terms, isCall: false });
    const discount = Math.exp(-terms.rate * terms.years);
    expect(Math.abs(call.price - put.price - discount * (terms.forward - terms.strike))).toBeLessThan(1e-10 * terms.forward);
    expect(Math.abs(call.delta - put.delta - discount)).toBeLessThan(1e-12);
    expect(Math.abs(call.gamma - put.gamma)).toBeLessThan(1e-12);
    expect(Math.abs(call.vega - put.vega)).toBeLessThan(1e-12);
  });
});

test('deltas of calls lie in 0 to 1, of puts in -1 to 0, and no sensitivity has the wrong sign', () => {
  checkSeeds(200, (random) => {
    const terms = someTerms(random);
    const { price, delta, gamma, vega, rho } = black76(terms);
    const along = terms.isCall ? delta : -delta;
    expect(along).toBeGreaterThanOrEqual(0);
    expect(along).toBeLessThanOrEqual(1);
    for (const value of [price, gamma, vega, -rho]) expect(value).toBeGreaterThanOrEqual(0);
  });
});

test('sensitivities are the slopes of the price', () => {
  checkSeeds(100, (random) => {
    const terms = someTerms(random);
    const value = black76(terms);
    const slope = (change: (step: number) => Partial<OptionTerms>, step: number) =>
      (black76({ ...terms, ...change(step) }).price - black76({ ...terms, ...change(-step) }).price) / (2 * step);
    const near = (a: number, b: number) => expect(Math.abs(a - b)).toBeLessThan(1e-4 * (1 + Math.abs(b)));
    near(
      value.delta,
      slope((step) => ({ forward: terms.forward + step }), terms.forward * 1e-5),
    );
    near(
      value.vega * 100,
      slope((step) => ({ volatility: terms.volatility + step }), 1e-5),
    );
    near(
      value.rho * 100,
      slope((step) => ({ rate: terms.rate + step }), 1e-5),
    );
    near(value.theta * 365, -slope((step) => ({ years: terms.years + step }), terms.years * 1e-4));
  });
});

test('the smile is what its level says at the money, and dearer for low strikes', () => {
  const shape = { level: 0.19, skew: -0.09, curvature: 0.025 };
  expect(smileVolatility(shape, 400, 400, 0.1)).toBe(0.19);
  expect(smileVolatility(shape, 400, 380, 0.1)).toBeGreaterThan(0.19);
  expect(smileVolatility(shape, 400, 380, 0.1)).toBeGreaterThan(smileVolatility(shape, 400, 420, 0.1));
  // Beyond four deviations it is flat.
  expect(smileVolatility(shape, 400, 100, 0.1)).toBe(smileVolatility(shape, 400, 50, 0.1));
});
