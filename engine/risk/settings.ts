import { formatDuration, parseDuration, parseZoneOffset } from '#domain';
import { invalid, type NumberBounds, SettingsReader } from '../models/settings-reader.ts';
import type { PriceDistance } from './price-exits.ts';
import type { SizeLimit } from './size-limit.ts';

/** Risk limits as plain JSON. A rule that is absent is off. Amounts are in whole units of the named currency. */
export interface RiskSettings {
  readonly stopLoss?: PriceDistance;
  readonly takeProfit?: PriceDistance;
  /** Profit in percent that arms it (0: at once), and the distance from the best price since, in percent. */
  readonly trailingStop?: { readonly triggerPercent: number; readonly distancePercent: number };
  readonly dailyLossLimit?: {
    readonly loss: Readonly<Record<string, number>>;
    /** `HH:MM` in the zone; `00:00` when absent. */
    readonly resetTime?: string;
    /** `UTC` (when absent), `KST`, `+09:00`. */
    readonly zone?: string;
    /** Close all positions of the currency when the limit is hit. */
    readonly flatten?: boolean;
  };
  readonly maximumPositions?: number;
  readonly orderSize?: SizeLimit;
  readonly positionSize?: SizeLimit;
  readonly ordersPerMinute?: number;
  /** Refuse opening orders while a symbol is restricted, and for `coolDown` (such as `30s`; `0` when absent) after its release. */
  readonly viHalt?: { readonly coolDown?: string };
}

/** Every key of `RiskSettings`. */
const KEYS = [
  'stopLoss',
  'takeProfit',
  'trailingStop',
  'dailyLossLimit',
  'maximumPositions',
  'orderSize',
  'positionSize',
  'ordersPerMinute',
  'viHalt',
] as const satisfies readonly (keyof RiskSettings)[];

const COUNT = { min: 1, max: 1_000_000, isWhole: true, example: 10 } as const;

/**
 * Checks limits that came from a file or a caller: what is not known, negative, NaN or of the wrong type is a usage error that names
 * key, value and fix. The result has every default filled in and one text for one meaning, for the run hash.
 */
export function validateRiskSettings(value: unknown): RiskSettings {
  const reader = new SettingsReader('risk', value, KEYS);
  const settings: { -readonly [Key in keyof RiskSettings]: RiskSettings[Key] } = {};
  for (const key of ['stopLoss', 'takeProfit'] as const) {
    if (reader.raw(key) !== undefined) settings[key] = readDistance(reader.raw(key), reader.path(key), key === 'stopLoss');
  }
  for (const key of ['orderSize', 'positionSize'] as const) {
    if (reader.raw(key) !== undefined) settings[key] = readSizeLimit(reader.raw(key), reader.path(key));
  }
  for (const key of ['maximumPositions', 'ordersPerMinute'] as const) {
    const count = reader.number(key, COUNT);
    if (count !== undefined) settings[key] = count;
  }
  if (reader.raw('trailingStop') !== undefined) settings.trailingStop = readTrailingStop(reader.raw('trailingStop'));
  if (reader.raw('dailyLossLimit') !== undefined) settings.dailyLossLimit = readDailyLossLimit(reader.raw('dailyLossLimit'));
  if (reader.raw('viHalt') !== undefined) settings.viHalt = readViHalt(reader.raw('viHalt'));
  return settings;
}

function readDistance(value: unknown, path: string, isLoss: boolean): PriceDistance {
  const reader = new SettingsReader(path, value, ['percent', 'points']);
  // A long position cannot lose more than all of its price; a profit has no such bound.
  const percent = reader.number('percent', isLoss ? { above: 0, max: 100, example: 2 } : { above: 0, example: 2 });
  const points = reader.number('points', { above: 0, example: 500 });
  if (percent !== undefined && points === undefined) return { percent };
  if (points !== undefined && percent === undefined) return { points };
  throw invalid(path, value, 'must have one of percent and points; write for example { "percent": 2 }');
}

function readSizeLimit(value: unknown, path: string): SizeLimit {
  const reader = new SettingsReader(path, value, ['units', 'value']);
  const units = reader.number('units', { above: 0, example: 1 });
  const amounts = reader.amounts('value', { above: 0, example: 10_000 });
  if (units === undefined && amounts === undefined) {
    throw invalid(path, value, 'must have units, value, or both; write for example { "units": 1 }');
  }
  return { ...(units === undefined ? {} : { units }), ...(amounts === undefined ? {} : { value: amounts }) };
}

function readTrailingStop(value: unknown): NonNullable<RiskSettings['trailingStop']> {
  const reader = new SettingsReader('risk.trailingStop', value, ['triggerPercent', 'distancePercent']);
  return {
    triggerPercent: required(reader, 'triggerPercent', { min: 0, example: 1 }),
    distancePercent: required(reader, 'distancePercent', { above: 0, below: 100, example: 0.5 }),
  };
}

function readDailyLossLimit(value: unknown): NonNullable<RiskSettings['dailyLossLimit']> {
  const reader = new SettingsReader('risk.dailyLossLimit', value, ['loss', 'resetTime', 'zone', 'flatten']);
  const loss = reader.amounts('loss', { above: 0, example: 1000 });
  if (loss === undefined) throw invalid(reader.path('loss'), loss, 'must be given; write for example { "USDT": 1000 }');
  const resetTime = reader.text('resetTime', '09:00') ?? '00:00';
  if (Number.isNaN(timeOfDayUs(resetTime))) throw invalid(reader.path('resetTime'), resetTime, 'must be a time of day such as "09:00"');
  const zone = reader.text('zone', 'KST') ?? 'UTC';
  if (parseZoneOffset(zone) === undefined) throw invalid(reader.path('zone'), zone, 'must be UTC, KST or an offset such as "+09:00"');
  return { loss, resetTime, zone, flatten: reader.boolean('flatten') ?? false };
}

function readViHalt(value: unknown): NonNullable<RiskSettings['viHalt']> {
  const reader = new SettingsReader('risk.viHalt', value, ['coolDown']);
  const coolDown = reader.text('coolDown', '30s') ?? '0';
  return { coolDown: formatDuration(parseDuration(coolDown, reader.path('coolDown'))) };
}

function required(reader: SettingsReader, key: string, bounds: NumberBounds): number {
  const value = reader.number(key, bounds);
  if (value === undefined) throw invalid(reader.path(key), value, `must be given; write for example ${bounds.example}`);
  return value;
}

/** Microseconds since midnight of `HH:MM`; NaN for anything else. */
export function timeOfDayUs(text: string): number {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return match === null ? Number.NaN : parseDuration(`${match[1]}h`, 'hour') + parseDuration(`${match[2]}m`, 'minute');
}
