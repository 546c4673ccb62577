import { expect, test } from 'vitest';
import type { Desk, RunSummary, Strategy, StrategyDefinition, SymbolId } from '#domain';
import { runHtml, runText } from '#report';
import type { TableValue, TableWriter } from '#storage';
import { backtest } from '../../replay/backtest.ts';
import { DERIVED_TABLES } from '../../replay/derived-tables.ts';
import { exportTape } from '../../replay/export.ts';
import { inspectTape } from '../../replay/inspect.ts';
import { tapeEvents } from '../../replay/tape-events.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { frame, SCRIPTED_VENUES } from '../fixtures/scripted-venue.ts';

// A status or reading with symbol -1 is about a whole market (Kiwoom 0s): it passes every reader of a tape.

const TAPE = new MemoryTape([
  aRecord({ atUs: 1, payload: frame({ say: 'status', status: 'phase', on: false, symbol: '*' }) }),
  aRecord({ atUs: 2, payload: frame({ say: 'reading', values: { advances: 512, declines: 300 }, symbol: '*' }) }),
  aRecord({ atUs: 3, payload: frame({ say: 'auction', price: 5, symbol: '*' }) }),
  aRecord({ atUs: 4, payload: frame({ say: 'trade', price: 100 }) }),
  aRecord({ atUs: 5, payload: frame({ say: 'status', status: 'halt', on: true, symbol: '*' }) }),
  aRecord({ atUs: 6, payload: frame({ say: 'trade', price: 101 }) }),
  aRecord({ atUs: 7, payload: frame({ say: 'status', status: 'halt', on: false, symbol: '*' }) }),
  aRecord({ atUs: 8, payload: frame({ say: 'trade', price: 102 }) }),
]);

function definition(create: () => Strategy): StrategyDefinition {
  return { name: 'market-watcher', description: '', parameters: {}, create };
}

function play(create: () => Strategy, onAuditLine: (line: string) => void = () => undefined) {
  const models = { latency: { orderUs: 0 }, fees: { model: 'none' } } as const;
  const strategy = definition(create);
  const risk = { viHalt: { coolDown: '0' }, stopLoss: { percent: 1 }, positionSize: { units: 10 } };
  return backtest({
    tapes: [TAPE],
    venues: SCRIPTED_VENUES,
    strategy,
    sourceHash: '',
    parameters: {},
    candles: ['1m'],
    models,
    risk,
    onAuditLine,
  });
}

/** Everything a desk can be asked about a symbol. */
function askAll(symbol: SymbolId, desk: Desk): Readonly<Record<string, unknown>> {
  return {
    venue: desk.instrument(symbol).venue,
    name: desk.instrument(symbol).symbol,
    isKnown: desk.book(symbol).isKnown,
    position: desk.position(symbol).size,
    orders: desk.openOrders(symbol).length,
    candles: desk.candles(symbol, '1m').length,
    forming: desk.formingCandle(symbol, '1m'),
  };
}

test('a strategy can ask its desk about the market as about a symbol: nothing is there, and it is in no list', async () => {
  const answers: unknown[] = [];
  const lists: (readonly SymbolId[])[] = [];
  const ask = ({ symbol }: { readonly symbol: SymbolId }, desk: Desk): void => {
    answers.push(askAll(symbol, desk));
    lists.push([...desk.symbols]);
  };
  await play(() => ({ onStatus: ask, onReading: ask, onAuction: ask }));
  const nothing = { venue: '', name: '*', isKnown: false, position: 0, orders: 0, candles: 0, forming: undefined };
  expect(answers).toEqual(Array.from({ length: 5 }, () => nothing));
  expect(lists).toEqual([[], [], [], [0], [0]]);
});

test('an order for the market is refused by name, and the run goes on', async () => {
  const lines: string[] = [];
  const result = await play(
    () => ({ onReading: ({ symbol }, desk) => desk.submit({ symbol, side: 'buy', kind: 'market', size: 1 }) }),
    (line) => lines.push(line),
  );
  expect(result.refusals).toEqual({ 'order-form': 1 });
  expect(lines.find((line) => line.includes('"refusal"'))).toContain('an order is of one symbol, and -1 stands for a whole market');
  const summary: RunSummary = { ...result, run: 'r', environment: { version: '', node: '', elapsedMs: 1, peakRssMb: 1 } };
  expect(runText(summary)).toContain('order-form 1');
  expect(runHtml(summary)).toContain('order-form');
});

test('a halt of the market holds every symbol until it is released', async () => {
  const { symbols } = await play(() => {
    let isDone = false;
    return {
      onTrade: ({ symbol }, desk) => {
        if (!isDone) desk.submit({ symbol, side: 'buy', kind: 'market', size: 1 });
        isDone = true;
      },
    };
  });
  expect(symbols).toMatchObject([{ symbol: 'X', fills: 1, firstPrice: 100, position: 1 }]);
});

test('inspect counts them, and gives them to no symbol', async () => {
  const { events, channels } = await inspectTape(TAPE, { venues: SCRIPTED_VENUES });
  expect(events).toMatchObject({ status: 3, reading: 1, auction: 1, trade: 3 });
  expect(channels).toEqual([
    { venue: 'test', channel: 'script', frames: 5, events: 5 },
    { venue: 'test', channel: 'script', symbol: 'X', frames: 3, events: 3 },
  ]);
});

test('every table is exported past them', async () => {
  const wanted = { trades: 3, candles: 1, status: 3, readings: 2, auctions: 1, audits: 4 };
  for (const table of DERIVED_TABLES) {
    const rows: (readonly TableValue[])[] = [];
    const writer: TableWriter = { writeRow: (row) => rows.push(row), drain: async () => undefined, close: async () => undefined };
    const count = await exportTape(TAPE, writer, { table, venues: SCRIPTED_VENUES });
    expect([table, count, rows.length]).toEqual([table, wanted[table as keyof typeof wanted] ?? 0, count]);
  }
});

test('tape events give them without a name', async () => {
  const names: (string | undefined)[] = [];
  for await (const { event, name } of tapeEvents(TAPE, SCRIPTED_VENUES)) {
    if (event.kind !== 'trade') names.push(name?.symbol);
  }
  expect(names).toEqual([undefined, undefined, undefined, undefined, undefined]);
});
