import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { canonicalJson, type JsonValue } from '#domain';
import { resumeRun, runPaths } from '#storage';
import { AuditGate } from '../../replay/live/audit-gate.ts';
import { LagMeter } from '../../replay/live/lag-meter.ts';
import { EVEN_ODD } from '../fixtures/even-odd.ts';
import { LiveDesk, RUN, until } from './live-desk.ts';

const MORNING = [100, 103, 104, 107, 101, 102];
const AFTERNOON = [104, 99, 98, 97, 96, 100];

function sequenceOf(line: string): number {
  return (JSON.parse(line) as { sequence: number }).sequence;
}

/** A first life that ends after its morning; the journal is open again when this resolves. */
async function liveOneMorning(desk: LiveDesk): Promise<void> {
  const died = new AbortController();
  const first = desk.start({ signal: died.signal });
  desk.trades(...MORNING);
  await desk.journal.flush();
  await until(() => lastSequence(desk) === MORNING.length - 1);
  died.abort();
  expect((await first).isFinished).toBe(false);
  await desk.restart();
}

/** The record of the last audit. */
function lastSequence(desk: LiveDesk): number {
  return sequenceOf(desk.lines().at(-1) ?? '{"sequence":-1}');
}

describe('a live engine', () => {
  test('decides on a growing journal what a back-test decides on the closed one, with the same run hash', async () => {
    const desk = await LiveDesk.open();
    const running = desk.start();
    desk.trades(...MORNING);
    await until(() => desk.lines().length > 0);
    desk.trades(...AFTERNOON);
    await desk.journal.close();

    const { isFinished, result, records, audits } = await running;
    const replayed = await desk.replayed();
    expect(desk.lines()).toEqual(replayed.lines);
    expect(replayed.lines.length).toBeGreaterThanOrEqual(MORNING.length + AFTERNOON.length);
    expect({ isFinished, records, audits }).toEqual({
      isFinished: true,
      records: MORNING.length + AFTERNOON.length,
      audits: replayed.lines.length,
    });
    expect(result?.runHash).toBe(replayed.runHash);
  });

  test('writes an audit only when its record is durable', async () => {
    const desk = await LiveDesk.open();
    let durable = 0;
    let told = 0;
    const running = desk.start({ durableRecords: () => durable, onAudit: () => (told += 1) });
    desk.trades(...MORNING);
    await until(() => told >= MORNING.length);
    expect(desk.lines()).toEqual([]);
    durable = 3;
    await until(() => desk.lines().length > 0);
    expect(Math.max(...desk.lines().map(sequenceOf))).toBe(2);
    durable = MORNING.length;
    await until(() => lastSequence(desk) === MORNING.length - 1);
    await desk.journal.close();
    await running;
  });

  test('goes on after a restart where it was, tells nobody again, and ends with the same run as if nothing had happened', async () => {
    const desk = await LiveDesk.open();
    await liveOneMorning(desk);

    const told: number[] = [];
    const second = desk.resume({ onAudit: (line, _audit, _symbols, isPast) => !isPast && told.push(sequenceOf(line)) });
    desk.trades(...AFTERNOON);
    await desk.journal.close();
    expect((await second).isFinished).toBe(true);
    expect(desk.lines()).toEqual((await desk.replayed()).lines);
    expect(Math.min(...told)).toBe(MORNING.length);
  });

  test('that would not decide the past again as it was decided stops, names the audit and writes nothing', async () => {
    const desk = await LiveDesk.open();
    await liveOneMorning(desk);
    const before = desk.lines();
    // A strategy with another mind.
    const contrary = {
      ...EVEN_ODD,
      create: () => ({
        onTrade: (trade: { symbol: number; price: number }, on: { submit(intent: object): void }) =>
          on.submit({ symbol: trade.symbol, side: trade.price % 2 === 0 ? 'sell' : 'buy', kind: 'market', size: 1 }),
      }),
    } as typeof EVEN_ODD;
    await expect(desk.resume({ strategy: contrary })).rejects.toThrow(/RUN_DIFFERS|audit 0 of the run is/);
    expect(desk.lines()).toEqual(before);
  });

  test('holds the rebuilt state against the checkpoint of before: positions, money, orders and baselines', async () => {
    const desk = await LiveDesk.open();
    const died = new AbortController();
    let nowNs = 0n;
    const clock = {
      wallNs: () => 0n,
      monotonicNs: () => nowNs,
      after: () => () => undefined,
      sleep: () => Promise.resolve(),
    };
    const first = desk.start({ signal: died.signal, clock });
    desk.trades(...MORNING);
    await desk.journal.flush();
    const { checkpoint } = runPaths(desk.dataDir, RUN);
    await until(() => lastSequence(desk) === MORNING.length - 1);
    nowNs = 3_600_000_000_000n;
    await until(() => existsSync(checkpoint));
    died.abort();
    await first;
    await desk.restart();
    const kept = JSON.parse(readFileSync(checkpoint, 'utf8')) as { records: number; state: { accounts: JsonValue[] } };
    expect(kept.records).toBe(MORNING.length);
    writeFileSync(runPaths(desk.dataDir, RUN).runJson, '{}');

    const stop = new AbortController();
    const again = desk.resume({ signal: stop.signal, onCaughtUp: () => stop.abort() });
    expect((await again).isFinished).toBe(false);
    writeFileSync(checkpoint, canonicalJson({ ...kept, state: { ...kept.state, accounts: [] } }));
    await expect(desk.resume()).rejects.toThrow(/stood at/);
  });

  test('measures how late it decides, and only what came while it ran', async () => {
    const desk = await LiveDesk.open();
    desk.trades(...MORNING);
    await desk.journal.flush();
    // The records are stamped with the first seconds of 1970, and it is the second after their last.
    const clock = { wallNs: () => 12_000_000_000n, monotonicNs: () => 0n, after: () => () => undefined, sleep: () => Promise.resolve() };
    const running = desk.start({ clock });
    desk.trades(...AFTERNOON);
    await desk.journal.close();
    const { lag } = await running;
    expect(lag.records).toBe(AFTERNOON.length);
    expect(lag.maxUs).toBeLessThanOrEqual(6_000_000);
    expect(lag.maxUs).toBeGreaterThanOrEqual(1_000_000);
  });
});

describe('a run that goes on', () => {
  test('is cut back to its tape: a torn line, and audits of records that the tape lost', async () => {
    const desk = await LiveDesk.open();
    const running = desk.start();
    desk.trades(...MORNING);
    await desk.journal.close();
    await running;
    const whole = desk.lines();
    const paths = runPaths(desk.dataDir, RUN);
    appendFileSync(paths.audits, whole[0]!.slice(0, 40));
    const { writer, keptAudits, cutAudits } = await resumeRun(paths, 4);
    await writer.done();
    const kept = whole.filter((line) => sequenceOf(line) < 4);
    expect(kept.length).toBeLessThan(whole.length);
    expect(desk.lines()).toEqual(kept);
    expect({ keptAudits, cutAudits }).toEqual({ keptAudits: kept.length, cutAudits: whole.length - kept.length + 1 });
  });

  test('takes no line for an audit that is none', async () => {
    const desk = await LiveDesk.open();
    const running = desk.start();
    desk.trades(...MORNING);
    await desk.journal.close();
    await running;
    const paths = runPaths(desk.dataDir, RUN);
    const whole = desk.lines();
    writeFileSync(paths.audits, [whole[0], 'rubbish', ...whole.slice(1)].map((line) => `${line}\n`).join(''));
    const { writer, cutAudits } = await resumeRun(paths, 1_000);
    await writer.done();
    expect(desk.lines()).toEqual([whole[0]]);
    expect(cutAudits).toBe(whole.length);
  });
});

test('audits that wait for their records are bounded: the gate says that it is full', async () => {
  const written: string[] = [];
  const gate = new AuditGate({ appendAudit: (line) => written.push(line), flush: () => Promise.resolve() });
  const line = 'x'.repeat(1024 * 1024);
  for (let sequence = 0; sequence < 20; sequence++) gate.add(sequence, line);
  await gate.release(0);
  expect({ isFull: gate.isFull, written: written.length }).toEqual({ isFull: true, written: 0 });
  await gate.release(10);
  expect({ isFull: gate.isFull, written: written.length }).toEqual({ isFull: false, written: 10 });
});

test('lag percentiles are at most an eighth too high', () => {
  const meter = new LagMeter();
  for (let us = 1; us <= 10_000; us++) meter.add(us, 1);
  const { p50Us, p99Us, maxUs, records } = meter.report();
  expect(records).toBe(10_000);
  expect(maxUs).toBe(10_000);
  expect(p50Us / 5_000).toBeGreaterThanOrEqual(1);
  expect(p50Us / 5_000).toBeLessThanOrEqual(1.125);
  expect(p99Us / 9_900).toBeGreaterThanOrEqual(1);
  expect(p99Us / 9_900).toBeLessThanOrEqual(1.125);
});
