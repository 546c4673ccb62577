import { type JsonValue, type ParameterSpec, type Parameters, type ParameterValue, type StrategyDefinition, usageError } from '#domain';

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

/** `--risk` and `--model` values: numbers, booleans and JSON as such, anything else as text; `a.b=1` makes nested objects. */
export function settingsObject(pairs: readonly string[], option: string): { [key: string]: JsonValue } {
  const root: { [key: string]: JsonValue } = {};
  for (const [path, text] of parsePairs(pairs, option)) {
    const keys = path.split('.');
    let target = root;
    for (const key of keys.slice(0, -1)) {
      const next = target[key];
      const isObject = typeof next === 'object' && next !== null && !Array.isArray(next);
      const child: { [key: string]: JsonValue } = isObject ? { ...(next as { [key: string]: JsonValue }) } : {};
      target[key] = child;
      target = child;
    }
    target[keys[keys.length - 1]!] = jsonOrText(text);
  }
  return root;
}

function jsonOrText(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
