import { civilTime } from '#domain';
import { escapeHtml } from './escape-html.ts';

export interface CurvePoint {
  readonly timeUs: number;
  readonly value: number;
}

export interface CurveMark extends CurvePoint {
  readonly isUp: boolean;
}

export interface CurveOptions {
  readonly label: string;
  readonly format: (value: number) => string;
  /** Draws a dashed line at this value and keeps it in view. */
  readonly baseline?: number;
  readonly marks?: readonly CurveMark[];
}

const WIDTH = 960;
const HEIGHT = 260;
const LEFT = 8;
const RIGHT = 120;
const TOP = 14;
const BOTTOM = 22;
const GRID_LINES = 4;

/** A line chart as SVG; empty for fewer than two points. Points and marks that are not finite are left out. */
export function curveChart(all: readonly CurvePoint[], options: CurveOptions): string {
  const points = all.filter(isFinitePoint);
  if (points.length < 2) return '';
  const marks = (options.marks ?? []).filter(isFinitePoint);
  const frame = frameOf(points, marks, options.baseline);
  const path = points.map((point, index) => `${index === 0 ? 'M' : 'L'}${frame.x(point.timeUs)} ${frame.y(point.value)}`).join('');
  const baseline =
    options.baseline === undefined
      ? ''
      : `<line class="zero" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${frame.y(options.baseline)}" y2="${frame.y(options.baseline)}"/>`;
  const shapes = marks.map((mark) => markShape(frame.x(mark.timeUs), frame.y(mark.value), mark.isUp)).join('');
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(options.label)}">${grid(frame, options)}${baseline}<path class="curve" d="${path}"/>${shapes}</svg>`;
}

function isFinitePoint({ timeUs, value }: CurvePoint): boolean {
  return Number.isFinite(timeUs) && Number.isFinite(value);
}

interface Frame {
  readonly low: number;
  readonly high: number;
  readonly fromUs: number;
  readonly toUs: number;
  x(timeUs: number): string;
  y(value: number): string;
}

function frameOf(points: readonly CurvePoint[], marks: readonly CurvePoint[], baseline: number | undefined): Frame {
  const values = [...points, ...marks].map((point) => point.value);
  if (baseline !== undefined) values.push(baseline);
  const least = values.reduce((a, b) => Math.min(a, b));
  const most = values.reduce((a, b) => Math.max(a, b));
  // A flat line gets room above and below, enough to be told apart from it in a double.
  const room = least === most ? Math.max(1, Math.abs(least) * 1e-9) : 0;
  const low = least - room;
  const high = most + room;
  const fromUs = points[0]!.timeUs;
  const toUs = Math.max(points[points.length - 1]!.timeUs, fromUs + 1);
  return {
    low,
    high,
    fromUs,
    toUs,
    x: (timeUs) => (LEFT + ((timeUs - fromUs) / (toUs - fromUs)) * (WIDTH - LEFT - RIGHT)).toFixed(1),
    y: (value) => (HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM)).toFixed(1),
  };
}

function grid(frame: Frame, options: CurveOptions): string {
  let shapes = '';
  for (let line = 0; line <= GRID_LINES; line++) {
    const value = frame.low + ((frame.high - frame.low) * line) / GRID_LINES;
    const y = frame.y(value);
    shapes += `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/><text x="${WIDTH - RIGHT + 6}" y="${Number(y) + 4}">${escapeHtml(options.format(rounded(value, frame)))}</text>`;
    const timeUs = frame.fromUs + ((frame.toUs - frame.fromUs) * line) / GRID_LINES;
    const anchor = line === 0 ? 'start' : line === GRID_LINES ? 'end' : 'middle';
    shapes += `<text x="${frame.x(timeUs)}" y="${HEIGHT - 6}" text-anchor="${anchor}">${clock(timeUs)}</text>`;
  }
  return shapes;
}

/** Four significant digits of the visible range are enough for a grid label. */
function rounded(value: number, frame: Frame): number {
  let step = 1;
  while (step * 10_000 < frame.high - frame.low) step *= 10;
  while (step > 1e-8 && step * 1000 > frame.high - frame.low) step /= 10;
  return Number((Math.round(value / step) * step).toFixed(8));
}

function markShape(xText: string, yText: string, isUp: boolean): string {
  const x = Number(xText);
  const y = Number(yText) + (isUp ? 7 : -7);
  const tip = isUp ? -9 : 9;
  return `<path class="${isUp ? 'up' : 'down'}" d="M${x} ${y + tip * 0.6}L${x - 4} ${y}L${x + 4} ${y}Z"/>`;
}

function clock(timeUs: number): string {
  const c = civilTime(Math.floor(timeUs));
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(c.month)}-${two(c.day)} ${two(c.hour)}:${two(c.minute)}:${two(c.second)}`;
}
