import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Instrument, isInbound, type MarketEvent, type RecordAppender, type RecordBody, SymbolTable, TapeRecord } from '#domain';
import { VENUES } from '#venues';
import { EventRegister } from '../../domain/event-register.ts';
import { inspectTape } from '../../replay/inspect.ts';
import { ProducedTape } from '../../replay/serve/produced-tape.ts';
import { recordSyntheticSession, SYNTHETIC_VENUES, type SyntheticSessionOptions } from '../../replay/synthetic-session.ts';
import { createTapeDecoder } from '../../venues/tape-decoder.ts';
import { MemoryTape } from '../fixtures/memory-tape.ts';

const MINUTE_US = 60_000_000;
/** Half a minute before stocks open on a Thursday. */
const OPENING_US = Date.parse('2026-10-15T08:59:30+09:00') * 1000;
const WORLD = ['kis', 'kiwoom', 'coincall-options', 'coincall-futures'];
const ALL: SyntheticSessionOptions = { seed: 7, venues: SYNTHETIC_VENUES, strikes: 2, startUs: OPENING_US, durationUs: 3 * MINUTE_US };

function tapeOf(options: SyntheticSessionOptions): ProducedTape {
  return new ProducedTape('synthetic', (appender) => recordSyntheticSession(options, appender));
}

/** The same in memory: making frames costs more than reading them. */
async function keptTape(options: SyntheticSessionOptions): Promise<MemoryTape> {
  const records: RecordBody[] = [];
  const record = new TapeRecord();
  for await (const batch of tapeOf(options).batches()) while (batch.next(record)) records.push(record.copy());
  return new MemoryTape(records);
}

/** Everything the tape says, each event valid while it is handed over. */
async function decode(options: SyntheticSessionOptions, onEvent: (event: MarketEvent, symbol: string, record: TapeRecord) => void) {
  const symbols = new SymbolTable();
  const instruments = new Map<string, Instrument>();
  const record = new TapeRecord();
  const refuse = (channel: string, reason = 'undecoded') => expect.unreachable(`${record.venue} ${channel}: ${reason}`);
  const register = new EventRegister({
    onEvent: (event) => onEvent(event, 'symbol' in event && event.symbol >= 0 ? symbols.name(event.symbol).symbol : '', record),
    onDecodeFailure: refuse,
    onUndecoded: refuse,
    onDrift: refuse,
    onInstrument: (symbol, instrument) => instruments.set(`${symbols.name(symbol).venue} ${symbols.name(symbol).symbol}`, instrument),
  });
  const decoder = createTapeDecoder(VENUES, register, symbols);
  for await (const batch of tapeOf(options).batches()) while (batch.next(record)) decoder.decode(record);
  return instruments;
}

test('every frame of every venue decodes, and the volumes that the venues count are exact', async () => {
  const report = await inspectTape(await keptTape(ALL), { venues: VENUES });
  expect(report).toMatchObject({ decodeFailures: 0, undecoded: [], drift: [], backwardTimes: 0, lateTrades: 0 });
  expect(report.volumeAudit.length).toBe(4 + 4 + 1 + 4);
  for (const { symbol, venueTotal, seen, missing } of report.volumeAudit) {
    expect([symbol, missing]).toEqual([symbol, 0]);
    expect(seen).toBe(venueTotal);
    expect(seen).toBeGreaterThan(0);
  }
  const channels = new Set(report.channels.map(({ venue, channel }) => `${venue} ${channel}`));
  for (const name of [
    ...['H0STCNT0', 'H0STASP0', 'H0STMKO0', 'H0IFCNT0', 'H0IFASP0', 'H0IOCNT0', 'H0IOASP0'].map((channel) => `kis ${channel}`),
    ...['FHPIF05030100', 'FHPIF05030200', 'FHKST03010200', 'FHKIF03020200'].map((channel) => `kis ${channel}`),
    ...['0B', '0C', '0D', '0s', '1h'].map((channel) => `kiwoom ${channel}`),
    ...['orderBook', 'lastTrade', 'bsInfo', 'tOption', 'kline', 'instruments', 'config', 'server-time'].map(
      (channel) => `coincall-options ${channel}`,
    ),
    ...['orderBook', 'lastTrade', 'spotPrice', 'kline', 'instruments', 'symbols'].map((channel) => `coincall-futures ${channel}`),
    ...['trade', 'depth', 'bookTicker'].map((channel) => `binance-spot ${channel}`),
  ]) {
    expect(
      [...channels].some((channel) => channel.startsWith(name)),
      name,
    ).toBe(true);
  }
});

test('the night of derivatives has its own channels, expected prices before it opens, and volumes that add up over midnight', async () => {
  const night = {
    seed: 3,
    venues: ['kis'],
    strikes: 2,
    startUs: Date.parse('2026-10-15T17:57:00+09:00') * 1000,
    durationUs: 5 * MINUTE_US,
  };
  const report = await inspectTape(await keptTape(night), { venues: VENUES });
  expect(report).toMatchObject({ decodeFailures: 0, undecoded: [], drift: [] });
  const channels = new Set(report.channels.map(({ channel }) => channel));
  for (const channel of ['H0MFCNT0', 'H0MFASP0', 'H0EUCNT0', 'H0EUASP0', 'H0EUANC0']) expect(channels, channel).toContain(channel);
  expect(channels).not.toContain('FHPIF05030100');
  expect(report.events.auction).toBeGreaterThan(10);
  const midnight = { ...night, startUs: Date.parse('2026-10-15T23:57:00+09:00') * 1000 };
  const audit = (await inspectTape(await keptTape(midnight), { venues: VENUES })).volumeAudit;
  expect(new Set(audit.map(({ day }) => day)).size).toBe(2);
  expect(audit.every(({ missing }) => missing === 0)).toBe(true);
});

test('a tape of the world names its symbols itself, with strikes, expiries and steps', async () => {
  const instruments = await decode({ ...ALL, venues: WORLD, durationUs: MINUTE_US }, () => undefined);
  expect(instruments.get('kis 005930')).toMatchObject({ kind: 'stock', name: '삼성전자' });
  expect(instruments.get('kis 247540')).toMatchObject({ name: '에코프로비엠' });
  expect(instruments.get('kis A01612')).toMatchObject({ kind: 'future', multiplier: 250_000, name: 'F 202612' });
  expect(instruments.get('kis B01611412')).toMatchObject({ kind: 'option', strike: 412.5, optionType: 'call' });
  expect(instruments.get('kiwoom 035720')).toMatchObject({ name: '카카오' });
  const option = [...instruments.values()].find(({ venue, kind }) => venue === 'coincall-options' && kind === 'option')!;
  expect(option).toMatchObject({ strike: expect.any(Number), expiryUs: expect.any(Number), tickSize: 5, lotSize: 0.01 });
  expect(instruments.get('coincall-futures BTCUSD')).toMatchObject({ kind: 'perpetual', name: 'BTC-PERP', tickSize: 0.1, lotSize: 0.001 });
});

test('interruptions, auctions and greeks reach the events of both brokers', async () => {
  const restricted: string[] = [];
  const seen = { auctionTrades: 0, expected: 0, quotes: 0, orderCounts: 0 };
  await decode({ ...ALL, venues: WORLD, strikes: 1, durationUs: 5.5 * MINUTE_US }, (event, symbol, { venue }) => {
    if (event.kind === 'status' && event.status === 'volatility-interruption') restricted.push(`${venue} ${symbol} ${event.isRestricted}`);
    if (event.kind === 'trade' && event.condition === 'auction') seen.auctionTrades += 1;
    if (event.kind === 'auction') seen.expected += 1;
    if (event.kind === 'book' && event.levels.orders[0]! >= 1) seen.orderCounts += 1;
    if (event.kind !== 'option-quote') return;
    seen.quotes += 1;
    const isCall = /^B\d|-C$/.test(symbol);
    expect(isCall ? event.delta : -event.delta, symbol).toBeGreaterThanOrEqual(0);
    expect(isCall ? event.delta : -event.delta, symbol).toBeLessThanOrEqual(1);
    expect(event.gamma).toBeGreaterThanOrEqual(0);
    expect(event.impliedVolatility).toBeGreaterThan(0.03);
    expect(event.markPrice).toBeGreaterThan(0);
  });
  expect(restricted).toEqual([
    ...['kis 247540 true', 'kiwoom 247540 true', 'kiwoom 247540_AL true'],
    ...['kis 247540 false', 'kiwoom 247540 false', 'kiwoom 247540_AL false'],
  ]);
  // Four stocks open and one goes on after its interruption, as each of the brokers tells it.
  expect(seen.auctionTrades).toBe(2 * 5);
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
});

test('frames that hold several records occur', async () => {
  let largest = 0;
  const record = new TapeRecord();
  for await (const batch of tapeOf({ ...ALL, venues: ['kis'], durationUs: 1.5 * MINUTE_US }).batches()) {
    while (batch.next(record)) {
      const count = /^0\|H0STCNT0\|(\d{3})\|/.exec(new TextDecoder().decode(record.payload()));
      if (count !== null) largest = Math.max(largest, Number(count[1]));
    }
  }
  expect(largest).toBeGreaterThan(2);
});

test('the same options give the same bytes, and another seed gives others', async () => {
  const short = { ...ALL, durationUs: MINUTE_US };
  const digest = await tapeOf(short).digest();
  expect(await tapeOf(short).digest()).toBe(digest);
  expect(await tapeOf({ ...short, seed: 8 }).digest()).not.toBe(digest);
});

test('what a venue says does not depend on who else is served', async () => {
  const framesOf = async (venues: readonly string[]): Promise<string> => {
    const hash = createHash('sha256');
    const record = new TapeRecord();
    for await (const batch of tapeOf({ ...ALL, venues, durationUs: 2 * MINUTE_US }).batches()) {
      while (batch.next(record)) {
        if (record.venue === 'kiwoom' && isInbound(record.kind)) hash.update(record.payload());
      }
    }
    return hash.digest('hex');
  };
  expect(await framesOf(['kiwoom'])).toBe(await framesOf(SYNTHETIC_VENUES));
});

test('the pairs of Binance alone are the bytes they always were', async () => {
  const hash = createHash('sha256');
  let records = 0;
  const appender: RecordAppender = {
    append: (receivedAtNs, monotonicNs, venue, connection, kind, meta, bytes, start, end) => {
      hash.update(`${receivedAtNs} ${monotonicNs} ${venue} ${connection} ${kind} ${meta} `);
      hash.update(bytes.subarray(start, end));
      return records++;
    },
    drain: () => Promise.resolve(),
  };
  const pairs = [
    { symbol: 'BTCUSDT', startPrice: 61_800 },
    { symbol: 'ETHUSDT', startPrice: 2_650 },
  ];
  await recordSyntheticSession({ seed: 7, pairs, startUs: 1_789_000_000_000_000, durationUs: 10 * MINUTE_US }, appender);
  expect([records, hash.digest('hex')]).toEqual([48_458, '4df4a73ccc6b22a2fb2f8492a9b0d71bdc198afa40d169577d2a1502d697cbcf']);
});

test('a venue without a synthetic market is refused by name', async () => {
  await expect(tapeOf({ ...ALL, venues: ['kis', 'csv'] }).digest()).rejects.toMatchObject({
    code: 'SYNTHETIC_VENUE',
    message: expect.stringContaining('"csv"'),
  });
});
