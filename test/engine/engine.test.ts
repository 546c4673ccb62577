import { expect, test } from 'vitest';
import {
  type AuditEntry,
  type Desk,
  type RecordBody,
  type StepAudit,
  type Strategy,
  SymbolTable,
  TapedeckError,
  TapeRecord,
} from '#domain';
import { Engine, type ModelSettings, type RiskSettings } from '#engine';
import { drive } from '../../replay/drive.ts';
import { TapePlayer } from '../../replay/tape-player.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { frame, SCRIPTED, SCRIPTED_VENUES } from '../fixtures/scripted-venue.ts';

const SECOND = 1_000_000;
const INSTANT: ModelSettings = { latency: { orderUs: 0 }, fees: { model: 'none' } };

interface Setting {
  readonly strategy?: Strategy;
  readonly candles?: readonly string[];
  readonly risk?: RiskSettings;
  readonly models?: ModelSettings;
}

/** Plays records and returns every audit. */
async function play(
  records: readonly RecordBody[],
  setting: Setting = {},
): Promise<{ audits: StepAudit[]; engine: Engine; symbols: SymbolTable }> {
  const symbols = new SymbolTable();
  const audits: StepAudit[] = [];
  const engine = new Engine({
    symbols,
    instrumentOf: (_venue, symbol) => SCRIPTED.instrument(symbol),
    latenessOf: () => SCRIPTED.latenessUs,
    models: INSTANT,
    ...setting,
  });
  const player = new TapePlayer(engine, SCRIPTED_VENUES, symbols, { onAudit: (audit) => audits.push(audit) });
  await drive([new MemoryTape(records, { batchSize: 2 })], player.visit);
  player.finish();
  return { audits, engine, symbols };
}

function entries<Kind extends AuditEntry['kind']>(audits: readonly StepAudit[], kind: Kind): Extract<AuditEntry, { kind: Kind }>[] {
  return audits.flatMap((audit) => audit.entries.filter((entry) => entry.kind === kind) as Extract<AuditEntry, { kind: Kind }>[]);
}

/** Buys one unit at the first trade. */
function buysOnce(): Strategy {
  let isDone = false;
  return {
    onTrade: (trade, desk) => {
      if (!isDone) desk.submit({ symbol: trade.symbol, side: 'buy', kind: 'market', size: 1 });
      isDone = true;
    },
  };
}

test('an order never fills within the record that caused it, not even at a later event of it', async () => {
  const { audits } = await play(
    [
      aRecord({ atUs: 0, payload: frame({ say: 'trade', price: 100 }, { say: 'trade', price: 90 }) }),
      aRecord({ atUs: 0, payload: frame({ say: 'trade', price: 80 }) }),
    ],
    { strategy: buysOnce() },
  );
  const fills = audits.filter((audit) => audit.entries.some((entry) => entry.kind === 'fill'));
  expect(fills.map((audit) => audit.sequence)).toEqual([1]);
  expect(entries(fills, 'fill')[0]!.fill.price).toBe(80);
});

test('an order waits for its latency in engine time', async () => {
  const at = (atUs: number, price: number): RecordBody => aRecord({ atUs, payload: frame({ say: 'trade', price }) });
  const { audits } = await play([at(0, 100), at(9_999, 101), at(10_000, 102)], {
    strategy: buysOnce(),
    models: { latency: { orderUs: 10_000 }, fees: { model: 'none' } },
  });
  expect(entries(audits, 'fill').map(({ fill }) => fill.price)).toEqual([102]);
});

test('engine time never goes back with the receive clock', async () => {
  const times: number[] = [];
  const strategy: Strategy = { onTrade: (_trade, desk) => times.push(desk.nowUs) as unknown as undefined };
  const at = (atUs: number): RecordBody => aRecord({ atUs, payload: frame({ say: 'trade', price: 1 }) });
  await play([at(50), at(20), at(60)], { strategy });
  expect(times).toEqual([50, 50, 60]);
});

test('a candle is given to the strategy once, after it closed, before the event that came after', async () => {
  const told: string[] = [];
  const strategy: Strategy = {
    setup: (desk) => desk.useCandles('1s'),
    onCandle: (candle, desk) => {
      told.push(`candle ${candle.openTimeUs / SECOND} ${candle.close} at ${desk.nowUs / SECOND}`);
    },
    onTrade: (trade, desk) => {
      told.push(
        `trade ${trade.price} forming ${desk.formingCandle(trade.symbol, '1s')?.close} closed ${desk.candles(trade.symbol, '1s').length}`,
      );
    },
  };
  const at = (seconds: number, price: number): RecordBody =>
    aRecord({ atUs: seconds * SECOND, payload: frame({ say: 'trade', price, at: seconds * SECOND }) });
  await play([at(0, 10), at(0.5, 11), at(2.9, 12), at(3, 13)], { strategy });
  expect(told).toEqual([
    'trade 10 forming 10 closed 0',
    'trade 11 forming 11 closed 0',
    'trade 12 forming 12 closed 0',
    'candle 0 11 at 3',
    'trade 13 forming 13 closed 1',
  ]);
});

test('a trade after its candle closed is an audit, and is in no candle', async () => {
  const at = (seconds: number, venueSeconds: number, price: number): RecordBody =>
    aRecord({ atUs: seconds * SECOND, payload: frame({ say: 'trade', price, at: venueSeconds * SECOND }) });
  const { audits } = await play([at(0, 0, 10), at(3, 0.9, 99), at(3, 3, 11)], { candles: ['1s'] });
  expect(entries(audits, 'late-trade')).toEqual([
    { kind: 'late-trade', symbol: 0, interval: '1s', venueTimeUs: 0.9 * SECOND, price: 99, size: 1 },
  ]);
  const candles = entries(audits, 'candle').map(({ candle }) => [candle.openTimeUs / SECOND, candle.high, candle.flags.join('|')]);
  expect(candles).toEqual([
    [0, 10, ''],
    [1, 10, 'no-trade'],
    [2, 10, 'no-trade'],
    [3, 11, 'incomplete'],
  ]);
});

test('a record without events still moves time: candles close on a tick', async () => {
  const { audits } = await play(
    [
      aRecord({ atUs: 0, payload: frame({ say: 'trade', price: 5, at: 0 }) }),
      aRecord({ kind: 'tick', venue: '', connection: '', atUs: 3 * SECOND }),
    ],
    { candles: ['1s'] },
  );
  expect(audits.map((audit) => [audit.sequence, audit.event, audit.entries.map((entry) => entry.kind)])).toEqual([[1, -1, ['candle']]]);
});

test('a step that changes nothing has no audit', async () => {
  const { audits } = await play([aRecord({ payload: frame({ say: 'trade', price: 5 }, { say: 'quote', bid: 4, ask: 6 }) })]);
  expect(audits).toEqual([]);
});

test('a lost connection makes the books and candles of its symbols unknown, and leaves the others', async () => {
  const { audits, engine, symbols } = await play(
    [
      aRecord({
        connection: 'a',
        payload: frame({ say: 'book', symbol: 'A', bids: [[9, 1]], asks: [[11, 1]] }, { say: 'trade', symbol: 'A', price: 10, at: 0 }),
      }),
      aRecord({
        connection: 'b',
        payload: frame({ say: 'book', symbol: 'B', bids: [[9, 1]], asks: [[11, 1]] }, { say: 'trade', symbol: 'B', price: 10, at: 0 }),
      }),
      aRecord({ connection: 'a', kind: 'disconnected', meta: '{"reason":"closed 1006"}', atUs: 100_000 }),
    ],
    { candles: ['1s'] },
  );
  const state = (symbol: string) => engine.states.of(symbols.find('test', symbol)!);
  expect([state('A').book.isKnown, state('B').book.isKnown]).toEqual([false, true]);
  expect(entries(audits, 'feed')).toEqual([{ kind: 'feed', venue: 'test', connection: 'a', state: 'lost', reason: 'closed 1006' }]);
  const flags = entries(audits, 'candle').map(({ candle }) => [symbols.name(candle.symbol).symbol, candle.flags.includes('gap')]);
  expect(flags).toEqual([
    ['A', true],
    ['B', false],
  ]);
});

test('a stop-loss closes the position and names itself; the refusal of an opening order names rule and numbers', async () => {
  const strategy: Strategy = {
    onTrade: (trade, desk) => desk.submit({ symbol: trade.symbol, side: 'buy', kind: 'market', size: trade.price === 100 ? 1 : 5 }),
  };
  const at = (price: number): RecordBody => aRecord({ payload: frame({ say: 'trade', price, size: 10 }) });
  const { audits, engine } = await play([at(100), at(99), at(94), at(94)], {
    strategy,
    risk: { stopLoss: { percent: 5 }, orderSize: { units: 2 } },
  });
  const refusals = entries(audits, 'refusal');
  expect(refusals.map(({ rule }) => rule)).toEqual(['order-size', 'order-size', 'order-size']);
  expect(refusals[0]!.reason).toBe('order-size: 5 of X is above the limit of 2');
  expect(entries(audits, 'rule').map(({ rule }) => rule)).toEqual(['stop-loss']);
  expect(entries(audits, 'fill').map(({ fill }) => [fill.side, fill.price])).toEqual([
    ['buy', 99],
    ['sell', 94],
  ]);
  expect(engine.position(0).size).toBe(0);
});

test('a strategy that throws stops the run with the hook and the record', async () => {
  const strategy: Strategy = {
    onTrade: () => {
      throw new Error('no luck');
    },
  };
  const playing = play(
    [aRecord(), aRecord({ payload: frame({ say: 'trade', price: 1 }) })].map((body, i) =>
      i === 0 ? { ...body, kind: 'tick' as const } : body,
    ),
    { strategy },
  );
  await expect(playing).rejects.toThrow(TapedeckError);
  await expect(playing).rejects.toThrow('the strategy threw in the hook for trade events at record 1: no luck');
});

test('candles can only be asked for in setup', async () => {
  const strategy: Strategy = { onTrade: (_trade, desk) => desk.useCandles('1m') };
  await expect(play([aRecord({ payload: frame({ say: 'trade', price: 1 }) })], { strategy })).rejects.toThrow('asked for in setup');
});

test('a timer that counts from a time that is not there yet is refused with what to do instead', async () => {
  const setup = (desk: Desk) => desk.setTimer('minute', desk.nowUs + 60_000_000);
  await expect(play([aRecord({ kind: 'tick', atUs: 1 })], { strategy: { setup } })).rejects.toMatchObject({
    code: 'TIMER_TIME',
    exitCode: 2,
    message: expect.stringMatching(
      /^the strategy's setup: timer "minute" .*not -Infinity: before the first record .*set it from the first event on/,
    ),
  });
  const onTrade = (_: unknown, desk: Desk) => desk.setTimer('never', Number.NaN);
  await expect(play([aRecord({ payload: frame({ say: 'trade', price: 1 }) })], { strategy: { onTrade } })).rejects.toMatchObject({
    code: 'STRATEGY_FAILED',
    message: expect.stringMatching(/at record 0: timer "never" needs a time in microseconds, not NaN$/),
  });
});

test('timers fire once, in order of their time, at the first record at or after it', async () => {
  const fired: string[] = [];
  const strategy: Strategy = {
    setup: (desk: Desk) => {
      desk.setTimer('late', 5);
      desk.setTimer('early', 3);
    },
    onTimer: (name, desk) => {
      fired.push(`${name} at ${desk.nowUs}`);
    },
  };
  await play(
    [1, 4, 4, 9].map((atUs) => aRecord({ kind: 'tick', atUs })),
    { strategy },
  );
  expect(fired).toEqual(['early at 4', 'late at 9']);
});

test('a restricted symbol fills nothing until it is released', async () => {
  const { audits } = await play(
    [
      aRecord({ payload: frame({ say: 'trade', price: 100 }) }),
      aRecord({ payload: frame({ say: 'status', on: true }, { say: 'trade', price: 101 }) }),
      aRecord({ payload: frame({ say: 'status', on: false }, { say: 'trade', price: 102 }) }),
    ],
    { strategy: buysOnce() },
  );
  expect(entries(audits, 'fill').map(({ fill }) => fill.price)).toEqual([102]);
});

test('a definition on the tape counts from its record on, and never for a symbol that has a fill', async () => {
  const trade = (price: number) => frame({ say: 'trade', price });
  const bought = await play([aRecord({ payload: trade(100) }), aRecord({ payload: trade(100) }), aRecord({ payload: trade(110) })], {
    strategy: buysOnce(),
  });
  const defined = await play(
    [
      aRecord({ payload: trade(100) }),
      aRecord({ payload: frame({ say: 'instrument', multiplier: 50 }) }),
      aRecord({ payload: trade(100) }),
      aRecord({ payload: frame({ say: 'instrument', multiplier: 1000 }) }),
      aRecord({ payload: trade(110) }),
    ],
    { strategy: buysOnce() },
  );
  const profit = ({ engine }: typeof bought) => engine.ledger.equityMinor('USDT');
  expect(profit(bought)).toBe(10_000_000);
  expect(profit(defined)).toBe(50 * 10_000_000);
});

test('watch and release are audits', async () => {
  const strategy: Strategy = { onTrade: (_trade, desk) => desk.watch('kis', '005930') };
  const { audits } = await play([aRecord({ payload: frame({ say: 'trade', price: 1 }) })], { strategy });
  expect(entries(audits, 'subscription')).toEqual([{ kind: 'subscription', action: 'watch', venue: 'kis', symbol: '005930' }]);
});

test('the engine takes its times from the record it is told of', () => {
  const symbols = new SymbolTable();
  const engine = new Engine({ symbols, instrumentOf: (_venue, symbol) => SCRIPTED.instrument(symbol), latenessOf: () => 0 });
  const record = new TapeRecord();
  record.setTimesNs(1_999n, 0n);
  engine.beginRecord(record, 0);
  expect(engine.nowUs).toBe(1);
});
