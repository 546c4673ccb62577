import { type TapedeckError, usageError } from '#domain';

/** Bounds of a number; `above` and `below` are exclusive. */
export interface NumberBounds {
  readonly above?: number;
  readonly min?: number;
  readonly max?: number;
  readonly below?: number;
  readonly isWhole?: boolean;
  /** A good value, for the message. */
  readonly example: number;
}

/**
 * Reads one object of plain settings. Everything it refuses is a usage error `SETTING_INVALID` that names the key,
 * the value and a value that would do; keys that nobody reads are refused too, so that a typing error is never a silent default.
 */
export class SettingsReader {
  readonly #path: string;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(path: string, value: unknown, keys: readonly string[]) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalid(path, value, `must be an object with the keys ${keys.join(', ')}`);
    }
    this.#path = path;
    this.#values = value as Readonly<Record<string, unknown>>;
    for (const key of Object.keys(value)) {
      if (!keys.includes(key)) throw invalid(`${path}.${key}`, this.#values[key], `is not known; the keys here are ${keys.join(', ')}`);
    }
  }

  path(key: string): string {
    return `${this.#path}.${key}`;
  }

  /** The value as it is; `undefined` when absent. */
  raw(key: string): unknown {
    return this.#values[key];
  }

  number(key: string, bounds: NumberBounds): number | undefined {
    const value = this.#values[key];
    return value === undefined ? undefined : checkedNumber(this.path(key), value, bounds);
  }

  text(key: string, example: string): string | undefined {
    const value = this.#values[key];
    if (value !== undefined && typeof value !== 'string') throw invalid(this.path(key), value, `must be a text such as "${example}"`);
    return value;
  }

  boolean(key: string): boolean | undefined {
    const value = this.#values[key];
    if (value !== undefined && typeof value !== 'boolean') throw invalid(this.path(key), value, 'must be true or false');
    return value;
  }

  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.#values[key];
    if (value === undefined) return undefined;
    const choice = choices.find((known) => known === value);
    if (choice === undefined) throw invalid(this.path(key), value, `is not known; choose one of ${choices.join(', ')}`);
    return choice;
  }

  /** Amounts by currency: `{ "USDT": 1000 }`. */
  amounts(key: string, bounds: NumberBounds): Readonly<Record<string, number>> | undefined {
    const value = this.#values[key];
    if (value === undefined) return undefined;
    const path = this.path(key);
    if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0) {
      throw invalid(path, value, `must be amounts by currency such as { "USDT": ${bounds.example} }`);
    }
    const amounts: Record<string, number> = {};
    for (const [currency, amount] of Object.entries(value)) {
      if (!/^[A-Z0-9]{2,10}$/.test(currency)) throw invalid(`${path}.${currency}`, amount, 'is no currency; write for example USDT or KRW');
      amounts[currency] = checkedNumber(`${path}.${currency}`, amount, bounds);
    }
    return amounts;
  }
}

function checkedNumber(path: string, value: unknown, bounds: NumberBounds): number {
  const fix = `must be ${boundsText(bounds)}; write for example ${bounds.example}`;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(path, value, fix);
  if (bounds.isWhole === true && !Number.isSafeInteger(value)) throw invalid(path, value, fix);
  const isLow = (bounds.above !== undefined && value <= bounds.above) || (bounds.min !== undefined && value < bounds.min);
  const isHigh = (bounds.below !== undefined && value >= bounds.below) || (bounds.max !== undefined && value > bounds.max);
  if (isLow || isHigh) throw invalid(path, value, fix);
  return value;
}

function boundsText(bounds: NumberBounds): string {
  const parts = [bounds.isWhole === true ? 'a whole number' : 'a number'];
  if (bounds.above !== undefined) parts.push(`above ${bounds.above}`);
  if (bounds.min !== undefined) parts.push(`of at least ${bounds.min}`);
  if (bounds.below !== undefined) parts.push(`below ${bounds.below}`);
  if (bounds.max !== undefined) parts.push(`of at most ${bounds.max}`);
  return parts.join(' ');
}

/** A refused setting: where it is, what was found, what to write instead. */
export function invalid(path: string, value: unknown, fix: string): TapedeckError {
  return usageError('SETTING_INVALID', `${path}: ${describe(value)} ${fix}`);
}

function describe(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value);
  return JSON.stringify(value) ?? typeof value;
}
