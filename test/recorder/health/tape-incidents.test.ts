import { describe, expect, test } from 'vitest';
import type { Candle } from '#domain';
import { VENUES } from '#venues';
import { TableDeriver } from '../../../replay/derive.ts';
import { drive } from '../../../replay/drive.ts';
import { Inspection, inspectTape } from '../../../replay/inspect.ts';
import { Play } from '../../../replay/play.ts';
import { tapeFindings } from '../../../report/tape-findings.ts';
import { MemoryTape } from '../../fixtures/memory-tape.ts';
import { BinanceNight, tick, toldOfTape } from './tape-night.ts';

// Incidents that begin on the tape: what the engine makes of it, what the report says, and what somebody is told while it grows.

const MINUTES = 20;

describe('incident 11: a candle in progress at a disconnect', () => {
  /** Trades each second but from 90 to 150, where the connection is down. */
  function night(): BinanceNight {
    const night = new BinanceNight();
    night.at(0).connected();
    night.snapshot(1);
    for (let second = 0; second <= MINUTES * 60; second += 5) {
      night.at(second);
      if (second === 90) night.lost('closed with code 1006');
      if (second === 150) {
        night.back(85, 'closed with code 1006');
        night.snapshot(second + 1);
      }
      if (second >= 90 && second < 150) continue;
      night.trade(100 + second / 5);
      night.delta(second + 1, second + 5);
    }
    return night;
  }

  async function candlesOf({ records }: BinanceNight): Promise<readonly Candle[]> {
    const candles: Candle[] = [];
    const play = new Play(
      {
        venues: VENUES,
        strategy: { name: 'looks on', description: '', parameters: {}, create: () => ({}) },
        sourceHash: '0'.repeat(64),
        parameters: {},
        candles: ['1m'],
      },
      (_line, { entries }) => {
        for (const entry of entries) if (entry.kind === 'candle') candles.push({ ...entry.candle });
      },
    );
    await drive([new MemoryTape(records)], play.visit);
    play.finish();
    return candles;
  }

  test('is kept, closes once with what came before the loss and after it, and carries the flag gap', async () => {
    const found = night();
    const candles = await candlesOf(found);
    const starts = candles.map(({ openTimeUs }) => openTimeUs);
    expect(new Set(starts).size).toBe(starts.length);
    expect(candles).toHaveLength(MINUTES + 1);
    // 60 to 85 and nothing until 150: six trades, and then ten minus six.
    expect(candles.slice(0, 4).map(({ trades, open, close }) => ({ trades, open, close }))).toEqual([
      { trades: 12, open: 100, close: 111 },
      { trades: 6, open: 112, close: 117 },
      { trades: 6, open: 130, close: 135 },
      { trades: 12, open: 136, close: 147 },
    ]);
    expect(candles.slice(0, 4).map(({ flags }) => flags.includes('gap'))).toEqual([false, true, true, false]);
    expect(candles.reduce((sum, { trades }) => sum + trades, 0)).toBe(MINUTES * 12 + 1 - 12);
  });

  test('is told as a gap, and that it is over', async () => {
    const { alerts, words } = await toldOfTape(night().records, MINUTES);
    expect(alerts).toEqual(['firing gap/binance-spot', 'resolved gap/binance-spot']);
    expect(words).toContain('closed with code 1006');
  });
});

describe('incident 17: book deltas before the snapshot', () => {
  /** Deltas from the start; the snapshot that they join comes at `snapshotAt`. */
  function night(snapshotAt: number): BinanceNight {
    const night = new BinanceNight();
    night.at(0).connected();
    for (let second = 0; second <= MINUTES * 60; second += 5) {
      night.at(second);
      night.trade(100);
      night.delta(second + 1, second + 5);
      if (second === snapshotAt) night.snapshot(second + 3);
    }
    return night;
  }

  test('leave the book unknown until it is there, which is a gap on the report and in the tables', async () => {
    const { tape, records } = night(120);
    const report = await inspectTape(tape, { venues: VENUES });
    expect(report.gaps).toMatchObject([
      { venue: 'binance-spot', symbol: 'BTCUSDT', fromSequence: 2, reason: 'deltas of the book came and no snapshot that they join' },
    ]);
    const [gap] = report.gaps;
    expect(BigInt(gap!.toNs) - BigInt(gap!.fromNs)).toBe(120_000_000_000n);
    expect(tapeFindings(report).map(({ weight, text }) => `${weight}: ${text}`)).toContainEqual(
      expect.stringMatching(/^lost: binance-spot: order books did not join once .* first BTCUSDT .* no snapshot/),
    );
    const rows: unknown[] = [];
    const deriver = new TableDeriver({ row: (_table, values) => void rows.push(values) }, { venues: VENUES, tables: ['gaps'] });
    await drive([new MemoryTape(records)], deriver.visit);
    deriver.finish();
    expect(rows).toHaveLength(1);
  });

  test('are told while they wait, and that they joined', async () => {
    const { alerts, words } = await toldOfTape(night(120).records, MINUTES);
    expect(alerts).toEqual(['firing gap/binance-spot', 'resolved gap/binance-spot']);
    expect(words).toContain('deltas of the book came and no snapshot that they join');
    expect(words).toContain('still open');
  });

  test('that never find one are a gap to the end, and the alert stays', async () => {
    const found = night(-1);
    expect((await inspectTape(found.tape, { venues: VENUES })).gaps).toHaveLength(1);
    const { alerts, words } = await toldOfTape(found.records, MINUTES);
    expect(alerts).toEqual(['firing gap/binance-spot', 'resolved gap/binance-spot']);
    expect(words).toContain('The session ended while this was so');
  });

  test('whose snapshot comes within seconds, as at every start, are no gap and no alert', async () => {
    const found = night(5);
    expect(await inspectTape(found.tape, { venues: VENUES })).toMatchObject({ gaps: [], gapTotal: 0 });
    expect((await toldOfTape(found.records, 5)).alerts).toEqual([]);
  });

  test('that come back after a loss without a new snapshot are a gap as well', async () => {
    const records = night(5).records.filter(({ receivedAtNs }) => receivedAtNs < BigInt(Date.UTC(2026, 10, 21, 10, 1)) * 1_000_000n);
    const more = new BinanceNight();
    more.at(60).lost('closed with code 1006');
    more.at(61).back(55, 'closed with code 1006');
    for (let second = 62; second <= 80; second += 1) more.at(second).delta(second * 10, second * 10 + 9);
    const inspection = new Inspection('watched', { venues: VENUES });
    await drive([new MemoryTape([...records, ...more.records, tick(81)])], inspection.visit);
    const { gaps, gapTotal } = inspection.health().venues[0]!;
    expect(gaps.map(({ reason, toNs }) => [reason, toNs === undefined])).toEqual([
      ['closed with code 1006', false],
      ['deltas of the book came and no snapshot that they join', true],
    ]);
    expect(gapTotal).toBe(2);
  });
});
