import {
  type JsonValue,
  minorDecimals,
  type ParameterSpec,
  type Parameters,
  type ParameterValue,
  parseDecimal,
  rescale,
  type StrategyDefinition,
  usageError,
} from '#domain';

/** As tickers are written: `usdt` would be a currency of its own, in which nothing is ever traded. */
const CURRENCY = /^[A-Z0-9]{2,12}$/;

/** Reads repeated `key=value` options; a key given twice is an error. */
export function parsePairs(pairs: readonly string[], option: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals <= 0) throw usageError('PAIR_INVALID', `${option} ${pair}: write key=value`);
    const key = pair.slice(0, equals);
    if (values.has(key)) throw usageError('PAIR_TWICE', `${option} ${key} is given twice`);
    values.set(key, pair.slice(equals + 1));
  }
  return values;
}

/** The strategy's parameters: defaults overridden by `--set`, each checked against its spec. */
export function resolveParameters(definition: StrategyDefinition, pairs: readonly string[]): Parameters {
  const given = parsePairs(pairs, '--set');
  const parameters: Record<string, ParameterValue> = {};
  for (const [name, spec] of Object.entries(definition.parameters)) {
    const text = given.get(name);
    given.delete(name);
    parameters[name] = text === undefined ? spec.default : parseParameter(name, text, spec);
  }
  for (const name of given.keys()) {
    const known = Object.keys(definition.parameters).join(', ') || 'none';
    throw usageError('PARAMETER_UNKNOWN', `strategy ${definition.name} has no parameter "${name}"; it has: ${known}`);
  }
  return parameters;
}

function parseParameter(name: string, text: string, spec: ParameterSpec): ParameterValue {
  if (typeof spec.default === 'number') return parseNumber(name, text, spec);
  if (typeof spec.default === 'boolean') {
    if (text !== 'true' && text !== 'false') throw usageError('PARAMETER_INVALID', `--set ${name}=${text}: must be true or false`);
    return text === 'true';
  }
  if (spec.choices !== undefined && !spec.choices.includes(text)) {
    throw usageError('PARAMETER_INVALID', `--set ${name}=${text}: must be one of ${spec.choices.join(', ')}`);
  }
  return text;
}

function parseNumber(name: string, text: string, spec: ParameterSpec): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw usageError('PARAMETER_INVALID', `--set ${name}=${text}: must be a number`);
  if (spec.min !== undefined && value < spec.min)
    throw usageError('PARAMETER_INVALID', `--set ${name}=${text}: must be at least ${spec.min}`);
  if (spec.max !== undefined && value > spec.max)
    throw usageError('PARAMETER_INVALID', `--set ${name}=${text}: must be at most ${spec.max}`);
  return value;
}

/** Settings while they are gathered: a map keeps names such as `__proto__` apart from what every object inherits. */
type Branch = Map<string, Branch | JsonValue>;

/** `--risk` and `--model` values: numbers, booleans and JSON as such, anything else as text; `a.b=1` makes nested objects. */
export function settingsObject(pairs: readonly string[], option: string): { readonly [key: string]: JsonValue } {
  const root: Branch = new Map();
  for (const [path, text] of parsePairs(pairs, option)) addSetting(root, path, jsonOrText(text), option);
  return plainObject(root);
}

function addSetting(root: Branch, path: string, value: JsonValue, option: string): void {
  const keys = path.split('.');
  if (keys.includes('')) throw usageError('PAIR_INVALID', `${option} ${path}: a name beside a point is missing; write for example a.b=1`);
  const last = keys.pop()!;
  let branch = root;
  for (const key of keys) {
    const next = branch.get(key) ?? new Map();
    if (!(next instanceof Map)) throw usageError('PAIR_TWICE', `${option} ${path}: "${key}" has a value already, so it cannot hold others`);
    branch.set(key, next);
    branch = next;
  }
  if (branch.has(last)) throw usageError('PAIR_TWICE', `${option} ${path}: it holds other values already, so it cannot have one`);
  branch.set(last, value);
}

function plainObject(branch: Branch): { readonly [key: string]: JsonValue } {
  return Object.fromEntries([...branch].map(([key, value]) => [key, value instanceof Map ? plainObject(value) : value]));
}

function jsonOrText(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

/** `--cash` values in minor units by currency. */
export function parseCash(pairs: readonly string[]): Record<string, number> {
  const cash: Record<string, number> = {};
  for (const [currency, text] of parsePairs(pairs, '--cash')) {
    if (!CURRENCY.test(currency))
      throw usageError('CASH_INVALID', `--cash ${currency}=${text}: "${currency}" is no currency; write for example USDT=10000`);
    const amount = parseDecimal(text);
    if (amount === undefined || amount.units < 0n)
      throw usageError('CASH_INVALID', `--cash ${currency}=${text}: write a positive amount such as ${currency}=10000`);
    const minor = Number(rescale(amount.units, amount.decimals, minorDecimals(currency), 'against-us'));
    if (!Number.isSafeInteger(minor))
      throw usageError('CASH_INVALID', `--cash ${currency}=${text}: that is more than the ledger can count; write a smaller amount`);
    cash[currency] = minor;
  }
  return cash;
}
