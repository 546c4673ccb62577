import { describe, expect, test } from 'vitest';
import { curveChart } from '../../report/curve-chart.ts';

const OPTIONS = { label: 'Equity', format: (value: number): string => `${value} <USDT>` };
const points = (...values: readonly number[]) => values.map((value, i) => ({ timeUs: i * 1_000_000, value }));

/** Every number of the paths and lines of a chart. */
function coordinates(svg: string): readonly number[] {
  const texts = [...svg.matchAll(/ (?:d|x|y|x1|x2|y1|y2)="([^"]*)"/g)].map((match) => match[1]!);
  return texts.flatMap((text) => text.split(/[MLZ ]+/).filter((part) => part !== '')).map(Number);
}

describe('a curve', () => {
  test('goes through its samples from left to right, the highest on top', () => {
    const svg = curveChart(points(0, 10, 5), OPTIONS);
    expect(/class="curve" d="([^"]*)"/.exec(svg)?.[1]).toBe('M8.0 238.0L424.0 14.0L840.0 126.0');
  });

  test('of fewer than two points is no chart', () => {
    expect(curveChart([], OPTIONS)).toBe('');
    expect(curveChart(points(1), OPTIONS)).toBe('');
    expect(curveChart(points(1, Number.NaN), OPTIONS)).toBe('');
  });

  test('has finite coordinates only, whatever its points and marks are', () => {
    const infinite = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const charts = [
      curveChart(points(0, 0), OPTIONS),
      curveChart(points(1e300, 1e300), OPTIONS),
      curveChart(points(9e15, 9e15, 9e15), { ...OPTIONS, baseline: 9e15 }),
      curveChart([points(1)[0]!, points(2)[0]!], OPTIONS),
      curveChart(points(1, ...infinite, 2), { ...OPTIONS, baseline: 0 }),
      curveChart(points(1, 2), { ...OPTIONS, marks: infinite.map((value) => ({ timeUs: value, value, isUp: true })) }),
    ];
    for (const svg of charts) {
      expect(coordinates(svg).length).toBeGreaterThan(20);
      expect(coordinates(svg).filter((value) => !Number.isFinite(value))).toEqual([]);
      expect(svg).not.toMatch(/NaN|Infinity/);
    }
  });

  test('has a dashed line at its baseline, in view also when no point is near it', () => {
    const svg = curveChart(points(5, 10), { ...OPTIONS, baseline: 0 });
    expect(svg).toContain('class="zero" x1="8" x2="840" y1="238.0" y2="238.0"');
    expect(curveChart(points(5, 10), OPTIONS)).not.toContain('class="zero"');
  });

  test('has a mark up for each entry and down for each exit', () => {
    const mark = (isUp: boolean) => ({ timeUs: 500_000, value: 1, isUp });
    const svg = curveChart(points(0, 2), { ...OPTIONS, marks: [mark(true), mark(false), mark(true)] });
    expect(svg.match(/class="up"/g)).toHaveLength(2);
    expect(svg.match(/class="down"/g)).toHaveLength(1);
  });

  test('escapes its label and the texts of its grid', () => {
    const svg = curveChart(points(0, 1), { ...OPTIONS, label: '"><script>' });
    expect(svg).toContain('aria-label="&quot;&gt;&lt;script&gt;"');
    expect(svg).toContain('1 &lt;USDT&gt;</text>');
    expect(svg).not.toContain('<USDT>');
  });
});
