import { describe, expect, test } from 'vitest';
import { PriceBoard } from '../../../recorder/record/price-board.ts';
import type { OptionChain } from '../../../venues/rooms.ts';

function aChain(maturity: string): OptionChain {
  return { name: 'K', maturity, underlying: 'K', expiresAtUs: Number.NaN, strikes: [] };
}

describe('the price of an underlying', () => {
  test('is that of the source with the first rank, however late the others spoke', () => {
    const board = new PriceBoard();
    board.tell({ underlying: 'K', rank: '1' }, 'near', 100, 0);
    board.tell({ underlying: 'K', rank: '2' }, 'far', 107, 10);
    expect(board.money(aChain('a'), 20)).toBe(100);
    board.tell({ underlying: 'K', rank: '1' }, 'near', 101, 30);
    expect(board.money(aChain('a'), 40)).toBe(101);
  });

  test('is that of another source when the first has been silent for a minute, and stays when all are', () => {
    const board = new PriceBoard();
    board.tell({ underlying: 'K', rank: '1' }, 'near', 100, 0);
    board.tell({ underlying: 'K', rank: '2' }, 'far', 107, 50_000);
    expect(board.money(aChain('a'), 60_000)).toBe(100);
    expect(board.money(aChain('a'), 60_001)).toBe(107);
    expect(board.money(aChain('a'), 999_999)).toBe(107);
  });

  test('is unknown before anybody told it', () => {
    const board = new PriceBoard();
    board.tell({ underlying: 'other', rank: '' }, 'x', 5, 0);
    expect(board.money(aChain('a'), 0)).toBeUndefined();
  });

  test('is the forward of its own maturity where its options tell one, else the nearest told', () => {
    const board = new PriceBoard();
    board.tellForward(aChain('b'), 120, 0);
    board.tellForward(aChain('a'), 110, 5);
    expect(board.money(aChain('b'), 10)).toBe(120);
    expect(board.money(aChain('c'), 10)).toBe(110);
    board.tell({ underlying: 'K', rank: '' }, 'index', 100, 10);
    expect(board.money(aChain('b'), 20)).toBe(120);
    expect(board.money(aChain('c'), 20)).toBe(100);
  });
});
