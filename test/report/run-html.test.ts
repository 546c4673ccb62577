import { beforeAll, describe, expect, test } from 'vitest';
import type { RunSummary } from '#domain';
import { backtest } from '#replay';
import { SMA_CROSS } from '#strategies';
import { runHtml } from '../../report/run-html.ts';
import { runText } from '../../report/run-text.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { frame, SCRIPTED_VENUES } from '../fixtures/scripted-venue.ts';
import { aCurrency, aSummary, asRun, aTrade, curve } from './run-summaries.ts';

/** Opens and closes every element, as a browser would see them; throws where a tag does not fit the one that is open. */
function checkNesting(html: string): void {
  const open: string[] = [];
  for (const [, slash, name, selfClosing] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (selfClosing === '/' || name === 'meta') continue;
    if (slash === '') open.push(name!);
    else expect(open.pop(), `what </${name}> closes`).toBe(name);
  }
  expect(open).toEqual([]);
}

function curvePath(html: string): readonly number[] {
  const path = /<path class="curve" d="([^"]*)"/.exec(html)?.[1] ?? '';
  return path
    .split(/[ML ]/)
    .filter((part) => part !== '')
    .map(Number);
}

describe('the report of a real run', () => {
  let summary: RunSummary;
  let html: string;

  beforeAll(async () => {
    // A wave of three hours: sma-cross trades it several times, and not always well.
    const prices = Array.from({ length: 180 }, (_, i) => 100 + [0, 1, 3, 4, 3, 1, 0, -2, -3, -2, -1][i % 11]! + (i % 3));
    const records = prices.map((price, i) => aRecord({ atUs: i * 60_000_000, payload: frame({ say: 'trade', price, size: 5 }) }));
    const result = await backtest({
      tapes: [new MemoryTape(records, { session: 'wave' })],
      venues: SCRIPTED_VENUES,
      strategy: SMA_CROSS,
      sourceHash: 'ab'.repeat(32),
      parameters: { interval: '1m', fast: 2, slow: 5, size: 1, direction: 'both' },
      startMinor: { USDT: 1_000_000_000 },
    });
    summary = asRun(result);
    html = runHtml(summary);
  });

  test('is a whole page with the run hash, the tape digest, the drawdown and every round trip', () => {
    checkNesting(html);
    expect(summary.trades.length).toBeGreaterThan(5);
    expect(html).toContain(`<dt>Run hash</dt><dd>${summary.runHash}</dd>`);
    expect(html).toContain(`<dt>Tape wave</dt><dd>${summary.identity.tapeDigests[0]}</dd>`);
    expect(html).toMatch(
      /<dt>Maximum drawdown<\/dt><dd>[\d,.]+ USDT, trough 1970-01-01 \d\d:\d\d:\d\d, (?:not recovered|recovered .*?)<\/dd>/,
    );
    expect(html.match(/<tr><td>1970-/g)).toHaveLength(summary.trades.length);
    for (const { assumptions } of summary.assumptions) for (const text of assumptions) expect(html).toContain(text.slice(0, 20));
  });

  test('draws the equity curve with one finite point a sample', () => {
    const coordinates = curvePath(html);
    expect(coordinates).toHaveLength(2 * summary.currencies[0]!.equity.length);
    expect(coordinates.every(Number.isFinite)).toBe(true);
    expect(html).not.toMatch(/NaN|Infinity|undefined|null|\[object/);
  });

  test('loads nothing: no script, no link, no image, no address', () => {
    expect(html).not.toMatch(/<(?:script|link|img|iframe|object|embed|base|use)\b|\son[a-z]+=|(?:src|href)=|url\(|@import|https?:|\/\//i);
  });

  test('says the same in a terminal', () => {
    const text = runText(summary);
    expect(text).toContain(summary.runHash);
    expect(text).toMatch(/Drawdown +[\d,.]+ USDT at 1970-01-01/);
    expect(text).not.toMatch(/NaN|Infinity|undefined|null|\[object/);
  });
});

describe('texts of others', () => {
  const EVIL = '<script>alert("1")</script>&amp;';
  const SAFE = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;amp;';

  test('are shown as they are and never become elements', () => {
    const html = runHtml(
      aSummary({
        run: EVIL,
        sessions: [EVIL],
        identity: {
          strategy: { name: EVIL, sourceHash: EVIL, parameters: { [EVIL]: EVIL } },
          settings: { [EVIL]: EVIL },
          tapeDigests: [EVIL],
        },
        currencies: [aCurrency({ currency: EVIL, equity: curve(0, 5), netMinor: 5 })],
        symbols: [
          {
            venue: EVIL,
            symbol: EVIL,
            currency: EVIL,
            trades: 1,
            fills: 2,
            netMinor: 1,
            feesMinor: 1,
            position: 0,
            largestPosition: 1,
            firstPrice: 1,
            lastPrice: 2,
            exposureUs: 1,
          },
        ],
        trades: [aTrade({ symbol: EVIL, currency: EVIL, entryTag: EVIL, exitReason: EVIL })],
        refusals: { [EVIL]: 1 },
        assumptions: [{ model: EVIL, assumptions: [EVIL] }],
        chart: [
          { timeUs: 0, price: 1 },
          { timeUs: 1, price: 2 },
        ],
        environment: { version: EVIL, node: EVIL, elapsedMs: 1, peakRssMb: 1 },
      }),
    );
    checkNesting(html);
    expect(html).not.toContain('<script');
    // Title, heading, money, chart label, instruments, round trips, refusals, assumptions, identity.
    expect(html.split(SAFE).length).toBeGreaterThan(20);
  });
});

describe('an empty run', () => {
  test('is a page without charts and tables that shows what is not known as n/a', () => {
    const html = runHtml(aSummary());
    checkNesting(html);
    expect(html).not.toMatch(/<svg|<table|NaN|Infinity|undefined/);
    const withMoney = runHtml(aSummary({ currencies: [aCurrency()] }));
    expect(withMoney).toContain('<dt>Maximum drawdown</dt><dd>none</dd>');
    expect(withMoney).toContain('<dt>Win rate</dt><dd>n/a</dd>');
    expect(withMoney).toContain('<dt>Sharpe, Sortino</dt><dd>n/a (needs starting capital and 30 samples)</dd>');
  });

  test('whose times are not known is a page as well', () => {
    // As `summary.json` gives them back: JSON has no NaN.
    const read = JSON.parse(JSON.stringify(aSummary({ firstUs: Number.NaN, lastUs: Number.NaN }))) as RunSummary;
    expect(runHtml(read)).toContain('n/a to n/a UTC');
    expect(runText(read)).toContain('n/a to n/a UTC');
  });
});

describe('a summary that was read back', () => {
  test('makes the same page and the same text as the one that was written', () => {
    const summary = aSummary({
      currencies: [aCurrency({ startMinor: 100, netMinor: 5, equity: curve(0, -3, 5) })],
      trades: [aTrade(), aTrade({ netMinor: -5, side: 'short' })],
    });
    const read = JSON.parse(JSON.stringify(summary)) as RunSummary;
    expect(runHtml(read)).toBe(runHtml(summary));
    expect(runText(read)).toBe(runText(summary));
  });
});

test('winners without a loser are said in words', () => {
  const html = runHtml(aSummary({ currencies: [aCurrency()], trades: [aTrade(), aTrade({ netMinor: 3 })] }));
  expect(html).toContain('<dt>Profit factor</dt><dd>∞ (no losers)</dd>');
  expect(html).toContain('<dt>Win rate</dt><dd>100.00 %</dd>');
});
