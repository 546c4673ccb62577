import { describe, expect, test } from 'vitest';
import { bookAmount, type Fill, type Instrument, type OrderSide } from '../../domain/index.ts';
import { type ClosedTrade, Ledger } from '../../engine/ledger.ts';
import { marketValue, shareOfCost } from '../../engine/ledger-value.ts';

const KRW_STOCK: Instrument = { venue: 'kiwoom', symbol: '005930', kind: 'stock', currency: 'KRW', multiplier: 1 };
const FUTURE: Instrument = { venue: 'kis', symbol: '101W9000', kind: 'future', currency: 'KRW', multiplier: 250_000 };
const BTC: Instrument = { venue: 'binance-spot', symbol: 'BTCUSDT', kind: 'spot', currency: 'USDT', multiplier: 1 };

function aFill(side: OrderSide, size: number, price: number, over: Partial<Fill> = {}): Fill {
  return {
    orderId: 1,
    symbol: 0,
    side,
    price,
    size,
    liquidity: 'taker',
    currency: 'KRW',
    feeMinor: 0,
    midPrice: Number.NaN,
    timeUs: 0,
    ...over,
  };
}

/** Runs lines of `buy 2 @ 100 fee 1 | name value | …`; a name is cash, position, average, realised, fees, cost or equity (at the last price). */
function checkLedger(table: string, instrument: Instrument = KRW_STOCK, startMinor = 0): ClosedTrade[] {
  const { currency } = instrument;
  const ledger = new Ledger({ instrument: () => instrument, startMinor: { [currency]: startMinor } });
  const trades: ClosedTrade[] = [];
  for (const line of table.trim().split('\n')) {
    const [action = '', ...checks] = line.split('|').map((cell) => cell.trim());
    const [side, size, , price, , fee = '0'] = action.split(/\s+/);
    const trade = ledger.applyFill(aFill(side as OrderSide, Number(size), Number(price), { currency, feeMinor: Number(fee) }));
    if (trade !== undefined) trades.push(trade);
    ledger.checkBalance();
    ledger.mark(0, Number(price));
    const position = ledger.position(0);
    const account = ledger.account(currency);
    const actual: Record<string, number> = {
      cash: account.cashMinor,
      cost: account.costMinor,
      position: position.size,
      average: position.averagePrice,
      realised: position.realisedMinor,
      fees: account.feesMinor,
      equity: ledger.equityMinor(currency),
    };
    for (const check of checks) {
      const [name = '', value] = check.split(/\s+/);
      expect(actual[name], `${line}: ${name}`).toBe(Number(value));
    }
  }
  return trades;
}

describe('the ledger', () => {
  test('buys and sells move cash and position', () => {
    checkLedger(`
      buy  2 @ 100 | cash -200 | position  2 | cost 200
      sell 3 @ 110 | cash  130 | position -1 | realised 20 | average 110
      buy  1 @ 100 | cash   30 | position  0 | realised 30 | average NaN | cost 0
    `);
  });

  test('entries are averaged and partial exits keep the average', () => {
    checkLedger(`
      buy  1 @ 100 | average 100
      buy  3 @ 120 | average 115 | cost 460
      sell 2 @ 130 | average 115 | realised 30 | cost 230 | position 2
      sell 2 @ 100 | realised 0 | position 0
    `);
  });

  test('a short earns when the price falls', () => {
    checkLedger(`
      sell 5 @ 100 fee 3 | cash 497 | cost -500 | position -5 | fees 3
      buy  2 @  90 fee 1 | realised 20 | position -3 | average 100
      buy  3 @ 110 fee 1 | realised -10 | cash -15 | position 0
    `);
  });

  test('a fill through zero closes one round trip and opens the next, each with its part of the fee', () => {
    const trades = checkLedger(`
      buy  2 @ 100 fee 2
      sell 5 @ 110 fee 10 | realised 20 | position -3 | average 110 | fees 12
      buy  3 @ 100 fee 3  | realised 50 | position 0
    `);
    expect(trades.map(({ side, size, grossMinor, feesMinor, netMinor }) => ({ side, size, grossMinor, feesMinor, netMinor }))).toEqual([
      { side: 'long', size: 2, grossMinor: 20, feesMinor: 6, netMinor: 14 },
      { side: 'short', size: 3, grossMinor: 30, feesMinor: 9, netMinor: 21 },
    ]);
  });

  test('the multiplier counts in cash, cost and profit', () => {
    checkLedger(
      `
      buy  1 @ 330.05 | cash -82512500 | cost 82512500
      sell 1 @ 330.10 | realised 12500 | cash 12500
    `,
      FUTURE,
    );
  });

  test('starting cash is part of cash and equity', () => {
    checkLedger('buy 2 @ 100 fee 1 | cash 799 | equity 999', KRW_STOCK, 1000);
  });

  test('an amount between two minor units is booked against us', () => {
    checkLedger(
      `
      buy  0.00001 @ 60000.13 | cash -600002 | cost 600002
      sell 0.00001 @ 60000.13 | cash -1 | realised -1
    `,
      BTC,
    );
  });

  test('a cost that does not divide stays whole over partial closes', () => {
    checkLedger(`
      buy  3 @ 33.34 | cost 101
      sell 1 @ 33    | cost 67 | realised -1
      sell 1 @ 33    | cost 33 | realised -2
      sell 1 @ 33    | cost 0 | realised -2 | cash -2
    `);
  });

  test('sizes add up as decimals, so that a position built of tenths closes to exactly flat', () => {
    checkLedger(
      `
      buy  0.1 @ 100 | position 0.1
      buy  0.2 @ 100 | position 0.3
      sell 0.3 @ 100 | position 0 | average NaN
    `,
      BTC,
    );
  });

  test('currencies are kept apart', () => {
    const ledger = new Ledger({ instrument: (symbol) => (symbol === 0 ? KRW_STOCK : BTC), startMinor: { USDT: 5_000_000 } });
    ledger.applyFill(aFill('buy', 1, 70_000));
    ledger.applyFill(aFill('buy', 1, 2, { symbol: 1, currency: 'USDT', feeMinor: 7 }));
    ledger.checkBalance();
    expect(ledger.currencies).toEqual(['USDT', 'KRW']);
    expect(ledger.account('KRW').cashMinor).toBe(-70_000);
    expect(ledger.account('USDT').cashMinor).toBe(2_999_993);
    expect(ledger.equityMinor('EUR')).toBe(0);
  });

  test('a fill in another currency than its instrument is a bug', () => {
    const ledger = new Ledger({ instrument: () => KRW_STOCK });
    expect(() => ledger.applyFill(aFill('buy', 1, 1, { currency: 'USDT' }))).toThrow('bug: a fill in USDT');
  });
});

describe('marks', () => {
  test('unrealised profit follows the mark, and NaN keeps the last known one', () => {
    const ledger = new Ledger({ instrument: () => KRW_STOCK });
    ledger.applyFill(aFill('sell', 10, 100));
    ledger.mark(0, 95);
    expect(ledger.unrealisedMinor(0)).toBe(50);
    ledger.mark(0, Number.NaN);
    expect(ledger.equityMinor('KRW')).toBe(50);
    expect(ledger.markOf(0)).toBe(95);
  });

  test('a mark that came while flat counts for the next position', () => {
    const ledger = new Ledger({ instrument: () => KRW_STOCK });
    ledger.position(0);
    ledger.mark(0, 90);
    ledger.applyFill(aFill('buy', 1, 100));
    expect(ledger.unrealisedMinor(0)).toBe(-10);
  });

  test('the fast value is the same as the exact one', () => {
    const cases = [
      [0.00001, 60000.13, 1],
      [-0.00001, 60000.13, 1],
      [1.23456789, 61234.56, 1],
      [-3, 330.05, 250_000],
      [12345.678901, 98765.4321, 1],
      [0.1, 0.00000012, 0.01],
      [1e-8, 1e-8, 1],
      [900_000, 900_000_000.01, 10],
    ] as const;
    for (const [size, price, multiplier] of cases) {
      for (const currency of ['USDT', 'KRW', 'BTC']) {
        if (Math.abs(size * price * multiplier) > 5e7 && currency !== 'KRW') continue; // outside the exact range of the ledger
        const exact = bookAmount([size, price, multiplier], currency, 'against-us');
        expect(marketValue(size, price, { ...BTC, currency, multiplier }), `${size} ${price} ${multiplier} ${currency}`).toBe(exact);
      }
    }
  });

  test('the cost that leaves is rounded up, for longs and shorts', () => {
    expect(shareOfCost(10, 1n, 3n)).toBe(4);
    expect(shareOfCost(-10, 1n, 3n)).toBe(-3);
    expect(shareOfCost(-10, 3n, 3n)).toBe(-10);
  });
});

describe('a round trip', () => {
  test('holds its averages, times, tags and excursions', () => {
    const ledger = new Ledger({ instrument: () => KRW_STOCK });
    ledger.applyFill(aFill('buy', 1, 100, { timeUs: 1 }), 'breakout');
    ledger.applyFill(aFill('buy', 1, 110, { timeUs: 2 }), 'add');
    ledger.mark(0, 95);
    ledger.mark(0, 130);
    expect(ledger.applyFill(aFill('sell', 1, 120, { timeUs: 3, feeMinor: 1 }), 'scale-out')).toBeUndefined();
    expect(ledger.applyFill(aFill('sell', 1, 118, { timeUs: 4, feeMinor: 1 }), 'stop-loss')).toEqual({
      symbol: 0,
      side: 'long',
      entryTimeUs: 1,
      entryPrice: 105,
      exitTimeUs: 4,
      exitPrice: 119,
      size: 2,
      currency: 'KRW',
      grossMinor: 28,
      feesMinor: 2,
      netMinor: 26,
      entryTag: 'breakout',
      exitTag: 'stop-loss',
      adverseMinor: 20,
      favourableMinor: 50,
    });
  });

  test('turns the excursions around for a short', () => {
    const ledger = new Ledger({ instrument: () => KRW_STOCK });
    ledger.applyFill(aFill('sell', 2, 100));
    ledger.mark(0, 103);
    ledger.mark(0, 96);
    expect(ledger.applyFill(aFill('buy', 2, 99))).toMatchObject({ side: 'short', adverseMinor: 6, favourableMinor: 8, grossMinor: 2 });
  });
});
