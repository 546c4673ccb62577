import { describe, expect, test } from 'vitest';
import { SymbolReader, SymbolTable } from '../../domain/symbols.ts';
import { checkSeeds } from '../seeds.ts';

const encode = (text: string) => new TextEncoder().encode(text);

describe('the symbol table', () => {
  test('gives ids in order of first appearance, one for each venue and symbol', () => {
    const table = new SymbolTable();
    const ids = [table.intern('kiwoom', '005930'), table.intern('kis', '005930'), table.intern('kiwoom', '005930')];
    expect(ids).toEqual([0, 1, 0]);
    expect(table.size).toBe(2);
    expect(table.name(1)).toEqual({ venue: 'kis', symbol: '005930' });
    expect(table.find('kis', '005930')).toBe(1);
    expect(table.find('kis', '5930')).toBeUndefined();
  });

  test('does not confuse names that join to the same text', () => {
    const table = new SymbolTable();
    expect(table.intern('ab', 'c')).not.toBe(table.intern('a', 'bc'));
  });

  test('stops at an id it never gave out', () => {
    expect(() => new SymbolTable().name(0)).toThrow('never given out');
  });
});

describe('the symbol reader', () => {
  test('finds by bytes the id that the name has', () => {
    const table = new SymbolTable();
    const reader = new SymbolReader('binance-spot', table);
    const frame = encode('{"s":"BTCUSDT","t":"ETHUSDT"}');
    expect([reader.read(frame, 6, 13), reader.read(frame, 20, 27), reader.read(frame, 6, 13)]).toEqual([0, 1, 0]);
    expect(table.name(0)).toEqual({ venue: 'binance-spot', symbol: 'BTCUSDT' });
    expect(table.intern('binance-spot', 'ETHUSDT')).toBe(1);
  });

  test('keeps its own bytes: the buffer of a frame is used again', () => {
    const table = new SymbolTable();
    const reader = new SymbolReader('v', table);
    const frame = encode('AAA');
    reader.read(frame, 0, 3);
    frame.set(encode('BBB'));
    expect(reader.read(frame, 0, 3)).toBe(1);
    expect(table.name(0).symbol).toBe('AAA');
  });

  test('tells symbols with the same hash apart', () => {
    // 31 × 'A' + 'a' = 31 × 'B' + 'B'
    const table = new SymbolTable();
    const reader = new SymbolReader('v', table);
    const frame = encode('AaBB');
    expect([reader.read(frame, 0, 2), reader.read(frame, 2, 4), reader.read(frame, 0, 2), reader.read(frame, 2, 4)]).toEqual([0, 1, 0, 1]);
  });

  test('agrees with the table for any names, also empty and not ASCII', () => {
    checkSeeds(50, (random) => {
      const table = new SymbolTable();
      const reader = new SymbolReader('v', table);
      for (let i = 0; i < 200; i++) {
        const name = Array.from({ length: random.integer(0, 3) }, () => random.pick(['A', 'a', 'B', '0', '삼', '-'])).join('');
        const bytes = encode(`[${name}]`);
        const id = reader.read(bytes, 1, bytes.length - 1);
        expect(table.name(id)).toEqual({ venue: 'v', symbol: name });
        expect(table.find('v', name)).toBe(id);
      }
    });
  });
});
